"""Hawkes events: a tape's changes as events of twelve kinds, and the room that each kind had."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfspread.calibrate.level_changes import NO_ASK, NO_BID, Cause, LevelChanges
from halfspread.calibrate.record import NANO, Floats, Ints
from halfspread.hawkes_flow import ACTS, KINDS

FARTHEST = 500
"""Ticks behind the best price; an order that comes or goes farther away is left out."""
MOST_EVENTS = 1_000_000
"""Of a fit; of a longer tape the first part that holds so many."""
LIMIT_TOP, LIMIT_DEEP, LIMIT_INSIDE, CANCEL_TOP, CANCEL_DEEP, MARKET = range(len(ACTS))


@dataclass(frozen=True, eq=False)
class HawkesEvents:
    """Events of each kind, one an instant at most, and the book between them."""

    time: Floats
    """seconds from the first two-sided book, of each instant, ascending; (instants,)"""
    kinds: NDArray[np.bool_]
    """whether an event of the kind came at the instant, none at the first, (instants, 12)"""
    lots: Ints
    """of each event, all of its changes together, (instants, 12)"""
    top: Ints
    deep: Ints
    """lots at each side's best price and up to FARTHEST ticks behind, after it, (instants, 2)"""
    spread: Ints
    """ticks after it; 0 where a side is empty, (instants,)"""
    behind: Ints
    """of each limit_deep order, ticks behind the best"""
    left_out: float
    """the share of limit orders and cancellations that were farther behind than FARTHEST"""
    cut: bool
    """whether the tape is longer than what was taken"""
    price: int
    """the first best bid, ticks"""

    @property
    def counts(self) -> Ints:
        """Events of each kind, (12,)."""
        counts: Ints = self.kinds.sum(axis=0)
        return counts

    @property
    def seconds(self) -> float:
        """The length of the span."""
        return float(self.time[-1])


def hawkes_events(changes: LevelChanges) -> HawkesEvents:
    """Name each change by what it did to the book: all of one kind at one instant is one event.

    A limit order is at the best price (limit_top), behind it (limit_deep) or better (limit_inside)
    by the touch before its message; where a side is empty its best is where it last was, or just
    behind the other side's. A cancellation is at the best price or behind it; what was taken is a
    market order of the other side. What comes or goes more than FARTHEST ticks behind is left out.

    Errors:
        CalibrationError: as `LevelChanges.price_range`.
    """
    first = changes.first
    live = (changes.message > first) & (changes.cause != Cause.told)
    act, behind = _acts(changes)
    near = behind <= FARTHEST
    resting = live & (changes.cause != Cause.market)
    left_out = float(np.mean(~near[resting])) if resting.any() else 0.0
    bids = (changes.side > 0) == (changes.cause != Cause.market)
    kind = np.where(bids, 0, len(ACTS)) + act
    time = changes.time[first:]
    last = np.append(np.diff(time) > 0, True)
    instant = np.concatenate([[0], np.cumsum(last)[:-1]])  # of each message from the first on
    rows = np.flatnonzero(live & near)
    place = instant[changes.message[rows] - first]
    instants = int(instant[-1]) + 1
    lots = np.zeros((instants, len(KINDS)), dtype=np.int64)
    np.add.at(lots, (place, kind[rows]), changes.lots[rows])
    lots[0] = 0  # the first book's instant has no time before it
    ends = np.flatnonzero(last)
    top, deep = (table[first:][ends] for table in _resting(changes))
    spread = np.where(changes.two_sided, changes.ask - changes.bid, 0)[first:][ends]
    so_far = np.cumsum(np.count_nonzero(lots, axis=1))
    kept = int(np.searchsorted(so_far, MOST_EVENTS, side="right"))
    kept = min(max(kept, 1), instants)
    deep_rows = rows[(act[rows] == LIMIT_DEEP) & (place < kept)]
    return HawkesEvents(
        time=(time[ends][:kept] - time[0]) * NANO,
        kinds=lots[:kept] > 0,
        lots=lots[:kept],
        top=top[:kept],
        deep=deep[:kept],
        spread=spread[:kept],
        behind=behind[deep_rows],
        left_out=left_out,
        cut=kept < instants,
        price=int(changes.bid[first]),
    )


def _acts(changes: LevelChanges) -> tuple[Ints, Ints]:
    """Of each change its act, and how many ticks behind its side's best it was."""
    before = np.maximum(changes.message - 1, 0)
    bid, ask = _last_known(changes.bid, NO_BID)[before], _last_known(changes.ask, NO_ASK)[before]
    bids = changes.side > 0
    best = np.where(bids, np.minimum(bid, ask - 1), np.maximum(ask, bid + 1))
    behind = np.where(bids, best - changes.price, changes.price - best)
    limit = np.select([behind == 0, behind > 0], [LIMIT_TOP, LIMIT_DEEP], LIMIT_INSIDE)
    cancel = np.where(behind <= 0, CANCEL_TOP, CANCEL_DEEP)
    act: Ints = np.select(
        [changes.cause == Cause.market, changes.cause == Cause.cancel], [MARKET, cancel], limit
    )
    return act, np.where(changes.cause == Cause.market, 0, behind)


def _last_known(price: Ints, none: int) -> Ints:
    """Prices, where there is none the last one there was."""
    places = np.where(price != none, np.arange(len(price)), 0)
    known: Ints = price[np.maximum.accumulate(places)]
    return known


def _resting(changes: LevelChanges) -> tuple[Ints, Ints]:
    """Lots at the best price and up to FARTHEST ticks behind, (messages, 2) each."""
    low, high = changes.price_range(FARTHEST)
    found: tuple[Ints, Ints] = _walk(
        changes.message,
        changes.side,
        changes.price,
        changes.after,
        changes.bid,
        changes.ask,
        low,
        high,
        FARTHEST,
    )
    return found


@njit(cache=True)
def _walk(message, side, price, after, bid, ask, low, high, reach):  # type: ignore[no-untyped-def]
    """A message at a time; the sum behind the best is taken anew where the best has moved."""
    book = np.zeros((2, high - low + 1), dtype=np.int64)
    top = np.zeros((len(bid), 2), dtype=np.int64)
    deep = np.zeros((len(bid), 2), dtype=np.int64)
    best = np.full(2, -1, dtype=np.int64)
    within = np.zeros(2, dtype=np.int64)  # the best price and what is behind it
    row = 0
    for at in range(len(bid)):
        while row < len(message) and message[row] == at:
            i = 0 if side[row] > 0 else 1
            place = price[row] - low
            if 0 <= place <= high - low:
                away = best[i] - place if i == 0 else place - best[i]
                if 0 <= away <= reach:
                    within[i] += after[row] - book[i, place]
                book[i, place] = after[row]
            row += 1
        for i in range(2):
            now = bid[at] - low if i == 0 else ask[at] - low
            if not 0 <= now <= high - low:
                best[i] = -reach - 1 if i == 0 else high - low + reach + 1
                within[i] = 0
                continue
            if now != best[i]:
                best[i] = now
                within[i] = 0
                for away in range(reach + 1):
                    place = now - away if i == 0 else now + away
                    if 0 <= place <= high - low:
                        within[i] += book[i, place]
            top[at, i] = book[i, now]
            deep[at, i] = within[i] - book[i, now]
    return top, deep
