"""Distance: how far two samples or two curves are apart, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.inference import CELLS_A_BLOCK, stationary_weights
from halfspread.calibrate.record import Floats, Ints

DRAWS = 100
LEVEL = 0.99
"""Of the intervals."""
CELLS = 300
"""Of time, that the bootstrap resamples, CELLS_A_BLOCK in a row on average."""
MOST_VALUES = 20_000
"""Of a sample; of more, evenly chosen ones are taken."""
MOST_BINS = 50
MOST_POINTS = 4_000


@dataclass(frozen=True, eq=False)
class Values:
    """Numbers and when each was seen, as a fraction of the span, from 0 to 1."""

    value: Floats
    when: Floats

    @classmethod
    def of(cls, value: Floats, when: Floats) -> Values:
        """Those that are finite, thinned evenly to MOST_VALUES."""
        known = np.flatnonzero(np.isfinite(value))
        if len(known) > MOST_VALUES:
            known = known[np.linspace(0, len(known) - 1, MOST_VALUES).astype(np.int64)]
        return cls(value[known].astype(np.float64), when[known].astype(np.float64))

    @property
    def cell(self) -> Ints:
        """The cell of time that each belongs to."""
        cells: Ints = np.clip((self.when * CELLS).astype(np.int64), 0, CELLS - 1)
        return cells


@dataclass(frozen=True)
class Apart:
    """Two distances between distributions, each with an interval."""

    wasserstein: float
    wasserstein_low: float
    wasserstein_high: float
    l1: float
    l1_low: float
    l1_high: float


class Ruler:
    """Measures how far samples are apart, on the scale and the bins of two of them.

    L1 = 1/2 sum over bins of |p - q|, from 0 to 1: bins are the values themselves where there are
    at most MOST_BINS, else MOST_BINS of one width over the middle 99 %, the ends open.
    Wasserstein-1 = integral of |F - G|, of values divided by the pooled standard deviation.

    Source:
        P. Nagy et al., "LOB-Bench: benchmarking generative AI for finance - an application to
        limit order book data", 2025, arXiv:2502.09172.
    """

    def __init__(self, real: Values, other: Values) -> None:
        pooled = np.concatenate([real.value, other.value])
        self.scale = float(pooled.std()) or 1.0
        several = np.unique(pooled)
        if len(several) <= MOST_BINS:
            self.edges = (several[1:] + several[:-1]) / 2
            self.centres = several
        else:
            low, high = np.quantile(pooled, [0.005, 0.995])
            self.edges = np.linspace(low, high, MOST_BINS + 1)[1:-1]
            width = (high - low) / MOST_BINS
            self.centres = low + width * (np.arange(MOST_BINS) + 0.5)

    def shares(self, values: Values) -> Floats:
        """The share of the values in each bin."""
        place = np.searchsorted(self.edges, values.value, side="right")
        counts = np.bincount(place, minlength=len(self.centres))
        found: Floats = counts / counts.sum()
        return found

    def l1(self, one: Values, other: Values) -> float:
        """Half the sum of the differences of shares."""
        return min(float(np.abs(self.shares(one) - self.shares(other)).sum() / 2), 1.0)

    def wasserstein(self, one: Values, other: Values) -> float:
        """In pooled standard deviations of the two samples that the ruler was made of."""
        points = np.sort(np.concatenate([one.value, other.value]))
        ranks = [
            np.searchsorted(np.sort(sample.value), points[:-1], side="right") / len(sample.value)
            for sample in (one, other)
        ]
        return float(np.dot(np.abs(ranks[0] - ranks[1]), np.diff(points))) / self.scale

    def apart(self, real: Values, other: Values, seed: int) -> Apart:
        """Both distances, with LEVEL intervals by the stationary bootstrap of time.

        The distances of resamples are larger than those of the samples, by as much as chance alone
        makes them; so the intervals are the basic bootstrap's, 2 d - quantiles, cut at 0. In
        resamples the integral goes by at most MOST_POINTS of the values.
        """
        distance, l1 = self.wasserstein(real, other), self.l1(real, other)
        points = np.unique(np.concatenate([real.value, other.value]))
        points = points[:: -(-len(points) // MOST_POINTS)]
        laws, shares = [], []
        for sample, first in ((real, seed), (other, seed + 1)):
            weights = stationary_weights(CELLS, CELLS_A_BLOCK, first, DRAWS)
            laws.append(resampled(sample, points, weights).cumsum(axis=1)[:, 1:-1])
            shares.append(resampled(sample, self.edges, weights))
        drawn = np.abs(laws[0] - laws[1]) @ np.diff(points) / self.scale
        low, high = _basic(distance, drawn)
        l1_low, l1_high = _basic(l1, np.abs(shares[0] - shares[1]).sum(axis=1) / 2)
        return Apart(distance, low, high, l1, l1_low, min(l1_high, 1.0))


def resampled(values: Values, edges: Floats, weights: Floats) -> Floats:
    """The shares of values between edges, (draws, 1 + edges), with cells of time weighted anew."""
    place = np.searchsorted(edges, values.value, side="right")
    bins = len(edges) + 1
    counts = np.bincount(values.cell * bins + place, minlength=CELLS * bins)
    sums = weights @ counts.reshape(CELLS, bins)
    found: Floats = sums / sums.sum(axis=1, keepdims=True)
    return found


def _basic(found: float, drawn: Floats) -> tuple[float, float]:
    ends = np.quantile(drawn, [(1 + LEVEL) / 2, (1 - LEVEL) / 2])
    low, high = 2 * found - ends
    return max(float(low), 0.0), max(float(high), 0.0)


def between(one: Floats, other: Floats) -> float:
    """The mean difference of two curves where both are known; NaN where they never are."""
    known = np.isfinite(one) & np.isfinite(other)
    return float(np.abs(one[known] - other[known]).mean()) if known.any() else float("nan")
