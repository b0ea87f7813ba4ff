"""Imbalance touch: stand at the touch, but not on the side that the book's imbalance is against."""

from __future__ import annotations

import numpy as np

from halfspread.errors import ConfigError
from halfspread.models.imbalance_regimes import ImbalanceMarket, imbalance_regimes
from halfspread.models.value import ROUNDING, posted_depths
from halfspread.parameter import counted, not_negative, positive
from halfspread.table import QuoteTable, Regimes
from halfspread.table_model import table_model

TIMES = 21


@table_model(
    order_rate=positive,
    jump=not_negative,
    regime_rate=positive,
    max_orders=counted,
    size=positive,
    half_spread=positive,
    running_penalty=not_negative,
    terminal_penalty=not_negative,
    horizon_s=positive,
    regimes=counted,
)
def imbalance_touch(
    order_rate: float,
    jump: float,
    regime_rate: float,
    order_tilt: float = 0.0,
    jump_tilt: float = 0.0,
    max_orders: float = 5,
    size: float = 1.0,
    half_spread: float = 0.5,
    running_penalty: float = 0.0,
    terminal_penalty: float = 0.0,
    horizon_s: float = 60.0,
    regimes: float = 5,
) -> QuoteTable:
    """Quote at the best prices, each side only where the imbalance makes a fill worth it.

    buys(z)  = order_rate * exp(order_tilt * z),    sells(z)  = buys(-z)
    rise(z)  = jump * exp(jump_tilt * z),           fall(z)   = rise(-z)

    in n regimes of the imbalance z, the middles of n equal parts of [-1, 1]; the chain moves to
    either neighbour at regime_rate. `imbalance_regimes` solves for where an order belongs. The side
    that reduces what is held is always quoted: where a fill at the touch would lose, it stands back
    by what that fill lacks.

    Args:
        order_rate: market orders of each kind at a balanced book, per second, > 0.
        jump: ticks by which the mid moves with a market order at a balanced book, >= 0.
        regime_rate: of the imbalance from one regime to each neighbour, per second, > 0.
        order_tilt: how much more often those orders come that the imbalance announces.
        jump_tilt: how much more the mid then moves.
        max_orders: orders held at most, long or short: a whole number >= 1.
        size: lots in an order, > 0.
        half_spread: ticks from the mid to the touch that the solution assumes, > 0.
        running_penalty: phi, ticks per order and second, >= 0.
        terminal_penalty: alpha, ticks per order, >= 0.
        horizon_s: seconds before the end in which the end matters, > 0.
        regimes: n, whole, >= 1.
    Source:
        Á. Cartea, R. Donnelly and S. Jaimungal, "Enhancing trading strategies with order book
        signals", Applied Mathematical Finance 25(1), 2018: a least form with few numbers.
    """
    n = int(regimes)
    z = (2 * np.arange(n) + 1) / n - 1
    neighbours = regime_rate * (np.eye(n, k=1) + np.eye(n, k=-1))
    with np.errstate(over="ignore"):
        buys, rise = order_rate * np.exp(order_tilt * z), jump * np.exp(jump_tilt * z)
    if not (np.isfinite(buys).all() and np.isfinite(rise).all()):
        raise ConfigError(f"order_tilt={order_tilt!r}, jump_tilt={jump_tilt!r} are too large")
    market = ImbalanceMarket(neighbours, buys, buys[::-1], rise, rise[::-1], half_spread)
    times = (TIMES - 1) ** 2 + 1  # every node of the table, at horizon * (j / (TIMES - 1))^2
    nodes = np.arange(TIMES) ** 2
    solved = imbalance_regimes(
        market, int(max_orders), horizon_s, running_penalty, terminal_penalty, times
    )
    bid_gain, ask_gain = (
        gain[nodes].transpose(1, 0, 2) - ROUNDING * half_spread
        for gain in (solved.bid_gain, solved.ask_gain)
    )
    bid_depth, ask_depth = posted_depths(bid_gain, ask_gain, solved.inventories)
    return QuoteTable(
        size * solved.inventories,
        bid_depth,
        ask_depth,
        horizon_s=horizon_s,
        bid_size=size,
        ask_size=size,
        reference="touch",
        regimes=Regimes(imbalances=n),
    )
