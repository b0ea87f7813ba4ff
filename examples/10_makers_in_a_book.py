"""Makers in a book: three quote in one simulated order book, then each in a book of its own."""

import numpy as np

import halfspread as hs

flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)  # some 80 orders and cancellations a second
names = ["at the touch", "a tick behind", "leaning"]


def quotes(state: hs.QuoteState) -> hs.Quote:
    """Of the three lanes at once."""
    inside = np.array([0.0, 1.0, 0.0])
    lean = np.array([0.0, 0.0, 0.2]) * state.inventory
    return hs.Quote(state.bid - inside - lean, state.ask + inside - lean)


for book, together in (("one book", True), ("a book each", False)):
    market = hs.Simulated(
        flow,
        "20m",
        lanes=3,
        shared_book=together,
        seed=7,
        latency_ms=5,
        orders=hs.OrderPolicy(inventory_limit=20),
    )
    run = hs.backtest(hs.batched(quotes), market)
    for lane, name in enumerate(names):
        found = run.metrics(lane)
        print(f"{book}, {name}: profit {found['profit']:.2f}, {found['fills']:.0f} fills")
