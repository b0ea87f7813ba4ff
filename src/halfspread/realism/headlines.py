"""Headlines: the one number that stands for a distribution or a curve in a scorecard."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from halfspread.calibrate.record import Floats


def first(curve: Floats) -> float:
    """A curve's first point."""
    return float(curve[0])


def first_bands(curve: Floats) -> float:
    """The mean of an autocorrelation's bands of lags 1 to 7."""
    return float(curve[:3].mean())


def last(curve: Floats) -> float:
    """A curve's last point that is known."""
    known = curve[np.isfinite(curve)]
    return float(known[-1]) if len(known) else float("nan")


def exp_first(curve: Floats) -> float:
    """The first of a curve of logarithms, as what it is the logarithm of."""
    return float(np.exp(curve[0]))


def exp_last(curve: Floats) -> float:
    """The last, likewise."""
    return float(np.exp(last(curve)))


def sum_of_exps(curve: Floats) -> float:
    """The sum of what a curve has the logarithms of."""
    return float(np.nansum(np.exp(curve)))


def rise(curve: Floats) -> float:
    """From the first point that is known to the last."""
    known = curve[np.isfinite(curve)]
    return float(known[-1] - known[0]) if len(known) > 1 else float("nan")


def power(middle: Callable[[Floats], float]) -> Callable[[Floats], float]:
    """A statistic of logarithms of 10, as what they are logarithms of."""
    return lambda logs: float(10 ** middle(logs))
