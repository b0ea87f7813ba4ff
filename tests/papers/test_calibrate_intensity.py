"""Fill intensities: goldens by two methods, closed forms, plain sums behind the fast ones."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import kstwo

from calibration_worlds import world
from halfspread.calibrate import CalibrationError, intensity, poisson_fit, read_record, waiting
from halfspread.calibrate.exponential import Cells, reach_fit, solve, sums_of
from halfspread.calibrate.inference import kolmogorov_tail
from halfspread.errors import ConfigError

DEPTHS = np.array([0.5, 1.5, 2.5, 3.5, 4.5, 6.5])
FILLS = np.array([812, 390, 203, 88, 41, 0])
SECONDS = np.array([600.0, 610.0, 590.0, 600.0, 480.0, 30.0])
INTENSITY, DECAY = 1.9198715625149, 0.7118552860543
"""Of the numbers above: the score's root by Brent, and weighted least squares, repeated, agree."""


def log_likelihood(theta, depths, fills, seconds):
    means = seconds * np.exp(theta[0] - theta[1] * depths)
    return float((fills * np.log(means) - means).sum())


def test_the_golden_fit():
    fit = poisson_fit(DEPTHS, FILLS, SECONDS)
    assert (fit.intensity, fit.decay) == pytest.approx((INTENSITY, DECAY), rel=1e-9)


def test_the_golden_fit_is_the_top_of_the_likelihood():
    found = minimize(
        lambda theta: -log_likelihood(theta, DEPTHS, FILLS, SECONDS),
        [0.0, 0.5],
        method="Nelder-Mead",
        options={"xatol": 1e-12, "fatol": 1e-12, "maxiter": 4000},
    )
    assert math.exp(found.x[0]) == pytest.approx(INTENSITY, rel=1e-6)
    assert found.x[1] == pytest.approx(DECAY, rel=1e-6)


def test_the_errors_are_those_of_the_observed_information():
    fit, step = poisson_fit(DEPTHS, FILLS, SECONDS), 1e-4

    def at(a, k):
        return log_likelihood((math.log(a), k), DEPTHS, FILLS, SECONDS)

    a, k = fit.intensity, fit.decay
    bend = np.empty((2, 2))
    shifts = np.eye(2) * step
    for i in range(2):
        for j in range(2):
            corners = [
                at(*(np.array([a, k]) + p * shifts[i] + q * shifts[j])) * p * q
                for p in (1, -1)
                for q in (1, -1)
            ]
            bend[i, j] = -sum(corners) / (4 * step**2)
    covariance = np.linalg.inv(bend)
    assert fit.intensity_error == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-3)
    assert fit.decay_error == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-3)


def test_a_rate_that_grows_with_distance_has_a_negative_decay():
    depths, seconds = np.arange(300) + 0.5, np.full(300, 100.0)
    fills = np.random.default_rng(0).poisson(seconds * 0.01 * np.exp(0.03 * depths))
    fit = poisson_fit(depths, fills, seconds)
    assert abs(fit.decay + 0.03) < 4 * fit.decay_error < 0.002
    assert abs(fit.intensity - 0.01) < 4 * fit.intensity_error < 0.005
    with np.errstate(all="ignore"), pytest.raises(CalibrationError, match="k would be -"):
        poisson_fit([1000.0, 1000.5, 1001.0], [1, 10, 10**6], [1.0, 1.0, 1.0])


def test_one_grid_has_a_closed_form():
    """k = ln(1 + ended / excess), A from the orders that reached the nearest depth."""
    counts = np.array([[0, 0, 0, 0], [500, 250, 130, 140]])
    cells = Cells(np.array([1.0, 0.5]), counts, np.array([0.0, 1000.0]))
    fit = reach_fit(cells, 3)
    excess = 250 + 2 * 130 + 3 * 140
    k = math.log1p(880 / excess)
    assert fit.decay == pytest.approx(k, rel=1e-12)
    assert fit.intensity == pytest.approx(1020 / 1000 * math.exp(k / 2), rel=1e-12)


def test_two_grids_are_the_top_of_their_likelihood():
    cells = Cells(
        np.array([1.0, 0.5]),
        np.array([[60, 20, 9, 4], [300, 130, 50, 21]]),
        np.array([90.0, 400.0]),
    )
    fit, depths = reach_fit(cells, 3), 3

    def minus(theta):
        a, k, total = math.exp(theta[0]), theta[1], 0.0
        for start, row, seconds in zip(cells.nearest, cells.counts, cells.seconds, strict=True):
            reached = seconds * a * np.exp(-k * (start + np.arange(depths + 1)))
            means = np.append(reached[:-1] - reached[1:], reached[-1])
            numbers = np.append(row[:depths], row[depths:].sum())
            total += float((numbers * np.log(means) - means).sum())
        return -total

    best = minimize(
        minus, [0.0, 0.5], method="Nelder-Mead", options={"xatol": 1e-11, "fatol": 1e-12}
    )
    assert fit.intensity == pytest.approx(math.exp(best.x[0]), rel=1e-6)
    assert fit.decay == pytest.approx(best.x[1], rel=1e-6)


def test_without_a_last_cell_it_is_the_poisson_fit():
    """Orders that END at d are Poisson of mean T A (1 - exp(-k)) exp(-k d): the same score."""
    counts = np.array([[0] * 30, np.rint(9000 * np.exp(-0.7 * np.arange(30))).astype(int)])
    cells = Cells(np.array([1.0, 0.5]), counts, np.array([0.0, 500.0]))
    ours = reach_fit(cells, 30)
    theirs = poisson_fit(0.5 + np.arange(200), np.append(counts[1], [0] * 170), np.full(200, 500.0))
    assert ours.decay == pytest.approx(theirs.decay, rel=1e-9)
    assert ours.intensity == pytest.approx(
        theirs.intensity / (1 - math.exp(-theirs.decay)), rel=1e-9
    )


def test_resampled_with_weights_of_one_is_the_fit():
    counts = np.array([[60, 20, 9, 4], [300, 130, 50, 21]])
    cells = Cells(np.array([1.0, 0.5]), counts, np.array([90.0, 400.0]))
    a, k = solve(cells.nearest, sums_of(cells, 3))
    fit = reach_fit(cells, 3)
    assert (float(a), float(k)) == (fit.intensity, fit.decay)


def test_the_waits_of_the_virtual_orders_equal_a_plain_count():
    record = read_record(world(seconds=200, seed=5))
    found = waiting(record, -1, 0.5)
    buys = record.arrivals.of(1)
    fills, waits = np.zeros(10), np.zeros(10)
    for start in range(record.span[0], record.span[1] - 10**10, 10**9):
        mid = record.touches.mid_of(record.touches.row_at(np.array([start])))[0]
        for j in range(10):
            after = (buys.time > start) & (buys.time <= start + 10**10)
            through = np.flatnonzero(after & (buys.far > mid + 0.5 + j))
            fills[j] += len(through) > 0
            waits[j] += (buys.time[through[0]] - start) * 1e-9 if len(through) else 10.0
    np.testing.assert_allclose(found.rates, fills / waits, rtol=1e-12)
    plain = poisson_fit(0.5 + np.arange(10), fills, waits)
    assert found.fit.decay == pytest.approx(plain.decay, rel=1e-9)
    assert found.fit.intensity == pytest.approx(plain.intensity, rel=1e-9)


def test_stephens_tail_is_nearly_the_exact_one():
    for count, distance in ((50, 0.1), (500, 0.06), (10_000, 0.013)):
        assert kolmogorov_tail(distance, count) == pytest.approx(
            kstwo.sf(distance, count), rel=0.05
        )


@pytest.mark.parametrize(
    ("depths", "fills", "seconds", "error", "why"),
    [
        ([1, 2], [1], [1, 1], ConfigError, "differ"),
        ([1, 2], [1, -1], [1, 1], ConfigError, "fills must be finite and >= 0"),
        ([1, 2], [1, 1], [1, 0], ConfigError, "two depths"),
        ([1, 2], [0, 0], [1, 1], CalibrationError, "no fill"),
        ([1, 2], [0, 5], [1, 1], CalibrationError, "at distance 2"),
    ],
)
def test_what_has_no_fit_is_refused(depths, fills, seconds, error, why):
    with pytest.raises(error, match=why):
        poisson_fit(depths, fills, seconds)


def test_a_side_is_that_of_our_order():
    """Sells hit bids: a world where sells come twice as often."""
    rng = np.random.default_rng(0)
    buys, sells = (np.sort(rng.random(n)) * 500.0 for n in (500, 1500))
    record = read_record(world(seconds=500, decay=0.8, times=(buys, sells), seed=2))
    bids, asks = intensity(record, 1), intensity(record, -1)
    assert bids.fit.orders > 2.5 * asks.fit.orders
    assert intensity(record, 0).fit.intensity == pytest.approx(
        (bids.fit.intensity + asks.fit.intensity) / 2, rel=0.1
    )
