"""halfspread: a market-making laboratory with inventory at its centre.

>>> import halfspread as hs
>>> tape = hs.synthetic.tape(events=20_000, seed=1)
>>> run = hs.backtest(hs.models.fixed_spread(half_spread=2), hs.Replay(tape, latency_ms=5))
>>> int(run.counters["submits"][0]) > 0
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halfspread import calibrate, flows, inventory, learn, models, signals, synthetic
    from halfspread.backtesting import backtest
    from halfspread.brownian import Brownian
    from halfspread.calibrate import Calibration
    from halfspread.codecs.to_tape import import_tape
    from halfspread.config import read_config
    from halfspread.errors import CodecError, ConfigError, HalfspreadError, TapeError
    from halfspread.evaluate.heat_map import heat_map
    from halfspread.evaluate.run import Run
    from halfspread.evaluate.together import together
    from halfspread.event import EVENT, Flag, Kind, Side
    from halfspread.guard import GuardPolicy
    from halfspread.instrument import Instrument
    from halfspread.inventory import AlmgrenChriss, Liquidation, Rebalance
    from halfspread.inventory.lean import lean
    from halfspread.life_cycle import Strategy, drive
    from halfspread.market import Replay
    from halfspread.modelling import batched, grid, model
    from halfspread.policy import Fees, Latency, OrderPolicy, Queue
    from halfspread.portfolio import Portfolio
    from halfspread.portfolio_run import PortfolioRun
    from halfspread.portfolio_state import PortfolioState
    from halfspread.quote import Quote, QuoteState
    from halfspread.realism import Realism, measure_realism
    from halfspread.signal_policy import Hawkes, SignalPolicy
    from halfspread.simulated import Simulated
    from halfspread.simulating import simulate
    from halfspread.tape import Tape, open_tape, tape_from_parquet, write_tape
    from halfspread.tape_chain import concatenate

_HOMES = {
    "flows": "halfspread",
    "inventory": "halfspread",
    "learn": "halfspread",
    "calibrate": "halfspread",
    "models": "halfspread",
    "signals": "halfspread",
    "synthetic": "halfspread",
    "import_tape": "halfspread.codecs.to_tape",
    "read_config": "halfspread.config",
    **dict.fromkeys(
        ("CodecError", "ConfigError", "HalfspreadError", "TapeError"),
        "halfspread.errors",
    ),
    "Brownian": "halfspread.brownian",
    "Calibration": "halfspread.calibrate",
    "heat_map": "halfspread.evaluate.heat_map",
    "Run": "halfspread.evaluate.run",
    "together": "halfspread.evaluate.together",
    **dict.fromkeys(("EVENT", "Flag", "Kind", "Side"), "halfspread.event"),
    "GuardPolicy": "halfspread.guard",
    "Simulated": "halfspread.simulated",
    **dict.fromkeys(("Realism", "measure_realism"), "halfspread.realism"),
    "simulate": "halfspread.simulating",
    "Instrument": "halfspread.instrument",
    **dict.fromkeys(("AlmgrenChriss", "Liquidation", "Rebalance", "lean"), "halfspread.inventory"),
    **dict.fromkeys(("Strategy", "drive"), "halfspread.life_cycle"),
    "backtest": "halfspread.backtesting",
    "Replay": "halfspread.market",
    **dict.fromkeys(("batched", "grid", "model"), "halfspread.modelling"),
    **dict.fromkeys(
        ("Fees", "Latency", "OrderPolicy", "Queue"),
        "halfspread.policy",
    ),
    "Portfolio": "halfspread.portfolio",
    "PortfolioRun": "halfspread.portfolio_run",
    "PortfolioState": "halfspread.portfolio_state",
    **dict.fromkeys(("Hawkes", "SignalPolicy"), "halfspread.signal_policy"),
    **dict.fromkeys(("Quote", "QuoteState"), "halfspread.quote"),
    "concatenate": "halfspread.tape_chain",
    **dict.fromkeys(("Tape", "open_tape", "tape_from_parquet", "write_tape"), "halfspread.tape"),
}
"""Where each public name lives; it is imported when it is first asked for."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'halfspread' has no attribute {name!r}")
    if home == "halfspread":
        return import_module(f"halfspread.{name}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
