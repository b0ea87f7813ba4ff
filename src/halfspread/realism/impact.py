"""Impact: what the mid does after market orders, limit orders and cancellations at the touch."""

from __future__ import annotations

import numpy as np
from numba import njit

from halfspread.calibrate.level_changes import Cause
from halfspread.calibrate.record import NANO, Floats, Ints
from halfspread.realism.sample import Sample

KINDS = ("MO0", "MO1", "LO0", "LO1", "CA0", "CA1")
"""Market orders, limit orders, cancellations; 1: those that move the mid."""
LAGS = (1, 2, 5, 10, 20, 50, 100, 200)
"""Events."""
FEWEST = 30
"""Events of a kind."""
BINS = 10
"""Of imbalance, from -1 to 1."""
WINDOW = 300.0
"""Seconds that an order waits for its fill, or a tenth of the tape if that is less."""
ORDERS = 2_000
"""Of each side, at even steps of time."""


def touch_events(sample: Sample) -> tuple[Ints, Ints, Ints]:
    """The events at the best prices, in order: kind, sign, and message.

    A kind is a place in KINDS. The sign is that of the price's expected change: of a bid that comes
    +1, of one that goes -1, of a buyer's market order +1. An event is at the best prices that stood
    before its message, or between them; what a message took of a side is one market order. One
    that empties its best, or comes between, in a message that moves the mid, moved it.
    """
    changes = sample.changes
    before = np.maximum(changes.message - 1, 0)
    bids = changes.side > 0
    best = np.where(bids, changes.bid[before], changes.ask[before])
    better = np.where(bids, changes.price - best, best - changes.price)
    limits = changes.cause == Cause.limit
    there = changes.two_sided[before] & changes.two_sided[changes.message]
    known = there & (changes.message > changes.first) & (changes.cause != Cause.told)
    at_touch = known & ((better == 0) | (limits & (better > 0)))
    rows = np.flatnonzero(at_touch)
    taken = changes.cause[rows] == Cause.market
    key = 2 * changes.message[rows] + bids[rows]
    again = taken & np.isin(np.arange(len(rows)), _repeats(key, taken))
    rows = rows[~again]
    moved = (changes.bid[changes.message] + changes.ask[changes.message]) != (
        changes.bid[before] + changes.ask[before]
    )
    acts = np.where(limits, better > 0, changes.after == 0)
    cause = changes.cause[rows]
    kind = np.select([cause == Cause.market, cause == Cause.limit], [0, 2], 4)
    kind = kind + (moved & acts)[rows]
    sign = np.where(cause == Cause.limit, changes.side[rows], -changes.side[rows])
    return kind, sign, changes.message[rows]


def _repeats(key: Ints, taken: Ints) -> Ints:
    """The rows of market orders after the first of their message and side."""
    rows = np.flatnonzero(taken)
    _, first = np.unique(key[rows], return_index=True)
    found: Ints = np.delete(rows, first)
    return found


def response(sample: Sample) -> Floats:
    """R(lag) = E[sign_t (m_(t+lag) - m_t)] of each kind, ticks: (kinds, lags), by count of events.

    m_t is the mid before event t. NaN for a kind with fewer than FEWEST events.

    Source:
        Z. Eisler, J.-P. Bouchaud and J. Kockelkoren, "The price impact of order book events: market
        orders, limit orders and cancellations", Quantitative Finance 12(9), 2012.
    """
    if "response" not in sample.kept:
        sample.kept["response"] = _response(sample)
    return sample.kept["response"]


def _response(sample: Sample) -> Floats:
    kind, sign, message = touch_events(sample)
    changes = sample.changes
    mid = (changes.bid[message - 1] + changes.ask[message - 1]) / 2
    found = np.full((len(KINDS), len(LAGS)), np.nan)
    for column, lag in enumerate(LAGS):
        if lag >= len(mid):
            continue
        moves = sign[:-lag] * (mid[lag:] - mid[:-lag])
        for row in range(len(KINDS)):
            own = kind[:-lag] == row
            if own.sum() >= FEWEST:
                found[row, column] = moves[own].mean()
    return found


def next_move(sample: Sample) -> Floats:
    """P(the next change of the mid is up) by imbalance at the touch, in BINS bins from -1 to 1."""
    times, change = sample.moves
    touches = sample.record.touches
    stamps = touches.time[sample.rows]
    place = np.searchsorted(times, stamps, side="right")
    known = place < len(times)
    up = change[place[known]] > 0
    bins = np.clip(((sample.imbalance[known] + 1) / 2 * BINS).astype(np.int64), 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    ups = np.bincount(bins, weights=up.astype(np.float64), minlength=BINS)
    found: Floats = np.where(counts >= FEWEST, ups / np.maximum(counts, 1), np.nan)
    return found


def fill_times(sample: Sample, window: float) -> tuple[Floats, Floats]:
    """Seconds to the first fill of orders put at the touch, and when they were put (0 to 1).

    Each of ORDERS even steps of time sees an order join the best bid and another the best ask,
    behind all lots there. It is filled when more than those lots have been taken at its price, or
    a worse price is traded or quoted by the other side. Nobody before it cancels, and it stays: an
    upper bound of what an order waits. One not filled within `window` seconds counts as window.
    """
    first, last = sample.record.span
    times = np.linspace(first, last - round(window / NANO), ORDERS).astype(np.int64)
    touches = sample.record.touches
    rows = touches.row_at(times)
    known = (rows >= 0) & touches.two_sided[rows]
    times, rows = times[known], rows[known]
    when, side, price, lots = sample.taken
    waits = []
    for own, best, size, other in (
        (1, touches.bid, touches.bid_size, touches.ask),
        (-1, touches.ask, touches.ask_size, touches.bid),
    ):
        kept = side == own
        waits.append(
            _wait(
                times,
                own * best[rows],
                size[rows],
                when[kept],
                own * price[kept],
                lots[kept],
                touches.time,
                own * other,
                touches.two_sided,
                round(window / NANO),
            )
        )
    stamps = (times - first) / (last - first)
    return np.concatenate(waits), np.concatenate([stamps, stamps])


@njit(cache=True)
def _wait(times, prices, ahead, when, traded, lots, seen, opposite, known, window):  # type: ignore[no-untyped-def]
    """Seconds that each order waits; prices are signed, so that a lower one is worse for it."""
    waits = np.full(len(times), window * 1e-9)
    begin = np.searchsorted(when, times, side="right")
    look = np.searchsorted(seen, times, side="right")
    for i in range(len(times)):
        left, end = ahead[i], times[i] + window
        for row in range(begin[i], len(when)):
            if when[row] > end:
                break
            if traded[row] == prices[i]:
                left -= lots[row]
            if traded[row] < prices[i] or left < 0:
                end = when[row]
                break
        for row in range(look[i], len(seen)):
            if seen[row] >= end:
                break
            if known[row] and opposite[row] <= prices[i]:
                end = seen[row]
                break
        waits[i] = (end - times[i]) * 1e-9
    return waits
