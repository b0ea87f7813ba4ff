"""Demo: a synthetic market, four makers in it, and what became of each: no data needed."""

from __future__ import annotations

from collections.abc import Callable

from halfspread.evaluate.run import Run
from halfspread.evaluate.together import together
from halfspread.inventory import lean
from halfspread.market import Replay
from halfspread.models import avellaneda_stoikov, fixed_spread, glft
from halfspread.plain_model import Model
from halfspread.policy import OrderPolicy
from halfspread.synthetic import tape

SIZE = 10
"""Lots an order: about a third of the market's mean order."""
LIMIT = 100
"""Lots: ten orders."""
LATENCY_MS = 5


def makers() -> dict[str, Model]:
    """Four makers by name, none of them tuned.

    The fixed one quotes two ticks from the mid, what the price moves in a second. The leaning one
    is the same and shifts by that much at the limit. The other two measure volatility and fill
    decay as they go; their risk aversions make them lean by a tick or two at the limit, the first
    of them when there are some minutes left (its lean grows with the time left).
    """
    fixed = fixed_spread(half_spread=2, size=SIZE)
    return {
        "fixed_spread": fixed,
        "lean(fixed_spread)": lean(fixed, strength=1, limit=LIMIT),
        "avellaneda_stoikov": avellaneda_stoikov(risk_aversion=1e-5, size=SIZE),
        "glft": glft(risk_aversion=1e-3, size=SIZE),
    }


def play(events: int, seed: int, progress: Callable[[float, str], None]) -> Run:
    """Each of the makers in the same market, as one run with a lane each.

    Args:
        events: rows of the market.
        seed: which market.
        progress: told the fraction done, and what comes next.
    """
    progress(0.0, "making a market")
    market = tape(events=events, seed=seed)
    orders = OrderPolicy(inventory_limit=LIMIT)
    entries = makers()
    runs = {}
    for done, (name, maker) in enumerate(entries.items(), start=1):
        progress(done / (len(entries) + 1), f"running {name}")
        replay = Replay(market, latency_ms=LATENCY_MS, orders=orders)
        runs[name] = replay.run(maker)
    progress(1.0, "measuring")
    return together(runs)
