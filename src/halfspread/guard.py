"""Guard: when a lane stops quoting both sides, when it goes home, and when it stops altogether."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from statistics import NormalDist
from typing import Any

from halfspread import _core
from halfspread.duration import duration_ns
from halfspread.errors import ConfigError
from halfspread.parameter import is_finite

STATES: tuple[str, ...] = tuple(_core.guard_states())
STAGES: tuple[str, ...] = tuple(_core.guard_stages())
REASONS: tuple[str, ...] = tuple(_core.guard_table())
REACHES = ("reduce_at", "reduce_to", "flatten_at", "flatten_to")


@dataclass(frozen=True)
class GuardPolicy:
    """What the guard of each lane watches; docs/risk.md has its states and its table.

    What is None is not watched. A reason is over when its number has come down to `over_at` of its
    threshold; a state is left when no reason has asked for it for `cool_down`. Money is the quote
    currency's, or the base coin's of an inverse contract.

    Args:
        inventory_limit: lots of |inventory - inventory_target|, > 0.
        inventory_target: lots; flattening goes there.
        reduce_at, reduce_to: of the limit: from there on only reducing, until it is down to this.
        flatten_at, flatten_to: of the limit: from there on flattening, down to this.
        tighten: the limit times min(1, reference volatility / volatility).
        reference_volatility: ticks per root second; None: the volatility's own slow mean, which is
            not known, and asks for nothing, before it is of a tenth of its half-life.
        reference_half_life: of the slow means of volatility and mid.
        over_at: in (0, 1].
        cool_down: how long a state outlives its last reason.
        value_at_risk: money, at `var_confidence` over `var_horizon`, normal: reduce.
        var_confidence: in (0.5, 1).
        var_horizon: the time in which the position could be liquidated.
        holding_time: since the position was opened or changed its sign: flatten.
        drawdown: money below the peak of wealth: flatten; once flat, the peak is counted anew.
        loss: money since the start, or since `resume`: flatten, then halt.
        volatility_spike: volatility over its reference, > 1: flatten.
        toxic_ticks: what our fills lose on the mean, `toxic_horizon` after each: reduce.
        toxic_horizon: of the mark-out.
        toxic_half_life: of the mean, which is weighted by size.
        toxic_lots: the least that the mean is taken over; missing lots count as 0 ticks.
        stale_book: time since the book's last message: reduce.
        clock_skew: between the exchange's clock and ours, of the newest row of any kind, either
            way: reduce. More than the feed takes, or each late row begins it.
        orders_per_second: asks, over the last second or so: reduce.
        price_band: ticks between the mid and its slow mean: reduce.
        end_of_day: time before the end at which to flatten.
        reduce_for: reducing for inventory or value at risk longer than that is stuck: flatten.
        patience: of each stage of flattening: passive, aggressive, market; then halt.
        take_every: the least time between two orders that take.
    """

    inventory_limit: float | None = None
    inventory_target: int = 0
    reduce_at: float = 0.8
    reduce_to: float = 0.6
    flatten_at: float = 0.95
    flatten_to: float = 0.5
    tighten: bool = False
    reference_volatility: float | None = None
    reference_half_life: str | float = "10m"
    over_at: float = 0.8
    cool_down: str | float = "5s"
    value_at_risk: float | None = None
    var_confidence: float = 0.95
    var_horizon: str | float = "10s"
    holding_time: str | float | None = None
    drawdown: float | None = None
    loss: float | None = None
    volatility_spike: float | None = None
    toxic_ticks: float | None = None
    toxic_horizon: str | float = "1s"
    toxic_half_life: str | float = "60s"
    toxic_lots: float = 1.0
    stale_book: str | float | None = None
    clock_skew: str | float | None = None
    orders_per_second: float | None = None
    price_band: float | None = None
    end_of_day: str | float | None = None
    reduce_for: str | float | None = None
    patience: str | float = "10s"
    take_every: str | float = "1s"

    def __post_init__(self) -> None:
        for name in (
            "inventory_limit",
            "reference_volatility",
            "value_at_risk",
            "drawdown",
            "loss",
            "toxic_ticks",
            "toxic_lots",
            "orders_per_second",
            "price_band",
        ):
            value = getattr(self, name)
            self._check(name, value is None or (is_finite(value) and value > 0), "> 0 or None")
        for name in (*REACHES, "over_at", "var_confidence"):
            self._check(name, is_finite(getattr(self, name)), "a number")
        for low, high in (("reduce_to", "reduce_at"), ("flatten_to", "flatten_at")):
            self._check(low, 0 <= getattr(self, low) < getattr(self, high), f"in [0, {high})")
        ok = 0 < self.reduce_at <= self.flatten_at <= 1
        self._check("reduce_at", ok, f"> 0 and at most flatten_at = {self.flatten_at} <= 1")
        self._check("over_at", 0 < self.over_at <= 1, "in (0, 1]")
        self._check("var_confidence", 0.5 < self.var_confidence < 1, "in (0.5, 1)")
        spike = self.volatility_spike
        spiky = spike is None or (is_finite(spike) and spike > 1)
        self._check("volatility_spike", spiky, "> 1 or None")
        target = self.inventory_target
        whole = isinstance(target, int) and abs(target) < 2**53
        self._check("inventory_target", whole, "a whole number of lots")
        for name in ("reference_half_life", "var_horizon", "toxic_half_life", "patience"):
            self._check(name, self._seconds(name) > 0, "> 0")
        for name in ("holding_time", "stale_book", "clock_skew", "end_of_day", "reduce_for"):
            seconds = None if getattr(self, name) is None else self._seconds(name)
            self._check(name, seconds is None or seconds > 0, "> 0 or None")
        for name in ("cool_down", "toxic_horizon", "take_every"):
            self._seconds(name)

    def _check(self, name: str, holds: bool, rule: str) -> None:
        if not holds:
            raise ConfigError(f"guard: {name} must be {rule}, was {getattr(self, name)!r}")

    def _seconds(self, name: str) -> float:
        return duration_ns(f"guard: {name}", getattr(self, name)) / 1e9

    def core(self) -> _core.GuardPolicy:
        """What the core takes: seconds, and infinity for what is not watched."""
        policy = _core.GuardPolicy()
        for name in (*REACHES, "tighten"):
            setattr(policy, name, getattr(self, name))
        for name in ("over_at", "toxic_lots", "inventory_target"):
            setattr(policy, name, getattr(self, name))
        policy.var_multiple = NormalDist().inv_cdf(self.var_confidence)
        policy.reference_volatility = self.reference_volatility or 0.0
        limits = (
            "inventory_limit",
            "value_at_risk",
            "drawdown",
            "loss",
            "volatility_spike",
            "toxic_ticks",
            "price_band",
        )
        for name in limits:
            value = getattr(self, name)
            setattr(policy, name, inf if value is None else float(value))
        policy.order_rate = self.orders_per_second or inf
        for name in ("reference_half_life", "cool_down", "var_horizon", "toxic_horizon"):
            setattr(policy, f"{name}_s", self._seconds(name))
        for name in ("toxic_half_life", "patience", "take_every"):
            setattr(policy, f"{name}_s", self._seconds(name))
        for name in ("holding_time", "reduce_for"):
            value = getattr(self, name)
            setattr(policy, f"{name}_s", inf if value is None else self._seconds(name))
        policy.stale_s = inf if self.stale_book is None else self._seconds("stale_book")
        policy.skew_s = inf if self.clock_skew is None else self._seconds("clock_skew")
        policy.end_of_day_s = 0.0 if self.end_of_day is None else self._seconds("end_of_day")
        return policy


def table() -> dict[str, dict[str, str]]:
    """The core's table: reason -> the state that follows each state, flattening told in two.

    >>> table()["loss"]["quoting"]
    'flattening'
    """
    rows: list[str] = _core.guard_rows()
    found: dict[str, list[str]] = _core.guard_table()
    return {reason: dict(zip(rows, states, strict=True)) for reason, states in found.items()}


def in_words(changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Changes of guards, as `Run.guard` has them, with words for their numbers."""
    names = ("time", "lane", "from", "to", "stage", "reason")
    columns = [changes[name].tolist() for name in names] if changes else []
    return [
        {
            "time": time,
            "lane": lane,
            "from": STATES[old],
            "to": STATES[new],
            "stage": STAGES[stage],
            "reason": REASONS[reason],
        }
        for time, lane, old, new, stage, reason in zip(*columns, strict=True)
    ]
