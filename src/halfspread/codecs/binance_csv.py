"""Binance by the line: tables of depth updates, snapshots and trades, one row a level or trade.

A row's StreamType or, without that column, its EventType says what it is of:
DIFFERENCE_DEPTH_STREAM or depthUpdate; TRADE_STREAM or trade; DEPTH_SNAPSHOT, what REST answered;
FINAL_DEPTH_SNAPSHOT, the levels that an earlier file left, each with the update that set it.
"""

from __future__ import annotations

import numpy as np

from halfspread.codecs.binance_book import BinanceBook, Diffs, Snapshot
from halfspread.codecs.codec import Part, build_rows, new_ids
from halfspread.codecs.columns import NO_TIME, Columns, Ints
from halfspread.codecs.table import ALONE, TableCodec
from halfspread.event import Flag, Kind, Side
from halfspread.instrument import Instrument

_DIFF, _TRADE, _SNAPSHOT, _FINAL = range(4)
_WORDS = ("DIFFERENCE_DEPTH_STREAM", "TRADE_STREAM", "DEPTH_SNAPSHOT", "FINAL_DEPTH_SNAPSHOT")
_EVENTS = ("depthUpdate", "trade")
_HAPPENED = ("TransactionTime", "EventTime")
_LAST = ("FinalUpdateId", "LastUpdateId")
_PREVIOUS = "FinalUpdateIdInLastStream"
_RECEIVED = ("TimestampOfReceiveUS", "TimestampOfReceive")


class BinanceCsv(TableCodec):
    """Depth rows, grouped into the messages they came in, and trades, as `Binance` has them.

    Args:
        instrument: whose symbol the rows carry.
        awaits_snapshot: whether the source holds a snapshot for the diffs to wait for.
    """

    venue = "binance"
    first_columns = _RECEIVED
    symbol_column = "Symbol"

    def __init__(self, instrument: Instrument, awaits_snapshot: bool = True) -> None:
        super().__init__(instrument)
        self.book = BinanceBook(self.report, awaits_snapshot)
        self._trade_id = 0

    def _needs(self, names: set[str]) -> set[str]:
        common = {"TimestampOfReceive", "EventType", "EventTime", "Symbol", "Price", "Quantity"}
        depth = {"FirstUpdateId", "FinalUpdateId", "IsAsk"}
        trade = {"TradeId", "IsBuyerMarketMaker"}
        if "StreamType" in names:
            return common | depth | trade | {"LastUpdateId"}
        return common | (trade if "TradeId" in names else depth)

    def _keys(self, columns: Columns) -> list[Ints]:
        kind = self._kind(columns)
        columns.blame(kind < 0, "is neither depth nor trade")
        numbered = (kind == _DIFF) | (kind == _SNAPSHOT)
        ids = np.zeros(len(columns), dtype=np.int64)
        some = columns[numbered]
        ids[numbered] = some.integers(_LAST)
        columns.whole[numbered] &= some.whole
        return [np.where(kind == _TRADE, ALONE, kind), ids]

    def _kind(self, columns: Columns) -> Ints:
        if "StreamType" in columns.names:
            return columns.words("StreamType", *_WORDS).astype(np.int64)
        return columns.words("EventType", *_EVENTS).astype(np.int64)

    def _rows(self, columns: Columns) -> list[Part]:
        columns = columns[self._ours(columns, self.symbol_column)]
        group, kind = self._groups(columns), self._kind(columns)
        depth = (kind != _TRADE) & columns.whole
        trades = columns[(kind == _TRADE) & columns.whole]
        return self._depth(columns[depth], kind[depth], group[depth]) + self._prints(trades)

    def _finish(self) -> list[Part]:
        return self.book.finish()

    def _depth(self, columns: Columns, kind: Ints, group: Ints) -> list[Part]:
        ids = columns.integers(_LAST)
        exchange, local = columns.times(_HAPPENED, missing=NO_TIME), columns.times(_RECEIVED)
        ask = columns.words("IsAsk", "0", "1")
        columns.blame(ask < 0, "IsAsk is neither 0 nor 1")
        price, size = self._price_and_size(columns, "Price", "Quantity")
        side = np.where(ask == 1, Side.ask, Side.bid)
        rows = build_rows(Kind.level, exchange, local, price, size, side)
        good = columns.whole
        columns, kind, ids, rows = columns[good], kind[good], ids[good], rows[good]
        if not len(rows):
            return []
        change = np.append(True, np.diff(group[good]) != 0)
        rows["flags"][np.append(change[1:], True)] |= np.uint16(Flag.last)
        starts = np.flatnonzero(change)
        ends = np.append(starts[1:], len(rows))
        names = np.array(_WORDS)[kind[starts]].tolist()
        self.report.messages.update(names)

        snapshots = []
        for group in np.flatnonzero(kind[starts] != _DIFF).tolist():
            start, end = int(starts[group]), int(ends[group])
            of = rows[start:end]
            clocks = (int(of["exchange_time"].max()), int(of["local_time"][0]))
            last = int(ids[start:end].max())
            snapshots.append(Snapshot(int(columns.index[start]), last, *clocks, of))
        is_diff = kind == _DIFF
        firsts = change[is_diff]
        diffs = columns[is_diff][firsts]
        before = diffs.integers("FirstUpdateId") - 1
        told = diffs.integers((_PREVIOUS, "FirstUpdateId"))
        previous = np.where(diffs.has(_PREVIOUS), told, before)
        offsets = np.append(np.flatnonzero(firsts), len(firsts))
        happened = rows["exchange_time"][is_diff][firsts]
        last = ids[is_diff][firsts]
        followed = Diffs(diffs.index, previous, last, happened, offsets, rows[is_diff])
        return self.book.follow(followed, snapshots)[0]

    def _prints(self, trades: Columns) -> list[Part]:
        if not len(trades):
            return []
        self.report.messages["TRADE_STREAM"] += len(trades)
        ids = trades.integers("TradeId")
        # Where the venue said NA the column is empty: such a trade has no size.
        size, _ = trades.decimals("Quantity", self.lot)
        market = ~trades.has("XUnknownParameter") & (size != 0)
        market |= trades.words("XUnknownParameter", "MARKET") == 0
        new, skips, self._trade_id = new_ids(ids, self._trade_id)
        self.report.trade_gaps += skips
        self.report.duplicates += int((~new).sum())
        self.report.excluded_trades += int((new & ~market).sum())
        trades = trades[new & market]
        maker = trades.words("IsBuyerMarketMaker", "0", "1")
        trades.blame(maker < 0, "IsBuyerMarketMaker is neither 0 nor 1")
        exchange, local = trades.times(_HAPPENED), trades.times(_RECEIVED)
        side = np.where(maker == 1, Side.ask, Side.bid)
        return [self._trades(trades, "Price", "Quantity", exchange, local, side)]
