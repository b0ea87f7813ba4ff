"""Speed of the matching engine: operations a second, and rows of an order-by-order tape."""

from __future__ import annotations

from compiled import printed_by
from timing import row

GOALS = {"20k": ("20,000 resting", "> 20"), "1M": ("a million resting", "> 10")}


def exchange() -> None:
    """Operations a second on one core, and order-by-order replay, by number of resting orders."""
    for load in printed_by("exchange_bench.cpp"):
        assert load["replay"] == "equal", "the public's rows give another book"
        name, _, uniform = load["load"].partition(" ")
        what, goal = GOALS[name]
        what, goal = (f"{what}, cancels of any", "") if uniform else (what, goal)
        row(f"matching, {what}", float(load["million_a_second"]), None, "M/s", goal)
        row(f"tape by order, {what}", float(load["ns_a_replayed_row"]), None, "ns/row", "")
