"""Laws of a replay: what holds for any market, any policy and any model, however foolish."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import halfspread as hs
from halfspread.evaluate.money import Money
from twins.feeds import FEEDS

INSTRUMENTS = {
    "linear": hs.Instrument("BTCUSDT", "0.1", "0.001", maker_fee=-0.00005, taker_fee=0.0007),
    "inverse": hs.Instrument("BTCUSD", "0.1", 1, contract_size=100, inverse=True, maker_fee=0.0001),
}
fields = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

feeds = st.tuples(st.sampled_from(sorted(FEEDS)), st.integers(0, 2))
policies = st.builds(
    hs.OrderPolicy,
    inventory_limit=st.sampled_from([1, 7, 30, 1000]),
    levels=st.integers(1, 3),
    spacing_ticks=st.integers(1, 4),
    tolerance_ticks=st.integers(0, 3),
    maximum_age=st.sampled_from(["0s", "300ms"]),
    amend=st.booleans(),
    messages_per_second=st.sampled_from([0.0, 5.0, 50.0]),
    burst=st.integers(1, 5),
    taking=st.booleans(),
)
markets = st.fixed_dictionaries(
    {
        "latency_ms": st.sampled_from([0, 5, (40, 3), 260]),
        "queue": st.sampled_from(["risk_averse", "log", "log2", "power", "power2", "power3"]),
        "orders": policies,
        "rules": st.sampled_from(["halfspread", "hftbacktest"]),
    }
)


@cache
def events_of(feed: tuple[str, int]) -> np.ndarray:
    return FEEDS[feed[0]](feed[1])


@cache
def tape_of(feed: tuple[str, int], instrument: str) -> hs.Tape:
    return hs.Tape.from_events(events_of(feed), INSTRUMENTS[instrument], venue="test")


def market_of(feed: tuple[str, int], options: dict, instrument: str = "linear") -> hs.Replay:
    tape = tape_of(feed, instrument)
    return hs.Replay(tape, decide_every="90ms", **options)


def foolish(rng: np.random.Generator, state: hs.QuoteState) -> tuple[float, float, float, float]:
    """Quotes that no one should send: far, inverted, through the market, huge, not numbers."""
    mid = state.mid if np.isfinite(state.mid) else 10_000.0
    wild = [mid, mid - 3, mid + 3, mid - 0.4, 1e300, -1e300, np.nan, np.inf]
    sizes = [0.0, 0.4, 1.0, 5.0, 12.5, 1e12, -1.0, np.nan]
    chance = [0.15, 0.3, 0.3, 0.2, 0.0125, 0.0125, 0.0125, 0.0125]
    bid, ask = rng.choice(wild, 2, p=chance)
    bid_size, ask_size = rng.choice(sizes, 2, p=[0.1, 0.05, 0.3, 0.3, 0.15, 0.06, 0.02, 0.02])
    return bid, ask, bid_size, ask_size


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@fields
@given(feed=feeds, options=markets, seed=st.integers(0, 1000))
def test_room_is_never_exceeded_with_orders_under_way_counted(feed, options, seed):
    rng, limit = np.random.default_rng(seed), options["orders"].inventory_limit
    market, before = market_of(feed, options), 0
    for state in market:
        assert market.now >= before
        before = market.now
        market.quote(*foolish(rng, state))
        for side in (1, -1):
            open_lots = sum(o.leaves for o in market.open_orders() if o.side == side)
            assert side * state.inventory + open_lots <= limit
    fills = market.result().fills
    held = np.cumsum((fills["side"].astype(int) * fills["size"])[np.argsort(fills["local_time"])])
    assert np.all(np.abs(held) <= limit)


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@fields
@given(feed=feeds, options=markets, seed=st.integers(0, 1000))
def test_a_passive_quote_never_crosses_and_time_never_goes_back(feed, options, seed):
    rng = np.random.default_rng(seed)
    orders = replace(options["orders"], taking=False, amend=False)  # an amend shows when answered
    market, sent = market_of(feed, {**options, "orders": orders}), set()
    for state in market:
        market.quote(*foolish(rng, state))
        now = {(order.order_id, order.side, order.price) for order in market.open_orders()}
        for _, side, price in now - sent:
            assert not (price >= state.ask if side == 1 else price <= state.bid)
        sent |= now
    run = market.result()
    assert np.all(run.fills["maker"])
    assert np.all(np.diff(run.fills["exchange_time"]) >= 0)
    assert np.all(run.fills["local_time"] >= run.fills["exchange_time"])
    assert np.all(np.diff(run.path["time"]) >= 0)


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@fields
@given(feed=feeds, options=markets, seed=st.integers(0, 1000))
def test_what_quotes_take(feed, options, seed):
    """No more than asked for, no worse than asked for, one order at a time a side, once each."""
    rng, options = (
        np.random.default_rng(seed),
        {**options, "orders": replace(options["orders"], taking=True)},
    )
    market = market_of(feed, options)
    asked, under_way = {}, {1: 0, -1: 0}
    for state in market:
        before = {order.order_id for order in market.open_orders()}
        quote = foolish(rng, state)
        market.quote(*quote)
        now = {order.order_id: order for order in market.open_orders()}
        prices = {1: np.floor(quote[0]), -1: np.ceil(quote[1])}
        for side, size in ((1, quote[2]), (-1, quote[3])):
            reached = state.ask if side == 1 else state.bid
            fresh = [now[i] for i in now.keys() - before if now[i].side == side]
            if not fresh or not side * prices[side] >= side * reached:
                continue
            (order,) = fresh  # nothing else is sent on a side that takes
            assert under_way[side] not in now
            assert order.leaves <= size
            asked[order.order_id] = (side, min(max(prices[side], -(2**31)), 2**31), order.leaves)
            under_way[side] = order.order_id
    run = market.result()
    took = ~run.fills["maker"]
    numbers = run.fills["order_id"]
    assert set(numbers[took].tolist()) <= set(asked)
    assert run.counters["takes"][0] == len(asked)
    for number, (side, price, size) in asked.items():
        mine = numbers == number
        assert run.fills["size"][mine].sum() <= size
        assert not run.fills["maker"][mine].any()
        assert np.all(side * run.fills["price"][mine] <= side * price)
    assert run.counters["taker_fills"][0] == took.sum()
    assert run.counters["taker_volume_lots"][0] == run.fills["size"][took].sum()
    assert run.counters["taker_fees"][0] == pytest.approx(run.fills["fee"][took].sum(), abs=1e-12)


@fields
@given(
    feed=feeds,
    options=markets,
    seed=st.integers(0, 1000),
    lifetimes=st.lists(
        st.sampled_from(["post_only", "good_till_cancel", "immediate", "fill_or_kill", "market"]),
        min_size=1,
    ),
)
def test_fills_never_exceed_the_order(feed, options, seed, lifetimes):
    rng = np.random.default_rng(seed)
    market, most, filled, seen = market_of(feed, options), {}, Counter(), 0
    for step, state in enumerate(market):
        if not np.isfinite(state.mid):
            continue
        for fill in market.fills_after(seen):
            filled[fill.order_id] += fill.size
            seen += 1
        side, size = int(rng.choice([1, -1])), int(rng.integers(1, 30))
        price = int(state.mid) + int(rng.integers(-4, 5))
        number = market.submit(side, price, size, lifetimes[step % len(lifetimes)])
        if number is not None:
            assert number not in most
            most[number] = size
        for order in market.open_orders():
            draw = rng.random()
            if draw < 0.2:
                market.cancel(order.order_id)
            elif draw < 0.4:
                size = int(rng.integers(1, 30))
                before = most[order.order_id]
                if market.amend(order.order_id, order.price + int(rng.integers(-2, 3)), size):
                    # hftbacktest's moved order still executes its old size
                    again = before if options["rules"] == "hftbacktest" else filled[order.order_id]
                    most[order.order_id] = max(before, again + size)
    fills = market.result().fills
    for number, size in most.items():
        assert fills["size"][fills["order_id"] == number].sum() <= size
    assert set(fills["order_id"].tolist()) <= set(most)


@fields
@given(feed=feeds, options=markets, name=st.sampled_from(sorted(INSTRUMENTS)))
def test_wealth_is_what_the_fills_say_to_the_last_atom(feed, options, name):
    market = market_of(feed, options, name)
    run = market.run(hs.models.fixed_spread(half_spread=0.5, size=3))
    money, signed = Money(INSTRUMENTS[name]), run.fills["side"].astype(np.int64) * run.fills["size"]
    paid = money.value(2 * run.fills["price"].astype(np.int64))
    cash = -sum(lots * value for lots, value in zip(signed.tolist(), paid.tolist(), strict=True))
    assert run.counters["cash"][0] == pytest.approx(money.coins(cash), rel=1e-14, abs=1e-14)
    assert run.path["inventory"][-1, 0] == signed.sum()
    parts = run.metrics()
    whole = parts["profit_spread"] + parts["profit_inventory"] - parts["fees"]
    assert parts["profit"] == pytest.approx(whole, rel=1e-12, abs=1e-12)


@fields
@given(feed=feeds, options=markets)
def test_our_fills_never_exceed_what_the_market_did(feed, options):
    """No instant fills more of one lane than was printed or posted in it."""
    options = {**options, "rules": "halfspread"}
    market = market_of(feed, options)
    run = market.run(hs.models.fixed_spread(half_spread=0.5, size=40))
    events = events_of(feed)
    seen = events[(events["flags"] & hs.Flag.at_exchange) != 0]
    times, place = np.unique(seen["exchange_time"], return_inverse=True)
    volume = np.bincount(place, weights=seen["size"] * np.isin(seen["kind"], (1, 2)))
    filled = np.zeros(len(times))
    np.add.at(filled, np.searchsorted(times, run.fills["exchange_time"]), run.fills["size"])
    assert np.all(filled <= volume)
