"""Almgren and Chriss 2000: the paper's example, and the schedule against numerical minimisation."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

import halfspread as hs


def paper(risk_aversion=1e-6, **changes):
    """The paper's section 3.4: a million shares in five days."""
    arguments = {
        "inventory": 1e6,
        "horizon": 5.0,
        "steps": 5,
        "volatility": 0.95,
        "half_spread": 0.0625,
        "temporary_impact": 2.5e-6,
        "permanent_impact": 2.5e-7,
        "risk_aversion": risk_aversion,
    }
    return hs.AlmgrenChriss(**(arguments | changes))


def plain(schedule, holdings):
    """Cost and variance of any holdings, in loops."""
    tau = schedule.horizon / schedule.steps
    cost, variance = schedule.permanent_impact * schedule.inventory**2 / 2, 0.0
    effective = schedule.temporary_impact - schedule.permanent_impact * tau / 2
    for before, after in pairwise(holdings):
        sold = before - after
        cost += schedule.half_spread * abs(sold) + effective * sold * sold / tau
        variance += schedule.volatility**2 * tau * after * after
    return cost, variance


def test_the_papers_numbers():
    schedule = paper()
    assert schedule.kappa == pytest.approx(0.6071, abs=5e-5)
    assert round(schedule.cost) == 911_227
    assert round(math.sqrt(schedule.variance)) == 603_431
    assert schedule.holdings[1] == pytest.approx(541_955.5543739223, rel=1e-12)
    even = paper(0.0)
    assert even.cost == pytest.approx(662_500)
    assert round(math.sqrt(even.variance)) == 1_040_673
    assert even.half_life == math.inf
    np.testing.assert_allclose(even.holdings, [1e6, 8e5, 6e5, 4e5, 2e5, 0], atol=1e-6)


@pytest.mark.parametrize("risk_aversion", [0.0, 1e-7, 1e-6, 1e-5])
@pytest.mark.parametrize("inventory", [1e6, -1e6])
def test_the_schedule_is_the_minimum(risk_aversion, inventory):
    """By the normal equations, and by a minimiser that knows nothing of the formula."""
    schedule = paper(risk_aversion, inventory=inventory, steps=8)
    n, tau = schedule.steps, schedule.step
    effective = schedule.temporary_impact - schedule.permanent_impact * tau / 2
    weight = risk_aversion * schedule.volatility**2 * tau
    inner = np.diag(np.full(n - 1, 2 * effective / tau + weight))
    inner -= effective / tau * (np.eye(n - 1, k=1) + np.eye(n - 1, k=-1))
    right = np.zeros(n - 1)
    right[0] = effective / tau * inventory
    np.testing.assert_allclose(schedule.holdings[1:-1], np.linalg.solve(inner, right), rtol=1e-9)

    def objective(shares):
        holdings = [inventory, *(inventory * shares), 0.0]
        cost, variance = plain(schedule, holdings)
        return (cost + risk_aversion * variance) / 1e6

    start = np.linspace(1, 0, n + 1)[1:-1] ** 1.3
    found = minimize(objective, start, tol=1e-12).fun
    best = schedule.cost + risk_aversion * schedule.variance
    assert best / 1e6 <= found + 1e-9
    assert best / 1e6 == pytest.approx(found, rel=1e-6)


def test_cost_and_variance_are_those_of_the_holdings():
    for risk_aversion in (0.0, 1e-6):
        schedule = paper(risk_aversion)
        cost, variance = plain(schedule, schedule.holdings)
        assert schedule.cost == pytest.approx(cost, rel=1e-12)
        assert schedule.variance == pytest.approx(variance, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 7, 100])
def test_the_variance_of_the_even_schedule(steps):
    schedule = paper(0.0, steps=steps)
    exact = schedule.volatility**2 * 1e12 * 5.0 / 3 * (1 - 1 / steps) * (1 - 1 / (2 * steps))
    assert schedule.variance == pytest.approx(exact, rel=1e-12, abs=1e-6)


def test_all_at_once_costs_most_and_risks_nothing():
    at_once = paper(steps=1, permanent_impact=0.0)
    assert at_once.variance == 0
    assert at_once.cost == pytest.approx(0.0625 * 1e6 + 2.5e-6 * 1e12 / 5)


def test_cost_and_variance_by_simulation():
    schedule = paper()
    rng = np.random.default_rng(5)
    trades, tau = schedule.trades, schedule.step
    price = np.zeros(200_000)
    cost = np.zeros_like(price)
    for sold in trades:
        paid = schedule.half_spread + schedule.temporary_impact * sold / tau
        cost -= sold * (price - paid)
        price += schedule.volatility * math.sqrt(tau) * rng.standard_normal(len(price))
        price -= schedule.permanent_impact * sold
    assert cost.mean() == pytest.approx(schedule.cost, abs=4 * cost.std() / len(cost) ** 0.5)
    assert cost.std() == pytest.approx(math.sqrt(schedule.variance), rel=0.01)


def test_the_frontier_falls_and_is_convex():
    points = paper().frontier(np.geomspace(1e-8, 1e-5, 30))
    variance, cost = points[:, 0], points[:, 1]
    assert (np.diff(variance) < 0).all()
    assert (np.diff(cost) > 0).all()
    slopes = np.diff(cost) / np.diff(variance)
    assert (np.diff(slopes) < 0).all(), "steeper to the left"


def test_a_hurried_schedule_does_not_overflow():
    schedule = paper(1e6)
    assert schedule.holdings[1] < 1e-3
    assert schedule.holdings[-1] == 0
    assert np.isfinite(schedule.cost)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": 0}, "steps must be an integer >= 1, was 0"),
        ({"horizon": 0.0}, "horizon must be > 0, was 0.0"),
        ({"volatility": -1.0}, "volatility must be >= 0, was -1.0"),
        ({"permanent_impact": 1e-5}, "temporary_impact must be > permanent_impact"),
        ({"inventory": math.nan}, "inventory must be finite, was nan"),
    ],
)
def test_what_makes_no_sense_is_refused(change, words):
    with pytest.raises(hs.ConfigError) as caught:
        paper(**change)
    assert words in str(caught.value)
