"""Files: the unpacked bytes of a file, whatever packed it; a damaged one gives what it can."""

from __future__ import annotations

import bz2
import hashlib
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from isal import isal_zlib

from halfspread.errors import CodecError

BLOCK = 1 << 21
"""Unpacked bytes handed out at a time, about; they stay in the processor's cache."""
HEAD = 1 << 20


def sha256(path: Path) -> str:
    """The SHA-256 of the file as it is on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def head(path: Path) -> bytes:
    """The first HEAD bytes of the unpacked content, or as many as can be read."""
    got = b""
    try:
        for piece in _pieces(path, lambda _: None, HEAD):
            got += piece
            if len(got) >= HEAD:
                break
    except CodecError:
        if not got:
            raise
    return got[:HEAD]


def blocks(path: Path, on_read: Callable[[int], None]) -> Iterator[bytes]:
    """The unpacked content in pieces, each unpacked by a thread while the one before is in use.

    Args:
        path: plain, gzip, xz, bzip2 or zip, whose members are read one after the other.
        on_read: told how many bytes of the file have been read so far.

    Errors:
        CodecError: the file can't be read, or is damaged; pieces before the damage come first.
    """
    pieces = _pieces(path, on_read, BLOCK)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = reader.submit(next, pieces, None)
            yield piece


def _pieces(path: Path, on_read: Callable[[int], None], block: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            magic = file.read(6)
        if magic.startswith(b"PK\x03\x04"):
            yield from _zip_pieces(path, on_read, block)
        elif magic.startswith(b"\x1f\x8b"):
            yield from _packed_pieces(
                path, on_read, block, lambda: isal_zlib.decompressobj(wbits=31)
            )
        elif magic == b"\xfd7zXZ\x00":
            yield from _packed_pieces(path, on_read, block, lzma.LZMADecompressor)
        elif magic.startswith(b"BZh"):
            yield from _packed_pieces(path, on_read, block, bz2.BZ2Decompressor)
        else:
            with path.open("rb") as file:
                while piece := file.read(block):
                    on_read(file.tell())
                    yield piece
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError) as error:
        raise CodecError(path, f"can't be read on: {error}") from error


def _gzip_decompressor() -> Any:
    return isal_zlib.decompressobj(wbits=31)


def _packed_pieces(
    path: Path, on_read: Callable[[int], None], block: int, new_decompressor: Callable[[], Any]
) -> Iterator[bytes]:
    decompressor = new_decompressor()
    got: list[bytes] = []
    with path.open("rb") as file:
        while raw := file.read(block // 8):
            on_read(file.tell())
            while raw:
                if decompressor.eof:
                    decompressor = new_decompressor()
                try:
                    got.append(decompressor.decompress(raw))
                except Exception:
                    yield b"".join(got)
                    raise
                raw = decompressor.unused_data if decompressor.eof else b""
                if not raw.strip(b"\x00"):
                    raw = b""
            if sum(map(len, got)) >= block:
                yield b"".join(got)
                got.clear()
    yield b"".join(got)
    if not decompressor.eof:
        raise EOFError("it ends before its end")


def _zip_pieces(path: Path, on_read: Callable[[int], None], block: int) -> Iterator[bytes]:
    size = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        total = max(sum(member.file_size for member in members), 1)
        done = 0
        for member in members:
            with archive.open(member) as file:
                while piece := file.read(block):
                    done += len(piece)
                    on_read(min(size, size * done // total))
                    yield piece
