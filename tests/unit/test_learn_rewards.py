"""Rewards of learners: numbers worked out by hand, and what must hold of any of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import halfspread as hs
from halfspread.learn import rewards
from halfspread.learn.rewards import Step

BY_HAND = Step(
    # long 2, the mid rises by 3: drift 6; a fill earned 1 against the mid; 0.5 paid
    # short 4, the mid rises by 1: drift -4; nothing filled; the episode ends
    profit=np.array([6.5, -4.0]),
    edge=np.array([1.0, 0.0]),
    fees=np.array([0.5, 0.0]),
    inventory=np.array([2.0, -4.0]),
    wealth=np.array([10.0, -1.0]),
    seconds=np.array([0.1, 0.1]),
    terminated=np.array([False, True]),
)


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        (rewards.Profit(), [6.5, -4.0]),
        (rewards.TradingProfit(), [1.0, 0.0]),
        (rewards.RunningPenalty(0.5), [-0.2, -0.8]),
        (rewards.RunningPenalty(0.5, 0.25), [-0.6, -7.2]),
        (rewards.TerminalPenalty(quadratic=0.5), [0.0, -8.0]),
        (rewards.TerminalPenalty(linear=1.5), [0.0, -6.0]),
        (rewards.Damping(0.5), [-3.0, 0.0]),
        (rewards.Damping(0.5, gains_only=False), [-3.0, 2.0]),
        (rewards.dampened_profit(0.5), [3.5, -4.0]),
        (rewards.dampened_profit(0.5, gains_only=False), [3.5, -2.0]),
        (rewards.composite(trading=1, damping=0.5, inventory=0.5), [4.3, -4.8]),
        # phi = 0.1 * 2^2 / 2 = 0.2: 0.2 * 4 * 0.1 and 0.2 * 16 * 0.1, then 0.5 * 16 at the end
        (rewards.risk_averse(0.1, 2.0, terminal=0.5), [6.42, -12.32]),
        (rewards.liquidated(running=0.2, half_spread=1.5), [6.42, -10.32]),
        (
            rewards.UtilityGain(0.1),
            [
                (np.exp(-0.35) - np.exp(-1.0)) / 0.1,
                (np.exp(-0.3) - np.exp(0.1)) / 0.1,
            ],
        ),
    ],
    ids=str,
)
def test_a_reward_is_what_its_formula_says(reward, expected):
    assert reward(BY_HAND) == pytest.approx(expected, abs=1e-12)


def test_holding_earned_what_neither_fills_nor_fees_explain():
    assert BY_HAND.drift.tolist() == [6.0, -4.0]


def test_a_sum_is_flat_and_is_a_value():
    one = rewards.Profit() + rewards.Damping(0.5)
    assert one == rewards.dampened_profit(0.5)
    assert len((one + rewards.TerminalPenalty(1.0) + one).parts) == 5
    assert hash(one) == hash(rewards.dampened_profit(0.5))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rewards.RunningPenalty(-1), "RunningPenalty: quadratic must be >= 0, was -1"),
        (lambda: rewards.TerminalPenalty(np.nan), "TerminalPenalty: quadratic must be >= 0"),
        (lambda: rewards.Damping(1.5), "Damping: share must be in 0 to 1, was 1.5"),
        (lambda: rewards.UtilityGain(0), "UtilityGain: risk_aversion must be > 0, was 0"),
        (lambda: rewards.UtilityGain("x"), "UtilityGain: risk_aversion must be > 0, was 'x'"),
        (lambda: rewards.composite(-1, 0.5, 0.0), "Scaled: factor must be >= 0, was -1"),
        (lambda: rewards.risk_averse(-1, 2), "risk_averse: risk_aversion must be >= 0, was -1"),
    ],
)
def test_parameters_are_refused_by_name(make, message):
    with pytest.raises(hs.ConfigError, match=message):
        make()


numbers = arrays(np.float64, 6, elements=st.integers(-40, 40).map(lambda x: x / 2))


@given(numbers, numbers, numbers)
def test_laws_of_an_episode(profit, edge, inventory):
    """Profit adds up to wealth exactly; utility gains to its utility; damping never pays."""
    wealth = np.cumsum(profit)
    over = np.arange(6) == 5
    step = Step(profit, edge, np.zeros(6), inventory, wealth, np.full(6, 0.1), over)
    assert rewards.Profit()(step).sum() == wealth[-1]
    g = 0.05
    expected = -np.expm1(-g * wealth[-1]) / g
    assert rewards.UtilityGain(g)(step).sum() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert rewards.UtilityGain(1e-9)(step) == pytest.approx(profit, rel=1e-5, abs=1e-5)
    assert (rewards.Damping(0.3)(step) <= 0).all()
    both = rewards.Damping(1.0, gains_only=False)(step) + profit
    assert both == pytest.approx(edge)
    for penalty in (rewards.RunningPenalty(0.1, 0.1), rewards.TerminalPenalty(0.1, 0.1)):
        assert (penalty(step) <= 0).all()
    terms = rewards.Profit() + rewards.Damping(0.3) + rewards.RunningPenalty(0.1)
    apart = sum(part(step) for part in terms.parts)
    assert terms(step).tolist() == apart.tolist()
