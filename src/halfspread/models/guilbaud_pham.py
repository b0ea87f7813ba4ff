"""Guilbaud and Pham: limit and market orders at a touch whose spread is a Markov chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError
from halfspread.models.value import MOST_ORDERS
from halfspread.parameter import checked, not_negative, positive
from halfspread.policy import whole

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SpreadMarket:
    """A market whose spread is 1 to m ticks, and the rates at which limit orders fill in it.

    Args:
        transition_rates: (m, m), per second: from a spread of i + 1 ticks to one of j + 1. Its
            diagonal is not read.
        fill_rates: (2, m), per second and side: of an order at the best price, and of one that
            improves it by a tick, at each spread. The second at a spread of one tick is not read:
            there is no room to improve.
        rebate: ticks received for each lot filled by a limit order; negative is a fee.
        fee: ticks paid for each lot of a market order.
        fixed_fee: ticks paid for each market order, > 0: it keeps them few.

    Raises:
        ConfigError: a shape is wrong, or a number negative.
    """

    transition_rates: Floats
    fill_rates: Floats
    rebate: float = 0.0
    fee: float = 0.0
    fixed_fee: float = 1e-3

    def __init__(
        self,
        transition_rates: ArrayLike,
        fill_rates: ArrayLike,
        rebate: float = 0.0,
        fee: float = 0.0,
        fixed_fee: float = 1e-3,
    ) -> None:
        rates = np.array(transition_rates, dtype=np.float64)
        fills = np.array(fill_rates, dtype=np.float64)
        if rates.ndim != 2 or rates.shape[0] != rates.shape[1] or not len(rates):
            raise ConfigError(f"spread market: transition_rates had shape {rates.shape}")
        if fills.shape != (2, len(rates)):
            raise ConfigError(
                f"spread market: fill_rates must have shape {(2, len(rates))}, had {fills.shape}"
            )
        np.fill_diagonal(rates, 0.0)
        fills[1, 0] = 0.0
        for name, values in (("transition_rates", rates), ("fill_rates", fills)):
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ConfigError(f"spread market: {name} must be >= 0, were {values.tolist()}")
        checked("spread market: fixed_fee", fixed_fee, positive)
        for name, number in (("rebate", rebate), ("fee", fee)):
            checked(f"spread market: {name}", number)
        numbers = (rates, fills, float(rebate), float(fee), float(fixed_fee))
        for name, value in zip(self.__dataclass_fields__, numbers, strict=True):
            object.__setattr__(self, name, value)

    @property
    def spreads(self) -> int:
        """m, the widest spread in ticks."""
        return len(self.transition_rates)


@dataclass(frozen=True, eq=False)
class TouchPolicy:
    """What to do at each time left, spread and inventory; arrays of (times, m, inventories).

    Args:
        times_left_s: (times,), ascending from 0.
        inventories: (inventories,), orders held, from -limit to limit.
        bid, ask: 0 no order, 1 at the best price, 2 a tick better.
        market_order: orders to take now, bought > 0; where it is not 0 nothing else matters.
        value: ticks times orders, beyond cash and inventory at the mid.
    """

    times_left_s: Floats
    inventories: Integers
    bid: NDArray[np.int8]
    ask: NDArray[np.int8]
    market_order: Integers
    value: Floats


def guilbaud_pham(
    market: SpreadMarket,
    inventory_aversion: float,
    limit: int,
    horizon_s: float,
    steps: int | None = None,
    use_market_orders: bool = True,
) -> TouchPolicy:
    """Solve for the best mix of limit and market orders of one size.

    With y the inventory in orders, i the spread in ticks and t the time left, the value beyond
    cash and y times the mid solves

    0 = min[ waiting, v - max over e of v(y+e) - |e| (i/2 + fee) - fixed fee ]
    waiting = dv/dt - sum_j r_ij (v_j - v_i) + g y^2 - bids - asks
    bids = max(0, l_i (v(y+1) - v(y) + i/2 + rebate), l'_i (v(y+1) - v(y) + i/2 - 1 + rebate))
    v = -|y| (i/2 + fee) - fixed fee (y != 0) where no time is left: what is held is sold then

    with asks like bids but for v(y-1), and l, l' the rates at the best price and a tick inside it,
    by an explicit scheme of positive weights (a Markov chain that approximates the process), so it
    is stable, and first order in its step.

    Args:
        market: the spread's chain, the fill rates and the fees.
        inventory_aversion: g >= 0, ticks per second for an inventory of one order.
        limit: orders that may be held, long or short, >= 1.
        horizon_s: seconds until everything must be sold, > 0.
        steps: of time; None takes a tenth of the mean time between events of the fastest state.
        use_market_orders: False leaves the second term of the minimum out until the end.

    Raises:
        ConfigError: a number is out of range, or the steps are too few to be stable.

    Source:
        F. Guilbaud and H. Pham, "Optimal high-frequency trading with limit and market orders",
        Quantitative Finance 13(1), 2013, section 4.
    """
    checked("guilbaud_pham: inventory_aversion", inventory_aversion, not_negative)
    limit = whole("guilbaud_pham: limit", limit, 1, MOST_ORDERS)
    checked("guilbaud_pham: horizon_s", horizon_s, positive)
    fastest = market.transition_rates.sum(axis=1) + 2 * market.fill_rates.max(axis=0)
    rate = float(fastest.max())
    least = int(np.ceil(rate * horizon_s)) or 1
    steps = whole("guilbaud_pham: steps", 10 * least if steps is None else steps, 1)
    if steps < least:
        raise ConfigError(f"guilbaud_pham: steps must be >= {least} to be stable, was {steps!r}")
    return _solve(market, inventory_aversion, limit, horizon_s, steps, use_market_orders)


def _solve(
    market: SpreadMarket,
    aversion: float,
    limit: int,
    horizon_s: float,
    steps: int,
    use_market_orders: bool,
) -> TouchPolicy:
    held = np.arange(-limit, limit + 1)
    half_spread = np.arange(1, market.spreads + 1)[:, None] / 2
    rates, fills = market.transition_rates, market.fill_rates[:, :, None]
    leaving = rates.sum(axis=1)[:, None]
    edge = np.stack([half_spread + market.rebate, half_spread - 1 + market.rebate])
    offered = np.broadcast_to(fills > 0, (2, market.spreads, len(held)))
    cost = _taking_cost(held, half_spread + market.fee, market.fixed_fee)
    value = cost[:, :, limit].copy()  # all is sold at the end
    step_s = horizon_s / steps
    shape = (steps + 1, *value.shape)
    bid, ask = np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    taken = np.zeros(shape, np.int64)
    values = np.empty(shape)
    values[0], taken[0] = value, -held
    for k in range(1, steps + 1):
        drift = rates @ value - leaving * value - aversion * held**2
        for choice, step in ((bid, 1), (ask, -1)):
            inner = slice(None, -1) if step == 1 else slice(1, None)
            offers = np.zeros((2, *value.shape))
            gain = step * np.diff(value, axis=1) + edge
            np.multiply(fills, gain, out=offers[:, :, inner], where=offered[:, :, inner])
            best = offers.max(axis=0)
            choice[k] = np.where(best > 0, offers.argmax(axis=0) + 1, 0)
            drift += np.maximum(best, 0.0)
        value = value + step_s * drift
        if use_market_orders:
            after = value[:, None, :] + cost
            target = after.argmax(axis=2)
            taken[k] = held[target] - held
            value = after.max(axis=2)
        values[k] = value
    times = np.asarray(np.linspace(0.0, horizon_s, steps + 1), np.float64)
    return TouchPolicy(times, held, bid, ask, taken, values)


def _taking_cost(held: Integers, a_lot: Floats, fixed: float) -> Floats:
    """What (m, from, to) costs by a market order, negative; nothing for none."""
    orders = np.abs(held[None, :] - held[:, None])
    return np.asarray(-a_lot[:, :, None] * orders - fixed * (orders > 0))
