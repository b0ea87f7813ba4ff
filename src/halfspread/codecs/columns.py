"""Columns: batches of messages in, arrays of integers out; no Python loop per message or level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from halfspread._core import (
    csv_fields,
    json_fields,
    json_items,
    read_decimals,
    read_levels,
    read_times,
    read_words,
    split_lines,
)
from halfspread.errors import ConfigError
from halfspread.event import EVENT, Events

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Spans: TypeAlias = NDArray[np.int32]
Name: TypeAlias = str | tuple[str, ...]
"""A field, or several of which a message has one."""
Step: TypeAlias = tuple[int, int]
"""(numerator, decimals): numerator / 10^decimals."""

NO_TIME = -1
"""As a local_time: the source doesn't say when it received the message."""

ONE: Step = (1, 0)
_EXACT, _OFF_STEP, _MALFORMED, _OVERFLOW = range(4)
_WHY = {_MALFORMED: "is missing or no number", _OVERFLOW: "is too large"}


def step_of(value: Decimal) -> Step:
    """The step as integers, which is how the core wants it: 0.25 is (25, 2), 10 is (10, 0).

    Errors:
        ConfigError: it needs more than 18 decimals or is above 10^18.
    """
    _, digits, exponent = value.normalize().as_tuple()
    if not isinstance(exponent, int) or not -18 <= exponent <= 18 - len(digits):
        raise ConfigError(f"a tick or lot must be within 10^-18 and 10^18, was {value}")
    mantissa = int("".join(map(str, digits)))
    return mantissa * 10 ** max(exponent, 0), max(-exponent, 0)


def _text(name: Name) -> str:
    return name if isinstance(name, str) else " or ".join(name)


class Messages(NamedTuple):
    """A batch of messages: where each lies in a text, and when each was received."""

    text: bytes
    spans: Spans
    """(n, 2): begin and end"""
    local_time: Ints
    """ns since 1970 UTC, or NO_TIME"""

    @classmethod
    def lines(cls, text: bytes) -> Messages:
        """The lines that aren't empty, behind the receive time that may stand in front of each."""
        return cls(text, *split_lines(text))

    @classmethod
    def items(cls, text: bytes) -> Messages | None:
        """The elements of one JSON array, or None where `text` isn't one."""
        spans, _, whole = json_items(text, np.array([[0, len(text)]], dtype=np.int32))
        return cls(text, spans, np.full(len(spans), NO_TIME)) if whole[0] else None

    @classmethod
    def of(cls, messages: Sequence[bytes], local_times: Sequence[int]) -> Messages:
        """What a socket received: each message and when."""
        lengths = np.array([len(message) for message in messages], dtype=np.int32)
        ends = np.cumsum(lengths, dtype=np.int32)
        spans = np.stack([ends - lengths, ends], axis=1)
        return cls(b"".join(messages), spans, np.asarray(local_times, dtype=np.int64))

    def pick(self, chosen: Mask | slice) -> Messages:
        """The messages chosen, of the same text."""
        return Messages(self.text, self.spans[chosen], self.local_time[chosen])

    def join(self, later: Messages) -> Messages:
        """These and `later` ones as one batch."""
        if not len(self.spans):
            return later
        begin = int(self.spans[0, 0])
        text = self.text[begin : int(self.spans[-1, 1])]
        spans = np.concatenate([self.spans - np.int32(begin), later.spans + np.int32(len(text))])
        times = np.concatenate([self.local_time, later.local_time])
        return Messages(text + later.text, spans, times)

    def message(self, i: int) -> bytes:
        """The text of message `i`."""
        begin, end = self.spans[i]
        return self.text[begin:end]


@dataclass
class LevelRows:
    """The levels of several messages as rows, message by message."""

    rows: Events
    counts: Ints
    """rows of each message"""
    faults: Ints
    """(n, 3) of each message: prices and sizes rounded, levels left out as too large to hold"""

    def __getitem__(self, chosen: Mask) -> LevelRows:
        """Those of the messages chosen."""
        if chosen.all():
            return self
        rows = self.rows[np.repeat(chosen, self.counts)]
        return LevelRows(rows, self.counts[chosen], self.faults[chosen])


@dataclass
class Columns:
    """Named values of a batch of messages, each read when asked for.

    A value that can't be read as what was asked for makes its message bad: `whole` turns False
    there and `why` says what was wrong. What a bad message gives is meaningless: leave it out.
    """

    text: bytes
    names: Mapping[str, int]
    table: Spans
    """(rows, names, 2)"""
    row: Ints
    """the row of the table of each message here"""
    index: Ints
    """the number in the batch of each message here"""
    whole: Mask
    why: dict[int, str] = field(default_factory=dict)
    """by number in the batch; shared with the columns this was chosen from"""

    @classmethod
    def json(cls, messages: Messages, names: Sequence[str], inside: str = "data") -> Columns:
        """Fields of JSON objects; those of an object called `inside` count as the message's own."""
        spans, whole = json_fields(messages.text, messages.spans, list(names), inside)
        return cls._of(messages, spans, whole, names, "is not a whole JSON object")

    @classmethod
    def csv(cls, messages: Messages, names: Sequence[str]) -> Columns:
        """Columns of CSV lines, which must have exactly `names`."""
        spans, whole = csv_fields(messages.text, messages.spans, len(names))
        return cls._of(messages, spans, whole, names, f"does not have {len(names)} columns")

    @classmethod
    def csv_first(cls, messages: Messages) -> Columns:
        """The first column of CSV lines, called `first`."""
        spans, _ = csv_fields(messages.text, messages.spans, 1)
        return cls._of(messages, spans, np.ones(len(spans), dtype=np.uint8), ["first"], "")

    @classmethod
    def _of(
        cls,
        messages: Messages,
        table: Spans,
        whole: NDArray[np.uint8],
        names: Sequence[str],
        why: str,
    ) -> Columns:
        places = {name: i for i, name in enumerate(names)}
        n = len(table)
        row = np.arange(n)
        columns = cls(messages.text, places, table, row, row, np.ones(n, dtype=bool))
        columns.blame(whole == 0, why)
        return columns

    def numbered(self, index: Ints, why: dict[int, str]) -> Columns:
        """These messages under other numbers, which may repeat, their faults kept with others'."""
        for i in np.flatnonzero(~self.whole).tolist():
            why.setdefault(int(index[i]), self.why[int(self.index[i])])
        return replace(self, index=index, why=why)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, chosen: Mask) -> Columns:
        """The messages chosen."""
        if chosen.all():
            return self
        row, index, whole = self.row[chosen], self.index[chosen], self.whole[chosen]
        return replace(self, row=row, index=index, whole=whole)

    def spans(self, name: Name) -> Spans:
        """Where the values lie, -1 where absent; of several names, the first that a message has."""
        if isinstance(name, str):
            place = self.names.get(name)
            if place is None:
                return np.full((len(self), 2), -1, dtype=np.int32)
            # A pair of 32-bit numbers is moved as one of 64.
            pairs = self.table.view(np.int64)[:, place, 0]
            return pairs[self.row].view(np.int32).reshape(-1, 2)
        spans = self.spans(name[0])
        for other in name[1:]:
            absent = spans[:, 0] < 0
            if absent.any():
                spans[absent] = self.spans(other)[absent]
        return spans

    def blame(self, bad: Mask, why: str) -> None:
        """Note that messages are bad, and why."""
        if bad.any():
            self.whole &= ~bad
            for i in self.index[bad].tolist():
                self.why.setdefault(i, why)

    def has(self, name: str) -> Mask:
        """Which messages have the field."""
        return self.spans(name)[:, 0] >= 0

    def piece(self, name: Name, i: int) -> bytes:
        """The text of message i's value, empty where it is absent."""
        for one in (name,) if isinstance(name, str) else name:
            if one in self.names:
                begin, end = self.table[self.row[i], self.names[one]]
                if begin >= 0:
                    return self.text[begin:end]
        return b""

    def words(self, name: Name, *words: str) -> NDArray[np.int8]:
        """The place in `words` of each value, -1 where it is absent or another word."""
        places: NDArray[np.int8] = read_words(self.text, self.spans(name), list(words))
        return places

    def decimals(self, name: Name, step: Step) -> tuple[Ints, Mask]:
        """Each value in steps, and where it had to be rounded."""
        values, readings = read_decimals(self.text, self.spans(name), *step)
        for reading in _WHY if readings.any() else ():
            self.blame(readings == reading, f"{_text(name)} {_WHY[reading]}")
        return values, readings == _OFF_STEP

    def integers(self, name: Name) -> Ints:
        """Each value, which must be a whole number."""
        values, rounded = self.decimals(name, ONE)
        self.blame(rounded, f"{_text(name)} is not a whole number")
        return values

    def times(self, name: Name, missing: int | None = None) -> Ints:
        """Each value as ns since 1970: ISO 8601 in UTC, or a Unix time of any unit.

        `missing` stands where there is none; without it that makes a message bad.
        """
        spans = self.spans(name)
        times: Ints = read_times(self.text, spans)
        wrong = times < 0
        if missing is not None:
            absent = spans[:, 0] < 0
            times[absent] = missing
            wrong &= ~absent
        self.blame(wrong, f"{_text(name)} is missing or no time")
        return times

    def levels(
        self,
        names: Sequence[str],
        sides: Sequence[int],
        steps: tuple[Step, Step],
        exchange: Ints,
        local: Ints,
    ) -> LevelRows:
        """One row for each [price, size] in the arrays `names`, in that order.

        The last of a message is flagged `last`; a local time of NO_TIME becomes the exchange time.

        Args:
            names: the arrays each message has.
            sides: the side of each; Side.none: its levels say theirs themselves.
            steps: the tick and the lot.
            exchange, local: the times of each message.
        """
        k = len(names)
        spans = np.stack([self.spans(name) for name in names], axis=1).reshape(-1, 2)
        local = np.where(local == NO_TIME, exchange, local)
        rows, counts, faults, whole = read_levels(
            self.text, spans, [int(side) for side in sides], *steps, exchange, local
        )
        for i, name in enumerate(names if not whole.all() else ()):
            self.blame(whole.reshape(-1, k)[:, i] == 0, f"{name} is no array of [price, size]")
        return LevelRows(rows.view(EVENT)[:, 0], counts, faults)

    def items(self, name: Name, names: Sequence[str]) -> tuple[Columns, Ints]:
        """The objects in the JSON arrays `name`, and the place here of the message of each."""
        spans, owner, whole = json_items(self.text, self.spans(name))
        self.blame(whole == 0, f"{_text(name)} is no array")
        batch = Messages(self.text, spans, np.full(len(spans), NO_TIME))
        place = owner.astype(np.int64)
        return Columns.json(batch, names).numbered(self.index[place], self.why), place

    def pieces(self, name: str) -> list[bytes]:
        """The text of every value."""
        return [self.text[begin:end] for begin, end in self.spans(name).tolist()]
