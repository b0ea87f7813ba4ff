"""Goodness: whether an exponential fits how far orders reached, and on which range of depths."""

from __future__ import annotations

import numpy as np

from halfspread.calibrate.exponential import FEWEST, Cells, Exponential, reach_fit
from halfspread.calibrate.record import CalibrationError

LEVEL = 0.01
"""Below this probability of its deviance an exponential is refused."""
LEAST_CELL = 5.0
"""Orders expected in a cell of the test; thinner neighbours are taken together."""
MOST_LEFT_OUT = 3
LEAST_REST = 0.1
TAIL = 0.05
"""Where no range passes the test: the share of orders that may reach beyond the fit's range."""


def deviance_test(cells: Cells, fit: Exponential, depths: int, dispersion: float) -> float:
    """The probability of a deviance as large as that of the fit, were the law exponential.

    D = 2 sum (n ln(n / m) - (n - m)),    compared with dispersion * chi-square of (cells - 2)

    over the cells of the first `depths` depths of each grid and one for all past them; thin
    neighbours are taken together until LEAST_CELL orders are expected.

    Args:
        dispersion: the variance of a count over its mean, as blocks of time have it, >= 1.
    """
    observed, expected = [], []
    for start, counts, seconds in zip(cells.nearest, cells.counts, cells.seconds, strict=True):
        steps = np.arange(min(depths, len(counts)) + 1)
        reached = seconds * fit.intensity * np.exp(-fit.decay * (start + steps))
        means = np.append(reached[:-1] - reached[1:], reached[-1])
        numbers = np.append(counts[: len(steps) - 1], counts[len(steps) - 1 :].sum())
        total = [0.0, 0.0]
        for number, mean in zip(numbers.tolist(), means.tolist(), strict=True):
            total = [total[0] + number, total[1] + mean]
            if total[1] >= LEAST_CELL:
                observed.append(total[0])
                expected.append(total[1])
                total = [0.0, 0.0]
        if expected and total[1] > 0:
            observed[-1] += total[0]
            expected[-1] += total[1]
    n, m = np.array(observed), np.array(expected)
    logs = np.log(np.where(n > 0, n / m, 1.0))
    deviance = float(2 * (n * logs - (n - m)).sum())
    if len(n) < 3:  # nothing left to test
        return 0.0
    from scipy.special import chdtrc

    return float(chdtrc(len(n) - 2, max(deviance / max(dispersion, 1.0), 0.0)))


def ranges(cells: Cells) -> list[int]:
    """Numbers of depths to try, a quarter apart, while a thousandth of the orders reach past."""
    most = _within(cells, 1e-3)
    found = {2, 3, 4, 5, most, _covering(cells)}
    size = 5.0
    while size < most:
        size *= 1.25
        found.add(min(round(size), most))
    return sorted(size for size in found if size >= 2)


def _covering(cells: Cells) -> int:
    """The depths past which at most TAIL of the orders reach."""
    return max(_within(cells, TAIL), 2)


def _within(cells: Cells, share: float) -> int:
    past = 1 - np.cumsum(cells.counts.sum(axis=0)) / max(cells.orders, 1)
    return int(np.argmax(past <= share + 1e-12)) + 1


def choose_range(cells: Cells, dispersion: float) -> tuple[int, int, float]:
    """(depths left out, depths, probability) of the range on which the exponential holds.

    It begins at the nearest depth and is the longest whose deviance has a probability of LEVEL or
    more. Where there is none, it begins one depth farther, and so on up to MOST_LEFT_OUT, while
    LEAST_REST of the orders reach there: most take the touch alone, and those that go on may be of
    another kind. Where there is none at all, it is the one past which TAIL of the orders reach, and
    the probability is below LEVEL.
    """
    for left in range(MOST_LEFT_OUT + 1):
        rest = cells.without(left)
        if rest.orders < max(FEWEST, LEAST_REST * cells.orders):
            break
        found = {size: _probability(rest, size, dispersion) for size in ranges(rest)}
        good = {size: chance for size, chance in found.items() if chance >= LEVEL}
        if good:
            return left, max(good), good[max(good)]
    chosen = _covering(cells)
    return 0, chosen, min(_probability(cells, chosen, dispersion), LEVEL / 2)


def _probability(cells: Cells, depths: int, dispersion: float) -> float:
    """That of the deviance; 0 where there is no fit."""
    try:
        fit = reach_fit(cells, depths)
    except CalibrationError:
        return 0.0
    return deviance_test(cells, fit, depths, dispersion)
