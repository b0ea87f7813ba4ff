"""Guilbaud and Pham: the policy solves its equation, and earns as the paper orders it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.models.guilbaud_pham import SpreadMarket, TouchPolicy, guilbaud_pham

# The paper's fees (rebate .0008, fee .0012 on a tick of .005) in a market of three spreads.
MARKET = SpreadMarket(
    transition_rates=[[0, 0.5, 0.1], [0.8, 0, 0.3], [0.4, 0.9, 0]],
    fill_rates=[[0.05, 0.06, 0.08], [0, 0.15, 0.2]],
    rebate=0.16,
    fee=0.24,
)
AVERSION, LIMIT, HORIZON_S, STEP_S = 0.002, 10, 300.0, 0.1


def optimal(**options) -> TouchPolicy:
    return guilbaud_pham(MARKET, AVERSION, LIMIT, HORIZON_S, **options)


def simulate(act, paths: int, seed: int) -> np.ndarray:
    """Final wealth in ticks times orders; act(time left, spread, inventory) -> bid, ask, taken."""
    random = np.random.default_rng(seed)
    spread, held = random.integers(0, 3, paths), np.zeros(paths, np.int64)
    cash, mid = np.zeros(paths), np.zeros(paths)
    leave = MARKET.transition_rates.sum(axis=1)
    towards = np.cumsum(MARKET.transition_rates / leave[:, None], axis=1)

    def take(orders):
        nonlocal held
        half = (spread + 1) / 2 + MARKET.fee
        cash[:] -= orders * mid + np.abs(orders) * half + MARKET.fixed_fee * (orders != 0)
        held = held + orders

    for left in np.arange(HORIZON_S, 0, -STEP_S):
        bid, ask, taken = act(left, spread, held)
        take(taken)
        for side, order in ((1, bid), (-1, ask)):
            rate = np.where(order > 0, MARKET.fill_rates[np.maximum(order - 1, 0), spread], 0.0)
            filled = (random.random(paths) < rate * STEP_S) & (np.abs(held + side) <= LIMIT)
            edge = (spread + 1) / 2 - (order == 2) + MARKET.rebate
            cash[filled] += edge[filled] - side * mid[filled]
            held = held + side * filled
        moved = random.random(paths) < leave[spread] * STEP_S
        drawn = (random.random(paths)[:, None] > towards[spread]).sum(axis=1)
        spread = np.where(moved, np.minimum(drawn, 2), spread)
        mid += random.normal(0, 0.4 * np.sqrt(STEP_S), paths)
    take(-held)
    return cash


def follow(policy: TouchPolicy):
    def act(left, spread, held):
        at = (np.searchsorted(policy.times_left_s, left - 1e-9), spread, held + LIMIT)
        return policy.bid[at], policy.ask[at], policy.market_order[at]

    return act


def constant(left, spread, held):
    return np.ones_like(held), np.ones_like(held), np.zeros_like(held)


def at_random():
    random = np.random.default_rng(9)

    def act(left, spread, held):
        bid, ask = random.integers(0, 3, (2, len(held)))
        return np.where(spread > 0, bid, bid > 0), np.where(spread > 0, ask, ask > 0), 0 * held

    return act


def ratio_by_path(wealth: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean over standard deviation, and how much each path moves it (the delta method)."""
    ratio = wealth.mean() / wealth.std()
    away = (wealth - wealth.mean()) / wealth.std()
    return ratio, away - ratio / 2 * (away**2 - 1)


def test_the_papers_order_of_strategies():
    """By mean over standard deviation: optimal, without market orders, constant, random.

    All four live through the same random numbers, so errors of differences are those of pairs.
    """
    plays = (follow(optimal()), follow(optimal(use_market_orders=False)), constant, at_random())
    ratios = [ratio_by_path(simulate(play, 3000, 4)) for play in plays]
    for (better, moves), (worse, others) in pairwise(ratios):
        assert better - worse > 4 * (moves - others).std() / 3000**0.5


def test_the_value_is_what_following_the_policy_earns():
    """Without aversion the value at the start is the mean wealth, within four standard errors."""
    policy = guilbaud_pham(MARKET, 0.0, LIMIT, HORIZON_S)
    wealth = simulate(follow(policy), 4000, 8)
    value = policy.value[-1, :, LIMIT].mean()
    assert wealth.mean() == pytest.approx(value, abs=4 * wealth.std() / 4000**0.5 + 0.01 * value)


def test_buying_and_selling_mirror_each_other():
    policy = optimal()
    np.testing.assert_array_equal(policy.bid, policy.ask[:, :, ::-1])
    np.testing.assert_array_equal(policy.market_order, -policy.market_order[:, :, ::-1])
    np.testing.assert_allclose(policy.value, policy.value[:, :, ::-1], rtol=1e-12)


def test_nobody_adds_to_a_full_inventory_and_a_long_one_is_sold_first():
    policy = optimal()
    assert (policy.bid[:, :, -1] == 0).all()
    assert (np.diff(policy.value[-1, :, LIMIT:], axis=1) < 0).all()
    bought = policy.market_order * policy.inventories
    assert (bought <= 0).all()  # a market order only ever reduces


def test_at_the_end_all_is_sold():
    np.testing.assert_array_equal(optimal().market_order[0, 0], -np.arange(-LIMIT, LIMIT + 1))


def test_half_the_step_changes_the_value_by_little():
    coarse, fine = optimal(steps=3000), optimal(steps=6000)
    finest = optimal(steps=12000)
    first = np.abs(coarse.value[-1] - fine.value[-1]).max()
    second = np.abs(fine.value[-1] - finest.value[-1]).max()
    assert second == pytest.approx(first / 2, rel=0.1)  # first order
    assert second < 2e-3 * finest.value[-1].max()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"inventory_aversion": -1.0}, "inventory_aversion must be >= 0, was -1.0"),
        ({"limit": 0}, "limit must be a whole number in 1 to 1000, was 0"),
        ({"horizon_s": 0.0}, "horizon_s must be > 0, was 0.0"),
        ({"limit": 2.5}, "limit must be a whole number in 1 to 1000, was 2.5"),
        ({"steps": 2e5 + 0.5}, "steps must be a whole number >= 1, was 200000.5"),
        ({"steps": 3}, "steps must be >= .* to be stable, was 3"),
    ],
)
def test_a_wrong_parameter_is_named(change, words):
    values = {"inventory_aversion": 0.1, "limit": 2, "horizon_s": 10.0, **change}
    with pytest.raises(ConfigError, match=words):
        guilbaud_pham(MARKET, **values)


def test_what_is_held_at_the_end_is_sold_for_half_the_spread_and_the_fees():
    dear = replace(MARKET, fixed_fee=0.3)
    end = guilbaud_pham(dear, 0.001, 3, 10.0, use_market_orders=False).value[0]
    for spread in (1, 2, 3):
        worth = [-abs(y) * (spread / 2 + dear.fee) - 0.3 * (y != 0) for y in range(-3, 4)]
        assert end[spread - 1].tolist() == pytest.approx(worth, abs=1e-12)


def test_a_wrong_market_is_named():
    with pytest.raises(ConfigError, match="fill_rates must have shape"):
        SpreadMarket([[0, 1], [1, 0]], [[1, 1, 1], [1, 1, 1]])
    with pytest.raises(ConfigError, match="transition_rates must be >= 0"):
        SpreadMarket([[0, -1], [1, 0]], [[1, 1], [1, 1]])
    with pytest.raises(ConfigError, match="fixed_fee must be > 0, was 0"):
        replace(MARKET, fixed_fee=0)
