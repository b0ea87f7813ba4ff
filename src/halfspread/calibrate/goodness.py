"""Goodness: whether an exponential fits how far orders reached, and on which range of depths."""

from __future__ import annotations

import numpy as np

from halfspread.calibrate.blocks import Blocks
from halfspread.calibrate.exponential import FEWEST, Cells, Exponential, reach_fit
from halfspread.calibrate.record import CalibrationError, Floats, Ints

LEVEL = 0.01
"""Below this probability of its misfit an exponential is refused."""
MOST_CELLS = 8
"""Cells of the test before the tail, where they halve."""
LEAST_CELL = 5.0
"""Orders expected in a cell of the test."""
THIN = 0.05
"""A grid of fewer of the expected orders has no cells of its own."""
SHORTEST = 2
"""Depths of a range."""
LEAST_PAST = 10
"""Orders that reach past a range: it ends where the data do, and, longer than SHORTEST, where the
law has LEAST_CELL left."""
MOST_LEFT_OUT = 3
LEAST_REST = 0.1
TAIL = 0.05
"""Where no range passes the test: the share of orders that may reach beyond the fit's range."""


def fit_test(blocks: Blocks, fit: Exponential, depths: int) -> float:
    """The probability of a misfit as large as that of the fit, were the law exponential.

    z[b, c] = (n[b, c] - m[b, c]) / sqrt(m[c]),     u[b] = Q' z[b]
    X = |sum_b u[b]|^2 / tr V,     compared with F(v, v (B - 1)),     v = (tr V)^2 / tr V^2

    with n the orders of block b of B in cell c, m what the law expects there and Q an orthonormal
    basis of what no change of A or k can mend. V is the covariance of sum_b u[b] as the blocks
    scatter, of z[c] z[d] times sqrt(m[c] m[d] / (n[c] n[d])): the scatter if as many orders came
    as the law expects, or a tail too thick would excuse itself. So orders may cluster, more at one
    depth than at another.

    The cells are of the first `depths` depths of each grid and of all past them, taken together
    until an eighth of the orders is expected in each, and farther out half of those that are left,
    so that a slower tail has cells of its own; LEAST_CELL are expected in the thinnest.

    Returns:
        0 where there are fewer than three cells or two blocks: nothing is left to test.
    Source:
        J. Rao and A. Scott, "On chi-squared tests for multiway contingency tables with cell
        proportions estimated from survey data", The Annals of Statistics 12(1), 1984; the F
        of D. Thomas and J. Rao, "Small-sample comparisons of level and power for simple
        goodness-of-fit statistics under cluster sampling", Journal of the American Statistical
        Association 82(398), 1987.
    """
    distance = blocks.nearest[:, None] + np.arange(depths + 1)
    reached = fit.intensity * np.exp(-fit.decay * distance)
    ending, bend = _differences(reached), _differences(-distance * reached)
    seconds = blocks.seconds.sum(axis=0)
    cells = _cells(seconds[:, None] * ending)
    count, length = int(cells.max()) + 1, len(blocks.seconds)
    if count < 3 or length < 2:
        return 0.0
    member = cells[..., None] == np.arange(count)
    rates, bends = (np.einsum("gj,gjc->gc", table, member) for table in (ending, bend))
    means = seconds @ rates
    place = blocks.time * count + cells[blocks.grid, np.minimum(blocks.step, depths)]
    numbers = np.bincount(place, minlength=length * count).reshape(length, count)
    apart = (numbers - blocks.seconds @ rates) / np.sqrt(means)
    mended = np.stack([means, seconds @ bends], axis=1) / np.sqrt(means)[:, None]
    basis = np.linalg.qr(mended, mode="complete")[0][:, 2:]
    scale = np.sqrt(means / np.maximum(numbers.sum(axis=0), 0.5))
    scatter = (apart - apart.mean(axis=0)) * scale @ basis
    covariance = scatter.T @ scatter * length / (length - 1)
    trace = float(np.trace(covariance))
    if trace == 0:
        return 0.0
    from scipy.special import fdtrc

    freedom = trace**2 / float((covariance**2).sum())
    misfit = float(((apart.sum(axis=0) @ basis) ** 2).sum()) / trace
    return float(fdtrc(freedom, freedom * (length - 1), misfit))


def _differences(table: Floats) -> Floats:
    """Of what reaches each depth, what ends there; the last column reaches on."""
    return np.append(table[:, :-1] - table[:, 1:], table[:, -1:], axis=1)


def _cells(means: Floats) -> Ints:
    """The cell of the test that each grid and depth belongs to; a thin grid has the thickest's."""
    shares = means.sum(axis=1) / means.sum()
    cells, count = np.zeros(means.shape, dtype=np.int64), 0
    for grid in np.flatnonzero(shares >= THIN):
        cells[grid] = count + _cut(means[grid], means.sum() / MOST_CELLS)
        count = int(cells[grid, -1]) + 1
    cells[shares < THIN] = cells[np.argmax(shares)]
    return cells


def _cut(means: Floats, most: float) -> Ints:
    """Cells of `most` orders, then of half of what is left, of LEAST_CELL or more."""
    left = means[::-1].cumsum()[::-1]
    cells, start = np.zeros(len(means), dtype=np.int64), 0
    while True:
        wanted = max(min(most, left[start] / 2), LEAST_CELL)
        start += int(np.searchsorted(-left[start:], wanted - left[start]))
        if start >= len(left) or left[start] < LEAST_CELL:
            return cells
        cells[start:] += 1


def ranges(cells: Cells) -> list[int]:
    """Numbers of depths to try, a quarter apart, while LEAST_PAST orders reach past."""
    most = max(int((_past(cells) >= LEAST_PAST).sum()), SHORTEST)
    found = {SHORTEST, 3, 4, 5, most, _covering(cells)}
    size = 5.0
    while size < most:
        size *= 1.25
        found.add(round(size))
    return sorted(size for size in found if size <= most)


def _past(cells: Cells) -> Ints:
    """The orders that reach past the first depth, past the first two, ..."""
    past: Ints = cells.orders - cells.counts.sum(axis=0).cumsum()
    return past


def _covering(cells: Cells) -> int:
    """The depths past which at most TAIL of the orders reach."""
    return max(int(np.argmax(_past(cells) <= TAIL * cells.orders)) + 1, SHORTEST)


def choose_range(blocks: Blocks) -> tuple[int, int, float]:
    """(depths left out, depths, probability) of the range on which the exponential holds.

    It begins at the nearest depth and is the longest whose misfit has a probability of LEVEL or
    more, while LEAST_PAST orders reach past it and the law expects LEAST_CELL to do so: farther out
    there is nothing to test it by. Where there is none, it begins one depth farther, and so on up
    to MOST_LEFT_OUT, while LEAST_REST of the orders reach there: most take the touch alone, and
    those that go on may be of another kind. Where there is none at all, it is the one past which
    TAIL of the orders reach, and the probability is below LEVEL.

    Args:
        blocks: stretches of time that count as independent.
    """
    cells = blocks.cells()
    for left in range(MOST_LEFT_OUT + 1):
        rest = blocks.without(left)
        if len(rest.step) < max(FEWEST, LEAST_REST * len(blocks.step)):
            break
        counted = rest.cells()
        found = {size: _probability(rest, counted, size) for size in ranges(counted)}
        good = {size: chance for size, chance in found.items() if chance >= LEVEL}
        if good:
            return left, max(good), good[max(good)]
    chosen = _covering(cells)
    return 0, chosen, min(_probability(blocks, cells, chosen), LEVEL / 2)


def _probability(blocks: Blocks, cells: Cells, depths: int) -> float:
    """That of the misfit; 0 where there is no fit, or none that can be tested so far out."""
    try:
        fit = reach_fit(cells, depths)
    except CalibrationError:
        return 0.0
    past = fit.intensity * cells.seconds @ np.exp(-fit.decay * (cells.nearest + depths))
    if depths > SHORTEST and past < LEAST_CELL:
        return 0.0
    return fit_test(blocks, fit, depths)
