"""Policies: what a market assumes of queues, latency and fees; how a desk keeps its orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.duration import duration_ns
from halfspread.errors import ConfigError

RULES = ("halfspread", "hftbacktest")
QUEUES = ("risk_averse", "log", "log2", "power", "power2", "power3")
EXACT = "exact"
"""the place in the queue that an order-by-order tape tells, where QUEUES are guesses"""
FEE_KINDS = ("value", "quantity", "flat")
NO_LIMIT = 2**60  # lots, which is none
MOST_BUDGET_NS = 2**60  # 36 years
LONGEST_LATENCY_MS = 1e10  # 115 days
LARGEST_TICKS = 2**31 - 1
LARGEST_LOTS = 2**53
LARGEST_WHOLE = 2**63 - 1
MOST_THREADS = 4096
SCHEDULES = ("every", "book", "trade")


def said(policy: Any) -> dict[str, Any]:
    """What a policy says, less what it leaves out."""
    return {name: value for name, value in asdict(policy).items() if value not in (None, 0)}


def one_of(name: str, value: str, choices: Sequence[str]) -> int:
    """The place of `value` among `choices`; a ConfigError that lists them if it is none."""
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, was {value!r}")
    return choices.index(value)


def check(name: str, holds: bool, rule: str, value: object) -> None:
    """Refuses `value` unless the rule that it must be under holds."""
    if not holds:
        raise ConfigError(f"{name} must be {rule}, was {value!r}")


def whole(name: str, value: Any, least: int, most: int = LARGEST_WHOLE) -> int:
    """`value` as an integer; a ConfigError if it is none, or not in `least` to `most`."""
    try:
        number = int(value) if value == int(value) else None
    except (TypeError, ValueError, OverflowError):
        number = None
    rule = f">= {least}" if most == LARGEST_WHOLE else f"in {least} to {most}"
    if number is None or not least <= number <= most:
        raise ConfigError(f"{name} must be a whole number {rule}, was {value!r}")
    return number


def thread_count(threads: int | None) -> int | None:
    """As many threads, or None: as many as suit the machine."""
    return None if threads is None else whole("threads", threads, 1, MOST_THREADS)


@dataclass(frozen=True)
class Queue:
    """How much stands ahead of our order at its price (core/queue.hpp has the forms).

    A tape of levels doesn't tell where a level's cancellations happen, ahead of us or behind: the
    models guess. A tape that tells of every order does: `exact` keeps our true place.

    Args:
        model: risk_averse (nobody ahead of us ever cancels), log, log2, power, power2 or power3;
            or exact.
        exponent: n of the power forms, > 0.
    """

    model: str = "power3"
    exponent: float = 3.0

    def __post_init__(self) -> None:
        one_of("queue", self.model, (*QUEUES, EXACT))
        ok = isfinite(self.exponent) and self.exponent > 0
        check("queue: exponent", ok, "> 0", self.exponent)


@dataclass(frozen=True)
class Latency:
    """How long an ask takes to the venue, and an answer back.

    Args:
        out_ms, back_ms: constant, >= 0 and at most 1e10 (115 days).
        samples: measured instead: rows of (asked, at the venue, answered) in ns, ascending;
            between two rows both ways are interpolated. A row whose venue time is <= 0 was a
            refusal: an ask sent between it and a neighbour never arrives, and is known to be
            refused after the interpolated answered - asked. So samples are of 1970 or later.
    """

    out_ms: float = 0.0
    back_ms: float = 0.0
    samples: NDArray[np.int64] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, value in (("out_ms", self.out_ms), ("back_ms", self.back_ms)):
            check(f"latency: {name}", 0 <= value <= LONGEST_LATENCY_MS, "in 0 to 1e10", value)
        if self.samples is None:
            return
        rows = np.ascontiguousarray(self.samples, dtype=np.int64)
        if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) == 0:
            raise ConfigError(f"latency: samples must have shape (rows, 3), had {rows.shape}")
        if np.any(np.diff(rows[:, 0]) < 0):
            raise ConfigError("latency: samples must ascend in their first column")
        object.__setattr__(self, "samples", rows)

    def __str__(self) -> str:
        if self.samples is not None:
            return f"interpolated from {len(self.samples)} samples"
        return f"{self.out_ms:g} ms out, {self.back_ms:g} ms back"


def latency_of(latency_ms: Any) -> Latency:
    """The Latency of one number for both ways, or of (out, back)."""
    try:
        ways = np.atleast_1d(np.asarray(latency_ms, dtype=float))
    except (TypeError, ValueError):
        ways = np.zeros(0)
    check("latency_ms", ways.shape in {(1,), (2,)}, "one number or two", latency_ms)
    in_range = bool(np.all((ways >= 0) & (ways <= LONGEST_LATENCY_MS)))
    check("latency_ms", in_range, "in 0 to 1e10", latency_ms)
    return Latency(float(ways[0]), float(ways[-1]))


@dataclass(frozen=True)
class Fees:
    """What a fill costs; a rebate is negative.

    Args:
        maker, taker: a fraction of the value traded, a charge a coin, or a charge a fill.
        kind: value, quantity or flat: which of the three.
    """

    maker: float = 0.0
    taker: float = 0.0
    kind: str = "value"

    def __post_init__(self) -> None:
        one_of("fees: kind", self.kind, FEE_KINDS)
        for name, value in (("maker", self.maker), ("taker", self.taker)):
            check(f"fees: {name}", isfinite(value), "finite", value)


def set_whole(policy: Any, owner: str, **ranges: tuple[int, int]) -> None:
    """Make integers of a policy's fields, each in its range, ends counted."""
    for name, (least, most) in ranges.items():
        number = whole(f"{owner}: {name}", getattr(policy, name), least, most)
        object.__setattr__(policy, name, number)


@dataclass(frozen=True)
class OrderPolicy:
    """How the desk turns quotes into orders and keeps them.

    Args:
        inventory_limit: lots; no side may take |inventory| past it, orders under way counted.
            None: no limit.
        levels: orders a side, >= 1; level i stands i * spacing_ticks behind the quote.
        tolerance_ticks: an order this close to where it is wanted stays, and keeps its place.
        maximum_age: an order older than that is replaced ("0s": never).
        amend: move an order by an amend, not by a cancel and a new one.
        messages_per_second: budget of asks (0: none); what it refuses is counted as throttled.
        burst: how many asks a full budget allows at once.
        inventory_play: lots that the inventory may move before a state's `steady_inventory`
            follows it: what keeps a lean by steps from flickering. With 0 the two are equal.
        taking: a quote whose bid, rounded, reaches the best ask, or whose ask the best bid, takes:
            an immediate order of that price and size is sent, one at a time a side, and nothing
            rests on that side meanwhile. Without it such a quote stays a tick behind that price.
    """

    inventory_limit: float | None = None
    levels: int = 1
    spacing_ticks: int = 1
    tolerance_ticks: int = 0
    maximum_age: str | float = "0s"
    amend: bool = False
    messages_per_second: float = 0.0
    burst: int = 10
    inventory_play: float = 0.0
    taking: bool = False

    def __post_init__(self) -> None:
        limit = self.inventory_limit
        some = limit is None or limit == inf or (limit >= 1 and limit % 1 == 0)
        check("orders: inventory_limit", some, "a whole number >= 1, or None", limit)
        set_whole(
            self,
            "orders",
            levels=(1, 50),
            spacing_ticks=(1, LARGEST_TICKS),
            tolerance_ticks=(0, LARGEST_TICKS),
            burst=(1, LARGEST_WHOLE),
        )
        rate = self.messages_per_second
        check("orders: messages_per_second", isfinite(rate) and rate >= 0, ">= 0", rate)
        play = self.inventory_play
        check("orders: inventory_play", isfinite(play) and play >= 0, ">= 0", play)
        duration_ns("orders: maximum_age", self.maximum_age)
        is_flag = isinstance(self.taking, bool | np.bool_)
        check("orders: taking", is_flag, "True or False", self.taking)

    def numbers(self) -> tuple[Any, ...]:
        """What the core takes."""
        rate = self.messages_per_second
        cost = round(min(1e9 / rate, MOST_BUDGET_NS)) if rate else 0
        limit = NO_LIMIT if self.inventory_limit is None else self.inventory_limit
        return (
            self.levels,
            self.spacing_ticks,
            self.tolerance_ticks,
            duration_ns("orders: maximum_age", self.maximum_age),
            self.amend,
            cost,
            min(cost * (self.burst - 1), MOST_BUDGET_NS),
            int(min(limit, NO_LIMIT)),
            self.inventory_play,
            bool(self.taking),
        )
