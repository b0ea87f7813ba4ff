"""Speed of the flows: orders and cancellations of the public a second, on one core."""

from __future__ import annotations

from compiled import printed_by
from timing import row


def flows() -> None:
    """Each flow's events a second."""
    for load in printed_by("flows_bench.cpp"):
        row(f"flow, {load['flow']}", float(load["million_a_second"]), None, "M/s", "> 20")
