"""Touch with a forecast: when to post at the best prices while the mid has a short-lived drift."""

from __future__ import annotations

from math import expm1

import numpy as np
from numpy.typing import NDArray

from halfspread.inventory.penalty import running_penalty
from halfspread.models.value import inventories_of, marched, posted_depths, times_left
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
    world = _Drifting(
        drifts=np.linspace(-most, most, DRIFTS, dtype=np.float64),
        reversion=reversion,
        noise=noise,
        jump=jump,
        orders=(bid_intensity, ask_intensity),
        edge=size * spread / 2,
        penalty=running_penalty(lots, running_penalty_rate),
        lots=lots,
    )
    terminal = -np.abs(lots) * spread / 2 - terminal_penalty * lots**2
    values = marched(world.rate, np.tile(terminal, (DRIFTS, 1)), times_left(horizon_s), world.pace)
    gains = np.array([world.gains(value) for value in values])[:, :, ::2].transpose(1, 2, 0, 3)
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


class _Drifting:
    """What inventories are worth at each drift; values are of shape (drifts, inventories)."""

    def __init__(
        self,
        drifts: Floats,
        reversion: float,
        noise: float,
        jump: float,
        orders: tuple[float, float],
        edge: float,
        penalty: Floats,
        lots: Floats,
    ) -> None:
        step = drifts[1] - drifts[0]
        up, down = _jumps(jump / step), _jumps(-jump / step)
        moves = _moves(drifts, reversion, noise) + orders[0] * down + orders[1] * up
        moves -= sum(orders) * np.eye(len(drifts))
        self.pace = float(-moves.diagonal().min())
        self.together = np.concatenate((moves, down, up))
        self.earned = drifts[:, None] * lots - penalty
        self.orders, self.edge, self.size = orders, edge, float(lots[1] - lots[0])

    def rate(self, value: Floats) -> Floats:
        """The change of the values a second, with the posts that are best."""
        own, bid, ask = self._changes(value)
        own += self.earned
        own[:, :-1] += self.orders[0] * np.maximum(bid, 0)
        own[:, 1:] += self.orders[1] * np.maximum(ask, 0)
        return own

    def gains(self, value: Floats) -> Floats:
        """Ticks that a fill of a bid gains, and of an ask: (2, drifts, inventories)."""
        _, bid, ask = self._changes(value)
        gains = np.full((2, *value.shape), np.nan)
        gains[0, :, :-1], gains[1, :, 1:] = bid, ask
        return (gains - 1e-12 * self.edge) / self.size

    def _changes(self, value: Floats) -> tuple[Floats, Floats, Floats]:
        """By the drift's motion; by the fills of a bid and of an ask, judged after their jumps."""
        own, below, above = (self.together @ value).reshape(3, *value.shape)
        return own, self.edge + np.diff(below), self.edge - np.diff(above)


def _moves(drifts: Floats, reversion: float, noise: float) -> Floats:
    """(drifts, drifts): the rates at which the drift goes to its neighbours by itself."""
    step = drifts[1] - drifts[0]
    spread_out = np.full(len(drifts), noise**2 / (2 * step**2))
    back = reversion * np.abs(drifts) / step
    upwards = (spread_out + np.where(drifts < 0, back, 0.0))[:-1]
    downwards = (spread_out + np.where(drifts > 0, back, 0.0))[1:]
    moves: Floats = np.diag(upwards, 1) + np.diag(downwards, -1)
    np.fill_diagonal(moves, -moves.sum(axis=1))
    return moves


def _jumps(steps: float) -> Floats:
    """(drifts, drifts): where a jump of so many steps leads, shared between two nodes."""
    place = np.clip(np.arange(DRIFTS) + steps, 0, DRIFTS - 1)
    low = np.minimum(place.astype(int), DRIFTS - 2)
    jumps = np.zeros((DRIFTS, DRIFTS))
    rows = np.arange(DRIFTS)
    jumps[rows, low] = 1 - (place - low)
    jumps[rows, low + 1] = place - low
    return jumps
