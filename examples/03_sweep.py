"""A sweep: 72 makers in one pass over the tape, and a heat map of what they earned."""

import numpy as np

import halfspread as hs

tape = hs.synthetic.tape(events=200_000, seed=1)
market = hs.Replay(tape, latency_ms=5, orders=hs.OrderPolicy(inventory_limit=200))

makers = hs.grid(
    hs.models.glft,
    risk_aversion=np.geomspace(1e-6, 1e-1, 12),
    size=[1, 2, 5, 10, 20, 50],
)
run = hs.backtest(makers, market)

hs.heat_map(run, "sweep.html")
best = run.table().sort_by([("profit", "descending")]).slice(0, 10)  # a pyarrow Table
for row in best.to_pylist():
    print(
        "risk_aversion {risk_aversion:8.2g}  size {size:3.0f}  profit {profit:8.4f}".format(**row)
    )
print(f"{run.n} lanes; the best of so many is best partly by luck: try it on another seed")
