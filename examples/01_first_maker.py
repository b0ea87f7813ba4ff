"""A first maker: a market to make, a model from the shelf, what came of it."""

import halfspread as hs

tape = hs.synthetic.tape("market.tape", events=200_000, seed=1)

model = hs.models.glft(risk_aversion=1e-3, size=10)  # lots; it measures volatility as it goes
market = hs.Replay(tape, latency_ms=5, orders=hs.OrderPolicy(inventory_limit=100))
run = hs.backtest(model, market, decide_every="100ms")

run.summary()
run.report("first_maker.html")
run.save("runs/first_maker")  # fills.parquet, path.parquet, run.json
