"""Level tapes: small markets by hand, level by level, after one opening book."""

from __future__ import annotations

import numpy as np

import halfspread as hs
from calibration_worlds import INSTRUMENT, START
from halfspread.event import EVENT, Flag, Kind

BID, ASK, NONE = 1, -1, 0
BOTH, LAST = int(Flag.both), int(Flag.both | Flag.last)
OPENING = [
    (0, Kind.clear, NONE, -(2**31), 0, BOTH | Flag.snapshot),
    (0, Kind.level, BID, 100, 5, BOTH | Flag.snapshot),
    (0, Kind.level, BID, 99, 7, BOTH | Flag.snapshot),
    (0, Kind.level, ASK, 101, 4, LAST | Flag.snapshot),
]


def tape_of(rows):
    """A tape of (seconds, kind, side, price, size, flags), after an opening snapshot."""
    rows = OPENING + [(*row, LAST) if len(row) == 5 else row for row in rows]
    events = np.zeros(len(rows), EVENT)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    events["exchange_time"] = events["local_time"] = START + (columns[0] * 1e9).astype(np.int64)
    names = ("kind", "side", "price", "size", "flags")
    for name, column in zip(names, columns[1:], strict=True):
        events[name] = column
    return hs.Tape.from_events(events, INSTRUMENT)
