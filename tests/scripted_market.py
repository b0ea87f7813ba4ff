"""Scripted market: a book that follows a given mid, and prints where the script wants them."""

from __future__ import annotations

import numpy as np

import halfspread as hs
from halfspread.event import EVENT

INSTRUMENT = hs.Instrument("SCRIPT", tick=1, lot=1, maker_fee=0.0, taker_fee=0.0)
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
BID, ASK = hs.Side.bid, hs.Side.ask
BOTH_LAST = hs.Flag.both | hs.Flag.last


class Script:
    """Writes rows by second; the book has three levels a side, `depth` lots each, spread 2."""

    def __init__(self, mid: int, depth: int = 20) -> None:
        self.rows: list[tuple] = []
        self.book: dict[tuple[int, int], int] = {}
        self.depth = depth
        self.mid = mid
        self.move(0.0, mid)

    def _row(self, at: float, kind: int, side: int, price: int, size: int) -> None:
        self.rows.append((round(at * SECOND), kind, side, price, size))

    def move(self, at: float, mid: int) -> None:
        """The book now stands round `mid`."""
        wanted = {(side, mid - side * k): self.depth for side in (BID, ASK) for k in (1, 2, 3)}
        for side, price in sorted(set(self.book) - set(wanted)):
            self._row(at, hs.Kind.level, side, price, 0)
        for (side, price), size in sorted(wanted.items()):
            if self.book.get((side, price)) != size:
                self._row(at, hs.Kind.level, side, price, size)
        self.book, self.mid = wanted, mid

    def print_through(self, at: float, aggressor: int, size: int, ticks: int = 4) -> None:
        """A print so far beyond the mid that it fills whoever rests closer."""
        self._row(at, hs.Kind.trade, aggressor, self.mid + aggressor * ticks, size)

    def heartbeat(self, at: float) -> None:
        """A row of the book that changes nothing."""
        self._row(at, hs.Kind.level, BID, self.mid - 3, self.depth)

    def tape(self) -> hs.Tape:
        """What was written, in order of time."""
        events = np.zeros(len(self.rows), EVENT)
        rows = sorted(self.rows, key=lambda row: row[0])
        for event, (at, kind, side, price, size) in zip(events, rows, strict=True):
            event["exchange_time"] = event["local_time"] = START + at
            event["kind"], event["side"], event["flags"] = kind, side, BOTH_LAST
            event["price"], event["size"] = price, size
        return hs.Tape.from_events(events, INSTRUMENT, venue="script")
