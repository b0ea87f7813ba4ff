"""Order-imbalance regimes: one regime is the touch model, and pressure decides who posts."""

from __future__ import annotations

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.models.imbalance_regimes import ImbalanceMarket, imbalance_regimes

# Selling pressure, balance, buying pressure: market orders follow it, and move the price.
MARKET = ImbalanceMarket(
    transition_rates=[[0, 0.4, 0.05], [0.3, 0, 0.3], [0.05, 0.4, 0]],
    buy_rate=[0.2, 0.5, 1.1],
    sell_rate=[1.1, 0.5, 0.2],
    buy_jump=[0.1, 0.3, 0.7],
    sell_jump=[0.7, 0.3, 0.1],
)


def solve(market=MARKET, **options):
    return imbalance_regimes(market, **{"limit": 5, "horizon_s": 60.0, **options})


def test_it_is_the_bellman_equation_step_by_step():
    """Backwards in small steps of probability, written out by loops; first order in the step."""
    solution = solve(limit=2, horizon_s=5.0, running_penalty=0.01, terminal_penalty=0.02)

    def by_steps(steps: int) -> np.ndarray:
        dt = 5.0 / steps
        value = {(z, q): -abs(q) * 0.5 - 0.02 * q * q for z in range(3) for q in range(-2, 3)}
        for _ in range(steps):
            new = {}
            for (z, q), now in value.items():
                up, down = MARKET.buy_jump[z], MARKET.sell_jump[z]
                buys, sells = MARKET.buy_rate[z] * dt, MARKET.sell_rate[z] * dt
                total = now - 0.01 * q * q * dt + q * (buys * up - sells * down)
                for other in range(3):
                    rate = MARKET.transition_rates[z, other]
                    total += rate * dt * (value[other, q] - now)
                if q > -2:
                    total += buys * max(0.5 - up + value[z, q - 1] - now, 0)
                if q < 2:
                    total += sells * max(0.5 - down + value[z, q + 1] - now, 0)
                new[z, q] = total
            value = new
        return np.array([[value[z, q] for q in range(-2, 3)] for z in range(3)])

    coarse, fine = by_steps(1000), by_steps(2000)
    np.testing.assert_allclose(2 * fine - coarse, solution.value[-1], rtol=1e-5)


def test_nobody_sells_into_buying_pressure():
    """With a jump of 0.7 after each buy and half a spread of 0.5, an ask loses where it fills."""
    solution = solve()
    flat = 5
    post_bid, post_ask = solution.post_bid[-1, :, flat], solution.post_ask[-1, :, flat]
    assert post_bid.tolist() == [False, True, True]
    assert post_ask.tolist() == [True, True, False]


def test_buying_pressure_makes_a_long_inventory_worth_more():
    value = solve().value[-1]
    held = np.arange(-5, 6)
    assert (np.diff(value, axis=0) * np.sign(held) >= 0).all()
    np.testing.assert_allclose(value, value[::-1, ::-1], atol=1e-12)


def test_a_long_inventory_is_sold_even_at_a_loss_when_the_penalty_is_large():
    solution = solve(running_penalty=0.5)
    assert solution.post_ask[-1, 2, -1]
    assert not solution.post_bid[-1, :, 6:].any()
    assert not solution.post_bid[..., -1].any()
    assert not solution.post_ask[..., 0].any()


def test_one_regime_without_jumps_earns_all_trades():
    """No penalty and no limit in reach: half a spread for each market order."""
    market = ImbalanceMarket([[0]], [0.4], [0.6], [0], [0])
    solution = imbalance_regimes(market, limit=60, horizon_s=10.0)
    flat = solution.value[:, 0, 60] - solution.value[0, 0, 60]
    crossed = solution.value[-1, 0, 60] - (0.4 + 0.6) * 0.5 * 10.0
    assert (np.diff(flat) > 0).all()
    assert -1.5 < crossed < 0  # less what is still held at the end costs to cross


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"limit": 0}, "limit must be a whole number in 1 to 1000, was 0"),
        ({"times": 1}, "times must be a whole number >= 2, was 1"),
        ({"horizon_s": -1.0}, "horizon_s must be > 0, was -1.0"),
        ({"horizon_s": 1e8}, r"horizon_s must be shorter: 100000000\.0 takes too long to solve"),
        ({"running_penalty": -1.0}, "running_penalty must be >= 0, was -1.0"),
    ],
)
def test_a_wrong_parameter_is_named(change, words):
    with pytest.raises(ConfigError, match=words):
        solve(**change)


def test_a_wrong_market_is_named():
    with pytest.raises(ConfigError, match="buy_rate must have 2 numbers"):
        ImbalanceMarket([[0, 1], [1, 0]], [1], [1, 1], [0, 0], [0, 0])
    with pytest.raises(ConfigError, match="sell_jump must be >= 0"):
        ImbalanceMarket([[0]], [1], [1], [0], [-1])
    with pytest.raises(ConfigError, match="half_spread must be > 0, was 0"):
        ImbalanceMarket([[0]], [1], [1], [0], [0], half_spread=0)
