"""Bybit v2, the public API it had until 2022: orderBookL2_25 and trade messages.

    1618677786.98285: {"topic":"orderBookL2_25.BCHUSDT","type":"delta",
        "data":{"delete":[...],"update":[...],"insert":[...]},"cross_seq":"...","timestamp_e6":"..."}

Lines of another kind (wss://..., what a recorder notes of its connections) say nothing.
"""

from __future__ import annotations

import numpy as np

from halfspread.codecs.codec import Codec, Part, RecentIds, build_rows, interleave, new_ids
from halfspread.codecs.columns import NO_TIME, Columns, Ints, Messages
from halfspread.event import EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

_ARRAYS = ("order_book", "delete", "update", "insert")
_SIDES = np.array([Side.none, Side.bid, Side.ask], dtype=np.int8)


class BybitOld(Codec):
    """Levels and trades of one of the symbols in a v2 recording.

    The book's messages carry an ascending cross_seq; one that doesn't ascend is a duplicate. They
    have no count that would show a gap. Sizes were printed from floats: 13.329999 reads as the
    nearest lot, and is counted.
    """

    venue = "bybit"

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._sequence = 0
        self._ids = RecentIds()

    def _decode(self, messages: Messages) -> list[Part]:
        text = np.frombuffer(messages.text, dtype=np.uint8)
        n = len(messages.spans)
        says = text[messages.spans[:, 0]] == ord("{") if n else np.zeros(0, dtype=bool)
        names = ("topic", "type", "timestamp_e6", "cross_seq", "data", *_ARRAYS)
        fields = Columns.json(messages.pick(says), names).numbered(np.flatnonzero(says), {})
        symbol = self.instrument.symbol
        topic = fields.words("topic", f"orderBookL2_25.{symbol}", f"trade.{symbol}")
        self.report.ours += int((topic >= 0).sum())
        for i in np.flatnonzero((topic < 0) & fields.whole).tolist():
            other = fields.piece("topic", i).decode(errors="replace").partition(".")[2]
            if other:
                self.report.other_symbols[other] += 1
        parts = self._books(fields[(topic == 0) & fields.whole], messages.local_time)
        parts += self._prints(fields[(topic == 1) & fields.whole], messages.local_time)
        self._settle(fields)
        return parts

    def _books(self, books: Columns, local: Ints) -> list[Part]:
        self.report.messages["orderBookL2_25"] += len(books)
        exchange, sequence = books.times("timestamp_e6"), books.integers("cross_seq")
        snapshot = books.words("type", "delta", "snapshot")
        books.blame(snapshot < 0, "type is neither delta nor snapshot")
        new = np.zeros(len(books), dtype=bool)
        good = books.whole.copy()
        new[good], _, self._sequence = new_ids(sequence[good], self._sequence)
        self.report.duplicates += int((good & ~new).sum())
        heard = local[books.index]
        self.report.publish_delay.append((heard - exchange)[good & (heard != NO_TIME)])
        heard = np.where(heard == NO_TIME, exchange, heard)

        flags = np.where(snapshot == 1, Flag.both | Flag.snapshot, Flag.both)
        whole = new & (snapshot == 1)
        clears = build_rows(Kind.clear, exchange, heard, EVERYTHING, 0, Side.none, flags)[whole]
        parts = [Part(books.index[whole], clears)]
        for name in _ARRAYS:
            some = new & books.has(name)
            parts.append(self._levels(books[some], name, exchange[some], heard[some], flags[some]))
        merged = interleave(parts)
        unread = np.isin(merged.message, list(books.why))
        message, rows = merged.message[~unread], merged.rows[~unread]
        if len(rows):
            ends = np.append(message[1:] != message[:-1], True)
            rows["flags"][ends] |= np.uint16(Flag.last)
        return [Part(message, rows)]

    def _levels(self, books: Columns, name: str, exchange: Ints, local: Ints, flags: Ints) -> Part:
        """One row a level of the arrays called `name`; those that are deleted carry no size."""
        levels, place = books.items(name, ("price", "side", "size"))
        side = levels.words("side", "Buy", "Sell")
        levels.blame(side < 0, "side is neither Buy nor Sell")
        price, size = self._price_and_size(levels, "price", None if name == "delete" else "size")
        times = (exchange[place], local[place])
        rows = build_rows(Kind.level, *times, price, size, _SIDES[side + 1], flags[place])
        good = levels.whole
        return Part(levels.index[good], rows[good])

    def _prints(self, messages: Columns, local: Ints) -> list[Part]:
        self.report.messages["trade"] += len(messages)
        names = ("side", "price", "size", "trade_time_ms", "trade_id")
        trades, place = messages.items("data", names)
        new = self._ids.new(trades.pieces("trade_id"))
        self.report.duplicates += int((~new).sum())
        heard = local[messages.index][place][new]
        trades = trades[new]
        taker = trades.words("side", "Buy", "Sell")
        trades.blame(taker < 0, "side is neither Buy nor Sell")
        exchange = trades.times("trade_time_ms")
        side = _SIDES[taker + 1]
        return [self._trades(trades, "price", "size", exchange, heard, side)]
