"""Selling: what it costs to be rid of an inventory, and how long it takes; units as in `risk`."""

from __future__ import annotations

from math import ceil, exp, inf

from halfspread.parameter import checked, not_negative, positive


def liquidation_cost(
    inventory: float, half_spread: float, temporary_impact: float, seconds: float
) -> float:
    """The expected cost, in money, of selling an inventory evenly over some time, against the mid.

    cost = |q| (half_spread + temporary_impact * |q| / seconds)

    >>> liquidation_cost(100, half_spread=0.5, temporary_impact=0.02, seconds=10)
    70.0

    Args:
        inventory: q, of either sign.
        half_spread: price, >= 0.
        temporary_impact: price for a trading speed of one unit of size a second, >= 0.
        seconds: > 0.
    """
    checked("risk: inventory", inventory)
    checked("risk: half_spread", half_spread, not_negative)
    checked("risk: temporary_impact", temporary_impact, not_negative)
    checked("risk: seconds", seconds, positive)
    size = abs(inventory)
    return size * (half_spread + temporary_impact * size / seconds)


def passive_seconds(
    inventory: float, fill_intensity: float, fill_decay: float, depth: float, size: float = 1.0
) -> float:
    """The expected time to work off an inventory with one quote, `depth` away from the mid.

    seconds = ceil(|q| / size) / (A exp(-k depth))

    Infinite where exp(-k depth) is no number any more: such a quote is not filled.

    >>> round(passive_seconds(10, fill_intensity=2.0, fill_decay=0.5, depth=1.0), 3)
    8.244

    Args:
        inventory: q, of either sign.
        fill_intensity: A, fills a second at the mid, > 0.
        fill_decay: k, per price, > 0.
        depth: price; negative beyond the mid.
        size: what one fill brings, > 0.
    """
    checked("risk: inventory", inventory)
    checked("risk: fill_intensity", fill_intensity, positive)
    checked("risk: fill_decay", fill_decay, positive)
    checked("risk: depth", depth)
    checked("risk: size", size, positive)
    rate = fill_intensity * exp(-fill_decay * depth)
    fills = ceil(abs(inventory) / size)
    return fills / rate if rate > 0 else inf if fills else 0.0


def aggressive_seconds(
    inventory: float, shown: float, every_s: float, latency_s: float = 0.0
) -> float:
    """The time to take an inventory off at the touch, when the touch fills up again in between.

    The first order is on its way at once, each next one every_s after the one before.

    >>> aggressive_seconds(25, shown=10, every_s=1.0, latency_s=0.01)
    2.01

    Args:
        inventory: of either sign.
        shown: the size at the touch, > 0.
        every_s: seconds between orders, >= 0.
        latency_s: from the decision to the fill, >= 0.
    """
    checked("risk: inventory", inventory)
    checked("risk: shown", shown, positive)
    checked("risk: every_s", every_s, not_negative)
    checked("risk: latency_s", latency_s, not_negative)
    orders = ceil(abs(inventory) / shown)
    return (orders - 1) * every_s + latency_s if orders else 0.0
