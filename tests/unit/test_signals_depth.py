"""Depth and the cost of a round trip, on books small enough to work out by hand."""

from math import isnan, nan

import pytest

import halfspread as hs
from scripted_market import ASK, BID, Script


def last_state(levels, **asked):
    """What the last decision sees of a book of {(side, price): lots}."""
    script = Script(100)
    script.move(1.0, 100)
    for (side, price), size in levels.items():
        script._row(2.0, hs.Kind.level, side, price, size)
    script.heartbeat(5.0)
    states = list(hs.Replay(script.tape(), signals=hs.SignalPolicy(**asked)))
    return states[-1]


BOOK = {(BID, 99): 4, (BID, 98): 10, (BID, 97): 20, (ASK, 101): 6, (ASK, 102): 0, (ASK, 103): 9}


@pytest.mark.parametrize(
    ("levels", "bid", "ask", "imbalance"),
    [(0, nan, nan, nan), (1, 4, 6, -0.2), (2, 14, 15, -1 / 29), (9, 34, 15, 19 / 49)],
)
def test_depth_is_the_lots_of_the_first_levels(levels, bid, ask, imbalance):
    state = last_state(BOOK, depth_levels=levels)
    found = (state.bid_depth, state.ask_depth, state.depth_imbalance)
    assert found == pytest.approx((bid, ask, imbalance), nan_ok=True)
    assert isnan(state.round_trip_cost)


@pytest.mark.parametrize(
    ("lots", "cost"),
    [
        (1, 2.0),  # the spread
        (4, 2.0),
        (5, 2.0 + 1 / 5),  # a lot of five is sold a tick lower
        (10, 2.0 + 6 / 10 + 2 * 4 / 10),
        (15, 2.0 + (10 + 2) / 15 + 2 * 9 / 15),
        (16, nan),  # the asks show fifteen
    ],
)
def test_a_round_trip_costs_the_spread_and_what_lies_behind(lots, cost):
    state = last_state(BOOK, round_trip_lots=lots)
    assert state.round_trip_cost == pytest.approx(cost, nan_ok=True)
    assert isnan(state.bid_depth)
    assert isnan(state.depth_imbalance)


def test_an_empty_side_has_no_depth_and_no_price():
    gone = {(ASK, price): 0 for price in (101, 102, 103)}
    state = last_state(gone, depth_levels=2, round_trip_lots=1)
    assert (state.bid_depth, state.ask_depth) == (40, 0)
    assert isnan(state.round_trip_cost)
    assert isnan(state.depth_imbalance)


def test_a_quote_that_needs_a_cost_not_shown_is_no_error():
    def model(state):
        half = state.round_trip_cost / 2
        return hs.Quote(state.mid - half, state.mid + half)

    script = Script(100, depth=2)
    script.heartbeat(9.0)
    tape = script.tape()
    run = hs.backtest(model, hs.Replay(tape, signals=hs.SignalPolicy(round_trip_lots=7)))
    assert run.errors == []
    assert run.counters["submits"][0] == 0
    run = hs.backtest(model, hs.Replay(tape, signals=hs.SignalPolicy(round_trip_lots=6)))
    assert run.errors == []
    assert run.counters["submits"][0] == 2
