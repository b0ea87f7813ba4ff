"""Laws of calibration: known worlds give their parameters back; scales go where units say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration_worlds import LAST, tape_of, world
from halfspread.calibrate import (
    CalibrationError,
    calibrate_tape,
    hawkes,
    impact,
    intensity,
    poisson_fit,
    read_record,
    volatility,
)
from halfspread.event import Kind

FACTORS = st.floats(0.05, 20.0)
COUNTS = st.lists(st.integers(0, 500), min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("a", "k", "sigma", "seed"), [(4.0, 0.8, 3.0, 0), (1.0, 0.3, 1.0, 1), (12.0, 2.0, 6.0, 2)]
)
def test_a_world_gives_its_parameters_back(a, k, sigma, seed):
    """Within 3.5 standard errors each, and those are small enough to say something."""
    record = read_record(world(seconds=2500, intensity=a, decay=k, volatility=sigma, seed=seed))
    found = volatility(record)
    assert abs(found.ticks - sigma) < 3.5 * found.error
    assert found.error < 0.1 * sigma
    for side in (1, -1, 0):
        fit = intensity(record, side)
        assert fit.holds
        for value, truth, exact, drawn in (
            (fit.fit.intensity, a, fit.fit.intensity_error, fit.intensity_bootstrap),
            (fit.fit.decay, k, fit.fit.decay_error, fit.decay_bootstrap),
        ):
            assert abs(value - truth) < 3.5 * max(exact, drawn)
            assert exact < 0.15 * truth
            assert drawn == pytest.approx(exact, rel=0.5), "Poisson: the two errors are alike"
        assert fit.through == pytest.approx(fit.fit.intensity * math.exp(-fit.fit.decay))


@pytest.mark.parametrize("seed", range(4))
def test_two_scales_are_free_of_noise_that_comes_and_goes(seed):
    """A walk of 8 ticks a root second with a coin's toss of a tick on it, drawn anew each step."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.choice((-4, 0, 4), 30_000, p=(0.2, 0.6, 0.2)))
    bids = (100_000 + walk + rng.choice((-1, 1), len(walk))).tolist()
    rows = []
    for i, bid in enumerate(bids):
        time = 0.1 * i + 0.05
        rows += [(time, Kind.touch, 1, bid, 10, 0), (time, Kind.touch, -1, bid + 1, 10, LAST)]
    found = volatility(read_record(tape_of([*rows, (3001.0, Kind.touch, 1, bids[-1], 10, LAST)])))
    noisy = dict(zip(found.scales_s, found.signature, strict=True))
    assert noisy[0.1] == pytest.approx(math.sqrt(64 + 2 / 0.1), rel=0.02)
    assert found.scale_s > 0.1
    assert found.two_scale == pytest.approx(8.0, rel=0.02)


def test_errors_cover_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(100, 160):
        fit = intensity(read_record(world(seconds=250, volatility=1.0, seed=seed)), 1).fit
        off = fit.intensity - 4.0, fit.decay - 0.8
        errors = fit.intensity_error, fit.decay_error
        inside.append(np.abs(off) < 1.96 * np.array(errors))
    assert np.all(np.sum(inside, axis=0) >= 51), "95 % of 60 is 57, less three standard deviations"


@pytest.mark.parametrize("factor", [0.25, 7.0])
def test_slower_time_scales_rates_alone(factor):
    """Times times c: A / c, sigma / sqrt(c), k as it was."""
    fast = read_record(world(seconds=1000, seed=3))
    slow = read_record(world(seconds=1000, seed=3, slower=factor))
    a, b = intensity(fast, 1), intensity(slow, 1)
    assert b.fit.intensity * factor == pytest.approx(a.fit.intensity, rel=1e-6)
    assert b.fit.decay == pytest.approx(a.fit.decay, rel=1e-6)
    ours, theirs = volatility(fast), volatility(slow)
    spread = 3 * math.hypot(ours.error, theirs.error * math.sqrt(factor))
    assert theirs.ticks * math.sqrt(factor) == pytest.approx(ours.ticks, abs=spread)
    one, other = hawkes(fast).buys, hawkes(slow).buys
    assert other.baseline * factor == pytest.approx(one.baseline, rel=1e-3)


def test_more_lots_scale_lots_alone():
    small, large = (read_record(world(seconds=600, seed=4, sizes=n)) for n in (1, 50))
    assert intensity(small, 0) == intensity(large, 0)
    assert volatility(small) == volatility(large)
    per_lot = [impact(record).binned[0].volume.values[1] for record in (small, large)]
    assert per_lot[0] == pytest.approx(50 * per_lot[1], rel=1e-9)


def test_prices_elsewhere_change_nothing():
    here, there = (read_record(world(seconds=300, seed=5, price=p)) for p in (1_000, 900_000))
    assert intensity(here, 1) == intensity(there, 1)
    assert volatility(here) == volatility(there)
    assert hawkes(here) == hawkes(there)


@settings(max_examples=80)
@given(COUNTS, FACTORS, FACTORS)
def test_the_poisson_fit_scales(counts, depth, time):
    """Depths times c: k / c. Seconds times c: A / c. Nothing else moves."""
    d = np.arange(len(counts)) + 0.5
    t = np.full(len(counts), 50.0)
    try:
        fit = poisson_fit(d, counts, t)
    except CalibrationError:
        return
    wider, longer = poisson_fit(d * depth, counts, t), poisson_fit(d, counts, t * time)
    assert wider.decay * depth == pytest.approx(fit.decay, rel=1e-6, abs=1e-9)
    assert wider.intensity == pytest.approx(fit.intensity, rel=1e-6)
    assert longer.intensity * time == pytest.approx(fit.intensity, rel=1e-9)
    assert longer.decay == pytest.approx(fit.decay, rel=1e-9, abs=1e-12)


def test_the_same_tape_and_seed_give_the_same_numbers():
    tape = world(seconds=200, seed=6)
    assert calibrate_tape(tape, seed=3) == calibrate_tape(tape, seed=3)
    assert calibrate_tape(tape, seed=3).errors != calibrate_tape(tape, seed=4).errors
