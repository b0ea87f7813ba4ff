"""Inference: the stationary bootstrap, two tests' tails, least squares with HAC errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.record import Floats

DRAWS = 400
"""Of the bootstrap."""
CELLS_A_BLOCK = 10
BAND = 1.959963984540054
"""Standard errors to each side of a 95 % band."""


def block_seconds(span: float, least: float = 0.0) -> float:
    """The mean length of a bootstrap's blocks: a thirtieth of the span, from 5 s to 10 min.

    Args:
        span: seconds of data.
        least: seconds, what blocks must not be shorter than: twice the horizon of what overlaps.

    >>> block_seconds(345.0), block_seconds(86_400.0), block_seconds(345.0, least=120.0)
    (11.5, 600.0, 120.0)
    """
    return max(min(max(span / 30, 5.0), 600.0), least)


def stationary_weights(cells: int, mean_block: float, seed: int, draws: int = DRAWS) -> Floats:
    """How often each cell is in each resample: (draws, cells), every row sums to `cells`.

    Blocks start anywhere and have geometric lengths of the given mean, in cells; what runs over the
    end goes on at the beginning. A statistic that is a function of sums over cells is resampled by
    one product with this matrix.

    Source:
        D. Politis and J. Romano, "The stationary bootstrap", Journal of the American Statistical
        Association 89(428), 1994.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    starts = generator.random((draws, cells)) < 1 / max(mean_block, 1.0)
    starts[:, 0] = True
    origins = generator.integers(0, cells, (draws, cells))
    steps = np.arange(cells)
    begun = np.maximum.accumulate(np.where(starts, steps, 0), axis=1)
    chosen = (np.take_along_axis(origins, begun, axis=1) + steps - begun) % cells
    chosen += np.arange(draws)[:, None] * cells
    counts = np.bincount(chosen.ravel(), minlength=draws * cells).reshape(draws, cells)
    return counts.astype(np.float64)


def kolmogorov_tail(distance: float, count: int) -> float:
    """P(the Kolmogorov-Smirnov distance of `count` draws > distance), Stephens' approximation.

    >>> round(kolmogorov_tail(0.1358, 100), 2)
    0.05
    """
    from scipy.special import kolmogorov

    root = math.sqrt(count)
    x = (root + 0.12 + 0.11 / root) * distance
    return float(kolmogorov(x))


@dataclass(frozen=True)
class Regression:
    """Least squares, with errors that allow for unequal variances and for serial correlation."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    r_squared: float
    rows: int
    lags: int
    """of the Newey-West weights"""


def regress(y: Floats, columns: dict[str, Floats], intercept: bool = True) -> Regression:
    """Regress y on columns, and on 1 (the first, called "constant") if `intercept`.

    errors = sqrt(diag((X'X)^-1 S (X'X)^-1))
    S = G_0 + sum over l = 1..L of (1 - l / (L + 1)) (G_l + G_l')
    G_l = sum over t of u_t u_(t-l) x_t x_(t-l)'

    with L = floor(4 (n / 100)^(2/9)).

    Source:
        W. Newey and K. West, "A simple, positive semi-definite, heteroskedasticity and
        autocorrelation consistent covariance matrix", Econometrica 55(3), 1987.
    """
    names = (("constant",) if intercept else ()) + tuple(columns)
    ones = (np.ones_like(y),) if intercept else ()
    x = np.column_stack([*ones, *columns.values()])
    inverse = np.linalg.pinv(x.T @ x)
    values = inverse @ (x.T @ y)
    residual = y - x @ values
    lags = math.floor(4 * (len(y) / 100) ** (2 / 9))
    scored = x * residual[:, None]
    middle = scored.T @ scored
    for lag in range(1, lags + 1):
        crossed = scored[lag:].T @ scored[:-lag]
        middle += (1 - lag / (lags + 1)) * (crossed + crossed.T)
    errors = np.sqrt(np.maximum(np.diag(inverse @ middle @ inverse), 0.0))
    around = float(((y - y.mean() if intercept else y) ** 2).sum())
    explained = 1 - float((residual**2).sum()) / around if around > 0 else 0.0
    return Regression(
        names, tuple(values.tolist()), tuple(errors.tolist()), explained, len(y), lags
    )
