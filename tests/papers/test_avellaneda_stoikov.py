"""Avellaneda and Stoikov (2008): formulas (29)-(30), the infinite horizon, and their three tables.

The tables come from the published paper (gamma 0.1, 0.01 and 1; the preprint's differ), which runs
1000 sessions. What they sample is worked out exactly here, without chance.
"""

from __future__ import annotations

from math import exp, inf, log, log1p

import numpy as np
import pytest

from halfspread import _core
from halfspread.models import (
    avellaneda_stoikov,
    avellaneda_stoikov_infinite,
    fixed_spread,
    glft,
    glft_exact,
)
from quote_states import depths
from trading_world import STEP, STEPS, WORLD, exactly, sessions

TABLES = [  # gamma, strategy, average spread, then exact profit, its std and that of inventory
    (0.1, "inventory", 1.4918, 64.893, 6.543, 2.927),
    (0.1, "symmetric", 1.4918, 68.223, 13.456, 8.399),
    (0.01, "inventory", 1.3490, 68.400, 8.961, 5.213),
    (0.01, "symmetric", 1.3490, 68.666, 13.677, 8.712),
    (1.0, "inventory", 3.0317, 31.455, 4.838, 1.641),
    (1.0, "symmetric", 3.0317, 43.685, 10.733, 5.171),
]


def spreads(model):
    """The spread at each of a session's decisions, the time left running from 1 to a step."""
    time_left = 1 - STEP * np.arange(STEPS)
    quote = model.broadcast(WORLD._replace(time_left=time_left))
    return quote.ask - quote.bid


@pytest.mark.parametrize("gamma", [0.1, 0.01, 1.0])
@pytest.mark.parametrize("inventory", [-3.0, 0.0, 1.0, 7.0])
def test_depths(gamma, inventory):
    """(29)-(30), written as the depths of GLFT's footnote."""
    time_left = 0.6
    state = WORLD._replace(inventory=inventory, time_left=time_left)
    quote = avellaneda_stoikov(risk_aversion=gamma)(state)
    constant, risk = log1p(gamma / 1.5) / gamma, gamma * 4 * time_left
    bid, ask = constant + (1 + 2 * inventory) / 2 * risk, constant + (1 - 2 * inventory) / 2 * risk
    assert depths(quote, 100.0) == pytest.approx((bid, ask), abs=1e-10)
    reservation = 100 - inventory * gamma * 4 * time_left
    assert (quote.bid + quote.ask) / 2 == pytest.approx(reservation, abs=1e-10)


@pytest.mark.parametrize(("gamma", "spread"), [(0.1, 1.4918), (0.01, 1.3490), (1.0, 3.0317)])
def test_average_spread(gamma, spread):
    assert spreads(avellaneda_stoikov(risk_aversion=gamma)).mean() == pytest.approx(
        spread, abs=5e-5
    )


def strategy_of(gamma, strategy):
    model = avellaneda_stoikov(risk_aversion=gamma)
    if strategy == "inventory":
        return model
    return fixed_spread(half_spread=spreads(model).mean() / 2)


tables = pytest.mark.parametrize(
    ("gamma", "strategy", "spread", "profit", "profit_std", "inventory_std"), TABLES
)


@tables
def test_the_expectations_of_tables_1_to_3(
    gamma, strategy, spread, profit, profit_std, inventory_std
):
    model = strategy_of(gamma, strategy)
    assert spreads(avellaneda_stoikov(risk_aversion=gamma)).mean() == pytest.approx(
        spread, abs=5e-5
    )
    exact = exactly(model)
    assert exact.mean == pytest.approx(profit, abs=5e-4)
    assert exact.std == pytest.approx(profit_std, abs=5e-4)
    assert exact.inventory_std == pytest.approx(inventory_std, abs=5e-4)


def by_chance(gamma, strategy, n, most):
    """Sessions within `most` standard errors of the expectations, as the paper's own 1000 are."""
    model = strategy_of(gamma, strategy)
    exact = exactly(model)
    profits, inventories = sessions(model, n, seed=2008)
    kurtosis = np.mean((profits - profits.mean()) ** 4) / profits.var() ** 2
    spread_error = exact.std * np.sqrt((kurtosis - 1) / (4 * n))
    assert profits.mean() == pytest.approx(exact.mean, abs=most * exact.std / np.sqrt(n))
    assert profits.std() == pytest.approx(exact.std, abs=most * spread_error)
    inventory_error = exact.inventory_std / np.sqrt(n)
    assert inventories.mean() == pytest.approx(0, abs=most * inventory_error)
    assert inventories.std() == pytest.approx(exact.inventory_std, abs=most * inventory_error)


@pytest.mark.parametrize(("gamma", "strategy"), [row[:2] for row in TABLES])
def test_a_thousand_sessions(gamma, strategy):
    by_chance(gamma, strategy, n=1_000, most=3)


@pytest.mark.long
@pytest.mark.parametrize(("gamma", "strategy"), [row[:2] for row in TABLES])
def test_a_hundred_thousand_sessions(gamma, strategy):
    by_chance(gamma, strategy, n=100_000, most=4)


def exact_maker(gamma):
    return glft_exact(
        risk_aversion=gamma,
        fill_intensity=140,
        fill_decay=1.5,
        volatility=2,
        max_inventory=60,
        horizon_s=1,
    )


def test_a_correct_solution_wins_in_the_paper_s_own_world():
    """Certainty equivalents: its quotes are an expansion near the horizon, and lean too much."""
    first, best = avellaneda_stoikov(risk_aversion=0.1), exact_maker(0.1)
    assert exactly(first, 0.1).equivalent == pytest.approx(62.79, abs=0.005)
    assert exactly(glft(risk_aversion=0.1), 0.1).equivalent == pytest.approx(65.19, abs=0.005)
    exact = exactly(best, 0.1)
    assert exact.equivalent == pytest.approx(65.24, abs=0.005)
    assert (exact.mean, exact.std) == pytest.approx((67.83, 7.25), abs=0.005)
    exact = exactly(exact_maker(1.0), 1.0)
    assert (exact.mean, exact.std) == pytest.approx((63.92, 5.62), abs=0.005)


def test_the_value_of_the_equation_is_what_the_best_maker_earns():
    """In continuous time; in the paper's steps of 0.005 he earns 65.24, since both sides fill."""
    lots = np.arange(-60.0, 61.0)
    gain = 140 / 1.5 * (1 + 0.1 / 1.5) ** -(1 + 1.5 / 0.1)
    gains = np.where(lots < 60, gain, 0.0)
    values, levels = _core.hjb_values(
        -0.2 * lots**2, gains, gains[::-1].copy(), 1.5, 1.5, 0 * lots, np.array([0.0, 1.0])
    )
    assert levels[-1] + values[-1, 60] == pytest.approx(64.13, abs=0.005)


def infinite(inventory, sigma=2.0):
    case = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=5)
    return case(WORLD._replace(inventory=float(inventory), volatility=sigma))


@pytest.mark.parametrize("sigma", [0.1, 2.0])
@pytest.mark.parametrize("inventory", [-4, -2, 0, 1, 4])
def test_infinite_horizon_is_indifferent_to_a_fill(inventory, sigma):
    """Section 2.3: the value -exp(-g (x + q s)) / (2 w - g^2 q^2 s^2) stays what it was."""
    gamma, most = 0.1, 5
    discount = gamma**2 * sigma**2 * (most + 1) ** 2 / 2

    def value(paid, inventory):  # with prices from the mid of 100
        return -exp(gamma * paid) / (2 * discount - (gamma * inventory * sigma) ** 2)

    quote = infinite(inventory, sigma)
    now = value(0.0, inventory)
    assert value(quote.bid - 100, inventory + 1) == pytest.approx(now, rel=1e-12)
    assert value(100 - quote.ask, inventory - 1) == pytest.approx(now, rel=1e-12)


@pytest.mark.parametrize("inventory", [-4, -2, 0, 1, 4])
def test_infinite_horizon_as_printed(inventory):
    """The bid is the paper's; its ask has the logarithm's sign mixed up, so only to first order."""
    most, gamma = 5, 0.1
    room = (most + 1) ** 2 - inventory**2
    quote = infinite(inventory)
    assert quote.bid == pytest.approx(100 + log(1 + (-1 - 2 * inventory) / room) / gamma, abs=1e-10)
    x = (1 - 2 * inventory) / room
    printed = 100 + log(1 + x) / gamma
    assert abs(quote.ask - printed) <= 1.05 * x**2 / (1 - x**2) / gamma
    assert quote.ask - 100 == pytest.approx(100 - infinite(-inventory).bid, abs=1e-10)


def test_infinite_horizon_at_and_beyond_its_limit():
    long = infinite(5)
    assert (long.bid, long.bid_size, long.ask_size) == (-inf, 0.0, 1.0)
    assert long.ask == pytest.approx(100 - log(20 / 11) / 0.1, abs=1e-10)
    assert infinite(8) == long
    short = infinite(-8)
    assert (short.ask, short.ask_size, short.bid_size) == (inf, 0.0, 1.0)
    assert short.bid - 100 == pytest.approx(100 - long.ask, abs=1e-10)
