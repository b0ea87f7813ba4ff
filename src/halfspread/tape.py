"""Tape: events in order, kept as an Arrow IPC file that is mapped, checked and read in place.

    tape = write_tape("btc.tape", events, instrument, venue="binance")
    tape = open_tape("btc.tape")            # milliseconds, whatever its length
    tape.columns["price_ticks"]             # a NumPy view of the file itself
    hour = tape.slice("2024-08-08T10:00", "2024-08-08T11:00")

The file. One uncompressed record batch, one row an event, no nulls: Polars, pandas and DuckDB read
it as it is. The schema's metadata holds all that isn't a row, as JSON, under the key "halfspread".
Nothing in the file goes unguarded. Each column has a CRC-32 for every 1,048,576 rows, compared when
those rows are first read. A "seal", the CRC-32 of the file's length and all its other bytes, is
compared at open, before Arrow sees one. (What pads a column is neither guarded nor ever read.)
"""

from __future__ import annotations

import json
import mmap
import os
import re
import secrets
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from operator import index
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError, TapeError
from halfspread.event import BOOK_KINDS, EVENT, Events, Flag, Kind, snapshot_rows
from halfspread.instrument import Instrument

StrPath: TypeAlias = str | os.PathLike[str]
Time: TypeAlias = int | str | datetime
Columns: TypeAlias = dict[str, NDArray[Any]]

FORMAT_VERSION = 1
BLOCK = 1 << 20
"""Rows that share one checksum."""

_DTYPES = {  # column: the types it may have, in the order of the file
    "exchange_time": ("int64",),
    "delay_ns": ("int32", "int64"),
    "price_ticks": ("int32",),
    "size_lots": ("int32", "int64"),
    "kind": ("uint8",),
    "side": ("int8",),
    "flags": ("uint8",),
    "order_id": ("uint64",),
    "lane": ("uint32",),
    "detail": ("uint32",),
}
_OPTIONAL = ("order_id", "lane", "detail")  # left out where all zero
_CLOCKS = ((Flag.at_exchange, "exchange_time"), (Flag.at_local, "local_time"))
_KEY = b"halfspread"
_OPEN_STAMP = b'{"seal": "00000000'
_STAMP = re.compile(rb'\{"seal": "([0-9a-f]{8})", "format_version": (\d+)')


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
        columns, span = _pack(path, events)
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
        first, last = (_text(time)[:19].replace("T", " ") for time in self.span)
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
        """The columns as the core holds them, looked through once."""
        from halfspread import _core

        return _core.Columns(self.columns)

    def verify(self) -> None:
        """Compare every block of every column with its checksum; TapeError names what differs."""
        self._verify(0, self.rows)

    def _verify(self, start: int, stop: int) -> None:
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            if block not in self._unverified:
                continue
            first, end = block * BLOCK, min((block + 1) * BLOCK, self.rows)
            for name, column in self._columns.items():
                if _checksum(column, block) != self._checksums[name][8 * block : 8 * block + 8]:
                    why = f"rows {first}..{end - 1} of {name} are damaged: their checksum differs"
                    raise TapeError(self.path, why, first)
            self._unverified.discard(block)

    def events(self, start: int = 0, stop: int | None = None) -> Events:
        """Rows `start` to `stop` (as in a Python slice) as 48-byte EVENT records, a copy."""
        start, stop, _ = slice(start, stop).indices(self.rows)
        stop = max(start, stop)
        self._verify(start, stop)
        column = {name: values[start:stop] for name, values in self._columns.items()}
        events = np.zeros(stop - start, dtype=EVENT)
        events["exchange_time"] = column["exchange_time"]
        events["local_time"] = column["exchange_time"] + column["delay_ns"]
        events["price"] = column["price_ticks"]
        events["size"] = column["size_lots"]
        for name in ("kind", "side", "flags", *_OPTIONAL):
            if name in column:
                events[name] = column[name]
        return events

    def _blocks(self) -> Iterator[Events]:
        return (self.events(first, first + BLOCK) for first in range(0, self.rows, BLOCK))

    def slice(self, start: Time, stop: Time) -> Tape:
        """A tape in memory of what happened in [start, stop), with the book at `start` before it.

        Each clock is cut by its own time: a row is at_exchange in the slice if its exchange_time
        is in [start, stop), and at_local if its local_time is. What was under way at `start` keeps
        only its local half, what is at `stop` only its exchange half; slices that meet hold every
        row once. The rows of a message reach us at one time, so our clock tears no message.

        The slice begins with the book at `start`, as a snapshot stamped `start` (see
        `event.snapshot_rows`): one where both clocks have the same book, else one a clock, none
        where no book came before. A replay of the slice thus sees from `start` on, on each clock,
        the book that a replay of the whole tape sees. Open asks of ours are not repeated.

        Args:
            start, stop: nanoseconds since 1970 UTC, ISO text or a datetime; without a zone, UTC.
        Errors:
            ConfigError: a time can't be read, `start` isn't before `stop`, or nothing is between.
        """
        begin, end = nanoseconds("start", start), nanoseconds("stop", stop)
        if begin >= end:
            raise ConfigError(f"slice: start must come before stop, was {start!r} to {stop!r}")
        books: dict[Flag, Events] = {clock: np.zeros(0, dtype=EVENT) for clock, _ in _CLOCKS}
        body = []
        for rows in self._blocks():
            clocks = np.zeros(len(rows), dtype=np.uint16)
            for clock, field in _CLOCKS:
                on, times = rows["flags"] & clock != 0, rows[field]
                clocks[on & (begin <= times) & (times < end)] |= clock.value
                past = on & (times < begin) & np.isin(rows["kind"], BOOK_KINDS)
                if past.any():
                    books[clock] = snapshot_rows(np.concatenate([books[clock], rows[past]]))
            inside = clocks > 0
            kept = rows[inside]
            kept["flags"] = kept["flags"] & (0xFFFF ^ Flag.both) | clocks[inside]
            body.append(kept)
            final = rows[-1]
            on_both = final["flags"] & Flag.both == Flag.both
            if on_both and min(final["exchange_time"], final["local_time"]) >= end:
                break
        events = np.concatenate([*_stamped(books, begin), *body])
        if not len(events):
            raise ConfigError(f"slice: nothing from {start!r} to {stop!r} in {self!r}")
        return Tape.from_events(
            events,
            self.instrument,
            venue=self.venue,
            sources=self.sources,
            clock_offset_ns=self.clock_offset_ns,
            path=f"{self.path} from {_text(begin)} to {_text(end)}",
        )

    def write(self, path: StrPath) -> Tape:
        """Write it to `path`, whole or not at all, and open that. Errors: those of `write_tape`."""
        import pyarrow as pa

        batch = _to_batch(self.columns, self._metadata())
        with _replacing(path) as temporary:
            with pa.ipc.new_file(temporary, batch.schema) as writer:
                writer.write_batch(batch)
            data = _map(temporary)
            head, tail = _frame(temporary, data)
            seal = _seal(len(data).to_bytes(8), head, tail)
            with open(temporary, "r+b") as file:
                for part, offset in ((head, 0), (tail, len(data) - len(tail))):
                    file.seek(offset + part.index(_OPEN_STAMP) + len(_OPEN_STAMP) - 8)
                    file.write(seal)
        return open_tape(path)

    def _metadata(self) -> bytes:
        """The JSON that goes with the columns, its seal still open."""
        blocks = range(-(-self.rows // BLOCK))
        columns = self._columns.items()
        data = {
            "seal": "00000000",
            "format_version": FORMAT_VERSION,
            "instrument": self.instrument.to_dict(),
            "venue": self.venue,
            "span": list(self.span),
            "rows": self.rows,
            "sources": list(self.sources),
            "clock_offset_ns": self.clock_offset_ns,
            "check": self.check,
            "checksums": {k: "".join(_checksum(v, block) for block in blocks) for k, v in columns},
        }
        return json.dumps(data).encode()

    def to_parquet(self, path: StrPath) -> None:
        """Write the archive: the same columns and metadata as Parquet, zstd, integers delta-packed.

        `tape_from_parquet` makes the same tape of it again, byte for byte.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        text = self._metadata()
        sealed = text.replace(b"00000000", _seal(text), 1)
        packed = [name for name in self._columns if name not in ("kind", "side", "flags")]
        with _replacing(path) as temporary:
            pq.write_table(
                pa.Table.from_batches([_to_batch(self.columns, sealed)]),
                temporary,
                compression="zstd",
                use_dictionary=["kind", "side", "flags"],
                column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"),
                row_group_size=BLOCK,
                write_page_checksum=True,
            )

    def describe(self) -> dict[str, Any]:
        """What it holds, in plain values: a heading, and the count of rows of each kind."""
        counts = np.bincount(self.columns["kind"], minlength=max(Kind) + 1)
        return {
            "path": self.path,
            "instrument": self.instrument.to_dict(),
            "venue": self.venue,
            "rows": self.rows,
            "first": _text(self.span[0]),
            "last": _text(self.span[1]),
            "seconds": (self.span[1] - self.span[0]) / 1e9,
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
    data = _map(path)
    head, tail = _frame(path, data)
    _check_seal(path, len(data).to_bytes(8), head, tail)
    import pyarrow as pa

    with _as_tape_error(path):
        batch = pa.ipc.open_file(pa.py_buffer(data)).get_batch(0)
        text = batch.schema.metadata[_KEY]
    return _from_batch(path, text, batch)


def tape_from_parquet(archive: StrPath, path: StrPath) -> Tape:
    """Write the tape that `Tape.to_parquet` put into `archive` to `path`, and open it.

    Errors:
        TapeError: `archive` isn't such a file, or is damaged; or `path` can't be written.
    """
    import pyarrow.parquet as pq

    start = bytes(_map(archive)[:256])
    if start[:4] != b"PAR1":
        raise TapeError(archive, f"is no Parquet file: it looks like {_looks_like(start)}")
    with (
        _as_tape_error(archive),
        pq.ParquetFile(os.fspath(archive), page_checksum_verification=True) as file,
    ):
        text = (file.schema_arrow.metadata or {}).get(_KEY)
        if text is None:
            raise TapeError(archive, "is a Parquet file, but not made of a tape")
        _check_seal(archive, text)
        batch = file.read().combine_chunks().to_batches()[0]
    tape = _from_batch(archive, text, batch)
    tape.verify()
    return tape.write(path)


def concatenate(tapes: Iterable[StrPath | Tape], out: StrPath) -> Tape:
    """Write tapes that follow one another, paths or open ones, as the one tape `out`, and open it.

    They chain if instrument, venue and clock offset are the same and no row comes before one of
    the tape before it, on either clock. The sources are put together; the data checks, which
    belong to the parts, are left behind.

    Errors:
        TapeError: a tape can't be read, or doesn't chain: which, and why.
    """
    parts = [tape if isinstance(tape, Tape) else open_tape(tape) for tape in tapes]
    if not parts:
        raise ConfigError("tapes: there must be at least one, was []")
    for before, tape in pairwise(parts):
        _check_chain(before, tape)
    return write_tape(
        out,
        (rows for tape in parts for rows in tape._blocks()),
        parts[0].instrument,
        venue=parts[0].venue,
        sources=[source for tape in parts for source in tape.sources],
        clock_offset_ns=parts[0].clock_offset_ns,
    )


def nanoseconds(name: str, time: Time) -> int:
    """Nanoseconds since 1970 UTC: of an integer itself, of ISO text or a datetime; no zone: UTC.

    Errors:
        ConfigError: `time`, the argument called `name`, is none of them.
    """
    moment, fraction = time, "0"
    try:
        if isinstance(moment, str):
            if found := re.search(r"\.(\d{1,9})(?!\d)", moment):
                fraction = found[1].ljust(9, "0")
                moment = moment.replace(found[0], "", 1)
            moment = datetime.fromisoformat(moment)
        if isinstance(moment, datetime):
            since = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
            moment = (since.days * 86400 + since.seconds) * 10**9 + since.microseconds * 1000
            moment += int(fraction) + getattr(since, "nanoseconds", 0)  # pandas has them
        return int(np.int64(index(moment)))
    except (TypeError, ValueError, OverflowError):
        why = f"{name} must be nanoseconds, ISO text or a datetime, was {time!r}"
        raise ConfigError(why) from None


def _text(time: int) -> str:
    return str(np.datetime64(int(time), "ns"))


def _stamped(books: dict[Flag, Events], time: int) -> list[Events]:
    """The snapshots of the two clocks' books, as rows at `time`; one for both where they agree."""
    if np.array_equal(books[Flag.at_exchange], books[Flag.at_local]):
        books = {Flag.both: books[Flag.at_exchange]}
    for clocks, rows in books.items():
        rows["exchange_time"] = rows["local_time"] = time
        rows["flags"] |= clocks.value
    return list(books.values())


def _check_chain(before: Tape, tape: Tape) -> None:
    """Raise a TapeError if `tape` can't follow `before`."""
    ours, theirs = tape.instrument.to_dict(), before.instrument.to_dict()
    ours |= {"venue": tape.venue, "clock_offset_ns": tape.clock_offset_ns}
    theirs |= {"venue": before.venue, "clock_offset_ns": before.clock_offset_ns}
    for name, value in ours.items():
        if value != theirs[name]:
            why = f"its {name} is {value!r}, and {theirs[name]!r} in {before.path}"
            raise TapeError(tape.path, f"does not chain: {why}")
    for clock, field in _CLOCKS:
        last, first = _times(before, clock)[-1:], _times(tape, clock)[:1]
        if np.any(last > first):
            why = f"its first {field}, {_text(first[0])}, is before the last of {before.path}"
            raise TapeError(tape.path, f"does not chain: {why}, {_text(last[0])}")


def _times(tape: Tape, clock: Flag) -> NDArray[np.int64]:
    """The times of the rows on `clock`."""
    columns = tape.columns
    on = columns["flags"] & clock != 0
    times: NDArray[np.int64] = columns["exchange_time"][on]
    return times if clock is Flag.at_exchange else times + columns["delay_ns"][on]


def _pack(path: StrPath, events: Events | Iterable[Events]) -> tuple[Columns, tuple[int, int]]:
    """Check the rows, and give the columns, each as narrow as its values allow, and the span."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _DTYPES}
    earliest: dict[Flag, int] = {}
    latest: dict[Flag, int] = {}
    first = 0
    for chunk in [events] if isinstance(events, np.ndarray) else events:
        for start in range(0, len(chunk), BLOCK):
            rows = _as_events(path, chunk[start : start + BLOCK], first)
            _check_rows(path, rows, first)
            _check_order(path, rows, first, earliest, latest)
            for name, values in _narrow_columns(rows).items():
                parts[name].append(values)
            first += len(rows)
    if first == 0:
        raise TapeError(path, "there are no events to write")
    columns = {}
    for name in _DTYPES:
        pieces = parts.pop(name)
        if name in _OPTIONAL and not any(piece.any() for piece in pieces):
            continue
        columns[name] = np.concatenate(pieces)
        columns[name].flags.writeable = False
    clock = Flag.at_exchange if Flag.at_exchange in earliest else Flag.at_local
    return columns, (earliest[clock], latest[clock])


def _as_events(path: StrPath, rows: Events, first: int) -> Events:
    """Rows of the fields of EVENT, whatever their integer types, as EVENT, if their values fit."""
    if rows.dtype == EVENT:
        return rows
    if set(rows.dtype.names or ()) != set(EVENT.names or ()):
        raise ConfigError(f"events must be of the dtype halfspread.event.EVENT, was {rows.dtype}")
    cast = np.empty(len(rows), dtype=EVENT)
    for name in EVENT.names or ():
        cast[name] = rows[name]
        _refuse(path, rows, first, cast[name] != rows[name], f"{name} {{{name}}} doesn't fit EVENT")
    return cast


def _check_rows(path: StrPath, rows: Events, first: int) -> None:
    """Raise a TapeError if a tape can't hold one of the rows, which begin with number `first`."""
    exchange, local = rows["exchange_time"], rows["local_time"]
    known = np.isin(rows["kind"], list(Kind))
    _refuse(path, rows, first, ~known, "kind {kind} is not one of halfspread.event.Kind")
    _refuse(path, rows, first, ~np.isin(rows["side"], (-1, 0, 1)), "side {side} is not -1, 0 or 1")
    _refuse(path, rows, first, rows["size"] < 0, "size {size} is negative")
    _refuse(path, rows, first, rows["flags"] > 255, "flags {flags} don't fit a tape's 8 bits")
    neither = rows["flags"] & Flag.both == 0
    _refuse(path, rows, first, neither, "it is on neither clock, flags {flags}")
    overflow = (local >= exchange) != (local - exchange >= 0)
    why = "local_time {local_time} minus exchange_time {exchange_time} doesn't fit 64 bits"
    _refuse(path, rows, first, overflow, why)


def _refuse(path: StrPath, rows: Events, first: int, bad: NDArray[np.bool_], why: str) -> None:
    """Raise a TapeError for the first bad row, its fields put into the braces of `why`."""
    if bad.any():
        i = int(np.argmax(bad))
        values = dict(zip(rows.dtype.names or (), rows[i].item(), strict=True))
        raise TapeError(path, why.format(**values), first + i)


def _check_order(
    path: StrPath, rows: Events, first: int, earliest: dict[Flag, int], latest: dict[Flag, int]
) -> None:
    """Raise a TapeError if a clock goes back, within `rows` or since the `latest` time on it."""
    for clock, field in _CLOCKS:
        on = np.flatnonzero(rows["flags"] & clock)
        if not len(on):
            continue
        times = rows[field][on]
        earliest.setdefault(clock, int(times[0]))
        before = np.concatenate([[latest.get(clock, times[0])], times[:-1]])
        back = times < before
        if back.any():
            i = int(np.argmax(back))
            why = f"{field} {times[i]} comes after {before[i]}; event.order_rows puts rows in order"
            raise TapeError(path, why, first + int(on[i]))
        latest[clock] = int(times[-1])


def _narrow_columns(rows: Events) -> Columns:
    delay = rows["local_time"] - rows["exchange_time"]
    return {
        "exchange_time": rows["exchange_time"].copy(),
        "delay_ns": _narrow(delay),
        "price_ticks": rows["price"].copy(),
        "size_lots": _narrow(rows["size"]),
        "flags": rows["flags"].astype(np.uint8),
    } | {name: rows[name].copy() for name in ("kind", "side", *_OPTIONAL)}


def _narrow(values: NDArray[np.int64]) -> NDArray[Any]:
    """A copy, as int32 where that holds every value."""
    narrow = values.astype(np.int32)
    return narrow if np.array_equal(narrow, values) else values.copy()


def _to_batch(columns: Columns, metadata: bytes) -> Any:
    """The columns, not copied, as an Arrow record batch."""
    import pyarrow as pa

    arrays = {name: pa.array(values) for name, values in columns.items()}
    arrays["exchange_time"] = arrays["exchange_time"].view(pa.timestamp("ns", tz="UTC"))
    fields = [pa.field(name, array.type, nullable=False) for name, array in arrays.items()]
    schema = pa.schema(fields, metadata={_KEY: metadata})
    return pa.record_batch(list(arrays.values()), schema=schema)


def _from_batch(path: StrPath, metadata: bytes, batch: Any) -> Tape:
    """The tape of a record batch, its columns not copied, and of metadata whose seal is whole."""
    import pyarrow as pa

    with _as_tape_error(path):
        data = json.loads(metadata)
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        arrays["exchange_time"] = arrays["exchange_time"].view(pa.int64())
        columns = {name: array.to_numpy(zero_copy_only=True) for name, array in arrays.items()}
        tape = Tape(
            path=os.fspath(path),
            instrument=Instrument.from_dict(data["instrument"]),
            venue=data["venue"],
            span=(data["span"][0], data["span"][1]),
            rows=data["rows"],
            sources=tuple(data["sources"]),
            clock_offset_ns=data["clock_offset_ns"],
            check=data["check"],
            _columns=columns,
            _checksums=data["checksums"],
            _unverified=set(range(-(-data["rows"] // BLOCK))),
        )
    if batch.num_rows != tape.rows:
        raise TapeError(path, f"it holds {batch.num_rows} rows, its metadata say {tape.rows}")
    names = [name for name in _DTYPES if name in columns or name not in _OPTIONAL]
    if list(columns) != names or set(tape._checksums) != set(names):
        raise TapeError(path, f"its columns are {list(columns)}, not {names}")
    for name, column in columns.items():
        if str(column.dtype) not in _DTYPES[name]:
            raise TapeError(path, f"its column {name} is of type {column.dtype}")
    return tape


def _checksum(column: NDArray[Any], block: int) -> str:
    return f"{zlib.crc32(column[block * BLOCK : (block + 1) * BLOCK].data):08x}"


def _seal(*parts: bytes) -> bytes:
    """The CRC-32 of `parts`, in hex; the digits of a seal in them count as zeros."""
    crc = 0
    for part in parts:
        if stamp := _STAMP.search(part):
            part = part[: stamp.start(1)] + b"0" * 8 + part[stamp.end(1) :]
        crc = zlib.crc32(part, crc)
    return b"%08x" % crc


def _check_seal(path: StrPath, *parts: bytes) -> None:
    """Raise a TapeError unless `parts` carry their own seal and this format's version."""
    stamps = [stamp.groups() for part in parts if (stamp := _STAMP.search(part))]
    seals, versions = {stamp[0] for stamp in stamps}, {int(stamp[1]) for stamp in stamps}
    whole = seals == {_seal(*parts)}
    if versions != {FORMAT_VERSION} and len(versions) == 1 and (whole or len(stamps) == 2):
        why = f"its format version is {versions.pop()}, and this halfspread reads {FORMAT_VERSION}"
        raise TapeError(path, f"{why}: upgrade halfspread, or import the tape's sources again")
    if not whole:
        raise TapeError(path, "its metadata are damaged, or were rewritten by another program")


def _map(path: StrPath) -> mmap.mmap:
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise TapeError(path, "is an empty file, not a tape")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise TapeError(path, f"can't be read: {error}") from None


def _frame(path: StrPath, data: mmap.mmap) -> tuple[bytes, bytes]:
    """All bytes before the columns and all after them, found without Arrow, which trusts its input.

    The file is: magic, schema, head of the record batch, columns, end mark, footer, footer's
    length, magic; schema and head are each a mark, a length and as many bytes (Arrow Columnar
    Format, "IPC File Format").
    """
    if data[:8] != b"ARROW1\0\0":
        raise TapeError(path, f"is no tape: it looks like {_looks_like(data[:256])}")
    start, stop = 8, 0
    with suppress(struct.error):
        for _ in range(2):
            start += 8 + struct.unpack_from("<i", data, start + 4)[0]
        stop = len(data) - 18 - struct.unpack_from("<i", data, len(data) - 10)[0]
    if data.find(_KEY, 0, max(start, 1 << 20)) < 0:
        raise TapeError(path, "is an Arrow file, but no tape: it lacks the metadata 'halfspread'")
    if data[-6:] != b"ARROW1":
        raise TapeError(path, f"is cut off, or was appended to: it has {len(data)} bytes")
    if not (8 < start <= stop <= len(data)):
        raise TapeError(path, "is damaged: the lengths of its parts make no sense")
    return data[:start], data[stop:]


def _looks_like(start: bytes) -> str:
    """What a file with these first bytes seems to be."""
    signs = {
        b"PAR1": "a Parquet file (`tape_from_parquet` reads a tape's archive)",
        b"ARROW1": "an Arrow file",
        b"\xff\xff\xff\xff": "an Arrow stream, which is not an Arrow file",
        b"FEA1": "a Feather file of version 1",
        b"\x1f\x8b": "a gzip file",
        b"\x28\xb5\x2f\xfd": "a zstd file",
        b"PK\x03\x04": "a zip file (or .npz)",
        b"\x93NUMPY": "a NumPy array (.npy)",
    }
    for sign, what in signs.items():
        if start.startswith(sign):
            return what
    text = start.decode("ascii", "replace")
    if "\ufffd" in text or "\0" in text:
        return f"nothing known: it begins with {start[:8]!r}"
    line = text.strip().partition("\n")[0]
    kind = "JSON" if line[:1] in ("{", "[") else "CSV" if "," in line else "plain"
    return f"{kind} text: {line[:40]!r}"


@contextmanager
def _as_tape_error(path: StrPath) -> Iterator[None]:
    """Whatever is raised inside, by Arrow or by odd metadata, is a TapeError."""
    try:
        yield
    except TapeError:
        raise
    except Exception as error:
        raise TapeError(path, f"can't be read: {type(error).__name__}: {error}") from error


@contextmanager
def _replacing(path: StrPath) -> Iterator[Path]:
    """A new file beside `path` that takes its place, flushed to the disk, if all goes well."""
    final = Path(path)
    temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.partial")
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, final)
        _flush(final.parent)
    except OSError as error:
        raise TapeError(path, f"can't be written: {error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
