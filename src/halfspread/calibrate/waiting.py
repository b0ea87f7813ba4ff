"""Waiting: A and k by the waits of virtual orders; and by the regression of a tutorial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from halfspread.calibrate.exponential import Exponential, poisson_fit
from halfspread.calibrate.inference import CELLS_A_BLOCK, block_seconds, stationary_weights
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints, Record

WINDOW = 10.0
"""Seconds that a virtual order waits."""
MOST_ORDERS = 20_000
"""Virtual orders a depth: one a second, or fewer."""
DEPTHS = 10
DRAWS = 100
INTERVAL = 0.1
"""Seconds of the regression's intervals, as in the tutorial."""
HALF_TICKS = 70
"""Its longest range, likewise."""


@dataclass(frozen=True)
class Waiting:
    """A and k of virtual orders that stay where they are put, filled when traded through."""

    fit: Exponential
    intensity_bootstrap: float
    decay_bootstrap: float
    window_s: float
    depths: tuple[float, ...]
    """ticks from the mid at which they were put"""
    rates: tuple[float, ...]
    """per second: fills over the sum of all waits, those cut off by the window included"""


def waiting(record: Record, side: int, nearest: float, seed: int = 0) -> Waiting:
    """A and k of one side by censored waiting times.

    Each second (or less often: MOST_ORDERS) an order is put at each of DEPTHS depths and stays
    there for WINDOW seconds; it is filled by the first aggressor order that trades at a worse
    price.

    rate(d) = fills / sum of waits,    A and k by `poisson_fit` on fills and waits

    which is the likelihood of exponential waits, cut at the window. The mid wanders while an order
    waits, so k is smaller than that of quotes that follow it. Orders a second apart wait together:
    the errors that count are the bootstrap's, by blocks of max(block_seconds, 2 WINDOW).

    Args:
        side: +1 our bids, -1 our asks.
        nearest: ticks, the nearest depth.
    Errors:
        CalibrationError: the data are shorter than 3 windows, or no order was filled.
    Source:
        J. Fernandez-Tapia, thesis, Université Paris 6, 2015, section 4.4.2.
    """
    if record.seconds < 3 * WINDOW:
        raise CalibrationError(
            f"{record.seconds:.1f} s of data; waits of {WINDOW:g} s need {3 * WINDOW:g}"
        )
    step = round(max((record.seconds - WINDOW) / MOST_ORDERS, 1.0) / NANO)
    times = np.arange(record.span[0], record.span[1] - round(WINDOW / NANO), step, dtype=np.int64)
    mids = record.touches.mid_of(record.touches.row_at(times))
    times, mids = times[np.isfinite(mids)], mids[np.isfinite(mids)]
    hits = record.arrivals.of(-side)
    begin = np.searchsorted(hits.time, times, side="right")
    away = -side * hits.far
    start = nearest - nearest % 1 + np.where(mids % 1 > 0, 0.5, 0.0 if nearest >= 1 else 1.0)
    waits, filled = _wait(times, -side * mids, start, begin, hits.time, away, WINDOW / NANO)
    if not filled.any():
        raise CalibrationError("no virtual order was traded through")
    depth = start[:, None] + np.arange(DEPTHS)
    depths, place = np.unique(depth, return_inverse=True)
    place = place.reshape(depth.shape)
    length = max(block_seconds(record.seconds, 2 * WINDOW) / CELLS_A_BLOCK, step * NANO)
    cell = ((times - record.span[0]) / (length / NANO)).astype(np.int64)
    cells = int(cell.max()) + 1
    key = (cell[:, None] * len(depths) + place).ravel()
    fills = np.bincount(key, weights=filled.ravel(), minlength=cells * len(depths))
    spent = np.bincount(key, weights=waits.ravel(), minlength=cells * len(depths))
    fills, spent = fills.reshape(cells, -1), spent.reshape(cells, -1)
    fit = poisson_fit(depths, fills.sum(axis=0), spent.sum(axis=0))
    drawn = []
    for weights in stationary_weights(cells, CELLS_A_BLOCK, seed, DRAWS):
        try:
            again = poisson_fit(depths, weights @ fills, weights @ spent)
        except CalibrationError:
            continue
        drawn.append((again.intensity, again.decay))
    spreads = (
        np.std(np.array(drawn).reshape(-1, 2), axis=0, ddof=1) if len(drawn) > 1 else (0.0, 0.0)
    )
    known = spent.sum(axis=0) > 0
    rates = fills.sum(axis=0)[known] / spent.sum(axis=0)[known]
    return Waiting(
        fit=fit,
        intensity_bootstrap=float(spreads[0]),
        decay_bootstrap=float(spreads[1]),
        window_s=WINDOW,
        depths=tuple(depths[known].tolist()),
        rates=tuple(rates.tolist()),
    )


@njit(cache=True)
def _wait(
    times: Ints, mids: Floats, start: Floats, begin: Ints, hits: Ints, away: Ints, window: float
) -> tuple[Floats, Floats]:
    """Seconds that each order waits, and whether it is filled; mids and away are signed."""
    waits = np.full((len(times), DEPTHS), window * 1e-9)
    filled = np.zeros((len(times), DEPTHS))
    for i in range(len(times)):
        depth = 0
        row = begin[i]
        while depth < DEPTHS and row < len(hits) and hits[row] - times[i] <= window:
            while depth < DEPTHS and away[row] - mids[i] > start[i] + depth:
                waits[i, depth] = (hits[row] - times[i]) * 1e-9
                filled[i, depth] = 1.0
                depth += 1
            row += 1
    return waits, filled


@dataclass(frozen=True)
class Tutorial:
    """A and k as hftbacktest's GLFT tutorial defines them: for comparison, not for our models."""

    intensity: float
    """per second, both sides together"""
    decay: float
    """per HALF tick"""
    half_ticks: int
    """depths in the regression"""


def tutorial_fit(record: Record, half_ticks: int = HALF_TICKS) -> Tutorial:
    """The regression of hftbacktest's tutorial on market making with the GLFT model, as it stands.

    For each 100 ms the farthest print of either side is taken, in half ticks from the mid at the
    beginning; lambda(i) is the number of such depths beyond the i-th half tick over the time.

    ln lambda(i) = ln A - k (i + 1/2)     for i = 0, 1, ... while lambda(i) > 0, by least squares

    Its A counts both sides, its k is per half tick; several orders within an interval count as one;
    zeros are left out and all depths weigh the same.

    Errors:
        CalibrationError: fewer than 3 depths were reached.
    """
    step = round(INTERVAL / NANO)
    first = record.span[0]
    orders = record.arrivals.where(record.arrivals.time >= first)
    interval = (orders.time - first) // step
    mids = record.grid(INTERVAL)
    known = interval < len(mids)
    depth = orders.side[known] * (orders.far[known] - mids[interval[known]])
    farthest = np.full(len(mids), -np.inf)
    np.fmax.at(farthest, interval[known], np.where(np.isfinite(depth), depth, -np.inf))
    ticks = np.rint(farthest[np.isfinite(farthest)] * 2).astype(np.int64) - 1
    ticks = ticks[(ticks >= 0) & (ticks < half_ticks)]
    beyond = np.bincount(ticks, minlength=half_ticks)[::-1].cumsum()[::-1] - np.bincount(
        ticks, minlength=half_ticks
    )
    used = int(np.argmax(np.append(beyond, 0) == 0))
    if used < 3:
        raise CalibrationError(f"prints reached {used} half ticks; the regression needs 3")
    x = np.arange(used) + 0.5
    slope, constant = np.polyfit(x, np.log(beyond[:used] / record.seconds), 1)
    return Tutorial(float(np.exp(constant)), float(-slope), used)
