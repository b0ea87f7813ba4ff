"""Durations as people write them, "100ms" or "1.5s", and as the core counts them, in ns."""

from __future__ import annotations

import re

from halfspread.errors import ConfigError

UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def duration_ns(name: str, value: str | float) -> int:
    """Nanoseconds in `value`: text with a unit, or a number of seconds.

    >>> duration_ns("decide_every", "100ms"), duration_ns("half_life", 1.5)
    (100000000, 1500000000)
    """
    if isinstance(value, str):
        match = re.fullmatch(r"\s*([0-9.]+)\s*([a-z]+)\s*", value)
        if match is None or match[2] not in UNITS:
            raise ConfigError(f"{name} must be a duration such as '100ms' or '5s', was {value!r}")
        number, unit = match[1], match[2]
    else:
        number, unit = str(value), "s"
    try:
        nanoseconds = round(float(number) * UNITS[unit])
    except (ValueError, OverflowError):
        raise ConfigError(f"{name} must be a finite duration, was {value!r}") from None
    if not 0 <= nanoseconds < 2**62:
        raise ConfigError(f"{name} must be a duration >= 0, was {value!r}")
    return nanoseconds


def some_duration_ns(name: str, value: str | float) -> int:
    """Nanoseconds in `value`, of which there must be some."""
    nanoseconds = duration_ns(name, value)
    if nanoseconds == 0:
        raise ConfigError(f"{name} must be > 0, was {value!r}")
    return nanoseconds


def duration_text(nanoseconds: int) -> str:
    """The shortest text that means the same.

    >>> duration_text(100_000_000), duration_text(90 * 10**9), duration_text(0)
    ('100ms', '90s', '0s')
    """
    if nanoseconds == 0:
        return "0s"
    for unit in ("h", "m", "s", "ms", "us"):
        count, rest = divmod(nanoseconds, UNITS[unit])
        if rest == 0 and not (unit == "m" and count < 2):
            return f"{count}{unit}"
    return f"{nanoseconds}ns"
