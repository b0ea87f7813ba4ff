"""Speed of threads: what a second one saves on many lanes, each with a market of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from speed_learning import world
from timing import row

import halfspread as hs

LANES, ROUNDS = 256, 7
GOAL = "> 1.8"


def books() -> hs.Simulated:
    """A zero-intelligence order book a lane."""
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    return hs.Simulated(flow, "2m", warm_up="10s", decide_every="100ms")


WORKS = {"simulated order books": (books, LANES), "Brownian worlds": (world, 4 * LANES)}


@contextmanager
def all_cores() -> Iterator[None]:
    """The process on every core that it may have, then where it was before."""
    if not hasattr(os, "sched_setaffinity"):  # it was never pinned
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def wall_seconds(market: Any, model: hs.Model) -> float:
    """Of one run, by the clock on the wall."""
    start = time.perf_counter()
    market.run(model)
    return time.perf_counter() - start


def threads() -> None:
    """Wall-clock time of one thread to that of two, the least of runs in turns."""
    with all_cores():
        for words, (make, lanes) in WORKS.items():
            model = hs.models.fixed_spread(half_spread=np.linspace(0.5, 3.0, lanes))
            markets = {count: make().with_changes(threads=count) for count in (1, 2)}
            best = dict.fromkeys(markets, np.inf)
            for _ in range(ROUNDS):
                for count, market in markets.items():
                    best[count] = min(best[count], wall_seconds(market, model))
            row(f"a second thread, {lanes:,} {words}", best[1] / best[2], None, "x", GOAL)
