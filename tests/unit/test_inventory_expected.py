"""expected: golden rates and profits, sides of their own, arrays, and simulation."""

from __future__ import annotations

from math import exp, inf, nan

import numpy as np
import pytest

from halfspread.inventory import Expected, FillRates, expected, fill_rates
from halfspread.models import fixed_spread
from halfspread.quote import Quote
from quote_states import STATE

BOTH = STATE._replace(
    mid=100.0,
    bid_fill_intensity=nan,
    ask_fill_intensity=nan,
    bid_fill_decay=nan,
    ask_fill_decay=nan,
)


def test_each_side_has_its_own_rate_where_it_is_known():
    quote = Quote(98.0, 103.0, 2.0, 1.0)
    state = STATE._replace(mid=100.0)
    assert fill_rates(quote, state) == pytest.approx((exp(-0.64), 0.8 * exp(-0.84)), rel=1e-14)
    assert fill_rates(quote, BOTH) == pytest.approx((0.9 * exp(-0.6), 0.9 * exp(-0.9)), rel=1e-14)
    assert fill_rates(quote, BOTH, 2.0, 0.0) == FillRates(2.0, 2.0)


@pytest.mark.parametrize("price", [nan, inf, -inf, 100.0])
def test_a_side_of_no_size_never_fills(price):
    assert fill_rates(Quote(price, 103.0, 0.0, 1.0), BOTH).bid == 0
    assert expected(Quote(98.0, price, 1.0, 0.0), BOTH).edge == pytest.approx(1.8 * exp(-0.6))


def test_golden_numbers():
    """A = 1, k = 0: one fill a second and side; 2 lots bought 2 ticks below, 1 sold 3 above."""
    state = BOTH._replace(inventory=4.0, volatility=0.5)
    found = expected(
        Quote(98.0, 103.0, 2.0, 1.0),
        state,
        risk_aversion=0.1,
        adverse_selection=0.5,
        drift=0.01,
        fill_intensity=1.0,
        fill_decay=0.0,
    )
    assert found == pytest.approx(Expected(1.0, 7.0, 1.5, 0.04, 0.2))
    assert found.profit == pytest.approx(7.0 + 0.04 - 1.5 - 0.2)


def test_the_best_depth_earns_the_most():
    """Without adverse selection 1/k, with it that much more."""
    distance = np.linspace(0.5, 12, 2301)
    one = np.ones_like(distance)
    quote = Quote(100 - distance, 100 + distance, one, one)
    for loss in (0.0, 1.5):
        profit = expected(quote, BOTH, adverse_selection=loss).profit
        assert distance[np.argmax(profit)] == pytest.approx(1 / 0.3 + loss, abs=0.006)


def test_arrays_are_their_elements():
    inventory = np.array([-3.0, 0.0, 5.0])
    quotes = Quote(
        np.array([97.0, 98.0, 99.0]), np.full(3, 104.0), np.array([1.0, 0.0, 2.0]), np.ones(3)
    )
    found = expected(quotes, BOTH._replace(inventory=inventory), risk_aversion=0.01)
    for i in range(3):
        quote = Quote(*(float(field[i]) for field in quotes))
        alone = expected(quote, BOTH._replace(inventory=inventory[i]), risk_aversion=0.01)
        assert [float(field[i]) for field in found] == pytest.approx(list(alone), rel=1e-15)
        assert float(found.profit[i]) == pytest.approx(alone.profit, rel=1e-15)


def test_simulation_agrees():
    """A minute of Poisson fills, 20 000 times: inventory and edge within 4 standard errors."""
    quote = fixed_spread(half_spread=2, size=3)(BOTH)._replace(bid=97.5)
    found = expected(quote, BOTH)
    rates = fill_rates(quote, BOTH)
    random = np.random.default_rng(5)
    bids, asks = (random.poisson(rate * 60, 20_000) * 3 for rate in rates)
    for simulated, rate in (
        (bids - asks, found.inventory),
        (bids * 2.5 + asks * 2.0, found.edge),
    ):
        error = simulated.std() / np.sqrt(len(simulated))
        assert abs(simulated.mean() - rate * 60) < 4 * error
