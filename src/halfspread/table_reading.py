"""Table reading: the quote of a flat table at a state, as every table model's kernel reads it."""

from __future__ import annotations

from math import inf, isnan, nan, sqrt
from typing import Any

from halfspread.quote import Quote, QuoteState
from halfspread.table import (
    ASK_SIZE,
    BID_SIZE,
    FIRST,
    FORECASTS,
    HEADER,
    HORIZON,
    IMBALANCES,
    INVENTORIES,
    MOST_FORECAST,
    NODE,
    REFERENCE,
    SPREADS,
    STEP,
    TIMES,
)


def read_table(state: QuoteState, table: Any) -> Quote:
    """The quote of a flat table: what the kernel of every table model runs.

    A side that is not quoted has size 0. At the inventory bound its price goes on as it came there,
    for a lean around the table to measure a half spread by; elsewhere it is infinite. Where a
    number that the table needs is not known yet, neither side is quoted.
    """
    below, above = state.mid, state.mid
    if table[REFERENCE] == 1.0:
        below, above = state.bid, state.ask
    elif table[REFERENCE] == 2.0:
        below, above = state.micro_price, state.micro_price
    times, lots = int(table[TIMES]), int(table[INVENTORIES])
    regime = _regime(state, table)
    unknown = isnan(below) or isnan(above) or isnan(state.inventory) or regime < 0
    if unknown or (times > 1 and isnan(state.time_left)):
        return Quote(nan, nan, 0.0, 0.0)
    j, later = 0, 0.0
    if times > 1:
        horizon, last = table[HORIZON], times - 1
        time_left = _within(state.time_left, horizon)
        j = min(int(last * sqrt(time_left / horizon)), last - 1)
        gap = horizon / (last * last)
        later = _within((time_left - gap * (j * j)) / (gap * (2 * j + 1)), 1.0)
    place = (state.inventory - table[FIRST]) / table[STEP]
    inside = _within(place, lots - 1.0)
    i = min(int(inside), lots - 2)
    node = int(table[NODE])
    at = HEADER + node * ((regime * times + j) * lots + i)
    row = node * lots
    more = inside - i
    bid_depth = _between(table, at, node, row, more, later)
    ask_depth = _between(table, at + 1, node, row, more, later)
    if isnan(bid_depth) and state.inventory < 0.0:
        bid_depth = _between(table, at, node, row, 0.0, later)
    if isnan(ask_depth) and state.inventory > 0.0:
        ask_depth = _between(table, at + 1, node, row, 1.0, later)
    bid_size, ask_size = table[BID_SIZE], table[ASK_SIZE]
    if node == 5:
        taken = _nearest(table, at + 4, node, row, more, later, state.inventory)
        if taken > 0.0 and state.inventory <= -1.0:
            return Quote(state.ask, inf, min(taken, -state.inventory), 0.0)
        if taken < 0.0 and state.inventory >= 1.0:
            return Quote(-inf, state.bid, 0.0, min(-taken, state.inventory))
    if node > 2:
        bid_size = _orderable(_between(table, at + 2, node, row, more, later))
        ask_size = _orderable(_between(table, at + 3, node, row, more, later))
    if place > lots - 1.0 or isnan(bid_depth):
        bid_size = 0.0
    if place < 0.0 or isnan(ask_depth):
        ask_size = 0.0
    if isnan(bid_depth) and inside > lots - 2.0 and lots > 2:
        bid_depth = _beyond(table, at, -node, row, more, later)
    if isnan(ask_depth) and inside < 1.0 and lots > 2:
        ask_depth = _beyond(table, at + node + 1, node, row, 1.0 - more, later)
    bid, ask = below - bid_depth, above + ask_depth
    if isnan(bid):
        bid = -inf
    if isnan(ask):
        ask = inf
    return Quote(bid, ask, bid_size, ask_size)


def _regime(state: QuoteState, table: Any) -> int:
    """Which of the tables is to be read; -1 where that is not known yet."""
    spreads, imbalances = int(table[SPREADS]), int(table[IMBALANCES])
    spread, part, forecast = 0, 0, 0
    if spreads > 1:
        wide = state.ask - state.bid
        if isnan(wide):
            return -1
        spread = int(_within(wide - 0.5, spreads - 1.0))
    if imbalances > 1:
        if isnan(state.imbalance):
            return -1
        part = int(_within((state.imbalance + 1.0) / 2.0 * imbalances, imbalances - 1.0))
    if table[FORECASTS] > 1.0:
        if isnan(state.forecast):
            return -1
        last, most = table[FORECASTS] - 1.0, table[MOST_FORECAST]
        forecast = int(_within((state.forecast / most + 1.0) / 2.0 * last, last) + 0.5)
    return (spread * imbalances + part) * int(table[FORECASTS]) + forecast


def _orderable(size: float) -> float:
    """`size`, or 0 where it is less than one lot."""
    return size if size >= 1.0 else 0.0


def _within(value: float, most: float) -> float:
    """`value`, but no less than 0 and no more than `most`."""
    if value >= most:
        return most
    return value if value > 0.0 else 0.0


def _between(table: Any, at: int, node: int, row: int, more: float, later: float) -> float:
    """The number at place `at`, blended with the next inventory's and the next time's."""
    early = _blend(table[at], table[at + node], more)
    if later == 0.0:
        return early
    return _blend(early, _blend(table[at + row], table[at + row + node], more), later)


def _nearest(
    table: Any, at: int, node: int, row: int, more: float, later: float, inventory: float
) -> float:
    """The number of the nearest of those four; of two inventories as near, of the smaller one."""
    if more > 0.5 or (more == 0.5 and inventory < 0.0):
        at += node
    if later > 0.5:
        at += row
    return float(table[at])


def _beyond(table: Any, at: int, back: int, row: int, steps: float, later: float) -> float:
    """On from the depth at place `at` by so many steps like the one that led there."""
    last = _between(table, at, 0, row, 0.0, later)
    return last + steps * (last - _between(table, at + back, 0, row, 0.0, later))


def _blend(first: float, second: float, share: float) -> float:
    """From `first` to `second`; at either end the other may be NaN."""
    if share == 0.0:
        return first
    if share == 1.0:
        return second
    return first + share * (second - first)
