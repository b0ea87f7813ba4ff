"""Mark-out: what a maker who was hit had some seconds later, with bootstrapped bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.inference import CELLS_A_BLOCK, block_seconds, stationary_weights
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints, Record
from halfspread.errors import ConfigError
from halfspread.evaluate.metrics import HORIZONS
from halfspread.evaluate.run import Run

FEWEST = 20
"""Fills that can be marked out."""


@dataclass(frozen=True)
class MarkOut:
    """A curve, a number a horizon, in ticks; a maker's gain is > 0."""

    effective: float
    """half spread at the fill: side * (mid just before - price)"""
    horizons_s: tuple[float, ...]
    realised: tuple[float, ...]
    """side * (mid a horizon later - price)"""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """the ends of a 95 % band"""
    impact: tuple[float, ...]
    """side * (mid a horizon later - mid just before); realised = effective + impact"""
    fills: tuple[int, ...]
    """that could be marked out"""


def mark_outs(record: Record, seed: int = 0) -> tuple[MarkOut, MarkOut]:
    """The mark-outs of public trades: of a maker at the touch, and of all who were hit.

    realised(h) = sum w s (m(t + h) - p) / sum w

    with s = +1 where the maker bought, m the mid and t just before the aggressor order's instant.
    At the touch, p is the first price of the order and w = 1: one lot that is always first in the
    queue. Of all, p is the order's mean price and w its lots. A maker who joins the end of a queue
    is filled by the larger and later orders, and fares worse than the first. Fees are not in it.

    The band is that of percentiles of the stationary bootstrap, of blocks of
    max(block_seconds, 2 h) seconds on average.

    Errors:
        CalibrationError: fewer than FEWEST trades have a mid at the first horizon.
    """
    orders = record.arrivals.where(np.isfinite(record.arrivals.mid))
    rows = [
        np.where(later <= record.span[1], record.touches.row_at(later), -1)
        for later in (orders.time + round(horizon / NANO) for horizon in HORIZONS)
    ]
    after = np.stack([record.touches.mid_of(row) for row in rows], axis=1)
    ones = np.ones(len(orders.time))
    mean: Floats = orders.value / np.maximum(orders.lots, 1.0)
    near = orders.near.astype(np.float64)
    first = _curve(-orders.side, near, orders.mid, ones, after, orders.time, seed)
    lots = orders.lots.astype(np.float64)
    every = _curve(-orders.side, mean, orders.mid, lots, after, orders.time, seed)
    return first, every


def run_mark_out(run: Run, lane: int = 0, seed: int = 0) -> MarkOut:
    """The same of a run's own fills in one lane, makers' only.

    Errors:
        ConfigError: there is no such lane, or the run kept no fills.
        CalibrationError: fewer than FEWEST fills can be marked out.
    """
    if not 0 <= lane < run.n:
        raise ConfigError(f"lane must be in 0 to {run.n - 1}, was {lane}")
    if not run.keeps_fills:
        raise ConfigError("the run kept no fills: run one lane alone")
    ours = (run.fills["lane"] == lane) & run.fills["maker"]
    fills = {name: column[ours] for name, column in run.fills.items()}
    return _curve(
        fills["side"].astype(np.int64),
        fills["price"].astype(np.float64),
        fills["mid"],
        fills["size"].astype(np.float64),
        run.mids_after[ours],
        fills["exchange_time"],
        seed,
    )


def _curve(
    side: Ints, price: Floats, mid: Floats, lots: Floats, after: Floats, time: Ints, seed: int
) -> MarkOut:
    known = np.isfinite(mid)
    there = int(np.isfinite(after[known, 0]).sum())
    if there < FEWEST:
        raise CalibrationError(f"{there} fills with a mid after them; a mark-out needs {FEWEST}")
    side, price, mid, lots = side[known], price[known], mid[known], lots[known]
    after, time = after[known], time[known]
    span = float(time[-1] - time[0]) * NANO
    rows = []
    for horizon, later in zip(HORIZONS, after.T, strict=True):
        there = np.isfinite(later)
        if there.sum() < FEWEST:
            break
        cell_length = block_seconds(span, 2 * horizon) / CELLS_A_BLOCK
        cell = ((time - time[0]) * NANO / cell_length).astype(np.int64)[there]
        cells, worth = int(cell.max()) + 1, (side * (later - price))[there]
        total = np.bincount(cell, weights=lots[there], minlength=cells)
        summed = np.bincount(cell, weights=lots[there] * worth, minlength=cells)
        weights = stationary_weights(cells, CELLS_A_BLOCK, seed)
        divisor = weights @ total
        drawn = (weights @ summed)[divisor > 0] / divisor[divisor > 0]
        low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
        impact = float(((side * (later - mid))[there] * lots[there]).sum() / total.sum())
        rows.append(
            (horizon, float(summed.sum() / total.sum()), low, high, impact, int(there.sum()))
        )
    columns = tuple(zip(*rows, strict=True))
    effective = float((side * (mid - price) * lots).sum() / lots.sum())
    return MarkOut(effective, *columns)
