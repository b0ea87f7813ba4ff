"""Policies: what a market assumes of queues, latency and fees; how a desk keeps its orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.duration import duration_ns
from halfspread.errors import ConfigError

RULES = ("halfspread", "hftbacktest")
QUEUES = ("risk_averse", "log", "log2", "power", "power2", "power3")
FEE_KINDS = ("value", "quantity", "flat")
NO_LIMIT = 2**60  # lots, which is none
MOST_BUDGET_NS = 2**60  # 36 years
LONGEST_LATENCY_MS = 1e10  # 115 days
LONGEST_STEP_NS = 1000 * 3600 * 10**9
LARGEST_TICKS = 2**31 - 1
SCHEDULES = ("every", "book", "trade")


def one_of(name: str, value: str, choices: Sequence[str]) -> int:
    """The place of `value` among `choices`; a ConfigError that lists them if it is none."""
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, was {value!r}")
    return choices.index(value)


def _check(name: str, holds: bool, rule: str, value: object) -> None:
    if not holds:
        raise ConfigError(f"{name} must be {rule}, was {value!r}")


@dataclass(frozen=True)
class Queue:
    """Where a level's cancellations happen, relative to our order (core/queue.hpp has the forms).

    Args:
        model: risk_averse (nobody ahead of us ever cancels), log, log2, power, power2 or power3.
        exponent: n of the power forms, > 0.
    """

    model: str = "power3"
    exponent: float = 3.0

    def __post_init__(self) -> None:
        one_of("queue", self.model, QUEUES)
        ok = isfinite(self.exponent) and self.exponent > 0
        _check("queue: exponent", ok, "> 0", self.exponent)


@dataclass(frozen=True)
class Latency:
    """How long an ask takes to the venue, and an answer back.

    Args:
        out_ms, back_ms: constant, >= 0 and at most 1e10 (115 days).
        samples: measured instead: rows of (asked, at the venue, answered) in ns, ascending;
            between two rows both ways are interpolated. A row with venue time 0 is a refusal.
    """

    out_ms: float = 0.0
    back_ms: float = 0.0
    samples: NDArray[np.int64] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, value in (("out_ms", self.out_ms), ("back_ms", self.back_ms)):
            _check(f"latency: {name}", 0 <= value <= LONGEST_LATENCY_MS, "in 0 to 1e10", value)
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
            _check(f"fees: {name}", isfinite(value), "finite", value)


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
    """

    inventory_limit: float | None = None
    levels: int = 1
    spacing_ticks: int = 1
    tolerance_ticks: int = 0
    maximum_age: str | float = "0s"
    amend: bool = False
    messages_per_second: float = 0.0
    burst: int = 10

    def __post_init__(self) -> None:
        limit = self.inventory_limit
        _check("orders: inventory_limit", limit is None or limit >= 1, ">= 1 or None", limit)
        _check("orders: levels", 1 <= self.levels <= 50, "in 1 to 50", self.levels)
        for name, least in (("spacing_ticks", 1), ("tolerance_ticks", 0)):
            ticks, rule = getattr(self, name), f"in {least} to {LARGEST_TICKS}"
            _check(f"orders: {name}", least <= ticks <= LARGEST_TICKS, rule, ticks)
        rate = self.messages_per_second
        _check("orders: messages_per_second", isfinite(rate) and rate >= 0, ">= 0", rate)
        _check("orders: burst", self.burst >= 1, ">= 1", self.burst)
        duration_ns("orders: maximum_age", self.maximum_age)

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
        )


@dataclass(frozen=True)
class SignalPolicy:
    """How what a model reads is measured (core/signals.hpp has the formulas).

    Args:
        step: the grid on which mids, flow and arrivals are sampled.
        half_life: of the exponentially weighted means.
        warm_up: grid cells before a value is known; until then it is NaN and nothing is quoted
            that depends on it.
    """

    step: str | float = "100ms"
    half_life: str | float = "60s"
    warm_up: int = 10

    def __post_init__(self) -> None:
        for name in ("step", "half_life"):
            value = getattr(self, name)
            _check(f"signals: {name}", duration_ns(f"signals: {name}", value) > 0, "> 0", value)
        step = duration_ns("signals: step", self.step)
        _check("signals: step", step <= LONGEST_STEP_NS, "at most '1000h'", self.step)
        _check("signals: warm_up", self.warm_up >= 1, ">= 1", self.warm_up)

    def numbers(self) -> tuple[int, float, int]:
        """What the core takes."""
        step = duration_ns("signals: step", self.step)
        return step, duration_ns("signals: half_life", self.half_life) * 1e-9, self.warm_up
