"""Forecast: where inventory goes under a model's quotes, as a law and not as a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.inventory.expected import fill_rates
from halfspread.modelling import as_model
from halfspread.parameter import checked, positive
from halfspread.plain_model import Model
from halfspread.quote import Quote, QuoteState

Floats = NDArray[np.float64]

MOST_STATES = 2_001
MOST_TERMS = 5_000_000
NEGLIGIBLE = 1e-15


@dataclass(frozen=True, eq=False)
class InventoryChain:
    """Inventory as a Markov chain: at each inventory, how often it goes up and how often down.

    A fill at inventories[i] takes it to inventories[up[i]] or inventories[down[i]]; at the ends of
    the chain a fill that would leave it stops there.
    """

    inventories: Floats
    """(m,) lots, ascending, a step apart"""
    buy_rate: Floats
    """(m,) per second"""
    sell_rate: Floats
    up: NDArray[np.intp]
    down: NDArray[np.intp]

    def forecast(self, inventory: float, horizon_s: float, times: int = 61) -> InventoryForecast:
        """The law of inventory at evenly spaced times from now to the horizon, exact to 1e-12.

        By uniformisation: with R the fastest total rate, p(t) = sum over j of the Poisson weights
        of R t times the law after j steps of a chain in discrete time.

        Args:
            inventory: lots, now; one of `inventories`.
            horizon_s: seconds, > 0.
            times: how many, both ends included, >= 2.
        Errors:
            ConfigError: an argument is out of its range, or rate * horizon is above 5 million.
        """
        start = int(np.argmin(np.abs(self.inventories - inventory)))
        if not abs(self.inventories[start] - inventory) <= 1e-9 * max(1.0, abs(inventory)):
            raise ConfigError(f"forecast: inventory must be one of the chain's, was {inventory!r}")
        checked("forecast: horizon_s", horizon_s, positive)
        if times < 2:
            raise ConfigError(f"forecast: times must be >= 2, was {times!r}")
        total = self.buy_rate + self.sell_rate
        fastest = float(total.max())
        if fastest * horizon_s > MOST_TERMS:
            raise ConfigError(
                f"forecast: horizon_s must be <= {MOST_TERMS / fastest:g} at {fastest:g} fills a "
                f"second, was {horizon_s!r}"
            )
        grid: Floats = np.linspace(0.0, horizon_s, times, dtype=np.float64)
        law: Floats = np.zeros(len(self.inventories))
        law[start] = 1.0
        laws = np.zeros((times, len(law)))
        weight_left = np.ones(times)
        means: Floats = fastest * grid
        for step in range(_terms(fastest * horizon_s)):
            weights = _poisson(step, means)
            laws += weights[:, None] * law
            weight_left -= weights
            following = self._step(law, fastest)
            if np.abs(following - law).sum() < NEGLIGIBLE:
                break
            law = following
        laws += np.maximum(weight_left, 0.0)[:, None] * law
        return InventoryForecast(self.inventories, grid, laws / laws.sum(axis=1, keepdims=True))

    def stationary(self) -> Floats:
        """(m,) the law of inventory after a long time, from the middle of the chain.

        By elimination without subtractions, so that small chances are right too.

        Errors:
            ConfigError: there is no single law, because some inventories can't be left.
        Source:
            W. Grassmann, M. Taksar and D. Heyman, "Regenerative analysis and steady state
            distributions for Markov chains", Operations Research 33(5), 1985, pp. 1107-1116.
        """
        m = len(self.inventories)
        rates: Floats = np.zeros((m, m))
        np.add.at(rates, (np.arange(m), self.up), self.buy_rate)
        np.add.at(rates, (np.arange(m), self.down), self.sell_rate)
        np.fill_diagonal(rates, 0.0)
        reached = _reached(rates > 0, m // 2)
        held, rates = self.inventories[reached], rates[np.ix_(reached, reached)]
        law = np.zeros(len(held))
        law[0] = 1.0
        for last in range(len(held) - 1, 0, -1):
            out = rates[last, :last].sum()
            if not out > 0:
                raise ConfigError(f"stationary: nothing leads from inventory {held[last]:g} down")
            rates[:last, last] /= out
            rates[:last, :last] += np.outer(rates[:last, last], rates[last, :last])
        for last in range(1, len(held)):
            law[last] = law[:last] @ rates[:last, last]
        whole = np.zeros(m)
        whole[reached] = law / law.sum()
        return whole

    def _step(self, law: Floats, fastest: float) -> Floats:
        """The law after one step of the chain in discrete time at the rate `fastest`."""
        if fastest == 0:
            return law
        bought, sold = law * (self.buy_rate / fastest), law * (self.sell_rate / fastest)
        m = len(law)
        moved = np.bincount(self.up, bought, m) + np.bincount(self.down, sold, m)
        return law - bought - sold + moved


@dataclass(frozen=True, eq=False)
class InventoryForecast:
    """The law of inventory at some times."""

    inventories: Floats
    """(m,) lots"""
    times: Floats
    """(t,) seconds from now"""
    probability: Floats
    """(t, m)"""

    @property
    def mean(self) -> Floats:
        """(t,) lots."""
        mean: Floats = self.probability @ self.inventories
        return mean

    @property
    def variance(self) -> Floats:
        """(t,) lots squared."""
        away = self.inventories - self.mean[:, None]
        return np.asarray((self.probability * away**2).sum(axis=1), dtype=np.float64)

    @property
    def std(self) -> Floats:
        """(t,) lots."""
        return np.sqrt(self.variance)

    @property
    def terminal_std(self) -> float:
        """Lots, at the horizon."""
        return float(self.std[-1])

    def beyond(self, limit: float) -> Floats:
        """(t,) the chance that |inventory| >= limit."""
        outside = np.abs(self.inventories) >= limit
        return np.asarray(self.probability[:, outside].sum(axis=1), dtype=np.float64)


def inventory_chain(
    model: Model | Callable[[QuoteState], Quote],
    state: QuoteState,
    limit: float,
    step: float = 1.0,
    fill_intensity: float | None = None,
    fill_decay: float | None = None,
) -> InventoryChain:
    """The chain of inventories from -limit to limit under the quotes of a model in this state.

    At each inventory the model is asked for its quote, and `fill_rates` says how often each side
    fills; a fill is of the side's size, in whole steps and at least one. All of the state but
    inventory stays as it is, so a forecast is one of quotes and fills, not of volatility or mid,
    and no further ahead than those keep.

    Args:
        model: of one lane, or any callable from a state to a quote.
        state: of floats; what the model and `fill_rates` read.
        limit: lots, a multiple of step: where the chain ends on both sides.
        step: lots, > 0: the unit of the chain, as a rule the size of an order.
        fill_intensity: A, per second and side; None takes the state's.
        fill_decay: k, per tick; None takes the state's.
    Errors:
        ConfigError: an argument is out of its range, or no rate comes out because a number in the
            state is not known.

    >>> from halfspread.models import fixed_spread
    >>> from halfspread.inventory import inventory_chain
    >>> state = QuoteState(*[0.0] * len(QuoteState._fields))
    >>> model = fixed_spread(half_spread=1)
    >>> chain = inventory_chain(model, state, limit=50, fill_intensity=1.0, fill_decay=0.5)
    >>> round(chain.forecast(0, horizon_s=60).terminal_std, 3)  # sqrt(2 exp(-1/2) 60)
    8.531
    """
    model = as_model(model)
    if model.n != 1:
        raise ConfigError(f"inventory_chain: model must have one lane, had {model.n}")
    checked("inventory_chain: step", step, positive)
    half = round(checked("inventory_chain: limit", limit, positive) / step)
    if not (half >= 1 and abs(half * step - limit) <= 1e-9 * limit and 2 * half < MOST_STATES):
        most = MOST_STATES // 2
        raise ConfigError(
            f"inventory_chain: limit must be 1 to {most} steps of {step:g}, was {limit!r}"
        )
    inventories: Floats = np.arange(-half, half + 1, dtype=np.float64) * step
    changes: dict[str, Any] = {"inventory": inventories, "steady_inventory": inventories}
    states = state._replace(**changes)
    quote = model.broadcast(states)
    rates = fill_rates(quote, states, fill_intensity, fill_decay)
    m = len(inventories)
    buy, sell = (np.array(np.broadcast_to(rate, m), dtype=np.float64) for rate in rates)
    if not (np.isfinite(buy).all() and np.isfinite(sell).all()):
        raise ConfigError(f"inventory_chain: no fill rates for {model!r} in {state}")
    places = np.arange(m)
    up = np.minimum(places + _steps(quote.bid_size, step), m - 1)
    down = np.maximum(places - _steps(quote.ask_size, step), 0)
    buy[up == places], sell[down == places] = 0.0, 0.0
    return InventoryChain(inventories, buy, sell, up, down)


def _reached(leads: NDArray[np.bool_], start: int) -> NDArray[np.bool_]:
    """Which states can be come to from `start`, itself included."""
    reached: NDArray[np.bool_] = np.arange(len(leads)) == start
    while (following := reached | leads[reached].any(axis=0)).sum() > reached.sum():
        reached = following
    return reached


def _steps(sizes: Any, step: float) -> NDArray[np.intp]:
    """Whole steps of a fill, at least one."""
    steps: NDArray[np.intp] = np.maximum(np.rint(np.asarray(sizes) / step), 1).astype(np.intp)
    return steps


def _terms(mean: float) -> int:
    """After how many terms the rest of a Poisson law of this mean is negligible."""
    return int(mean + 10 * sqrt(mean) + 30)


def _poisson(count: int, means: Floats) -> Floats:
    """The Poisson weights of `count` at these means."""
    weights = np.zeros(len(means))
    some = means > 0
    weights[some] = np.exp(count * np.log(means[some]) - means[some] - lgamma(count + 1))
    if count == 0:
        weights[~some] = 1.0
    return weights
