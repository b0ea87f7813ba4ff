"""The solver of imbalance_regimes against dense matrices in NumPy, marched by the same steps."""

from __future__ import annotations

import numpy as np
import pytest

from halfspread.models.imbalance_regimes import ImbalanceMarket, imbalance_regimes
from halfspread.models.value import marched


def plain_values(market: ImbalanceMarket, limit: int, times: np.ndarray, penalties) -> np.ndarray:
    """(times, regimes, inventories)."""
    held = np.arange(-limit, limit + 1)
    moves = market.transition_rates - np.diag(market.transition_rates.sum(axis=1))
    buys, sells = market.buy_rate[:, None], market.sell_rate[:, None]
    rise, fall = market.buy_jump[:, None], market.sell_jump[:, None]

    def rate(value):
        own = moves @ value + held * (buys * rise - sells * fall) - penalties[0] * held**2
        own[:, :-1] += sells * np.maximum(market.half_spread - fall + np.diff(value), 0)
        own[:, 1:] += buys * np.maximum(market.half_spread - rise - np.diff(value), 0)
        return own

    terminal = -np.abs(held) * market.half_spread - penalties[1] * held**2
    pace = float((market.buy_rate + market.sell_rate - moves.diagonal()).max())
    fifty = 50 * pace  # steps of a hundredth in the place of a half
    return np.array(marched(rate, np.tile(terminal, (market.regimes, 1)), times, fifty))


@pytest.mark.parametrize("seed", range(12))
def test_the_values_are_those_of_the_dense_solution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, limit = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    numbers = [rng.uniform(0, most, n) for most in (2, 2, 0.8, 0.8)]
    market = ImbalanceMarket(rng.uniform(0, 1, (n, n)), *numbers, rng.uniform(0.3, 2))
    penalties = (rng.uniform(0, 0.05), rng.uniform(0, 0.2))
    solution = imbalance_regimes(market, limit, rng.uniform(2, 15), *penalties, times=21)
    plain = plain_values(market, limit, solution.times_left_s, penalties)
    np.testing.assert_allclose(solution.value, plain, rtol=1e-11, atol=1e-11)
    gained = np.diff(solution.value)
    bid, ask = solution.bid_gain[..., :-1], solution.ask_gain[..., 1:]
    np.testing.assert_allclose(bid, market.half_spread - market.sell_jump[:, None] + gained)
    np.testing.assert_allclose(ask, market.half_spread - market.buy_jump[:, None] - gained)
    assert np.isnan(solution.bid_gain[..., -1]).all()
    assert np.isnan(solution.ask_gain[..., 0]).all()
