"""Tape levels: the rows of a tape about orders, made rows about the levels they add up to.

The fold is the core's (core/order_levels.hpp); here are its pieces, each of whole messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

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


def level_chunks(blocks: Iterable[Events]) -> Iterator[Events]:
    """The rows about levels that rows about orders amount to, in order, as chunks."""
    fold = _core.OrderLevels()
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
