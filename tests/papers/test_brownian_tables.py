"""Avellaneda and Stoikov's tables through the Brownian world: the whole road, orders and all."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs

TICK = 10_000  # in a price of 1: fine enough that rounding of quotes costs nothing that shows
EXACT = [  # gamma, strategy, average spread, then exact profit and its std, and that of inventory
    (0.1, "inventory", 1.4918, 64.893, 6.543, 2.927),
    (0.1, "symmetric", 1.4918, 68.223, 13.456, 8.399),
    (0.01, "inventory", 1.3490, 68.400, 8.961, 5.213),
    (0.01, "symmetric", 1.3490, 68.666, 13.677, 8.712),
    (1.0, "inventory", 3.0317, 31.455, 4.838, 1.641),
    (1.0, "symmetric", 3.0317, 43.685, 10.733, 5.171),
]
"""By a forward recursion of the discrete chain, without chance."""


def sessions(gamma, strategy, spread, lanes, **more):
    world = hs.Brownian(
        horizon=1.0,
        volatility=2 * TICK,
        fill_intensity=140,
        fill_decay=1.5 / TICK,
        fills="linear",
        mid=100 * TICK,
        instrument=hs.Instrument("PAPER", tick="0.0001", lot=1),
        decide_every="5ms",
        lanes=lanes,
        **more,
    )
    if strategy == "symmetric":
        return world.run(hs.models.fixed_spread(half_spread=spread / 2 * TICK))
    model = hs.models.avellaneda_stoikov(
        risk_aversion=gamma / TICK, fill_decay=1.5 / TICK, volatility=2 * TICK
    )
    return world.run(model)


@pytest.mark.parametrize(("gamma", "strategy", "spread", "profit", "std", "held"), EXACT)
def test_a_thousand_sessions_have_the_exact_expectations(
    gamma, strategy, spread, profit, std, held
):
    run = sessions(gamma, strategy, spread, 1000, seed=7)
    assert (run.counters["decisions"] == 200).all()
    wealth, inventory = run.path["wealth"][-1], run.path["inventory"][-1]
    root = np.sqrt(len(wealth))
    assert abs(wealth.mean() - profit) < 3 * std / root
    kurtosis = np.mean((wealth - wealth.mean()) ** 4) / wealth.var() ** 2
    assert abs(wealth.std(ddof=1) - std) < 3 * std * np.sqrt(kurtosis - 1) / (2 * root)
    assert abs(inventory.mean()) < 3 * held / root
    assert abs(inventory.std(ddof=1) - held) < 3 * held / np.sqrt(2) / root


@pytest.mark.long
@pytest.mark.parametrize(("gamma", "strategy", "spread", "profit", "std", "held"), EXACT)
def test_a_hundred_thousand_sessions_too(gamma, strategy, spread, profit, std, held):
    parts = [
        sessions(gamma, strategy, spread, 10_000, first_lane=10_000 * part).path
        for part in range(10)
    ]
    wealth = np.concatenate([path["wealth"][-1] for path in parts])
    inventory = np.concatenate([path["inventory"][-1] for path in parts])
    assert abs(wealth.mean() - profit) < max(0.05, 4 * std / np.sqrt(len(wealth)))
    assert abs(wealth.std() / std - 1) < 0.02
    assert abs(inventory.std() / held - 1) < 0.02
