"""The simulated market against a plain one, order by order; lanes against one at a time."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.flows import START
from halfspread.simulated import SELF_TRADES
from halfspread.stepped import LIFETIMES
from twins.plain_simulated import PlainMarket

EVERY, SECONDS = 250 * 10**6, 240
FLOWS = {
    "zero_intelligence": hs.flows.ZeroIntelligence.sky_perfect(levels=12, speed=60),
    "sizes": hs.flows.ZeroIntelligence(
        (3.0, 2.0, 1.0), 1.0, (0.4, 0.3), sizes=(1, 3, 10), size_weights=(5, 3, 1)
    ),
    "queue_reactive": hs.flows.QueueReactive(
        limit=[[1.0, *[0.6] * 30]] * 3,
        cancel=[[0.0, *(0.2 + 0.05 * n for n in range(1, 31))]] * 3,
        market=[[0.0, *(1.5 / n for n in range(1, 31))], [0.0] * 31, [0.0] * 31],
    ),
    "hawkes": hs.flows.Hawkes.lively(),
}
FLOWS["scenario"] = hs.flows.Scenario(
    FLOWS["zero_intelligence"],
    season=(("0h", 1.0), ("1h", 3.0)),
    shocks=(hs.flows.Shock.burst("1m", "20s", 3.0), hs.flows.Shock.gap("90s", "ask", 4)),
    informed=hs.flows.Informed(rate=1.0, volatility=1.0),
)


FLOWS["hawkes"] = hs.flows.Hawkes.lively()
FLOWS["informed"] = hs.flows.Scenario(
    FLOWS["hawkes"],
    season=(("0h", 2.0), ("1h", 1.0)),
    shocks=(hs.flows.Shock.gap("20s", "ask", ticks=3),),
    informed=hs.flows.Informed(rate=1.0, volatility=0.5),
)


def script(seed):
    """What a hand at random asks for: (what, side, offset, size, lifetime, who), by decision."""
    chance = np.random.default_rng(seed)
    while True:
        yield [
            (
                ("submit", "submit", "cancel", "amend")[chance.integers(4)],
                int(chance.choice((-1, 1))),
                int(chance.integers(-3, 5)),
                int(chance.integers(1, 6)),
                LIFETIMES[chance.choice(5, p=(0.5, 0.3, 0.1, 0.05, 0.05))],
                float(chance.random()),
            )
            for _ in range(chance.integers(3))
        ]


def do(act, bid, ask, market, plain, ids):
    """The same in both; `ids` are the market's of the plain one's orders by number."""
    what, side, offset, size, lifetime, who = act
    price = (bid if side > 0 else ask) - side * offset
    if what == "submit":
        if len([order for order in plain.orders if order.state != "none"]) < 70:
            ids.append(market.submit(side, price, size, lifetime))
            assert plain.submit(side, price, size, lifetime) == len(ids) - 1
    elif ids:
        number = len(ids) - 1 - int(who * min(len(ids), 8))
        if what == "cancel":
            assert market.cancel(ids[number]) == plain.cancel(number)
        else:
            assert market.amend(ids[number], price, size) == plain.amend(number, price, size)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize(
    ("latency_ms", "feed_ms", "self_trade"),
    [
        ((0, 0), 0, "cancel_resting"),
        ((40, 25), 60, "cancel_both"),
        ((310, 5), 90, "cancel_taking"),
        ((7, 400), 0, "allow"),
    ],
)
def test_every_fill_and_every_touch_is_a_plain_venues(name, latency_ms, feed_ms, self_trade):
    flow, seed = FLOWS[name], 11
    market = hs.Simulated(
        flow,
        f"{SECONDS}s",
        warm_up="60s",
        seed=seed,
        first_lane=3,
        latency_ms=latency_ms,
        feed_latency_ms=feed_ms,
        self_trade=self_trade,
        decide_every="250ms",
        orders=hs.OrderPolicy(levels=10),
    )
    out, back = (ms * 10**6 for ms in latency_ms)
    plain = PlainMarket(
        flow.start(seed, 3, START - 60 * 10**9),
        out,
        back,
        feed_ms * 10**6,
        SELF_TRADES.index(self_trade),
    )
    ids, acts = [], script(5)
    for step, state in enumerate(market):
        plain.until(START + step * EVERY)
        (bid, ask) = plain.touch()
        assert state.bid_size == (0 if bid is None else bid[1])
        assert state.ask_size == (0 if ask is None else ask[1])
        if bid is None or ask is None:
            continue
        assert (state.bid, state.ask) == (bid[0], ask[0])
        for act in next(acts):
            do(act, bid[0], ask[0], market, plain, ids)
    plain.finish(START + SECONDS * 10**9)
    fills = market.result().fills
    mine = sorted(
        zip(
            fills["exchange_time"].tolist(),
            fills["local_time"].tolist(),
            fills["side"].tolist(),
            fills["price"].tolist(),
            fills["size"].tolist(),
            fills["maker"].tolist(),
            (ids.index(order_id) for order_id in fills["order_id"].tolist()),
            strict=True,
        )
    )
    assert mine == sorted(plain.fills)
    assert len(mine) > 50
    assert len({fill[5] for fill in mine}) == 2, "made and taken"
    inventory, cash = plain.everyone[1]
    assert market.result().counters["inventory"][0] == inventory
    assert market.result().counters["cash"][0] == pytest.approx(cash * 0.01, abs=1e-9)
    assert np.sum(list(plain.everyone.values()), axis=0).tolist() == [0, 0]


@pytest.mark.parametrize("name", FLOWS)
def test_what_a_silent_maker_sees_is_a_replay_of_the_simulated_tape(name):
    signals = hs.SignalPolicy(
        depth_levels=4,
        round_trip_lots=3,
        order_flow_half_life="5s",
        mark_out_horizon="2s",
        vpin_bucket_lots=10,
        vpin_buckets=5,
        fast_half_life="1s",
        slow_half_life="20s",
        fill_sides=True,
        hawkes=hs.Hawkes(baseline=1.0, jump=0.5, decay=1.0),
        recent_trades=10_000,
    )
    tape = hs.simulate(FLOWS[name], "2m", seed=4, lane=7)
    replay = hs.Replay(tape, signals=signals)
    market = hs.Simulated(FLOWS[name], "2m", seed=4, first_lane=7, signals=signals)
    seen = [np.array(state) for state in market][1:]  # a replay's first decision comes after a step
    for one, other in zip(seen, replay, strict=False):
        assert one[:11].tolist() == pytest.approx(list(other)[:11], nan_ok=True, rel=0, abs=0)
        both = np.isclose(one, np.array(other), rtol=0, atol=1e-9, equal_nan=True)
        time_left = hs.QuoteState._fields.index("time_left")
        assert np.flatnonzero(~both).tolist() in ([], [time_left])  # a tape ends with its last row
    assert len(seen) == 1199
    trades = market.recent_trades()
    assert len(trades) > 20
    replayed = replay.recent_trades().tolist()
    assert trades[: len(replayed)].tolist() == replayed


def same(one, other, but=()):
    assert one.keys() == other.keys()
    for name in one.keys() - set(but):
        assert one[name].tobytes() == other[name].tobytes(), name


MODELS = {
    "compiled": hs.models.fixed_spread(half_spread=0.5),
    "plain": lambda state: hs.Quote(state.mid - 0.5, state.mid + 0.5),
    "batched": hs.batched(lambda state: hs.Quote(state.mid - 0.5, state.mid + 0.5)),
}


@pytest.mark.parametrize("name", FLOWS)
def test_a_lane_is_the_same_alone_among_many_and_in_ones_own_hands(name):
    more = {"latency_ms": (30, 20), "feed_latency_ms": 10, "seed": 3, "warm_up": "1m"}
    many = hs.Simulated(FLOWS[name], "5m", **more, lanes=9, threads=1).run(MODELS["compiled"])
    for model in MODELS.values():
        run = hs.Simulated(FLOWS[name], "5m", **more, lanes=9, threads=2).run(model)
        same(run.fills, many.fills)
        same(run.path, many.path)
        same(run.counters, many.counters)
    for number in (0, 6):
        among = many.lane(number)
        market = hs.Simulated(FLOWS[name], "5m", **more, first_lane=number)
        alone = market.run(MODELS["compiled"])
        for state in market:
            market.quote(state.mid - 0.5, state.mid + 0.5)
        for run in (alone, market.result()):
            assert len(run.fills["lane"]) > 10
            same({**run.fills, "mid_after": run.mids_after}, among.fills, ("order_id",))
            same(run.path, among.path)


def test_makers_in_one_book_are_the_same_however_they_are_run():
    half = np.array([0.4, 0.45, 0.5])
    makers = hs.models.fixed_spread(half_spread=half)
    more = {"latency_ms": 20, "shared_book": True, "warm_up": "1m"}
    flow = FLOWS["zero_intelligence"]
    one = hs.Simulated(flow, "5m", **more, threads=1).run(makers)
    two = hs.Simulated(flow, "5m", **more, threads=2).run(makers)
    plain = hs.batched(lambda state: hs.Quote(state.mid - half, state.mid + half))
    for run in (two, hs.Simulated(flow, "5m", **more, lanes=3).run(plain)):
        same(run.fills, one.fills)
        same(run.path, one.path)
        same(run.counters, one.counters)
    assert one.path["mid"].ndim == 1
    assert (one.counters["fills"] > 0).all()
