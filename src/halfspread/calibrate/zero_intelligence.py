"""Zero intelligence: rates of limit orders, market orders and cancellations by distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfspread.calibrate.level_changes import Cause, LevelChanges
from halfspread.calibrate.record import CalibrationError, Floats, Ints
from halfspread.flows import ZeroIntelligence

MOST_DISTANCES = 500
COVERED = 0.9
"""The share of limit orders that the table of distances reaches, if MOST_DISTANCES do."""
FEWEST = 100
"""Limit orders, and cancellations, without which there is nothing to fit."""
FEWEST_CANCELS = 10
"""Of a distance; one with fewer has the rate of all such distances together."""


@dataclass(frozen=True)
class ZeroIntelligenceFit:
    """Rates a second and side, in orders of the mean size, by ticks from the opposite best."""

    limit_rates: tuple[float, ...]
    limit_errors: tuple[float, ...]
    market_rate: float
    market_error: float
    cancel_rates: tuple[float, ...]
    cancel_errors: tuple[float, ...]
    unit_lots: float
    """the mean size of a limit order within the table"""
    limit_orders: tuple[int, ...]
    market_orders: int
    cancellations: tuple[int, ...]
    """how many were counted, both sides together"""
    resting: tuple[float, ...]
    """of a side, orders of the mean size that rested, on average over time"""
    seconds: float
    share: float
    """of the limit orders seen, within the table"""
    price: int
    """the first best bid, ticks"""

    @property
    def flow(self) -> ZeroIntelligence:
        """The flow of these laws. Orders have the two whole sizes around the mean, in its shares.

        Errors:
            ConfigError: the laws are none that a flow can have.
        """
        low = int(self.unit_lots)
        part = self.unit_lots - low
        whole = part < 1e-9
        return ZeroIntelligence(
            limit_rates=self.limit_rates,
            market_rate=self.market_rate,
            cancel_rates=self.cancel_rates,
            sizes=(low,) if whole else (low, low + 1),
            size_weights=(1.0,) if whole else (1 - part, part),
            price=self.price,
        )


def zero_intelligence(changes: LevelChanges) -> ZeroIntelligenceFit:
    """Estimate the rates of a zero-intelligence flow, by volume over exposure.

    limit_rates[i]  = lots of limit orders i ticks from the opposite best / (2 T u)
    market_rate     = lots of market orders / (2 T u)
    cancel_rates[i] = lots cancelled there / integral of the lots resting there

    with u the mean size of a limit order, T the seconds, and the two sides as one; where a side is
    empty its best is where it last was. Rates are of volume, so that in the mean as much leaves
    each distance as comes. Errors are Poisson's, of orders whose sizes differ:
    sqrt(sum of squared lots) in place of the lots, u and the exposure taken as known. Orders that
    excite each other make the true errors larger.

    The table reaches COVERED of the limit orders, MOST_DISTANCES at most. A distance with fewer
    than FEWEST_CANCELS cancellations has the rate of all such distances.

    Errors:
        CalibrationError: fewer than FEWEST limit orders or cancellations within the table.
    Source:
        R. Cont, S. Stoikov and R. Talreja, "A stochastic model for order book dynamics",
        Operations Research 58(3), 2010, section 2.3, who count orders and correct by mean sizes.
    """
    live = (changes.message > changes.first) & (changes.distance >= 1)
    limits = live & (changes.cause == Cause.limit)
    if limits.sum() < FEWEST:
        raise CalibrationError(f"{int(limits.sum())} limit orders; the rates need {FEWEST}")
    reach = np.quantile(changes.distance[limits], COVERED, method="higher")
    levels = int(min(reach, MOST_DISTANCES))
    near = live & (changes.distance <= levels)
    tables = {}
    for cause in (Cause.limit, Cause.cancel):
        chosen = near & (changes.cause == cause)
        tables[cause] = _by_distance(changes, np.flatnonzero(chosen), levels)
    orders, lots, squares = tables[Cause.limit]
    cancels, gone, gone_squares = tables[Cause.cancel]
    if cancels.sum() < FEWEST:
        raise CalibrationError(f"{int(cancels.sum())} cancellations; the rates need {FEWEST}")
    unit, seconds = float(lots.sum() / orders.sum()), changes.seconds
    exposure = resting_seconds(changes, levels).sum(axis=0)
    few = (cancels < FEWEST_CANCELS) | (exposure <= 0)
    cancel_rates, cancel_errors = np.empty(levels), np.empty(levels)
    for part in [few] + [np.arange(levels) == i for i in np.flatnonzero(~few)]:
        held, left = exposure[part].sum(), gone[part].sum()
        if held > 0 and left > 0:
            cancel_rates[part] = left / held
            cancel_errors[part] = np.sqrt(gone_squares[part].sum()) / held
        else:
            cancel_rates[part] = gone.sum() / exposure.sum()
            cancel_errors[part] = np.sqrt(gone_squares.sum()) / exposure.sum()
    takes = _market_orders(changes, live)
    return ZeroIntelligenceFit(
        limit_rates=tuple((lots / (2 * seconds * unit)).tolist()),
        limit_errors=tuple((np.sqrt(squares) / (2 * seconds * unit)).tolist()),
        market_rate=float(takes.sum() / (2 * seconds * unit)),
        market_error=float(np.sqrt((takes**2).sum()) / (2 * seconds * unit)),
        cancel_rates=tuple(cancel_rates.tolist()),
        cancel_errors=tuple(cancel_errors.tolist()),
        unit_lots=unit,
        limit_orders=tuple(orders.astype(int).tolist()),
        market_orders=len(takes),
        cancellations=tuple(cancels.astype(int).tolist()),
        resting=tuple((exposure / (2 * seconds * unit)).tolist()),
        seconds=seconds,
        share=float(orders.sum() / limits.sum()),
        price=int(changes.bid[changes.first]),
    )


def _by_distance(changes: LevelChanges, rows: Ints, levels: int) -> tuple[Floats, Floats, Floats]:
    """How many changes, their lots, and their squared lots, at each distance."""
    place = changes.distance[rows] - 1
    lots = changes.lots[rows].astype(np.float64)
    counts = np.bincount(place, minlength=levels).astype(np.float64)
    sums: Floats = np.bincount(place, weights=lots, minlength=levels).astype(np.float64)
    squares: Floats = np.bincount(place, weights=lots**2, minlength=levels).astype(np.float64)
    return counts, sums, squares


def _market_orders(changes: LevelChanges, live: NDArray[np.bool_]) -> Floats:
    """The lots of each market order: what a message took of one side."""
    rows = np.flatnonzero((changes.cause == Cause.market) & live)
    if not len(rows):
        return np.zeros(0)
    key = 2 * changes.message[rows] + (changes.side[rows] > 0)
    _, place = np.unique(key, return_inverse=True)
    lots: Floats = np.bincount(place, weights=changes.lots[rows]).astype(np.float64)
    return lots


def resting_seconds(changes: LevelChanges, levels: int) -> Floats:
    """Lot-seconds at 1 ... `levels` ticks from the opposite best, of bids and of asks: (2, levels).

    Errors:
        CalibrationError: as `LevelChanges.price_range`.
    """
    low, high = changes.price_range(levels)
    found: Floats = _rest(
        changes.message,
        changes.side,
        changes.price,
        changes.after,
        changes.time,
        changes.bid,
        changes.ask,
        changes.first,
        levels,
        low,
        high,
    )
    return found


@njit(cache=True)
def _rest(message, side, price, after, time, bid, ask, first, levels, low, high):  # type: ignore[no-untyped-def]
    """The integrals, a message at a time; books are arrays over the prices from low to high."""
    book = np.zeros((2, high - low + 1), dtype=np.int64)
    sums = np.zeros((2, levels))
    row = 0
    best = np.zeros(2, dtype=np.int64)
    for at in range(len(time)):
        while row < len(message) and message[row] == at:
            if low <= price[row] <= high:
                book[0 if side[row] > 0 else 1, price[row] - low] = after[row]
            row += 1
        if bid[at] != -(2**31):
            best[0] = bid[at]
        if ask[at] != 2**31 - 1:
            best[1] = ask[at]
        if at < first or at + 1 == len(time):
            continue
        length = (time[at + 1] - time[at]) * 1e-9
        if length <= 0:
            continue
        for i in range(levels):
            below, above = best[1] - 1 - i - low, best[0] + 1 + i - low
            if 0 <= below <= high - low:
                sums[0, i] += length * book[0, below]
            if 0 <= above <= high - low:
                sums[1, i] += length * book[1, above]
    return sums
