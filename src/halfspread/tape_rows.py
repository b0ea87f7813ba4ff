"""Tape rows: events checked and packed into columns as narrow as they allow, and unpacked again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError, TapeError
from halfspread.event import EVENT, Events, Flag, Kind

StrPath: TypeAlias = str | os.PathLike[str]
Columns: TypeAlias = dict[str, NDArray[Any]]

BLOCK = 1 << 20
"""Rows that are handled at once, and share one checksum in a file."""
DTYPES = {  # column: the types it may have, in the order of the file
    "exchange_time": ("int64",),
    "delay_ns": ("int32", "int64"),
    "price_ticks": ("int32",),
    "size_lots": ("int32", "int64"),
    "kind": ("uint8",),
    "side": ("int8",),
    "flags": ("uint8",),
    "order_id": ("uint32", "uint64"),
    "lane": ("uint32",),
    "detail": ("uint32",),
    "efficient_price_ticks": ("float64",),
    "informed": ("uint8",),
}
TRUTH = ("efficient_price_ticks", "informed")  # of simulated tapes; nothing reads them but people
ASKS = ("order_id", "lane", "detail")  # left out where all zero
OPTIONAL = (*ASKS, *TRUTH)
TOLD = np.dtype([*EVENT.descr, *((name, DTYPES[name][0]) for name in TRUTH)])
"""A row of EVENT and its truth: what the instrument is worth, and whether an informed taker's order
brought the row on (1) or not (0)."""
CLOCKS = ((Flag.at_exchange, "exchange_time"), (Flag.at_local, "local_time"))


def pack(path: StrPath, events: Events | Iterable[Events]) -> tuple[Columns, tuple[int, int]]:
    """Check the rows, and give the columns, each as narrow as its values allow, and the span.

    Args:
        path: what errors call the tape.
        events: an EVENT array or chunks of it, in order on both clocks; or TOLD ones, whose truth
            becomes columns too.
    Errors:
        ConfigError: a chunk has other fields than EVENT.
        TapeError: a row can't be on a tape (which, and why), or there is none.
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in DTYPES}
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
            for name in TRUTH if chunk.dtype == TOLD else ():
                parts[name].append(chunk[name][start : start + BLOCK].copy())
            first += len(rows)
    if first == 0:
        raise TapeError(path, "there are no events to write")
    columns = {}
    if parts["informed"] and sum(map(len, parts["informed"])) < first:
        raise ConfigError("events: all chunks have a truth, or none has")
    for name in DTYPES:
        pieces = parts.pop(name)
        if (name in ASKS and not any(piece.any() for piece in pieces)) or not pieces:
            continue
        columns[name] = np.concatenate(pieces)
        columns[name].flags.writeable = False
    clock = Flag.at_exchange if Flag.at_exchange in earliest else Flag.at_local
    return columns, (earliest[clock], latest[clock])


def unpack(columns: Columns, start: int, stop: int) -> Events:
    """Rows [start, stop) as 48-byte EVENT records, a copy."""
    column = {name: values[start:stop] for name, values in columns.items()}
    events = np.zeros(stop - start, dtype=EVENT)
    events["exchange_time"] = column["exchange_time"]
    events["local_time"] = column["exchange_time"] + column["delay_ns"]
    events["price"] = column["price_ticks"]
    events["size"] = column["size_lots"]
    for name in ("kind", "side", "flags", *ASKS):
        if name in column:
            events[name] = column[name]
    return events


def _as_events(path: StrPath, rows: Events, first: int) -> Events:
    """Rows of the fields of EVENT, whatever their integer types, as EVENT, if their values fit."""
    if rows.dtype == EVENT:
        return rows
    if rows.dtype == TOLD:
        return rows[list(EVENT.names or ())].astype(EVENT)
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
    for clock, field in CLOCKS:
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
        "order_id": _narrow(rows["order_id"], np.uint32),
    } | {name: rows[name].copy() for name in ("kind", "side", "lane", "detail")}


def _narrow(values: NDArray[Any], dtype: type = np.int32) -> NDArray[Any]:
    """A copy, as int32 (or `dtype`) where that holds every value."""
    narrow: NDArray[Any] = values.astype(dtype)
    return narrow if np.array_equal(narrow, values) else values.copy()
