"""Avellaneda and Stoikov (2008): formulas (29)-(30), the infinite horizon, and their three tables.

The tables come from the published paper (gamma 0.1, 0.01 and 1; the preprint's differ). It runs
1000 sessions, we run 4000. `exact` values are those of the discrete chain without any sampling.
"""

from __future__ import annotations

from math import exp, inf, log, log1p

import numpy as np
import pytest

from halfspread.models import avellaneda_stoikov, avellaneda_stoikov_infinite, fixed_spread
from quote_states import STATE, depths

PAPER = STATE._replace(mid=100.0, volatility=2.0, fill_decay=1.5, fill_intensity=140.0)
STEPS, STEP = 200, 0.005

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
    quote = model.broadcast(PAPER._replace(time_left=time_left))
    return quote.ask - quote.bid


def sessions(model, n, seed):
    """Profits and final inventories of n sessions in the paper's world."""
    random = np.random.default_rng(seed)
    mid, cash, inventory = np.full(n, 100.0), np.zeros(n), np.zeros(n)
    for step in range(STEPS):
        quote = model.broadcast(
            PAPER._replace(mid=mid, inventory=inventory, time_left=1 - STEP * step)
        )
        below, above = mid - quote.bid, quote.ask - mid
        bought = random.random(n) < np.minimum(1, 140 * np.exp(-1.5 * below) * STEP)
        sold = random.random(n) < np.minimum(1, 140 * np.exp(-1.5 * above) * STEP)
        cash += sold * quote.ask - bought * quote.bid
        inventory += bought.astype(float) - sold
        mid += 2 * np.sqrt(STEP) * random.choice([-1.0, 1.0], n)
    return cash + inventory * mid, inventory


@pytest.mark.parametrize("gamma", [0.1, 0.01, 1.0])
@pytest.mark.parametrize("inventory", [-3.0, 0.0, 1.0, 7.0])
def test_depths(gamma, inventory):
    """(29)-(30), written as the depths of GLFT's footnote."""
    time_left = 0.6
    state = PAPER._replace(inventory=inventory, time_left=time_left)
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


@pytest.mark.parametrize(
    ("gamma", "strategy", "spread", "profit", "profit_std", "inventory_std"),
    TABLES,
    ids=[f"{gamma}-{strategy}" for gamma, strategy, *_ in TABLES],
)
def test_tables_1_to_3(gamma, strategy, spread, profit, profit_std, inventory_std):
    n = 4000
    model = avellaneda_stoikov(risk_aversion=gamma)
    if strategy == "symmetric":
        model = fixed_spread(half_spread=spreads(model).mean() / 2)
    profits, inventories = sessions(model, n, seed=2008)

    assert profits.mean() == pytest.approx(profit, abs=4 * profit_std / np.sqrt(n))
    assert profits.std() == pytest.approx(profit_std, rel=0.08)
    assert inventories.mean() == pytest.approx(0, abs=4 * inventory_std / np.sqrt(n))
    assert inventories.std() == pytest.approx(inventory_std, rel=0.06)


def infinite(inventory, sigma=2.0):
    case = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=5)
    return case(PAPER._replace(inventory=float(inventory), volatility=sigma))


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
