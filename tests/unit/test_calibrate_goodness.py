"""The test of an exponential: its level when orders cluster, its power against slower tails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.stats import f

from halfspread.calibrate.blocks import Blocks
from halfspread.calibrate.exponential import reach_fit
from halfspread.calibrate.goodness import LEAST_PAST, choose_range, fit_test, ranges

NEAREST = np.array([1.0, 0.5])
BLOCKS = 30
LEVEL = 0.01


def drawn(rng, orders, dispersion, laws=((1.0, 0.03),), seconds=(0.0, 350.0)):
    """Orders of a mixture of exponentials, in clusters of one depth that make that dispersion.

    Clusters are geometric of mean (1 + dispersion) / 2, each in one block and of one law.
    """
    sizes = rng.geometric(2 / (1 + dispersion), orders)
    sizes = sizes[: np.searchsorted(sizes.cumsum(), orders) + 1]
    shares, decays = np.array(laws).T
    decay = rng.choice(decays, len(sizes), p=shares)
    weights = np.array(seconds) * np.exp(-decay[:, None] * NEAREST)
    grid = (rng.random(len(sizes)) * weights.sum(axis=1) > weights[:, 0]).astype(np.int64)
    step = rng.geometric(1 - np.exp(-decay)) - 1
    time = rng.integers(0, BLOCKS, len(sizes))
    columns = (np.repeat(column, sizes) for column in (time, grid, step))
    return Blocks(*columns, NEAREST, np.tile(np.array(seconds) / BLOCKS, (BLOCKS, 1)))


def laid(rng, step):
    """Given depths past the nearest, at any time."""
    time, grid = rng.integers(0, BLOCKS, len(step)), np.ones(len(step), np.int64)
    return Blocks(time, grid, step, NEAREST, np.tile([0.0, 10.0], (BLOCKS, 1)))


def probability(blocks, depths=None):
    """That of the fit on so many depths, or on the longest range that is tried."""
    cells = blocks.cells()
    depths = depths or ranges(cells)[-1]
    return fit_test(blocks, reach_fit(cells, depths), depths)


def past_the_range(blocks):
    """Orders that reach past the range that is chosen, observed over expected."""
    left, depths, _ = choose_range(blocks)
    rest = blocks.without(left)
    fit = reach_fit(rest.cells(), depths)
    reached = fit.intensity * np.exp(-fit.decay * (rest.nearest + depths))
    return (rest.step >= depths).sum() / (rest.seconds.sum(axis=0) @ reached)


@pytest.mark.parametrize("dispersion", [1, 3, 5])
@pytest.mark.parametrize(("orders", "draws"), [(500, 150), (3000, 100), (60_000, 10)])
def test_an_exponential_is_refused_as_seldom_as_the_level_says(orders, draws, dispersion):
    rng = np.random.default_rng(orders + dispersion)
    refused = sum(probability(drawn(rng, orders, dispersion)) < LEVEL for _ in range(draws))
    assert refused <= 1 + 0.03 * draws


@pytest.mark.parametrize("dispersion", [1, 3, 5])
def test_two_grids_of_one_law_are_not_refused(dispersion):
    rng = np.random.default_rng(dispersion)
    worlds = (drawn(rng, 500, dispersion, ((1.0, 0.5),), (100.0, 250.0)) for _ in range(100))
    assert sum(probability(world) < LEVEL for world in worlds) <= 4


def test_clusters_far_out_alone_are_not_taken_for_a_tail():
    """Near orders come one by one, those past 40 depths ten at once, as often as the law says."""
    rng, refused = np.random.default_rng(5), 0
    for _ in range(100):
        step = rng.geometric(1 - math.exp(-0.03), 3000) - 1
        near = laid(rng, step[step <= 40])
        sizes = rng.geometric(0.1, rng.poisson((step > 40).sum() / 10))
        far = laid(rng, 40 + rng.geometric(1 - math.exp(-0.03), len(sizes)))
        columns = zip(
            (near.time, near.grid, near.step), (far.time, far.grid, far.step), strict=True
        )
        both = (np.append(one, np.repeat(other, sizes)) for one, other in columns)
        refused += probability(Blocks(*both, NEAREST, near.seconds)) < LEVEL
    assert refused <= 4


@pytest.mark.parametrize("dispersion", [1, 3, 5])
@pytest.mark.parametrize(("orders", "share"), [(1000, 0.1), (1000, 0.2), (5000, 0.05)])
def test_a_slower_tail_is_refused_or_left_beyond_the_range(orders, share, dispersion):
    """A tenth of the decay in a twentieth to a fifth of the orders."""
    rng, laws = np.random.default_rng(orders + dispersion), ((1 - share, 0.03), (share, 0.003))
    worlds = [drawn(rng, orders, dispersion, laws) for _ in range(15)]
    assert sum(probability(world) < LEVEL for world in worlds) >= 12
    worlds = worlds[:5]
    longest = np.array([ranges(world.cells())[-1] for world in worlds])
    chosen = np.array([choose_range(world)[1] for world in worlds])
    assert np.median(chosen / longest) < 0.5
    assert np.median([past_the_range(world) for world in worlds]) < 2.5


@pytest.mark.parametrize("dispersion", [1, 3])
def test_a_tail_that_is_too_thin_is_refused(dispersion):
    """The survival of a depth is exp(-(d / 33)^1.5)."""
    rng, refused = np.random.default_rng(dispersion), 0
    for _ in range(20):
        sizes = rng.geometric(2 / (1 + dispersion), round(2000 / (1 + dispersion)))
        step = np.floor(33 * rng.weibull(1.5, len(sizes))).astype(np.int64)
        columns = (rng.integers(0, BLOCKS, len(sizes)), np.ones(len(sizes), np.int64), step)
        world = Blocks(
            *(np.repeat(column, sizes) for column in columns),
            NEAREST,
            np.tile([0, 10.0], (BLOCKS, 1)),
        )
        refused += probability(world) < LEVEL
    assert refused >= 18


def test_rates_that_differ_by_grid_are_refused():
    """Four times the rate when the mid is on a whole tick."""
    rng = np.random.default_rng(2)
    whole, half = (
        drawn(rng, n, 3, ((1.0, 0.5),), seconds)
        for n, seconds in ((600, (100.0, 0.0)), (300, (0.0, 250.0)))
    )
    both = Blocks(
        *(np.append(getattr(whole, n), getattr(half, n)) for n in ("time", "grid", "step")),
        NEAREST,
        whole.seconds + half.seconds,
    )
    assert probability(both) < LEVEL


@pytest.mark.parametrize("dispersion", [1, 3])
def test_a_law_that_changes_behind_the_touch_is_told(dispersion):
    rng = np.random.default_rng(1)
    behind = drawn(rng, 6000, dispersion, ((1.0, 0.1),))
    step = np.append(np.zeros(14_000, np.int64), 1 + behind.step)
    time = np.append(rng.integers(0, BLOCKS, 14_000), behind.time)
    world = Blocks(time, np.ones(len(step), np.int64), step, NEAREST, behind.seconds)
    left, depths, chance = choose_range(world)
    assert left == 1
    assert chance >= LEVEL
    assert reach_fit(world.without(1).cells(), depths).decay == pytest.approx(0.1, rel=0.05)


def test_a_law_that_is_no_exponential_is_refused():
    step = np.repeat(np.arange(12), np.rint(150_000 / (1 + np.arange(12)) ** 2).astype(int))
    world = laid(np.random.default_rng(0), step)
    left, depths, chance = choose_range(world)
    assert (left, chance < LEVEL) == (0, True)
    assert (step >= depths).mean() <= 0.05


def test_a_range_ends_where_the_data_do():
    world = drawn(np.random.default_rng(4), 2000, 1)
    longest = ranges(world.cells())[-1]
    assert (world.step >= longest).sum() >= LEAST_PAST > (world.step > longest).sum()
    assert ranges(laid(np.random.default_rng(0), np.arange(60) % 3).cells()) == [2]


def test_it_is_what_its_formula_says():
    """By a plain loop; here seven depths hold an eighth of the orders or more, then they halve."""
    world = drawn(np.random.default_rng(8), 400, 2, ((1.0, math.log(2)),))
    fit = reach_fit(world.cells(), 5)
    step, blocks = np.minimum(world.step, 5), range(BLOCKS)
    counts = np.array([[((world.time == b) & (step == c)).sum() for c in range(6)] for b in blocks])
    seconds = 350.0

    def means(a, k):
        reached = seconds * a * np.exp(-k * (0.5 + np.arange(6)))
        return np.append(reached[:-1] - reached[1:], reached[-1])

    a, k = fit.intensity, fit.decay
    expected = means(a, k)
    assert expected[-1] > 5
    bend = (means(a, k * (1 + 1e-6)) - means(a, k * (1 - 1e-6))) / (2e-6 * k)
    apart = (counts - expected / BLOCKS) / np.sqrt(expected)
    basis = null_space(np.stack([expected, bend]) / np.sqrt(expected))
    total = ((apart.sum(axis=0) @ basis) ** 2).sum()
    shrunk = np.diag(np.sqrt(expected / counts.sum(axis=0)))
    scatter = BLOCKS * basis.T @ shrunk @ np.cov(apart.T) @ shrunk @ basis
    trace = np.trace(scatter)
    freedom = trace**2 / np.trace(scatter @ scatter)
    tail = f.sf(total / trace, freedom, freedom * (BLOCKS - 1))
    assert fit_test(world, fit, 5) == pytest.approx(tail, rel=1e-5)
    assert 0.01 < tail < 0.99


def test_what_leaves_nothing_to_test_is_not_passed():
    world = laid(np.random.default_rng(0), np.arange(200) % 2)
    assert probability(world, 1) == 0
    one = Blocks(world.time * 0, world.grid, np.arange(200) % 5, NEAREST, world.seconds[:1])
    assert probability(one, 4) == 0


def test_a_grid_that_is_hardly_there_is_counted_with_the_other():
    world = drawn(np.random.default_rng(3), 400, 1, ((1.0, 0.5),), (10.0, 340.0))
    assert len(np.unique(world.grid)) == 2
    assert world.without_thin(0.02).cells().counts.tolist() == world.cells().counts.tolist()
    cells = world.without_thin(0.05).cells()
    np.testing.assert_array_equal(cells.counts[1], world.cells().counts.sum(axis=0))
    np.testing.assert_allclose(cells.seconds, [0, 350])
    assert set(cells.curve()[0] % 1) == {0.5}
