"""Tape levels: the rows of a tape about orders, made rows about the levels they add up to.

The fold is the core's (core/order_levels.hpp); here are its pieces, each of whole messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.event import EVENT, Events, Flag, Kind
from halfspread.tape_rows import Columns


def holds_orders(columns: Columns) -> bool:
    """Whether a row is about a single order of the venue's."""
    kind = columns["kind"]
    return bool(np.any((kind >= Kind.add) & (kind <= Kind.execute)))


def tells_levels(columns: Columns) -> bool:
    """Whether a row is about what a level holds."""
    return bool(np.any(np.isin(columns["kind"], (Kind.level, Kind.touch))))


def adds_nameless(columns: Columns) -> bool:
    """Whether lots are added under no order's id."""
    return bool(np.any((columns["kind"] == Kind.add) & (columns["order_id"] == 0)))


DEPARTURE = np.dtype(
    [
        ("time", "i8"),  # ns, the venue's
        ("row", "u8"),  # of the tape of levels: it happened before that row, or with it
        ("joined", "u8"),  # rows and departures when its order took its place
        ("lots", "i8"),
        ("price", "i4"),
        ("side", "i1"),
        ("was_executed", "?"),
        ("zero", "u2"),
    ]
)
"""Lots of one order that left its queue (core/departure.hpp)."""

Departures = NDArray[np.void]


def levels_and_departures(blocks: Iterable[Events]) -> tuple[list[Events], Departures]:
    """The chunks of `level_chunks`, and who left the queues meanwhile, as DEPARTURE records."""
    fold = _core.OrderLevels(True)
    gone = []
    chunks = []
    for chunk in level_chunks(blocks, fold):
        chunks.append(chunk)
        gone.append(fold.take_departures())
    departures: Departures = np.concatenate(gone).view(DEPARTURE)[:, 0]
    return chunks, departures


def level_chunks(
    blocks: Iterable[Events], fold: _core.OrderLevels | None = None
) -> Iterator[Events]:
    """The rows about levels that rows about orders amount to, in order, as chunks."""
    fold = _core.OrderLevels() if fold is None else fold
    rest: Events = np.zeros(0, dtype=EVENT)
    for block in blocks:
        rows = np.concatenate([rest, block])
        ends = np.flatnonzero(rows["flags"] & Flag.last)
        whole = int(ends[-1]) + 1 if len(ends) else 0
        yield _folded(fold, rows[:whole])
        rest = rows[whole:]
    yield _folded(fold, rest)


def _folded(fold: _core.OrderLevels, rows: Events) -> Events:
    levels: Events = fold.apply(rows.view(np.uint8).reshape(len(rows), EVENT.itemsize))[0]
    return levels.view(EVENT)[:, 0]
