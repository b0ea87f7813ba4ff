"""Portfolio: two instruments of different steps, quoted together by what both inventories risk."""

import halfspread as hs
from halfspread.models import Asset, MultiAssetMaker

fees = {"maker_fee": 0.0, "taker_fee": 0.0005}
instruments = {
    "BTCUSDT": hs.Instrument("BTCUSDT", "0.1", "0.001", **fees),
    "ETHUSDT": hs.Instrument("ETHUSDT", "0.05", "0.01", **fees),
}
tapes = {  # two synthetic markets that know nothing of each other
    name: hs.Tape.from_events(hs.synthetic.flow(events=60_000, seed=seed), instrument)
    for seed, (name, instrument) in enumerate(instruments.items())
}

# The first third calibrates, the rest is traded.
thirds = {name: tape.span[0] + (tape.span[1] - tape.span[0]) // 3 for name, tape in tapes.items()}
assets, records = [], []
for name, tape in tapes.items():
    early = tape.slice(tape.span[0], thirds[name])
    found = hs.calibrate.calibrate_tape(early).parameters
    numbers = {key: found[key] for key in ("volatility", "fill_intensity", "fill_decay")}
    assets.append(Asset.in_ticks(tape.instrument, size=5, **numbers))
    records.append(hs.calibrate.read_record(early))
correlation = hs.calibrate.correlation(records, scale_s=2.0)
maker = MultiAssetMaker(assets, correlation, risk_aversion=1.0, symbols=list(tapes))

portfolio = hs.Portfolio(
    {name: hs.Replay(tape, latency_ms=5, start=thirds[name]) for name, tape in tapes.items()}
)
run = hs.backtest(maker, portfolio)
run.summary()
at_risk = run.value_at_risk(maker.covariance, horizon_s=60)
print(f"correlation {correlation[0, 1]:.2f}; value at risk in a minute: {at_risk.max():.3f}")
run["BTCUSDT"].report("btcusdt.html")
