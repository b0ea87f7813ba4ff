"""Risk of an inventory: published numbers, integrals by brute force, and components that add up."""

import numpy as np
import pytest
from scipy import integrate, stats

import halfspread as hs
from halfspread.inventory import risk


def test_the_normal_tail_is_the_published_one():
    for confidence, ratio in ((0.95, 1.2540403436), (0.99, 1.1457)):
        tail = risk.unit_tail(confidence)
        assert tail.expected_shortfall / tail.value_at_risk == pytest.approx(ratio, abs=5e-5)
    assert risk.unit_tail(0.95).value_at_risk == pytest.approx(1.6448536269514722, rel=1e-14)
    found = risk.unit_tail(0.95)
    assert found.expected_shortfall / found.value_at_risk == pytest.approx(1.2540403436, abs=1e-10)


def test_the_tail_of_students_t_is_the_published_one():
    tail = risk.unit_tail(0.95, degrees=4)
    assert tail.value_at_risk == pytest.approx(1.5074, abs=5e-5)
    assert tail.expected_shortfall == pytest.approx(2.2648, abs=5e-5)
    assert tail.expected_shortfall / tail.value_at_risk == pytest.approx(1.502, abs=5e-4)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("degrees", [None, 2.5, 4, 30])
def test_a_tail_is_the_integral_that_it_says(confidence, degrees):
    tail = risk.unit_tail(confidence, degrees)
    law = stats.norm() if degrees is None else stats.t(degrees, scale=np.sqrt(1 - 2 / degrees))
    assert tail.value_at_risk == pytest.approx(law.ppf(confidence), rel=1e-10)
    beyond = integrate.quad(law.ppf, confidence, 1, limit=500)[0] / (1 - confidence)
    assert tail.expected_shortfall == pytest.approx(beyond, rel=1e-4)


def test_students_t_with_many_degrees_is_normal():
    many, normal = risk.unit_tail(0.99, degrees=1e7), risk.unit_tail(0.99)
    assert many.value_at_risk == pytest.approx(normal.value_at_risk, rel=1e-6)
    assert many.expected_shortfall == pytest.approx(normal.expected_shortfall, rel=1e-6)


def test_risk_grows_with_the_position_and_with_the_root_of_the_time():
    one = risk.inventory_risk(10, 2.0, 1.0)
    assert risk.inventory_risk(-10, 2.0, 1.0) == one
    assert risk.inventory_risk(10, 2.0, 4.0).value_at_risk == pytest.approx(2 * one.value_at_risk)
    assert risk.inventory_risk(30, 2.0, 1.0).value_at_risk == pytest.approx(3 * one.value_at_risk)
    assert risk.inventory_risk(0, 2.0, 1.0) == risk.Tail(0.0, 0.0)


def test_the_historical_tail_of_many_normal_profits_is_the_normal_one():
    profits = np.random.default_rng(1).standard_normal(2_000_000)
    found, exact = risk.historical_risk(profits, 0.99), risk.unit_tail(0.99)
    assert found.value_at_risk == pytest.approx(exact.value_at_risk, abs=0.01)
    assert found.expected_shortfall == pytest.approx(exact.expected_shortfall, abs=0.01)


def test_the_historical_shortfall_is_the_least_of_rockafellar_and_uryasev():
    losses = np.random.default_rng(2).standard_t(3, 37)
    tail = risk.historical_risk(-losses, 0.9)
    objective = [x + np.maximum(losses - x, 0).mean() / 0.1 for x in losses]
    assert tail.expected_shortfall == pytest.approx(min(objective), rel=1e-12)
    assert objective[int(np.flatnonzero(losses == tail.value_at_risk)[0])] == min(objective)


def random_portfolio(seed, m=5):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((m, m))
    return rng.standard_normal(m) * 100, root @ root.T


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("degrees", [None, 4])
def test_components_add_up_and_the_margin_is_a_derivative(seed, degrees):
    held, covariance = random_portfolio(seed)
    whole = risk.portfolio_risk(held, covariance, 30.0, 0.99, degrees)
    assert whole.component_var.sum() == pytest.approx(whole.value_at_risk, rel=1e-12)
    assert whole.component_es.sum() == pytest.approx(whole.expected_shortfall, rel=1e-12)
    for i in range(len(held)):
        more = held.copy()
        more[i] += 1e-4
        bumped = risk.portfolio_risk(more, covariance, 30.0, 0.99, degrees).value_at_risk
        slope = (bumped - whole.value_at_risk) / 1e-4
        assert whole.marginal_var[i] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_a_portfolio_of_one_is_the_inventory_alone():
    alone = risk.inventory_risk(-7, 1.5, 20.0, 0.95, 4)
    whole = risk.portfolio_risk([-7], [[1.5**2]], 20.0, 0.95, 4)
    assert whole.value_at_risk == pytest.approx(alone.value_at_risk)
    assert whole.expected_shortfall == pytest.approx(alone.expected_shortfall)
    assert whole.volatility == pytest.approx(risk.inventory_volatility(-7, 1.5, 20.0))


def test_a_perfect_hedge_has_no_risk_and_a_partial_one_a_negative_component():
    perfect = risk.portfolio_risk([3, -3], [[4.0, 4.0], [4.0, 4.0]], 10.0)
    assert perfect.value_at_risk == 0
    assert not perfect.component_var.any()
    partial = risk.portfolio_risk([3, -1], [[4.0, 3.0], [3.0, 4.0]], 10.0)
    assert partial.component_var[1] < 0 < partial.component_var[0]
    assert partial.value_at_risk < risk.inventory_risk(3, 2.0, 10.0).value_at_risk


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.991])
def test_the_historical_portfolio_is_the_tail_of_its_profits_and_adds_up(confidence):
    held, _ = random_portfolio(3)
    changes = np.random.default_rng(5).standard_t(4, (777, len(held)))
    found = risk.historical_portfolio_risk(held, changes, confidence)
    tail = risk.historical_risk(changes @ held, confidence)
    assert found.value_at_risk == pytest.approx(tail.value_at_risk, rel=1e-12)
    assert found.expected_shortfall == pytest.approx(tail.expected_shortfall, rel=1e-12)
    assert found.component_var.sum() == pytest.approx(found.value_at_risk, rel=1e-12)
    assert found.component_es.sum() == pytest.approx(found.expected_shortfall, rel=1e-12)
    assert found.marginal_var @ held == pytest.approx(found.value_at_risk, rel=1e-12)
    step = 1e-7 * np.eye(len(held))
    for i in range(len(held)):
        more, less = (
            risk.historical_portfolio_risk(held + s * step[i], changes, confidence) for s in (1, -1)
        )
        slope = (more.expected_shortfall - less.expected_shortfall) / 2e-7
        assert held[i] * slope == pytest.approx(found.component_es[i], rel=1e-4, abs=1e-3)


def test_the_historical_portfolio_of_many_normal_changes_is_the_normal_one():
    held, covariance = random_portfolio(1)
    rng = np.random.default_rng(2)
    changes = rng.multivariate_normal(np.zeros(len(held)), 9.0 * covariance, 400_000)
    found = risk.historical_portfolio_risk(held, changes)
    known = risk.portfolio_risk(held, covariance, horizon_s=9.0)
    assert found.volatility == pytest.approx(known.volatility, rel=0.01)
    assert found.value_at_risk == pytest.approx(known.value_at_risk, rel=0.01)
    scale = known.expected_shortfall
    np.testing.assert_allclose(found.component_es, known.component_es, atol=0.01 * scale)


def test_the_cost_of_selling_evenly_is_that_of_the_schedule_in_many_steps():
    cost = risk.liquidation_cost(1e6, 0.0625, 2.5e-6, 5.0)
    schedule = hs.AlmgrenChriss(1e6, 5.0, 1_000, 0.95, 0.0625, 2.5e-6)
    assert cost == pytest.approx(schedule.cost, rel=1e-9)
    adjusted = risk.liquidity_adjusted_var(schedule.cost, schedule.variance, 0.95)
    assert adjusted == pytest.approx(schedule.cost + 1.6448536 * schedule.variance**0.5, rel=1e-7)


def test_the_passive_time_is_the_mean_of_a_sum_of_waits():
    rng = np.random.default_rng(3)
    rate = 2.0 * np.exp(-0.4 * 1.5)
    waits = rng.exponential(1 / rate, (200_000, 4)).sum(axis=1)
    found = risk.passive_seconds(-10, 2.0, 0.4, 1.5, size=3.0)
    assert found == pytest.approx(waits.mean(), abs=4 * waits.std() / len(waits) ** 0.5)
    assert risk.passive_seconds(0, 2.0, 0.4, 1.5) == 0


def test_the_aggressive_time_counts_the_pauses_between_orders():
    assert risk.aggressive_seconds(0, 10, 1.0, 0.5) == 0
    assert risk.aggressive_seconds(10, 10, 1.0, 0.5) == 0.5
    assert risk.aggressive_seconds(-11, 10, 1.0, 0.5) == 1.5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: risk.unit_tail(0.5), "confidence must be in (0.5, 1), was 0.5"),
        (lambda: risk.unit_tail(0.95, 2), "degrees must be > 2 and finite, was 2"),
        (lambda: risk.inventory_risk(1, -1.0, 1.0), "volatility must be >= 0, was -1.0"),
        (lambda: risk.inventory_risk(1, float("nan"), 1.0), "volatility must be >= 0, was nan"),
        (lambda: risk.inventory_risk(1, 1.0, -2.0), "horizon_s must be >= 0, was -2.0"),
        (lambda: risk.historical_risk([]), "profits must be a row of finite numbers"),
        (lambda: risk.historical_risk([1, float("nan")]), "profits must be a row"),
        (lambda: risk.portfolio_risk([1, 2], [[1.0]], 1.0), "covariance must be of shape (2, 2)"),
        (lambda: risk.portfolio_risk([1, 2], [[1, 2], [0, 1]], 1.0), "symmetric"),
        (lambda: risk.portfolio_risk([1, 2], [[1, 2], [2, 1]], 1.0), "positive semi-definite"),
        (
            lambda: risk.historical_portfolio_risk([1, 2], [[1.0]]),
            "changes must be of shape (n, 2)",
        ),
        (lambda: risk.historical_portfolio_risk([1], [[float("inf")]]), "changes must be finite"),
        (lambda: risk.liquidation_cost(1, 0.1, 0.1, 0), "seconds must be > 0, was 0"),
        (lambda: risk.passive_seconds(1, 0, 1, 1), "fill_intensity must be > 0, was 0"),
        (lambda: risk.aggressive_seconds(1, 0, 1), "shown must be > 0, was 0"),
        (lambda: risk.liquidity_adjusted_var(1, -1), "variance must be >= 0, was -1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(hs.ConfigError) as caught:
        call()
    assert words in str(caught.value)
