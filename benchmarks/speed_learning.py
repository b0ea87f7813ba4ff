"""Speed of environments: nanoseconds a lane and step of the Avellaneda-Stoikov world.

mbt_gym, which vectorises this world in NumPy, is not on PyPI: beside ours stands what its step has
to do, in NumPy's own generators and a dozen array operations, with nothing of what its classes add.
It reaches 7 to 9 million steps a second where mbt_gym itself was measured at 6.8 million.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from timing import row

import halfspread as hs
from halfspread.learn import MarketVectorEnv, Offsets

STEPS, ROUNDS = 200, 15
SIGMA, STEP, RATE, DECAY = 2.0, 0.005, 140.0, 1.5


def world(**more: object) -> hs.Brownian:
    """The world of the paper's tables, 100 ticks to its unit of price."""
    return hs.Brownian(
        "1s",
        volatility=100 * SIGMA,
        fill_intensity=RATE,
        fill_decay=DECAY / 100,
        fills="discrete",
        decide_every=STEP,
        orders=hs.OrderPolicy(amend=True),
        threads=1,
        **more,
    )


def in_numpy(n: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A step of n trajectories: arrivals, fills, cash, inventory, the mid, rewards, states."""
    random = np.random.default_rng(1)
    state = np.zeros((n, 4))  # cash, inventory, time, mid
    state[:, 3] = 100.0
    side = np.array([-1.0, 1.0])

    def step(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        worth = state[:, 0] + state[:, 1] * state[:, 3]
        arrived = random.random((n, 2)) < RATE * STEP
        filled = arrived * (random.random((n, 2)) < np.exp(-DECAY * offsets))
        state[:, 0] += (filled * (side * state[:, 3:] + offsets)).sum(axis=1)
        state[:, 1] -= (filled * side).sum(axis=1)
        state[:, 2] += STEP
        state[:, 3] += SIGMA * np.sqrt(STEP) * random.standard_normal(n)
        return state.copy(), state[:, 0] + state[:, 1] * state[:, 3] - worth

    return step


def environment(n: int, fields: tuple[str, ...]) -> MarketVectorEnv:
    """n lanes at their first decision."""
    action = Offsets(most=200)
    envs = MarketVectorEnv(world(), n, observation=fields, action=action, copy=False)
    envs.reset(seed=1)
    envs.step(np.full((n, 2), 70.0, np.float32))
    return envs


class Timed:
    """The core's lanes, and the time that their steps take."""

    def __init__(self, core: object) -> None:
        self.core, self.seconds = core, 0.0

    def __getattr__(self, name: str) -> object:
        return getattr(self.core, name)

    def step(self) -> None:
        """A step of all lanes."""
        start = time.perf_counter()
        self.core.step()
        self.seconds += time.perf_counter() - start


def times(n: int, fields: tuple[str, ...]) -> tuple[float, float, float]:
    """Nanoseconds a lane and step of the core, of Gymnasium's face, and of NumPy, in turn."""
    envs, plain = environment(n, fields), in_numpy(n)
    core = envs.batch.core = Timed(envs.batch.core)
    ours, theirs = np.full((n, 2), 70.0, np.float32), np.full((n, 2), 0.7)
    best = np.full(3, np.inf)
    for _ in range(ROUNDS):
        core.seconds = 0.0
        start = time.perf_counter()
        for _ in range(STEPS):
            envs.step(ours)
        middle = time.perf_counter()
        for _ in range(STEPS):
            plain(theirs)
        spent = (core.seconds, middle - start - core.seconds, time.perf_counter() - middle)
        best = np.minimum(best, spent)
    inside, face, other = best / STEPS / n * 1e9
    return inside, face, other


def learning() -> None:
    """The world's steps beside NumPy's, and what Gymnasium's face adds to them."""
    plain, ordered = ("inventory", "mid", "time_left"), ("inventory", "mid", "volatility")
    core, _, other = times(1_000, plain)
    row("A-S world, 1,000 lanes, by NumPy", core, other, "ns", "15x, aim 40x")
    core, face, other = times(1_024, plain)
    row("its environment, 1,024 lanes, by NumPy", core + face, other, "ns", "")
    row("of it, Gymnasium's face", face, None, "ns", "< 100")
    core, face, _ = times(1_024, ordered)
    row("the same world with its orders", core, None, "ns", "")
    row("its environment's face", face, None, "ns", "< 100")
