"""Markets that learners are tested in."""

import numpy as np

import halfspread as hs
from halfspread.learn import MarketVectorEnv, Offsets

WORLD = {
    "horizon": "1s",
    "volatility": 200.0,
    "fill_intensity": 140.0,
    "fill_decay": 0.015,
    "fills": "discrete",
    "decide_every": "5ms",
    "orders": hs.OrderPolicy(amend=True),
}
"""Avellaneda and Stoikov's, 100 ticks to their unit of price."""


def world(**more):
    return hs.Brownian(**{**WORLD, **more})


def made_tape():
    return hs.synthetic.tape(events=40_000, seed=3)


def replay(**more):
    return hs.Replay(made_tape(), decide_every="100ms", **more)


def book(**more):
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    return hs.Simulated(flow, "5s", warm_up="2s", decide_every="100ms", **more)


SEEN = ("inventory", "mid", "time_left")


def vector(n=5, market=None, **options):
    """Lanes of a market, of `world()` unless another is given."""
    options = {"observation": SEEN, "action": Offsets(most=200), **options}
    return MarketVectorEnv(market or world(), n, **options)


def actions(n, step):
    """Other quotes for each lane and step."""
    return np.stack([40.0 + np.arange(n) + step % 5, 50.0 + np.arange(n)], axis=1, dtype=np.float32)
