"""Expected: how fast a quote is filled, what that does to inventory, and what it earns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from halfspread.parameter import checked, not_negative
from halfspread.quote import Quote, QuoteState


class FillRates(NamedTuple):
    """Fills per second of each side of a quote."""

    bid: Any
    ask: Any


class Expected(NamedTuple):
    """What a quote brings a second while it and the state stay as they are."""

    inventory: Any
    """lots per second, bought minus sold"""
    edge: Any
    """tick-lots per second: the distances from the mid at which fills come"""
    adverse_selection: Any
    """tick-lots per second that the mid moves against those fills, >= 0"""
    drift: Any
    """tick-lots per second that the inventory held gains by the mid's drift"""
    risk: Any
    """tick-lots per second that the price risk of the inventory held is worth, >= 0"""

    @property
    def profit(self) -> Any:
        """Tick-lots per second: edge + drift - adverse_selection - risk."""
        return self.edge + self.drift - self.adverse_selection - self.risk


def fill_rates(
    quote: Quote,
    state: QuoteState,
    fill_intensity: float | None = None,
    fill_decay: float | None = None,
) -> FillRates:
    """How often each side of a quote fills: A exp(-k d) a second, d its distance from the mid.

    A side of size 0 never fills, nor does one at an infinite distance. A and k are of orders, not
    of lots: a fill is of the side's whole size.

    Args:
        quote: numbers, or arrays.
        state: reads mid and, where they are left None below, each side's own fill intensity and
            decay or, while those are not known, those of both sides.
        fill_intensity: A >= 0, per second and side.
        fill_decay: k >= 0, per tick.
    Errors:
        ConfigError: A or k is given and negative, or no finite number.

    >>> from halfspread.quote import Quote
    >>> from halfspread.inventory.expected import fill_rates
    >>> state = QuoteState(*[0.0] * len(QuoteState._fields))._replace(mid=100.0)
    >>> fill_rates(Quote(98.0, 101.0, 1.0, 0.0), state, fill_intensity=1.0, fill_decay=0.0)
    FillRates(bid=1.0, ask=0.0)
    """
    for name, given in (("fill_intensity", fill_intensity), ("fill_decay", fill_decay)):
        if given is not None:
            checked(f"fill_rates: {name}", given, not_negative)
    bid = _rate(
        state.mid - quote.bid,
        _pair(state, state.bid_fill_intensity, state.bid_fill_decay, fill_intensity, fill_decay),
    )
    ask = _rate(
        quote.ask - state.mid,
        _pair(state, state.ask_fill_intensity, state.ask_fill_decay, fill_intensity, fill_decay),
    )
    return FillRates(_where(quote.bid_size, bid), _where(quote.ask_size, ask))


def expected(
    quote: Quote,
    state: QuoteState,
    risk_aversion: float = 0.0,
    adverse_selection: float = 0.0,
    drift: float = 0.0,
    fill_intensity: float | None = None,
    fill_decay: float | None = None,
) -> Expected:
    """What a quote brings a second: to inventory, and in tick-lots of profit.

    inventory = rate_b * D_b - rate_a * D_a
    edge = rate_b * D_b * (mid - bid) + rate_a * D_a * (ask - mid)
    adverse_selection = e * (rate_b * D_b + rate_a * D_a)
    drift = m * inventory held
    risk = g s^2 * inventory held^2 / 2

    with `fill_rates`, D the sizes, e the adverse selection, m the drift, g the risk aversion and s
    the volatility.

    Args:
        quote: numbers, or arrays.
        state: reads inventory, volatility and what `fill_rates` does.
        risk_aversion: g >= 0, per tick and lot.
        adverse_selection: e >= 0, ticks that the mid goes against us by a fill.
        drift: m, ticks per second.
        fill_intensity: A, per second and side; None takes the state's.
        fill_decay: k, per tick; None takes the state's.
    Errors:
        ConfigError: g or e is negative or not finite, or as `fill_rates`.
    Source:
        The running reward of Á. Cartea, S. Jaimungal and J. Penalva, "Algorithmic and
        High-Frequency Trading", Cambridge University Press, 2015, chapter 10, with their running
        penalty phi = g s^2 / 2 and their adverse selection.
    """
    checked("expected: risk_aversion", risk_aversion, not_negative)
    checked("expected: adverse_selection", adverse_selection, not_negative)
    rates = fill_rates(quote, state, fill_intensity, fill_decay)
    bought, sold = rates.bid * quote.bid_size, rates.ask * quote.ask_size
    edge = _where(bought, bought * _where(bought, state.mid - quote.bid))
    edge = edge + _where(sold, sold * _where(sold, quote.ask - state.mid))
    risk = 0.0
    if risk_aversion > 0:
        risk = risk_aversion * state.volatility**2 * state.inventory**2 / 2
    return Expected(
        inventory=bought - sold,
        edge=edge,
        adverse_selection=adverse_selection * (bought + sold),
        drift=drift * state.inventory,
        risk=risk,
    )


def _pair(
    state: QuoteState, intensity: Any, decay: Any, given_intensity: Any, given_decay: Any
) -> tuple[Any, Any]:
    """A and k of a side: as given, its own while both are known, or else those of both sides."""
    known = ~np.isnan(intensity + decay)
    if given_intensity is None:
        given_intensity = np.where(known, intensity, state.fill_intensity)
    if given_decay is None:
        given_decay = np.where(known, decay, state.fill_decay)
    return given_intensity, given_decay


def _rate(depth: Any, pair: tuple[Any, Any]) -> Any:
    """A exp(-k d)."""
    intensity, decay = pair
    return intensity * np.exp(-decay * depth)


def _where(quoted: Any, value: Any) -> Any:
    """`value` where `quoted` is > 0, else 0; a float where they are single numbers."""
    chosen = np.where(np.greater(quoted, 0), value, 0.0)
    return float(chosen) if chosen.ndim == 0 else chosen
