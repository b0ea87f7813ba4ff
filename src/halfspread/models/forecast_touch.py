"""Touch with a forecast: when to post at the best prices while the mid has a short-lived drift."""

from __future__ import annotations

from math import expm1

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.errors import ConfigError
from halfspread.inventory.penalty import running_penalty
from halfspread.models.value import ROUNDING, inventories_of, posted_depths, times_left
from halfspread.parameter import not_negative, positive
from halfspread.table import QuoteTable, Regimes
from halfspread.table_model import table_model

Floats = NDArray[np.float64]

DRIFTS = 41
"""Drifts on which it is solved; every second one goes into the table."""


@table_model(
    spread=positive,
    bid_intensity=positive,
    ask_intensity=positive,
    reversion=positive,
    forecast_horizon_s=positive,
    most_forecast=positive,
    max_inventory=positive,
    horizon_s=positive,
    jump=not_negative,
    noise=not_negative,
    size=positive,
    running_penalty_rate=not_negative,
    terminal_penalty=not_negative,
)
def forecast_touch(
    spread: float,
    bid_intensity: float,
    ask_intensity: float,
    reversion: float,
    forecast_horizon_s: float,
    most_forecast: float,
    max_inventory: float,
    horizon_s: float,
    jump: float = 0.0,
    noise: float = 0.0,
    size: float = 1.0,
    running_penalty_rate: float = 0.0,
    terminal_penalty: float = 0.0,
) -> QuoteTable:
    """Post at the best bid or ask where a fill is worth it, given the forecast of the mid.

    bid = the best bid, where V = D/2 + (h(a - e, q + 1) - h(a - e, q)) / size > 0
    ask = the best ask, where V = D/2 + (h(a + e, q - 1) - h(a + e, q)) / size > 0

    da    = -z a dt + n dW + e (buy market orders) - e (sell market orders)
    dh/dt = a q - phi q^2 + (the mean change of h by a's motion and by fills)

    with a the drift of the mid, q the inventory (q + 1 is one post more), D the spread, t the time
    left and h = -|q| D/2 - alpha q^2 at t = 0. Each market order moves the drift, and the post that
    it fills is judged by the drift after it. A side with V <= 0 is not posted, unless it reduces
    what is held: that one stands back by the -V ticks that a fill lacks, where in this market
    nothing fills it. The drift is read from the state's forecast, which is what a amounts to over
    its horizon H: a (1 - exp(-z H)) / z. The nearest of 21 is taken.

    The drift is solved on a grid of 41 values, to first order in its step: its spread is a little
    too wide, by z |a| / 2 steps of variance a second.

    Args:
        spread: D > 0, ticks, of the market.
        bid_intensity: > 0, sell market orders per second, each of which fills a post.
        ask_intensity: > 0, buy market orders per second.
        reversion: z > 0, per second, at which a drift dies out.
        forecast_horizon_s: H > 0, seconds: that of the forecast in the state.
        most_forecast: ticks, > 0: larger forecasts count as this one.
        max_inventory: lots, 1 to 1000 posts.
        horizon_s: seconds, > 0, at most until the inventory is sold off; the state's time left is
            read within it.
        jump: e >= 0, ticks per second by which a market order moves the drift.
        noise: n >= 0, ticks per second and root second.
        size: lots of a post.
        running_penalty_rate: phi >= 0, ticks per lot and second.
        terminal_penalty: alpha >= 0, ticks per lot.
    Source:
        Á. Cartea, S. Jaimungal and J. Penalva, "Algorithmic and High-Frequency Trading",
        Cambridge University Press, 2015, section 10.4.2, at the touch.
    """
    lots = inventories_of(max_inventory, size)
    most = most_forecast * reversion / -expm1(-reversion * forecast_horizon_s)
    drifts = np.linspace(-most, most, DRIFTS, dtype=np.float64)
    jumped = jump / (drifts[1] - drifts[0])
    after_bid = np.maximum(np.arange(DRIFTS) - jumped, 0)
    after_ask = np.minimum(np.arange(DRIFTS) + jumped, DRIFTS - 1)
    edge = size * spread / 2
    values = _values(
        drifts,
        reversion=reversion,
        noise=noise,
        orders=((bid_intensity, after_bid), (ask_intensity, after_ask)),
        edge=edge,
        earned=drifts[:, None] * lots - running_penalty(lots, running_penalty_rate),
        terminal=-np.abs(lots) * spread / 2 - terminal_penalty * lots**2,
        horizon_s=horizon_s,
    )
    gains = _gains(_at(values, after_bid), _at(values, after_ask), edge) / size
    bid_depth, ask_depth = posted_depths(gains[0], gains[1], lots)
    return QuoteTable(
        lots,
        bid_depth,
        ask_depth,
        horizon_s,
        bid_size=size,
        ask_size=size,
        reference="touch",
        regimes=Regimes(forecasts=len(bid_depth), most_forecast=most_forecast),
    )


def _values(
    drifts: Floats,
    *,
    reversion: float,
    noise: float,
    orders: tuple[tuple[float, Floats], tuple[float, Floats]],
    edge: float,
    earned: Floats,
    terminal: Floats,
    horizon_s: float,
) -> Floats:
    """The (times, drifts, inventories) values; of each side's orders the rate, and where to."""
    (bid_rate, after_bid), (ask_rate, after_ask) = orders
    upwards, downwards = _moves(drifts, reversion, noise)
    nodes, times = np.arange(DRIFTS), times_left(horizon_s)
    moved = bid_rate * np.minimum(nodes - after_bid, 1)
    moved += ask_rate * np.minimum(after_ask - nodes, 1)
    values: Floats = _core.drift_values(
        upwards,
        downwards,
        after_bid,
        after_ask,
        earned.ravel(),
        bid_rate=bid_rate,
        ask_rate=ask_rate,
        edge=edge,
        pace=float((upwards + downwards + moved).max()),
        terminal=np.tile(terminal, DRIFTS),
        times=times,
    )
    if len(values) < len(times):
        raise ConfigError(f"horizon_s must be shorter: {horizon_s!r} takes too long to solve")
    return values


def _gains(below: Floats, above: Floats, edge: float) -> Floats:
    """Ticks that fills of a bid and of an ask gain, of the values after: (2, forecasts, ...)."""
    gains = np.full((2, *below.shape), np.nan)
    gains[0, :, :, :-1] = edge + np.diff(below)
    gains[1, :, :, 1:] = edge - np.diff(above)
    return gains[:, :, ::2].transpose(0, 2, 1, 3) - ROUNDING * edge


def _moves(drifts: Floats, reversion: float, noise: float) -> tuple[Floats, Floats]:
    """(drifts,) each: the rates at which a drift goes to its neighbours by itself, up and down."""
    step = drifts[1] - drifts[0]
    spread_out = noise**2 / (2 * step**2)
    back = reversion * np.abs(drifts) / step
    upwards = spread_out + np.where(drifts < 0, back, 0.0)
    downwards = spread_out + np.where(drifts > 0, back, 0.0)
    upwards[-1] = downwards[0] = 0.0
    return upwards, downwards


def _at(values: Floats, places: Floats) -> Floats:
    """The (times, drifts, inventories) values at places between the drifts."""
    low = np.minimum(places.astype(int), DRIFTS - 2)
    share = (places - low)[:, None]
    found: Floats = (1 - share) * values[:, low] + share * values[:, low + 1]
    return found
