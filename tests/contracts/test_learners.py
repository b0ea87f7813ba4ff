"""Checkers of those who learn: Gymnasium's and Stable-Baselines3's take our environments."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RescaleAction

import halfspread as hs
from halfspread.learn import Features, Five, HalfSpreadAndLean, MarketEnv, MarketVectorEnv, Offsets
from halfspread.learn.rewards import risk_averse
from learning import book, made_tape, replay, world

ENVIRONMENTS = {
    "plain": lambda: MarketEnv(world(), observation=("inventory", "mid", "time_left")),
    "orders": lambda: MarketEnv(world(spread=40.0, fills="exact"), action=Five(half_spread=70)),
    "replay": lambda: MarketEnv(replay(), action=HalfSpreadAndLean(), reward=risk_averse(1e-3, 2)),
    "book": lambda: MarketEnv(book(), action=Five(half_spread=1)),
    "taking": lambda: MarketEnv(
        replay(orders=hs.OrderPolicy(taking=True)),
        observation=Features(price_scale=2, size_scale=10),
        action=Offsets(most_lots=5, unwinds=True),
    ),
}
FORGIVEN = (  # offsets in ticks, and fields in their own units: Gymnasium's wrappers scale them
    "For Box action spaces, we recommend",
    "A Box observation space .*imum value is",
    "Not able to test alternative render modes",
    "We recommend you to use a symmetric and normalized Box action space",
)


@pytest.fixture(autouse=True)
def _a_warning_is_a_failure():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in FORGIVEN:
            warnings.filterwarnings("ignore", f".*{text}")
        yield


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_gymnasium_checks_it(name):
    check_env(ENVIRONMENTS[name]())


def test_gymnasium_checks_what_it_makes(tmp_path):
    check_env(gymnasium.make("halfspread/Brownian-v0").unwrapped)
    check_env(gymnasium.make("halfspread/LimitOrderBook-v0", horizon="5s").unwrapped)
    path = tmp_path / "made.tape"
    made_tape().write(path)
    check_env(gymnasium.make("halfspread/Replay-v0", tape=path, decide_every="1s").unwrapped)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_stable_baselines_checks_it(name):
    pytest.importorskip("torch", reason="the extra `learn`; .ci/run installs it for this")
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    env = ENVIRONMENTS[name]()
    if isinstance(env.action_space, gymnasium.spaces.Box):
        env = RescaleAction(env, np.float32(-1.0), np.float32(1.0))
    checker.check_env(env)


def test_gymnasiums_wrappers_take_many_lanes():
    envs = MarketVectorEnv(world(), 4, observation=("inventory", "mid", "time_left"))
    envs = gymnasium.wrappers.vector.NormalizeObservation(envs)
    envs = gymnasium.wrappers.vector.RescaleAction(envs, np.float32(-1), np.float32(1))
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs)
    envs.reset(seed=1)
    for _ in range(200):
        _, _, terminated, _, infos = envs.step(np.zeros((4, 2), np.float32))
    assert terminated.all()
    wealth = envs.unwrapped.batch.columns.wealth
    assert infos["episode"]["r"].tolist() == wealth.tolist()
    assert infos["episode"]["l"].tolist() == [200] * 4


def test_the_page_runs_as_it_is_written():
    text = (Path(__file__).resolve().parents[2] / "docs/learning.md").read_text()
    scope: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(block, scope)
    assert scope["rewards"].shape == (1024,)
    assert scope["envs"].num_envs == 64
