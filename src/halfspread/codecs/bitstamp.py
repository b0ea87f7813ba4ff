"""Bitstamp: its raw feed: every order's creation, change and end, trades, and books of 20 levels.

    1430438404518 order_created {"price": "236.47", "amount": "2.0", "id": 6559, "order_type": 0}
    1430438404645 trade {"price": 236.47, "amount": 0.21144331, "id": 8111041}
    1430438405885 order_book {"bids": [["236.47", "1.78855669"], ...], "asks": [...]}

Source: bitstamp.net/websocket, channels live_orders, live_trades and order_book.
"""

from __future__ import annotations

import numpy as np

from halfspread.codecs.codec import Part, RecentIds, build_rows, interleave
from halfspread.codecs.columns import NO_TIME, Columns, Ints, Mask, Messages, Step
from halfspread.codecs.orders import OrderCodec, ToldBooks
from halfspread.event import Flag, Kind, Side
from halfspread.instrument import Instrument

_EVENTS = ("order_created", "order_changed", "order_deleted", "trade", "order_book")
_TRADE, _BOOK = 3, 4
_KINDS = np.array([Kind.add, Kind.modify, Kind.remove], dtype=np.uint8)
_NAMES = ("id", "order_type", "price", "amount", "bids", "asks")


class Bitstamp(OrderCodec):
    """Orders as add, modify and remove events, what traded as trades of no known aggressor.

    The feed tells no time at which a thing happened (an order's datetime is that of its creation),
    so the receive time stands for both. Messages get lost and come late: after each order_book,
    whose levels are the best 20 a side, level rows set right what the orders before it gave another
    size. The touch compared is that of the book just before.
    """

    venue = "bitstamp"

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._ids = RecentIds()

    def _decode(self, messages: Messages) -> list[Part]:
        words, bodies = _split(messages)
        fields = Columns.json(bodies, _NAMES)
        event = words.words("first", *_EVENTS)
        fields.blame(event < 0, "is none of an order, a trade, a book")
        fields.blame(messages.local_time == NO_TIME, "has no receive time")
        for name, count in zip(
            _EVENTS, np.bincount(event[fields.whole], minlength=len(_EVENTS)).tolist(), strict=True
        ):
            if count:
                self.report.messages[name] += count
        local = messages.local_time
        good = fields.whole.copy()
        about, traded, whole = (
            fields[good & chosen] for chosen in ((event < _TRADE), event == _TRADE, event == _BOOK)
        )
        parts = [
            self._prints(traded, local[traded.index]),
            self._orders(about, event[about.index].astype(np.int64), local[about.index]),
        ]
        books = self._told(whole, local[whole.index])
        self._settle(fields)
        part = interleave(parts)
        return self._followed(part, np.zeros(len(part.rows), dtype=bool), books, after=False)

    def _orders(self, columns: Columns, event: Ints, local: Ints) -> Part:
        order = columns.integers("id")
        kind = columns.words("order_type", "0", "1")
        columns.blame(order <= 0, "id is no number above 0")
        columns.blame(kind < 0, "order_type is neither 0 nor 1")
        price, size = self._price_and_size(columns, "price", "amount")
        columns.blame(size > 2**53, "amount is too large")
        columns.blame((size == 0) & (event == 0), "amount is zero")
        kinds = np.where(size == 0, Kind.remove, _KINDS[event])
        side = np.where(kind == 0, Side.bid, Side.ask)
        rows = build_rows(kinds, local, local, price, size, side, Flag.both | Flag.last)
        rows["order_id"] = order
        return Part(columns.index[columns.whole], rows[columns.whole])

    def _prints(self, columns: Columns, local: Ints) -> Part:
        new = self._ids.new(columns.pieces("id"))
        self.report.duplicates += int((~new).sum())
        columns, local = columns[new], local[new]
        price, off_tick = _printed(columns, "price", self.tick)
        size, off_lot = _printed(columns, "amount", self.lot)
        columns.blame(np.abs(price) >= 2**31 - 1, "price is too large")
        columns.blame((size <= 0) | (size > 2**53), "amount is not from 1 to 2**53 lots")
        faults = np.stack([off_tick, off_lot, np.zeros_like(off_tick)], axis=1)
        self._note(columns, faults.astype(np.int64))
        rows = build_rows(Kind.trade, local, local, price, size, Side.none, Flag.both | Flag.last)
        return Part(columns.index[columns.whole], rows[columns.whole])

    def _told(self, columns: Columns, local: Ints) -> ToldBooks:
        sides, steps = (Side.bid, Side.ask), (self.tick, self.lot)
        levels = columns.levels(("bids", "asks"), sides, steps, local, local)
        self._note(columns, levels.faults)
        levels = levels[columns.whole]
        local = local[columns.whole]
        whole = np.zeros((len(local), 2), dtype=bool)
        return ToldBooks(
            columns.index[columns.whole], local, local, levels.rows, levels.counts, whole
        )


def _printed(columns: Columns, name: str, step: Step) -> tuple[Ints, Mask]:
    """Each value in steps, and where it is none: a trade's are spelt as 236.61000000000001."""
    numerator, decimals = step
    finer = min(4, 18 - decimals)
    values, _ = columns.decimals(name, (numerator, decimals + finer))
    steps = (values + 10**finer // 2) // 10**finer
    return steps, np.abs(values - steps * 10**finer) > 1


def _split(messages: Messages) -> tuple[Columns, Messages]:
    """The word in front of each message, as the column `first`, and the message behind it."""
    text = np.frombuffer(messages.text, dtype=np.uint8)
    begin, end = messages.spans[:, 0], messages.spans[:, 1]
    spaces = np.append(np.flatnonzero(text == ord(" ")), len(text))
    space = np.minimum(spaces[np.searchsorted(spaces, begin)], end).astype(np.int32)
    words = messages._replace(spans=np.stack([begin, space], axis=1))
    bodies = messages._replace(spans=np.stack([space, end], axis=1))
    return Columns.csv_first(words), bodies
