"""Streams: the files of one stream of messages, what was decoded of them, how far reading came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from halfspread.codecs import files
from halfspread.codecs.codec import Codec, Report
from halfspread.codecs.columns import Messages
from halfspread.errors import CodecError
from halfspread.event import EVENT, Events

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the bytes of the files read so far, and in all."""

LONGEST = 1 << 30
"""Bytes of one line, or of one JSON array."""


@dataclass
class Source:
    """A file, and what it looks like inside."""

    path: Path
    format: str
    stream: str
    """files of one format and stream follow one another; different streams are merged by time"""
    head: bytes


@dataclass
class Stream:
    """What was decoded from the files of one stream."""

    venue: str = ""
    events: Events = field(default_factory=lambda: np.zeros(0, dtype=EVENT))
    report: Report = field(default_factory=Report)
    faults: list[tuple[str, int, str]] = field(default_factory=list)


class Reading:
    """Adds up what has been read of several files."""

    def __init__(self, paths: Sequence[Path], tell: Progress | None) -> None:
        self._total = sum(path.stat().st_size for path in paths)
        self._done = 0
        self._tell = tell

    def at(self, place: int) -> None:
        """Reading has come to this byte of a file."""
        if self._tell is not None:
            self._tell(self._done + place, self._total)

    def finished(self, path: Path) -> None:
        """A file is read."""
        self._done += path.stat().st_size
        self.at(0)


def batches(source: Source) -> Iterator[tuple[Messages, int]]:
    """The messages of a file, lines or the elements of one JSON array, and how far it is read."""
    is_array = source.head.lstrip().startswith(b"[")
    rest: list[bytes | memoryview] = []
    size = place = 0
    for piece, place in files.pieces(source.path):
        end = 0 if is_array else piece.rfind(b"\n") + 1
        if end:
            yield Messages.lines(b"".join((*rest, memoryview(piece)[:end]))), place
            rest, size = [], 0
        rest.append(piece[end:])
        size += len(piece) - end
        if size > LONGEST:
            raise CodecError(source.path, f"a message is longer than {LONGEST} bytes")
    text = b"".join(rest)
    messages = Messages.items(text) if is_array else Messages.lines(text)
    if messages is None:
        raise CodecError(source.path, "is not a whole JSON array")
    yield messages, place


@contextmanager
def faults_of(stream: Stream, codec: Codec, path: Path) -> Iterator[None]:
    """While a file is decoded: its faults go to the stream under its name and its own numbers.

    A file that can't be read on ends there; what came before is kept.
    """
    codec.report.faults.clear()
    before = codec.fed
    broken: list[tuple[str, int, str]] = []
    try:
        yield
    except CodecError as error:
        codec.report.bad += 1
        broken.append((Path(error.source).name, codec.fed - before + 1, error.why))
    faults = [(path.name, number - before, why) for number, why in sorted(codec.report.faults)]
    stream.faults += faults + broken
