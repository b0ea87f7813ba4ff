"""Databento: DBN records of the schemas mbo (every order), mbp-10 (ten levels) and trades.

A message here is a record; `dbn` has the header of a file, and cuts what is behind it in records.

Source: databento.com/docs, "Schemas and data formats", "MBO snapshot".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.codecs.codec import Codec, Part, build_rows, clear_row, interleave
from halfspread.codecs.columns import Ints, Mask, Messages
from halfspread.codecs.dbn import Header, fills
from halfspread.event import Events, Flag, Kind, Side
from halfspread.instrument import Instrument

MOST_HELD = 1 << 18
"""Records: no message of a venue has more, and what seems to be one is garbage."""

_LAST, _SNAPSHOT = 128, 32
_DEPTH = 10
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[list(b"ACMRF")] = Kind.add, Kind.remove, Kind.modify, Kind.clear, Kind.execute
_NO_PRICE = 2**63 - 1
_PRICE_DECIMALS = 9


class Databento(Codec):
    """The records of one instrument as events.

    mbo     A, C, M, R become add, remove, modify, clear. T is a trade, and a fill an execute of the
            order that rested where the records behind it in the same message agree; the record
            that takes a filled order away is then left out, as the execute says it. A snapshot
            begins with a clear. Records up to the one flagged as last are one message.
    mbp-10  the changes of the ten levels from record to record, and trades.
    trades  trades.

    Exchange time is ts_event (in a snapshot ts_recv: its orders' own are older), receive time the
    ts_recv of the message's last record: when Databento's capture got it.

    Args:
        instrument: whose symbol the header names.
        header: the file's.
    """

    venue = "databento"

    def __init__(self, instrument: Instrument, header: Header) -> None:
        super().__init__(instrument)
        self.header = header
        self._layout = header.layout
        self._held = Messages(b"", np.zeros((0, 2), np.int32), np.zeros(0, np.int64))
        self._in_snapshot = False
        self._book = np.zeros((2, 2, _DEPTH), dtype=np.int64)
        """mbp-10: of bids, asks the prices (raw) and sizes after the newest record"""

    @property
    def fed(self) -> int:
        """Records received so far, those held back included."""
        return self.seen + len(self._held.spans)

    def go_on(self, header: Header) -> None:
        """Another file follows, of the same schema: a snapshot at its start is a new one."""
        self.header = header
        self._in_snapshot = False

    def decode(self, messages: Messages) -> Events:
        """The rows of a batch of records, as far as their messages are known to be whole."""
        records = self._held.join(messages)
        whole = len(records.spans)
        if self.header.schema == "mbo" and whole:
            flags = self._layout.fields["flags"][1]  # type: ignore[index]
            text = np.frombuffer(records.text, dtype=np.uint8)
            at = records.spans[:, 0] + flags
            at = np.where(at < records.spans[:, 1], at, records.spans[:, 0])
            ends = (text[at] & _LAST) != 0
            snapshot = (text[at] & _SNAPSHOT) != 0
            ends[:-1] |= snapshot[:-1] != snapshot[1:]
            whole = int(np.flatnonzero(ends)[-1]) + 1 if ends.any() else 0
            if len(records.spans) - whole > MOST_HELD:
                whole = len(records.spans)
        self._held = records.pick(slice(whole, None))
        return super().decode(records.pick(slice(whole)))

    def finish(self) -> Events:
        """The rows of the records held back."""
        held, self._held = self._held, self._held.pick(slice(0))
        return np.concatenate([super().decode(held), super().finish()])

    def _decode(self, messages: Messages) -> list[Part]:
        index, records = self._records(messages)
        action = np.ascontiguousarray(records["action"]).view(np.uint8)
        counts = np.bincount(action, minlength=256)
        for letter in np.flatnonzero(counts).tolist():
            self.report.messages[f"{self.header.schema} {chr(letter)}"] += int(counts[letter])
        if not len(records):
            return []
        if self.header.schema == "mbo":
            return self._orders(index, records, action)
        trades = action == ord("T")
        local = _time(records["ts_recv"])
        parts = [self._trades_of(index[trades], records[trades], local[trades])]
        if self.header.schema == "mbp-10":
            parts += self._levels(index, records, local)
        return parts

    def _records(self, messages: Messages) -> tuple[Ints, NDArray[Any]]:
        """The records of the instrument that can be read, and the number of each in the batch."""
        size = self._layout.itemsize
        begin, end = messages.spans[:, 0].astype(np.int64), messages.spans[:, 1]
        fits = (end - begin == size) | (end - begin == size + 8)  # 8 more: when it was sent
        text = np.frombuffer(messages.text, dtype=np.uint8)
        kind = np.full(len(begin), -1)
        kind[fits] = text[begin[fits] + 1]
        bad = (kind < 0) | (kind != self.header.record_type)
        index = np.flatnonzero(~bad)
        bytes_of = text[begin[index, None] + np.arange(size)]
        records = np.ascontiguousarray(bytes_of).view(self._layout).reshape(-1)
        ours = self._is_ours(records)
        late = 2**62  # of a time that is not told, all bits are set
        readable = (records["ts_recv"] < late) & (records["ts_event"] < late)
        self._blame(np.flatnonzero(bad), f"is no record of {self.header.schema}")
        self._blame(index[ours & ~readable], "has no time")
        return index[ours & readable], records[ours & readable]

    def _is_ours(self, records: NDArray[Any]) -> Mask:
        numbers, place = np.unique(records["instrument_id"], return_inverse=True)
        names = [self.header.symbols.get(int(number), str(number)) for number in numbers]
        counts = np.bincount(place, minlength=len(names)).tolist()
        for name, count in zip(names, counts, strict=True):
            if name == self.instrument.symbol:
                self.report.ours += count
            else:
                self.report.other_symbols[name] += count
        ours: Mask = np.array([name == self.instrument.symbol for name in names], bool)[place]
        return ours

    def _blame(self, bad: Ints, why: str) -> None:
        self.report.bad += len(bad)
        for i in bad[:20].tolist():
            self.report.fault(self.seen + i + 1, why)

    def _ticks(self, raw: Ints) -> tuple[Ints, Mask]:
        """Prices, billionths, in ticks, and where they had to be rounded."""
        numerator, decimals = self.tick
        step = numerator * 10 ** max(_PRICE_DECIMALS - decimals, 0)
        ticks = raw // step
        ticks += 2 * (raw - ticks * step) >= step
        return ticks, ticks * step != raw

    def _priced(self, index: Ints, raw: Ints, sizes: Ints) -> tuple[Ints, Ints, Mask]:
        """Ticks and lots, and which are good; a price off tick is noted."""
        ticks, off_tick = self._ticks(raw)
        numerator, decimals = self.lot
        units = sizes * 10**decimals
        lots = (2 * units + numerator) // (2 * numerator)
        good = (raw != _NO_PRICE) & (np.abs(ticks) < 2**31 - 1)
        off_lot = good & (lots * numerator != units)
        off_tick &= good
        self.report.off_tick += int(off_tick.sum())
        self.report.off_lot += int(off_lot.sum())
        for what, where in (("price off tick", off_tick), ("size off lot", off_lot)):
            for i in index[where][:20].tolist():
                self.report.fault(self.seen + i + 1, what)
        return ticks, lots, good

    def _trades_of(self, index: Ints, records: NDArray[Any], local: Ints) -> Part:
        """Trades; a record's side is the aggressor's."""
        price, size, good = self._priced(index, records["price"], records["size"].astype(np.int64))
        good &= size > 0
        self._blame(index[~good], "a trade has no price or no size")
        rows = build_rows(
            Kind.trade,
            _time(records["ts_event"]),
            local,
            price,
            size,
            _side(records["side"]),
            Flag.both | Flag.last,
        )
        return Part(index[good], rows[good])

    def _orders(self, index: Ints, records: NDArray[Any], action: NDArray[np.uint8]) -> list[Part]:
        flags = records["flags"]
        in_snapshot = (flags & _SNAPSHOT) != 0
        ends = (flags & _LAST) != 0
        ends[-1] = True
        ends[:-1] |= in_snapshot[:-1] != in_snapshot[1:]
        group = np.cumsum(ends) - ends
        last_of = np.flatnonzero(ends)[group]
        local = _time(records["ts_recv"])[last_of]
        exchange = np.where(in_snapshot, local, _time(records["ts_event"]))
        settles, gone = fills(records, action, group)
        kind = _KINDS[action]
        kind[gone | ((action == ord("F")) & ~settles)] = Kind.none
        side = _side(records["side"])
        price, size, good = self._priced(index, records["price"], records["size"].astype(np.int64))
        cleared = kind == Kind.clear
        about = (kind >= Kind.add) & (kind <= Kind.execute)
        wrong = about & (~good | (side == 0) | ((size == 0) & (kind != Kind.remove)))
        self._blame(index[wrong], "has no price, side or size")
        kept = (about & ~wrong) | cleared
        price[cleared], size[cleared], side[cleared] = -(2**31), 0, 0
        rows = build_rows(kind, exchange, local, price, size, side)
        rows["order_id"] = np.where(cleared, 0, records["order_id"])
        rows["flags"][in_snapshot] |= np.uint16(Flag.snapshot)
        rows, at = rows[kept], np.flatnonzero(kept)
        if len(rows):
            group_of = group[at]
            rows["flags"][np.append(group_of[1:] != group_of[:-1], True)] |= np.uint16(Flag.last)
        traded = action == ord("T")
        trades = self._trades_of(index[traded], records[traded], local[traded])
        begins = (
            in_snapshot & ~np.append(self._in_snapshot, in_snapshot[:-1]) & (kind != Kind.clear)
        )
        self._in_snapshot = bool(in_snapshot[-1])
        clears = [
            Part(index[i : i + 1], clear_row(int(exchange[i]), int(local[i]), Flag.snapshot))
            for i in np.flatnonzero(begins).tolist()
        ]
        return [interleave([*clears, trades, Part(index[at], rows)])]

    def _levels(self, index: Ints, records: NDArray[Any], local: Ints) -> list[Part]:
        """Level rows where a level of the ten was set or, at size 0, is there no more."""
        n = len(records)
        exchange = _time(records["ts_event"])
        sides = []
        for at, (name, side) in enumerate((("bid", Side.bid), ("ask", Side.ask))):
            raw = np.stack([records[f"{name}_px_{i:02}"] for i in range(_DEPTH)], axis=1)
            lots = np.stack([records[f"{name}_sz_{i:02}"] for i in range(_DEPTH)], axis=1)
            lots = np.where(raw == _NO_PRICE, 0, lots.astype(np.int64))
            before = np.concatenate([self._book[at, 0][None], raw[:-1]])
            before_lots = np.concatenate([self._book[at, 1][None], lots[:-1]])
            self._book[at] = raw[-1], lots[-1]
            same = raw[:, :, None] == before[:, None, :]
            is_new = (lots > 0) & ~(same & (lots[:, :, None] == before_lots[:, None, :])).any(2)
            is_gone = (before_lots > 0) & ~(same & (lots[:, :, None] > 0)).any(1)
            record = np.broadcast_to(np.arange(n)[:, None], raw.shape)
            for where, prices, sizes in (
                (is_gone, before, np.zeros_like(lots)),
                (is_new, raw, lots),
            ):
                of = record[where]
                price, size, good = self._priced(index[of], prices[where], sizes[where])
                self.report.too_large += int((~good).sum())
                rows = build_rows(Kind.level, exchange[of], local[of], price, size, side)
                sides.append(Part(index[of[good]], rows[good]))
        part = interleave(sides)
        if len(part.rows):
            ends = np.append(part.message[1:] != part.message[:-1], True)
            part.rows["flags"][ends] |= np.uint16(Flag.last)
        return [part]


def _time(told: NDArray[Any]) -> Ints:
    times: Ints = told.astype(np.int64)
    return times


def _side(told: NDArray[Any]) -> Ints:
    letters = np.ascontiguousarray(told).view(np.uint8)
    side: Ints = (letters == ord("B")).astype(np.int64) - (letters == ord("A"))
    return side
