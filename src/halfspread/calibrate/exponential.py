"""Exponential: A and k of lambda(d) = A exp(-k d), by maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from halfspread.calibrate.record import CalibrationError, Floats, Ints
from halfspread.errors import ConfigError

FEWEST = 50
"""Aggressor orders that a fit needs."""


@dataclass(frozen=True)
class Exponential:
    """A rate that decays exponentially with distance, and how far to trust it."""

    intensity: float
    """A, per second"""
    decay: float
    """k, per tick"""
    intensity_error: float
    decay_error: float
    """standard errors, of the observed information"""
    correlation: float
    """of the two errors"""
    orders: int
    """that were counted"""
    seconds: float


def poisson_fit(depths: Floats, fills: Floats, exposure: Floats) -> Exponential:
    """A and k from independent counts: fills n[j] are Poisson of mean T[j] A exp(-k d[j]).

    k solves   sum n d / sum n = sum d T exp(-k d) / sum T exp(-k d)
    A = sum n / sum T exp(-k d)

    with n the fills, d the depths in ticks and T the exposure in seconds: the maximum of the
    likelihood. Zeros count, which a regression of logarithms can't take.

    Errors:
        ConfigError: the arrays differ in length, a number isn't finite or is negative, or fewer
            than two depths have an exposure.
        CalibrationError: all fills are at the nearest or at the farthest depth, or there is none.
    Source:
        J. Fernandez-Tapia, "Modeling, optimization and estimation for the on-line control of
        trading algorithms in limit-order markets", thesis, Université Paris 6, 2015, chapter 4.

    >>> fit = poisson_fit([0.5, 1.5, 2.5], [120, 45, 15], [100.0, 100.0, 100.0])
    >>> round(fit.intensity, 6), round(fit.decay, 6)
    (2.009615, 1.019292)
    """
    d, n, t = (np.asarray(values, dtype=np.float64) for values in (depths, fills, exposure))
    if not d.shape == n.shape == t.shape or d.ndim != 1:
        raise ConfigError(f"depths, fills, exposure: shapes {d.shape}, {n.shape}, {t.shape} differ")
    for name, values in (("depths", d), ("fills", n), ("exposure", t)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise ConfigError(f"{name} must be finite and >= 0, was {values.tolist()}")
    d, n, t = d[t > 0], n[t > 0], t[t > 0]
    if len(np.unique(d)) < 2:
        raise ConfigError("exposure: two depths must have one")
    if n.sum() == 0:
        raise CalibrationError("no fill")
    wanted = float(n @ d / n.sum())
    if not d.min() < wanted < d.max():
        raise CalibrationError(f"all fills are at distance {wanted:g}")

    def excess(k: float) -> float:
        weights = t * np.exp(-k * (d - (d.min() if k > 0 else d.max())))  # none above t
        return float(weights @ d / weights.sum()) - wanted

    reach = 60.0 / (np.unique(d)[1] - d.min())
    k = _root(excess, -reach, reach)
    weights = t * np.exp(-k * d)
    a = float(n.sum() / weights.sum())
    if not a > 0:
        raise CalibrationError(f"fills come at distances where k would be {k:g} per tick")
    information = np.array(
        [[n.sum() / a**2, -(weights @ d)], [-(weights @ d), a * (weights @ d**2)]]
    )
    return _exponential(a, float(k), information, int(n.sum()), float(t.max()))


def _root(falling: object, low: float, high: float) -> float:
    """Where a falling function crosses zero, by bisection to the last bit."""
    assert callable(falling)
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)


def _exponential(a: float, k: float, information: Floats, orders: int, t: float) -> Exponential:
    scale = np.sqrt(np.diag(information))
    if np.linalg.det(information / np.outer(scale, scale)) < 1e-7:
        raise CalibrationError("the data don't tell A from k: almost all orders reach one depth")
    covariance = np.linalg.inv(information)
    errors = np.sqrt(np.diag(covariance))
    correlation = float(covariance[0, 1] / (errors[0] * errors[1]))
    return Exponential(a, k, float(errors[0]), float(errors[1]), correlation, orders, t)


@dataclass(frozen=True, eq=False)
class Cells:
    """How far aggressor orders reached, counted on the grid of ticks, and for how long they could.

    From a mid on a whole tick orders stand at 1, 2, ... ticks; from one on a half at 0.5, 1.5, ...:
    two grids, and time is spent on either. Row g of the tables is the g-th grid; column j the depth
    nearest[g] + j. An order is counted at the deepest depth that it reached.
    """

    nearest: Floats
    """ticks, (grids,): the nearest depth that is counted"""
    counts: Ints
    """(grids, depths)"""
    seconds: Floats
    """(grids,)"""

    @property
    def orders(self) -> int:
        """All of them."""
        return int(self.counts.sum())

    def without(self, depths: int) -> Cells:
        """The table that begins so many depths farther."""
        return Cells(self.nearest + depths, self.counts[:, depths:], self.seconds)

    def curve(self) -> tuple[Floats, Floats, Floats]:
        """The rate without a model: depths, orders that reached each, seconds it was there."""
        reached = self.counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        depths = self.nearest[:, None] + np.arange(self.counts.shape[1])
        order = np.argsort(depths.ravel(), kind="stable")
        seconds = np.broadcast_to(self.seconds[:, None], depths.shape)
        found = (depths.ravel()[order], reached.ravel()[order], seconds.ravel()[order])
        there = found[2] > 0
        return found[0][there], found[1][there].astype(np.float64), found[2][there]


def count_cells(reach: Floats, grid: Ints, nearest: Floats, seconds: Floats) -> Cells:
    """The table of orders and of time.

    Args:
        reach: ticks from the mid, an order each. One that reaches less than the nearest depth
            of its grid, because the mid as told was stale or the trade was hidden, is left out.
        grid: the grid that orders stood on, an order each.
        nearest, seconds: as in Cells.
    """
    step = np.floor(reach - nearest[grid] + 0.25)
    kept = step >= 0
    depth = step[kept].astype(np.int64)
    width = int(depth.max(initial=0)) + 1
    grids = len(nearest)
    flat = np.bincount(grid[kept] * width + depth, minlength=grids * width)
    return Cells(nearest, flat.reshape(grids, width).astype(np.int64), seconds)


@dataclass(frozen=True, eq=False)
class Sums:
    """All that the likelihood of a range of depths needs; numbers, or (draws,) of a bootstrap."""

    orders: Any
    """N, those that reached the nearest depth"""
    ended: Any
    """U, those that did not reach past the range"""
    ticks: Any
    """S, the sum of their distances, each cut at the end of the range"""
    seconds: Any
    """(..., grids)"""


def sums_of(cells: Cells, depths: int) -> Sums:
    """The sums of the first `depths` depths of each grid."""
    steps = np.minimum(np.arange(cells.counts.shape[1]), depths)
    return Sums(
        orders=float(cells.counts.sum()),
        ended=float(cells.counts[:, :depths].sum()),
        ticks=float((cells.counts @ steps).sum() + cells.nearest @ cells.counts.sum(axis=1)),
        seconds=cells.seconds,
    )


def solve(nearest: Floats, sums: Sums) -> tuple[Any, Any]:
    """(A, k) of greatest likelihood; NaN where there is no such k in (1e-9, 50).

    U / (exp(k) - 1) - S + N sum_g w_g d_g = 0,     w_g = T_g exp(-k d_g) / sum_g T_g exp(-k d_g)
    """
    low, high = np.full_like(sums.orders, 1e-9), np.full_like(sums.orders, 50.0)

    def weights(k: Any) -> Any:
        return sums.seconds * np.exp(-k[..., None] * nearest)

    for _ in range(64):
        k = np.sqrt(low * high)
        weight = weights(k)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = weight @ nearest / weight.sum(axis=-1)
        rising = sums.ended / np.expm1(k) - sums.ticks + sums.orders * mean > 0
        low, high = np.where(rising, k, low), np.where(rising, high, k)
    k = np.sqrt(low * high)
    inside = (k > 2e-9) & (k < 49.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        intensity = sums.orders / weights(k).sum(axis=-1)
    return np.where(inside, intensity, np.nan), np.where(inside, k, np.nan)


def reach_fit(cells: Cells, depths: int) -> Exponential:
    """A and k from how far orders reached, those past the first `depths` depths taken as one.

    log L = N ln A + U ln(1 - exp(-k)) - k S - A sum_g T_g exp(-k d_g)

    with N the orders, U those that ended within the depths, S the sum of how far they reached, each
    cut where the depths end, d_g the nearest depth of a grid and T_g its seconds. It is that of
    Poisson counts: of the orders that end at d the mean is T A (exp(-k d) - exp(-k (d + 1))), of
    those past the last depth T A exp(-k d). They are independent, which the numbers of orders that
    reached d or farther are not. With one grid, k = ln(1 + U / (S - N d_g)).

    Errors:
        CalibrationError: fewer than FEWEST orders, or none reached past the nearest depth.
    """
    sums = sums_of(cells, depths)
    if sums.orders < FEWEST:
        raise CalibrationError(f"{sums.orders:.0f} aggressor orders; an intensity needs {FEWEST}")
    a, k = (float(value) for value in solve(cells.nearest, sums))
    if not math.isfinite(k):
        raise CalibrationError("no order reached past the nearest depth, or all did")
    weights = cells.seconds * np.exp(-k * cells.nearest)
    cross = float(weights @ cells.nearest)
    bend = sums.ended * math.exp(-k) / math.expm1(-k) ** 2
    rows = [[sums.orders / a**2, -cross], [-cross, a * float(weights @ cells.nearest**2) + bend]]
    total = float(cells.seconds.sum())
    return _exponential(a, k, np.array(rows), int(sums.orders), total)
