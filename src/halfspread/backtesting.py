"""Backtesting: a model or a strategy over a market, a maker over several recorded ones.

run = backtest(model, Replay(tape, latency_ms=5), decide_every="100ms")
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, overload

from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run
from halfspread.lanes_market import LanesMarket
from halfspread.life_cycle import Strategy, drive, is_strategy
from halfspread.market import Replay
from halfspread.plain_model import Model
from halfspread.portfolio import Portfolio, PortfolioMaker
from halfspread.portfolio_run import PortfolioRun
from halfspread.quote import Quote, QuoteState
from halfspread.tape import Tape


@overload
def backtest(
    model: Model | Callable[[QuoteState], Quote] | Strategy,
    market: LanesMarket | Tape | str | Path,
    *,
    decide_every: str | float | None = None,
    on: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Run: ...


@overload
def backtest(model: PortfolioMaker, market: Portfolio) -> PortfolioRun: ...


def backtest(
    model: Any,
    market: LanesMarket | Portfolio | Tape | str | Path,
    *,
    decide_every: str | float | None = None,
    on: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Run | PortfolioRun:
    """Run a model, or drive a strategy, over a market.

    Args:
        model: a bound model (n lanes), any callable QuoteState -> Quote, or an object with methods
            of a Strategy, which `drive` takes through its life. For a Portfolio, a callable
            PortfolioState -> {name: Quote}, such as a MultiAssetMaker with symbols.
        market: a Replay, a Brownian or a Simulated; a tape alone is replayed with a Replay's
            defaults. Or a Portfolio.
        decide_every, on, progress: as the market's, and instead of its own; `on` is a Replay's, and
            takes the place of decide_every. A Portfolio's are those of its Replays.
    """
    if decide_every is not None and on is not None:
        raise ConfigError(f"decide_every: give it or on, not both, was {decide_every!r}, {on!r}")
    if isinstance(market, Portfolio):
        given = {"decide_every": decide_every, "on": on, "progress": progress}
        for name, value in given.items():
            if value is not None:
                raise ConfigError(f"{name}: give it to the portfolio's Replays, was {value!r}")
        return market.run(model)
    if not isinstance(market, LanesMarket):
        market = Replay(market)
    changes: dict[str, Any] = {"decide_every": decide_every, "on": on, "progress": progress}
    changes = {name: value for name, value in changes.items() if value is not None}
    market = market.with_changes(**changes)
    if not isinstance(model, Model) and is_strategy(model):
        return drive(model, market)
    return market.run(model)
