"""Order-imbalance regimes: post at the touch where the book's imbalance makes it worth it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread import _core
from halfspread.errors import ConfigError
from halfspread.models.value import MOST_ORDERS
from halfspread.parameter import checked, not_negative, positive
from halfspread.policy import whole

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ImbalanceMarket:
    """A book whose imbalance is a Markov chain of n regimes, from selling to buying pressure.

    Args:
        transition_rates: (n, n), per second from row to column. Its diagonal is not read.
        buy_rate, sell_rate: (n,), market orders to buy and to sell, per second.
        buy_jump, sell_jump: (n,), ticks by which the mid rises after a buy and falls after a
            sell, in the mean.
        half_spread: ticks from the mid to the touch, > 0.

    Raises:
        ConfigError: a shape is wrong, or a number is negative or not finite.
    """

    transition_rates: Floats
    buy_rate: Floats
    sell_rate: Floats
    buy_jump: Floats
    sell_jump: Floats
    half_spread: float = 0.5

    def __init__(
        self,
        transition_rates: ArrayLike,
        buy_rate: ArrayLike,
        sell_rate: ArrayLike,
        buy_jump: ArrayLike,
        sell_jump: ArrayLike,
        half_spread: float = 0.5,
    ) -> None:
        rates = np.array(transition_rates, dtype=np.float64)
        if rates.ndim != 2 or rates.shape[0] != rates.shape[1] or not len(rates):
            raise ConfigError(f"imbalance market: transition_rates had shape {rates.shape}")
        np.fill_diagonal(rates, 0.0)
        columns = {
            "transition_rates": rates,
            "buy_rate": np.array(buy_rate, dtype=np.float64),
            "sell_rate": np.array(sell_rate, dtype=np.float64),
            "buy_jump": np.array(buy_jump, dtype=np.float64),
            "sell_jump": np.array(sell_jump, dtype=np.float64),
        }
        for name, values in columns.items():
            if name != "transition_rates" and values.shape != (len(rates),):
                raise ConfigError(
                    f"imbalance market: {name} must have {len(rates)} numbers, had {values.shape}"
                )
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ConfigError(f"imbalance market: {name} must be >= 0, was {values.tolist()}")
            object.__setattr__(self, name, values)
        checked("imbalance market: half_spread", half_spread, positive)
        object.__setattr__(self, "half_spread", float(half_spread))

    @property
    def regimes(self) -> int:
        """How many regimes there are."""
        return len(self.transition_rates)


@dataclass(frozen=True, eq=False)
class RegimeValue:
    """The solution: value (times, n, inventories) beyond cash and inventory at the mid, ticks.

    `bid_gain` and `ask_gain`, of the same shape, are what a fill at the touch adds to it, in ticks
    an order; NaN where it would pass the limit. An order belongs there where it adds.
    """

    times_left_s: Floats
    inventories: NDArray[np.int64]
    value: Floats
    bid_gain: Floats
    ask_gain: Floats

    @property
    def post_bid(self) -> NDArray[np.bool_]:
        """Whether a bid belongs at the touch."""
        return self.bid_gain > 0

    @property
    def post_ask(self) -> NDArray[np.bool_]:
        """Whether an ask belongs at the touch."""
        return self.ask_gain > 0


def imbalance_regimes(
    market: ImbalanceMarket,
    limit: int,
    horizon_s: float,
    running_penalty: float = 0.0,
    terminal_penalty: float = 0.0,
    times: int = 101,
) -> RegimeValue:
    """Solve for when to post an order of one lot at the touch.

    With z the regime, q the inventory, h half the spread and t the time left, the value solves

    dv/dt = -phi q^2 + sum over z' of G_zz' (v_z' - v_z) + q (e+ b - e- s)
    dv/dt += b(z) max(h - e+ + v(q-1) - v(q), 0) + s(z) max(h - e- + v(q+1) - v(q), 0)
    v = -|q| h - alpha q^2 where no time is left

    with b, s the rates of market orders to buy and to sell, and e+, e- the jumps of the mid after
    them, all of the regime z: an order is posted where its term is positive. A fill comes before
    the jump, so what the order earns is the half spread less the jump. It is marched by steps of a
    hundredth of the time in which something happens, so in other units it takes the same ones.

    Args:
        market: the chain of regimes, its market orders and jumps.
        limit: lots that may be held, long or short, >= 1.
        horizon_s: seconds, > 0.
        running_penalty: phi >= 0, ticks per lot and second.
        terminal_penalty: alpha >= 0, ticks per lot, beyond crossing half the spread.
        times: points of the solution between 0 and the horizon, >= 2.

    Raises:
        ConfigError: a number is out of range, or the horizon too long to solve; it is named.

    Source:
        Á. Cartea, R. Donnelly and S. Jaimungal, "Enhancing trading strategies with order book
        signals", Applied Mathematical Finance 25(1), 2018, in its least form: without the spread's
        own chain, posting at the touch or not at all.
    """
    for name, number in (("running", running_penalty), ("terminal", terminal_penalty)):
        checked(f"imbalance_regimes: {name}_penalty", number, not_negative)
    limit = whole("imbalance_regimes: limit", limit, 1, MOST_ORDERS)
    times = whole("imbalance_regimes: times", times, 2)
    checked("imbalance_regimes: horizon_s", horizon_s, positive)

    held = np.arange(-limit, limit + 1)
    buys, sells = market.buy_rate, market.sell_rate
    ask_edge, bid_edge = (market.half_spread - jump for jump in (market.buy_jump, market.sell_jump))
    drift = buys * market.buy_jump - sells * market.sell_jump
    earned = drift[:, None] * held - running_penalty * held**2
    end = -np.abs(held) * market.half_spread - terminal_penalty * held**2
    grid = np.asarray(np.linspace(0.0, horizon_s, times), np.float64)
    value = _core.regime_values(
        market.transition_rates.ravel(),
        sells,
        buys,
        bid_edge,
        ask_edge,
        earned.ravel(),
        pace=float((market.transition_rates.sum(axis=1) + buys + sells).max()),
        terminal=np.tile(end, market.regimes),
        times=grid,
    )
    if len(value) < times:
        raise ConfigError(
            f"imbalance_regimes: horizon_s must be shorter: {horizon_s!r} takes too long to solve"
        )
    step = np.diff(value, axis=-1)
    bid_gain, ask_gain = (np.full(value.shape, np.nan) for _ in range(2))
    bid_gain[..., :-1] = bid_edge[:, None] + step
    ask_gain[..., 1:] = ask_edge[:, None] - step
    return RegimeValue(grid, held, value, bid_gain, ask_gain)
