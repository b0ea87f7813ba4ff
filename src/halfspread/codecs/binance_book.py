"""Binance's order book: diffs chained by update id, and a snapshot merged into their chain."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from halfspread.codecs.codec import Part, Report, clear_row
from halfspread.codecs.columns import NO_TIME, Ints, Mask
from halfspread.event import Events, Flag

HISTORY = 1000
"""Diffs remembered while no snapshot has come: a snapshot is asked for and here in seconds."""


@dataclass
class Diffs:
    """Book updates in order of arrival, and their rows."""

    message: Ints
    """its number in the batch"""
    previous: Ints
    """the last update id before it: `pu`, or U - 1 on the spot market, which doesn't say `pu`"""
    last: Ints
    """its last update id, `u`"""
    exchange: Ints
    start: Ints
    """(n + 1): where its rows start; its rows end where the next one's start"""
    rows: Events

    def cut(self, begin: int, end: int) -> Diffs:
        """Updates begin to end, without their neighbours."""
        first, stop = int(self.start[begin]), int(self.start[end])
        return Diffs(
            self.message[begin:end],
            self.previous[begin:end],
            self.last[begin:end],
            self.exchange[begin:end],
            self.start[begin : end + 1] - first,
            self.rows[first:stop],
        )


@dataclass
class Snapshot:
    """A whole book as of an update id."""

    message: int
    id: int
    exchange: int
    """NO_TIME where it doesn't say"""
    local: int
    rows: Events
    """levels only"""


class BinanceBook:
    """Decides which updates may change the book, and puts a snapshot in their midst.

    A diff follows if its `previous` is not above the last id: nothing lies between. One that ends
    at or before that id is left out. Anything else is a gap: the book is dropped, a `clear`.

    Without a whole book diffs are only remembered until a snapshot comes or, for sources that hold
    none, passed on: the book is what they tell. A snapshot becomes one message, in which the
    remembered diffs that are newer are applied again behind its levels: it may well arrive after
    them, and without them would take the book back and leave it crossed. To a book that is whole a
    snapshot says nothing new, and is left out.
    """

    def __init__(self, report: Report, awaits_snapshot: bool) -> None:
        self.report = report
        self.awaits_snapshot = awaits_snapshot
        self.whole = False
        self.last_id: int | None = None
        self.from_snapshot = False
        """whether last_id is a snapshot's, no diff having followed yet"""
        self.history: deque[Diffs] = deque()
        self.held: Snapshot | None = None
        """taken, but its time is only known when the next diff comes"""

    def follow(self, diffs: Diffs, snapshots: list[Snapshot]) -> tuple[list[Part], Mask]:
        """The rows of a batch's updates that count, in parts, and which diffs do."""
        n = len(diffs.last)
        breaks = np.flatnonzero(diffs.previous[1:] != diffs.last[:-1]) + 1
        places = np.searchsorted(diffs.message, [s.message for s in snapshots]).tolist()
        coming = deque(zip(places, snapshots, strict=True))
        kept = np.zeros(n, dtype=bool)
        parts: list[Part] = []
        for begin, end in pairwise(sorted({0, n, *breaks.tolist(), *places})):
            while coming and coming[0][0] <= begin:
                parts += self._take(coming.popleft()[1])
            parts += self._run(diffs, begin, end, kept)
        for _, snapshot in coming:
            parts += self._take(snapshot)
        counts = np.diff(diffs.start)
        of, rows = np.repeat(diffs.message, counts), diffs.rows
        if not kept.all():
            chosen = np.repeat(kept, counts)
            of, rows = of[chosen], rows[chosen]
        return [*parts, Part(of, rows)], kept

    def finish(self) -> list[Part]:
        """A snapshot that waited for a diff in vain, at the time it was received."""
        held, self.held = self.held, None
        if held is None or held.local == NO_TIME:
            return []
        return [self._message(held, held.message, held.local, [])]

    def _run(self, diffs: Diffs, begin: int, end: int, kept: Mask) -> list[Part]:
        """Follow the diffs begin to end, each of which follows the one before."""
        parts: list[Part] = []
        if self.last_id is not None:
            begin += self._leave_out_old(diffs.last[begin:end])
            if begin == end:
                return parts
            if diffs.previous[begin] > self.last_id:
                parts += self._drop(diffs, begin)
        message, exchange = int(diffs.message[begin]), int(diffs.exchange[begin])
        if self.held:
            parts.append(self._message(self.held, message, exchange, []))
            self.held = None
        self.last_id = int(diffs.last[end - 1])
        self.from_snapshot = False
        if self.whole or not self.awaits_snapshot:
            kept[begin:end] = True
        if not self.whole:
            self._remember(diffs.cut(begin, end))
        return parts

    def _leave_out_old(self, last: Ints) -> int:
        """How many of an ascending run of ids are not above the last one."""
        old = int(np.searchsorted(last, self.last_id or 0, side="right"))
        if self.from_snapshot:
            self.report.stale += old
        else:
            self.report.duplicates += old
        return old

    def _drop(self, diffs: Diffs, i: int) -> list[Part]:
        """A gap before diff `i`: forget the book."""
        self.report.gaps += 1
        had_book = self.held is None and (self.whole or not self.awaits_snapshot)
        self.whole, self.held = False, None
        self.history.clear()
        if not had_book:
            return []
        local = diffs.rows["local_time"][diffs.start[i] : diffs.start[i + 1]]
        exchange = int(diffs.exchange[i])
        row = clear_row(exchange, int(local[0]) if len(local) else exchange, Flag.last)
        return [Part(diffs.message[i : i + 1], row)]

    def _remember(self, diffs: Diffs) -> None:
        self.history.append(diffs)
        surplus = sum(len(d.last) for d in self.history) - HISTORY
        while surplus > 0:
            first = self.history.popleft()
            if surplus < len(first.last):
                self.history.appendleft(first.cut(surplus, len(first.last)))
            surplus -= len(first.last)

    def _take(self, snapshot: Snapshot) -> list[Part]:
        """Start the book from a snapshot, unless it is whole or the snapshot is too old for it."""
        if self.whole:
            return []
        newer: list[Diffs] = []
        stale = 0
        for diffs in self.history:
            old = int(np.searchsorted(diffs.last, snapshot.id, side="right"))
            stale += old
            if old < len(diffs.last):
                newer.append(diffs.cut(old, len(diffs.last)))
        if newer and newer[0].previous[0] > snapshot.id:
            self.report.old_snapshots += 1
            return []
        if self.awaits_snapshot:
            self.report.stale += stale
        times = [int(diffs.exchange[-1]) for diffs in self.history]
        exchange = max(snapshot.exchange, *times[-1:], NO_TIME)
        self.history.clear()
        self.whole = True
        self.from_snapshot = not newer
        self.last_id = int(newer[-1].last[-1]) if newer else snapshot.id
        if exchange == NO_TIME:
            self.held = snapshot
            return []
        return [self._message(snapshot, snapshot.message, exchange, newer)]

    def _message(self, snapshot: Snapshot, message: int, exchange: int, newer: list[Diffs]) -> Part:
        """The snapshot as rows: a clear, its levels, and those of the newer diffs."""
        pieces = [clear_row(0, 0, 0), snapshot.rows, *(diffs.rows for diffs in newer)]
        rows: Events = np.concatenate(pieces)
        rows["exchange_time"] = exchange
        rows["local_time"] = exchange if snapshot.local == NO_TIME else snapshot.local
        rows["flags"] = Flag.both | Flag.snapshot
        rows["flags"][-1] |= Flag.last
        return Part(np.full(len(rows), message, dtype=np.int64), rows)
