"""Series: statistics of returns, signs and waits: autocorrelation, kurtosis, Hill, Weibull."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halfspread.calibrate.record import Floats

TAIL = 0.05
"""The share of the largest that the Hill index is of."""


def autocorrelation(values: Floats, lags: Sequence[int]) -> Floats:
    """Of a series with itself `lag` steps later; NaN for a series that never changes, or too short.

    sum over t of (x_t - m)(x_(t+lag) - m) / sum over t of (x_t - m)^2
    """
    centred = values - values.mean() if len(values) else values
    around = float(np.dot(centred, centred))
    found = np.full(len(lags), np.nan)
    if around <= 0:
        return found
    for place, lag in enumerate(lags):
        if lag < len(centred):
            found[place] = float(np.dot(centred[:-lag], centred[lag:])) / around
    return found


def kurtosis(values: Floats) -> float:
    """E[(x - m)^4] / E[(x - m)^2]^2, 3 for a normal law; NaN of fewer than 4 or of equal ones."""
    centred = values - values.mean() if len(values) else values
    if len(values) < 4 or not centred.any():
        return float("nan")
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2)


def hill(values: Floats, tail: float = TAIL) -> float:
    """The tail index by the largest `tail` of the sizes that are not 0; NaN of fewer than 5.

    k / sum over i = 1 ... k of ln(x_(i) / x_(k+1)), x_(1) the largest

    Source:
        B. Hill, "A simple general approach to inference about the tail of a distribution", Annals
        of Statistics 3(5), 1975.
    """
    sizes = np.sort(np.abs(values[values != 0]))[::-1]
    count = int(tail * len(sizes))
    if count < 5:
        return float("nan")
    total = float(np.log(sizes[:count] / sizes[count]).sum())
    return count / total if total > 0 else float("nan")


def weibull_shape(gaps: Floats) -> float:
    """The shape of greatest likelihood of waits > 0: 1 if they are exponential, less if they bunch.

    k solves  sum of x^k ln x / sum of x^k - 1 / k = mean of ln x
    """
    from scipy.optimize import brentq

    known = gaps[gaps > 0]
    if len(known) < 10 or np.ptp(known) == 0:
        return float("nan")
    logs = np.log(known / known.mean())
    middle = float(logs.mean())

    def slope(shape: float) -> float:
        powers = np.exp(shape * logs)
        return float(np.dot(powers, logs) / powers.sum()) - 1 / shape - middle

    return float(brentq(slope, 0.01, 50.0))


def variation(gaps: Floats) -> float:
    """The standard deviation over the mean: 1 if waits are exponential."""
    return float(gaps.std() / gaps.mean()) if len(gaps) and gaps.mean() > 0 else float("nan")
