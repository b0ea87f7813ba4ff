"""Tape: events in order, kept as an Arrow IPC file that is mapped, checked and read in place.

    tape = write_tape("btc.tape", events, instrument, venue="binance")
    tape = open_tape("btc.tape")            # milliseconds, whatever its length
    tape.columns["price_ticks"]             # a NumPy view of the file itself
    hour = tape.slice("2024-08-08T10:00", "2024-08-08T11:00")

What the file holds is said in `tape_file`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from halfspread.errors import ConfigError, TapeError
from halfspread.event import Events, Kind
from halfspread.instrument import Instrument
from halfspread.moment import Time, moment_text, nanoseconds
from halfspread.tape_file import (
    Facts,
    as_tape_error,
    checksum,
    read_archive,
    read_file,
    write_archive,
    write_file,
)
from halfspread.tape_levels import (
    Departures,
    adds_nameless,
    holds_orders,
    level_chunks,
    levels_and_departures,
    tells_levels,
)
from halfspread.tape_rows import BLOCK, Columns, pack, unpack
from halfspread.tape_rows import StrPath as StrPath
from halfspread.tape_slice import reaches, slice_chunks


@dataclass(frozen=True, eq=False, repr=False)
class Tape:
    """Events in order, and what they are of. `open_tape`, `write_tape` and `slice` make one."""

    path: str
    """the file, or for a tape in memory what it is"""
    instrument: Instrument
    venue: str
    span: tuple[int, int]
    """ns, the first and last exchange_time (local_time where no row is on the exchange's clock)"""
    rows: int
    sources: tuple[dict[str, str], ...]
    """name and sha256 of each file it was made from"""
    clock_offset_ns: int
    check: dict[str, Any] | None
    """the summary of the data check made at import"""
    _columns: Columns
    _checksums: dict[str, str]
    _unverified: set[int]
    _departures: Departures | None = None
    """who left the queues, where it was made of orders by `queues`"""

    @classmethod
    def from_events(
        cls,
        events: Events | Iterable[Events],
        instrument: Instrument,
        *,
        venue: str = "",
        sources: Iterable[Mapping[str, str]] = (),
        clock_offset_ns: int = 0,
        check: dict[str, Any] | None = None,
        path: StrPath = "a tape in memory",
    ) -> Tape:
        """A tape in memory. Arguments and errors are those of `write_tape`."""
        kept = tuple(dict(source) for source in sources)
        for source in kept:
            if set(source) != {"name", "sha256"}:
                raise ConfigError(f"sources: each has a name and a sha256, one was {source!r}")
        try:
            json.dumps(check, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"check must be plain JSON ({error}), was {check!r}") from None
        columns, span = pack(path, events)
        return cls(
            path=os.fspath(path),
            instrument=instrument,
            venue=str(venue),
            span=span,
            rows=len(columns["kind"]),
            sources=kept,
            clock_offset_ns=int(clock_offset_ns),
            check=check,
            _columns=columns,
            _checksums={},
            _unverified=set(),
        )

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        first, last = (moment_text(time)[:19].replace("T", " ") for time in self.span)
        last = last[11:] if last[:10] == first[:10] else last
        venue = f" on {self.venue}" if self.venue else ""
        what = f"{self.instrument.symbol}{venue}, {self.rows:,} rows"
        return f"Tape({self.path}: {what}, {first} to {last} UTC)"

    @property
    def columns(self) -> Columns:
        """The columns by name, as read-only views of the file: what the core reads in place.

        exchange_time (int64, ns), delay_ns (local minus exchange time), price_ticks, size_lots,
        kind, side, flags; and order_id, lane, detail where they are not all zero.

        Errors:
            TapeError: a block of rows doesn't match its checksum. Each is compared once.
        """
        self.verify()
        return dict(self._columns)

    @cached_property
    def core(self) -> Any:
        """The columns as the core holds them, looked through once.

        Errors:
            ConfigError: the tape tells of orders: replays go by levels.
            TapeError: a row holds what the core can't take: which column, which row.
        """
        from halfspread import _core

        if self.holds_orders:
            why = "tells of single orders: its levels() can be replayed (or import with --levels),"
            why += ' or it itself with queue="exact"'
            raise ConfigError(f"tape: {self.path} {why}")
        gone = self._departures
        told = None
        if gone is not None:
            told = gone.view(np.uint8).reshape(len(gone), gone.dtype.itemsize)
        try:
            return _core.Columns(self.columns, told)
        except ValueError as error:
            raise TapeError(self.path, f"can't be replayed: {error}") from None

    @cached_property
    def holds_orders(self) -> bool:
        """Whether rows are about single orders of the venue's (add, modify, remove, execute)."""
        return holds_orders(self._columns)

    def levels(self) -> Tape:
        """The same tape, order by order no more: what each level holds, in memory.

        After each message, on each clock, the book of levels is that of the orders. Rows about
        orders become level rows, where a level changes; trades and all else stay. Where orders
        stand crossed for a while (an auction, an aggressor that is shown before its trades), the
        book of levels has what came last, and what still rests once they no longer do. A tape
        without orders comes back as it is.
        """
        if not self.holds_orders:
            return self
        return self._of_levels(level_chunks(self.blocks()))

    @cached_property
    def queues(self) -> Tape:
        """`levels()`, and in memory beside them who left each queue, for `Replay(queue="exact")`.

        Errors:
            ConfigError: the tape doesn't tell of single orders.
        """
        if self._departures is not None:
            return self
        if not self.holds_orders:
            why = "doesn't tell of single orders, by whose ids alone a place in a queue is exact"
            raise ConfigError(f"tape: {self.path} {why}")
        chunks, departures = levels_and_departures(self.blocks())
        return replace(self._of_levels(chunks), _departures=departures)

    def _of_levels(self, chunks: Iterable[Events]) -> Tape:
        return Tape.from_events(
            chunks,
            self.instrument,
            venue=self.venue,
            sources=self.sources,
            clock_offset_ns=self.clock_offset_ns,
            check=self.check,
            path=f"{self.path}, by level",
        )

    def verify(self) -> None:
        """Compare every block of every column with its checksum; TapeError names what differs."""
        self._verify(0, self.rows)

    def _verify(self, start: int, stop: int) -> None:
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            if block not in self._unverified:
                continue
            first, end = block * BLOCK, min((block + 1) * BLOCK, self.rows)
            for name, column in self._columns.items():
                if checksum(column, block) != self._checksums[name][8 * block : 8 * block + 8]:
                    why = f"rows {first}..{end - 1} of {name} are damaged: their checksum differs"
                    raise TapeError(self.path, why, first)
            self._unverified.discard(block)

    def events(self, start: int = 0, stop: int | None = None) -> Events:
        """Rows `start` to `stop` (as in a Python slice) as 48-byte EVENT records, a copy."""
        start, stop, _ = slice(start, stop).indices(self.rows)
        stop = max(start, stop)
        self._verify(start, stop)
        return unpack(self._columns, start, stop)

    def blocks(self) -> Iterator[Events]:
        """The events, some tens of thousands of rows at a time."""
        return (self.events(first, first + BLOCK) for first in range(0, self.rows, BLOCK))

    def slice(self, start: Time, stop: Time) -> Tape:
        """A tape in memory of what happened in [start, stop), with the book at `start` before it.

        Each clock is cut by its own time: a row is at_exchange in the slice if its exchange_time
        is in [start, stop), and at_local if its local_time is. What was under way at `start` keeps
        only its local half, what is at `stop` only its exchange half; slices that meet hold every
        row once. The rows of a message reach us at one time, so our clock tears no message.

        The slice begins with the book at `start`, as a snapshot stamped `start`
        (core/standing.hpp): one where both clocks have the same book, else one a clock, none
        where no book came before. A replay of the slice thus sees from `start` on, on each clock,
        the book that a replay of the whole tape sees. Open asks of ours are not repeated.

        Args:
            start, stop: nanoseconds since 1970 UTC, ISO text or a datetime; without a zone, UTC.
        Errors:
            ConfigError: a time can't be read, `start` isn't before `stop`, nothing is between, or
                the tape tells levels beside its orders (LOBSTER's, Bitstamp's) or adds lots under
                no order's id.
        """
        if self.holds_orders and tells_levels(self._columns):
            why = "tells of orders, and of levels beside them: slice its levels()"
            raise ConfigError(f"slice: {self.path} {why}")
        if self.holds_orders and adds_nameless(self._columns):
            why = "adds lots under no order's id: slice its levels()"
            raise ConfigError(f"slice: {self.path} {why}")
        begin, end = nanoseconds("start", start), nanoseconds("stop", stop)
        if begin >= end:
            raise ConfigError(f"slice: start must come before stop, was {start!r} to {stop!r}")
        stop_row = self._rows_until(end)
        columns = {name: column[:stop_row] for name, column in self._columns.items()}
        chunks = slice_chunks(columns, begin, end)
        if not chunks:
            raise ConfigError(f"slice: nothing from {start!r} to {stop!r} in {self!r}")
        return Tape.from_events(
            chunks,
            self.instrument,
            venue=self.venue,
            sources=self.sources,
            clock_offset_ns=self.clock_offset_ns,
            path=f"{self.path} from {moment_text(begin)} to {moment_text(end)}",
        )

    def _rows_until(self, end: int) -> int:
        """How many rows hold all that is before `end`: whole blocks, compared with checksums."""
        for stop in range(BLOCK, self.rows, BLOCK):
            self._verify(stop - BLOCK, stop)
            if reaches(self._columns, stop - 1, end):
                return stop
        self.verify()
        return self.rows

    def write(self, path: StrPath) -> Tape:
        """Write it to `path`, whole or not at all, and open that. Errors: those of `write_tape`."""
        write_file(path, self.columns, self._facts())
        return open_tape(path)

    def _facts(self) -> Facts:
        """All that isn't a row, as plain JSON."""
        return {
            "instrument": self.instrument.to_dict(),
            "venue": self.venue,
            "span": list(self.span),
            "rows": self.rows,
            "sources": list(self.sources),
            "clock_offset_ns": self.clock_offset_ns,
            "check": self.check,
        }

    def to_parquet(self, path: StrPath) -> None:
        """Write the archive: the same columns and metadata as Parquet, zstd, integers delta-packed.

        `tape_from_parquet` makes the same tape of it again, byte for byte.
        """
        write_archive(path, self.columns, self._facts())

    def describe(self) -> dict[str, Any]:
        """What it holds, in plain values: a heading, and the count of rows of each kind."""
        counts = np.bincount(self.columns["kind"], minlength=max(Kind) + 1)
        return {
            "path": self.path,
            "instrument": self.instrument.to_dict(),
            "venue": self.venue,
            "rows": self.rows,
            "first": moment_text(self.span[0]),
            "last": moment_text(self.span[1]),
            "seconds": (self.span[1] - self.span[0]) / 1e9,
            "of": "orders" if self.holds_orders else "levels",
            "bytes": sum(column.nbytes for column in self._columns.values()),
            "kinds": {kind.name: int(counts[kind]) for kind in Kind if counts[kind]},
            "columns": {name: str(column.dtype) for name, column in self._columns.items()},
            "sources": list(self.sources),
            "clock_offset_ns": self.clock_offset_ns,
            "check": self.check,
        }


def write_tape(
    path: StrPath,
    events: Events | Iterable[Events],
    instrument: Instrument,
    *,
    venue: str = "",
    sources: Iterable[Mapping[str, str]] = (),
    clock_offset_ns: int = 0,
    check: dict[str, Any] | None = None,
) -> Tape:
    """Check `events`, write them to `path` as a tape, and open it.

    The file appears whole or not at all: it is written beside, flushed to the disk and renamed. A
    writer that is killed leaves at most a hidden file `.NAME.*.partial`. Equal arguments give equal
    bytes. The columns, 23 bytes a row as a rule, are held in memory until they are written.

    Args:
        events: an EVENT array or chunks of it, in order on both clocks (`event.order_rows`).
        venue: the venue's name.
        sources: {"name", "sha256"} of each file that the events come from.
        clock_offset_ns: our clock minus the exchange's, where it was estimated.
        check: the summary of the data check, plain JSON.
    Errors:
        ConfigError: an argument isn't what it must be.
        TapeError: a row can't be on a tape (which, and why), there is none, or `path` can't be
            written.
    """
    tape = Tape.from_events(
        events,
        instrument,
        venue=venue,
        sources=sources,
        clock_offset_ns=clock_offset_ns,
        check=check,
        path=path,
    )
    return tape.write(path)


def open_tape(path: StrPath) -> Tape:
    """Map the tape at `path`. Its rows are compared with their checksums when first read.

    Replace an open tape's file, as `write_tape` does; one that is cut short in place kills its
    reader, as any mapped file does.

    Errors:
        TapeError: there is no such file, it isn't a tape (and what it looks like), it is cut off or
            damaged, or its format version is another.
    """
    return _tape(path, *read_file(path))


def tape_from_parquet(archive: StrPath, path: StrPath) -> Tape:
    """Write the tape that `Tape.to_parquet` put into `archive` to `path`, and open it.

    Errors:
        TapeError: `archive` isn't such a file, or is damaged; or `path` can't be written.
    """
    tape = _tape(archive, *read_archive(archive))
    tape.verify()
    return tape.write(path)


def _tape(path: StrPath, facts: Facts, columns: Columns) -> Tape:
    """The tape of what was read from `path`."""
    with as_tape_error(path):
        return Tape(
            path=os.fspath(path),
            instrument=Instrument.from_dict(facts["instrument"]),
            venue=facts["venue"],
            span=(facts["span"][0], facts["span"][1]),
            rows=facts["rows"],
            sources=tuple(facts["sources"]),
            clock_offset_ns=facts["clock_offset_ns"],
            check=facts["check"],
            _columns=columns,
            _checksums=facts["checksums"],
            _unverified=set(range(-(-facts["rows"] // BLOCK))),
        )
