"""Order files: what lies between LOBSTER's pairs of files, or DBN files, and their codecs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from halfspread.codecs import files
from halfspread.codecs.codec import join_rows
from halfspread.codecs.columns import Messages
from halfspread.codecs.databento import Databento
from halfspread.codecs.dbn import Header, cut
from halfspread.codecs.lobster import Lobster
from halfspread.codecs.streams import Reading, Source, Stream, batches, faults_of
from halfspread.errors import CodecError
from halfspread.event import Events
from halfspread.instrument import Instrument

NASDAQ = ZoneInfo("America/New_York")
_DATE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_MESSAGE = re.compile(rb"[\d.]+,[1-7],\d+,\d+,-?\d+,-?1\s")


def decode_lobster(sources: list[Source], instrument: Instrument, reading: Reading) -> Stream:
    """The events of message files, each with its book file where that is among the sources.

    Files of one date are one day's, in parts; another date starts anew.

    Errors:
        CodecError: a book file has no message file, or a name holds no date.
    """
    stream = Stream(Lobster.venue)
    pieces: list[Events] = []
    codec: Lobster | None = None
    day = None
    for source, book in _pairs(sources):
        date = _date_of(source.path)
        if codec is None or date != day:
            fresh = Lobster(instrument, _midnight(date), starts_anew=codec is not None)
            fresh.report, fresh.told = stream.report, sum(map(len, pieces))
            codec, day = fresh, date
        with faults_of(stream, codec, source.path):
            for messages, books in _in_step(source, book, reading):
                pieces.append(codec.decode(messages, books))
        reading.finished(source.path)
        if book is not None:
            reading.finished(book.path)
    stream.events = join_rows(pieces)
    return stream


def decode_databento(sources: list[Source], instrument: Instrument, reading: Reading) -> Stream:
    """The events of DBN files of one schema, one after the other.

    Errors:
        CodecError: a header can't be read, or names another schema than the first file's.
        ConfigError: databento-dbn isn't installed.
    """
    stream = Stream(Databento.venue)
    pieces: list[Events] = []
    codec: Databento | None = None
    for source in sources:
        try:
            header = Header.of(source.head)
        except ValueError as error:
            raise CodecError(source.path, str(error)) from None
        if codec is None:
            codec = Databento(instrument, header)
            codec.report = stream.report
        elif header.schema != codec.header.schema:
            why = f"its schema is {header.schema}, and {codec.header.schema} in {sources[0].path}"
            raise CodecError(source.path, why)
        codec.go_on(header)
        with faults_of(stream, codec, source.path):
            try:
                for messages, place in files.ahead(_records(source, header.length)):
                    pieces.append(codec.decode(messages))
                    reading.at(place)
            finally:
                pieces.append(codec.finish())
        reading.finished(source.path)
    stream.events = join_rows(pieces)
    return stream


def _pairs(sources: list[Source]) -> list[tuple[Source, Source | None]]:
    """Message files in their order, each with the book file of the same name, or of its turn."""
    messages = [source for source in sources if _MESSAGE.match(source.head)]
    books = [source for source in sources if source not in messages]
    by_name = {source.path.name.replace("_orderbook_", "_message_"): source for source in books}
    pairs: list[tuple[Source, Source | None]] = []
    for source in messages:
        book = by_name.get(source.path.name)
        if book is None and len(books) == len(messages):
            book = books[len(pairs)]
        pairs.append((source, book))
    used = [book for _, book in pairs if book is not None]
    for source in books:
        if source not in used:
            why = "is a book file, whose message file is not among the files"
            raise CodecError(source.path, why)
    return pairs


def _date_of(path: Path) -> datetime:
    for found in _DATE.findall(path.name):
        with suppress(ValueError):
            return datetime.fromisoformat(found)
    why = "its name holds no date, as in AMZN_2012-06-21_34200000_57600000_message_10.csv"
    raise CodecError(path, why)


def _midnight(date: datetime) -> int:
    """The ns since 1970 UTC from which the seconds of a NASDAQ day count: 9:30 is 34,200."""
    opening = date.replace(hour=9, minute=30, tzinfo=NASDAQ)
    return (int(opening.timestamp()) - 34_200) * 10**9


def _in_step(
    source: Source, book: Source | None, reading: Reading
) -> Iterator[tuple[Messages, Messages | None]]:
    """The lines of a message file with as many of its book file."""
    if book is None:
        for messages, place in files.ahead(batches(source)):
            yield messages, None
            reading.at(place)
        return
    books = files.ahead(batches(book))
    held = Messages.of([], [])
    for messages, place in files.ahead(batches(source)):
        start, n = 0, len(messages.spans)
        while start < n:
            if not len(held.spans):
                held = next(books, (Messages.of([], []), 0))[0]
            if not len(held.spans):
                why = "ends before its message file does"
                raise CodecError(book.path, why)
            both = min(n - start, len(held.spans))
            yield messages.pick(slice(start, start + both)), held.pick(slice(both))
            start, held = start + both, held.pick(slice(both, None))
        reading.at(place)
    if len(held.spans) or any(len(more.spans) for more, _ in books):
        raise CodecError(book.path, "has more lines than its message file")


def _records(source: Source, header: int) -> Iterator[tuple[Messages, int]]:
    """The records of a DBN file, and how far it is read."""
    rest, skip, place = b"", header, 0
    for piece, place in files.pieces(source.path):
        text = rest + piece
        if len(text) <= skip:
            rest = text
            continue
        messages, used = cut(text[skip:])
        if len(messages.spans):
            yield messages, place
        rest, skip = text[skip + used :], 0
    if len(rest) > skip:
        left = len(rest) - skip
        raise CodecError(source.path, f"ends within a record: {left} bytes are left over")
