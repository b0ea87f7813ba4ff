"""Laws of the simulated market: its money, its saved states, its makers' common book."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

import halfspread as hs
from halfspread.simulated import SELF_TRADES

FLOWS = (
    hs.flows.ZeroIntelligence.sky_perfect(levels=8, speed=120),
    hs.flows.QueueReactive(
        limit=[[1.0, *[0.8] * 20]] * 2,
        cancel=[[0.0, *(0.2 + 0.1 * n for n in range(1, 21))]] * 2,
        market=[[0.0, *(2.0 / n for n in range(1, 21))], [0.0] * 21],
    ),
    hs.flows.Scenario(
        hs.flows.Hawkes.lively(), informed=hs.flows.Informed(rate=1.0, volatility=1.0)
    ),
)
MARKETS = some.fixed_dictionaries(
    {
        "flow": some.sampled_from(FLOWS),
        "latency_ms": some.sampled_from([0.0, 35.0, 400.0]),
        "feed_latency_ms": some.sampled_from([0.0, 80.0]),
        "self_trade": some.sampled_from(SELF_TRADES),
        "seed": some.integers(0, 2**64 - 1),
        "fees": some.sampled_from([hs.Fees(), hs.Fees(-1e-4, 3e-4)]),
        "orders": some.builds(
            hs.OrderPolicy,
            levels=some.integers(1, 3),
            amend=some.booleans(),
            taking=some.booleans(),
            inventory_limit=some.sampled_from([5, None]),
        ),
    }
)
SHORT = {"horizon": "30s", "warm_up": "20s"}


@settings(max_examples=25, deadline=None)
@given(MARKETS, some.floats(-0.5, 2), some.booleans())
def test_money_is_kept_lane_by_lane(arguments, half, shared):
    market = hs.Simulated(**SHORT, **arguments, lanes=3, shared_book=shared)
    run = market.run(
        lambda state: hs.Quote(
            state.mid - max(half, 0.01) - state.inventory / 9,
            state.mid + max(half, 0.01) - state.inventory / 9,
            2,
            3,
        )
    )
    end = np.broadcast_to(run.path["mid"][-1], 3)
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
    counts = run.counters
    ended = counts["rejected"] + counts["expired"]
    assert (counts["submits"] >= counts["accepted"]).all()
    assert (counts["submits"] + counts["cancels"] + counts["amends"] >= ended).all()


@settings(max_examples=20, deadline=None)
@given(MARKETS, some.integers(0, 290))
def test_a_saved_state_goes_on_as_if_nothing_had_been(arguments, when):
    market = hs.Simulated(**SHORT, **arguments)

    def live(more):
        while more > 0 and (state := market.step()) is not None:
            market.quote(state.mid - 0.6, state.mid + 0.6, 2, 3)
            more -= 1

    market.begin()
    live(when)
    saved = market.save()
    live(1_000)
    first = market.result()
    forked = hs.Simulated(**SHORT, **arguments)
    for other in (market, forked):
        other.restore(saved)
        market = other
        live(1_000)
        again = other.result()
        for table in ("fills", "path", "counters"):
            one, two = getattr(first, table), getattr(again, table)
            assert all(one[name].tobytes() == two[name].tobytes() for name in one), table
        assert again.mids_after.tobytes() == first.mids_after.tobytes()


def test_a_fork_shows_what_our_order_does_to_the_market():
    market = hs.Simulated(FLOWS[0], "60s", seed=3)
    market.begin()
    state = market.step()
    saved = market.save()
    ends = []
    for size in (0, 30):
        market.restore(saved)
        if size:
            market.submit(1, int(state.ask) + 3, size, "immediate")
        after = [market.step() for _ in range(5)]
        ends.append(after[0].ask)
    assert ends[1] > ends[0]
    assert market.result().fills["size"].sum() >= 5


@settings(max_examples=15, deadline=None)
@given(some.sampled_from(FLOWS), some.integers(0, 2**64 - 1), some.integers(0, 1000))
def test_lanes_that_ask_for_nothing_see_the_flow_whatever_the_book(flow, seed, lane):

    def quiet(state):
        return hs.Quote(state.mid - 1, state.mid + 1, 0, 0)

    apart = hs.Simulated(flow, **SHORT, seed=seed, first_lane=lane, lanes=2).run(quiet)
    together = hs.Simulated(
        flow, **SHORT, seed=seed, first_lane=lane, lanes=2, shared_book=True
    ).run(quiet)
    assert together.path["mid"].tobytes() == apart.path["mid"][:, 0].tobytes()
    assert apart.path["mid"][:, 1].tobytes() != apart.path["mid"][:, 0].tobytes()


def test_a_maker_that_trades_with_another_gives_what_the_other_takes():
    quotes = hs.batched(
        lambda state: hs.Quote(  # the first buys of the second inside a wide spread
            np.where(np.arange(2) == 0, state.mid + 1, state.mid - 3),
            np.where(np.arange(2) == 0, state.mid + 9, state.mid + 0.6),
            np.array([1.0, 0.0]),
            np.array([0.0, 1.0]),
        )
    )
    market = hs.Simulated(
        FLOWS[1],
        "60s",
        lanes=2,
        shared_book=True,
        orders=hs.OrderPolicy(taking=True),
        decide_every="50ms",
    )
    run = market.run(quotes)
    times, lanes = run.fills["exchange_time"], run.fills["lane"]
    met = set(times[lanes == 0].tolist()) & set(times[lanes == 1].tolist())
    assert len(met) > 3, "they traded with each other"
    for time in met:
        rows = times == time
        lots = run.fills["side"][rows].astype(int) * run.fills["size"][rows]
        by_price = {int(price): 0 for price in run.fills["price"][rows]}
        for price, signed in zip(run.fills["price"][rows].tolist(), lots.tolist(), strict=True):
            by_price[price] += signed
        assert 0 in by_price.values()
