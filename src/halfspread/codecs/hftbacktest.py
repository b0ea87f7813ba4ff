"""hftbacktest: its level-2 feed rows as events and back; what PARITY of fills is measured on.

A row's `ev` holds flags (seen on the exchange's clock, on the local one, buy, sell) and a kind:
1 depth, 2 trade, 3 depth clear, 4 depth snapshot, 5 best bid or offer.

Source: hftbacktest.readthedocs.io, "Data"; hftbacktest 2.4.4, `hftbacktest.types`.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.codecs.codec import Report
from halfspread.codecs.columns import Mask
from halfspread.errors import CodecError, ConfigError
from halfspread.event import EVENT, EVERYTHING, Events, Flag, Kind, Side
from halfspread.instrument import Instrument

ROW = np.dtype(
    [
        ("ev", "<u8"),
        ("exch_ts", "<i8"),
        ("local_ts", "<i8"),
        ("px", "<f8"),
        ("qty", "<f8"),
        ("order_id", "<u8"),
        ("ival", "<i8"),
        ("fval", "<f8"),
    ],
    align=True,
)
"""hftbacktest's `event_dtype`."""

EXCHANGE, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
DEPTH, TRADE, CLEAR, SNAPSHOT, BEST = 1, 2, 3, 4, 5
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[[DEPTH, TRADE, CLEAR, SNAPSHOT, BEST]] = (
    Kind.level,
    Kind.trade,
    Kind.clear,
    Kind.level,
    Kind.touch,
)


def load_rows(path: Path) -> NDArray[Any]:
    """The rows of an .npz (its `data`, or its only array) or .npy file.

    Errors:
        CodecError: it is neither, or holds no such array.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        names = loaded.files
        rows: NDArray[Any] = loaded["data" if "data" in names else names[0]]
        return rows
    except (OSError, ValueError, IndexError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CodecError(path, f"is no NumPy file of rows: {error}") from error


def events_from_rows(rows: NDArray[Any], instrument: Instrument, report: Report) -> Events:
    """Events of hftbacktest's rows, in their order.

    Rows of other kinds (orders, custom ones), and rows on neither clock, are left out and counted
    as messages of their kind. `last` ends each run of depth rows with the same two times, and each
    trade: the rows don't say where messages end. `ival` and `fval` are dropped.

    Errors:
        CodecError: `rows` has another dtype.
    """
    if rows.dtype != ROW:
        raise CodecError("hftbacktest rows", f"dtype must be its event_dtype, was {rows.dtype}")
    ev = rows["ev"]
    kind = _KINDS[ev & 0xFF]
    clocks = (ev & EXCHANGE != 0) * int(Flag.at_exchange) + (ev & LOCAL != 0) * int(Flag.at_local)
    for code, count in zip(*np.unique(ev & 0xFF, return_counts=True), strict=True):
        report.messages[f"kind {code}"] += int(count)
    clear = kind == Kind.clear
    side = np.select([ev & BUY != 0, ev & SELL != 0], [Side.bid, Side.ask], Side.none)
    price, off_tick, bad_price = _counts(rows["px"], instrument.ticks_per_unit, 2**31 - 1)
    size, off_lot, bad_size = _counts(rows["qty"], instrument.lots_per_coin, 2**62)
    price[clear & (bad_price | (side == Side.none))] = EVERYTHING
    size[clear] = 0
    told = (kind != Kind.none) & (clocks != 0)
    bad = told & ~clear & (bad_price | bad_size | (size < 0))
    good = told & ~bad
    report.bad += int(bad.sum())
    for i in np.flatnonzero(bad)[:20].tolist():
        report.fault(i + 1, f"price {rows['px'][i]} or size {rows['qty'][i]} is no number in range")
    report.off_tick += int((off_tick & good & (price != EVERYTHING)).sum())
    report.off_lot += int((off_lot & good & ~clear).sum())

    events = np.zeros(len(rows), dtype=EVENT)
    events["exchange_time"], events["local_time"] = rows["exch_ts"], rows["local_ts"]
    events["order_id"] = rows["order_id"]
    events["price"], events["size"], events["side"], events["kind"] = price, size, side, kind
    events["flags"] = clocks + (ev & 0xFF == SNAPSHOT) * int(Flag.snapshot)
    return _with_ends(events[good])


def rows_from_events(events: Events, instrument: Instrument) -> NDArray[Any]:
    """Rows, as hftbacktest has them, of level, trade, clear and touch events, in their order.

    Errors:
        ConfigError: an event is of another kind.
    """
    kind = events["kind"]
    known = np.isin(kind, (Kind.level, Kind.trade, Kind.clear, Kind.touch))
    if not known.all():
        i = int(np.argmin(known))
        raise ConfigError(f"rows_from_events: event {i} is of kind {int(kind[i])}, not of level 2")
    flags, side = events["flags"], events["side"]
    code = np.array([0, DEPTH, TRADE, CLEAR, BEST], dtype=np.uint64)[kind]
    code[(kind == Kind.level) & (flags & Flag.snapshot != 0)] = SNAPSHOT
    for mask, bit in (
        (flags & Flag.at_exchange != 0, EXCHANGE),
        (flags & Flag.at_local != 0, LOCAL),
        (side == Side.bid, BUY),
        (side == Side.ask, SELL),
    ):
        code |= np.where(mask, np.uint64(bit), np.uint64(0))
    rows = np.zeros(len(events), dtype=ROW)
    rows["ev"] = code
    rows["exch_ts"], rows["local_ts"] = events["exchange_time"], events["local_time"]
    rows["order_id"] = events["order_id"]
    whole_side = events["price"] == EVERYTHING
    bound = np.where(side == Side.none, 0.0, np.nan)
    rows["px"] = np.where(whole_side, bound, instrument.price(events["price"]))
    rows["qty"] = instrument.size(events["size"])
    return rows


def write_npz(path: Path, events: Events, instrument: Instrument) -> Path:
    """Write an .npz that hftbacktest reads, whole or not at all; an older file is replaced.

    Errors:
        ConfigError: an event is not of level 2, as in `rows_from_events`.

    write_npz(Path("feed.npz"), tape.events(), tape.instrument)
    """
    rows = rows_from_events(events, instrument)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, data=rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _counts(
    values: NDArray[np.float64], per_unit: float, largest: int
) -> tuple[NDArray[np.int64], Mask, Mask]:
    """Values in steps; which had to be rounded; which are no number within +-largest."""
    steps = values * per_unit
    whole = np.rint(steps)
    bad = ~(np.abs(whole) < largest)
    off = ~bad & (np.abs(steps - whole) > 1e-6 + 1e-15 * np.abs(steps))
    return np.where(bad, 0.0, whole).astype(np.int64), off, bad


def _with_ends(events: Events) -> Events:
    """Mark where messages end, and a clear in front of a snapshot as part of it."""
    if not len(events):
        return events
    trade = events["kind"] == Kind.trade
    ends = np.ones(len(events), dtype=bool)
    ends[:-1] = trade[1:] | trade[:-1]
    for name in ("exchange_time", "local_time"):
        ends[:-1] |= events[name][1:] != events[name][:-1]
    clocks = events["flags"] & Flag.both
    ends[:-1] |= clocks[1:] != clocks[:-1]
    snapshot = events["flags"] & Flag.snapshot
    before_snapshot = np.append((snapshot[1:] != 0) & ~ends[:-1], False)
    led = before_snapshot & (events["kind"] == Kind.clear)
    events["flags"][led] |= np.uint16(Flag.snapshot)
    events["flags"][ends] |= np.uint16(Flag.last)
    return events
