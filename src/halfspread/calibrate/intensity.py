"""Intensity: A and k of a tape, by side, by spread and by time of day, with bootstrapped errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from halfspread.calibrate.blocks import Blocks, count_blocks
from halfspread.calibrate.exponential import Cells, Exponential, count_cells, reach_fit, solve
from halfspread.calibrate.goodness import LEVEL, choose_range
from halfspread.calibrate.inference import CELLS_A_BLOCK, block_seconds, stationary_weights
from halfspread.calibrate.record import NANO, Arrivals, CalibrationError, Floats, Record

PERIODS = (60, 300, 900, 3600)
"""Seconds of a time of day: the shortest that cuts the span in MOST_PERIODS or fewer."""
MOST_PERIODS = 24
MOST_SPREADS = 5
CURVE_POINTS = 200
LEAST_SHARE = 0.05
"""Of the time: a grid of depths that is there for less is plotted as part of the other."""


@dataclass(frozen=True)
class Curve:
    """The rate at which a depth is reached, without a model: what is plotted."""

    depths: tuple[float, ...]
    """ticks from the mid"""
    rates: tuple[float, ...]
    """per second: orders that reached it over the seconds in which an order could stand there"""
    errors: tuple[float, ...]
    """by blocks of time"""


@dataclass(frozen=True)
class Part:
    """A fit to part of the time: of one spread, or of one time of day."""

    label: str
    fit: Exponential


@dataclass(frozen=True)
class Intensity:
    """A and k of one side, or of both as one."""

    fit: Exponential
    """at or beyond the depth of the touch: a fill is a trade at our price or through it"""
    through: float
    """A exp(-k): the A of orders that fill only when traded through, per second"""
    intensity_bootstrap: float
    decay_bootstrap: float
    """standard errors of A and k by the stationary bootstrap, or where most draws have no fit those
    of `fit`"""
    nearest: float
    """ticks: the fit's range begins here"""
    farthest: float
    """ticks: and ends here; what reached farther is known only to have done so"""
    holds: bool
    """whether the test does not refuse the exponential on that range"""
    probability: float
    """of a misfit as large were it true: that of `fit_test`"""
    dispersion: float
    """the variance of a count over its mean, between blocks of time, of the first five depths; 1 is
    Poisson"""
    left_out: int
    """orders that did not reach the touch, because the mid as told was stale"""
    curve: Curve
    by_spread: tuple[Part, ...]
    by_time: tuple[Part, ...]


def intensity(record: Record, side: int, seed: int = 0) -> Intensity:
    """A and k of aggressor orders that hit one side; an order of ours there is filled by them.

    lambda(d) = A exp(-k d)

    is the rate at which an aggressor order reaches d ticks from the mid that stood before its
    instant. Time counts for a depth only while an order could stand there (see Cells). The range is
    that of `choose_range`: from the touch of the median spread, or up to 3 depths behind it, as far
    as the law passes `fit_test`, by blocks of time. If it passes on none, `holds` is False and the
    fit a summary of the depths that 95 % of orders don't reach past.

    Args:
        side: +1 our bids, hit by sellers; -1 our asks; 0 both sides as one: the mean of a side.
    Errors:
        CalibrationError: too few orders, or all of one depth.
    """
    orders = record.arrivals.where(np.isfinite(record.arrivals.mid))
    orders = orders if side == 0 else orders.of(-side)
    edges = record.edges(block_seconds(record.seconds) / CELLS_A_BLOCK)
    exposed = record.exposure_by_spread(edges) * (2.0 if side == 0 else 1.0)
    by_spread = exposed.sum(axis=0)
    nearest = _nearest(by_spread)
    stretches = count_blocks(orders, _by_grid(exposed), nearest, edges)
    blocks, cells = stretches.whole(), stretches.cells()
    left, depths, probability = choose_range(blocks)
    fit = reach_fit(cells.without(left), depths)
    weights = stationary_weights(len(edges) - 1, CELLS_A_BLOCK, seed)
    drawn = solve(nearest + left, stretches.without(left).resampled(weights, depths))
    known = np.isfinite(drawn[1])
    spreads = (fit.intensity_error, fit.decay_error)
    if known.sum() > len(known) / 2:
        spreads = float(drawn[0][known].std(ddof=1)), float(drawn[1][known].std(ddof=1))
    return Intensity(
        fit=fit,
        through=fit.intensity * float(np.exp(-fit.decay)),
        intensity_bootstrap=spreads[0],
        decay_bootstrap=spreads[1],
        nearest=float(nearest.min() + left),
        farthest=float(nearest.min() + left + depths),
        holds=probability >= LEVEL,
        probability=probability,
        dispersion=_dispersion(blocks),
        left_out=len(orders.time) - cells.orders,
        curve=_curve(blocks),
        by_spread=_by_spread(orders, by_spread, left, depths),
        by_time=_by_time(record, orders, nearest + left, depths, 2.0 if side == 0 else 1.0),
    )


def _nearest(by_spread: Floats) -> Floats:
    """Of each grid, whole ticks and halves, the first depth at or beyond half the median spread."""
    half = int(np.searchsorted(np.cumsum(by_spread), by_spread.sum() / 2)) / 2
    return np.array([1.0 + max(np.ceil(half - 1.0), 0), 0.5 + max(np.ceil(half - 0.5), 0)])


def _by_grid(by_spread: Floats) -> Floats:
    """Seconds (..., spreads) as seconds with the mid on a whole tick, and on a half."""
    return np.stack([by_spread[..., ::2].sum(axis=-1), by_spread[..., 1::2].sum(axis=-1)], axis=-1)


def _dispersion(blocks: Blocks) -> float:
    """Pearson's chi-square over its degrees of freedom, of depths (up to 5) against blocks of time.

    1 where the share of orders that reach a depth is the same in every block; at least 1.
    """
    column = blocks.grid * 5 + np.minimum(blocks.step, 4)
    table = np.bincount(blocks.time * 10 + column, minlength=len(blocks.seconds) * 10)
    chi, freedom = 0.0, 0
    for grid in table.reshape(-1, 2, 5).transpose(1, 0, 2):
        kept = grid[:, grid.sum(axis=0) > 0]
        kept = kept[kept.sum(axis=1) > 0]
        if min(kept.shape) < 2:
            continue
        expected = kept.sum(axis=1, keepdims=True) * kept.sum(axis=0) / kept.sum()
        chi += float(((kept - expected) ** 2 / expected).sum())
        freedom += (kept.shape[0] - 1) * (kept.shape[1] - 1)
    return max(chi / freedom, 1.0) if freedom else 1.0


def _curve(blocks: Blocks) -> Curve:
    """The rates of the depths that orders reached, thinned, with errors by block of time."""
    blocks = blocks.without_thin(LEAST_SHARE)
    depths, reached, seconds = blocks.cells().curve()
    rows = np.flatnonzero(reached)
    if len(rows) > CURVE_POINTS:
        rows = rows[np.unique(np.geomspace(1, len(rows), CURVE_POINTS).astype(np.int64) - 1)]
    there = blocks.nearest[blocks.grid] + blocks.step
    errors = []
    for depth, rate in zip(depths[rows], reached[rows] / seconds[rows], strict=True):
        grid = int(depth % 1 > 0)
        deep = blocks.time[(blocks.grid == grid) & (there >= depth)]
        hit = np.bincount(deep, minlength=len(blocks.seconds))
        apart = hit - rate * blocks.seconds[:, grid]
        errors.append(float(np.sqrt((apart**2).sum()) / blocks.seconds[:, grid].sum()))
    rates = (reached[rows] / seconds[rows]).tolist()
    return Curve(tuple(depths[rows].tolist()), tuple(rates), tuple(errors))


def _by_spread(orders: Arrivals, by_spread: Floats, left: int, depths: int) -> tuple[Part, ...]:
    """A fit for each narrow spread, from `left` depths behind its touch; one for all wider."""
    parts = []
    there = np.flatnonzero(by_spread)
    for ticks in (*range(1, MOST_SPREADS + 1), None):
        widths = there[there == ticks] if ticks else there[there > MOST_SPREADS]
        if not len(widths):
            continue
        known = orders.where(np.isin(orders.spread, widths))
        place = np.searchsorted(widths, known.spread)
        cells = count_cells(known.reach, place, widths / 2 + left, by_spread[widths])
        label = f"{ticks} tick{'s' if ticks != 1 else ''}" if ticks else f"> {MOST_SPREADS} ticks"
        parts += _part(label, cells, depths)
    return tuple(parts)


def _part(label: str, cells: Cells, depths: int) -> list[Part]:
    try:
        fit = reach_fit(cells, depths)
    except CalibrationError:
        return []
    return [Part(label, replace(fit, seconds=float(cells.seconds.sum())))]


def _by_time(
    record: Record, orders: Arrivals, nearest: Floats, depths: int, sides: float
) -> tuple[Part, ...]:
    """A fit for each period of the clock that the span touches, UTC; days are laid together."""
    wanted = (p for p in PERIODS if record.seconds <= p * MOST_PERIODS)
    period = round(next(wanted, PERIODS[-1]) / NANO)
    first = record.span[0] // period * period
    edges = np.arange(first, record.span[1] + period, period, dtype=np.int64)
    exposed = _by_grid(record.exposure_by_spread(edges)) * sides
    day = 86_400 * 10**9
    parts = []
    for start in np.unique(edges[:-1] % day):
        seconds = exposed[edges[:-1] % day == start].sum(axis=0)
        then = orders.where(orders.time // period * period % day == start)
        cells = count_cells(then.reach, then.spread % 2, nearest, seconds)
        minutes = int(start) // (60 * 10**9)
        parts += _part(f"{minutes // 60:02d}:{minutes % 60:02d}", cells, depths)
    return tuple(parts)
