"""Files: the unpacked bytes of a file, whatever packed it; a damaged one gives what it can."""

from __future__ import annotations

import bz2
import hashlib
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, TypeVar

from isal import isal_zlib

from halfspread.errors import CodecError

BLOCK = 1 << 21
"""Unpacked bytes handed out at a time, about; they stay in the processor's cache."""
HEAD = 1 << 20
ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
"""How a frame begins, or one to be skipped, as pzstd puts before each."""

T = TypeVar("T")


def sha256(path: Path) -> str:
    """The SHA-256 of the file as it is on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def head(path: Path) -> bytes:
    """The first HEAD bytes of the unpacked content, or as many as can be read."""
    got = b""
    try:
        for piece, _ in pieces(path, HEAD):
            got += piece
            if len(got) >= HEAD:
                break
    except CodecError:
        if not got:
            raise
    return got[:HEAD]


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made by a thread while the one before is in use."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def pieces(path: Path, block: int = BLOCK) -> Iterator[tuple[bytes, int]]:
    """The unpacked content in pieces, each with the place in the file where its reading has come.

    Args:
        path: plain, gzip, xz, zstd, bzip2 or zip, whose members are read one after the other.
        block: the length of a piece, about.

    Errors:
        CodecError: the file can't be read, or is damaged; pieces before the damage come first.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(6)
            file.seek(0)
            if magic.startswith(b"PK\x03\x04"):
                yield from _zip_pieces(path, block)
            elif ZSTD.match(magic):
                yield from _zstd_pieces(file, block)
            elif new_decompressor := _decompressor(magic):
                yield from _packed_pieces(file, block, new_decompressor)
            else:
                while piece := file.read(block):
                    yield piece, file.tell()
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError) as error:
        raise CodecError(path, f"can't be read on: {error}") from error


def _decompressor(magic: bytes) -> Callable[[], Any] | None:
    """What makes the decompressor for a file that starts so; None: it is plain."""
    if magic.startswith(b"\x1f\x8b"):
        return lambda: isal_zlib.decompressobj(wbits=31)
    if magic == b"\xfd7zXZ\x00":
        return lzma.LZMADecompressor
    return bz2.BZ2Decompressor if magic.startswith(b"BZh") else None


def _packed_pieces(
    file: IO[bytes], block: int, new_decompressor: Callable[[], Any]
) -> Iterator[tuple[bytes, int]]:
    """Members one after the other; zeros behind the last are padding."""
    decompressor = new_decompressor()
    got: list[bytes] = []
    while raw := file.read(block // 8):
        while raw:
            if decompressor.eof:
                if not raw.strip(b"\x00"):
                    break
                decompressor = new_decompressor()
            try:
                got.append(decompressor.decompress(raw))
            except Exception:
                yield b"".join(got), file.tell()
                raise
            raw = decompressor.unused_data if decompressor.eof else b""
        if sum(map(len, got)) >= block:
            yield b"".join(got), file.tell()
            got.clear()
    yield b"".join(got), file.tell()
    if not decompressor.eof:
        raise EOFError("it ends before its end")


def _zstd_pieces(file: IO[bytes], block: int) -> Iterator[tuple[bytes, int]]:
    """Frames one after the other; read in small bites, as one that is damaged gives nothing."""
    from pyarrow import CompressedInputStream

    stream = CompressedInputStream(file, "zstd")
    got: list[bytes] = []
    try:
        while bite := stream.read(block // 32):
            got.append(bite)
            if sum(map(len, got)) >= block:
                yield b"".join(got), file.tell()
                got.clear()
    except OSError:
        yield b"".join(got), file.tell()
        raise
    yield b"".join(got), file.tell()


def _zip_pieces(path: Path, block: int) -> Iterator[tuple[bytes, int]]:
    size = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        total = max(sum(member.file_size for member in members), 1)
        done = 0
        for member in members:
            with archive.open(member) as file:
                while piece := file.read(block):
                    done += len(piece)
                    yield piece, min(size, size * done // total)
