"""Every error that halfspread raises on purpose, in one tree: catch it broadly or narrowly."""

from __future__ import annotations


class HalfspreadError(Exception):
    """The root of the tree."""


class ConfigError(HalfspreadError, ValueError):
    """A caller's mistake: the message names the parameter and the value it had."""


class TapeError(HalfspreadError):
    """A file that is not a whole, current tape: says which file, which row (if one) and why."""

    def __init__(self, path: object, why: str, row: int | None = None) -> None:
        self.path, self.why, self.row = str(path), why, row
        place = self.path if row is None else f"{self.path}, row {row}"
        super().__init__(f"{place}: {why}")


class CodecError(HalfspreadError):
    """A venue's message that can't be read: says which source, which message and why."""

    def __init__(self, source: object, why: str, message: int | None = None) -> None:
        self.source, self.why, self.message = str(source), why, message
        place = self.source if message is None else f"{self.source}, message {message}"
        super().__init__(f"{place}: {why}")
