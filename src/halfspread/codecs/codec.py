"""Codec: what every codec is: a machine fed with batches of messages that gives EVENT rows back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread._core import merge_rows
from halfspread.codecs.columns import (
    NO_TIME,
    Columns,
    Ints,
    Mask,
    Messages,
    Name,
    Step,
    step_of,
)
from halfspread.event import EVENT, EVERYTHING, Events, Flag, Kind, Side
from halfspread.instrument import Instrument

FAULTS_KEPT = 20
WORDS = EVENT.itemsize // 8


@dataclass
class Report:
    """What a codec saw: counts, the first faults, and samples for the checks made afterwards."""

    messages: Counter[str] = field(default_factory=Counter)
    """by the venue's own names"""
    gaps: int = 0
    """breaks in the chain of book updates; the book was dropped at each"""
    duplicates: int = 0
    """book updates and trades that had come before, left out"""
    stale: int = 0
    """book updates older than the snapshot they waited for, left out"""
    old_snapshots: int = 0
    """snapshots too old to connect with the updates after them, left out"""
    trade_gaps: int = 0
    """places where trade ids skip"""
    excluded_trades: int = 0
    """trades that aren't the market's (insurance fund, block, retail), left out"""
    ours: int = 0
    """messages that name the instrument"""
    other_symbols: Counter[str] = field(default_factory=Counter)
    """messages about something else than the instrument, left out"""
    off_tick: int = 0
    """prices rounded to the tick"""
    off_lot: int = 0
    """sizes rounded to the lot"""
    too_large: int = 0
    """levels whose price or size no ticks or lots can hold, left out"""
    bad: int = 0
    """messages that couldn't be read, left out"""
    faults: list[tuple[int, str]] = field(default_factory=list)
    """the first of what a strict import refuses: the number of the message (1 is the first), why"""
    publish_delay: list[Ints] = field(default_factory=list)
    """ns from a book update's publication to its receipt, where both are told"""
    settled: int = 0
    """levels that a told book set right: the orders before it gave them another size"""
    touch_rows: list[Ints] = field(default_factory=list)
    """rows after which the venue told the best prices, and"""
    touch_prices: list[NDArray[np.int32]] = field(default_factory=list)
    """(n, 2) the bid and ask it told, ticks"""

    def fault(self, message: int, why: str) -> None:
        """Keep a fault, if it is among the first."""
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append((message, why))

    def add(self, other: Report, place: Ints) -> None:
        """Add another's counts and samples; `place` tells where its rows are in the whole."""
        for name in [f.name for f in fields(self) if f.name not in ("faults", "touch_rows")]:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.touch_rows += [place[rows] for rows in other.touch_rows]


@dataclass
class Part:
    """Rows, and the number in the batch of the message that each is from."""

    message: Ints
    rows: Events


class Codec(ABC):
    """Turns one instrument's messages into events; it does no I/O and knows no clock.

        codec = Binance(instrument)
        events = codec.decode(Messages.lines(text))         # a piece of a file
        events = codec.decode(Messages.of([message], [now]))  # what a socket received
        events = codec.finish()                             # what was held back for more

    However messages are cut into batches, the same rows come out. A message that can't be read
    is counted in `report` and left out; no message raises.
    """

    venue: ClassVar[str]
    """for the tape"""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.tick: Step = step_of(instrument.tick)
        self.lot: Step = step_of(instrument.lot)
        self.report = Report()
        self.seen = 0
        """messages decoded so far"""
        self.told = 0
        """rows given back so far"""

    @property
    def fed(self) -> int:
        """Messages received so far, those held back included."""
        return self.seen

    def decode(self, messages: Messages) -> Events:
        """The rows of a batch of messages, in their order."""
        rows = interleave(self._decode(messages)).rows
        self.seen += len(messages.spans)
        self.told += len(rows)
        return rows

    def finish(self) -> Events:
        """The rows that were held back for messages that now won't come."""
        rows = interleave(self._finish()).rows
        self.told += len(rows)
        return rows

    @abstractmethod
    def _decode(self, messages: Messages) -> list[Part]:
        """The rows, in parts, each ordered by message; of one message, earlier parts come first."""

    def _finish(self) -> list[Part]:
        return []

    def _settle(self, columns: Columns) -> None:
        """Count the bad messages of a batch."""
        for i, why in sorted(columns.why.items()):
            self.report.bad += 1
            self.report.fault(self.seen + i + 1, why)

    def _note(self, columns: Columns, faults: Ints) -> None:
        """Count what is in `LevelRows.faults` of the messages that are not bad."""
        faults = np.where(columns.whole[:, None], faults, 0)
        off_tick, off_lot, too_large = faults.sum(axis=0).tolist()
        self.report.off_tick += off_tick
        self.report.off_lot += off_lot
        self.report.too_large += too_large
        for i in np.flatnonzero(faults.any(axis=1))[:FAULTS_KEPT].tolist():
            words = ("prices off tick", "sizes off lot", "levels too large")
            found = zip(faults[i].tolist(), words, strict=True)
            why = ", ".join(f"{count} {word}" for count, word in found if count)
            self.report.fault(self.seen + int(columns.index[i]) + 1, why)

    def _ours(self, columns: Columns, name: Name) -> Mask:
        """Which messages are about the instrument; one that names no symbol is."""
        ours: Mask = columns.words(name, self.instrument.symbol) == 0
        self.report.ours += int(ours.sum())
        for i in np.flatnonzero(~ours).tolist():
            symbol = columns.piece(name, i)
            ours[i] = not symbol
            if symbol:
                self.report.other_symbols[symbol.decode(errors="replace")] += 1
        return ours

    def _price_and_size(self, columns: Columns, price: str, size: str | None) -> tuple[Ints, Ints]:
        """One price and size a message, in ticks and lots; without a size it is 0."""
        prices, off_tick = columns.decimals(price, self.tick)
        columns.blame((prices <= -(2**31)) | (prices >= 2**31 - 1), f"{price} is too large")
        sizes: Ints = np.zeros(len(columns), dtype=np.int64)
        off_lot: Mask = np.zeros(len(columns), dtype=bool)
        if size is not None:
            sizes, off_lot = columns.decimals(size, self.lot)
            columns.blame(sizes < 0, f"{size} is negative")
        faults = np.stack([off_tick, off_lot, np.zeros_like(off_tick)], axis=1)
        self._note(columns, faults.astype(np.int64))
        return prices, sizes

    def _trades(
        self, columns: Columns, price: str, size: str, exchange: Ints, local: Ints, side: ArrayLike
    ) -> Part:
        """One row a trade; those that can't be read or have no size are bad."""
        prices, sizes = self._price_and_size(columns, price, size)
        columns.blame(sizes == 0, f"{size} is zero")
        rows = build_rows(Kind.trade, exchange, local, prices, sizes, side, Flag.both | Flag.last)
        return Part(columns.index[columns.whole], rows[columns.whole])


class RecentIds:
    """Tells a trade that has come before, among the last `KEPT`: ids that are no sequence."""

    KEPT = 10_000

    def __init__(self) -> None:
        self._ids: dict[bytes, None] = {}

    def new(self, ids: Sequence[bytes]) -> Mask:
        """Which ids haven't come before; an empty one never has."""
        new = np.ones(len(ids), dtype=bool)
        for i, one in enumerate(ids):
            if one in self._ids:
                new[i] = False
            elif one:
                self._ids[one] = None
                if len(self._ids) > self.KEPT:
                    del self._ids[next(iter(self._ids))]
        return new


def interleave(parts: Sequence[Part]) -> Part:
    """All parts as one, by message; of one message, in the order of the parts."""
    parts = [part for part in parts if len(part.rows)]
    if not parts:
        return Part(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=EVENT))
    message, rows = parts[0].message, as_bytes(parts[0].rows)
    for part in parts[1:]:
        message, rows = merge_rows(message, rows, part.message, as_bytes(part.rows))
    return Part(message, rows.view(EVENT)[:, 0])


def as_bytes(events: Events) -> NDArray[np.uint8]:
    """The same memory as (n, 48) bytes, as the core takes rows."""
    return np.ascontiguousarray(events).view(np.uint8).reshape(len(events), EVENT.itemsize)


def take_rows(rows: Events, order: NDArray[np.intp]) -> Events:
    """`rows[order]`, several times as fast: whole words are moved, not fields."""
    return _as_words(rows).take(order, axis=0).view(EVENT)[:, 0]


def join_rows(pieces: Sequence[Events]) -> Events:
    """`np.concatenate(pieces)`, several times as fast, as `take_rows` is; no piece gives no row."""
    words = [np.zeros((0, WORDS), dtype=np.int64), *map(_as_words, pieces)]
    return np.concatenate(words).view(EVENT)[:, 0]


def _as_words(rows: Events) -> Ints:
    words: Ints = np.ascontiguousarray(rows).view(np.int64).reshape(len(rows), WORDS)
    return words


def build_rows(
    kind: ArrayLike,
    exchange: Ints,
    local: Ints,
    price: ArrayLike,
    size: ArrayLike,
    side: ArrayLike,
    flags: ArrayLike = Flag.both,
) -> Events:
    """Rows by column; where the receive time is NO_TIME it is taken to be the exchange time."""
    rows = np.zeros(len(exchange), dtype=EVENT)
    rows["exchange_time"] = exchange
    rows["local_time"] = np.where(local == NO_TIME, exchange, local)
    rows["size"] = size
    rows["price"] = price
    rows["flags"] = flags
    rows["kind"] = kind
    rows["side"] = side
    return rows


def clear_row(exchange: int, local: int, flags: int) -> Events:
    """One row: both sides of the book are gone."""
    happened, heard = np.array([exchange]), np.array([local])
    return build_rows(Kind.clear, happened, heard, EVERYTHING, 0, Side.none, Flag.both | flags)


def new_ids(ids: Ints, last: int) -> tuple[Mask, int, int]:
    """Which ids are above all before them; how many were skipped over; the highest so far.

    `last` is the highest id before these, 0 at the start.
    """
    if not len(ids):
        return np.zeros(0, dtype=bool), 0, last
    before = np.maximum.accumulate(np.concatenate([np.array([last], dtype=np.int64), ids]))
    new = ids > before[:-1]
    skips = new & (ids > before[:-1] + 1) & (before[:-1] > 0)
    return new, int(skips.sum()), int(before[-1])
