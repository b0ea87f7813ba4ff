"""Files to events: packed in any way, cut in parts, damaged, of several kinds, or of none."""

import bz2
import gzip
import hashlib
import json
import lzma
import zipfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import venue_scripts
from halfspread.codecs import FORMATS, detect, import_files
from halfspread.errors import CodecError, ConfigError
from halfspread.event import Flag, Kind
from halfspread.instrument import Instrument
from halfspread.tape import open_tape, write_tape
from venue_scripts import INSTRUMENT, SCRIPT, VENUES, rows_of

TEXT = VENUES["binance"].text()
ROWS = VENUES["binance"].rows


def zstd(data):
    """One frame, written in a stream: its head doesn't tell its size."""
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(data)
    return packed.getvalue().to_pybytes()


def assert_imported(path, rows=ROWS, format=None, **options):
    events, check = import_files(format, path, INSTRUMENT, **options)
    assert events.tolist() == rows.tolist()
    return check


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress, zstd])
def test_any_packing(pack, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(pack(TEXT))
    check = assert_imported(path)
    assert check.sources == ({"name": "file", "sha256": hashlib.sha256(pack(TEXT)).hexdigest()},)
    assert check.venue == "binance"


def test_a_zip_and_a_gzip_of_several_members_are_read_on(tmp_path):
    half = TEXT.index(b"\n", len(TEXT) // 2) + 1
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.data", TEXT[:half])
        archive.writestr("2.data", TEXT[half:])
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT[:half]) + gzip.compress(TEXT[half:]))
    assert_imported(tmp_path / "a.zip")
    assert_imported(tmp_path / "a.gz")


def test_frames_of_zstd_are_read_on_past_those_to_be_skipped(tmp_path):
    half = TEXT.index(b"\n", len(TEXT) // 2) + 1
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0size"
    sized = pa.Codec("zstd").compress(TEXT[half:], asbytes=True)
    (tmp_path / "a.zst").write_bytes(skipped + zstd(TEXT[:half]) + skipped + sized)
    assert_imported(tmp_path / "a.zst")


def test_a_recording_cut_in_files_is_one(tmp_path):
    lines = VENUES["binance"].lines
    for i, part in enumerate((lines[:4], lines[4:])):
        (tmp_path / f"{i}").write_text("\n".join(part))
    check = assert_imported([tmp_path / "0", tmp_path / "1"])
    assert check.gaps == 0
    assert len(check.sources) == 2


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_damaged_file_gives_what_came_before(pack, tmp_path):
    path = tmp_path / "cut.file"
    packed = pack(TEXT + b" " * 3_000_000 + b"\n")
    path.write_bytes(packed[:-20])
    check = assert_imported(path)
    assert check.bad == 1
    assert "can't be read on" in check.faults[0][2]
    with pytest.raises(CodecError, match=r"cut.file.*1 messages that could not be read"):
        import_files(None, path, INSTRUMENT, strict=True)
    path.write_bytes(packed[:12])
    with pytest.raises(CodecError, match="can't be read on"):
        import_files("binance", path, INSTRUMENT)


def test_progress_ends_at_the_whole(tmp_path):
    paths = [tmp_path / "a", tmp_path / "b.gz"]
    paths[0].write_bytes(TEXT)
    paths[1].write_bytes(gzip.compress(TEXT))
    told = []
    import_files(None, paths, INSTRUMENT, progress=lambda done, whole: told.append((done, whole)))
    sizes = sum(path.stat().st_size for path in paths)
    assert told[-1] == (sizes, sizes)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {whole for _, whole in told} == {sizes}


def test_files_of_different_kinds_are_merged_by_receive_time(tmp_path):
    for name, message in (("book", "change"), ("trades", "trade")):
        some = [m for m in SCRIPT if (m.kind == "trade") == (message == "trade")]
        (tmp_path / name).write_text("\n".join(venue_scripts.tardis(some)))
    events, check = import_files("tardis", [tmp_path / "book", tmp_path / "trades"], INSTRUMENT)
    expected = rows_of(SCRIPT, levels="script")
    order = np.argsort(expected["local_time"] * 2 + (expected["kind"] == Kind.trade), kind="stable")
    assert events.tolist() == expected[order].tolist()
    assert check.messages == {"book": 5, "trades": 3}


def test_the_triple_of_snapshot_updates_and_trades(tmp_path):
    lines = [json.loads(line.split(" ", 1)[1]) for line in VENUES["binance"].lines]
    data = [line.get("data", line) for line in lines]
    snapshot = {k: v for k, v in data[0].items() if k not in "ET"}
    parts = {
        "update": [d for d in data if d.get("e") == "depthUpdate"],
        "snapshot": snapshot,
        "trades": [d for d in data if d.get("e") == "trade"],
    }
    for name, part in parts.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(part))
    paths = [tmp_path / f"{name}.json" for name in parts]
    events, check = import_files(None, paths, INSTRUMENT, strict=True)
    assert check.messages == {"REST_snapshot": 1, "depthUpdate": 4, "trade": 3}
    assert check.final_bid == (99.8, 0.004)
    assert np.all(events["local_time"] == events["exchange_time"])


def test_a_file_without_a_snapshot_starts_from_an_unknown_book(tmp_path):
    path = tmp_path / "no_snapshot"
    path.write_text("\n".join(VENUES["binance"].lines[1:]))
    assert_imported(path, ROWS[ROWS["flags"] & Flag.snapshot == 0])


def test_what_came_out_of_order_is_put_in_order(tmp_path):
    late = [replace(SCRIPT[0]), replace(SCRIPT[1], happened=5), *SCRIPT[2:]]
    path = tmp_path / "late"
    path.write_text("\n".join(venue_scripts.binance(late)))
    events, check = import_files(None, path, INSTRUMENT)
    assert check.out_of_order == (1, 0)
    for clock, flag in (("exchange_time", Flag.at_exchange), ("local_time", Flag.at_local)):
        assert np.all(np.diff(events[clock][events["flags"] & flag != 0]) >= 0)


def test_without_receive_times_the_order_of_the_file_is_that_of_arrival(tmp_path):
    late = [*SCRIPT[:4], replace(SCRIPT[4], happened=1, heard=1), *SCRIPT[5:]]
    path = tmp_path / "late"
    path.write_text("\n".join(venue_scripts.coinbase(late)))
    events, check = import_files(None, path, INSTRUMENT)
    assert check.out_of_order == (1, 0)
    arrived = events[events["flags"] & Flag.at_local != 0]
    told = rows_of(late, local="exchange", levels="script")
    assert arrived["price"].tolist() == told["price"].tolist()


def test_trades_listed_from_the_last_are_turned(tmp_path):
    header, *lines = VENUES["bybit_trades"].lines
    path = tmp_path / "trades"
    path.write_text("\n".join([header, *lines[::-1]]))
    assert_imported(path, VENUES["bybit_trades"].rows)


def test_a_recorders_clock_behind_the_exchanges_is_moved(tmp_path):
    slow = [replace(message, heard=message.heard - 1000) for message in SCRIPT]
    path = tmp_path / "slow"
    path.write_text("\n".join(venue_scripts.binance(slow)))
    events, check = import_files(None, path, INSTRUMENT)
    assert check.clock_offset_ns == 1_000_000_000 - 3_000_000
    assert (events["local_time"] - events["exchange_time"]).min() == 1_000_000
    assert check.delay_ms[1] == pytest.approx(-997, abs=2)


def test_a_bad_line_in_the_middle_is_named_and_refused_if_strict(tmp_path):
    lines = VENUES["binance"].lines
    path = tmp_path / "some.log"
    path.write_text("\n".join([*lines[:5], "1723161255009000000 {nonsense", *lines[5:]]))
    check = assert_imported(path)
    assert check.faults == (("some.log", 6, "is not a whole JSON object"),)
    with pytest.raises(CodecError, match=r"some.log, message 6: 1 messages .* whole JSON object"):
        import_files(None, path, INSTRUMENT, strict=True)


def test_what_holds_nothing_of_use_says_why(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(VENUES["bybit"].text())
    with pytest.raises(CodecError, match="nothing about ETHUSDT; there is BTCUSDT"):
        import_files(None, path, Instrument("ETHUSDT", "0.1", "0.001"))
    with pytest.raises(CodecError, match="message 1: no header line names"):
        import_files("coinbase", path, INSTRUMENT)
    path.write_bytes(b"once upon a time")
    with pytest.raises(CodecError, match="looks like none of hftbacktest"):
        detect(path)
    path.write_bytes(b"")
    with pytest.raises(CodecError, match="there is no event in it"):
        import_files("bybit", path, INSTRUMENT)
    with pytest.raises(CodecError, match="No such file"):
        detect(tmp_path / "absent")
    with pytest.raises(CodecError, match="is no NumPy file"):
        import_files("hftbacktest", path, INSTRUMENT)
    with pytest.raises(CodecError, match="is no table"):
        import_files("binance_snapshots", path, INSTRUMENT)
    with pytest.raises(ConfigError, match="format must be one of"):
        import_files("nasdaq", path, INSTRUMENT)
    with pytest.raises(ConfigError, match="paths is empty"):
        import_files(None, [], INSTRUMENT)


def test_a_snapshot_without_a_symbol_among_others_is_not_taken_for_ours(tmp_path):
    path = tmp_path / "eth"
    path.write_bytes(VENUES["binance"].text())
    with pytest.raises(CodecError, match="eth: nothing about ETHUSDT; there is BTCUSDT"):
        import_files(None, path, Instrument("ETHUSDT", "0.1", "0.001"))


def test_a_file_of_another_format_is_told_what_it_looks_like(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(VENUES["binance"].text())
    with pytest.raises(CodecError, match="there is no event in it; it looks like binance"):
        import_files("bybit", path, INSTRUMENT)


def test_snapshots_in_a_table_become_changes(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    books = [([100.0, 99.9], [1.0, 2.0]), ([100.0, 99.8], [1.0, 2.0]), ([100.0, 99.9], [5.0, 2.0])]
    table = {
        "ts_ms": [10, 20, 30],
        "exch_ts_ms": [9, 19, 29],
        "bids_px": [prices for prices, _ in books],
        "bids_qty": [sizes for _, sizes in books],
        "asks_px": [[100.1]] * 3,
        "asks_qty": [[1.0]] * 3,
    }
    pq.write_table(pa.table(table), tmp_path / "book.parquet")
    trades = {"ts_ms": [15], "exch_ts_ms": [14], "price": [100.0], "qty": [0.5], "side": ["sell"]}
    pq.write_table(pa.table(trades), tmp_path / "trades.parquet")
    paths = [tmp_path / "book.parquet", tmp_path / "trades.parquet"]
    events, check = import_files(None, paths, INSTRUMENT, strict=True)
    changes = events[events["flags"] & Flag.snapshot == 0]
    assert changes[["kind", "side", "price", "size"]].tolist() == [
        (Kind.trade, -1, 1000, 500),
        (Kind.level, 1, 998, 2000),
        (Kind.level, 1, 999, 0),
        (Kind.level, 1, 998, 0),
        (Kind.level, 1, 999, 2000),
        (Kind.level, 1, 1000, 5000),
    ]
    assert check.final_levels == (2, 1)


def test_events_and_check_make_a_tape(tmp_path):
    path = tmp_path / "feed"
    path.write_bytes(TEXT)
    events, check = import_files(None, path, INSTRUMENT)
    write_tape(
        tmp_path / "a.tape",
        events,
        INSTRUMENT,
        venue=check.venue,
        sources=check.sources,
        clock_offset_ns=check.clock_offset_ns,
        check=check.to_dict(),
    )
    tape = open_tape(tmp_path / "a.tape")
    assert tape.rows == len(ROWS)
    assert tape.check["final_levels"] == list(check.final_levels)


def test_every_format_has_a_name():
    assert set(VENUES) <= set(FORMATS)
