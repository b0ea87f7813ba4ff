"""Markets that learners are tested in."""

import halfspread as hs

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
