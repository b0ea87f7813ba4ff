"""Binance: websocket messages and REST snapshots of its spot, USD-M and COIN-M markets.

    1723161255030314667 {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate", ...}}
    1723161255319702566 {"lastUpdateId":5123107852948,"E":...,"bids":[...],"asks":[...]}

Source: developers.binance.com, "How to manage a local order book correctly" (spot and futures).
"""

from __future__ import annotations

import numpy as np

from halfspread.codecs.binance_book import BinanceBook, Diffs, Snapshot
from halfspread.codecs.codec import Codec, Part, new_ids
from halfspread.codecs.columns import NO_TIME, Columns, Ints, Messages
from halfspread.event import Side
from halfspread.instrument import Instrument

_NAMES = (
    *("e", "E", "T", "s", "symbol", "U", "u", "pu", "b", "a"),  # updates, tickers
    *("t", "p", "q", "X", "m", "B"),  # trades, tickers
    *("lastUpdateId", "bids", "asks"),  # snapshots
)
_DEPTH, _TRADE, _AGGREGATE, _TICKER = range(4)
_EVENTS = ("depthUpdate", "trade", "aggTrade", "bookTicker")
_SNAPSHOT, _BAD = 4, 5
_COUNTED = ("other", *_EVENTS, "REST_snapshot")


class Binance(Codec):
    """Depth updates, snapshots and trades as events; bookTicker only to check the book by.

    Exchange time is T, when it happened, where the venue tells it, else E, when it was published.

    Args:
        instrument: whose symbol the messages carry.
        awaits_snapshot: whether the source holds a snapshot for the diffs to wait for.
    """

    venue = "binance"

    def __init__(self, instrument: Instrument, awaits_snapshot: bool = True) -> None:
        super().__init__(instrument)
        self.book = BinanceBook(self.report, awaits_snapshot)
        self._trade_id = 0
        self._trade_event = -1
        """trade or aggTrade, whichever came first: a source with both would count volume twice"""
        self._ticker = (-1, 0, 0)
        """u, bid and ask of the newest bookTicker"""

    def _decode(self, messages: Messages) -> list[Part]:
        fields = Columns.json(messages, _NAMES)
        kind = fields.words("e", *_EVENTS)
        kind[(kind < 0) & fields.has("B") & fields.has("u")] = _TICKER
        kind[fields.has("lastUpdateId")] = _SNAPSHOT
        kind[~fields.whole] = _BAD
        ours = self._ours(fields, ("s", "symbol"))
        counts = np.bincount(kind[ours & (kind != _BAD)] + 1, minlength=len(_COUNTED))
        for name, count in zip(_COUNTED, counts.tolist(), strict=False):
            if count:
                self.report.messages[name] += count
        local = messages.local_time
        parts: list[Part] = []
        updates: Ints = np.zeros((0, 3), dtype=np.int64)
        depth, whole = fields[ours & (kind == _DEPTH)], fields[ours & (kind == _SNAPSHOT)]
        if len(depth) or len(whole):
            parts, updates = self._books(depth, whole, local)
        for event in (_TRADE, _AGGREGATE):
            parts += self._prints(fields[ours & (kind == event)], event, local)
        tickers = fields[ours & (kind == _TICKER)]
        if len(updates) or len(tickers):
            self._claim(tickers, updates, parts)
        self._settle(fields)
        return parts

    def _finish(self) -> list[Part]:
        return self.book.finish()

    def _books(self, depth: Columns, whole: Columns, local: Ints) -> tuple[list[Part], Ints]:
        """Rows of the book, and (n, 3) number in the batch, U and u of the updates that count."""
        last = depth.integers("u")
        first = depth.integers("U")
        previous = np.where(depth.has("pu"), depth.integers(("pu", "U")), first - 1)
        exchange, published = depth.times(("T", "E")), depth.times("E")
        heard = local[depth.index]
        sides, steps = (Side.bid, Side.ask), (self.tick, self.lot)
        levels = depth.levels(("b", "a"), sides, steps, exchange, heard)
        self._note(depth, levels.faults)
        good = depth.whole
        known = good & (heard != NO_TIME)
        self.report.publish_delay.append((heard - published)[known])
        levels = levels[good]
        index, first, last, exchange = (a[good] for a in (depth.index, first, last, exchange))
        start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(levels.counts)])
        diffs = Diffs(index, previous[good], last, exchange, start, levels.rows)
        parts, kept = self.book.follow(diffs, self._snapshots(whole, local) if len(whole) else [])
        kept &= levels.counts > 0
        return parts, np.stack([index, first, last], axis=1)[kept]

    def _snapshots(self, whole: Columns, local: Ints) -> list[Snapshot]:
        ids = whole.integers("lastUpdateId")
        exchange = whole.times(("T", "E"), missing=NO_TIME)
        sides, steps = (Side.bid, Side.ask), (self.tick, self.lot)
        levels = whole.levels(("bids", "asks"), sides, steps, exchange, exchange)
        self._note(whole, levels.faults)
        ends = np.cumsum(levels.counts)
        found = []
        for i in np.flatnonzero(whole.whole).tolist():
            message = int(whole.index[i])
            rows = levels.rows[ends[i] - levels.counts[i] : ends[i]]
            found.append(
                Snapshot(message, int(ids[i]), int(exchange[i]), int(local[message]), rows)
            )
        return found

    def _prints(self, trades: Columns, event: int, local: Ints) -> list[Part]:
        """Rows of the market's trades."""
        if not len(trades):
            return []
        if self._trade_event < 0:
            self._trade_event = event
        if event != self._trade_event:
            return []
        ids = trades.integers("t" if event == _TRADE else "a")
        market = ~trades.has("X") | (trades.words("X", "MARKET") == 0)
        new = np.zeros(len(trades), dtype=bool)
        good = trades.whole.copy()
        new[good], skips, self._trade_id = new_ids(ids[good], self._trade_id)
        self.report.trade_gaps += skips
        self.report.duplicates += int((good & ~new).sum())
        self.report.excluded_trades += int((new & ~market).sum())

        trades = trades[new & market]
        maker = trades.words("m", "false", "true")
        trades.blame(maker < 0, "m is neither true nor false")
        side = np.where(maker == 1, Side.ask, Side.bid)
        return [self._trades(trades, "p", "q", trades.times("T"), local[trades.index], side)]

    def _claim(self, tickers: Columns, updates: Ints, parts: list[Part]) -> None:
        """Keep, for each update, what the bookTicker just before it says, if it is of its ids.

        Only those, and the batch's last, are read; one that can't be read claims nothing.
        """
        place = np.searchsorted(tickers.index, updates[:, 0])
        wanted = np.zeros(len(tickers) + 1, dtype=bool)
        wanted[place] = wanted[-1] = True
        tickers = tickers[wanted[1:]].numbered(tickers.index[wanted[1:]], {})
        ids = tickers.integers("u")
        bid, _ = tickers.decimals("b", self.tick)
        ask, _ = tickers.decimals("a", self.tick)
        told = np.stack([tickers.index, np.where(tickers.whole, ids, -1), bid, ask], axis=1)
        told = np.concatenate([np.array([[-1, *self._ticker]]), told])
        self._ticker = tuple(told[-1, 1:].tolist())
        told = told[np.searchsorted(told[:, 0], updates[:, 0]) - 1]
        hit = (updates[:, 1] <= told[:, 1]) & (told[:, 1] <= updates[:, 2])
        message = updates[hit, 0]
        behind = sum(np.searchsorted(part.message, message, side="right") for part in parts)
        self.report.touch_rows.append(self.told - 1 + behind)
        self.report.touch_prices.append(told[hit, 2:].astype(np.int32))
