"""Inventory forecasts: closed forms, matrix exponentials, detailed balance, simulation, errors."""

from __future__ import annotations

from math import exp, nan

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import skellam

from halfspread.errors import ConfigError
from halfspread.inventory import inventory_chain, lean, size_by_side
from halfspread.inventory.forecast import InventoryChain
from halfspread.models import avellaneda_stoikov_infinite, fixed_spread, glft
from quote_states import STATE


def generator(chain):
    places = np.arange(len(chain.inventories))
    rates = np.zeros((len(places), len(places)))
    np.add.at(rates, (places, chain.up), chain.buy_rate)
    np.add.at(rates, (places, chain.down), chain.sell_rate)
    np.fill_diagonal(rates, 0.0)
    return rates - np.diag(rates.sum(axis=1))


def test_constant_rates_are_a_difference_of_two_poissons():
    """Skellam's law, its mean and variance, for a side each of its own rate."""
    chain = inventory_chain(fixed_spread(half_spread=2), STATE, limit=250)
    bought, sold = 60 * exp(-0.64), 60 * 0.8 * exp(-0.56)
    found = chain.forecast(3, horizon_s=60, times=4)
    law = skellam.pmf(chain.inventories - 3, bought, sold)
    np.testing.assert_allclose(found.probability[-1], law, atol=1e-13)
    np.testing.assert_allclose(found.mean, 3 + (bought - sold) * found.times / 60, rtol=1e-12)
    np.testing.assert_allclose(found.variance, (bought + sold) * found.times / 60, rtol=1e-10)
    assert found.terminal_std == pytest.approx((bought + sold) ** 0.5, rel=1e-11)
    assert found.beyond(10)[0] == 0
    assert found.beyond(10)[-1] == pytest.approx(law[np.abs(chain.inventories) >= 10].sum())


@pytest.mark.parametrize("horizon_s", [0.01, 3.0, 400.0])
def test_uniformisation_is_the_matrix_exponential(horizon_s):
    model = size_by_side(lean(glft(risk_aversion=0.1, size=2), strength=0.5, limit=20), limit=20)
    chain = inventory_chain(model, STATE, limit=20)
    found = chain.forecast(-7, horizon_s, times=3)
    start = (chain.inventories == -7).astype(float)
    for time, law in zip(found.times, found.probability, strict=True):
        np.testing.assert_allclose(law, start @ expm(generator(chain) * time), atol=1e-12)


def test_the_stationary_law_of_a_birth_death_chain_balances_each_pair():
    chain = inventory_chain(glft(risk_aversion=0.05), STATE, limit=30)
    ratios = chain.buy_rate[:-1] / chain.sell_rate[1:]
    law = np.concatenate([[1.0], np.cumprod(ratios)])
    np.testing.assert_allclose(chain.stationary(), law / law.sum(), rtol=1e-10)
    late = chain.forecast(12, horizon_s=5000, times=2)
    np.testing.assert_allclose(late.probability[-1], chain.stationary(), atol=1e-12)


def test_the_stationary_law_of_a_linear_lean_is_nearly_normal():
    """Rates A exp(-k (c +- slope q)) push back with a slope, so the law has variance 1/(2 k slope).

    The closed form's slope is in `glft`; for small k slope the discrete normal is its law.
    """
    state = STATE._replace(bid_fill_intensity=nan, ask_fill_decay=nan)
    model = glft(risk_aversion=0.001, fill_aversion=0)
    quote, more = model(state), model(state._replace(inventory=state.inventory + 1))
    slope = quote.bid - more.bid
    chain = inventory_chain(model, state, limit=100)
    law = chain.stationary()
    variance = law @ chain.inventories**2
    assert variance == pytest.approx(1 / (2 * 0.3 * slope), rel=0.03)


def test_simulation_agrees():
    """Paths of Gillespie's algorithm: the law at the horizon within 4 standard errors."""
    chain = inventory_chain(
        glft(risk_aversion=0.05, size=2), STATE, limit=8, fill_intensity=2.0, fill_decay=0.3
    )
    paths, horizon = 20_000, 5.0
    random = np.random.default_rng(11)
    place = np.full(paths, int(np.flatnonzero(chain.inventories == 4)[0]))
    clock = np.zeros(paths)
    while True:
        total = (chain.buy_rate + chain.sell_rate)[place]
        clock += random.exponential(1 / total)
        alive = clock < horizon
        if not alive.any():
            break
        up = random.uniform(size=paths) * total < chain.buy_rate[place]
        moved = np.where(up, chain.up[place], chain.down[place])
        place = np.where(alive, moved, place)
    law = chain.forecast(4, horizon).probability[-1]
    seen = np.bincount(place, minlength=len(law)) / paths
    assert np.all(np.abs(seen - law) < 4 * np.sqrt(law * (1 - law) / paths) + 1e-9)


def test_a_tighter_lean_forecasts_less_inventory():
    stds = [
        inventory_chain(glft(risk_aversion=aversion), STATE, limit=60).forecast(0, 120).terminal_std
        for aversion in (1e-4, 1e-3, 1e-2, 1e-1)
    ]
    assert stds == sorted(stds, reverse=True)


def test_sides_not_quoted_stop_the_chain_there():
    model = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=3)
    chain = inventory_chain(model, STATE, limit=6)
    late = chain.forecast(0, 1000).probability[-1]
    assert late[np.abs(chain.inventories) > 3] == pytest.approx(0, abs=1e-15)
    assert chain.stationary() == pytest.approx(late, abs=1e-9)


def test_any_callable_is_a_model():
    model = glft(risk_aversion=0.05)
    plain = inventory_chain(lambda state: model(state), STATE, limit=20)
    assert plain.buy_rate == pytest.approx(inventory_chain(model, STATE, limit=20).buy_rate)


def test_fills_come_in_steps():
    chain = inventory_chain(fixed_spread(half_spread=2, size=100), STATE, limit=300, step=100)
    assert chain.inventories.tolist() == [-300, -200, -100, 0, 100, 200, 300]
    assert chain.up.tolist() == [1, 2, 3, 4, 5, 6, 6]
    assert chain.buy_rate[-1] == chain.sell_rate[0] == 0
    finer = inventory_chain(fixed_spread(half_spread=2, size=100), STATE, limit=200, step=50)
    assert finer.up.tolist() == [2, 3, 4, 5, 6, 7, 8, 8, 8]
    assert finer.down.tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("size", "steps"), [(20, 1), (74, 1), (76, 2), (120, 2), (130, 3)])
def test_a_size_between_steps_is_the_nearest_but_never_none(size, steps):
    chain = inventory_chain(fixed_spread(half_spread=2, size=size), STATE, limit=300, step=50)
    assert chain.up[6] - 6 == 6 - chain.down[6] == steps


def test_a_chain_that_never_moves():
    still = InventoryChain(np.arange(3.0), np.zeros(3), np.zeros(3), np.arange(3), np.arange(3))
    assert still.forecast(1, 10).mean.tolist() == [1.0] * 61
    assert still.stationary().tolist() == [0, 1, 0]
    only_up = InventoryChain(
        np.arange(3.0), np.array([1.0, 1, 0]), np.zeros(3), np.array([1, 2, 2]), np.arange(3)
    )
    with pytest.raises(ConfigError, match="nothing leads from inventory 2 down"):
        only_up.stationary()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": 0}, "limit must be .* was 0"),
        ({"limit": 2.5}, "limit must be .* was 2.5"),
        ({"limit": 5, "step": 0}, "step must be > 0, was 0"),
        ({"limit": 1e9}, "limit must be 1 to 1000 steps"),
    ],
)
def test_a_wrong_chain(arguments, message):
    with pytest.raises(ConfigError, match=message):
        inventory_chain(fixed_spread(half_spread=2), STATE, **arguments)


def test_a_wrong_forecast():
    chain = inventory_chain(fixed_spread(half_spread=2), STATE, limit=10)
    for arguments, message in (
        ((0.5, 1.0), "inventory must be one of the chain's, was 0.5"),
        ((11, 1.0), "was 11"),
        ((nan, 1.0), "was nan"),
        ((0, 0.0), "horizon_s must be > 0, was 0.0"),
        ((0, 1.0, 1), "times must be >= 2, was 1"),
        ((0, 1e9), "horizon_s must be <="),
    ):
        with pytest.raises(ConfigError, match=message):
            chain.forecast(*arguments)


def test_unknown_rates_are_said():
    unknown = STATE._replace(bid_fill_intensity=nan, fill_intensity=nan)
    with pytest.raises(ConfigError, match="no fill rates for fixed_spread"):
        inventory_chain(fixed_spread(half_spread=2), unknown, limit=5)
    with pytest.raises(ConfigError, match="model must have one lane, had 2"):
        inventory_chain(fixed_spread(half_spread=[1, 2]), STATE, limit=5)
