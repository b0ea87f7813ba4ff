"""Checks: what parameters of spaces and rewards must be."""

from __future__ import annotations

from math import isfinite
from typing import Any

from halfspread.policy import check


def finite(owner: str, **values: Any) -> None:
    """Refuses what is not a finite number."""
    for name, value in values.items():
        check(f"{owner}: {name}", _is_number(value), "finite", value)


def not_negative(owner: str, **values: Any) -> None:
    """Refuses what is not a finite number >= 0."""
    for name, value in values.items():
        check(f"{owner}: {name}", _is_number(value) and value >= 0, ">= 0", value)


def positive(owner: str, **values: Any) -> None:
    """Refuses what is not a finite number > 0."""
    for name, value in values.items():
        check(f"{owner}: {name}", _is_number(value) and value > 0, "> 0", value)


def _is_number(value: Any) -> bool:
    try:
        return isfinite(value)
    except TypeError:
        return False
