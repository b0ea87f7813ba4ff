"""Environments: episodes, what ends them, what lanes share and what they don't."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import halfspread as hs
from halfspread import _core
from halfspread.learn import Features, Fields, Five, MarketEnv, Offsets
from halfspread.learn.rewards import Profit, TerminalPenalty
from learning import SEEN, WORLD, actions, replay, vector, world

FULL = (*SEEN, "volatility")  # asks for what is measured, so for orders and books
MODES = (AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP)


@pytest.mark.parametrize("fields", [SEEN, FULL], ids=["plain", "orders"])
@pytest.mark.parametrize("mode", MODES)
def test_a_lane_among_many_is_an_environment_alone_byte_for_byte(fields, mode):
    n, steps = 5, 130
    options = {"observation": fields, "loss_limit": 20.0, "episode_steps": 45}
    many = vector(n, autoreset_mode=mode, **options)
    ones = [MarketEnv(world(first_lane=i), action=Offsets(most=200), **options) for i in range(n)]
    seen, _ = many.reset(seed=3)
    firsts = [one.reset(seed=3)[0] for one in ones]
    assert seen.tobytes() == np.array(firsts).tobytes()
    over, ends = [False] * n, 0
    for step in range(steps):
        given = actions(n, step)
        seen, rewards, terminated, truncated, infos = many.step(given)
        for i, one in enumerate(ones):
            if mode is AutoresetMode.NEXT_STEP and over[i]:
                alone = (one.reset()[0], 0.0, False, False)
            else:
                alone = one.step(given[i])[:4]
            over[i] = alone[2] or alone[3]
            ends += over[i]
            if mode is AutoresetMode.SAME_STEP and over[i]:
                assert infos["_final_obs"][i]
                assert infos["final_obs"][i].tobytes() == alone[0].tobytes()
                alone = (one.reset()[0], *alone[1:])
            assert seen[i].tobytes() == alone[0].tobytes()
            assert (rewards[i], terminated[i], truncated[i]) == alone[1:]
    assert ends > 2 * n
    assert isinstance(many.batch.core, _core.LearningWorld if fields == SEEN else _core.Episodes)


def test_what_other_lanes_do_changes_nothing():
    def mids(reset_lane):
        envs = vector(4, autoreset_mode=AutoresetMode.DISABLED)
        envs.reset(seed=1)
        found = []
        for step in range(60):
            if step == 20 and reset_lane is not None:
                envs.reset(options={"reset_mask": np.arange(4) == reset_lane})
            found.append(envs.step(actions(4, step))[0][:, 1])
        return np.array(found)

    plain, other = mids(None), mids(2)
    assert (plain[:, [0, 1, 3]] == other[:, [0, 1, 3]]).all()
    assert (plain[20:, 2] != other[20:, 2]).all()
    assert (plain[:20, 2] == other[:20, 2]).all()


def test_episodes_differ_and_come_again_with_the_seed():
    env = MarketEnv(world(), observation=SEEN)
    quote = np.array([5.0, 5.0], np.float32)

    def episode():
        found = []
        while True:
            seen, _, terminated, truncated, _ = env.step(quote)
            found.append(seen[1])
            if terminated or truncated:
                return found

    runs = []
    for _ in range(2):
        env.reset(seed=9)
        first = episode()
        env.reset()
        runs.append((first, episode()))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]


@pytest.mark.parametrize("fields", [SEEN, FULL], ids=["plain", "orders"])
def test_an_episode_of_a_world_is_a_backtest_of_its_seed(fields):
    envs = vector(6, observation=fields)
    envs.reset(seed=17)
    quote = np.full((6, 2), 70.0, np.float32)
    for episode in range(2):
        for _ in range(200):
            _, _, terminated, _, _ = envs.step(quote)
        assert terminated.all()
        seed = (17 + episode * 0x9E3779B97F4A7C15) % 2**64
        run = hs.backtest(hs.models.fixed_spread(half_spread=70), world(lanes=6, seed=seed))
        assert envs.batch.columns.wealth * 0.01 == pytest.approx(run.path["wealth"][-1], abs=1e-12)
        assert (envs.batch.columns.inventory == run.path["inventory"][-1]).all()
        envs.step(quote)


@pytest.mark.parametrize("market", [world, replay], ids=["world", "replay"])
def test_profits_add_up_to_wealth_exactly(market):
    envs = vector(3, market(), observation="features", action=Five(half_spread=2, lean=0.1))
    envs.reset(seed=4)
    total = np.zeros(3)
    choice = np.random.default_rng(0)
    for _ in range(190):
        _, rewards, terminated, truncated, _ = envs.step(choice.integers(0, 5, 3))
        assert not (terminated | truncated).any()
        total += rewards
        assert (total == envs.batch.columns.wealth).all()
    assert (total != 0).all()


def test_the_step_that_begins_an_episode_has_no_reward():
    def one(step):
        return np.ones_like(step.profit)

    envs = vector(3, world(horizon="20ms"), reward=one)
    envs.reset(seed=1)
    rewards = [envs.step(actions(3, 0))[1].tolist() for _ in range(10)]
    assert rewards == ([[1.0] * 3] * 4 + [[0.0] * 3]) * 2


def test_fees_are_taken_off_and_told():
    paying = world(fees=hs.Fees(maker=1e-4))
    envs = vector(4, paying, observation=("inventory",))
    envs.reset(seed=4)
    fees = np.zeros(4)
    for _ in range(200):
        envs.step(np.full((4, 2), 60.0))
        fees += envs.batch.columns.fees
    run = hs.backtest(
        hs.models.fixed_spread(half_spread=60), world(fees=paying.fees, lanes=4, seed=4)
    )
    assert fees * 0.01 == pytest.approx(run.counters["fees"], rel=1e-9)
    assert envs.batch.columns.wealth * 0.01 == pytest.approx(run.path["wealth"][-1], rel=1e-9)


def test_the_end_terminates_a_world_and_truncates_a_replay():
    env = MarketEnv(world(), observation=SEEN, reward=Profit() + TerminalPenalty(1e9))
    env.reset(seed=1)
    ends = [env.step(np.array([60.0, 60.0]))[1:4] for _ in range(200)]
    assert [end[1:] for end in ends[:-1]] == [(False, False)] * 199
    assert ends[-1][1:] == (True, False)
    held = env.batch.columns.inventory[0]
    assert (ends[-1][0] < -1e8) == (held != 0)
    other = MarketEnv(world(), observation=SEEN, market_end="truncated", episode_steps=200)
    other.reset(seed=1)
    ends = [other.step(np.array([60.0, 60.0]))[2:4] for _ in range(200)]
    assert ends[-1] == (False, True)
    tape = MarketEnv(replay(), observation=SEEN)
    tape.reset()
    steps = 0
    while True:
        steps += 1
        _, _, terminated, truncated, _ = tape.step(np.array([2.0, 2.0]))
        if terminated or truncated:
            break
    assert (terminated, truncated) == (False, True)
    run = hs.backtest(hs.models.fixed_spread(half_spread=2), replay())
    assert steps == run.counters["decisions"][0]
    assert tape.batch.columns.wealth[0] * 0.1 * 0.001 == pytest.approx(run.path["wealth"][-1, 0])
    first, _ = tape.reset()
    assert first.tolist() == tape.batch.begin(0)[0].tolist()


def test_fields_are_the_cores_own_array_and_copies_are_not():
    envs = vector(4, copy=False)
    seen, _ = envs.reset(seed=2)
    again = envs.step(actions(4, 0))[0]
    assert again is seen or np.shares_memory(again, seen)
    assert np.shares_memory(again, envs.batch.columns.observations)
    assert again[:, 1].tolist() == envs.batch.columns.mid.tolist()
    assert not np.shares_memory(vector(4).reset(seed=2)[0], seen)
    featured = vector(4, replay(), observation="features", copy=False)
    assert np.shares_memory(featured.reset(seed=0)[0], featured.step(actions(4, 0))[0])


def test_features_by_hand():
    scales = Features(price_scale=4, size_scale=2, inventory_scale=5)
    fields = ("bid", "ask", "bid_size", "ask_size", "imbalance", "volatility", "time", "time_left")
    env = MarketEnv(replay(), observation=scales, action=Offsets(most=50))
    other = MarketEnv(replay(), observation=Fields("inventory", *fields), action=Offsets(most=50))
    env.reset(seed=0)
    before, _ = other.reset(seed=0)
    for _ in range(50):
        quote = np.array([1.0, 1.0])
        seen, raw = env.step(quote)[0], other.step(quote)[0]
        held, bid, ask, bids, asks, imbalance, volatility, time, left = raw
        expected = [
            *((raw[1:3] - before[1:3]) / 4),
            (ask - bid) / 4,
            np.log1p(bids / 2),
            np.log1p(asks / 2),
            imbalance,
            volatility / 4,
            held / 5,
            env.batch.columns.wealth[0] / 20,
            np.sin(np.pi * time / (time + left)),
            np.cos(np.pi * time / (time + left)),
        ]
        assert seen == pytest.approx(np.clip(expected, -10, 10), rel=1e-6, abs=1e-6)
        before = raw


def test_names_that_gymnasium_knows():
    env = gymnasium.make("halfspread/Brownian-v0", volatility=100.0)
    assert env.reset(seed=1)[0].tolist() == [0.0, 10_000.0, 1.0]
    envs = gymnasium.make_vec("halfspread/Brownian-v0", num_envs=3, action="five")
    assert envs.single_action_space.n == 5
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    tape = replay().tape
    envs = gymnasium.make_vec("halfspread/Replay-v0", num_envs=2, tape=tape, decide_every="1s")
    assert envs.reset()[0].shape == (2, 11)
    lively = gymnasium.make("halfspread/LimitOrderBook-v0", flow="hawkes", horizon="5s")
    assert lively.reset(seed=1)[0].shape == (11,)
    with pytest.raises(hs.ConfigError, match=r"flow must be one of .*, was 'hawks'"):
        gymnasium.make("halfspread/LimitOrderBook-v0", flow="hawks")
    for name, words in (
        ("volatilty", "volatilty is no argument of Brownian .* did you mean volatility"),
        ("observations", "observations is no argument .* did you mean observation"),
    ):
        with pytest.raises(hs.ConfigError, match=words):
            gymnasium.make("halfspread/Brownian-v0", **{name: 1})
    with pytest.raises(hs.ConfigError, match="tape is missing: Replay needs it"):
        gymnasium.make("halfspread/Replay-v0")


@pytest.mark.parametrize(
    "more",
    [
        {"latency_ms": 1},
        {"fees": hs.Fees(maker=1e-4)},
        {"fills": "exact"},
        {"spread": 1.0},
        {"trade_lots": 2.0},
        {"orders": hs.OrderPolicy(levels=2)},
        {"orders": hs.OrderPolicy(inventory_limit=5)},
        {"time_step": "1ms"},
    ],
    ids=str,
)
def test_a_world_that_needs_its_orders_has_them(more):
    def core(**changes):
        return MarketEnv(hs.Brownian(**{**WORLD, **changes}), observation=SEEN).batch.core

    assert isinstance(core(), _core.LearningWorld)
    assert isinstance(core(**more), _core.Episodes)
