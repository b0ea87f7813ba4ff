"""Environments: what they refuse, by name, and actions that are none."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.learn import Five, MarketEnv, MarketVectorEnv, Offsets
from learning import actions, vector, world


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"observation": ("inventory", "midd")}, "observation must be one of .* was 'midd'"),
        ({"observation": ()}, "observation must name a field"),
        ({"action": "ten"}, "action must be one of"),
        ({"action": Five(unwinds=True)}, "unwinding needs orders=OrderPolicy"),
        ({"reward": "profit"}, "reward must be of halfspread.learn.rewards, was 'profit'"),
        ({"episode_steps": 0}, "episode_steps must be a whole number >= 1"),
        ({"loss_limit": -1.0}, "loss_limit must be > 0, was -1"),
        ({"market_end": "cut"}, "market_end must be one of terminated, truncated, was 'cut'"),
        ({"market": world(spread=2.0, guard=hs.GuardPolicy(inventory_limit=5))}, "guard: what"),
    ],
)
def test_what_can_not_be_is_refused_by_name(options, message):
    with pytest.raises(hs.ConfigError, match=message):
        MarketEnv(**{"market": world(), **options})


def test_a_step_wants_a_reset_first():
    with pytest.raises(hs.ConfigError, match="reset the environment before"):
        MarketEnv(world()).step(np.array([1.0, 1.0]))
    with pytest.raises(hs.ConfigError, match="reset the environments before"):
        vector().step(actions(5, 0))
    with pytest.raises(hs.ConfigError, match="reset_mask must be 5 flags"):
        vector().reset(options={"reset_mask": np.zeros(5, np.bool_)})


@pytest.mark.parametrize("market", [world, lambda: world(spread=2.0)])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_an_action_that_is_not_finite_quotes_nothing_in_its_lane(market, wrong):
    envs, good = (
        MarketVectorEnv(market(), 2, observation=("inventory",), action=Offsets(most=200))
        for _ in range(2)
    )
    envs.reset(seed=1)
    good.reset(seed=1)
    fine, one_wrong = actions(2, 0), actions(2, 0)
    one_wrong[0, 1] = wrong
    traded = 0
    for _ in range(150):
        seen, expected = envs.step(one_wrong)[0], good.step(fine)[0]
        assert seen.tolist() == [[0.0], expected[1].tolist()]
        traded += abs(expected[0, 0]) > 0
    assert traded


@pytest.mark.parametrize("given", [(1, 2), (5, 3), (5,), (2,)])
def test_actions_of_another_shape_are_refused(given):
    envs = vector()
    envs.reset(seed=1)
    with pytest.raises(hs.ConfigError, match=r"actions must be of shape \(5, 2\), was"):
        envs.step(np.ones(given, np.float32))
    env = MarketEnv(world(), action="five")
    env.reset(seed=1)
    env.step(2)
    with pytest.raises(hs.ConfigError, match=r"actions must be of shape \(1,\), was \(1, 1\)"):
        env.step([2])
