"""Findings: what a data check found, in words for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from halfspread.evaluate.words import NOTHING, count, duration, flat, span


def findings(check: dict[str, Any]) -> dict[str, str]:
    """A data check as a tape keeps it; one of another make, which lacks what ours has, as it is.

    >>> findings({"holes": 3, "by": "hand"})
    {'holes': '3', 'by': 'hand'}
    """
    try:
        return dict(_words(check))
    except (AttributeError, KeyError, TypeError, ValueError):
        return dict(flat(check))


def _words(found: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """A data check in words; what was not found is left out where nobody would miss it."""
    for name in ("messages", "rows"):
        counts = ", ".join(f"{number:,} {kind}" for kind, number in found[name].items())
        yield name, counts or NOTHING
    yield "span", span(*found["span"])
    always = ("bad", "gaps", "duplicates", "crossed", "off_tick", "off_lot")
    rare = ("stale", "old_snapshots", "trade_gaps", "excluded_trades", "too_large")
    for name in (*always, *rare):
        if name in always or found[name]:
            yield name.replace("_", " "), count(found[name])
    if found.get("settled"):
        yield "levels set right", f"{found['settled']:,} by a told book"
    if found.get("order_faults"):
        wrong = (f"{n:,} {what.replace('_', ' ')}" for what, n in found["order_faults"].items())
        yield "rows unlike the orders", ", ".join(wrong)
    if any(found["out_of_order"]):
        theirs, ours = found["out_of_order"]
        yield "time went back", f"{theirs:,} times on their clock, {ours:,} on ours"
    if found["touch_told"]:
        yield "book = told touch", f"{found['touch_agreed']:,} of {found['touch_told']:,}"
    if found["prices"]:
        low, high = found["prices"]
        taken = f"takers bought {found['taker_buy']:g}, sold {found['taker_sell']:g}"
        yield "trades", f"from {low} to {high}; {taken}"
    levels = (found["final_bid"], found["final_ask"])
    touch = (f"{level[0]} x {level[1]:g}" if level else NOTHING for level in levels)
    yield "final touch", " / ".join(touch)
    if found["delay_ms"]:
        yield "delay p1, p50, p99", ", ".join(f"{ms:.1f}" for ms in found["delay_ms"]) + " ms"
    if found["clock_offset_ns"]:
        shift = f"{duration(found['clock_offset_ns'] * 1e-9)} added to receive times"
        yield "clock repaired", f"{shift}, drift {found['clock_drift_ms']:.1f} ms"
    if found["other_symbols"]:
        yield "other symbols", ", ".join(list(found["other_symbols"])[:5])
    if found["faults"]:
        source, message, why = found["faults"][0]
        yield "first fault", f"{source}, message {message}: {why}"
