"""Making: environments from keywords alone, which registration.py gives names.

An argument is the market's where that has one of its name, and else the environment's.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

from halfspread.brownian import Brownian
from halfspread.errors import ConfigError
from halfspread.flows import ZeroIntelligence, named
from halfspread.lanes_market import LanesMarket
from halfspread.learn.batch import Batch
from halfspread.learn.env import MarketEnv, MarketVectorEnv
from halfspread.market import Replay
from halfspread.policy import OrderPolicy
from halfspread.simulated import Simulated

AVELLANEDA_STOIKOV: dict[str, Any] = {
    "horizon": "1s",
    "volatility": 200.0,
    "fill_intensity": 140.0,
    "fill_decay": 0.015,
    "fills": "discrete",
    "decide_every": "5ms",
    "orders": OrderPolicy(amend=True),
    "observation": ("inventory", "mid", "time_left"),
}
"""The world of the paper's tables, 100 ticks to its unit of price, for what is not given."""

OPTIONS = {
    name
    for call in (Batch.__init__, MarketVectorEnv.__init__)
    for name, parameter in signature(call).parameters.items()
    if parameter.kind is Parameter.KEYWORD_ONLY
}
"""What an environment takes by keyword."""

BOOK: dict[str, Any] = {
    "flow": ZeroIntelligence.sky_perfect(speed=60),
    "horizon": "1m",
    "warm_up": "10s",
    "decide_every": "100ms",
}
"""A second of it is a minute of the paper's book, for what is not given."""


def brownian(**given: Any) -> MarketEnv:
    """halfspread/Brownian-v0: arguments of Brownian and of MarketEnv."""
    market, options = _parts(Brownian, {**AVELLANEDA_STOIKOV, **given})
    return MarketEnv(market, **options)


def brownians(num_envs: int = 1, **given: Any) -> MarketVectorEnv:
    """halfspread/Brownian-v0 by make_vec: arguments of Brownian and of MarketVectorEnv."""
    market, options = _parts(Brownian, {**AVELLANEDA_STOIKOV, **given})
    return MarketVectorEnv(market, num_envs, **options)


def replay(**given: Any) -> MarketEnv:
    """halfspread/Replay-v0: arguments of Replay and of MarketEnv."""
    market, options = _parts(Replay, given)
    return MarketEnv(market, **options)


def replays(num_envs: int = 1, **given: Any) -> MarketVectorEnv:
    """halfspread/Replay-v0 by make_vec: arguments of Replay and of MarketVectorEnv."""
    market, options = _parts(Replay, given)
    return MarketVectorEnv(market, num_envs, **options)


def book(**given: Any) -> MarketEnv:
    """halfspread/LimitOrderBook-v0: arguments of Simulated, a flow also by name, and MarketEnv."""
    market, options = _parts(Simulated, _of_a_flow(given))
    return MarketEnv(market, **options)


def books(num_envs: int = 1, **given: Any) -> MarketVectorEnv:
    """halfspread/LimitOrderBook-v0 by make_vec: arguments of Simulated and of MarketVectorEnv.

    With shared_book=True they are makers in one book.
    """
    market, options = _parts(Simulated, _of_a_flow(given))
    return MarketVectorEnv(market, num_envs, **options)


def _of_a_flow(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments, the book's own where nothing is said, and the flow that a name means."""
    flow = given.get("flow", BOOK["flow"])
    return {**BOOK, **given, "flow": named(flow) if isinstance(flow, str) else flow}


def _parts(kind: Any, given: dict[str, Any]) -> tuple[LanesMarket, dict[str, Any]]:
    """The market, and the arguments that are not its own.

    Errors:
        ConfigError: an argument is nobody's, or one that the market needs is not there.
    """
    own = {field.name: field for field in fields(kind)}
    for name in sorted(given.keys() - own.keys() - OPTIONS):
        guess = get_close_matches(name, [*own, *OPTIONS], 1)
        meant = f"; did you mean {guess[0]}?" if guess else ""
        raise ConfigError(f"{name} is no argument of {kind.__name__} or its environment{meant}")
    for name, field in own.items():
        if name not in given and field.default is field.default_factory is MISSING:
            raise ConfigError(f"{name} is missing: {kind.__name__} needs it")
    market = kind(**{name: value for name, value in given.items() if name in own})
    return market, {name: value for name, value in given.items() if name not in own}
