"""Laws of known simulated markets are found again, within three standard errors."""

import numpy as np
import pytest

import halfspread as hs
from halfspread.calibrate.level_changes import read_changes
from halfspread.calibrate.queue_reactive import queue_intensities
from halfspread.calibrate.reference_price import reference_price
from halfspread.calibrate.zero_intelligence import zero_intelligence

LENGTHS = np.arange(41)
FIRST = 0.6 / (1 + 0.02 * LENGTHS) + 0.3 * (LENGTHS == 0)
BEHIND = 0.8 / (1 + 0.03 * LENGTHS) + 0.5 * (LENGTHS == 0)
LIMIT = [FIRST] + [BEHIND] * 4
CANCEL = [0.04 * LENGTHS + 0.1] + [0.05 * LENGTHS + 0.05] * 4
MARKET = [0.25 * np.exp(-LENGTHS / 8) + 0.05] + [0 * LENGTHS] * 4


def flow_of(theta, theta_reinit):
    tables = ([row.tolist() for row in rows] for rows in (LIMIT, CANCEL, MARKET))
    return hs.flows.QueueReactive(*tables, theta, theta_reinit)


def distances(found, errors, true):
    """Standard errors from the truth."""
    return (np.array(found) - np.array(true)) / np.array(errors)


@pytest.mark.parametrize("seed", [1, 2])
def test_sky_perfect_is_found_again(seed):
    """Cont, Stoikov and Talreja's Table 1, of two hours at a second for a minute."""
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    fit = zero_intelligence(read_changes(hs.simulate(flow, "2h", seed=seed)))
    levels = len(fit.limit_rates)
    assert fit.unit_lots == 1
    limits = distances(fit.limit_rates, fit.limit_errors, flow.limit_rates[:levels])
    true = [flow.cancel_rates[min(i, 4)] for i in range(levels)]
    cancels = distances(fit.cancel_rates, fit.cancel_errors, true)
    market = (fit.market_rate - flow.market_rate) / fit.market_error
    apart = np.concatenate([limits, cancels, [market]])
    assert np.abs(apart).max() < 3.5  # of 51 numbers; 3 for each by itself
    assert np.mean(np.abs(apart) < 2) > 0.85
    assert abs(market) < 3
    assert np.std(apart) == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(("theta", "theta_reinit"), [(0.0, 0.0), (0.7, 0.0), (0.7, 0.85)])
def test_intensities_by_queue_length_are_found_again(theta, theta_reinit):
    changes = read_changes(hs.simulate(flow_of(theta, theta_reinit), "20h", seed=3))
    apart = []
    for depth, queue in enumerate(queue_intensities(changes)):
        assert queue.size_lots == 1
        lengths = len(queue.limit) - 1
        assert lengths > 8
        seen = np.array(queue.seconds[:lengths]) > 60
        for name, tables in (("limit", LIMIT), ("cancel", CANCEL), ("market", MARKET)):
            kept = seen & (np.arange(lengths) >= (name != "limit"))
            found = np.array(getattr(queue, name)[:lengths])[kept]
            errors = np.array(getattr(queue, f"{name}_errors")[:lengths])[kept]
            true = tables[depth][:lengths][kept]
            if true.any():
                apart.append(distances(found, errors, true))
            else:
                assert not found.any()
    apart = np.concatenate(apart)
    assert np.abs(apart).max() < 4  # of some 170 numbers
    assert np.mean(np.abs(apart) < 3) > 0.98
    assert np.std(apart) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(("theta", "theta_reinit"), [(0.7, 0.85), (0.5, 0.0)])
def test_theta_is_found_again(theta, theta_reinit):
    changes = read_changes(hs.simulate(flow_of(theta, theta_reinit), "12h", seed=3))
    found = reference_price(changes, flow_of)
    assert found.matched
    assert abs(found.theta - theta) < 3 * found.theta_error
    assert abs(found.theta_reinit - theta_reinit) < 3 * found.theta_reinit_error
    assert found.theta_error < 0.2
