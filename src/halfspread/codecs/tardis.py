"""Tardis: its CSV files: incremental_book_L2, trades and quotes of any exchange.

Source: docs.tardis.dev, "Downloadable CSV files".
"""

from __future__ import annotations

import numpy as np

from halfspread.codecs.codec import Part, RecentIds, build_rows, clear_row
from halfspread.codecs.columns import Columns, Ints
from halfspread.codecs.table import TableCodec
from halfspread.event import EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

_COMMON = {"symbol", "timestamp", "local_timestamp"}


class Tardis(TableCodec):
    """Levels, trades and best quotes as level, trade and touch events.

    Lines with the same local_timestamp (and both or neither of a snapshot) are one message. A
    snapshot that follows changes replaces the book. The side of a trade is the taker's.
    """

    venue = "tardis"
    first_columns = ("exchange",)

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._ids = RecentIds()
        self._in_snapshot = False

    def _needs(self, names: set[str]) -> set[str]:
        if "is_snapshot" in names:
            return _COMMON | {"is_snapshot", "side", "price", "amount"}
        if "bid_price" in names:
            return _COMMON | {"ask_amount", "ask_price", "bid_price", "bid_amount"}
        return _COMMON | {"id", "side", "price", "amount"}

    def _keys(self, columns: Columns) -> list[Ints]:
        if "is_snapshot" not in columns.names:
            return []
        snapshot = columns.words("is_snapshot", "false", "true").astype(np.int64)
        columns.blame(snapshot < 0, "is_snapshot is neither true nor false")
        return [snapshot, columns.times("local_timestamp")]

    def _rows(self, columns: Columns) -> list[Part]:
        columns = columns[self._ours(columns, self.symbol_column)]
        group = self._groups(columns)
        exchange, local = columns.times("timestamp"), columns.times("local_timestamp")
        if "is_snapshot" in columns.names:
            return self._book(columns, exchange, local, group)
        if "bid_price" in columns.names:
            return self._quotes(columns, exchange, local)
        return self._prints(columns, exchange, local)

    def _prints(self, columns: Columns, exchange: Ints, local: Ints) -> list[Part]:
        new = self._ids.new(columns.pieces("id"))
        self.report.duplicates += int((~new).sum())
        self.report.messages["trades"] += len(columns)
        side = np.array([Side.none, Side.bid, Side.ask])[columns.words("side", "buy", "sell") + 1]
        columns, exchange, local, side = columns[new], exchange[new], local[new], side[new]
        return [self._trades(columns, "price", "amount", exchange, local, side)]

    def _book(self, columns: Columns, exchange: Ints, local: Ints, group: Ints) -> list[Part]:
        side = np.array([Side.none, Side.bid, Side.ask])[columns.words("side", "bid", "ask") + 1]
        columns.blame(side == Side.none, "side is neither bid nor ask")
        price, size = self._price_and_size(columns, "price", "amount")
        in_snapshot = columns.words("is_snapshot", "true") == 0
        good = columns.whole
        rows = build_rows(Kind.level, exchange, local, price, size, side)[good]
        index, group, in_snapshot = columns.index[good], group[good], in_snapshot[good]
        if not len(rows):
            return []
        starts = np.append(True, group[1:] != group[:-1])
        rows["flags"][in_snapshot] |= np.uint16(Flag.snapshot)
        rows["flags"][np.append(starts[1:], True)] |= np.uint16(Flag.last)
        self.report.messages["book"] += int(starts.sum())

        before = np.concatenate([[self._in_snapshot], in_snapshot[:-1]])
        self._in_snapshot = bool(in_snapshot[-1])
        clears = []
        for i in np.flatnonzero(in_snapshot & ~before).tolist():
            at = rows[i]
            row = clear_row(int(at["exchange_time"]), int(at["local_time"]), Flag.snapshot)
            clears.append(Part(index[i : i + 1], row))
        return [*clears, Part(index, rows)]

    def _quotes(self, columns: Columns, exchange: Ints, local: Ints) -> list[Part]:
        """A touch of each side a line; a side without a price has no level left, a clear."""
        self.report.messages["quotes"] += len(columns)
        sides = []
        for name, side in (("bid", Side.bid), ("ask", Side.ask)):
            there = columns.has(f"{name}_price")
            price = np.full(len(columns), EVERYTHING, dtype=np.int64)
            size = np.zeros(len(columns), dtype=np.int64)
            told = columns[there]
            prices, sizes = self._price_and_size(told, f"{name}_price", f"{name}_amount")
            price[there], size[there] = prices, sizes
            columns.whole[there] &= told.whole
            kind = np.where(there, Kind.touch, Kind.clear)
            flags = Flag.both if side is Side.bid else Flag.both | Flag.last
            sides.append(build_rows(kind, exchange, local, price, size, side, flags))
        good = columns.whole
        return [Part(columns.index[good], rows[good]) for rows in sides]
