"""Binance order-book snapshots as Parquet tables: what changed from each to the next, as events.

A book's table has list columns bids_px, bids_qty, asks_px, asks_qty beside ts_ms (received) and
exch_ts_ms; a trades' table price, qty, side (the taker's) and trade_id.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from halfspread.codecs.codec import Part, Report, build_rows, clear_row, interleave
from halfspread.errors import CodecError
from halfspread.event import Events, Flag, Kind, Side
from halfspread.instrument import Instrument


def events_from_snapshots(path: Path, instrument: Instrument, report: Report) -> Events:
    """Events of one table, either kind.

    The first snapshot is told whole, a later one as its changes: a level gone from it, if only
    because it left the window of levels kept, goes to size 0.

    Errors:
        CodecError: it is no Parquet file, or lacks a column.
    """
    try:
        table = pq.read_table(path)
        decode = _book if "bids_px" in table.column_names else _trades
        return decode(table, instrument, report)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise CodecError(path, f"is no table of snapshots or trades: {error}") from error


def _nanoseconds(table: Any, name: str) -> NDArray[np.int64]:
    times: NDArray[np.int64] = table.column(name).to_numpy().astype(np.int64) * 1_000_000
    return times


def _steps(values: NDArray[np.float64], per_unit: float) -> tuple[NDArray[np.int64], int]:
    """Values in steps, and how many had to be rounded."""
    steps = values * per_unit
    whole = np.rint(steps)
    return whole.astype(np.int64), int((np.abs(steps - whole) > 1e-6 + 1e-15 * np.abs(steps)).sum())


def _book(table: Any, instrument: Instrument, report: Report) -> Events:
    exchange, local = _nanoseconds(table, "exch_ts_ms"), _nanoseconds(table, "ts_ms")
    report.messages["snapshots"] += len(exchange)
    parts = []
    for name, side in (("bids", Side.bid), ("asks", Side.ask)):
        columns = [table.column(f"{name}_{what}").combine_chunks() for what in ("px", "qty")]
        counts = np.diff(columns[0].offsets.to_numpy())
        price, off = _steps(columns[0].flatten().to_numpy(), instrument.ticks_per_unit)
        report.off_tick += off
        size, off = _steps(columns[1].flatten().to_numpy(), instrument.lots_per_coin)
        report.off_lot += off
        at, price, size = _changes(np.repeat(np.arange(len(counts)), counts), price, size)
        rows = build_rows(Kind.level, exchange[at], local[at], price, size, side)
        parts.append(Part(at, rows))
    merged = interleave(parts)
    rows, at = merged.rows, merged.message
    if not len(rows):
        return rows
    rows["flags"][at == at[0]] |= np.uint16(Flag.snapshot)
    rows["flags"][np.append(at[1:] != at[:-1], True)] |= np.uint16(Flag.last)
    start = clear_row(int(exchange[at[0]]), int(local[at[0]]), Flag.snapshot)
    return np.concatenate([start, rows])


def _changes(
    at: NDArray[np.int64], price: NDArray[np.int64], size: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Snapshot, price and size of the levels that each snapshot sets or (size 0) no longer has."""
    last = int(at.max(initial=0))
    order = np.lexsort((at, price))
    at, price, size = at[order], price[order], size[order]
    follows = np.zeros(len(at), dtype=bool)
    follows[1:] = (price[1:] == price[:-1]) & (at[1:] == at[:-1] + 1)
    same = follows.copy()
    same[1:] &= size[1:] == size[:-1]
    goes = np.append(~follows[1:], True) & (at < last)
    changed = np.concatenate([at[~same], at[goes] + 1])
    prices = np.concatenate([price[~same], price[goes]])
    sizes = np.concatenate([size[~same], np.zeros(int(goes.sum()), dtype=np.int64)])
    by_time = np.lexsort((prices, changed))
    return changed[by_time], prices[by_time], sizes[by_time]


def _trades(table: Any, instrument: Instrument, report: Report) -> Events:
    report.messages["trades"] += table.num_rows
    price, off = _steps(table.column("price").to_numpy(), instrument.ticks_per_unit)
    report.off_tick += off
    size, off = _steps(table.column("qty").to_numpy(), instrument.lots_per_coin)
    report.off_lot += off
    taker = table.column("side").to_numpy(zero_copy_only=False)
    side = np.select([taker == "buy", taker == "sell"], [Side.bid, Side.ask], Side.none)
    exchange, local = _nanoseconds(table, "exch_ts_ms"), _nanoseconds(table, "ts_ms")
    return build_rows(Kind.trade, exchange, local, price, size, side, Flag.both | Flag.last)
