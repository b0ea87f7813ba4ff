"""Value: tables of quotes from what inventories are worth, where fills come at exponential rates.

A maker who holds q and fills orders of D at the rate A exp(-k d) is indifferent to a fill, but for
what it earns, at the depths (h(q) - h(q + D)) / D of his bid and (h(q) - h(q - D)) / D of his ask,
with h the value of an inventory. The models add to these what a fill should earn.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.errors import ConfigError

Floats = NDArray[np.float64]

TIMES = 65
"""Nodes of time left; near the horizon they are a 4096th of it apart, far from it a 32nd."""

MOST_ORDERS = 1000
MOST_STEPS = 20_000
PACE_A_STEP = 0.5
ROUNDING = 1e-12
"""What is less than this part of a number is its rounding, and decides nothing."""


def inventories_of(max_inventory: float, size: float) -> Floats:
    """The inventories that orders of `size` lead to from 0, none beyond `max_inventory` lots.

    Raises:
        ConfigError: there are none but 0, or too many.
    """
    orders = floor(max_inventory / size * (1 + ROUNDING))
    if not 1 <= orders <= MOST_ORDERS:
        raise ConfigError(
            f"max_inventory must be 1 to {MOST_ORDERS} times the size, was {max_inventory!r} with "
            f"a size of {size!r}"
        )
    lots: Floats = size * np.arange(-orders, orders + 1, dtype=np.float64)
    return lots


def times_left(horizon_s: float) -> Floats:
    """The time nodes of a table, in seconds: denser near the horizon, where quotes change fast."""
    nodes: Floats = np.arange(TIMES, dtype=np.float64) / (TIMES - 1)
    return horizon_s * nodes**2


def indifferent_depths(
    inventories: Floats,
    source: Floats,
    bid: tuple[float, float],
    ask: tuple[float, float],
    terminal: Floats,
    horizon_s: float | None,
) -> tuple[Floats, Floats]:
    """The depths at which a fill changes nothing, in ticks; NaN at the edge that has no quote.

        dh/dt = source(q) + G_b exp(-k_b (h(q) - h(q + D)) / D) + (the same for the ask)

    with t the time left, D the distance of the inventories, and h(q) = terminal(q) at t = 0.

    Args:
        inventories: (Q,) lots, evenly spaced.
        source: (Q,) what holding them earns, in tick-lots per second.
        bid: G_b > 0, tick-lots per second, and k_b > 0, per tick.
        ask: G_a and k_a.
        terminal: (Q,) tick-lots; not read without a horizon.
        horizon_s: seconds, > 0; None for the limit far from any horizon.

    Returns:
        The bid's and the ask's, of shape (times, Q); without a horizon of shape (Q,).
    """
    size = float(inventories[1] - inventories[0])
    bid_gain = np.full(len(inventories), bid[0])
    ask_gain = np.full(len(inventories), ask[0])
    bid_gain[-1] = ask_gain[0] = 0.0
    rates = (source, bid_gain, ask_gain, bid[1] / size, ask[1] / size)
    if horizon_s is None:
        values = _core.hjb_limit(*rates)[0]
    else:
        values = _core.hjb_values(*rates, terminal, times_left(horizon_s))[0]
    step = np.diff(values, axis=-1) / size
    edge = np.full((*step.shape[:-1], 1), np.nan)
    return np.concatenate((-step, edge), axis=-1), np.concatenate((edge, step), axis=-1)


def posted_depths(bid_gain: Floats, ask_gain: Floats, lots: NDArray[Any]) -> tuple[Floats, Floats]:
    """How far behind the touch the bid and the ask stand, in ticks, by what a fill there gains.

    A side whose fill at the touch gains stands there, at 0. One that loses by it is not posted,
    NaN, unless it reduces what is held: that one stands back by what a fill lacks.

    Args:
        bid_gain, ask_gain: ticks, (..., Q); NaN at the edge that has no quote.
        lots: (Q,) the inventories.
    """

    def depth(gain: Floats, reduces: NDArray[np.bool_]) -> Floats:
        return np.where(gain > 0, 0.0, np.where(reduces, np.maximum(-gain, 0.0), np.nan))

    return depth(bid_gain, lots < 0), depth(ask_gain, lots > 0)


def marched(
    rate: Callable[[Floats], Floats], value: Floats, times: Floats, pace: float
) -> list[Floats]:
    """The values at each of `times`, by steps of Runge and Kutta, until they only grow alike.

    Args:
        rate: their change a second.
        value: those at times[0], of any shape.
        times: seconds, ascending.
        pace: of all that can happen, per second; a step is half of what it takes.
    """
    rounded = (1 - ROUNDING) * pace / PACE_A_STEP
    steps = [max(1, ceil(gap * rounded)) for gap in np.diff(times)]
    values = [value]
    done = 0
    for gap, count in zip(np.diff(times), steps, strict=True):
        first = rate(value)
        if np.ptp(first) <= ROUNDING * np.abs(first).max():
            values.append(value)
            continue
        done += count
        if done > MOST_STEPS:
            raise ConfigError(
                f"horizon_s must be shorter: {float(times[-1])!r} takes too long to solve"
            )
        step = gap / count
        for k in range(count):
            a = rate(value) if k else first
            b = rate(value + step / 2 * a)
            c = rate(value + step / 2 * b)
            value = value + step / 6 * (a + 2 * b + 2 * c + rate(value + step * c))
        values.append(value)
    return values
