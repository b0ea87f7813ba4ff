"""Sizes: how much to quote on each side, by the room there and the way to the target."""

from __future__ import annotations

from math import exp

from halfspread.modelling import wrapper
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@wrapper(limit=positive, growth=not_negative)
def size_by_side(
    quote: Quote, state: QuoteState, limit: float, growth: float = 0.7, target: float = 0.0
) -> Quote:
    """Quote more on the side that leads to the target, less on the other, no more than fits.

    bid_size = least(inner bid_size * exp(-w r), limit - inventory)
    ask_size = least(inner ask_size * exp(+w r), limit + inventory)
    r = (inventory - target) / limit, within [-1, 1]

    with w the growth: 0.7 about doubles the one side at the limit and halves the other. |r| is
    `urgency`, its sign the target's direction. Sizes are continuous in inventory down to one lot,
    and less is no order: exp alone takes a side no lower than one lot, and room for less is none.
    With orders of one lot the one side grows and the other stays. So whatever the target, the side
    that reduces |inventory| is quoted if the model inside quotes it: its room is more than the
    limit. The other is not quoted at the limit, where its room is 0.

    A desk cuts what it sends to OrderPolicy.inventory_limit, orders under way counted; here the
    sizes themselves know of the limit, before it is reached.

    Args:
        quote: the quote of the model inside; its prices stay.
        state: reads inventory.
        limit: lots, > 0: no side takes |inventory| past it.
        growth: w >= 0; 0 only cuts to the room.
        target: lots, the inventory at which both sides have the size of the model inside.
    Source:
        The sizes of the inventory literature's adaptive and target-seeking makers, mended: the room
        is of each side, where theirs, limit - |inventory|, leaves none to come back by.
    """
    excess = min(max((state.inventory - target) / limit, -1.0), 1.0)
    bid_size = sized(quote.bid_size, -growth * excess, limit - state.inventory)
    ask_size = sized(quote.ask_size, growth * excess, limit + state.inventory)
    return Quote(quote.bid, quote.ask, bid_size, ask_size)


def sized(size: float, growth: float, room: float) -> float:
    """`size` times exp(growth), from one lot (or `size`, if it is less) to the room; in lots.

    >>> sized(10.0, 0.0, 4.0), sized(1.0, -0.5, 4.0), sized(0.0, 1.0, 4.0), sized(1.0, 1.0, 0.5)
    (4.0, 1.0, 0.0, 0.0)
    """
    if room < 1.0:
        return 0.0
    return min(max(size * exp(growth), min(size, 1.0)), room)
