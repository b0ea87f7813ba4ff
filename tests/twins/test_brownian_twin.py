"""The Brownian world against fifty lines of NumPy, in distribution; lanes against one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

import halfspread as hs

LANES, HALF, EVERY, HORIZON = 2_000, 1.5, 0.1, 20.0
WORLD = {
    "volatility": 3.0,
    "drift": 0.5,
    "mean_reversion": 0.2,
    "jump_rate": 0.1,
    "jump_size": 8.0,
    "variance_reversion": 0.5,
    "variance_noise": 0.6,
    "variance_correlation": -0.6,
    "fill_intensity": (2.0, 3.0),
    "fill_decay": (0.5, 0.4),
    "mid": 1000.0,
}


def plain(fills, seed):
    """Final mid, inventory, number of fills and wealth of each of LANES sessions."""
    chance = np.random.default_rng(seed)
    n, h, w = LANES, EVERY, WORLD
    mid, variance = np.full(n, w["mid"]), np.ones(n)
    cash, held, count = np.zeros(n), np.zeros(n), np.zeros(n)
    kept = np.exp(-w["mean_reversion"] * h)
    level = w["mid"] + w["drift"] / w["mean_reversion"]
    spread_by = w["volatility"] * np.sqrt((1 - kept**2) / (2 * w["mean_reversion"]))
    rho, noise = w["variance_correlation"], w["variance_noise"]
    for _ in range(round(HORIZON / h)):
        sides = ((0, 1, np.floor(mid - HALF)), (1, -1, np.ceil(mid + HALF)))
        jumps = chance.poisson(w["jump_rate"] * h, n)
        jumped = w["jump_size"] * np.sqrt(jumps) * chance.standard_normal(n)
        if fills != "exact":
            mid, jumped = mid + jumped, 0.0  # orders come at the step's end, after its jumps
        for side, sign, price in sides:
            distance = sign * (mid - price)
            reached = distance if fills != "exact" else np.maximum(distance, 0)
            rate = w["fill_intensity"][side] * np.exp(-w["fill_decay"][side] * reached) * h
            likely = np.minimum(1, rate) if fills == "linear" else 1 - np.exp(-rate)
            filled = chance.random(n) < likely
            held += sign * filled
            cash -= sign * price * filled
            count += filled
        other, own = chance.standard_normal((2, n))
        used = np.maximum(variance, 0)
        moved = np.sqrt(used) * (rho * other + np.sqrt(1 - rho**2) * own)
        variance = variance + w["variance_reversion"] * (1 - used) * h
        variance += noise * np.sqrt(used * h) * other
        mid = level + (mid - level) * kept + spread_by * moved + jumped
    return mid, held, count, (cash + held * mid) * 0.01


@pytest.mark.parametrize("fills", ["exact", "discrete", "linear"])
def test_its_law_is_that_of_a_plain_program(fills):
    world = hs.Brownian(HORIZON, **WORLD, fills=fills, lanes=LANES, seed=5)
    run = world.run(hs.models.fixed_spread(half_spread=HALF))
    ours = (
        run.path["mid"][-1],
        run.path["inventory"][-1],
        run.counters["fills"],
        run.path["wealth"][-1],
    )
    for mine, other in zip(ours, plain(fills, seed=8), strict=True):
        assert ks_2samp(mine, other).pvalue > 0.01


def same(one, other, but=()):
    assert one.keys() == other.keys()
    for name in one.keys() - set(but):
        assert one[name].tobytes() == other[name].tobytes(), name


MODELS = {
    "compiled": hs.models.fixed_spread(half_spread=HALF),
    "plain": lambda state: hs.Quote(state.mid - HALF, state.mid + HALF),
    "batched": hs.batched(lambda state: hs.Quote(state.mid - HALF, state.mid + HALF)),
}


@pytest.mark.parametrize("fills", ["exact", "discrete", "linear"])
def test_a_lane_is_the_same_alone_among_many_and_in_ones_own_hands(fills):
    more = {**WORLD, "fills": fills, "latency_ms": (30, 20), "impact": 0.5, "trade_lots": 2.0}
    many = hs.Brownian("30s", **more, lanes=9, threads=1).run(MODELS["compiled"])
    ids = ("order_id",)
    for model in MODELS.values():
        run = hs.Brownian("30s", **more, lanes=9, threads=2).run(model)
        same(run.fills, many.fills)
        same(run.path, many.path)
        same(run.counters, many.counters)
    for number in (0, 6):
        among = many.lane(number)
        world = hs.Brownian("30s", **more, first_lane=number)
        alone = world.run(MODELS["compiled"])
        for state in world:
            world.quote(state.mid - HALF, state.mid + HALF)
        for run in (alone, world.result()):
            assert len(run.fills["lane"]) > 10
            same({**run.fills, "mid_after": run.mids_after}, among.fills, ids)
            same(run.path, among.path)


def test_a_strategy_lives_there_as_in_a_replay():
    class Calm:
        fills = 0

        def on_tick(self, market, state):
            market.quote(state.mid - HALF, state.mid + HALF)

        def on_fill(self, market, fill):
            self.fills += 1

    calm = Calm()
    run = hs.backtest(calm, hs.Brownian("30s", **WORLD))
    same(run.fills, hs.backtest(MODELS["compiled"], hs.Brownian("30s", **WORLD)).fills)
    assert calm.fills == len(run.fills["lane"]) > 0
