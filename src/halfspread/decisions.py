"""Decisions: how many a replay would make on a tape; too many come of a wrong time on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.duration import duration_text
from halfspread.errors import ConfigError
from halfspread.event import Flag, Kind
from halfspread.moment import moment_text
from halfspread.tape import Tape
from halfspread.tape_rows import CLOCKS

MOST_DECISIONS = 1_000_000_000
"""One each 10 ms for four months."""
STEP = 1 << 14
"""Rows that are looked at together for the first on a clock."""
BLOCK = 1 << 20
"""Rows that are counted together."""


def check_decisions(tape: Tape, every: int) -> None:
    """Raise a ConfigError if a decision each `every` ns makes more than MOST_DECISIONS."""
    times = list(ends(tape))
    decisions = (max(times) - min(times)) // every
    if decisions > MOST_DECISIONS:
        where, begin, end = _largest_gap(tape)
        raise ConfigError(
            f"decide_every: one decision each {duration_text(every)} makes {decisions:,} on "
            f"{tape.path}, and {MOST_DECISIONS:,} is the most. The largest gap is {where}, "
            f"from {moment_text(begin)} to {moment_text(end)}: if one of these times is wrong, "
            "leave it out by start or end"
        )


def decisions_on(tape: Tape, on: str) -> int:
    """How many times on our clock a message of the book, or a trade, ends: a decision each."""
    columns, before, found = tape.columns, tape.span[0], 0
    for begin in range(0, len(tape), BLOCK):
        kind, flags, sent, delay = (
            columns[name][begin : begin + BLOCK]
            for name in ("kind", "flags", "exchange_time", "delay_ns")
        )
        is_trade = kind == Kind.trade
        ends = is_trade if on == "trade" else ~is_trade & (flags & np.uint8(Flag.last) != 0)
        rows = np.flatnonzero(ends & (flags & np.uint8(Flag.at_local) != 0))
        times = sent[rows] + delay[rows]
        found += int(np.count_nonzero(np.diff(times, prepend=before) > 0))
        before = times[-1] if len(times) else before
    return found


def ends(tape: Tape) -> Iterator[int]:
    """The first and the last time on each clock that has rows, without a look at all of them."""
    flags, n = tape.columns["flags"], len(tape)
    for clock, field in CLOCKS:
        first, back = _first_on(flags, clock), _first_on(flags[::-1], clock)
        if first is not None and back is not None:
            yield from tape.events(first, first + 1)[field].tolist()
            yield from tape.events(n - 1 - back, n - back)[field].tolist()


def _first_on(flags: NDArray[Any], clock: Flag) -> int | None:
    for step in range(0, len(flags), STEP):
        on = flags[step : step + STEP] & np.uint8(clock)
        if on.any():
            return step + int(np.argmax(on))
    return None


def _largest_gap(tape: Tape) -> tuple[str, int, int]:
    """Where the times jump most, and from when to when: on a clock, or from one to the other."""
    columns = tape.columns
    exchange = columns["exchange_time"]
    local = exchange + columns["delay_ns"]
    slow = int(np.argmax(columns["delay_ns"]))
    sent, seen = int(exchange[slow]), int(local[slow])
    gaps = [((seen - sent) // 2, f"the delay of row {slow}", sent, seen)]
    for clock, times in ((Flag.at_exchange, exchange), (Flag.at_local, local)):
        rows = np.flatnonzero(columns["flags"] & np.uint8(clock))
        if len(rows) > 1:
            k = int(np.argmax(np.diff(times[rows].astype(np.float64))))
            before, after = times[rows[k : k + 2]].tolist()
            gaps.append((after - before, f"before row {rows[k + 1]}", before, after))
    _, where, begin, end = max(gaps)
    return where, begin, end
