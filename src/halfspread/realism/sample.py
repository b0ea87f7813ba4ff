"""Sample: what a scorecard reads of a tape: the touch, aggressor orders, changes of levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import floor

import numpy as np

from halfspread.calibrate.level_changes import Cause, LevelChanges, read_changes
from halfspread.calibrate.record import CalibrationError, Floats, Ints, Record, read_record
from halfspread.errors import TapeError
from halfspread.tape import Tape

LEAST_SECONDS = 60.0
FEWEST_ORDERS = 50
"""Aggressor orders of each side."""
FEWEST_MOVES = 50
"""Changes of the mid."""
LOOKS = 10_000
"""How often the book is looked at, at even steps of time."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A tape, as all statistics read it. Times are the venue's; prices in ticks, sizes in coins."""

    name: str
    record: Record
    changes: LevelChanges
    lot: float
    """coins"""
    kept: dict[str, Floats] = field(default_factory=dict, repr=False)
    """what several facts need of it, once computed"""

    @property
    def seconds(self) -> float:
        """The length of what is read."""
        return self.record.seconds

    @cached_property
    def looks(self) -> Ints:
        """LOOKS times, evenly over the span."""
        first, last = self.record.span
        times: Ints = np.linspace(first, last, LOOKS, endpoint=False).astype(np.int64)
        return times

    @cached_property
    def rows(self) -> Ints:
        """The row of the touch at each look, those without two sides left out."""
        rows = self.record.touches.row_at(self.looks)
        known: Ints = rows[(rows >= 0) & self.record.touches.two_sided[rows]]
        return known

    @cached_property
    def imbalance(self) -> Floats:
        """At each of `rows`: (bid size - ask size) / (bid size + ask size)."""
        touches = self.record.touches
        bid, ask = touches.bid_size[self.rows], touches.ask_size[self.rows]
        found: Floats = (bid - ask) / (bid + ask)
        return found

    @cached_property
    def moves(self) -> tuple[Ints, Floats]:
        """When the mid changed, ns, and by how much, ticks."""
        touches = self.record.touches
        known = np.flatnonzero(touches.two_sided)
        change = np.diff(touches.mid[known])
        where = np.flatnonzero(change)
        return touches.time[known[1:][where]], change[where]

    def returns(self, horizon: float) -> Floats:
        """Changes of the mid over consecutive intervals, ticks; those of an empty side left out."""
        change = np.diff(self.record.grid(horizon))
        known: Floats = change[np.isfinite(change)].astype(np.float64)
        return known

    @cached_property
    def taken(self) -> tuple[Ints, Ints, Ints, Ints]:
        """What market orders took of levels: time (ns), side of the book, price, lots."""
        rows = np.flatnonzero(self.changes.cause == Cause.market)
        changes = self.changes
        time = changes.time[changes.message[rows]]
        return time, changes.side[rows], changes.price[rows], changes.lots[rows]


def read_sample(tape: Tape, name: str, of_orders: bool | None = None) -> Sample:
    """Read a tape of levels, made of orders or not; `name` says which one it is in errors.

    Errors:
        TapeError: the tape is too short, has no trades or those of one side only, tells no levels,
            has an empty side, or its mid hardly moves.
    """

    def refuse(why: str) -> TapeError:
        return TapeError(tape.path, f"the {name} tape {why}")

    try:
        record, changes = read_record(tape), read_changes(tape, of_orders)
    except CalibrationError as error:
        raise TapeError(tape.path, f"the {name} tape: {error}") from None
    if record.seconds < LEAST_SECONDS:
        least = f"it needs {LEAST_SECONDS:g}"
        raise refuse(f"has {floor(100 * record.seconds) / 100:g} s of two sides; {least}")
    for side, word in ((1, "buyers'"), (-1, "sellers'")):
        count = int((record.arrivals.side == side).sum())
        if count < FEWEST_ORDERS:
            raise refuse(f"has {count} {word} market orders; it needs {FEWEST_ORDERS}")
    sample = Sample(name, record, changes, float(tape.instrument.lot))
    if len(sample.moves[0]) < FEWEST_MOVES:
        raise refuse(f"has {len(sample.moves[0])} changes of the mid; it needs {FEWEST_MOVES}")
    if len(sample.rows) < LOOKS // 2:
        raise refuse("has an empty side for most of the time")
    return sample


def halves(tape: Tape, name: str, span: tuple[int, int], of_orders: bool) -> tuple[Sample, Sample]:
    """The first and the second half of a span of a tape, by time.

    Errors:
        TapeError: a half is too short, or too quiet, as `read_sample` says.
    """
    first, last = span
    middle = (first + last) // 2
    one, other = tape.slice(first, middle), tape.slice(middle, last + 1)
    return (
        read_sample(one, f"first half of the {name}", of_orders),
        read_sample(other, f"second half of the {name}", of_orders),
    )
