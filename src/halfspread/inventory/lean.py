"""Lean: shift both quotes of a model against inventory, in units of its half spread."""

from __future__ import annotations

from math import copysign, exp, expm1, isfinite

from halfspread.modelling import wrapper
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@wrapper(strength=not_negative, limit=positive)
def lean(
    quote: Quote, state: QuoteState, strength: float, limit: float, target: float = 0.0
) -> Quote:
    """Shift both quotes of the model inside by the same amount; its sizes stay.

    shift = -strength * half_spread * r,   r = (inventory - target) / limit, within [-1, 1]

    with half_spread half the distance between the model's bid and ask, of which one may have no
    size; if it has no price either (0, infinite or NaN), the other one's distance from the mid.
    Long of the target, both quotes go down. With strength <= 1 around a symmetric model neither
    quote crosses the mid.

    Args:
        quote: the quote of the model inside.
        state: reads inventory, and mid where one side is quoted.
        strength: half spreads of shift at the limit, >= 0.
        limit: lots from the target at which the shift is full, > 0.
        target: lots, the inventory at which there is no shift.
    Source:
        The linear case of the lean modes in the inventory literature, mended: both quotes move,
        and in units of the half spread. Compare the linear terms of `glft`.
    """
    return _leaning(quote, state, strength * _excess(state.inventory, target, limit))


@wrapper(strength=not_negative, limit=positive, curvature=positive)
def lean_exponential(
    quote: Quote,
    state: QuoteState,
    strength: float,
    limit: float,
    target: float = 0.0,
    curvature: float = 3.0,
) -> Quote:
    """Shift both quotes as `lean` does, little near the target and steeply near the limit.

    shift = -strength * half_spread * sign(r) * (exp(a |r|) - 1) / (exp(a) - 1)

    with r and half_spread as in `lean` and a the curvature. It is convex in |r|: at the limit it
    shifts as far as `lean` of the same strength, before it less, and it steepens all the way: with
    a = 3 its slope is 0.16 of `lean`'s at the target and 3.2 times it at the limit. As a tends to 0
    it becomes `lean`.

    Args:
        quote: the quote of the model inside.
        state: reads inventory, and mid where one side is quoted.
        strength: half spreads of shift at the limit, >= 0.
        limit: lots from the target at which the shift is full, > 0.
        target: lots, the inventory at which there is no shift.
        curvature: a > 0.
    Source:
        The exponential lean mode of the inventory literature, mended: what goes by that name there
        is a square, which is nowhere stronger than the linear one nor ever an exponential.
    """
    excess = _excess(state.inventory, target, limit)
    share = exp(curvature * (abs(excess) - 1)) * expm1(-curvature * abs(excess)) / expm1(-curvature)
    return _leaning(quote, state, strength * copysign(share, excess))


@wrapper(
    strength=not_negative,
    limit=positive,
    first_tier=positive,
    second_tier=positive,
    second_slope=positive,
    third_slope=positive,
)
def lean_tiered(
    quote: Quote,
    state: QuoteState,
    strength: float,
    limit: float,
    target: float = 0.0,
    first_tier: float = 0.4,
    second_tier: float = 0.7,
    second_slope: float = 2.0,
    third_slope: float = 3.0,
) -> Quote:
    """Shift both quotes as `lean` does, but steeper in each of three tiers of inventory.

    shift = -strength * half_spread * sign(r) * g(|r|) / g(1)
    g(x) = x up to the first tier, then rises with the second slope, from the second tier the third

    with half_spread as in `lean` and r = (inventory - target) / limit, within [-1, 1], where the
    inventory is the steady one. It is continuous, unlike a factor that jumps at a threshold, so no
    quote flickers there. A desk with `OrderPolicy(inventory_play=2)` holds the lean still until
    inventory has come back by more than twice 2 lots: that is its hysteresis.

    Args:
        quote: the quote of the model inside.
        state: reads steady_inventory, and mid where one side is quoted.
        strength: half spreads of shift at the limit, >= 0.
        limit: lots from the target at which the shift is full, > 0.
        target: lots, the inventory at which there is no shift.
        first_tier: the fraction of the limit at which the first tier ends, > 0.
        second_tier: the fraction at which the second ends, > 0; below the first tier there is none.
        second_slope: how many times as steep as the first tier the second is, > 0.
        third_slope: how many times as steep as the first tier the third is, > 0.
    Source:
        The tiered lean mode of the inventory literature, which multiplies the lean by 1, 1.5 or 2
        and so jumps at the tiers, mended: the defaults pass close to its values at 0.4, 0.7 and 1.
    """
    excess = _excess(state.steady_inventory, target, limit)
    tiers = first_tier, second_tier, second_slope, third_slope
    share = _climb(abs(excess), *tiers) / _climb(1.0, *tiers)
    return _leaning(quote, state, strength * copysign(share, excess))


def _excess(inventory: float, target: float, limit: float) -> float:
    """How far inventory is from its target, in limits, within [-1, 1]."""
    return min(max((inventory - target) / limit, -1.0), 1.0)


def _climb(x: float, first: float, second: float, second_slope: float, third_slope: float) -> float:
    """A piecewise linear function of x >= 0: its slope is 1, then second_slope, then third_slope.

    >>> [round(_climb(x, 0.4, 0.7, 2.0, 3.0), 12) for x in (0.4, 0.7, 1.0)]
    [0.4, 1.0, 1.9]
    """
    low = min(x, first)
    middle = max(min(x, second) - first, 0.0)
    return low + second_slope * middle + third_slope * (x - low - middle)


def _leaning(quote: Quote, state: QuoteState, half_spreads: float) -> Quote:
    """Both quotes lower by so many half spreads."""
    half_spread = (quote.ask - quote.bid) / 2
    if quote.bid_size == 0 and not _is_price(quote.bid):
        half_spread = abs(quote.ask - state.mid)
    elif quote.ask_size == 0 and not _is_price(quote.ask):
        half_spread = abs(state.mid - quote.bid)
    shift = -half_spreads * half_spread
    return Quote(quote.bid + shift, quote.ask + shift, quote.bid_size, quote.ask_size)


def _is_price(price: float) -> bool:
    """Whether a side that is not quoted still says where it would be."""
    return isfinite(price) and price != 0
