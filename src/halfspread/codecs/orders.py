"""Orders: what the codecs of single orders share: the book of their rows, and a venue's told book.

The rows of such a codec are add, modify, remove and execute, each with its order's id, and trade.
An execute takes lots from an order that rested; what traded is told by trade rows alone, one for
each print, so that nothing counts twice. Where a source tells the levels of the book beside the
orders, a level row says what a level holds in truth, where the orders so far gave something else:
at the start, when a level comes into sight, after a lost message.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfspread._core import OrderFeed
from halfspread.codecs.codec import Codec, Part, as_bytes, build_rows, interleave
from halfspread.codecs.columns import Ints, Mask
from halfspread.event import EVENT, Events, Flag, Kind, Side
from halfspread.instrument import Instrument


@dataclass
class ToldBooks:
    """The levels of the book that some messages of a batch tell."""

    message: Ints
    """the number in the batch, ascending"""
    exchange: Ints
    local: Ints
    levels: Events
    """level rows, by message; best first on each side"""
    counts: Ints
    """levels of each message"""
    whole: Mask
    """(n, 2): all bids, all asks are told, not the best ones only"""

    @classmethod
    def none(cls) -> ToldBooks:
        """No book at all."""
        nothing: Ints = np.zeros(0, dtype=np.int64)
        levels = np.zeros(0, dtype=EVENT)
        return cls(nothing, nothing, nothing, levels, nothing, np.zeros((0, 2), dtype=bool))

    @property
    def touches(self) -> tuple[Mask, Ints]:
        """Which books have both sides, and (n, 2) the best bid and ask of each, ticks."""
        touches = np.zeros((len(self.counts), 2), dtype=np.int64)
        there = np.zeros((len(self.counts), 2), dtype=bool)
        owner = np.repeat(np.arange(len(self.counts)), self.counts)
        for i, side in enumerate((Side.bid, Side.ask)):
            of_side = np.flatnonzero(self.levels["side"] == side)[::-1]  # the best is written last
            touches[owner[of_side], i] = self.levels["price"][of_side]
            there[owner[of_side], i] = True
        both: Mask = there[:, 0] & there[:, 1]
        return both, touches


class OrderCodec(Codec):
    """A codec whose rows are about orders."""

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._feed = OrderFeed()

    def _followed(self, part: Part, reduces: Mask, books: ToldBooks, *, after: bool) -> list[Part]:
        """The rows about orders made whole, and level rows where a told book differs from them.

        Args:
            part: the rows, in order.
            reduces: those whose size is by how much an order shrank.
            books: what the venue told, each after the rows of its message.
            after: compare the touch told with the book once it is set right, or else before.
        """
        stamps = build_rows(
            Kind.level, books.exchange, books.local, 0, 0, Side.none, Flag.both | Flag.snapshot
        )
        whole = books.whole @ np.array([1, 2])
        rows, right, message = self._feed.follow(
            as_bytes(part.rows),
            part.message,
            reduces.astype(np.uint8),
            as_bytes(books.levels),
            books.counts,
            books.message,
            as_bytes(stamps),
            whole.astype(np.uint8),
        )
        rows = rows.view(EVENT)[:, 0]
        goes_on = np.isin(part.message, message) & (rows["kind"] != Kind.trade)
        rows["flags"][goes_on] &= np.uint16(0xFFFF ^ Flag.last)
        parts = [Part(part.message, rows), Part(message, right.view(EVENT)[:, 0])]
        self.report.settled += len(message)
        two_sided, touches = books.touches
        asked = books.message[two_sided]
        behind = np.searchsorted(part.message, asked, side="right")
        behind += np.searchsorted(message, asked, side="right" if after else "left")
        known = self.told + behind > 0
        self.report.touch_rows.append(self.told - 1 + behind[known])
        self.report.touch_prices.append(touches[two_sided][known].astype(np.int32))
        return [interleave(parts)]
