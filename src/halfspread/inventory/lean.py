"""Lean: shift both quotes of a model against inventory, in units of its half spread."""

from __future__ import annotations

from halfspread.modelling import wrapper
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@wrapper(strength=not_negative, limit=positive)
def lean(
    quote: Quote, state: QuoteState, strength: float, limit: float, target: float = 0.0
) -> Quote:
    """Shift both quotes of the model inside by the same amount; its sizes stay.

    shift = -strength * half_spread * r,   r = (inventory - target) / limit, within [-1, 1]

    with half_spread half the distance between the model's bid and ask or, where only one of them
    is quoted, that one's distance from the mid. Long of the target, both quotes go down. With
    strength <= 1 around a symmetric model neither quote crosses the mid.

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
    half_spread = (quote.ask - quote.bid) / 2
    if quote.bid_size == 0:
        half_spread = abs(quote.ask - state.mid)
    elif quote.ask_size == 0:
        half_spread = abs(state.mid - quote.bid)
    excess = min(max((state.inventory - target) / limit, -1.0), 1.0)
    shift = -strength * half_spread * excess
    return Quote(quote.bid + shift, quote.ask + shift, quote.bid_size, quote.ask_size)
