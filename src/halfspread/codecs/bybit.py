"""Bybit v5: order book and trade messages, live or as its history files keep them.

    {"topic":"orderbook.50.BTCUSDT","type":"delta","ts":...,"data":{"b":[...],"a":[...],"u":...},"cts":...}
    {"topic":"publicTrade.BTCUSDT","data":[{"T":...,"S":"Buy","v":"0.001","p":"16578.50","i":...}]}

Source: bybit-exchange.github.io/docs/v5/websocket/public (orderbook, trade).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halfspread.codecs.codec import Codec, Part, RecentIds, build_rows
from halfspread.codecs.columns import NO_TIME, Columns, Ints, Mask, Messages
from halfspread.codecs.table import TableCodec
from halfspread.errors import ConfigError
from halfspread.event import EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

DEPTHS = (1, 25, 50, 100, 200, 500, 1000)
_TAKER = np.array([Side.none, Side.bid, Side.ask], dtype=np.int8)


class Bybit(Codec):
    """Order book and trades as events; exchange time is cts, the matching engine's, or else ts.

    A snapshot replaces the book; a delta follows if its u is one more than the last. One that
    doesn't leaves a gap, as does a delta with u = 1, a restart's: the book is dropped, a `clear`,
    until the next snapshot. Block and RPI trades met no order of the book and are left out.

    Args:
        instrument: whose symbol the topics carry.
        depth: the book to follow where several are subscribed to; None: the first that comes.

    Errors:
        ConfigError: there is no such depth.
    """

    venue = "bybit"

    def __init__(self, instrument: Instrument, depth: int | None = None) -> None:
        super().__init__(instrument)
        if depth is not None and depth not in DEPTHS:
            raise ConfigError(f"depth must be one of {', '.join(map(str, DEPTHS))}, was {depth!r}")
        self._depth = depth
        self._last_u: int | None = None
        self._ids = RecentIds()

    def _decode(self, messages: Messages) -> list[Part]:
        fields = Columns.json(messages, ("topic", "type", "ts", "cts", "data", "u", "b", "a"))
        symbol = self.instrument.symbol
        topics = [f"orderbook.{depth}.{symbol}" for depth in DEPTHS]
        topic = fields.words("topic", f"publicTrade.{symbol}", *topics)
        if self._depth is None and (topic > 0).any():
            self._depth = DEPTHS[int(topic[topic > 0][0]) - 1]
        self._count(fields, topic)
        is_book = topic > 0 if self._depth is None else topic == 1 + DEPTHS.index(self._depth)
        books, prints = fields[is_book & fields.whole], fields[topic == 0]
        parts: list[Part] = []
        if len(books):
            parts += self._books(books, messages.local_time)
        if len(prints):
            parts += self._prints(prints, messages.local_time)
        self._settle(fields)
        return parts

    def _count(self, fields: Columns, topic: NDArray[np.int8]) -> None:
        counts = np.bincount(topic[fields.whole] + 1, minlength=2 + len(DEPTHS)).tolist()
        names = ("publicTrade", *(f"orderbook.{depth}" for depth in DEPTHS))
        for name, count in zip(names, counts[1:], strict=True):
            if count:
                self.report.messages[name] += count
        self.report.ours += sum(counts[1:])
        for i in np.flatnonzero((topic < 0) & fields.whole).tolist():
            parts = fields.piece("topic", i).decode(errors="replace").split(".")
            if parts[0] in ("orderbook", "publicTrade") and parts[-1] != self.instrument.symbol:
                self.report.other_symbols[parts[-1]] += 1
            else:
                self.report.messages["other"] += 1

    def _books(self, books: Columns, local: Ints) -> list[Part]:
        u = books.integers("u")
        exchange, published = books.times(("cts", "ts")), books.times("ts")
        snapshot = books.words("type", "delta", "snapshot")
        books.blame(snapshot < 0, "type is neither delta nor snapshot")
        heard = local[books.index]
        untold = heard == NO_TIME
        delay = heard - published
        heard = np.where(untold, published, heard)
        sides, steps = (Side.bid, Side.ask), (self.tick, self.lot)
        levels = books.levels(("b", "a"), sides, steps, exchange, heard)
        self._note(books, levels.faults)
        good = books.whole
        self.report.publish_delay.append(delay[good & ~untold])
        levels = levels[good]
        index, u, exchange, heard = (a[good] for a in (books.index, u, exchange, heard))
        kept, dropped = self._follow(u, snapshot[good] > 0)
        whole = kept & (snapshot[good] > 0)
        rows = levels.rows
        rows["flags"][np.repeat(whole, levels.counts)] |= np.uint16(Flag.snapshot)
        flags = np.where(whole, Flag.both | Flag.snapshot, Flag.both | Flag.last)
        flags[whole & (levels.counts == 0)] |= Flag.last
        clear = whole | dropped
        clears = build_rows(Kind.clear, exchange, heard, EVERYTHING, 0, Side.none, flags)[clear]
        shown = np.repeat(kept, levels.counts)
        return [
            Part(index[clear], clears),
            Part(np.repeat(index, levels.counts)[shown], rows[shown]),
        ]

    def _follow(self, u: Ints, snapshot: Mask) -> tuple[Mask, Mask]:
        """Which messages change the book, and before which it is dropped."""
        n = len(u)
        kept, dropped = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        breaks = np.flatnonzero(snapshot[1:] | (u[1:] != u[:-1] + 1) | (u[1:] == 1)) + 1
        for begin, end in pairwise(sorted({0, n, *breaks.tolist()})):
            first = int(u[begin])
            if not snapshot[begin] and self._last_u is not None:
                old = 0 if first == 1 else min(max(self._last_u + 1 - first, 0), end - begin)
                self.report.duplicates += old
                begin += old
                if begin == end:
                    continue
                if first == 1 or first + old != self._last_u + 1:
                    self.report.gaps += 1
                    dropped[begin] = True
                    self._last_u = None
            if snapshot[begin] or self._last_u is not None:
                kept[begin:end] = True
                self._last_u = int(u[end - 1])
            else:
                self.report.stale += end - begin
        return kept, dropped

    def _prints(self, messages: Columns, local: Ints) -> list[Part]:
        stamp = messages.times("ts")
        trades, place = messages.items("data", ("T", "S", "v", "p", "i", "BT", "RPI"))
        heard = local[messages.index]
        heard = np.where(heard == NO_TIME, stamp, heard)[place]
        whole = messages.whole[place]
        market = (trades.words("BT", "true") < 0) & (trades.words("RPI", "true") < 0)
        self.report.excluded_trades += int((whole & ~market).sum())
        new = self._ids.new(trades.pieces("i"))
        self.report.duplicates += int((whole & market & ~new).sum())
        chosen = whole & market & new
        trades, heard = trades[chosen], heard[chosen]
        taker = trades.words("S", "Buy", "Sell")
        trades.blame(taker < 0, "S is neither Buy nor Sell")
        exchange = trades.times("T")
        return [self._trades(trades, "p", "v", exchange, heard, _TAKER[taker + 1])]


class BybitTrades(TableCodec):
    """The daily trade files of public.bybit.com; the receive time is the exchange's own."""

    venue = "bybit"
    first_columns = ("timestamp", "id")

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._ids = RecentIds()

    def _needs(self, names: set[str]) -> set[str]:
        return {"timestamp", "side", "price", "size" if "size" in names else "volume"}

    def _rows(self, columns: Columns) -> list[Part]:
        columns = columns[self._ours(columns, "symbol")]
        self.report.messages["trades"] += len(columns)
        new = self._ids.new(columns.pieces("trdMatchID" if "trdMatchID" in columns.names else "id"))
        self.report.duplicates += int((~new).sum())
        columns = columns[new]
        taker = columns.words("side", "Buy", "Sell", "buy", "sell")
        columns.blame(taker < 0, "side is neither Buy nor Sell")
        exchange = columns.times("timestamp")
        size = "size" if "size" in columns.names else "volume"
        side = np.array([Side.none, Side.bid, Side.ask, Side.bid, Side.ask])[taker + 1]
        return [self._trades(columns, "price", size, exchange, exchange, side)]
