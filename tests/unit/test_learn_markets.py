"""Environments of replays and of simulated books: what lanes share, and where they end."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import halfspread as hs
from halfspread.learn import HalfSpreadAndLean, MarketEnv, Offsets
from learning import book, replay, vector, world


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


@hs.model
def leaning(state, half: float, lean: float):
    """Quotes around a middle that leans against the inventory."""
    middle = state.mid - lean * state.inventory
    return hs.Quote(middle - half, middle + half)


@pytest.mark.parametrize(
    ("market", "half", "lean"),
    [
        (world(lanes=3, seed=8), 70.0, 8.0),
        (world(lanes=3, seed=8, fills="exact", spread=30.0, latency_ms=3), 70.0, 8.0),
        (replay(latency_ms=10), 1.5, 0.25),
        (book(lanes=3, seed=8), 0.5, 0.25),
    ],
    ids=["plain", "orders", "replay", "book"],
)
def test_a_compiled_model_that_plays_the_actions_has_the_same_wealth(market, half, lean):
    run = hs.backtest(leaning(half=half, lean=lean), market)
    action = HalfSpreadAndLean(most_half_spread=100, most_lean=10)
    envs = vector(run.n, market, observation="time_left", action=action)
    envs.reset(seed=8)
    ended = False
    while not ended:
        _, _, terminated, truncated, _ = envs.step(np.full((run.n, 2), (half, lean), np.float32))
        ended = (terminated | truncated).all()
    tick, lot = float(run.instrument.tick), float(run.instrument.lot)
    wealth = envs.batch.columns.wealth * tick * lot
    assert wealth == pytest.approx(run.path["wealth"][-1], rel=1e-12, abs=1e-9)
    assert (envs.batch.columns.inventory == run.path["inventory"][-1]).all()
    assert run.counters["fills"].min() > 0


def test_without_gymnasium_it_says_what_is_missing():
    program = "import sys; sys.modules['gymnasium'] = None\nimport halfspread as hs; hs.learn"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ConfigError: learn needs the package gymnasium: pip install" in done.stderr
