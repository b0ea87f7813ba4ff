"""Flow checks: what a flow of orders refuses to be made of, by the parameter's name and value."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from halfspread.errors import ConfigError
from halfspread.policy import whole

START = 1_704_067_200_000_000_000
"""2024-01-01 00:00 UTC, in ns: when a simulated market opens."""
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
    return tuple(float(value) if isinstance(value, np.number) else value for value in listed)


def some_weights(name: str, values: Any) -> tuple[float, ...]:
    """The values as a tuple of numbers >= 0, at least one of them > 0."""
    listed = numbers(name, values)
    refuse(name, listed, min(listed) >= 0 and max(listed) > 0, ">= 0 and not all 0")
    return listed


def whole_sizes(sizes: Any, weights: Any) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The lots that an order may have, and how often, as tuples."""
    listed, often = numbers("sizes", sizes), some_weights("size_weights", weights)
    are_whole = all(size == int(size) and 1 <= size <= 2**53 for size in listed)
    refuse("sizes", listed, are_whole, "whole lots from 1 to 2**53")
    same = len(listed) == len(often)
    refuse("size_weights", often, same, f"{len(listed)} numbers, as sizes are")
    return tuple(int(size) for size in listed), often


def market_key(seed: int, lane: int) -> tuple[int, int]:
    """What a market's random numbers are told apart by."""
    return whole("seed", seed, 0, 2**64 - 1), whole("lane", lane, 0, 2**32 - 1)


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
