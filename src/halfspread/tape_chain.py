"""Tape chain: tapes that follow one another, as one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError, TapeError
from halfspread.event import Flag
from halfspread.moment import moment_text
from halfspread.tape import Tape, open_tape, write_tape
from halfspread.tape_rows import CLOCKS, StrPath


def concatenate(tapes: Iterable[StrPath | Tape], out: StrPath) -> Tape:
    """Write tapes that follow one another, paths or open ones, as the one tape `out`, and open it.

    They chain if instrument, venue and clock offset are the same and no row comes before one of
    the tape before it, on either clock. The sources are put together; the data checks, which
    belong to the parts, are left behind.

    Errors:
        TapeError: a tape can't be read, or doesn't chain: which, and why.
    """
    parts = [tape if isinstance(tape, Tape) else open_tape(tape) for tape in tapes]
    if not parts:
        raise ConfigError("tapes: there must be at least one, was []")
    for before, tape in pairwise(parts):
        _check_chain(before, tape)
    return write_tape(
        out,
        (rows for tape in parts for rows in tape.blocks()),
        parts[0].instrument,
        venue=parts[0].venue,
        sources=[source for tape in parts for source in tape.sources],
        clock_offset_ns=parts[0].clock_offset_ns,
    )


def _check_chain(before: Tape, tape: Tape) -> None:
    """Raise a TapeError if `tape` can't follow `before`."""
    ours, theirs = tape.instrument.to_dict(), before.instrument.to_dict()
    ours |= {"venue": tape.venue, "clock_offset_ns": tape.clock_offset_ns}
    theirs |= {"venue": before.venue, "clock_offset_ns": before.clock_offset_ns}
    for name, value in ours.items():
        if value != theirs[name]:
            why = f"its {name} is {value!r}, and {theirs[name]!r} in {before.path}"
            raise TapeError(tape.path, f"does not chain: {why}")
    for clock, field in CLOCKS:
        last, first = _times(before, clock)[-1:], _times(tape, clock)[:1]
        if np.any(last > first):
            why = f"its first {field}, {moment_text(first[0])}, is before the last of {before.path}"
            raise TapeError(tape.path, f"does not chain: {why}, {moment_text(last[0])}")


def _times(tape: Tape, clock: Flag) -> NDArray[np.int64]:
    """The times of the rows on `clock`."""
    columns = tape.columns
    on = columns["flags"] & clock != 0
    times: NDArray[np.int64] = columns["exchange_time"][on]
    return times if clock is Flag.at_exchange else times + columns["delay_ns"][on]
