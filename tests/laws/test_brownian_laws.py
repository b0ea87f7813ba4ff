"""Laws of the Brownian world: its moments, its money, its saved states."""

from __future__ import annotations

import gc
import weakref

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

import halfspread as hs
from halfspread.brownian import BEGIN

NO_FILLS = {"fill_intensity": 0.0, "fill_decay": 1.0, "mid": 0.0}


def mids(world, times_s):
    """(lanes, times) of the mid, in ticks."""
    times = BEGIN + np.rint(np.asarray(times_s) * 1e9).astype(np.int64)
    lanes = np.repeat(np.arange(world.lanes), len(times))
    return world.mids(np.tile(times, world.lanes), lanes).reshape(world.lanes, -1)


def near(value, expected, error):
    assert abs(value - expected) < 3 * error, (value, expected, error)


def test_a_drifting_mid_has_its_mean_and_variance():
    world = hs.Brownian("10s", volatility=2, drift=0.7, lanes=4000, **NO_FILLS)
    found = mids(world, [10])[:, 0]
    near(found.mean(), 7, found.std() / np.sqrt(4000))
    near(found.var(), 40, 40 * np.sqrt(2 / 4000))


def test_a_reverting_mid_has_its_stationary_variance_on_any_grid():
    for step in ("1s", "50ms"):
        world = hs.Brownian(
            "20s",
            volatility=3,
            mean_reversion=0.5,
            level=50,
            lanes=3000,
            time_step=step,
            **NO_FILLS,
        )
        found = mids(world, [20])[:, 0]
        near(found.mean(), 50, 3 / np.sqrt(3000))
        near(found.var(), 9, 9 * np.sqrt(2 / 3000))


def test_jumps_come_at_their_rate_and_have_their_size():
    world = hs.Brownian("100s", volatility=0, jump_rate=0.3, jump_size=4, lanes=200, **NO_FILLS)
    moves = np.diff(mids(world, np.arange(0, 100.01, 0.01)))
    count = int((moves != 0).sum())
    near(count, 0.3 * 100 * 200, np.sqrt(0.3 * 100 * 200))
    near((moves**2).sum() / count, 16, 16 * np.sqrt(3 / count))


def test_stochastic_variance_keeps_its_mean_and_fattens_the_tails():
    world = hs.Brownian(
        "40s",
        volatility=2,
        variance_reversion=1.0,
        variance_noise=1.2,
        variance_correlation=-0.5,
        lanes=400,
        **NO_FILLS,
    )
    moves = np.diff(mids(world, np.arange(0, 40.05, 0.1)))
    by_lane = (moves**2).mean(axis=1)
    near(by_lane.mean(), 0.4, by_lane.std() / np.sqrt(400))
    kurtosis = (moves**4).mean() / (moves**2).mean() ** 2
    assert kurtosis > 4, "3 (1 + 1.44 / 2), the variance of w being noise^2 / (2 reversion)"


def test_quotes_fill_at_the_rate_that_their_distance_says():
    rate, decay = np.array([3.0, 1.5]), np.array([0.02, 0.05])
    for distance in (0, 20, 60):
        world = hs.Brownian(
            "60s",
            volatility=0,
            fill_intensity=rate,
            fill_decay=decay,
            lanes=60,
            decide_every="100ms",
        )
        run = world.run(hs.models.fixed_spread(half_spread=distance or 0.5))
        trials = 60 * 600
        chance = 1 - np.exp(-rate * np.exp(-decay * (distance or 1)) * 0.1)
        for side, likely in zip((1, -1), chance, strict=True):
            filled = (run.fills["side"] == side).sum()
            near(filled, trials * likely, np.sqrt(trials * likely * (1 - likely)))


def test_the_publics_orders_show_the_rate_the_decay_and_the_size():
    world = hs.Brownian(
        "2000s",
        volatility=0,
        fill_intensity=2.0,
        fill_decay=0.01,
        trade_lots=3.0,
        decide_every="10s",
        signals=hs.SignalPolicy(recent_trades=20_000, half_life="600s"),
    )
    for state in world:
        last = state
    trades = world.recent_trades()
    n = len(trades)
    near(n, 8000, np.sqrt(8000))
    near(trades["aggressor"].sum(), 0, np.sqrt(n))
    distance = np.abs(trades["price"] - 10_000)
    near(distance.mean() + 0.5, 100, 100 / np.sqrt(n))  # printed within their reach, in whole ticks
    near(trades["size"].mean(), 3, np.sqrt(6 / n))
    assert abs(last.fill_intensity / 2 - 1) < 0.15
    assert abs(last.fill_decay / 0.01 - 1) < 0.15


def test_impact_is_what_a_fill_is_marked_out_by():
    world = hs.Brownian(
        "600s", volatility=0.0, fill_intensity=1.0, fill_decay=0.1, impact=2.0, lanes=20
    )
    run = world.run(hs.models.fixed_spread(half_spread=5))
    moved = run.fills["side"] * (run.mids_after[:, 0] - run.fills["mid"])
    lost = moved[np.isfinite(moved)]
    near(-lost.mean(), 2.0, lost.std() / np.sqrt(len(lost)))


WORLDS = some.fixed_dictionaries(
    {
        "volatility": some.floats(0, 5),
        "fill_intensity": some.floats(0.5, 20),
        "fill_decay": some.floats(0.05, 2),
        "fills": some.sampled_from(["exact", "discrete", "linear"]),
        "spread": some.sampled_from([None, 1.0, 3.5]),
        "impact": some.floats(0, 2),
        "trade_lots": some.floats(1, 4),
        "latency_ms": some.sampled_from([0.0, 35.0, 150.0]),
        "seed": some.integers(0, 2**64 - 1),
        "fees": some.sampled_from([hs.Fees(), hs.Fees(-1e-4, 3e-4)]),
    }
)


@settings(max_examples=25, deadline=None)
@given(WORLDS, some.floats(0.5, 4))
def test_money_is_kept_lane_by_lane(arguments, half):
    run = hs.Brownian("20s", **arguments, lanes=3).run(
        hs.models.fixed_spread(half_spread=half, size=2)
    )
    end = run.path["mid"][-1]
    for lane in range(3):
        mine = run.fills["lane"] == lane
        side, price, size, mid, fee = (
            run.fills[name][mine] for name in ("side", "price", "size", "mid", "fee")
        )
        signed = side.astype(float) * size
        spread = (signed * (mid - price)).sum()
        held = np.cumsum(signed)
        gained = (held * np.diff(np.append(mid, end[lane]))).sum()
        wealth = (spread + gained) * 0.01 - (np.cumsum(fee)[-1] if len(fee) else 0.0)
        assert np.isclose(run.path["wealth"][-1, lane], wealth, rtol=1e-12, atol=1e-9)
        assert run.counters["inventory"][lane] == signed.sum()


@settings(max_examples=20, deadline=None)
@given(WORLDS, some.integers(0, 190))
def test_a_saved_state_goes_on_as_if_nothing_had_been(arguments, when):
    world = hs.Brownian("20s", **arguments)

    def live(more):
        while more > 0 and (state := world.step()) is not None:
            world.quote(state.mid - 2, state.mid + 2, 2, 3)
            more -= 1

    world.begin()
    live(when)
    saved = world.save()
    live(1_000)
    first = world.result()
    forked = hs.Brownian("20s", **arguments)
    for other in (world, forked):
        other.restore(saved)
        world = other
        live(1_000)
        again = other.result()
        for table in ("fills", "path", "counters"):
            one, two = getattr(first, table), getattr(again, table)
            assert all(one[name].tobytes() == two[name].tobytes() for name in one), table


def test_a_replay_is_saved_and_forked_too():
    tape = hs.synthetic.tape(events=20_000, seed=3)
    market = hs.Replay(tape, latency_ms=20)
    market.begin()

    def live(half):
        while (state := market.step()) is not None:
            market.quote(state.mid - half, state.mid + half)
        return market.result()

    for _ in range(300):
        state = market.step()
        market.quote(state.mid - 2, state.mid + 2)
    saved = market.save()
    first = live(2)
    market.restore(saved)
    other = live(3)
    market.restore(saved)
    again = live(2)
    for name in first.fills:
        assert first.fills[name].tobytes() == again.fills[name].tobytes(), name
    assert len(first.fills["lane"]) > 0
    assert first.path["bid"].tobytes() != other.path["bid"].tobytes()


def test_a_saved_replay_holds_the_tape_that_it_reads():
    tape = hs.synthetic.tape(events=20_000, seed=3)
    market = hs.Replay(tape, latency_ms=20)
    market.begin()
    for _ in range(50):
        market.step()
    saved = market.save()
    prices = weakref.ref(tape.columns["price_ticks"])
    twin = hs.Replay(hs.synthetic.tape(events=20_000, seed=3), latency_ms=20)
    del market, tape
    gc.collect()
    assert prices() is not None
    twin.restore(saved)
    del saved
    gc.collect()
    assert prices() is not None
    while twin.step() is not None:
        pass
    del twin
    gc.collect()
    assert prices() is None
