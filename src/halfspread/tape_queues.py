"""Tape queues: the levels of a tape of orders, and beside them who left each queue.

What a `Replay(tape, queue="exact")` walks. The departures stay in memory: no file holds them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from halfspread import _core
from halfspread.errors import ConfigError
from halfspread.event import EVENT
from halfspread.tape import Tape

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
"""Lots of one order that left its queue (core/departure.hpp); `Tape.departures` are its bytes."""


def with_queues(tape: Tape) -> Tape:
    """`tape.levels()` with their departures; a tape that has them comes back as it is.

    Errors:
        ConfigError: the tape doesn't tell of single orders.
    """
    if tape.departures is not None:
        return tape
    if not tape.holds_orders:
        why = "doesn't tell of single orders, by whose ids alone a place in a queue is exact"
        raise ConfigError(f"tape: {tape.path} {why}")
    fold = _core.OrderLevels(True)
    for rows in tape.blocks():
        fold.apply(rows.view(np.uint8).reshape(len(rows), EVENT.itemsize))
    return replace(tape.levels(), departures=fold.take_departures())
