"""A tape's file holds what was written, opens at once, and never gives damaged rows."""

import time
from pathlib import Path

import numpy as np
import pytest

from halfspread import tape_file
from halfspread.errors import TapeError
from halfspread.event import EVENT
from halfspread.tape import Tape, open_tape, tape_from_parquet
from halfspread.tape_rows import BLOCK
from made_tapes import BTC, CHECK, SOURCES, market, written
from processes import run


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    """Two blocks of rows, so two checksums a column."""
    events = market(1_100_000)
    return written(tmp_path_factory.mktemp("tapes") / "million.tape", events), events


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
        (b"ARROW1\0\0", "is cut off"),
    ],
)
def test_a_foreign_file_is_told_what_it_looks_like(tmp_path, content, why):
    path = tmp_path / "a.tape"
    path.write_bytes(content)
    with pytest.raises(TapeError, match=why):
        open_tape(path)


@pytest.mark.parametrize("length", [300, 5000])
def test_a_tape_cut_off_anywhere_says_so(million, tmp_path, length):
    path = tmp_path / "a.tape"
    path.write_bytes(Path(million[0].path).read_bytes()[:length])
    with pytest.raises(TapeError, match=f"is cut off, or was appended to: it has {length} bytes"):
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
    monkeypatch.setattr(tape_file, "FORMAT_VERSION", 2)
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
    content[address + 4 * (BLOCK + 5)] ^= 1
    path = tmp_path / "damaged.tape"
    path.write_bytes(content)

    damaged = open_tape(path)
    assert np.array_equal(damaged.events(0, BLOCK), events[:BLOCK])
    why = "rows 1048576..1099999 of size_lots are damaged: their checksum differs"
    for read in (damaged.verify, damaged.events, damaged.describe, lambda: damaged.columns):
        with pytest.raises(TapeError, match=why):
            read()


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
