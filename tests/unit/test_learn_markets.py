"""Environments of replays and of simulated books: what lanes share, and where they end."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import halfspread as hs
from halfspread.learn import MarketEnv, Offsets
from learning import replay, vector


def test_a_lane_of_a_replay_begins_anew_where_the_tape_stands():
    envs = vector(3, replay(), autoreset_mode=AutoresetMode.SAME_STEP, episode_steps=70)
    envs.reset(seed=0)
    for _ in range(70):
        seen, _, _, truncated, infos = envs.step(np.full((3, 2), 1.0))
    assert truncated.all()
    assert any(final[0] != 0 for final in infos["final_obs"])
    assert (seen[:, 0] == 0).all()
    assert (seen[:, 1] == infos["final_obs"][0][1]).all()
    assert (envs.batch.columns.wealth == 0).all()
    for _ in range(30):
        seen, *_ = envs.step(np.full((3, 2), 1.0))
    assert (envs.batch.columns.steps == 30).all()


def test_a_tape_that_ended_has_ended_for_all():
    envs = vector(2, replay(), autoreset_mode=AutoresetMode.DISABLED)
    envs.reset(seed=0)
    while not envs.step(np.full((2, 2), 2.0))[3].all():
        pass
    with pytest.raises(hs.ConfigError, match="reset lanes whose episodes are over"):
        envs.step(np.full((2, 2), 2.0))
    with pytest.raises(hs.ConfigError, match="a tape that has ended has ended for all"):
        envs.reset(options={"reset_mask": np.array([True, False])})
    envs.reset(options={"reset_mask": np.array([True, True])})
    assert not envs.step(np.full((2, 2), 2.0))[3].any()


def book(**more):
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    return hs.Simulated(flow, "5s", warm_up="2s", decide_every="100ms", **more)


def test_books_are_a_lanes_own_and_end_with_their_horizon():
    n = 3
    many = vector(n, book(), observation="features", episode_steps=40)
    ones = [MarketEnv(book(first_lane=i), action=Offsets(most=200)) for i in range(n)]
    seen, _ = many.reset(seed=5)
    assert seen.tobytes() == np.array([one.reset(seed=5)[0] for one in ones]).tobytes()
    for step in range(40):
        quotes = np.full((n, 2), 1.0 + step % 3, np.float32)
        seen, rewards, *_ = many.step(quotes)
        for i, one in enumerate(ones):
            alone, reward, *_ = one.step(quotes[i])
            assert (seen[i].tobytes(), rewards[i]) == (alone.tobytes(), reward)
    while True:
        _, _, terminated, truncated, _ = ones[0].step(np.array([2.0, 2.0]))
        if terminated or truncated:
            break
    assert terminated
    fills = hs.backtest(hs.models.fixed_spread(half_spread=1), book(seed=5)).counters["fills"]
    assert fills[0] > 0


def test_makers_of_one_book_meet_and_its_next_pass_is_another():
    envs = vector(2, book(shared_book=True), observation=("mid", "bid_size"))
    firsts = []
    envs.reset(seed=5)
    for _ in range(2):
        found = []
        while True:
            seen, _, _, truncated, _ = envs.step(np.full((2, 2), 1.0))
            found.append(seen.tolist())
            if truncated.all():
                break
        assert all(row[0] == row[1] for row in found)  # one book
        envs.step(np.full((2, 2), 1.0))
        firsts.append(found)
    assert firsts[0] != firsts[1]


def test_lanes_of_a_replay_are_a_sweep():
    halves = np.array([1.0, 1.5, 2.0, 3.0])
    market = replay(latency_ms=20, orders=hs.OrderPolicy(inventory_limit=3, levels=2))
    envs = vector(4, market, observation=("inventory",))
    envs.reset()
    quotes = np.stack([halves, halves], axis=1).astype(np.float32)
    while not envs.step(quotes)[3].all():
        pass
    run = hs.backtest(hs.models.fixed_spread(half_spread=halves), market)
    money = float(market.tape.instrument.tick) * float(market.tape.instrument.lot)
    assert envs.batch.columns.wealth * money == pytest.approx(run.path["wealth"][-1], abs=1e-9)
    assert (envs.batch.columns.inventory == run.path["inventory"][-1]).all()
    assert len(set(run.counters["fills"])) > 1


def test_without_gymnasium_it_says_what_is_missing():
    program = "import sys; sys.modules['gymnasium'] = None\nimport halfspread as hs; hs.learn"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ConfigError: learn needs the package gymnasium: pip install" in done.stderr
