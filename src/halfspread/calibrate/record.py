"""Record: what calibration reads of a tape: the touch as it stood, and the orders that took it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.errors import HalfspreadError
from halfspread.event import Flag, Kind
from halfspread.tape import Tape

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NANO = 1e-9


class CalibrationError(HalfspreadError):
    """The data don't hold what an estimate needs; the message says what is missing."""


@dataclass(frozen=True, eq=False)
class Touches:
    """The best prices and sizes, a row each time one of them changed, on the venue's clock."""

    time: Ints
    """ns, never going back"""
    bid: Ints
    ask: Ints
    """ticks; only where both sides are there"""
    bid_size: Ints
    ask_size: Ints
    """lots; 0 while a side is empty"""

    @cached_property
    def two_sided(self) -> NDArray[np.bool_]:
        """Whether there is a bid and an ask."""
        return (self.bid_size > 0) & (self.ask_size > 0)

    @cached_property
    def mid(self) -> Floats:
        """Ticks; NaN while a side is empty."""
        return np.where(self.two_sided, (self.bid + self.ask) / 2, np.nan)

    @cached_property
    def spread(self) -> Ints:
        """Ticks; 0 while a side is empty."""
        return np.where(self.two_sided, self.ask - self.bid, 0)

    def row_at(self, times: Ints) -> Ints:
        """The row that stands just after each time; -1 before the first."""
        return np.searchsorted(self.time, times, side="right").astype(np.int64) - 1

    def row_before(self, times: Ints) -> Ints:
        """The row that stood just before each time, those of the same instant not counted."""
        return np.searchsorted(self.time, times, side="left").astype(np.int64) - 1

    def mid_of(self, rows: Ints) -> Floats:
        """The mid of rows, NaN for row -1."""
        mids: Floats = np.where(rows >= 0, self.mid[rows], np.nan)
        return mids


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Aggressor orders: prints of one instant and one side, taken together; ascending in time."""

    time: Ints
    side: Ints
    """+1 bought, -1 sold"""
    lots: Ints
    value: Ints
    """tick-lots: the sum of price times size"""
    near: Ints
    far: Ints
    """ticks, the first and the last price it reached"""
    row: Ints
    """of Touches, just before its instant; -1 if none"""
    mid: Floats
    """ticks, just before its instant; NaN if not known"""
    spread: Ints
    """ticks, likewise; 0 if not known"""

    def of(self, side: int) -> Arrivals:
        """Those of one side."""
        return self.where(self.side == side)

    def where(self, kept: NDArray[np.bool_]) -> Arrivals:
        """Those kept."""
        return Arrivals(**{name: column[kept] for name, column in vars(self).items()})

    @property
    def reach(self) -> Floats:
        """Ticks from the mid to the last price it reached, on its side; a half or a whole number.

        An order at distance d <= reach on that side was reached; at d < reach, traded through.
        """
        return self.side * (self.far - self.mid)


@dataclass(frozen=True, eq=False)
class Record:
    """The touch and the aggressor orders of a tape, on the venue's clock."""

    touches: Touches
    arrivals: Arrivals
    span: tuple[int, int]
    """ns: from the first touch with two sides to the last row"""
    without_side: int
    """prints left out because the aggressor's side is not known"""
    _exposures: dict[bytes, Floats] = field(default_factory=dict, repr=False)

    @property
    def seconds(self) -> float:
        """The length of the span."""
        return (self.span[1] - self.span[0]) * NANO

    def exposure_by_spread(self, edges: Ints) -> Floats:
        """Seconds with two sides in each bin of time at each spread: (bins, spreads), ticks from 0.

        Args:
            edges: ascending times, ns; bin i is [edges[i], edges[i + 1]).
        """
        key = edges.tobytes()
        if key not in self._exposures:
            times = self.touches.time
            inside = times[(times > edges[0]) & (times < edges[-1])]
            cuts = np.insert(inside, np.searchsorted(inside, edges), edges)[:-1]
            lengths = np.diff(cuts, append=edges[-1]) * NANO
            rows = self.touches.row_at(cuts)
            spread = np.where(rows >= 0, self.touches.spread[rows], 0)
            bins = np.searchsorted(edges, cuts, side="right") - 1
            widest = int(self.touches.spread.max()) + 1
            flat = np.bincount(
                bins * widest + spread, weights=lengths, minlength=(len(edges) - 1) * widest
            )
            table: Floats = flat.reshape(-1, widest).astype(np.float64)
            table[:, 0] = 0.0
            self._exposures[key] = table
        return self._exposures[key]

    def edges(self, width: float) -> Ints:
        """Times a cell apart that cover the span, the last cell as long as what is left.

        Args:
            width: seconds.
        """
        first, last = self.span
        times = np.arange(first, last, max(round(width / NANO), 1), dtype=np.int64)
        return np.append(times, last + 1)

    def grid(self, step: float) -> Floats:
        """The mid every `step` seconds over the span, ticks; NaN while a side is empty."""
        times = np.arange(self.span[0], self.span[1] + 1, round(step / NANO), dtype=np.int64)
        return self.touches.mid_of(self.touches.row_at(times))


def read_record(tape: Tape) -> Record:
    """The record of a tape: one pass of the core over its rows, and its prints grouped.

    Errors:
        CalibrationError: the book never has two sides, or less than a second is left from there.
    """
    log = _core.touches(tape.core)
    touches = Touches(**{name: log[name].astype(np.int64, copy=False) for name in log})
    if not touches.two_sided.any():
        raise CalibrationError("the book never has two sides")
    columns = tape.columns
    first = int(touches.time[int(np.argmax(touches.two_sided))])
    there = columns["flags"] & Flag.at_exchange.value != 0
    last = int(columns["exchange_time"][len(there) - 1 - int(np.argmax(there[::-1]))])
    if last - first < 10**9:
        raise CalibrationError("less than a second of a book with two sides")
    rows = np.flatnonzero((columns["kind"] == Kind.trade.value) & there)
    sides = columns["side"][rows].astype(np.int64)
    prints = rows[sides != 0]
    arrivals = _arrivals(
        columns["exchange_time"][prints],
        sides[sides != 0],
        columns["price_ticks"][prints].astype(np.int64),
        columns["size_lots"][prints].astype(np.int64),
        touches,
    )
    return Record(touches, arrivals, (first, last), len(rows) - len(prints))


def _arrivals(times: Ints, sides: Ints, prices: Ints, lots: Ints, touches: Touches) -> Arrivals:
    """The prints in groups of one instant and one side."""
    begins = np.ones(len(times), dtype=bool)
    begins[1:] = (np.diff(times) != 0) | (np.diff(sides) != 0)
    starts = np.flatnonzero(begins)
    if not len(starts):
        empty = np.zeros(0, dtype=np.int64)
        return Arrivals(*(empty,) * 7, empty.astype(np.float64), empty)
    row = touches.row_before(times[starts])
    return Arrivals(
        time=times[starts],
        side=sides[starts],
        lots=np.add.reduceat(lots, starts),
        value=np.add.reduceat(lots * prices, starts),
        near=sides[starts] * np.minimum.reduceat(sides * prices, starts),
        far=sides[starts] * np.maximum.reduceat(sides * prices, starts),
        row=row,
        mid=touches.mid_of(row),
        spread=np.where(row >= 0, touches.spread[row], 0),
    )
