"""Metrics: each a small function of plain arrays, with its formula; docs/metrics.md lists them all.

Times are int64 nanoseconds, money floats in the currency of settlement, prices ticks, sizes lots.
What can't be known (too few samples, nothing to divide by) is NaN, never 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfspread.evaluate.money import Floats, Ints, Money

YEAR = 365 * 86_400
"""Seconds in the year that rates are stated for: these markets never close."""
HORIZONS = (0.1, 1.0, 5.0, 30.0, 60.0)
"""Seconds after a fill at which its mark-out is read."""
NANO = 1e-9
BINS = (300, 60, 30, 10, 5, 1)
"""Widths (s) that a Sharpe ratio may be measured on: the widest that gives FEWEST_BINS is taken."""
FEWEST_BINS = 30
CLUSTER = 10.0
"""Seconds: the least span of fills that are taken to err together."""


def sampling_step(times: Ints) -> float:
    """Seconds between samples of a path, the median; NaN for fewer than 2."""
    return float(np.median(np.diff(times))) * NANO if len(times) > 1 else float("nan")


def bin_width(times: Ints) -> float:
    """Seconds a bin: the widest of BINS that fits FEWEST_BINS times, but no less than a sample."""
    if len(times) < 2:
        return float("nan")
    span, step = (times[-1] - times[0]) * NANO, sampling_step(times)
    fitting = (width for width in BINS if span >= FEWEST_BINS * width)
    return max(float(next(fitting, BINS[-1])), step)


def bin_edges(times: Ints, width: float) -> NDArray[np.intp]:
    """Rows of the last sample at or before start, start + width, ...; whole bins only."""
    if len(times) < 2 or not width > 0:
        return np.zeros(0, dtype=np.intp)
    edges = np.arange(times[0], times[-1] + 1, round(width / NANO))
    return np.searchsorted(times, edges, side="right") - 1


class Estimate(NamedTuple):
    """A number and its standard error."""

    value: float
    error: float


UNKNOWN = Estimate(float("nan"), float("nan"))


def sharpe(changes: Floats, width: float) -> Estimate:
    """Mean over standard deviation of the changes of wealth a bin, annualised, and its error.

    s = mean(x) / std(x, ddof=1);      value = s * sqrt(YEAR / width)
    error = sqrt((1 - g3 * s + (g4 - 1) / 4 * s^2) / (T - 1)) * sqrt(YEAR / width)

    with T bins of `width` seconds, g3 the skewness and g4 the kurtosis (normal: 3) of x. Bins are
    taken to be uncorrelated. NaN for fewer than 2 bins or if wealth never changes.

    Source: D. Bailey and M. Lopez de Prado, "The Sharpe ratio efficient frontier", Journal of Risk
    15(2), 2012 (the error); A. Lo, "The statistics of Sharpe ratios", Financial Analysts Journal
    58(4), 2002 (annualising).
    """
    known = changes[np.isfinite(changes)]
    if len(known) < 2 or np.ptp(known) == 0:
        return UNKNOWN
    ratio = float(known.mean() / known.std(ddof=1))
    standard = (known - known.mean()) / known.std()
    skewness, kurtosis = float(np.mean(standard**3)), float(np.mean(standard**4))
    variance = (1 - skewness * ratio + (kurtosis - 1) / 4 * ratio**2) / (len(known) - 1)
    year = float(np.sqrt(YEAR / width))
    return Estimate(ratio * year, float(np.sqrt(max(variance, 0.0))) * year)


def sortino(changes: Floats, width: float) -> Estimate:
    """Mean over downside deviation of the changes of wealth a bin, annualised, and its error.

    s = mean(x) / d,   d = sqrt(mean(y^2)),   y = min(x, 0);   value = s * sqrt(YEAR / width)
    error = std((x - mean(x)) / d - s * (y^2 - d^2) / (2 d^2)) / sqrt(T) * sqrt(YEAR / width)

    with T bins, taken to be uncorrelated (the error is by the delta method). NaN without a losing
    bin.
    """
    known = changes[np.isfinite(changes)]
    squares = np.minimum(known, 0.0) ** 2
    downside = float(np.sqrt(squares.mean())) if len(known) > 1 else 0.0
    if downside == 0:
        return UNKNOWN
    mean = float(known.mean())
    ratio = mean / downside
    pull = (known - mean) / downside - ratio * (squares / downside**2 - 1) / 2
    year = float(np.sqrt(YEAR / width))
    return Estimate(ratio * year, float(pull.std() / np.sqrt(len(known))) * year)


class Drawdown(NamedTuple):
    """The deepest fall of wealth from a peak: money, then nanoseconds (None: there was none)."""

    amount: float
    peak: int | None
    trough: int | None
    recovery: int | None
    """when wealth was back at the peak; None if it never was"""


def underwater(wealth: Floats) -> Floats:
    """How far wealth is below its highest so far, <= 0; a run begins with 0. NaN stays NaN."""
    return wealth - np.fmax.accumulate(np.fmax(wealth, 0.0)) if len(wealth) else wealth


def drawdown(times: Ints, wealth: Floats) -> Drawdown:
    """The largest of max over s <= t of wealth(s) - wealth(t), on the samples of the path."""
    known = np.isfinite(wealth)
    times, wealth = times[known], wealth[known]
    if not len(wealth):
        return Drawdown(float("nan"), None, None, None)
    depth = underwater(wealth)
    trough = int(np.argmin(depth))
    if depth[trough] == 0:
        return Drawdown(0.0, None, None, None)
    top = wealth[trough] - depth[trough]
    before = np.flatnonzero(wealth[: trough + 1] >= top)
    after = np.flatnonzero(wealth[trough:] >= top)
    return Drawdown(
        amount=float(-depth[trough]),
        peak=int(times[before[-1] if len(before) else 0]),
        trough=int(times[trough]),
        recovery=int(times[trough + after[0]]) if len(after) else None,
    )


def time_mean(times: Ints, values: Floats) -> float:
    """The mean over time of a path that keeps a value until the next sample; not over NaN."""
    spans = np.diff(times)
    known = np.isfinite(values[:-1])
    total = spans[known].sum()
    return float((values[:-1][known] * spans[known]).sum() / total) if total > 0 else float("nan")


def held_mean(times: Ints, signed: Ints, start: int, end: int) -> float:
    """The mean over [start, end] of inventory: Σ signed * (end - time) / (end - start), in lots."""
    if end <= start:
        return float("nan")
    left = (end - np.clip(times, start, end)) / (end - start)
    return float(signed @ left)


def realised_volatility(times: Ints, mids: Floats, width: float) -> float:
    """sqrt(Σ (change of mid)^2 / Σ time) over bins of `width` seconds: ticks per root second."""
    changes = np.diff(mids[bin_edges(times, width)])
    known = np.isfinite(changes)
    count = int(known.sum())
    return float(np.sqrt((changes[known] ** 2).sum() / (count * width))) if count else float("nan")


class RoundTrips(NamedTuple):
    """Lots bought and sold again, or sold and bought back: one row a piece."""

    lots: Ints
    bought: NDArray[np.intp]
    """the row of the fill that bought them"""
    sold: NDArray[np.intp]
    """the row of the fill that sold them"""


def round_trips(signed: Ints) -> RoundTrips:
    """Fills matched first in, first out: the k-th lot ever bought goes with the k-th lot ever sold.

    That is all there is to it, because the oldest open lot is always the next in its own line.
    """
    bought, sold = np.flatnonzero(signed > 0), np.flatnonzero(signed < 0)
    bought_up_to, sold_up_to = np.cumsum(signed[bought]), np.cumsum(-signed[sold])
    matched = min(*(int(line[-1]) if len(line) else 0 for line in (bought_up_to, sold_up_to)))
    ends = np.union1d(bought_up_to, sold_up_to)
    ends = ends[ends <= matched]
    return RoundTrips(
        lots=np.diff(ends, prepend=0),
        bought=bought[np.searchsorted(bought_up_to, ends)],
        sold=sold[np.searchsorted(sold_up_to, ends)],
    )


def holding_seconds(trips: RoundTrips, times: Ints) -> Floats:
    """|time sold - time bought| of each piece, in seconds."""
    held: Floats = np.abs(times[trips.sold] - times[trips.bought]) * NANO
    return held


def win_rate(trips: RoundTrips, money: Money, signed: Ints, prices: Ints, fees: Floats) -> float:
    """The share of the lots of round trips whose profit, after their part of both fees, is > 0."""
    if not len(trips.lots):
        return float("nan")
    value, fee_a_lot = money.value(2 * prices), fees / np.abs(signed)
    gain = (value[trips.sold] - value[trips.bought]) * money.atom
    gain = gain - fee_a_lot[trips.sold] - fee_a_lot[trips.bought]
    return float(trips.lots[gain > 0].sum() / trips.lots.sum())


def weighted_mean(values: Floats, weights: Floats | Ints) -> float:
    """Σ w * x / Σ w over the finite x; NaN if there is none."""
    known = np.isfinite(values)
    total = weights[known].sum()
    return float((values[known] * weights[known]).sum() / total) if total > 0 else float("nan")


def clustered_mean(values: Floats, weights: Floats | Ints, clusters: Ints) -> Estimate:
    """The weighted mean m of values that err together within a cluster.

    error = sqrt(C / (C - 1) * Σ_c (Σ_{i in c} w_i * (x_i - m))^2) / Σ w
    over the C clusters; NaN for fewer than 2. NaN values are left out.
    """
    known = np.isfinite(values)
    values, weights, clusters = values[known], weights[known], clusters[known]
    mean = weighted_mean(values, weights)
    groups, index = np.unique(clusters, return_inverse=True)
    if len(groups) < 2:
        return Estimate(mean, float("nan"))
    sums = np.bincount(index, weights=weights * (values - mean))
    scale = len(groups) / (len(groups) - 1)
    return Estimate(mean, float(np.sqrt(scale * (sums**2).sum()) / weights.sum()))


def weighted_quantiles(values: Floats, weights: Floats | Ints, at: tuple[float, ...]) -> Floats:
    """The least values at or below which lie the shares `at` of the weight; NaN if none."""
    known = np.isfinite(values)
    values, weights = values[known], weights[known]
    if not len(values):
        return np.full(len(at), np.nan)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    wanted = np.asarray(at) * float(reached[-1])
    rows = np.minimum(np.searchsorted(reached, wanted), len(order) - 1)
    found: Floats = values[order][rows]
    return found


class MarkOuts(NamedTuple):
    """What fills were worth later, a row a horizon, in ticks.

    markout = side * (mid(t + h) - price), the realised half spread; impact = side * (mid(t + h) -
    mid(t)), negative for a maker who is picked off; effective half spread = markout - impact.
    """

    horizons: Floats
    """seconds"""
    markout: Floats
    markout_error: Floats
    impact: Floats
    impact_error: Floats
    fills: Ints
    """how many fills could be marked out"""
    left_out: Ints
    """how many could not: the data end before t + h, or there is no mid"""


def mark_outs(
    times: Ints, sides: Ints, prices: Floats, mids: Floats, lots: Ints, mids_after: Floats
) -> MarkOuts:
    """Means weighted by size, with errors by clusters of max(2 * h, CLUSTER) seconds of fills.

    Fills that are near in time share most of the move that follows: taken one by one they would
    make the error far too small.

    Args:
        prices, mids: ticks, of each fill and of the market just before it.
        mids_after: ticks, (fills, horizons); NaN where unknown or after the end of the data.
    """
    rows: list[tuple[Estimate, Estimate]] = []
    for horizon, after in zip(HORIZONS, mids_after.T, strict=True):
        span = round(max(2 * horizon, CLUSTER) / NANO)
        clusters = (times - times[0]) // span if len(times) else times
        markout = clustered_mean(sides * (after - prices), lots, clusters)
        rows.append((markout, clustered_mean(sides * (after - mids), lots, clusters)))
    marked = np.isfinite(mids_after).sum(axis=0, dtype=np.int64)
    numbers = np.array(rows, dtype=np.float64)
    return MarkOuts(
        horizons=np.array(HORIZONS),
        markout=numbers[:, 0, 0],
        markout_error=numbers[:, 0, 1],
        impact=numbers[:, 1, 0],
        impact_error=numbers[:, 1, 1],
        fills=marked,
        left_out=len(times) - marked,
    )
