"""Your own model: a function from a state to a quote, compiled, wrapped, and in several lanes.

It remembers nothing and works in ticks and lots; what must be remembered is in the state already.
"""

import halfspread as hs
from halfspread.parameter import positive


@hs.model(half_spread=positive, size=positive)
def follow_the_book(
    state: hs.QuoteState, half_spread: float, pull: float, size: float = 10.0
) -> hs.Quote:
    """Quote around a price that is pushed away from the heavier side of the touch."""
    centre = state.mid + pull * state.imbalance
    return hs.Quote(centre - half_spread, centre + half_spread, size, size)


maker = follow_the_book(half_spread=1.5, pull=[0.0, 0.5, 1.0])  # an array makes lanes
maker = hs.lean(maker, strength=1, limit=100)  # a wrapper around a model is a model
print(maker)

tape = hs.synthetic.tape(events=200_000, seed=1)
run = hs.backtest(maker, hs.Replay(tape, latency_ms=5))
for lane, pull in enumerate(run.parameters["pull"]):
    found = run.metrics(lane)
    print(f"pull {pull}: profit {found['profit']:.3f}, mark-out 5 s {found['markout_5s']:.4f}")


def cautious(state):
    """Any callable is a model, too: plain Python, slower, free to do as it likes."""
    return hs.Quote(state.bid - 1, state.ask + 1, 10, 10 if state.inventory > -50 else 0)


print(f"plain Python: profit {hs.backtest(cautious, tape).metrics()['profit']:.3f}")
