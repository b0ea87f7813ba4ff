"""Tape file: columns and what they are of, as an Arrow IPC file to be mapped, or as Parquet.

The file. One uncompressed record batch, one row an event, no nulls: Polars, pandas and DuckDB read
it as it is. The schema's metadata holds all that isn't a row, the facts, as JSON, under the key
"halfspread". Nothing in the file goes unguarded. Each column has a CRC-32 for every 1,048,576 rows,
compared by whoever reads those rows. A "seal", the CRC-32 of the file's length and all its other
bytes, is compared at open, before Arrow sees one. (What pads a column is neither guarded nor read.)
"""

from __future__ import annotations

import json
import mmap
import os
import re
import secrets
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from halfspread.errors import TapeError
from halfspread.tape_rows import BLOCK, DTYPES, OPTIONAL, TRUTH, Columns, StrPath

Facts: TypeAlias = dict[str, Any]
"""Plain JSON, with at least `rows`; as read, also the `checksums` of each column's blocks."""

FORMAT_VERSION = 1
_KEY = b"halfspread"
_OPEN_STAMP = b'{"seal": "00000000'
_STAMP = re.compile(rb'\{"seal": "([0-9a-f]{8})", "format_version": (\d+)')


def write_file(path: StrPath, columns: Columns, facts: Facts) -> None:
    """Write columns and facts to `path`, whole or not at all.

    Errors:
        TapeError: `path` can't be written.
    """
    import pyarrow as pa

    batch = _to_batch(columns, _metadata(columns, facts))
    with _replacing(path) as temporary:
        with pa.ipc.new_file(temporary, batch.schema) as writer:
            writer.write_batch(batch)
        data = _map(temporary)
        head, tail = _frame(temporary, data)
        seal = _seal(len(data).to_bytes(8), head, tail)
        with open(temporary, "r+b") as file:
            for part, offset in ((head, 0), (tail, len(data) - len(tail))):
                file.seek(offset + part.index(_OPEN_STAMP) + len(_OPEN_STAMP) - 8)
                file.write(seal)


def read_file(path: StrPath) -> tuple[Facts, Columns]:
    """The facts, and the columns as views of the mapped file, not yet compared with checksums.

    Errors:
        TapeError: there is no such file, it isn't a tape (and what it looks like), it is cut off or
            damaged, or its format version is another.
    """
    data = _map(path)
    head, tail = _frame(path, data)
    _check_seal(path, len(data).to_bytes(8), head, tail)
    import pyarrow as pa

    with as_tape_error(path):
        batch = pa.ipc.open_file(pa.py_buffer(data)).get_batch(0)
        text = batch.schema.metadata[_KEY]
    return _from_batch(path, text, batch)


def write_archive(path: StrPath, columns: Columns, facts: Facts) -> None:
    """Write the same as Parquet, zstd, integers delta-packed. Errors: those of `write_file`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = _metadata(columns, facts)
    sealed = text.replace(b"00000000", _seal(text), 1)
    repeated = [name for name in ("kind", "side", "flags", *TRUTH) if name in columns]
    packed = [name for name in columns if name not in repeated]
    with _replacing(path) as temporary:
        pq.write_table(
            pa.Table.from_batches([_to_batch(columns, sealed)]),
            temporary,
            compression="zstd",
            use_dictionary=repeated,
            column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"),
            row_group_size=BLOCK,
            write_page_checksum=True,
        )


def read_archive(path: StrPath) -> tuple[Facts, Columns]:
    """What `write_archive` wrote, its columns not yet compared with their checksums.

    Errors:
        TapeError: `path` isn't such a file, or is damaged.
    """
    import pyarrow.parquet as pq

    start = bytes(_map(path)[:256])
    if start[:4] != b"PAR1":
        raise TapeError(path, f"is no Parquet file: it looks like {_looks_like(start)}")
    with (
        as_tape_error(path),
        pq.ParquetFile(os.fspath(path), page_checksum_verification=True) as file,
    ):
        text = (file.schema_arrow.metadata or {}).get(_KEY)
        if text is None:
            raise TapeError(path, "is a Parquet file, but not made of a tape")
        _check_seal(path, text)
        batch = file.read().combine_chunks().to_batches()[0]
    return _from_batch(path, text, batch)


def checksum(column: NDArray[Any], block: int) -> str:
    """The CRC-32 of a block of rows, in hex."""
    return f"{zlib.crc32(column[block * BLOCK : (block + 1) * BLOCK].data):08x}"


@contextmanager
def as_tape_error(path: StrPath) -> Iterator[None]:
    """Whatever is raised inside, by Arrow or by odd metadata, is a TapeError."""
    try:
        yield
    except TapeError:
        raise
    except Exception as error:
        raise TapeError(path, f"can't be read: {type(error).__name__}: {error}") from error


def _metadata(columns: Columns, facts: Facts) -> bytes:
    """The JSON that goes with the columns, its seal still open."""
    blocks = range(-(-facts["rows"] // BLOCK))
    sums = {k: "".join(checksum(v, block) for block in blocks) for k, v in columns.items()}
    stamp = {"seal": "00000000", "format_version": FORMAT_VERSION}
    return json.dumps({**stamp, **facts, "checksums": sums}).encode()


def _to_batch(columns: Columns, metadata: bytes) -> Any:
    """The columns, not copied, as an Arrow record batch."""
    import pyarrow as pa

    arrays = {name: pa.array(values) for name, values in columns.items()}
    arrays["exchange_time"] = arrays["exchange_time"].view(pa.timestamp("ns", tz="UTC"))
    fields = [pa.field(name, array.type, nullable=False) for name, array in arrays.items()]
    schema = pa.schema(fields, metadata={_KEY: metadata})
    return pa.record_batch(list(arrays.values()), schema=schema)


def _from_batch(path: StrPath, metadata: bytes, batch: Any) -> tuple[Facts, Columns]:
    """The facts in metadata whose seal is whole, and a record batch's columns, not copied."""
    import pyarrow as pa

    with as_tape_error(path):
        facts: Facts = json.loads(metadata)
        rows, summed = facts["rows"], set(facts["checksums"])
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        arrays["exchange_time"] = arrays["exchange_time"].view(pa.int64())
        columns = {name: array.to_numpy(zero_copy_only=True) for name, array in arrays.items()}
    if batch.num_rows != rows:
        raise TapeError(path, f"it holds {batch.num_rows} rows, its metadata say {rows}")
    names = [name for name in DTYPES if name in columns or name not in OPTIONAL]
    if list(columns) != names or summed != set(names):
        raise TapeError(path, f"its columns are {list(columns)}, not {names}")
    for name, column in columns.items():
        if str(column.dtype) not in DTYPES[name]:
            raise TapeError(path, f"its column {name} is of type {column.dtype}")
    return facts, columns


def _seal(*parts: bytes) -> bytes:
    """The CRC-32 of `parts`, in hex; the digits of a seal in them count as zeros."""
    crc = 0
    for part in parts:
        if stamp := _STAMP.search(part):
            part = part[: stamp.start(1)] + b"0" * 8 + part[stamp.end(1) :]
        crc = zlib.crc32(part, crc)
    return b"%08x" % crc


def _check_seal(path: StrPath, *parts: bytes) -> None:
    """Raise a TapeError unless `parts` carry their own seal and this format's version."""
    stamps = [stamp.groups() for part in parts if (stamp := _STAMP.search(part))]
    seals, versions = {stamp[0] for stamp in stamps}, {int(stamp[1]) for stamp in stamps}
    whole = seals == {_seal(*parts)}
    if versions != {FORMAT_VERSION} and len(versions) == 1 and (whole or len(stamps) == 2):
        why = f"its format version is {versions.pop()}, and this halfspread reads {FORMAT_VERSION}"
        raise TapeError(path, f"{why}: upgrade halfspread, or import the tape's sources again")
    if not whole:
        raise TapeError(path, "its metadata are damaged, or were rewritten by another program")


def _map(path: StrPath) -> mmap.mmap:
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise TapeError(path, "is an empty file, not a tape")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise TapeError(path, f"can't be read: {error}") from None


def _frame(path: StrPath, data: mmap.mmap) -> tuple[bytes, bytes]:
    """All bytes before the columns and all after them, found without Arrow, which trusts its input.

    The file is: magic, schema, head of the record batch, columns, end mark, footer, footer's
    length, magic; schema and head are each a mark, a length and as many bytes (Arrow Columnar
    Format, "IPC File Format").
    """
    if data[:8] != b"ARROW1\0\0":
        raise TapeError(path, f"is no tape: it looks like {_looks_like(data[:256])}")
    start, stop = 8, 0
    with suppress(struct.error):
        for _ in range(2):
            start += 8 + struct.unpack_from("<i", data, start + 4)[0]
        stop = len(data) - 18 - struct.unpack_from("<i", data, len(data) - 10)[0]
    if data[-6:] != b"ARROW1":
        raise TapeError(path, f"is cut off, or was appended to: it has {len(data)} bytes")
    if data.find(_KEY, 0, max(start, 1 << 20)) < 0:
        raise TapeError(path, "is an Arrow file, but no tape: it lacks the metadata 'halfspread'")
    if not (8 < start <= stop <= len(data)):
        raise TapeError(path, "is damaged: the lengths of its parts make no sense")
    return data[:start], data[stop:]


def _looks_like(start: bytes) -> str:
    """What a file with these first bytes seems to be."""
    signs = {
        b"PAR1": "a Parquet file (`tape_from_parquet` reads a tape's archive)",
        b"ARROW1": "an Arrow file",
        b"\xff\xff\xff\xff": "an Arrow stream, which is not an Arrow file",
        b"FEA1": "a Feather file of version 1",
        b"\x1f\x8b": "a gzip file",
        b"\x28\xb5\x2f\xfd": "a zstd file",
        b"PK\x03\x04": "a zip file (or .npz)",
        b"\x93NUMPY": "a NumPy array (.npy)",
    }
    for sign, what in signs.items():
        if start.startswith(sign):
            return what
    text = start.decode("ascii", "replace")
    if "\ufffd" in text or "\0" in text:
        return f"nothing known: it begins with {start[:8]!r}"
    line = text.strip().partition("\n")[0]
    kind = "JSON" if line[:1] in ("{", "[") else "CSV" if "," in line else "plain"
    return f"{kind} text: {line[:40]!r}"


@contextmanager
def _replacing(path: StrPath) -> Iterator[Path]:
    """A new file beside `path` that takes its place, flushed to the disk, if all goes well."""
    final = Path(path)
    temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.partial")
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, final)
        _flush(final.parent)
    except OSError as error:
        raise TapeError(path, f"can't be written: {error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
