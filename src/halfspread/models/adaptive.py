"""Adaptive: a spread that follows volatility, a lean that stiffens, a shift by the forecast."""

from __future__ import annotations

from math import isnan
from typing import NamedTuple

from halfspread.inventory.sizes import sized
from halfspread.modelling import model
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


class Edges(NamedTuple):
    """What each side of a quote asks for beyond the fair price, ticks."""

    bid: float
    ask: float


@model(
    half_spread=positive,
    limit=positive,
    volatility_weight=not_negative,
    strength=not_negative,
    stiffness=not_negative,
    size=positive,
    growth=not_negative,
)
def adaptive(
    state: QuoteState,
    half_spread: float,
    limit: float,
    volatility_weight: float = 1.0,
    strength: float = 0.5,
    stiffness: float = 2.0,
    forecast_weight: float = 1.0,
    size: float = 1.0,
    growth: float = 0.7,
) -> Quote:
    """Quote wider when it is volatile, lower when long, and more on the side that reduces.

    bid = fair price - w - strength * w * lean
    ask = fair price + w - strength * w * lean
    w = half_spread + volatility_weight * s
    lean = (r + stiffness * r^3) / (1 + stiffness)
    r = inventory / limit, within [-1, 1]
    fair price = mid + forecast_weight * forecast

    with s the volatility. The lean is 1 at the limit, steepest there, and continuous. Sizes are
    those of `size_by_side`: the side that adds to |inventory| shrinks to the room it has, and is
    not quoted at the limit; the other one grows. While the forecast is not known (warming up, or
    none) the fair price is the mid; while the volatility is not, there is no quote.

    Args:
        state: reads inventory, mid, volatility and forecast.
        half_spread: ticks, > 0, when nothing moves.
        limit: lots, > 0: no side takes |inventory| past it.
        volatility_weight: root seconds, >= 0: ticks of half spread for each tick of volatility per
            root second, that is the root of the time over which a move is to be paid for.
        strength: half spreads of lean at the limit, >= 0; up to 1 neither quote crosses the fair
            price.
        stiffness: >= 0; 0 leans in proportion to inventory.
        forecast_weight: ticks of shift for each tick of forecast.
        size: lots, > 0, of each side at inventory 0.
        growth: >= 0; sizes grow and shrink by exp(growth) at the limit.
    Source:
        An adaptive maker that circulates with a lean that jumps at 0.7 of the limit, sizes of 0 on
        both sides at the limit, and numbers without units; mended in all three.
    """
    width = half_spread + volatility_weight * state.volatility
    excess = min(max(state.inventory / limit, -1.0), 1.0)
    lean = (excess + stiffness * excess**3) / (1 + stiffness)
    centre = fair_price(state, forecast_weight) - strength * width * lean
    bid_size = sized(size, -growth * excess, limit - state.inventory)
    ask_size = sized(size, growth * excess, limit + state.inventory)
    return Quote(centre - width, centre + width, bid_size, ask_size)


def fair_price(state: QuoteState, forecast_weight: float) -> float:
    """The mid, and where the forecast is known that times its weight more; ticks."""
    if isnan(state.forecast):
        return state.mid
    return state.mid + forecast_weight * state.forecast


def edges(quote: Quote, state: QuoteState, forecast_weight: float = 1.0) -> Edges:
    """What each side of a quote earns against the fair price if it fills: ticks.

    Negative is a side that gives something up to be filled, as the reducing one may. The fair price
    is `adaptive`'s, which leans on no inventory; the half spread and the lean both show.
    """
    fair = fair_price(state, forecast_weight)
    return Edges(fair - quote.bid, quote.ask - fair)
