"""Hawkes: how many orders each aggressor order brings on, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfspread.calibrate.inference import kolmogorov_tail
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints, Record
from halfspread.signal_policy import Hawkes as Intensities

FEWEST = 200
"""Orders of each side."""
DECAYS = (0.1, 1.0, 10.0, 100.0)
"""Per second: where the search starts; the best of its ends is taken."""
MOST_STEPS = 60
POINTS = 200
"""Of the plot of residuals."""


@dataclass(frozen=True)
class Process:
    """lambda(t) = mu + sum over sources j and their times s < t of a_j exp(-b (t - s))."""

    baseline: float
    """mu, per second"""
    excitation: tuple[float, ...]
    """a_j, per second: of orders of its own side and, if there are two, of the other's"""
    decay: float
    """b, per second"""
    errors: tuple[float, ...]
    """standard errors of mu, the a_j and b, of the Hessian; empty where it is not definite"""
    branching: tuple[float, ...]
    """a_j / b: how many orders here an order of source j brings on"""
    log_likelihood: float
    orders: int
    distance: float
    """Kolmogorov-Smirnov's, between time-changed gaps and Exp(1)"""
    probability: float
    """of such a distance or a larger one, were the model true"""
    residuals: tuple[float, ...]
    """quantiles of the time-changed gaps at (i + 1/2) / n; those of Exp(1) are -log(1 - that)"""


@dataclass(frozen=True)
class Hawkes:
    """Buyers' and sellers' orders: each by itself, and the two together."""

    buys: Process
    sells: Process
    buys_of_both: Process
    """excited by buys and by sells"""
    sells_of_both: Process
    """excited by sells and by buys"""
    spectral_radius: float
    """of the matrix of branching ratios of the two together; below 1 the flow is stable"""

    def signal(self) -> Intensities:
        """The two together, for `SignalPolicy(hawkes=...)`: buy_intensity and sell_intensity.

        Errors:
            ConfigError: the flow is not stable.
        """
        both = self.buys_of_both, self.sells_of_both
        return Intensities(
            baseline=[side.baseline for side in both],
            jump=[side.excitation[0] for side in both],
            decay=[side.decay for side in both],
            cross_jump=[side.excitation[1] for side in both],
        )


def hawkes(record: Record) -> Hawkes:
    """Self-exciting intensities of aggressor orders, each side alone and both together.

    log L = sum over orders i of ln lambda(t_i) - integral of lambda over the span

    in one pass (the sums decay between orders), climbed by damped Newton steps in the logarithms of
    the parameters, from several decays. If the model is true the integrals of lambda between
    consecutive orders are independent draws of Exp(1): the test and the plot compare them.

    Ties: prints of one instant and one side are one order. What else has the same time, as two
    sides within a venue's millisecond, does not excite each other. A rate that has a shape through
    the day makes the branching ratio too large.

    Errors:
        CalibrationError: fewer than FEWEST orders of a side, or the search fails.
    Source:
        T. Ozaki, "Maximum likelihood estimation of Hawkes' self-exciting point processes", Annals
        of the Institute of Statistical Mathematics 31, 1979; Y. Ogata, "Statistical models for
        earthquake occurrences and residual analysis for point processes", Journal of the American
        Statistical Association 83(401), 1988.
    """
    orders = record.arrivals.where(record.arrivals.time >= record.span[0])
    times: Floats = (orders.time - record.span[0]).astype(np.float64) * NANO
    found = {}
    for side in (1, -1):
        own = orders.side == side
        if own.sum() < FEWEST:
            raise CalibrationError(
                f"{int(own.sum())} orders of a side; a Hawkes process needs {FEWEST}"
            )
        here = times[own]
        alone = fit_process(here, np.zeros(len(here), dtype=np.int64), 1, record.seconds)
        source = np.where(own, 0, 1).astype(np.int64)
        start = (alone.baseline / 2, alone.excitation[0], alone.excitation[0] / 10, alone.decay)
        both = fit_process(times, source, 2, record.seconds, np.array([start]))
        found[side] = alone, both
    matrix = np.array([found[1][1].branching, found[-1][1].branching[::-1]])
    radius = float(np.abs(np.linalg.eigvals(matrix)).max())
    return Hawkes(found[1][0], found[-1][0], found[1][1], found[-1][1], radius)


def fit_process(
    times: Floats, source: Ints, sources: int, end: float, starts: Floats | None = None
) -> Process:
    """The process of the orders of source 0, excited by orders of all sources.

    Args:
        times: seconds, ascending, of all orders.
        source: of each order, 0 to sources - 1.
        end: seconds, the end of the span, which begins at 0.
        starts: (starts, 2 + sources) first guesses of mu, the a_j and b.
    Errors:
        CalibrationError: no climb ends where an order of source 0 brings on less than one other.
    """
    rate = float((source == 0).sum()) / end
    if starts is None:
        guesses = [[rate / 2, *[b / 2 / sources] * sources, b] for b in DECAYS]
        starts = np.array(guesses)
    climbs = [_climb(times, source, end, start) for start in starts]
    tame = [climb for climb in climbs if np.isfinite(climb[0]) and climb[1][1] < climb[1][-1]]
    if not tame:
        raise CalibrationError("the likelihood of a Hawkes process has no summit that is stable")
    value, best = max(tame, key=lambda climb: climb[0])
    _, _, bend = _likelihood(times, source, end, best)
    errors: tuple[float, ...] = ()
    if np.linalg.eigvalsh(-bend).min() > 0:
        errors = tuple(np.sqrt(np.diag(np.linalg.inv(-bend))).tolist())
    gaps = np.sort(_gaps(times, source, best))
    ranks = np.arange(1, len(gaps) + 1) / len(gaps)
    law = -np.expm1(-gaps)
    distance = float(np.maximum(ranks - law, law - ranks + 1 / len(gaps)).max())
    drawn = min(POINTS, len(gaps))
    places = ((np.arange(drawn) + 0.5) / drawn * len(gaps)).astype(np.int64)
    return Process(
        baseline=float(best[0]),
        excitation=tuple(best[1:-1].tolist()),
        decay=float(best[-1]),
        errors=errors,
        branching=tuple((best[1:-1] / best[-1]).tolist()),
        log_likelihood=value,
        orders=len(gaps),
        distance=distance,
        probability=kolmogorov_tail(distance, len(gaps)),
        residuals=tuple(gaps[places].tolist()),
    )


def _climb(times: Floats, source: Ints, end: float, start: Floats) -> tuple[float, Floats]:
    """(log-likelihood, parameters) at the end of damped Newton steps in logarithms."""
    here = np.maximum(start, 1e-8)
    value, slope, bend = _likelihood(times, source, end, here)
    damping = 1.0
    for _ in range(MOST_STEPS):
        slope_log = here * slope
        bend_log = np.outer(here, here) * bend + np.diag(slope_log)
        scale = np.diag(np.maximum(np.abs(np.diag(bend_log)), 1e-6))
        values, axes = np.linalg.eigh(damping * scale - bend_log)
        step = axes @ ((axes.T @ slope_log) / np.maximum(np.abs(values), 1e-9))
        there = here * np.exp(np.clip(step, -2.0, 2.0))
        there = np.clip(there, 1e-8, 1e6)
        higher, next_slope, next_bend = _likelihood(times, source, end, there)
        if np.isfinite(higher) and higher >= value:
            gained = higher - value
            here, value, slope, bend = there, higher, next_slope, next_bend
            damping /= 10
            if gained < 1e-9 * max(abs(value), 1.0) and np.abs(step).max() < 1e-4:
                break
        else:
            damping = max(damping * 10, 1e-6)
            if damping > 1e8:
                break
    return value, here


@njit(cache=True)
def _likelihood(
    times: Floats, source: Ints, end: float, theta: Floats
) -> tuple[float, Floats, Floats]:
    """The log-likelihood, its gradient and its Hessian, in mu, a_0, ..., b."""
    size = len(theta)
    sources, mu, b = size - 2, theta[0], theta[size - 1]
    r, s, q = np.zeros(sources), np.zeros(sources), np.zeros(sources)
    waiting = np.zeros(sources)
    value, slope, bend = -mu * end, np.zeros(size), np.zeros((size, size))
    slope[0] = -end
    g = np.zeros(size)
    before = 0.0
    for i in range(len(times)):
        gap = times[i] - before
        if gap > 0:
            e = np.exp(-b * gap)
            for j in range(sources):
                r[j] += waiting[j]
                waiting[j] = 0.0
                q[j] = e * (q[j] + 2 * gap * s[j] + gap * gap * r[j])
                s[j] = e * (s[j] + gap * r[j])
                r[j] *= e
            before = times[i]
        if source[i] == 0:
            rate, second, g[0], g[size - 1] = mu, 0.0, 1.0, 0.0
            for j in range(sources):
                a = theta[1 + j]
                rate += a * r[j]
                g[1 + j] = r[j]
                g[size - 1] -= a * s[j]
                second += a * q[j]
            value += np.log(rate)
            for m in range(size):
                slope[m] += g[m] / rate
                for n in range(m + 1):
                    bend[m, n] -= g[m] * g[n] / (rate * rate)
            for j in range(sources):
                bend[size - 1, 1 + j] -= s[j] / rate
            bend[size - 1, size - 1] += second / rate
        waiting[source[i]] += 1.0
        left = end - times[i]
        e = np.exp(-b * left)
        a = theta[1 + source[i]]
        whole = (1 - e) / b
        first = left * e / b - whole / b
        value -= a * whole
        slope[1 + source[i]] -= whole
        slope[size - 1] -= a * first
        bend[size - 1, 1 + source[i]] -= first
        bend[size - 1, size - 1] -= a * (-left * left * e / b - 2 * first / b)
    for m in range(size):
        for n in range(m):
            bend[n, m] = bend[m, n]
    return value, slope, bend


@njit(cache=True)
def _gaps(times: Floats, source: Ints, theta: Floats) -> NDArray[np.float64]:
    """The integrals of the intensity between consecutive orders of source 0, from 0 on."""
    size = len(theta)
    mu, b = theta[0], theta[size - 1]
    level, waiting, before, integral = 0.0, 0.0, 0.0, 0.0
    gaps = np.empty(int((source == 0).sum()))
    found = 0
    for i in range(len(times)):
        gap = times[i] - before
        if gap > 0:
            level += waiting
            waiting = 0.0
            e = np.exp(-b * gap)
            integral += mu * gap + level * (1 - e) / b
            level *= e
            before = times[i]
        if source[i] == 0:
            gaps[found] = integral
            found += 1
            integral = 0.0
        waiting += theta[1 + source[i]]
    return gaps
