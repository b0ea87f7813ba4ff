"""Quotes that take: when spread_touch's table says so, how often, and what the run counts of it."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

import halfspread as hs
from halfspread.errors import ConfigError
from halfspread.event import EVENT
from halfspread.models import spread_touch
from halfspread.table import QuoteTable
from halfspread.table_model import table_model
from quote_states import STATE
from scripted_market import ASK, BID, SECOND

TAKING = hs.OrderPolicy(taking=True)
LEVEL, TRADE = hs.Kind.level, hs.Kind.trade
AVERSE = {
    "widen_rate": 0.5,
    "narrow_rate": 0.8,
    "fill_rate": 0.06,
    "improved_fill_rate": 0.2,
    "rebate": 0.16,
    "fee": 0.24,
    "inventory_aversion": 0.05,
    "market_orders": 1,
}
MODEL = spread_touch(**AVERSE)


def tape_of(rows: list[tuple]) -> hs.Tape:
    """Rows of (second, kind, side, price, size), each a message."""
    events = np.zeros(len(rows), EVENT)
    for event, (at, kind, side, price, size) in zip(events, rows, strict=True):
        event["exchange_time"] = event["local_time"] = SECOND + round(at * SECOND)
        event["kind"], event["side"], event["price"], event["size"] = kind, side, price, size
        event["flags"] = hs.Flag.both | hs.Flag.last
    return hs.Tape.from_events(events, hs.Instrument("TAKING", tick=1, lot=1), venue="test")


def scripted() -> hs.Tape:
    """Sold to three times at a spread of 2, which then is 1 for 2 s; twice; and a long quiet."""
    rows = [(0, LEVEL, BID, 1000, 10), (0, LEVEL, ASK, 1002, 10)]
    for start in (0, 10):
        rows += [(start + at, TRADE, ASK, 1000, 1000) for at in (1.5, 2.5, 3.5)]
        rows += [(start + 5, LEVEL, ASK, 1001, 10), (start + 7, LEVEL, ASK, 1001, 0)]
    return tape_of([*rows, (1000, LEVEL, BID, 990, 1)])


def test_a_take_happens_where_the_solvers_table_says_so():
    table = spread_touch.table(**AVERSE)
    assert table.take[0, -1].tolist() == [4, 3, 2, 1, 0, 0, 0, -1, -2, -3, -4]
    market = hs.Replay(scripted(), decide_every="100ms", orders=TAKING)
    expected = []
    for state in market:
        market.quote(*MODEL(state))
        spread, node = int(state.ask - state.bid), abs(table.times_left - state.time_left).argmin()
        lots = int(table.take[spread - 1, node, int(state.inventory) + 5])
        if lots:
            expected.append((market.now, lots))
    run = market.result()
    took = ~run.fills["maker"]
    lots = run.fills["side"].astype(int) * run.fills["size"]
    times = run.fills["exchange_time"][took].tolist()
    assert list(zip(times, lots[took].tolist(), strict=True)) == expected
    assert expected[:2] == [(SECOND + 5 * SECOND, -2), (SECOND + 15 * SECOND, -2)]
    assert set(run.fills["price"][took].tolist()) == {1000}
    assert run.path["inventory"][-1, 0] == 0  # all is sold at the end
    assert run.counters["takes"][0] == len(expected)
    again = hs.Replay(scripted(), decide_every="100ms", orders=TAKING).run(MODEL)
    np.testing.assert_array_equal(again.fills["exchange_time"], run.fills["exchange_time"])
    kept = hs.Replay(scripted(), decide_every="100ms").run(MODEL)
    assert kept.fills["maker"].all()
    assert kept.counters["takes"][0] == kept.counters["taker_fills"][0] == 0


def chain_tape(seconds: float, fill_rate: float, seed: int) -> hs.Tape:
    """The model's own world: a bid that stands, a spread of 1 to 3 ticks, prints at both sides."""
    random, now, spread = np.random.default_rng(seed), 0.0, 2
    rates = np.array([AVERSE["widen_rate"], AVERSE["narrow_rate"], fill_rate, fill_rate])
    rows = [(0.0, LEVEL, BID, 1000, 10), (0.0, LEVEL, ASK, 1002, 10)]
    while now < seconds:
        now += random.exponential(1 / rates.sum())
        what = random.choice(4, p=rates / rates.sum())
        if what < 2 and 1 <= spread + 1 - 2 * what <= 3:
            rows.append((now, LEVEL, ASK, 1000 + spread, 0))
            spread += 1 - 2 * what
            rows.append((now, LEVEL, ASK, 1000 + spread, 10))
        elif what >= 2:
            side, price = ((ASK, 1000), (BID, 1000 + spread))[what - 2]
            rows.append((now, TRADE, side, price, 1000))
    return tape_of(rows)


def taken_a_second(table: QuoteTable, fill_rate: float) -> float:
    """Orders taken per second in the stationary law of the chain that the policy makes."""
    take, lots = table.take[:, -1].astype(int), len(table.inventories)
    bids, asks = (np.isfinite(depth[:, -1]) for depth in (table.bid_depth, table.ask_depth))
    flow, taken = np.zeros((3 * lots, 3 * lots)), np.zeros(3 * lots)
    for spread in range(3):
        for held in range(lots):
            moves = [
                (spread + 1, held, AVERSE["widen_rate"] * (spread < 2)),
                (spread - 1, held, AVERSE["narrow_rate"] * (spread > 0)),
                (spread, held + 1, fill_rate * bids[spread, held]),
                (spread, held - 1, fill_rate * asks[spread, held]),
            ]
            for to, inventory, rate in moves:
                if rate:
                    here, taking = spread * lots + held, take[to, inventory]
                    flow[here, to * lots + inventory + taking] += rate
                    taken[here] += rate * abs(taking)
    flow -= np.diag(flow.sum(axis=1))
    equations = np.vstack((flow.T, np.ones(3 * lots)))
    law = np.linalg.lstsq(equations, np.eye(3 * lots + 1)[-1], rcond=None)[0]
    return float(law @ taken)


def test_takes_are_as_frequent_as_in_the_models_own_chain():
    """Improving never pays here, so all stand at the touch, and each print there fills them."""
    rate, seconds = 0.2, 10_000.0
    options = {**AVERSE, "fill_rate": rate, "improved_fill_rate": rate, "horizon_s": 60.0}
    table = spread_touch.table(**options)
    assert set(np.unique(table.bid_depth[np.isfinite(table.bid_depth)])) == {0.0}
    expected = taken_a_second(table, rate) * seconds
    tape = chain_tape(seconds, rate, seed=5)
    run = hs.Replay(tape, decide_every="20ms", orders=TAKING).run(spread_touch(**options))
    taken = run.fills["size"][~run.fills["maker"]].sum()
    assert expected > 300
    assert taken == pytest.approx(expected, abs=4 * expected**0.5)


def test_what_is_taken_is_counted_and_costs_the_takers_fee():
    fees = hs.Fees(maker=0.0001, taker=0.0005)
    tape = chain_tape(2_000.0, 0.2, seed=6)
    run = hs.Replay(tape, orders=TAKING, fees=fees).run(MODEL)
    took = ~run.fills["maker"]
    price = run.fills["price"][took] * run.fills["size"][took]
    assert took.sum() > 5
    assert run.counters["taker_fills"][0] == took.sum()
    assert run.counters["taker_volume_lots"][0] == run.fills["size"][took].sum()
    assert run.counters["taker_fees"][0] == pytest.approx(0.0005 * price.sum(), rel=1e-12)
    assert run.counters["fees"][0] == pytest.approx(run.fills["fee"].sum(), rel=1e-12)
    found = run.metrics()
    assert found["taker_fills"] == took.sum()
    assert found["taker_fees"] == pytest.approx(run.counters["taker_fees"][0], rel=1e-12)
    assert found["maker_share"] == 1 - run.fills["size"][took].sum() / run.fills["size"].sum()


def small(take) -> QuoteTable:
    return QuoteTable([-2, 0, 2], [1.0] * 3, [1.0] * 3, bid_size=2, ask_size=2, take=take)


def test_a_table_takes_at_the_nearest_inventory_and_never_past_nothing():
    @table_model()
    def unwinding() -> QuoteTable:
        return small([2.0, 0.0, -2.0])

    model = unwinding()
    state = STATE._replace(bid=1000.0, ask=1002.0, mid=1001.0)
    quotes = {held: model(state._replace(inventory=held)) for held in (-5.0, -1.5, -1.0, 0.0, 3.0)}
    assert quotes[-5.0] == (1002.0, inf, 2.0, 0.0)
    assert quotes[-1.5] == (1002.0, inf, 1.5, 0.0)
    assert quotes[-1.0] == quotes[0.0] == (1000.0, 1002.0, 2.0, 2.0)  # as near to 0
    assert quotes[3.0] == (-inf, 1000.0, 0.0, 2.0)


@pytest.mark.parametrize(
    ("take", "words"),
    [
        ([-1.0, 0.0, 0.0], "take must be finite and lead towards an inventory of 0"),
        ([np.nan, 0.0, 0.0], "take must be finite and lead"),
        ([0.5, 0.0, 0.0], "take must be 0 or at least one lot"),
        ([1.0, 0.0], r"take must have shape \(1, 1, 3\), had \(2,\)"),
    ],
)
def test_a_wrong_take_is_named(take, words):
    with pytest.raises(ConfigError, match=words):
        small(take)


def test_taking_is_true_or_false():
    with pytest.raises(ConfigError, match="orders: taking must be True or False, was 'yes'"):
        hs.OrderPolicy(taking="yes")
    with pytest.raises(ConfigError, match="market_orders must be 0 or 1, was 2"):
        spread_touch(**{**AVERSE, "market_orders": 2})
