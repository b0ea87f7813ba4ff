"""Words: how numbers, durations and moments are written for people, in a terminal or on a page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from halfspread.evaluate.measure import BY_NAME
from halfspread.quote import QuoteState

NOTHING = "–"
"""What stands where there is no number."""
MOST_LETTERS = 160
"""Of a text among others."""


def number(value: float, digits: int = 4) -> str:
    """`digits` significant digits, never fewer than the whole part has, thousands set apart.

    >>> number(12345.678), number(0.0123456), number(-3.0), number(float("nan"))
    ('12,346', '0.01235', '-3.000', '–')
    """
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if not -5 <= exponent < 15:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - exponent)}f}"


def parameter(name: str, value: float) -> str:
    """A parameter of a model: one that is not given is measured, if the market's state has it.

    >>> parameter("size", 0.012345), parameter("volatility", float("nan"))
    ('0.01235', 'measured')
    >>> parameter("horizon_s", float("nan")), parameter("seek.fill_decay", float("nan"))
    ('not given', 'measured')
    """
    if not math.isnan(value):
        return f"{value:.4g}"
    return "measured" if name.rpartition(".")[2] in QuoteState._fields else "not given"


def count(value: float) -> str:
    """A whole number, thousands set apart.

    >>> count(12345.0)
    '12,345'
    """
    return f"{value:,.0f}" if math.isfinite(value) else NOTHING


def percent(value: float) -> str:
    """A share as a percentage.

    >>> percent(0.4567), percent(2.5)
    ('45.7 %', '250 %')
    """
    if not math.isfinite(value):
        return NOTHING
    return f"{value * 100:,.{0 if abs(value) >= 1 else 1}f} %"


def duration(seconds: float) -> str:
    """A duration in the unit that suits it.

    >>> duration(0.0042), duration(3.25), duration(75.0), duration(11_110.0), duration(200_000.0)
    ('4.2 ms', '3.25 s', '1 min 15 s', '3 h 05 min', '2 d 08 h')
    """
    if not math.isfinite(seconds):
        return NOTHING
    if seconds == 0:
        return "0 s"
    for scale, unit in ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s")):
        if seconds < 999.5 * scale and (unit != "s" or seconds < 59.95):
            return f"{seconds / scale:.3g} {unit}"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days:,} d {hours:02d} h"


def moment(time: Any) -> str:
    """Nanoseconds since 1970 UTC, or a datetime64, to the second.

    >>> moment(1_723_111_200_000_000_000)
    '2024-08-08 10:00:00 UTC'
    """
    stamp = np.datetime64(time, "ns")
    return NOTHING if np.isnat(stamp) else f"{str(stamp)[:19].replace('T', ' ')} UTC"


def span(first: int, last: int) -> str:
    """From when to when, the day written once if it is one.

    >>> span(1_723_111_200_000_000_000, 1_723_114_800_000_000_000)
    '2024-08-08 10:00:00 to 11:00:00 UTC'
    """
    begin, end = moment(first)[:-4], moment(last)
    return f"{begin} to {end[11:] if end[:10] == begin[:10] else end}"


def written(name: str, value: Any, digits: int = 4) -> str:
    """The metric `name` of that value, with its unit where that follows from the metric alone.

    >>> written("fill_rate", 0.25), written("sharpe", 12.345), written("peak_inventory", 0.017)
    ('25.0 %', '12.3', '0.017')
    """
    unit = BY_NAME[name].unit
    if unit == "time":
        return moment(value)
    value = float(value)
    if unit == "seconds":
        return duration(value)
    if unit == "count":
        return count(value)
    if unit == "share":
        return percent(value)
    if unit == "coins":
        text = number(value, digits)
        return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    if unit in ("ratio", "bp", "rate"):
        return number(round(value, 6), min(digits, 3))
    return number(value, digits)


def flat(values: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Names and texts of values, those inside a dictionary as outer.inner.

    >>> list(flat({"queue": "log", "orders": {"levels": 2}, "sources": ["a", "b"]}))
    [('queue', 'log'), ('orders.levels', '2'), ('sources', 'a, b')]
    """
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{prefix}{name}.")
            continue
        if isinstance(value, (list, tuple)):
            text = ", ".join(map(str, value)) or NOTHING
        elif isinstance(value, float):
            text = f"{value:g}" if math.isfinite(value) else NOTHING
        else:
            text = NOTHING if value is None else str(value)
        cut = len(text) > MOST_LETTERS
        yield prefix + name, f"{text[:MOST_LETTERS]}... ({len(text):,} letters)" if cut else text
