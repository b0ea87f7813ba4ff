"""Level changes: what a tape tells of single limit orders, market orders and cancellations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.calibrate.record import NANO, CalibrationError, Ints
from halfspread.event import Kind
from halfspread.tape import Tape

MEMORY = 10**9
"""ns that a print waits for the level it took from, on a tape of levels."""
MOST_PUT_RIGHT = 0.2
"""Of the changes, that nobody made."""
NO_BID, NO_ASK = -(2**31), 2**31 - 1
WIDEST = 50_000_000
"""Ticks that a book may wander over."""


class Cause(IntEnum):
    """Why a level changed. `told`: nobody acted, the book was set right."""

    told = 0
    limit = 1
    market = 2
    cancel = 3


@dataclass(frozen=True, eq=False)
class LevelChanges:
    """Each change of a level with its cause, in order, on the venue's clock, and the touch."""

    message: Ints
    """of each change, which of the messages"""
    side: Ints
    price: Ints
    """ticks"""
    before: Ints
    after: Ints
    """lots that the level held and holds"""
    cause: NDArray[np.uint8]
    time: Ints
    """ns, of each message that changed a level, never going back"""
    bid: Ints
    ask: Ints
    """ticks, after the message; NO_BID and NO_ASK where there is none"""
    printed: int
    """lots of all prints"""
    of_orders: bool
    """whether the tape told of single orders: then each change is one"""

    @cached_property
    def lots(self) -> Ints:
        """How many lots came or went, > 0."""
        lots: Ints = np.abs(self.after - self.before)
        return lots

    @cached_property
    def two_sided(self) -> NDArray[np.bool_]:
        """After each message, whether there is a bid and an ask."""
        there: NDArray[np.bool_] = (self.bid != NO_BID) & (self.ask != NO_ASK)
        return there

    @property
    def first(self) -> int:
        """The first message after which there are two sides."""
        return int(np.argmax(self.two_sided))

    @property
    def span(self) -> tuple[int, int]:
        """ns, from the first message with two sides to the last one."""
        return int(self.time[self.first]), int(self.time[-1])

    @property
    def seconds(self) -> float:
        """The length of the span."""
        return (self.span[1] - self.span[0]) * NANO

    def price_range(self, behind: int) -> tuple[int, int]:
        """The lowest and the highest price, up to so many ticks behind the best ones that were.

        Errors:
            CalibrationError: the best prices wander over more than WIDEST ticks.
        """
        low = int(self.bid[self.two_sided].min()) - behind
        high = int(self.ask[self.two_sided].max()) + behind
        if high - low > WIDEST:
            raise CalibrationError(f"the best prices are {high - low:,} ticks apart at most")
        return low, high

    def taken(self) -> int:
        """Lots that market orders took of levels in sight."""
        return int(self.lots[self.cause == Cause.market].sum())

    @cached_property
    def distance(self) -> Ints:
        """Ticks of each change from the opposite best, before its message; < 1: a side was empty.

        A limit order that came where the other side had been is counted from where that side's
        best is after the message: it made room first.
        """
        before = np.maximum(self.message - 1, 0)
        bids = self.side > 0
        best, there = _opposite(self, before, bids)
        away = np.where(bids, best - self.price, self.price - best)
        late, late_there = _opposite(self, self.message, bids)
        after = np.where(bids, late - self.price, self.price - late)
        away = np.where((away < 1) & late_there, after, away)
        known: Ints = np.where((there | late_there) & (self.message > 0), away, 0)
        return known


def _opposite(
    changes: LevelChanges, rows: Ints, bids: NDArray[np.bool_]
) -> tuple[Ints, NDArray[np.bool_]]:
    """The best price opposite to each change in the message `rows`, and whether there is one."""
    best = np.where(bids, changes.ask[rows], changes.bid[rows])
    return best, (best != NO_ASK) & (best != NO_BID)


def read_changes(tape: Tape, of_orders: bool | None = None) -> LevelChanges:
    """The changes of a tape's levels; a tape that tells of orders is read order by order.

    On a tape of levels what a message says of a level is one change; prints of its price since the
    message before, up to MEMORY, are market orders, and what is then left to explain is one limit
    order or one cancellation.

    Args:
        of_orders: whether the levels were made of orders, whose prints are of their instant; by
            default whether the tape tells of orders.
    Errors:
        CalibrationError: the tape tells no levels, or never two sides, or ends within a second.
    """
    by_order = tape.holds_orders if of_orders is None else of_orders
    levels = tape.levels()
    columns = levels.columns
    if not np.any(columns["kind"] == Kind.level):
        raise CalibrationError("the tape tells of no level behind the best price")
    found = _core.level_changes(levels.core, 0 if by_order else MEMORY)
    trades = columns["kind"] == Kind.trade
    printed = int(columns["size_lots"][trades].astype(np.int64).sum())
    whole = {
        name: column if name == "cause" else column.astype(np.int64, copy=False)
        for name, column in found.items()
    }
    changes = LevelChanges(**whole, printed=printed, of_orders=by_order)
    if not changes.two_sided.any():
        raise CalibrationError("the book never has two sides")
    if changes.seconds < 1:
        raise CalibrationError("less than a second of a book with two sides")
    live = changes.message > changes.first
    put_right = float(np.mean(changes.cause[live] == Cause.told)) if live.any() else 0.0
    if put_right > MOST_PUT_RIGHT:
        raise CalibrationError(
            f"{put_right:.0%} of the changes of levels only set the book right: "
            "the tape shows too few levels"
        )
    return changes
