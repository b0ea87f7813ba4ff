"""A tape holds what was written, opens at once, reads anywhere, and never gives damaged rows."""

import datetime
import hashlib
import json
import os
import subprocess
import sys
import textwrap
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from halfspread import tape as tapes
from halfspread.errors import ConfigError, TapeError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind
from halfspread.instrument import Instrument
from halfspread.tape import Tape, concatenate, open_tape, tape_from_parquet, write_tape

BTC = Instrument("BTCUSDT", tick="0.1", lot="0.001", taker_fee=0.0005)
START = 1_723_075_200_000_000_000  # 2024-08-08
SOURCES = [{"name": "day.gz", "sha256": hashlib.sha256(b"day").hexdigest()}]
CHECK = {"gaps": 0, "crossed": 0.25, "notes": ['ü "quoted"', {"seal": "00000000"}]}
SECOND = 10**9


def market(n, seed=0, start=START):
    """A snapshot, then n - 3 levels and trades, 5 ms on their way, one every 0 to 20 ms."""
    random = np.random.default_rng(seed)
    events = np.zeros(n, dtype=EVENT)
    events["kind"] = random.choice([Kind.level, Kind.trade], n, p=[0.8, 0.2])
    events["side"] = random.choice([-1, 1], n)
    events["price"] = 600_000 - events["side"] * random.integers(-2, 20, n)
    events["size"] = random.integers(0, 50, n)
    events["flags"] = Flag.both | Flag.last
    events["exchange_time"] = start + np.cumsum(random.integers(0, SECOND // 50, n))
    events["exchange_time"][:3] = start
    events["local_time"] = events["exchange_time"] + SECOND // 200
    events[:3]["kind"] = Kind.clear, Kind.level, Kind.level
    events[:3]["side"] = 0, 1, -1
    events[:3]["price"] = EVERYTHING, 599_999, 600_001
    events[:3]["flags"] = Flag.both | Flag.snapshot
    events["flags"][2] |= Flag.last
    return events


def written(path, events=None, **more):
    events = market(1000) if events is None else events
    return write_tape(path, events, BTC, **{"venue": "binance", **more})


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    """Two blocks of rows, so two checksums a column."""
    events = market(1_100_000)
    return written(tmp_path_factory.mktemp("tapes") / "million.tape", events), events


def run(code, *arguments):
    """Run Python of its own: a crash there shows as its return code."""
    paths = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code), *arguments]
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, check=False
    )


def test_what_was_written_is_read(tmp_path):
    events = market(1000)
    path = tmp_path / "a.tape"
    more = {"sources": SOURCES, "clock_offset_ns": -7, "check": CHECK}
    for tape in (written(path, events, **more), open_tape(path), open_tape(str(path))):
        assert np.array_equal(tape.events(), events)
        assert (tape.instrument, tape.venue, tape.rows, len(tape)) == (BTC, "binance", 1000, 1000)
        assert tape.span == (events["exchange_time"][0], events["exchange_time"][-1])
        assert (tape.sources, tape.clock_offset_ns, tape.check) == (tuple(SOURCES), -7, CHECK)
        assert tape.path == str(path)


def test_columns_are_read_only_views_of_the_file(million):
    tape, events = million
    columns = open_tape(tape.path).columns
    assert {name: str(column.dtype) for name, column in columns.items()} == {
        "exchange_time": "int64", "delay_ns": "int32", "price_ticks": "int32",
        "size_lots": "int32", "kind": "uint8", "side": "int8", "flags": "uint8",
    }  # fmt: skip
    assert np.array_equal(columns["price_ticks"], events["price"])
    for column in columns.values():
        assert not column.flags.writeable
        assert not column.flags.owndata
        assert column.flags.c_contiguous
        assert column.flags.aligned


@pytest.mark.parametrize(
    ("field", "value", "column", "dtype"),
    [
        ("size", 2**31, "size_lots", "int64"),
        ("local_time", 2**62, "delay_ns", "int64"),
        ("order_id", 2**64 - 1, "order_id", "uint64"),
        ("lane", 2**32 - 1, "lane", "uint32"),
        ("detail", 1, "detail", "uint32"),
    ],
)
def test_columns_are_as_wide_as_they_must_be(tmp_path, field, value, column, dtype):
    events = market(10)
    events[field][-1] = value
    tape = written(tmp_path / "a.tape", [events[:5], events[5:]])
    assert str(tape.columns[column].dtype) == dtype
    assert np.array_equal(tape.events(), events)


def test_rows_are_taken_as_in_a_list(million):
    tape, events = million
    edge = tapes.BLOCK
    for start, stop in (
        (0, 5),
        (edge - 2, edge + 2),
        (-3, None),
        (5, 2),
        (0, -1_099_000),
        (9, 10**9),
    ):
        assert np.array_equal(tape.events(start, stop), events[start:stop])


def test_chunks_give_the_same_bytes_as_one_array(tmp_path):
    events = market(1000)
    whole = written(tmp_path / "whole.tape", events)
    chunk = np.empty(100, dtype=EVENT)

    def reused():
        for start in range(0, 1000, 100):
            chunk[:] = events[start : start + 100]
            yield chunk

    parts = written(tmp_path / "parts.tape", reused())
    memory = Tape.from_events(events, BTC, venue="binance").write(tmp_path / "memory.tape")
    assert len({Path(tape.path).read_bytes() for tape in (whole, parts, memory)}) == 1


def test_polars_pandas_and_duckdb_read_it_as_it_is(tmp_path):
    duckdb, pandas, polars = map(pytest.importorskip, ("duckdb", "pandas", "polars"))
    import pyarrow

    tape = written(tmp_path / "a.tape")
    columns = tape.columns
    frames = (
        polars.read_ipc(tape.path),
        polars.scan_ipc(tape.path).collect(),
        pandas.read_feather(tape.path),
    )
    for frame in frames:
        assert list(frame.columns) == list(columns)
        for name in list(columns)[1:]:
            assert np.array_equal(frame[name].to_numpy(), columns[name])
    assert np.array_equal(
        frames[0]["exchange_time"].to_physical().to_numpy(), columns["exchange_time"]
    )
    assert str(frames[0]["exchange_time"].dtype) == "Datetime(time_unit='ns', time_zone='UTC')"
    assert np.array_equal(frames[2]["exchange_time"].astype("int64"), columns["exchange_time"])

    table = pyarrow.ipc.open_file(pyarrow.memory_map(tape.path)).read_all()  # noqa: F841
    asked = duckdb.sql(
        "select kind, count(*), sum(size_lots) from 'table' group by kind order by 1"
    )
    kinds = columns["kind"]
    assert asked.fetchall() == [
        (kind, np.sum(kinds == kind), columns["size_lots"][kinds == kind].sum())
        for kind in np.unique(kinds)
    ]


def test_importing_it_is_light():
    assert run("import sys, halfspread.tape; sys.exit('pyarrow' in sys.modules)").returncode == 0


def fastest(action):
    times = []
    for _ in range(7):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def test_opening_costs_nothing_beside_reading(million):
    path = million[0].path
    opening = fastest(lambda: open_tape(path))
    assert 20 * opening < fastest(lambda: open_tape(path).events())
    assert 3 * opening < fastest(lambda: open_tape(path).verify())


@pytest.mark.parametrize(
    ("row", "field", "value", "why"),
    [
        (7, "kind", 99, "kind 99 is not one of halfspread.event.Kind"),
        (7, "side", 2, "side 2 is not -1, 0 or 1"),
        (7, "side", -128, "side -128 is not -1, 0 or 1"),
        (7, "size", -1, "size -1 is negative"),
        (7, "flags", 256 + 3, "flags 259 don't fit a tape's 8 bits"),
        (7, "flags", 4, "it is on neither clock, flags 4"),
        (7, "exchange_time", -(2**63), "doesn't fit 64 bits"),
        (7, "exchange_time", 1, "exchange_time 1 comes after .*; event.order_rows"),
        (7, "local_time", 1, "local_time 1 comes after .*; event.order_rows"),
        (5, "local_time", 1, "local_time 1 comes after .*; event.order_rows"),
    ],
)
def test_a_row_that_no_tape_can_hold_is_named(tmp_path, row, field, value, why):
    events = market(10)
    events[field][row] = value
    with pytest.raises(TapeError, match=rf"a\.tape, row {row}: .*{why}"):
        written(tmp_path / "a.tape", [events[:5], events[5:]])
    assert list(tmp_path.iterdir()) == []


def test_each_clock_has_its_own_order(tmp_path):
    events = market(10)
    events["flags"][5], events["local_time"][5] = Flag.at_exchange, 0
    events["flags"][6], events["exchange_time"][6] = Flag.at_local, 0
    assert np.array_equal(written(tmp_path / "a.tape", events).events(), events)
    events["flags"] = Flag.at_local
    events["local_time"][5] = events["local_time"][4]
    tape = written(tmp_path / "a.tape", events)
    assert tape.span == (events["local_time"][0], events["local_time"][-1])


def test_other_integers_are_taken_if_they_fit(tmp_path):
    events = market(10)
    wide = events.astype([(name, "i8" if name != "order_id" else "u8") for name in EVENT.names])
    assert np.array_equal(written(tmp_path / "a.tape", wide).events(), events)
    wide["price"][4] = 2**31
    with pytest.raises(TapeError, match="row 4: price 2147483648 doesn't fit EVENT"):
        written(tmp_path / "a.tape", wide)
    with pytest.raises(ConfigError, match=r"must be of the dtype .*EVENT, was float64"):
        written(tmp_path / "a.tape", np.zeros(3))


def test_a_callers_mistake_names_the_argument(tmp_path):
    with pytest.raises(ConfigError, match="sources: each has a name and a sha256, one was"):
        written(tmp_path / "a.tape", sources=[{"name": "day.gz"}])
    with pytest.raises(ConfigError, match="check must be plain JSON"):
        written(tmp_path / "a.tape", check={"mean": float("nan")})
    with pytest.raises(TapeError, match="there are no events to write"):
        written(tmp_path / "a.tape", [])
    with pytest.raises(TapeError, match=r"can't be written: .*No such file or directory"):
        written(tmp_path / "nowhere" / "a.tape")
    (tmp_path / "folder.tape").mkdir()
    with pytest.raises(TapeError, match=r"can't be written: .*Is a directory"):
        written(tmp_path / "folder.tape")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.tape"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is an empty file"),
        (b"time,price\n1,2\n", "looks like CSV text: 'time,price'"),
        (b'{"b": [[1, 2]]}', "looks like JSON text"),
        (b"hello", "looks like plain text: 'hello'"),
        (b"PAR1" + bytes(99), "looks like a Parquet file .*tape_from_parquet"),
        (b"\x1f\x8b\x08" + bytes(99), "looks like a gzip file"),
        (b"\x28\xb5\x2f\xfd" + bytes(99), "looks like a zstd file"),
        (b"PK\x03\x04" + bytes(99), "looks like a zip file"),
        (b"\x93NUMPY" + bytes(99), "looks like a NumPy array"),
        (b"\xff\xff\xff\xff" + bytes(99), "looks like an Arrow stream"),
        (bytes(99), "looks like nothing known: it begins with"),
        (b"ARROW1\0\0", "is an Arrow file, but no tape"),
    ],
)
def test_a_foreign_file_is_told_what_it_looks_like(tmp_path, content, why):
    path = tmp_path / "a.tape"
    path.write_bytes(content)
    with pytest.raises(TapeError, match=why):
        open_tape(path)


def test_no_file_a_folder_and_other_arrow_files_are_no_tapes(tmp_path):
    import pyarrow
    from pyarrow import feather

    with pytest.raises(TapeError, match=r"can't be read: .*No such file"):
        open_tape(tmp_path / "a.tape")
    with pytest.raises(TapeError, match=r"can't be read: .*Is a directory"):
        open_tape(tmp_path)
    table = pyarrow.table({"price": [1.5], "size": [2]})
    for compression in ("uncompressed", "lz4"):
        feather.write_feather(table, str(tmp_path / "a.arrow"), compression=compression)
        with pytest.raises(TapeError, match="is an Arrow file, but no tape: it lacks the metadata"):
            open_tape(tmp_path / "a.arrow")


def rewritten(tape, path, change=lambda text: text):
    """The same table, written by Arrow itself with changed metadata."""
    import pyarrow

    table = pyarrow.ipc.open_file(tape.path).read_all()
    text = change(table.schema.metadata[b"halfspread"])
    schema = table.schema.with_metadata({b"halfspread": text})
    with pyarrow.ipc.new_file(str(path), schema) as file:
        file.write_table(table.cast(schema))


def test_another_format_version_says_which_and_what_to_do(tmp_path, monkeypatch):
    tape = written(tmp_path / "a.tape")
    why = "format version is 2, and this halfspread reads 1: upgrade halfspread, or import"
    one, two = b'"format_version": 1', b'"format_version": 2'
    rewritten(tape, tmp_path / "b.tape", lambda text: text.replace(one, two))
    with pytest.raises(TapeError, match=why):
        open_tape(tmp_path / "b.tape")

    tape.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tapes, "FORMAT_VERSION", 2)
    with pytest.raises(TapeError, match="format version is 1, and this halfspread reads 2"):
        open_tape(tape.path)
    with pytest.raises(TapeError, match="format version is 1, and this halfspread reads 2"):
        tape_from_parquet(tmp_path / "a.parquet", tmp_path / "b.tape")


def test_a_tape_that_another_program_rewrote_is_refused(tmp_path):
    tape = written(tmp_path / "a.tape", market(100))
    rewritten(tape, tmp_path / "b.tape", lambda text: text.replace(b"binance", b"okx"))
    with pytest.raises(TapeError, match="metadata are damaged, or were rewritten"):
        open_tape(tmp_path / "b.tape")


def test_damaged_rows_are_named_and_the_others_still_read(million, tmp_path):
    import pyarrow

    tape, events = million
    content = bytearray(Path(tape.path).read_bytes())
    sizes = pyarrow.ipc.open_file(pyarrow.py_buffer(content)).get_batch(0).column("size_lots")
    address = sizes.buffers()[1].address - pyarrow.py_buffer(content).address
    content[address + 4 * (tapes.BLOCK + 5)] ^= 1
    path = tmp_path / "damaged.tape"
    path.write_bytes(content)

    damaged = open_tape(path)
    assert np.array_equal(damaged.events(0, tapes.BLOCK), events[: tapes.BLOCK])
    why = "rows 1048576..1099999 of size_lots are damaged: their checksum differs"
    for read in (damaged.verify, damaged.events, damaged.describe, lambda: damaged.columns):
        with pytest.raises(TapeError, match=why):
            read()


def test_a_slice_begins_with_the_book_and_keeps_each_clock(tmp_path):
    events = market(6)
    events["exchange_time"] = START + np.array([0, 0, 0, 4, 5, 6])
    events["local_time"] = START + np.array([2, 2, 2, 6, 7, 8])
    events["kind"][3:] = Kind.level, Kind.trade, Kind.level
    events["side"][3:] = 1
    events["price"][3:], events["size"][3:] = 599_998, 4
    events["size"][1:3] = 1, 2
    tape = written(tmp_path / "a.tape", events, sources=SOURCES, clock_offset_ns=3, check=CHECK)

    part = tape.slice(START + 5, START + 7)
    rows = [
        (int(row["exchange_time"] - START), int(row["local_time"] - START), Kind(row["kind"]).name,
         int(row["price"]), int(row["size"]), int(row["flags"]))
        for row in part.events()
    ]  # fmt: skip
    exchange, local = Flag.at_exchange | Flag.snapshot, Flag.at_local | Flag.snapshot
    assert rows == [
        (5, 5, "clear", EVERYTHING, 0, exchange),
        (5, 5, "level", 599_999, 1, exchange),
        (5, 5, "level", 599_998, 4, exchange),
        (5, 5, "level", 600_001, 2, exchange | Flag.last),
        (5, 5, "clear", EVERYTHING, 0, local),
        (5, 5, "level", 599_999, 1, local),
        (5, 5, "level", 600_001, 2, local | Flag.last),
        (4, 6, "level", 599_998, 4, Flag.at_local | Flag.last),
        (5, 7, "trade", 599_998, 4, Flag.at_exchange | Flag.last),
        (6, 8, "level", 599_998, 4, Flag.at_exchange | Flag.last),
    ]
    assert (part.instrument, part.venue, part.clock_offset_ns) == (BTC, "binance", 3)
    assert (part.sources, part.check) == (tuple(SOURCES), None)
    assert part.span == (START + 5, START + 6)

    settled = tape.slice(START + 3, START + 4).events()
    assert np.all(settled["flags"] & Flag.both == Flag.both)
    assert np.array_equal(tape.slice(START, START + 100).events(), events)
    saved = part.write(tmp_path / "part.tape")
    assert np.array_equal(saved.events(), part.events())


@pytest.mark.parametrize(
    "start",
    [
        START + 1_500_000_007,
        np.int64(START + 1_500_000_007),
        "2024-08-08T00:00:01.500000007",
        "2024-08-08 00:00:01.500000007Z",
        "2024-08-08T02:00:01.500000007+02:00",
    ],
)
def test_a_slice_takes_times_as_they_come(tmp_path, start):
    tape = written(tmp_path / "a.tape")
    expected = tape.slice(START + 1_500_000_007, START + 2 * SECOND).events()
    utc = datetime.UTC
    for stop in ("2024-08-08T00:00:02", datetime.datetime(2024, 8, 8, 0, 0, 2, tzinfo=utc)):
        assert np.array_equal(tape.slice(start, stop).events(), expected)
    assert expected["local_time"][0] == START + 1_500_000_007


def test_a_slice_takes_a_timestamp_of_pandas_to_the_nanosecond(tmp_path):
    pandas = pytest.importorskip("pandas")
    tape = written(tmp_path / "a.tape")
    part = tape.slice(pandas.Timestamp("2024-08-08T00:00:01.500000007"), START + 2 * SECOND)
    assert part.events()["local_time"][0] == START + 1_500_000_007


def test_a_slice_that_cannot_be_says_why(tmp_path):
    tape = written(tmp_path / "a.tape")
    for start in ("yesterday", 1.5, None, 2**63):
        with pytest.raises(ConfigError, match="start must be nanoseconds, ISO text or a datetime"):
            tape.slice(start, START)
    with pytest.raises(ConfigError, match=r"start must come before stop, was '2024.*' to 0"):
        tape.slice("2024-08-08", 0)
    with pytest.raises(ConfigError, match="nothing from '2023-01-01' to '2023-01-02' in Tape"):
        tape.slice("2023-01-01", "2023-01-02")


def test_the_archive_gives_the_tape_back_byte_for_byte(million, tmp_path):
    import pyarrow.parquet

    tape = million[0]
    archive, again = tmp_path / "a.parquet", tmp_path / "again.tape"
    tape.to_parquet(archive)
    back = tape_from_parquet(archive, again)
    assert again.read_bytes() == Path(tape.path).read_bytes()
    assert np.array_equal(back.columns["price_ticks"], tape.columns["price_ticks"])
    assert 2 * archive.stat().st_size < again.stat().st_size

    row_group = pyarrow.parquet.ParquetFile(archive).metadata.row_group(0)
    for i in range(row_group.num_columns):
        column = row_group.column(i)
        assert column.compression == "ZSTD"
        small = column.path_in_schema in ("kind", "side", "flags")
        assert ("DELTA_BINARY_PACKED" in column.encodings) != small


def test_other_parquet_files_are_no_archives(tmp_path):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"price": [1.5]}), tmp_path / "a.parquet")
    with pytest.raises(TapeError, match="is a Parquet file, but not made of a tape"):
        tape_from_parquet(tmp_path / "a.parquet", tmp_path / "a.tape")
    tape = written(tmp_path / "a.tape")
    with pytest.raises(TapeError, match="is no Parquet file: it looks like an Arrow file"):
        tape_from_parquet(tape.path, tmp_path / "b.tape")


def test_tapes_that_chain_become_one(tmp_path):
    events = market(1000)
    cuts = [0, 300, 301, 1000]
    parts = [
        written(tmp_path / f"{a}.tape", events[a:b], sources=[SOURCES[0] | {"name": str(a)}])
        for a, b in pairwise(cuts)
    ]
    whole = concatenate([parts[0].path, *parts[1:]], tmp_path / "whole.tape")
    assert np.array_equal(whole.events(), events)
    assert [source["name"] for source in whole.sources] == ["0", "300", "301"]
    assert (whole.instrument, whole.venue, whole.check) == (BTC, "binance", None)


def test_tapes_that_do_not_chain_say_which_and_why(tmp_path):
    first = written(tmp_path / "first.tape", market(100))
    later = market(100, start=START + 100 * SECOND)

    def refused(why, second=later, instrument=BTC, **more):
        path = tmp_path / "second.tape"
        write_tape(path, second, instrument, **{"venue": "binance", **more})
        with pytest.raises(TapeError, match=rf"second\.tape: does not chain: {why} .*first\.tape"):
            concatenate([first, path], tmp_path / "whole.tape")
        assert not (tmp_path / "whole.tape").exists()

    refused("its first exchange_time, 2024-08-08T00:00:00.*, is before the last of", market(100))
    slow = later.copy()
    slow["exchange_time"] -= 100 * SECOND
    slow["flags"] = Flag.at_local
    slow["local_time"] = first.events()["local_time"][-1] - 1
    refused("its first local_time, .*, is before the last of", slow)
    refused("its venue is 'okx', and 'binance' in", venue="okx")
    refused("its clock_offset_ns is 5, and 0 in", clock_offset_ns=5)
    other = Instrument("BTCUSDT", tick="0.01", lot="0.001", taker_fee=0.0005)
    refused("its tick is '0.01', and '0.1' in", instrument=other)
    with pytest.raises(ConfigError, match="tapes: there must be at least one"):
        concatenate([], tmp_path / "whole.tape")


def test_it_describes_itself(tmp_path):
    tape = written(tmp_path / "a.tape", market(3), sources=SOURCES, check=CHECK)
    path = tmp_path / "a.tape"
    when = "2024-08-08 00:00:00 to 00:00:00 UTC"
    assert repr(tape) == f"Tape({path}: BTCUSDT on binance, 3 rows, {when})"
    described = json.loads(json.dumps(tape.describe()))
    assert described == {
        "path": str(path), "instrument": BTC.to_dict(), "venue": "binance", "rows": 3,
        "first": "2024-08-08T00:00:00.000000000", "last": "2024-08-08T00:00:00.000000000",
        "seconds": 0.0, "bytes": 3 * 23, "kinds": {"level": 2, "clear": 1},
        "columns": {name: str(column.dtype) for name, column in tape.columns.items()},
        "sources": SOURCES, "clock_offset_ns": 0, "check": CHECK,
    }  # fmt: skip
    days = market(10)
    days["exchange_time"][-1] += 86_400 * SECOND
    days["local_time"][-1] += 86_400 * SECOND
    in_memory = repr(Tape.from_events(days, BTC))
    assert in_memory.startswith(
        "Tape(a tape in memory: BTCUSDT, 10 rows, 2024-08-08 00:00:00 to 2024"
    )
