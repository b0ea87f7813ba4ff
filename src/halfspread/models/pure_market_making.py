"""Pure market making: a fixed spread around a price, or a fixed distance from the touch."""

from __future__ import annotations

from halfspread.modelling import model
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@model(spread_bps=positive, minimum_spread=not_negative, size=positive)
def pure_market_making(
    state: QuoteState,
    spread_bps: float,
    minimum_spread: float = 1.0,
    micro_weight: float = 0.0,
    size: float = 1.0,
) -> Quote:
    """Quote a fixed fraction of the price around a reference, and never lean.

    bid = reference - spread / 2
    ask = reference + spread / 2
    reference = mid + micro_weight * (micro_price - mid)
    spread = greatest(spread_bps * mid / 10000, minimum_spread)

    Levels behind the quote, and how far an order may stray before it is moved, belong to the desk:
    `OrderPolicy(levels=3, spacing_ticks=2, tolerance_ticks=1)`. For a skew put a `lean` around it.

    Args:
        state: reads mid and, with a micro weight, micro_price.
        spread_bps: from bid to ask, in basis points of the mid, > 0.
        minimum_spread: ticks from bid to ask, >= 0.
        micro_weight: 0 quotes around the mid, 1 around the micro-price.
        size: lots on each side, > 0.
    Source:
        The "pure market making" of open-source bots, which quote so whatever the market does. Its
        inventory is a random walk: it is a yardstick, as `fixed_spread` is in ticks.
    """
    reference = state.mid
    if micro_weight != 0:
        reference = state.mid + micro_weight * (state.micro_price - state.mid)
    half_spread = max(spread_bps * state.mid / 1e4, minimum_spread) / 2
    return Quote(reference - half_spread, reference + half_spread, size, size)


@model(minimum_spread=not_negative, size=positive)
def touch_market_making(
    state: QuoteState, offset: float = 0.0, minimum_spread: float = 1.0, size: float = 1.0
) -> Quote:
    """Quote at a fixed distance from the best prices of the market, and never lean.

    bid = least(best bid - offset, mid - minimum_spread / 2)
    ask = greatest(best ask + offset, mid + minimum_spread / 2)

    Offset 0 joins the touch, 1 stands a tick behind it, -1 improves it where the market's spread
    leaves room for that.

    Args:
        state: reads bid, ask and mid.
        offset: ticks behind the touch; < 0 is before it.
        minimum_spread: ticks from bid to ask, >= 0.
        size: lots on each side, > 0.
    Source:
        The reference price "best bid and best ask" of open-source market-making bots.
    """
    bid = min(state.bid - offset, state.mid - minimum_spread / 2)
    ask = max(state.ask + offset, state.mid + minimum_spread / 2)
    return Quote(bid, ask, size, size)
