"""Tape slice: the rows of a span of time, each clock cut by its own, after the book at its start.

`Tape.slice` says what a slice is. Where a clock is cut is found by bisection, and the book before
the cut is folded by the core, so that a slice costs a pass over the rows before it and no more.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from halfspread import _core
from halfspread.event import EVENT, Events, Flag
from halfspread.tape_rows import BLOCK, CLOCKS, Columns, unpack


def reaches(columns: Columns, row: int, end: int) -> bool:
    """Whether both clocks have come to `end` with this row, so that no row after it is before."""
    exchange = int(columns["exchange_time"][row])
    on_both = columns["flags"][row] & Flag.both == Flag.both
    return bool(on_both and min(exchange, exchange + int(columns["delay_ns"][row])) >= end)


def slice_chunks(columns: Columns, begin: int, end: int) -> list[Events]:
    """The rows of the slice [begin, end), in order, as chunks; no chunk holds no row.

    Args:
        columns: a tape's, up to a row that `reaches(..., end)`, or all.
        begin, end: ns, each a bound for both clocks.
    """
    cuts = {clock: (_cut(columns, clock, begin), _cut(columns, clock, end)) for clock, _ in CLOCKS}
    firsts, lasts = zip(*cuts.values(), strict=True)
    chunks = _books(columns, firsts, begin)
    last = max(lasts)
    for start in range(min(firsts), last, BLOCK):
        rows = unpack(columns, start, min(start + BLOCK, last))
        inside = np.zeros(len(rows), dtype=np.uint16)
        for clock, (own_first, own_last) in cuts.items():
            own = slice(max(own_first - start, 0), max(own_last - start, 0))
            inside[own] |= rows["flags"][own] & np.uint16(clock.value)
        kept = rows[inside > 0]
        kept["flags"] = kept["flags"] & (0xFFFF ^ Flag.both) | inside[inside > 0]
        chunks.append(kept)
    return [chunk for chunk in chunks if len(chunk)]


def _cut(columns: Columns, clock: Flag, time: int) -> int:
    """The first row on `clock` at or after `time`; the number of rows where there is none.

    A row that isn't on the clock, and so not in its order, counts as the next one that is.
    """
    rows, flags = len(columns["flags"]), columns["flags"]

    def at_or_after(row: int) -> bool:
        reach = 1
        while row < rows:
            on = np.flatnonzero(flags[row : row + reach] & clock.value)
            if len(on):
                row += int(on[0])
                delay = 0 if clock is Flag.at_exchange else int(columns["delay_ns"][row])
                return int(columns["exchange_time"][row]) + delay >= time
            row, reach = row + reach, 2 * reach
        return True

    return bisect_left(range(rows), True, key=at_or_after)


def _books(columns: Columns, stops: tuple[int, int], time: int) -> list[Events]:
    """The snapshots of the two clocks' books, as rows at `time`; one for both where they agree."""
    exchange, local = (rows.view(EVENT)[:, 0] for rows in _core.snapshots(columns, stops))
    books = {Flag.at_exchange: exchange, Flag.at_local: local}
    if np.array_equal(exchange, local):
        books = {Flag.both: exchange}
    for clocks, rows in books.items():
        rows["exchange_time"] = rows["local_time"] = time
        rows["flags"] |= clocks.value
    return list(books.values())
