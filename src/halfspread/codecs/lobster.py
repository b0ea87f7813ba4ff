"""LOBSTER: every order of a NASDAQ stock: a message file, and the book after each message.

    34200.190226476,4,11885113,21,2238100,1     # seconds of the day, type, order, shares, price
    2239500,100,2237500,100                     # ask, its shares, bid, its shares, next level

Source: lobsterdata.com, "Output" and the samples' read-me: prices are dollars times 10,000.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from halfspread.codecs.codec import Part, build_rows, clear_row, interleave
from halfspread.codecs.columns import NO_TIME, Columns, Ints, Mask, Messages, step_of
from halfspread.codecs.orders import OrderCodec, ToldBooks
from halfspread.event import Events, Flag, Kind, Side
from halfspread.instrument import Instrument

PRICE_UNITS = 10_000
"""of a dollar"""
_NAMES = ("time", "type", "order", "size", "price", "direction")
_NEW, _PARTIAL, _DELETED, _EXECUTED, _HIDDEN, _CROSS, _HALT = range(1, 8)
_COUNTED = ("", "new", "partial_cancel", "delete", "execution", "hidden_execution", "cross", "halt")
_KINDS = np.zeros(_HALT + 1, dtype=np.uint8)
_KINDS[_NEW : _EXECUTED + 1] = Kind.add, Kind.modify, Kind.remove, Kind.execute
_HALTED = {-1: 1, 0: 2, 1: 0}
"""the `detail` of a status row by what stands as the price of a halt: halted, quoting, trading"""
_NANOSECONDS = (1, 9)
_LONGEST_DAY = 2 * 86_400 * 10**9
_LEVELS_AT_ONCE = 1 << 18


class Lobster(OrderCodec):
    """Orders as add, modify, remove and execute events, what traded as trades, halts as status.

    A hidden execution is a trade that touches no order. The aggressor of an execution is on the
    other side of the order that rested; of a cross nobody is. What a partial cancel leaves is told
    by the book of the orders so far. Where the book file is at hand, level rows set the book right:
    at first, for what rested before the first message, and then as levels come into the file's
    sight or leave it, so that the book has the file's levels and no other. The touch compared is
    that of the book after each message.

    Args:
        instrument: its tick and lot, in dollars and shares.
        midnight: from which the times count, ns since 1970 UTC.
        starts_anew: tell at first that what rested before is gone: a day after another.
    """

    venue = "lobster"

    def __init__(
        self, instrument: Instrument, midnight: int = 0, *, starts_anew: bool = False
    ) -> None:
        super().__init__(instrument)
        self._price_step = step_of(instrument.tick * Decimal(PRICE_UNITS))
        self._midnight = midnight
        self._starts_anew = starts_anew

    def decode(self, messages: Messages, books: Messages | None = None) -> Events:
        """The rows of a batch of messages, in their order.

        Args:
            messages: lines of the message file.
            books: as many lines of the book file, or None where there is none.
        """
        if books is None or not len(books.spans):
            self._books: Messages | None = None
            return super().decode(messages)
        width = books.message(0).count(b",") + 1
        step = max(_LEVELS_AT_ONCE // width, 1)
        pieces = []
        for start in range(0, len(messages.spans), step):
            piece = slice(start, start + step)
            self._books = books.pick(piece)
            pieces.append(super().decode(messages.pick(piece)))
        rows: Events = np.concatenate(pieces)
        return rows

    def _decode(self, messages: Messages) -> list[Part]:
        columns = Columns.csv(messages, _NAMES)
        kind = columns.integers("type")
        columns.blame((kind < _NEW) | (kind > _HALT), "type is none of 1 to 7")
        kind = np.clip(kind, 0, _HALT)
        since, _ = columns.decimals("time", _NANOSECONDS)
        columns.blame((since < 0) | (since > _LONGEST_DAY), "time is no time of a day")
        exchange = self._midnight + since
        local = np.where(messages.local_time == NO_TIME, exchange, messages.local_time)
        parts = [
            *self._starts(columns, exchange, local),
            *self._orders(columns, kind, exchange, local),
            self._halts(columns, kind, exchange, local),
        ]
        counts = np.bincount(kind[columns.whole], minlength=len(_COUNTED)).tolist()
        for name, count in zip(_COUNTED, counts, strict=True):
            if count:
                self.report.messages[name] += count
        books = self._told(columns, exchange, local)
        self._settle(columns)
        part = interleave(parts)
        reduces = part.rows["lane"] > 0
        part.rows["lane"] = 0
        return self._followed(part, reduces, books, after=True)

    def _starts(self, columns: Columns, exchange: Ints, local: Ints) -> list[Part]:
        """A clear before the first message, if there was another day before it."""
        first = np.flatnonzero(columns.whole)[:1]
        if not self._starts_anew or not len(first):
            return []
        self._starts_anew = False
        at = int(first[0])
        row = clear_row(int(exchange[at]), int(local[at]), Flag.snapshot | Flag.last)
        return [Part(columns.index[first], row)]

    def _orders(self, columns: Columns, kind: Ints, exchange: Ints, local: Ints) -> list[Part]:
        """A trade for each execution or cross, and what happened to orders that are visible.

        A partial cancel, marked by its lane, says by how much its order shrank.
        """
        chosen = columns.whole & (kind != _HALT)
        told, kind = columns[chosen], kind[chosen]
        exchange, local = exchange[chosen], local[chosen]
        price, off_tick = told.decimals("price", self._price_step)
        size, off_lot = told.decimals("size", self.lot)
        side, order = told.integers("direction"), told.integers("order")
        told.blame(np.abs(price) >= 2**31 - 1, "price is too large")
        told.blame((size <= 0) | (size > 2**53), "size is not from 1 to 2**53 lots")
        told.blame(np.abs(side) != 1, "direction is neither 1 nor -1")
        told.blame((order <= 0) & (kind <= _EXECUTED), "order is no number above 0")
        rounded = np.stack([off_tick, off_lot, np.zeros_like(off_tick)], axis=1)
        self._note(told, rounded.astype(np.int64))
        columns.whole[chosen] &= told.whole

        flags = Flag.both | Flag.last
        aggressor = np.where(kind == _CROSS, 0, -side)
        trades = build_rows(Kind.trade, exchange, local, price, size, aggressor, flags)
        rows = build_rows(_KINDS[kind], exchange, local, price, size, side, flags)
        rows["order_id"], rows["lane"] = order, kind == _PARTIAL
        parts = []
        for some, of_kind in ((trades, kind >= _EXECUTED), (rows, kind <= _EXECUTED)):
            good = told.whole & of_kind
            parts.append(Part(told.index[good], some[good]))
        return parts

    def _halts(self, columns: Columns, kind: Ints, exchange: Ints, local: Ints) -> Part:
        chosen = columns.whole & (kind == _HALT)
        told = columns[chosen]
        price = told.integers("price")
        told.blame(np.abs(price) > 1, "price of a halt is none of -1, 0, 1")
        columns.whole[chosen] &= told.whole
        times = (exchange[chosen], local[chosen])
        rows = build_rows(Kind.status, *times, 0, 0, Side.none, Flag.both | Flag.last)
        rows["detail"] = [_HALTED.get(number, 0) for number in price.tolist()]
        return Part(told.index[told.whole], rows[told.whole])

    def _told(self, columns: Columns, exchange: Ints, local: Ints) -> ToldBooks:
        """The book file's lines: what fills up a side that has too few levels is left out."""
        if self._books is None:
            return ToldBooks.none()
        depth = (self._books.message(0).count(b",") + 1) // 4
        names = [f"{side}_{what}_{i}" for i in range(depth) for side in "ab" for what in "ps"]
        told = Columns.csv(self._books, names)
        prices, sizes = np.zeros((2, len(told), 2, depth), dtype=np.int64)
        for i in range(depth):
            for at, side in enumerate("ba"):
                size, off_lot = told.decimals(f"{side}_s_{i}", self.lot)
                price, off_tick = told.decimals(f"{side}_p_{i}", self._price_step)
                told.blame(off_lot | (off_tick & (size > 0)), "a level is off tick or off lot")
                prices[:, at, i], sizes[:, at, i] = price, size
        there: Mask = np.greater(sizes, 0)
        too_large: Mask = there & ((np.abs(prices) >= 2**31 - 1) | (sizes > 2**53))
        told.blame(np.asarray(too_large.any(axis=(1, 2))), "a level is too large")
        good = told.whole & columns.whole[: len(told)]
        for i, why in sorted(told.why.items()):
            columns.why.setdefault(i, f"its line of the book file: {why}")
        there, index = there[good], np.flatnonzero(good)
        counts = there.sum(axis=(1, 2))
        happened, heard = exchange[index], local[index]
        sides = np.broadcast_to(np.array([[Side.bid], [Side.ask]]), there.shape)[there]
        levels = build_rows(
            Kind.level,
            np.repeat(happened, counts),
            np.repeat(heard, counts),
            prices[good][there],
            sizes[good][there],
            sides,
        )
        whole = np.ones((len(index), 2), dtype=bool)
        return ToldBooks(columns.index[index], happened, heard, levels, counts, whole)
