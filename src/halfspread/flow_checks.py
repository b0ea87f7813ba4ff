"""Flow checks: what a flow of orders refuses to be made of, by the parameter's name and value."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from halfspread.errors import ConfigError

MOST_ORDERS = 10_000_000
"""What may be expected to rest at once."""


def is_number(value: Any) -> bool:
    """A number, and no truth value."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def numbers(name: str, values: Any) -> tuple[float, ...]:
    """The values as a tuple of finite numbers, at least one."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    refuse(name, values, isinstance(listed, (list, tuple)) and len(listed) > 0, "numbers")
    good = all(is_number(value) and isfinite(value) for value in listed)
    refuse(name, values, good, "finite numbers")
    return tuple(listed)


def too_many(orders: float) -> str:
    """The rule that so many orders break."""
    return f"such that at most {MOST_ORDERS:,} orders rest on average ({orders:.3g} would)"


def refuse_price(price: Any) -> None:
    """The first price."""
    whole = isinstance(price, (int, np.integer)) and not isinstance(price, bool)
    refuse("price", price, whole and abs(price) <= 2**30, "whole ticks within 2**30")


def refuse(name: str, value: Any, holds: Any, rule: str) -> None:
    """Raise a ConfigError unless it holds."""
    if not holds:
        raise ConfigError(f"{name} must be {rule}, was {value!r}")
