"""Penalty: what holding an inventory costs a second, by one definition for all that ask."""

from __future__ import annotations

from typing import Any


def running_penalty(inventory: Any, quadratic: float, quartic: float = 0.0) -> Any:
    """Phi q^2 + beta q^4: the running cost of holding q lots, in tick-lots per second.

    The solvers of `cartea_jaimungal` and `touch_model` subtract it from what a maker earns. With
    phi = g s^2 / 2 it is the risk that `glft_exact` charges for; the quartic term hardly matters
    near zero and keeps large inventories away.

    Args:
        inventory: q, lots: a number or an array.
        quadratic: phi >= 0, ticks per lot and second.
        quartic: beta >= 0, ticks per lot^3 and second.

    Source:
        Á. Cartea, S. Jaimungal and J. Penalva, "Algorithmic and High-Frequency Trading",
        Cambridge University Press, 2015, section 10.2, for the quadratic term.

    >>> running_penalty(3.0, 0.5), running_penalty(3.0, 0.5, 0.125)
    (4.5, 14.625)
    """
    square = inventory * inventory
    return square * (quadratic + quartic * square)


def risk_penalty(risk_aversion: float, volatility: float) -> float:
    """Phi = g s^2 / 2: the quadratic penalty that a risk aversion of g amounts to.

    Args:
        risk_aversion: g >= 0, per tick and lot.
        volatility: s >= 0, ticks per root second.

    Source:
        Á. Cartea, S. Jaimungal and J. Penalva (2015), (10.20).

    >>> risk_penalty(0.5, 3.0)
    2.25
    """
    return risk_aversion * volatility**2 / 2
