"""Speed of the flows: orders and cancellations of the public a second, on one core."""

from __future__ import annotations

from typing import Any

from compiled import printed_by
from timing import least, row

import halfspread as hs
from halfspread.flows import START

HOUR_NS = 3600 * 10**9
NAIVE_HAWKES = 0.0068
"""Million events a second of twelve kernels that are power laws, each event summed anew."""
ABIDES_OPERATIONS, ABIDES_MESSAGES = 0.0021, 0.0298
"""Million a second in its market rmsc04: on its book; between all its agents and the exchange."""
DECISIONS = {"100ms": "each 8 orders", "1s": "each 80 orders"}


def flows() -> None:
    """Each flow's events a second; and with a maker in its book."""
    for load in printed_by("flows_bench.cpp"):
        goal = f"> {NAIVE_HAWKES} (naive)" if "hawkes" in load["flow"] else "> 20"
        million = float(load["million_a_second"])
        row(f"flow, {load['flow']}", million, None, "M/s", goal)
        if load["flow"] == "zero intelligence":
            messages = million * (1 + float(load["rows_an_event"]))
            row("of it, orders to ABIDES' orders", million / ABIDES_OPERATIONS, None, "x", "> 1000")
            row(
                "of it, messages to ABIDES' messages",
                messages / ABIDES_MESSAGES,
                None,
                "x",
                "> 1000",
            )
    for every, words in DECISIONS.items():
        million, ratio = with_a_maker(every)
        row(f"a maker in a zero-intelligence book, decides {words}", million, None, "M/s", "")
        row("time, to the flow's alone", ratio, None, "x", "")


def with_a_maker(every: str) -> tuple[float, float]:
    """Million events a second of an hour's market with a maker in it, and its time to the flow's.

    Each is the least of five runs, in turns. The maker keeps a quote a side; signals are measured.
    """
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    model = hs.models.fixed_spread(half_spread=0.5)
    market = hs.Simulated(flow, "1h", warm_up="1m", threads=1, decide_every=every)
    market.with_changes(horizon="1s").run(model)  # compiled
    alone, together, events = [], [], 0

    def advance() -> Any:
        public = flow.start(0, 0, START - 60 * 10**9)
        return public.advance(START + HOUR_NS)

    for _ in range(5):
        seconds, events = least(1, advance)
        alone.append(seconds)
        together.append(least(1, lambda: market.run(model))[0])
    return events / min(together) * 1e-6, min(together) / min(alone)
