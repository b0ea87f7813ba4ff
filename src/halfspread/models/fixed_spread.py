"""Fixed spread: the same distance on both sides of the mid, whatever happens."""

from __future__ import annotations

from halfspread.modelling import model
from halfspread.parameter import positive
from halfspread.quote import Quote, QuoteState


@model(half_spread=positive, size=positive)
def fixed_spread(state: QuoteState, half_spread: float, size: float = 1.0) -> Quote:
    """Quote around the mid and never lean.

    bid = mid - half_spread
    ask = mid + half_spread

    Its inventory is a random walk: it is the yardstick for every model that manages one.

    Args:
        state: reads mid.
        half_spread: ticks, > 0.
        size: lots on each side, > 0.
    Source:
        The "symmetric" strategy of M. Avellaneda and S. Stoikov, "High-frequency trading in a
        limit order book", Quantitative Finance 8(3), 2008, section 3.3.
    """
    return Quote(state.mid - half_spread, state.mid + half_spread, size, size)
