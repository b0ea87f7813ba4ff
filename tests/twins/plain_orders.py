"""Plain orders: one of ours, its place in a queue as six models guess it, and C's arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

NEVER = 2**63 - 1
NO_BID, NO_ASK = -(2**63), 2**63 - 1


class Status(IntEnum):
    """What became of an order, and (as `Order.request`) what is asked of it; the peer's numbers."""

    NONE, NEW, EXPIRED, FILLED, CANCELED, PARTIALLY_FILLED, REJECTED, REPLACED = range(8)


class Lifetime(IntEnum):
    """How long an order may rest; the peer's numbers. GTX is post-only."""

    GTC, GTX, FOK, IOC = range(4)


@dataclass
class Order:
    """One of our orders. The venue and we hold a copy each; messages are copies too."""

    number: int
    side: int
    tick: int
    quantity: float
    leaves: float
    lifetime: Lifetime = Lifetime.GTX
    market: bool = False
    request: Status = Status.NONE
    status: Status = Status.NONE
    local_time: int = 0
    exchange_time: int = 0
    filled: float = 0.0
    fill_tick: int = 0
    maker: bool = False
    ahead: float = 0.0
    """coins in front of it at its price, as the queue model believes"""
    printed: float = 0.0
    """coins printed at its price since the level last changed"""

    @property
    def is_open(self) -> bool:
        """It may still be filled, as far as its holder knows."""
        return self.status in (Status.NONE, Status.NEW, Status.PARTIALLY_FILLED)


# -------------------------------------------------------------- arithmetic that Python would refuse


def nearest(x: float) -> int:
    """Half away from zero; NaN is 0; saturates."""
    if math.isnan(x):
        return 0
    if math.isinf(x):
        return NEVER if x > 0 else NO_BID
    whole = math.trunc(x)
    return whole + (int(math.copysign(1, x)) if abs(x - whole) >= 0.5 else 0)


def least(a: float, b: float) -> float:
    """IEEE minNum: a NaN loses."""
    if math.isnan(a):
        return b
    return a if math.isnan(b) else min(a, b)


def ratio(a: float, b: float) -> float:
    """a / b, with the infinities and NaNs of IEEE."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(a) / b)


def power(x: float, n: float) -> float:
    """x ** n as C's pow gives it."""
    try:
        return math.pow(x, n)
    except ValueError:
        return math.inf if x == 0.0 else math.nan
    except OverflowError:
        return math.inf


def logarithm(x: float) -> float:
    """ln x as C's log gives it."""
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


# ---------------------------------------------------------------------------------------- the queue

SHARES: dict[str, Callable[[float, float, float], float]] = {
    "log": lambda f, b, n: ratio(logarithm(1 + b), logarithm(1 + b) + logarithm(1 + f)),
    "log2": lambda f, b, n: ratio(logarithm(1 + b), logarithm(1 + (b + f))),
    "power": lambda f, b, n: ratio(power(b, n), power(b, n) + power(f, n)),
    "power2": lambda f, b, n: ratio(power(b, n), power(b + f, n)),
    "power3": lambda f, b, n: 1 - power(ratio(f, f + b), n),
}
"""The share of an unexplained decrease that came from behind us; f is ahead, b behind, in coins."""

QUEUES = ("risk_averse", *SHARES)


class Queue:
    """Where an order stands in its level's queue, guessed from the level's size and the prints."""

    def __init__(self, model: str, exponent: float = 3.0) -> None:
        self.share = None if model == "risk_averse" else SHARES[model]
        self.exponent = exponent

    def join(self, order: Order, shown: float) -> None:
        """The order comes to a level that shows `shown` coins: behind them all."""
        order.ahead, order.printed = shown, 0.0

    def trade(self, order: Order, quantity: float) -> None:
        """`quantity` printed at the order's price."""
        order.ahead -= quantity
        order.printed += quantity

    def is_reached(self, order: Order, lot: float) -> bool:
        """At least half a lot has printed beyond the queue; the queue is then used up."""
        reached = nearest(-order.ahead / lot) > 0
        if reached:
            order.ahead = 0.0
        return reached

    def level(self, order: Order, before: float, after: float) -> None:
        """The level's displayed size went from `before` to `after`."""
        if self.share is None:
            order.ahead = least(order.ahead, after)
            return
        change = before - after
        change -= order.printed
        order.printed = 0.0
        if change < 0:
            order.ahead = least(order.ahead, after)
            return
        back = before - order.ahead
        share = self.share(order.ahead, back, self.exponent)
        if math.isinf(share):
            share = 1.0
        estimate = order.ahead - (1 - share) * change + least(back - share * change, 0.0)
        order.ahead = least(estimate, after)
