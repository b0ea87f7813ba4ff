"""Rebalance: thresholds at which a position is worked back, what is done, and what it came to.

The doing is the guard's, so that a compiled run and steps by hand do the same: `Rebalance.guard`
configures it. What is here answers questions: what is due now, what happened, how it went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from halfspread.event import Side
from halfspread.guard import GuardPolicy, in_words
from halfspread.parameter import checked, not_negative, positive


@dataclass(frozen=True)
class RebalanceAction:
    """What is due: buy (Side.bid) or sell (Side.ask) so many lots, and how urgently."""

    side: Side
    lots: int
    urgency: str


@dataclass(frozen=True)
class RebalanceStatistics:
    """How inventory was kept. Ratios are of the limit, around the target.

    Args:
        current: lots at the end.
        ratio: (current - target) / limit, not clipped: beyond 1 the limit was passed.
        lean: -ratio within [-1, 1]: how far a full lean would shift the quotes, half spreads.
        peak: the largest |inventory - target|, lots.
        rebalances: how often reducing began for inventory.
        emergencies: how often flattening began for inventory.
    """

    current: int
    ratio: float
    lean: float
    peak: int
    rebalances: int
    emergencies: int


@dataclass(frozen=True)
class Alert:
    """Something that a person may want to know: when (ns), in which lane, how grave, and why."""

    time: int
    lane: int
    level: str
    reason: str
    words: str


@dataclass(frozen=True)
class Rebalance:
    """When and how far a position is worked back to its target.

    >>> plan = Rebalance(limit=100, target=20)
    >>> plan.action(90)
    >>> plan.action(105)
    RebalanceAction(side=<Side.ask: -1>, lots=25, urgency='normal')
    >>> plan.action(-80, in_flight=10)
    RebalanceAction(side=<Side.bid: 1>, lots=40, urgency='emergency')

    Args:
        limit: lots of |inventory - target|, > 0.
        target: lots.
        rebalance_at: of the limit: from there on the position is worked back passively, ...
        rebalance_to: ... down to this part of the limit.
        emergency_at: of the limit: from there on it is taken back if need be, ...
        emergency_to: ... down to this part of the limit.
        cool_down: how long both outlive their reason.
        patience: how long an emergency is passive, then immediate, then at the market.
        take_every: the least time between two orders that take.
    Errors:
        ConfigError: as GuardPolicy's.
    Source:
        The thresholds of 0.8 and 0.95 are the usual ones of inventory managers; ratios here are of
        the distance from the target, and an order under way is never sent again.
    """

    limit: float
    target: int = 0
    rebalance_at: float = 0.8
    rebalance_to: float = 0.6
    emergency_at: float = 0.95
    emergency_to: float = 0.5
    cool_down: str | float = "5s"
    patience: str | float = "10s"
    take_every: str | float = "1s"

    def __post_init__(self) -> None:
        checked("rebalance: limit", self.limit, positive)
        self.guard()

    def guard(self, **more: Any) -> GuardPolicy:
        """The guard that carries it out; `more` are further fields of a GuardPolicy."""
        return GuardPolicy(
            inventory_limit=self.limit,
            inventory_target=self.target,
            reduce_at=self.rebalance_at,
            reduce_to=self.rebalance_to,
            flatten_at=self.emergency_at,
            flatten_to=self.emergency_to,
            cool_down=self.cool_down,
            patience=self.patience,
            take_every=self.take_every,
            **more,
        )

    def ratio(self, inventory: float) -> float:
        """(inventory - target) / limit, not clipped."""
        return (inventory - self.target) / self.limit

    def action(self, inventory: float, in_flight: int = 0) -> RebalanceAction | None:
        """What is due at an inventory; None if nothing is, or if it is all under way.

        Args:
            inventory: lots.
            in_flight: lots of ours under way toward the target already, >= 0.
        Errors:
            ConfigError: the inventory is no finite number, or in_flight negative.
        """
        checked("rebalance: inventory", inventory)
        checked("rebalance: in_flight", in_flight, not_negative)
        ratio = self.ratio(inventory)
        if abs(ratio) >= self.emergency_at:
            urgency, part = "emergency", self.emergency_to
        elif abs(ratio) >= self.rebalance_at:
            urgency, part = "normal", self.rebalance_to
        else:
            return None
        lots = ceil(abs(inventory - self.target) - part * self.limit - 1e-9) - in_flight
        if lots <= 0:
            return None
        return RebalanceAction(Side.ask if ratio > 0 else Side.bid, lots, urgency)

    def statistics(
        self, inventories: ArrayLike, changes: Mapping[str, Any], peak: int | None = None
    ) -> RebalanceStatistics:
        """How inventory was kept in one lane.

        Args:
            inventories: lots, in order of time, as `run.path["inventory"][:, lane]`.
            changes: `run.guard` of that lane, as `run.lane(lane).guard`.
            peak: lots, where the largest distance is known better than from samples.
        """
        held = np.asarray(inventories, dtype=np.int64)
        current = int(held[-1]) if len(held) else 0
        ratio = self.ratio(current)
        began = [
            (change["to"], change["reason"])
            for change in in_words(dict(changes))
            if change["from"] != change["to"]
        ]
        sampled = int(np.abs(held - self.target).max()) if len(held) else 0
        return RebalanceStatistics(
            current=current,
            ratio=ratio,
            lean=-min(max(ratio, -1.0), 1.0),
            peak=sampled if peak is None else peak,
            rebalances=began.count(("reducing", "inventory")),
            emergencies=began.count(("flattening", "emergency")),
        )


def alerts(changes: Mapping[str, Any]) -> Iterable[Alert]:
    """The changes of guards that a person may want to know of, as `run.guard` has them.

    A return to calm is a notice, and so is that all orders are pulled; reducing is a warning,
    flattening and its stages an emergency, halted an alarm.
    """
    levels = {"quoting": "notice", "reducing": "warning", "flattening": "emergency"}
    for change in in_words(dict(changes)):
        old, new, reason = change["from"], change["to"], change["reason"]
        calmer = reason in ("calm", "resume", "pulled")
        level = "notice" if calmer else levels.get(new, "alarm")
        stage = "no order" if reason == "pulled" else change["stage"]
        what = f"{old} to {new}" if old != new else f"{new}: {stage}"
        yield Alert(
            time=change["time"],
            lane=change["lane"],
            level=level,
            reason=reason,
            words=f"{what} ({reason.replace('_', ' ')})",
        )
