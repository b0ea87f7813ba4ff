"""Table: what the CSV codecs share: headers, comments, and messages that are several lines long."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from halfspread.codecs.codec import Codec, Part
from halfspread.codecs.columns import Columns, Ints, Mask, Messages
from halfspread.event import Events
from halfspread.instrument import Instrument

ALONE = -2
"""As a line's key: it is a message of its own."""
MOST_HELD = 1 << 18
"""Lines: no message has more, and what seems to be one is garbage."""


class TableCodec(Codec):
    """A codec of CSV lines, each a row of a table whose columns a header line names.

    A header may come again: files are decoded one after the other. Lines that start with # say
    nothing. Where several lines are one message, those of the last message are held back until a
    line of another comes: a batch may end in its midst.
    """

    first_columns: ClassVar[tuple[str, ...]]
    """what a header line may start with"""
    symbol_column: ClassVar[str] = "symbol"

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._names: list[str] = []
        self._held = Messages.of([], [])

    @property
    def fed(self) -> int:
        """Lines received so far, those held back included."""
        return self.seen + len(self._held.spans)

    def decode(self, messages: Messages) -> Events:
        """The rows of a batch of lines, as far as their messages are known to be whole."""
        lines = self._held.join(messages)
        headers = np.flatnonzero(self._is_header(lines))
        names = _names_in(lines, int(headers[-1])) if len(headers) else self._names
        whole = len(lines.spans) - self._unfinished(lines, names)
        self._held = lines.pick(slice(whole, None))
        return super().decode(lines.pick(slice(whole)))

    def finish(self) -> Events:
        """The rows of the lines held back."""
        held, self._held = self._held, Messages.of([], [])
        return np.concatenate([super().decode(held), super().finish()])

    def _decode(self, messages: Messages) -> list[Part]:
        headers = np.flatnonzero(self._is_header(messages)).tolist()
        n = len(messages.spans)
        text = np.frombuffer(messages.text, dtype=np.uint8)
        says = text[messages.spans[:, 0]] != ord("#") if n else np.zeros(0, dtype=bool)
        parts: list[Part] = []
        for header, end in zip([-1, *headers], [*headers, n], strict=True):
            if header >= 0:
                self._names = _names_in(messages, header)
            chosen = says.copy()
            chosen[: header + 1] = chosen[end:] = False
            if chosen.any():
                parts += self._table(messages, chosen)
        return parts

    def _table(self, messages: Messages, chosen: Mask) -> list[Part]:
        """The rows of the lines chosen, all under one header."""
        index, lines = np.flatnonzero(chosen), messages.pick(chosen)
        missing = sorted(self._needs(set(self._names)) - set(self._names))
        parts: list[Part] = []
        if missing:
            columns = Columns.csv_first(lines).numbered(index, {})
            columns.blame(columns.whole.copy(), f"no header line names {missing[0]}")
        else:
            columns = Columns.csv(lines, self._names).numbered(index, {})
            parts = self._rows(columns[columns.whole])
        self._settle(columns)
        return parts

    def _is_header(self, messages: Messages) -> Mask:
        return Columns.csv_first(messages).words("first", *self.first_columns) >= 0

    @abstractmethod
    def _needs(self, names: set[str]) -> set[str]:
        """The columns that lines under a header with `names` must have."""

    @abstractmethod
    def _rows(self, columns: Columns) -> list[Part]:
        """The rows of lines under one header, in parts."""

    def _keys(self, columns: Columns) -> list[Ints]:
        """What the lines of one message have in common, by column; one that can't be read is bad.

        An empty list: every line is a message of its own. So is a line with a key of ALONE.
        """
        return []

    def _groups(self, columns: Columns) -> Ints:
        """The message of each line, numbered; a line whose key is bad goes with the one before."""
        keys = self._keys(columns)
        readable = np.flatnonzero(columns.whole)
        new = np.full(len(readable), not keys)
        new[:1] = True
        for key in keys:
            told = key[readable]
            new[1:] |= (told[1:] != told[:-1]) | (told[1:] == ALONE)
        starts = np.zeros(len(columns), dtype=np.int64)
        starts[readable] = new
        return np.cumsum(starts)

    def _unfinished(self, lines: Messages, names: list[str]) -> int:
        """How many lines at the end may be of a message that goes on."""
        n, looked_at = len(lines.spans), 32
        while n and looked_at < 8 * MOST_HELD:
            columns = Columns.csv(lines.pick(slice(max(n - looked_at, 0), n)), names or ["?"])
            columns.whole &= self._is_ours(columns)
            keys = [key[columns.whole] for key in self._keys(columns)]
            readable = np.flatnonzero(columns.whole)
            if not keys or (len(readable) and keys[0][-1] == ALONE):
                return 0
            other = readable[np.any([key != key[-1:] for key in keys], axis=0)]
            if len(other):
                return len(columns) - 1 - int(other[-1])
            if looked_at >= n:
                return len(columns) if len(readable) else 0
            looked_at *= 8
        return 0

    def _is_ours(self, columns: Columns) -> Mask:
        named = columns.has(self.symbol_column)
        ours: Mask = ~named | (columns.words(self.symbol_column, self.instrument.symbol) == 0)
        return ours


def _names_in(messages: Messages, header: int) -> list[str]:
    return messages.message(header).decode(errors="replace").split(",")
