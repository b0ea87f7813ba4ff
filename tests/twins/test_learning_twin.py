"""The plain world of environments against a plain program, in distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from halfspread import _core
from halfspread.learn import HalfSpreadAndLean, MarketVectorEnv
from learning import world

LANES, HALF, LEAN = 4_000, 70.0, 8.0
SIGMA, RATE, DECAY, STEP = 200.0, 140.0, 0.015, 0.005


def plain(fills, seed):
    """Mid, inventory and wealth (ticks) of LANES episodes of a leaning maker."""
    chance = np.random.default_rng(seed)
    mid, held, cash = np.full(LANES, 10_000.0), np.zeros(LANES), np.zeros(LANES)
    for _ in range(200):
        middle = mid - LEAN * held
        for sign, price in ((1, np.floor(middle - HALF)), (-1, np.ceil(middle + HALF))):
            rate = RATE * np.exp(-DECAY * sign * (mid - price)) * STEP
            likely = np.minimum(1, rate) if fills == "linear" else 1 - np.exp(-rate)
            filled = chance.random(LANES) < likely
            held = held + sign * filled
            cash -= sign * price * filled
        mid = mid + SIGMA * np.sqrt(STEP) * chance.standard_normal(LANES)
    return mid, held, cash + held * mid


@pytest.mark.parametrize("fills", ["discrete", "linear"])
def test_its_law_is_that_of_a_plain_program(fills):
    action = HalfSpreadAndLean(most_half_spread=100, most_lean=10)
    envs = MarketVectorEnv(world(fills=fills), LANES, observation="mid", action=action)
    assert isinstance(envs.batch.core, _core.LearningWorld)
    envs.reset(seed=6)
    for _ in range(199):
        envs.step(np.tile([HALF, LEAN], (LANES, 1)))
    ends = envs.step(np.tile([HALF, LEAN], (LANES, 1)))[2]
    assert ends.all()
    columns = envs.batch.columns
    ours = columns.mid, columns.inventory, columns.wealth
    for mine, other in zip(ours, plain(fills, seed=3), strict=True):
        assert ks_2samp(mine, other).pvalue > 0.01
