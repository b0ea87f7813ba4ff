"""Lanes: n lanes of a market in the core, each from episode to episode, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.brownian import Brownian
from halfspread.errors import ConfigError
from halfspread.lanes_market import LanesMarket
from halfspread.policy import OrderPolicy
from halfspread.quote import QuoteState

Floats = NDArray[np.float64]


class Columns(NamedTuple):
    """What the core's lanes read and write, shared with it: an array of (n,) a number.

    Ticks, lots and seconds. Money is in tick-lots, what one lot earns by one tick (of an inverse
    contract: in coins). It stands until the next step.
    """

    inventory: Floats
    """lots, long > 0"""
    mid: Floats
    """ticks; NaN while the market has none"""
    bid: Floats
    """ticks, the market's best; NaN where it has none"""
    ask: Floats
    """ticks, the market's best"""
    time_left: Floats
    """seconds until the market ends"""
    wealth: Floats
    """since the episode began: cash and inventory at the mid (rounded to half ticks), less fees"""
    profit: Floats
    """of this step: the change of wealth"""
    edge: Floats
    """of this step: what fills earned against the mid just before them"""
    fees: Floats
    """of this step: paid > 0"""
    seconds: Floats
    """that this step took"""
    steps: Floats
    """of the episode so far"""
    ended: NDArray[np.uint8]
    """1 where the market is at its end"""
    anew: NDArray[np.uint8]
    """written by the learner: 1 for lanes whose next episode begins instead of a step"""
    quotes: Floats
    """(4, n), written by the learner: bids, asks, bid sizes, ask sizes"""
    observations: Floats
    """(fields, n): the fields of QuoteState that were asked for, 0 where not known"""


def core_lanes(market: LanesMarket, n: int, fields: Sequence[str]) -> Any:
    """N lanes of the market in the core: of its books and orders, or of a world without any.

    A Brownian of steps that needs no books (`needs_no_orders`) gives the same numbers without
    them, an order of magnitude sooner, as long as only what it knows itself is asked for.
    """
    if market.guard is not None:
        raise ConfigError("guard: what stops an agent is its environment's, was given in a market")
    places = [QuoteState._fields.index(name) for name in fields]
    parts = market.core_parts(n)
    if isinstance(market, Brownian) and needs_no_orders(market):
        kind, world = _core.LearningWorld, parts[0]
        if kind.can_be(world) and all(map(kind.can_show, places)):
            limit = market.orders.inventory_limit
            return kind(world, np.inf if limit is None else float(limit), n, places)
    make: Any = _core.Episodes
    return make(*parts, places)


def needs_no_orders(market: Brownian) -> bool:
    """Whether a quote of this market is there at once, whole, alone on its side and free."""
    orders, latency = market.orders, market.latency
    assert latency is not None
    assert market.fees is not None
    plain = OrderPolicy(
        inventory_limit=orders.inventory_limit,
        amend=orders.amend,
        inventory_play=orders.inventory_play,
        taking=orders.taking,
    )
    return (
        orders == plain
        and (orders.amend or orders.inventory_limit is None)
        and latency.samples is None
        and latency.out_ms == latency.back_ms == 0
        and market.fees.maker == 0
        and not market.instrument.inverse
        and market.time_step in (None, market.decide_every)
    )
