"""Timing: the least of several runs, and a line of the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def least(runs: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of the fastest of `runs`, and its result."""
    best, result = np.inf, None
    for _ in range(runs):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def row(what: str, ours: float, theirs: float | None, unit: str, goal: str) -> None:
    """One line of the table."""
    ratio = f"{theirs / ours:.1f}x" if theirs is not None else ""
    their = f"{theirs:.3g}" if theirs is not None else ""
    print(f"| {what} | {ours:.3g} | {their} | {unit} | {ratio} | {goal} |", flush=True)
