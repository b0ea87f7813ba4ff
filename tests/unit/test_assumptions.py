"""Each place where our rules differ from hftbacktest's, on the smallest market that shows it.

docs/assumptions.md says why; its list and this file go together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import halfspread as hs
from halfspread.event import EVENT, EVERYTHING

INSTRUMENT = hs.Instrument("TEST", tick=1, lot=1)
SECOND = 1_000_000_000
BID, ASK = hs.Side.bid, hs.Side.ask
OURS, PEER = "halfspread", "hftbacktest"


def level(at: float, side: int, price: int, size: int) -> tuple:
    return (at, hs.Kind.level, side, price, size)


def trade(at: float, aggressor: int, price: int, size: int) -> tuple:
    return (at, hs.Kind.trade, aggressor, price, size)


QUIET = [
    level(0, BID, 100, 10),
    level(0, BID, 99, 20),
    level(0, ASK, 102, 10),
    level(0, ASK, 103, 20),
]


@dataclass
class Played:
    fills: list[tuple[int, int, int]]  # side, price, size
    states: list[hs.QuoteState]


def play(rules: str, rows: list[tuple], asks: dict[int, list[tuple]], **options) -> Played:
    """Plays rows given as (second, kind, side, price, size), acting by hand at whole seconds."""
    events = np.zeros(len(rows), EVENT)
    for event, (at, kind, side, price, size) in zip(events, rows, strict=True):
        event["exchange_time"] = event["local_time"] = SECOND + round(at * SECOND)
        event["kind"], event["side"], event["price"], event["size"] = kind, side, price, size
        event["flags"] = hs.Flag.both | hs.Flag.last
    tape = hs.Tape.from_events(events, INSTRUMENT, venue="test")
    market = hs.Replay(tape, rules=rules, decide_every="1s", **options)
    numbers, states = [], []
    for step, state in enumerate(market, start=1):
        states.append(state)
        for verb, *arguments in asks.get(step, []):
            if verb == "submit":
                numbers.append(market.submit(*arguments))
            else:
                getattr(market, verb)(numbers[arguments[0]], *arguments[1:])
    fills = market.result().fills
    columns = (fills[name].tolist() for name in ("side", "price", "size"))
    return Played(list(zip(*columns, strict=True)), states)


def both(rows: list[tuple], asks: dict[int, list[tuple]], **options) -> tuple[list, list]:
    return tuple(play(rules, rows, asks, **options).fills for rules in (OURS, PEER))


def test_a_print_fills_no_more_than_it_holds():
    rows = [*QUIET, trade(1.5, ASK, 100, 14), trade(9, BID, 102, 1)]
    ours, peer = both(rows, {1: [("submit", BID, 100, 8)]})
    assert ours == [(1, 100, 4)]
    assert peer == [(1, 100, 8)]


def test_partial_fills_add_up_to_the_order():
    prints = [trade(1.5, ASK, 100, 13), trade(1.6, ASK, 100, 3), trade(1.7, ASK, 100, 30)]
    ours, _ = both([*QUIET, *prints, trade(9, BID, 102, 1)], {1: [("submit", BID, 100, 8)]})
    assert ours == [(1, 100, 3), (1, 100, 3), (1, 100, 2)]


def test_our_orders_share_a_print():
    asks = {1: [("submit", BID, 101, 5), ("submit", BID, 100, 5)]}
    ours, peer = both([*QUIET, trade(1.5, ASK, 100, 16), trade(9, BID, 102, 1)], asks)
    assert ours == [(1, 101, 5), (1, 100, 1)]
    assert peer == [(1, 101, 5), (1, 100, 5)]


def test_a_print_through_our_price_fills_no_more_than_it_holds():
    rows = [*QUIET, trade(1.5, ASK, 99, 3), trade(9, BID, 102, 1)]
    ours, peer = both(rows, {1: [("submit", BID, 100, 8)]})
    assert ours == [(1, 100, 3)]
    assert peer == [(1, 100, 8)]


def test_a_book_that_moves_onto_us_fills_no_more_than_it_shows():
    rows = [*QUIET, level(1.5, ASK, 100, 3), trade(9, BID, 102, 1)]
    ours, peer = both(rows, {1: [("submit", BID, 100, 8)]})
    assert ours == [(1, 100, 3)]
    assert peer == [(1, 100, 8)]


@pytest.mark.parametrize("print_first", [True, False])
def test_a_print_and_the_level_it_moved_are_one_volume(print_first):
    """Ten ahead, six printed: four are ahead still, whichever row comes first."""
    pair = [trade(1.5, ASK, 100, 6), level(1.5, BID, 100, 4)]
    rows, asks = [*QUIET, *(pair if print_first else pair[::-1])], {1: [("submit", BID, 100, 8)]}
    ours, peer = both([*rows, trade(9, BID, 102, 1)], asks, queue="risk_averse")
    assert ours == []
    assert peer == ([] if print_first else [(1, 100, 8)])
    five_more = [trade(2.5, ASK, 100, 5), trade(9, BID, 102, 1)]
    assert play(OURS, rows + five_more, asks, queue="risk_averse").fills == [(1, 100, 1)]


def test_what_stands_behind_is_counted_after_the_prints():
    """Six of ten ahead printed and ten more queued behind: a decrease is split by 4 and 10."""
    rows = [
        *QUIET,
        level(1.2, BID, 100, 20),
        trade(1.5, ASK, 100, 6),
        level(1.6, BID, 100, 7),
        trade(2.5, ASK, 100, 3),
        trade(9, BID, 102, 1),
    ]
    ours, peer = both(rows, {1: [("submit", BID, 100, 8)]}, queue=hs.Queue("power", 1.0))
    assert ours == [(1, 100, 1)]
    assert peer == []


def test_a_crossed_level_is_erased_not_kept():
    """A bid at 103 says that the asks to 103 are gone; the peer finds 102 again later."""
    rows = [
        *QUIET,
        level(1.2, ASK, 104, 5),
        level(1.5, BID, 103, 5),
        level(2.5, BID, 103, 0),
        level(3.2, ASK, 101, 1),
        level(3.5, ASK, 101, 0),
        trade(9, BID, 104, 1),
    ]
    asks = [play(rules, rows, {}).states[3].ask for rules in (OURS, PEER)]
    assert asks == [104.0, 102.0]


def test_a_clear_looks_for_the_next_level_from_the_right_place():
    rows = [*QUIET, (1.5, hs.Kind.clear, BID, 100, 0), trade(9, BID, 102, 1)]
    states = [play(rules, rows, {}).states[1] for rules in (OURS, PEER)]
    assert states[0].bid == 99
    assert np.isnan(states[1].bid)


def test_taking_walks_the_levels_that_are_shown():
    rows = [*QUIET, trade(9, BID, 102, 1)]
    ours, peer = both(rows, {1: [("submit", BID, 103, 25, "immediate")]})
    assert ours == [(1, 102, 10), (1, 103, 15)]
    assert peer == [(1, 102, 25)]


def test_an_order_for_more_than_is_shown_rests_with_what_is_left():
    rows = [*QUIET, trade(1.5, ASK, 102, 4), trade(9, ASK, 99, 1)]
    ours, peer = both(rows, {1: [("submit", BID, 102, 15, "good_till_cancel")]})
    assert ours == [(1, 102, 10), (1, 102, 4), (1, 102, 1)]
    assert peer == [(1, 102, 15)]


def test_fill_or_kill_looks_at_what_is_shown():
    rows = [*QUIET, trade(9, BID, 102, 1)]
    asks = {1: [("submit", BID, 103, 31, "fill_or_kill"), ("submit", ASK, 99, 30, "fill_or_kill")]}
    ours, peer = both(rows, asks)
    assert ours == [(-1, 100, 10), (-1, 99, 20)]
    assert peer == [(1, 102, 31), (-1, 100, 30)]


def test_a_market_order_finds_nothing_on_an_empty_side():
    rows = [level(0, BID, 100, 10), trade(9, ASK, 100, 1)]
    assert both(rows, {1: [("submit", BID, 0, 5, "market")]}) == ([], [])


def test_an_amended_order_executes_its_new_size():
    rows = [*QUIET, trade(3.5, ASK, 100, 40), trade(9, BID, 102, 1)]
    asks = {1: [("submit", BID, 100, 8)], 2: [("amend", 0, 101, 3)]}
    ours, peer = both(rows, asks)
    assert ours == [(1, 101, 3)]
    assert peer == [(1, 101, 8)]


def test_quotes_of_the_touch_are_read():
    """Feeds of the best prices only; the peer ignores such rows."""
    rows = [*QUIET, (1.5, hs.Kind.touch, BID, 99, 7), trade(9, BID, 102, 1)]
    states = [play(rules, rows, {}).states[1] for rules in (OURS, PEER)]
    assert [state.bid for state in states] == [99, 100]


def test_decisions_end_with_the_tape():
    """Ours does not decide about a market that is over; the peer does while messages travel."""
    rows = [*QUIET, trade(2.0, BID, 102, 1)]
    counts = []
    for rules in (OURS, PEER):
        asks = {2: [("submit", BID, 100, 5)]}
        counts.append(
            len(play(rules, rows, {1: [("submit", BID, 99, 5)], **asks}, latency_ms=600).states)
        )
    assert counts[0] < counts[1]


def test_a_cleared_side_is_refilled_by_a_snapshot():
    rows = [
        *QUIET,
        (1.5, hs.Kind.clear, hs.Side.none, EVERYTHING, 0),
        level(1.5, BID, 90, 1),
        level(1.5, ASK, 91, 1),
        trade(9, BID, 91, 1),
    ]
    for rules in (OURS, PEER):
        state = play(rules, rows, {}).states[1]
        assert (state.bid, state.ask) == (90, 91)


def test_a_refused_cancel_is_asked_again():
    """Latency samples that refuse around the second at which the quote moves."""
    rows = [*QUIET, level(2.5, BID, 101, 5), level(5.5, BID, 101, 6), trade(9, BID, 102, 1)]
    samples = [(0, 1, 2), (3, 4, 5), (3.5, 0, 3.6), (4.4, 0, 4.5), (4.5, 4.6, 4.7), (99, 99, 99)]
    events = np.zeros(len(rows), EVENT)
    for event, (at, kind, side, price, size) in zip(events, rows, strict=True):
        event["exchange_time"] = event["local_time"] = SECOND + round(at * SECOND)
        event["kind"], event["side"], event["price"], event["size"] = kind, side, price, size
        event["flags"] = hs.Flag.both | hs.Flag.last
    nanoseconds = [[round(x * SECOND) + (SECOND if x else 0) for x in row] for row in samples]
    nanoseconds[0] = [0, SECOND // 1000, SECOND // 500]
    market = hs.Replay(
        hs.Tape.from_events(events, INSTRUMENT, venue="test"),
        latency=hs.Latency(samples=np.array(nanoseconds)),
        decide_every="1s",
    )
    seen = []
    for state in market:
        market.quote(state.bid, state.ask, 1, 0)
        seen.append([(order.price, order.state) for order in market.open_orders()])
    run = market.result()
    assert run.counters["rejected"][0] >= 1
    assert run.counters["cancels"][0] >= 2
    assert all(price != 100 for price, _ in seen[-1])
