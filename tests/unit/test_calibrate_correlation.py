"""Correlation of mids: what was simulated comes back; what one instrument does later is missed."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.calibrate import CalibrationError, Record, correlation
from halfspread.calibrate.record import Arrivals, Touches

START = 1_723_111_200_000_000_000
STEP_S = 0.01


def walks(rho, seconds=400.0, seed=0, scales=(4.0, 30.0)):
    """Two mids of that correlation, each of its own volatility in ticks, a row each STEP_S."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((2, round(seconds / STEP_S)))
    shocks[1] = rho * shocks[0] + np.sqrt(1 - rho**2) * shocks[1]
    return [
        scale * np.sqrt(STEP_S) * np.cumsum(row) for scale, row in zip(scales, shocks, strict=True)
    ]


def record_of(mid, delay_s=0.0):
    """The record of a book one tick wide around 100,000 and a walk, which it shows later."""
    time = START + np.round((np.arange(len(mid)) * STEP_S + delay_s) * 1e9).astype(np.int64)
    bid = 100_000 + np.round(mid).astype(np.int64)
    one = np.ones(len(bid), np.int64)
    touches = Touches(time, bid, bid + 1, one, one)
    none = np.zeros(0, np.int64)
    arrivals = Arrivals(*(none,) * 7, none.astype(float), none)
    return Record(touches, arrivals, (int(time[0]), int(time[-1])), 0)


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.8])
def test_what_was_simulated_comes_back(rho):
    found = [
        correlation([record_of(walk) for walk in walks(rho, seed=seed)], 1.0) for seed in range(4)
    ]
    for matrix in found:
        np.testing.assert_array_equal(np.diag(matrix), 1)
        assert matrix[0, 1] == matrix[1, 0]
    assert np.mean([matrix[0, 1] for matrix in found]) == pytest.approx(rho, abs=0.06)


def test_an_instrument_that_follows_later_seems_less_tied_over_short_scales():
    leader, follower = walks(0.9)
    records = [record_of(leader), record_of(follower, delay_s=0.5)]
    by_scale = [correlation(records, scale)[0, 1] for scale in (0.1, 1.0, 10.0)]
    assert by_scale[0] < 0.1
    assert by_scale == sorted(by_scale)
    assert by_scale[2] == pytest.approx(0.9 * 0.95, abs=0.06)


def test_it_is_by_the_changes_of_a_plain_loop():
    records = [record_of(walk) for walk in (*walks(0.5, 40.0), *walks(0.1, 40.0, seed=5))]
    found = correlation(records, 0.3)
    times = np.arange(records[0].span[0], records[0].span[1] + 1, 100_000_000)
    mids = [
        [record.touches.mid[record.touches.time <= time][-1] for time in times]
        for record in records
    ]
    changes = np.array([[row[k + 3] - row[k] for k in range(len(row) - 3)] for row in mids])
    scale = np.sqrt((changes**2).sum(axis=1))
    np.testing.assert_allclose(found, changes @ changes.T / np.outer(scale, scale), rtol=1e-12)
    assert np.linalg.eigvalsh(found)[0] > 0


def test_what_is_refused():
    one, other = (record_of(walk) for walk in walks(0.5, 20.0))
    still = record_of(np.zeros(2000))
    with pytest.raises(hs.ConfigError, match="records must not be empty"):
        correlation([], 1.0)
    for scale in (0.0, 0.25, -1.0, float("nan")):
        with pytest.raises(hs.ConfigError, match=r"scale_s must be a multiple of 0.1, was"):
            correlation([one, other], scale)
    with pytest.raises(CalibrationError, match=r"20.0 s in common; correlation needs 30 s"):
        correlation([one, other], 1.0)
    with pytest.raises(CalibrationError, match=r"0.0 s in common"):
        correlation([one, record_of(walks(0.5, 20.0)[0], delay_s=60.0)], 0.1)
    with pytest.raises(CalibrationError, match="a mid never changes"):
        correlation([one, still], 0.1)
