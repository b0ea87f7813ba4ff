"""Importing: files in, events and a data check out: what lies between a path and a codec."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import numpy as np

from halfspread.codecs import files
from halfspread.codecs.binance import Binance
from halfspread.codecs.binance_csv import BinanceCsv
from halfspread.codecs.binance_snapshots import events_from_snapshots
from halfspread.codecs.bitstamp import Bitstamp
from halfspread.codecs.bybit import Bybit, BybitTrades
from halfspread.codecs.bybit_old import BybitOld
from halfspread.codecs.check import Check, data_check
from halfspread.codecs.codec import Codec, Report, join_rows, take_rows
from halfspread.codecs.coinbase import Coinbase
from halfspread.codecs.hftbacktest import events_from_rows, load_rows
from halfspread.codecs.order_files import decode_databento, decode_lobster
from halfspread.codecs.streams import Progress, Reading, Source, Stream, batches, faults_of
from halfspread.codecs.tardis import Tardis
from halfspread.errors import CodecError, ConfigError
from halfspread.event import Events, Kind, order_rows
from halfspread.instrument import Instrument

StrPath: TypeAlias = str | os.PathLike[str]

_STAMP = rb"(?:\d[\d.]{9,18}:? )?"
_SIGNS = (  # a format and how its content starts
    ("hftbacktest", rb"\x93NUMPY"),
    ("binance_snapshots", rb"PAR1"),
    ("tardis", rb"exchange,symbol,timestamp,local_timestamp,"),
    ("databento", rb"DBN[\x01-\x0f]"),
    ("bitstamp", rb"\d{13} (?:order_(?:created|changed|deleted|book)|trade) \{"),
    ("lobster", rb"[\d.]+,[1-7](?:,\d+){2},-?\d+,-?1\s|-?\d+(?:,-?\d+){3}(?:(?:,-?\d+){4})*\s"),
    ("coinbase", rb"_id,asks,bids,changes,"),
    ("binance_csv", rb"(?:#[^\n]*\n)*TimestampOfReceive"),
    ("bybit_trades", rb"(?:timestamp,symbol,side,size,price|id,timestamp,price,volume,side)"),
    ("bybit_v2", rb"wss://stream\.bybit|" + _STAMP + rb'\{"topic":"(?:orderBookL2|trade\.)'),
    ("bybit", _STAMP + rb'\{\s*"(?:topic|success|req_id|op|ret_msg|ts|type)"'),
    ("binance", rb"\[?\s*" + _STAMP + rb'\{\s*"(?:stream|[eE]|lastUpdateId|result|id|data)"'),
)
FORMATS = tuple(name for name, _ in _SIGNS)

_TRADES_ONLY = re.compile(rb'\[\s*\{[^{}\[\]]*"e"\s*:\s*"(?:aggT|t)rade"')
_HAS_SNAPSHOT = re.compile(rb'"lastUpdateId"|,(?:FINAL_)?DEPTH_SNAPSHOT,')


def detect(path: StrPath) -> str:
    """The format of a file, told from its content: one of FORMATS.

    Errors:
        CodecError: it can't be read, or looks like none of them.
    """
    return _look(Path(path), None).format


def import_files(
    format: str | None,
    paths: StrPath | Sequence[StrPath],
    instrument: Instrument,
    *,
    progress: Progress | None = None,
    strict: bool = False,
) -> tuple[Events, Check]:
    """Events of the files, in an order that serves both clocks, and what a data check found.

    Files of one kind are read one after the other, as a recording cut in parts: give them in the
    order of time. Files of different kinds (a book's and a trades' file) are merged by receive
    time. What can't be read is left out and counted; what came before it, and after, is kept.

    Args:
        format: one of FORMATS, or None to tell it from each file's content.
        paths: the files: plain, gzip, xz, zstd, bzip2 or zip.
        instrument: its symbol chooses among the messages, its tick and lot make the integers.
        progress: called with the bytes read so far, and in all.
        strict: refuse data with a fault: bad messages, gaps, crossed books, prices off tick ...

    Errors:
        ConfigError: an unknown format, no path.
        CodecError: nothing could be read, or all that names a symbol names another; or strict, and
            something is wrong.
    """
    if format is not None and format not in FORMATS:
        raise ConfigError(f"format must be one of {', '.join(FORMATS)}, was {format!r}")
    several = [paths] if isinstance(paths, str | os.PathLike) else paths
    found = [Path(path) for path in several]
    if not found:
        raise ConfigError("paths is empty")
    sources = [_look(path, format) for path in found]
    counter = Reading(found, progress)
    by_stream: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        by_stream.setdefault((source.format, source.stream), []).append(source)
    streams = [_decode(group, instrument, counter) for group in by_stream.values()]
    events, report = _merge(streams)
    faults = tuple(fault for stream in streams for fault in stream.faults)
    if not len(events) or (report.other_symbols and not report.ours):
        raise CodecError(found[0], _why_empty(instrument, report, faults) + _hint(found[0], format))
    check = data_check(
        events,
        report,
        instrument,
        venue=streams[0].venue,
        sources=[{"name": path.name, "sha256": files.sha256(path)} for path in found],
        faults=faults,
    )
    if strict and check.complaints:
        place = faults[0] if faults else (found[0], None, "")
        raise CodecError(place[0], "; ".join([*check.complaints, place[2]]), place[1])
    return order_rows(events), check


def _look(path: Path, format: str | None) -> Source:
    if _is_npz(path):
        return Source(path, "hftbacktest", "", b"")
    head = files.head(path)
    for name, sign in _SIGNS:
        if re.match(sign, head) and format in (None, name):
            return Source(path, name, _stream_of(name, head), head)
    if format is None:
        raise CodecError(path, f"looks like none of {', '.join(FORMATS)}")
    return Source(path, format, "", head)


def _is_npz(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _stream_of(format: str, head: bytes) -> str:
    """Which of a format's kinds of file this is; those that come together are of one stream."""
    header = next((line for line in head.split(b"\n") if not line.startswith(b"#")), b"")
    if format == "tardis":
        kinds = ((b"is_snapshot", "book"), (b"bid_price", "quotes"))
        return next((kind for word, kind in kinds if word in header), "trades")
    if format == "binance_csv":
        return "trades" if b"TradeId" in header and b"StreamType" not in header else "book"
    if format == "binance":
        return "trades" if _TRADES_ONLY.match(head) else "book"
    if format == "binance_snapshots":
        return "trades" if b"bids_px" not in head else "book"
    return ""


def _codec(format: str, instrument: Instrument, sources: Sequence[Source]) -> Codec:
    if format in ("binance", "binance_csv"):
        awaits = any(_HAS_SNAPSHOT.search(source.head) for source in sources)
        return (Binance if format == "binance" else BinanceCsv)(instrument, awaits)
    codecs: dict[str, type[Codec]] = {
        "bitstamp": Bitstamp,
        "bybit": Bybit,
        "bybit_trades": BybitTrades,
        "bybit_v2": BybitOld,
        "coinbase": Coinbase,
        "tardis": Tardis,
    }
    return codecs[format](instrument)


def _decode(sources: list[Source], instrument: Instrument, progress: Reading) -> Stream:
    """The events of the files of one stream."""
    format = sources[0].format
    if format in ("hftbacktest", "binance_snapshots"):
        return _decode_arrays(sources, instrument, progress)
    if format in ("lobster", "databento"):
        decode = decode_lobster if format == "lobster" else decode_databento
        return _received(decode(sources, instrument, progress))
    codec = _codec(format, instrument, sources)
    stream = Stream(codec.venue, report=codec.report)
    pieces: list[Events] = []
    # A snapshot in a file of its own has no time: the diffs wait for it.
    alone = re.compile(rb'\{\s*"lastUpdateId"')
    ordered = sorted(sources, key=lambda source: not alone.match(source.head))
    for source in ordered:
        with faults_of(stream, codec, source.path):
            try:
                for messages, place in files.ahead(batches(source)):
                    pieces.append(codec.decode(messages))
                    progress.at(place)
            finally:
                if source is ordered[-1]:
                    pieces.append(codec.finish())
        progress.finished(source.path)
    stream.events = join_rows(pieces)
    return _received(stream)


def _received(stream: Stream) -> Stream:
    """The stream with receive times, made up if it tells none.

    Then the codecs have set them to the exchange's; here each becomes the earliest that leaves the
    file's order that of arrival. Trades that a file lists from the last to the first are turned.
    """
    events = stream.events
    times, local = events["exchange_time"], events["local_time"]
    if not len(times) or times[0] != local[0] or not np.array_equal(times, local):
        return stream
    if times[0] > times[-1] and np.all(events["kind"] == Kind.trade):
        events = events[::-1].copy()
    events["local_time"] = np.maximum.accumulate(events["exchange_time"])
    stream.events = events
    return stream


def _decode_arrays(sources: list[Source], instrument: Instrument, progress: Reading) -> Stream:
    """The events of files that hold tables of numbers and no messages."""
    venue = "binance" if sources[0].format == "binance_snapshots" else ""
    stream = Stream(venue)
    pieces = []
    for source in sources:
        stream.report.faults.clear()
        if source.format == "hftbacktest":
            rows = load_rows(source.path)
            pieces.append(events_from_rows(rows, instrument, stream.report))
        else:
            pieces.append(events_from_snapshots(source.path, instrument, stream.report))
        stream.faults += [(source.path.name, *fault) for fault in stream.report.faults]
        progress.finished(source.path)
    stream.events = join_rows(pieces)
    return stream


def _merge(streams: list[Stream]) -> tuple[Events, Report]:
    """All streams as one, by receive time; messages stay whole, and each stream in its order."""
    report = Report()
    if len(streams) == 1:
        return streams[0].events, streams[0].report
    times = [np.maximum.accumulate(stream.events["local_time"]) for stream in streams]
    order = np.argsort(np.concatenate(times), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    start = 0
    for stream in streams:
        report.add(stream.report, place[start : start + len(stream.events)])
        start += len(stream.events)
    return take_rows(join_rows([stream.events for stream in streams]), order), report


def _why_empty(
    instrument: Instrument, report: Report, faults: Sequence[tuple[str, int, str]]
) -> str:
    if report.other_symbols:
        others = ", ".join(symbol for symbol, _ in report.other_symbols.most_common(5))
        return f"nothing about {instrument.symbol}; there is {others}"
    if faults:
        source, message, why = faults[0]
        return f"nothing could be read; first, in {source}, message {message}: {why}"
    return "there is no event in it"


def _hint(path: Path, format: str | None) -> str:
    """What a file that was given another format looks like."""
    if format is None:
        return ""
    with suppress(CodecError):
        if (seems := detect(path)) != format:
            return f"; it looks like {seems}"
    return ""
