"""QuoteState and Quote: what a model is told and what it answers, in float ticks and lots."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple


class QuoteState(NamedTuple):
    """What a model may know when it decides. The C++ core holds the same doubles in this order.

    A number that is not known yet (no volatility measured, one side of the book empty) or that the
    market was not asked to measure (SignalPolicy) is NaN. A quote that comes out as NaN while a
    number that was asked for is not known means "no quote", not an error.
    """

    inventory: float
    """lots, long > 0"""
    mid: float
    """ticks, (bid + ask) / 2"""
    bid: float
    """ticks, the best bid of the market"""
    ask: float
    """ticks, the best ask of the market"""
    bid_size: float
    """lots at the best bid"""
    ask_size: float
    """lots at the best ask"""
    micro_price: float
    """ticks, (bid * ask_size + ask * bid_size) / (bid_size + ask_size)"""
    imbalance: float
    """(bid_size - ask_size) / (bid_size + ask_size), in [-1, 1]"""
    volatility: float
    """ticks per root second"""
    trade_flow: float
    """lots per second, bought minus sold by aggressors"""
    fill_intensity: float
    """A, per second and side: the rate of trades that reach the mid"""
    fill_decay: float
    """k, per tick: a trade reaches a distance d from the mid at the rate A * exp(-k * d)"""
    time: float
    """seconds since the run began"""
    time_left: float
    """seconds until the run, or the model's horizon, ends"""
    momentum: float
    """ticks, the fast EWMA of the mid minus the slow one"""
    mean_reversion: float
    """ticks, the slow EWMA of the mid minus the mid"""
    depth_imbalance: float
    """(bid - ask) / (bid + ask) of the sizes of the first k levels, in [-1, 1]"""
    order_flow_imbalance: float
    """lots per second that came to the best bid or left the best ask, less the opposite"""
    buy_intensity: float
    """per second: the Hawkes intensity of trades by buyers"""
    sell_intensity: float
    """per second: the Hawkes intensity of trades by sellers"""
    toxicity: float
    """ticks that the mid moved in the aggressor's favour, a horizon after a trade"""
    vpin: float
    """volume-synchronised probability of informed trading, in [0, 1]"""
    bid_fill_intensity: float
    """A of trades that sell into bids, per second"""
    bid_fill_decay: float
    """k of trades that sell into bids, per tick"""
    ask_fill_intensity: float
    """A of trades that buy from asks, per second"""
    ask_fill_decay: float
    """k of trades that buy from asks, per tick"""
    forecast: float
    """ticks: the expected change of the mid over the forecast's horizon"""
    forecast_std: float
    """ticks: the standard deviation of that change"""
    bid_depth: float
    """lots of the first k levels of bids, 0 where there are none"""
    ask_depth: float
    """lots of the first k levels of asks"""
    round_trip_cost: float
    """ticks a lot: what buying a size and selling it again at once costs; less is more liquid"""
    steady_inventory: float
    """lots: follows `inventory` with a play of OrderPolicy.inventory_play"""


class QuoteClass(type):
    """The class of Quote: by it the compiler tells Quote from any other named tuple."""


class QuoteRecord(NamedTuple):
    """The four numbers of a Quote; what compiled code passes around."""

    bid: Any
    ask: Any
    bid_size: Any = 1.0
    ask_size: Any = 1.0


class Quote(QuoteRecord, metaclass=QuoteClass):
    """What a model answers: prices in ticks, sizes in lots.

    The desk rounds the prices, bid down and ask up, and sizes down. A side of size 0 is not quoted,
    whatever its price; a size between 0 and 1 is an error. In compiled code the four are always
    floats.

    >>> Quote(99.5, 100.5)
    Quote(bid=99.5, ask=100.5, bid_size=1.0, ask_size=1.0)
    """

    __slots__ = ()


def explain(quote: QuoteRecord) -> str | None:
    """What makes `quote` unusable, in words; None if nothing does.

    Sizes must be 0 or finite and >= 1 lot, the price of a quoted side finite, and a bid below its
    ask.

    >>> explain(Quote(101.0, 100.0))
    'crossed: bid 101.0 >= ask 100.0'
    >>> explain(Quote(float("nan"), 100.0, 0.0, 2.0)) is None
    True
    """
    sides = (("bid", quote.bid, quote.bid_size), ("ask", quote.ask, quote.ask_size))
    for side, price, size in sides:
        if not isfinite(size):
            return f"{side}_size is not finite: {size}"
        if size < 0:
            return f"{side}_size must be >= 0, was {size}"
        if size > 0 and not isfinite(price):
            return f"{side} is not finite: {price}"
        if 0 < size < 1:
            return f"{side}_size is less than one lot: {size}"
    if quote.bid_size > 0 and quote.ask_size > 0 and quote.bid >= quote.ask:
        return f"crossed: bid {quote.bid} >= ask {quote.ask}"
    return None
