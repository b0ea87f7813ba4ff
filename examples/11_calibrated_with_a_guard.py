"""Calibrate on the first half of a tape; trade the rest with those numbers, delays and a guard."""

import halfspread as hs

tape = hs.synthetic.tape(events=80_000, seed=1)
first, last = tape.span
middle = (first + last) // 2

found = hs.calibrate.calibrate_tape(tape.slice(first, middle))
for name, value in found.parameters.items():
    print(f"{name:20} {value:8.4g} ± {found.errors[name]:.2g}")
for name, why in found.not_calibrated.items():
    print(f"{name:20} not calibrated: {why}")
found.write("parameters.yaml")  # what `calibration:` of a config reads
found.report("calibration.html")

names = ("fill_intensity", "fill_decay", "volatility")
model = hs.models.glft_exact(
    risk_aversion=1e-3,
    size=10,
    max_inventory=100,
    **{name: found.parameters[name] for name in names},
)
rest = tape.slice(middle, last)
delays = hs.calibrate.read_feed_delays("parameters.yaml")
guard = hs.GuardPolicy(
    inventory_limit=60, loss=3, volatility_spike=3, stale_book="2s", end_of_day="20s"
)
market = hs.Replay(rest, latency=delays.latency(rest.span, multiple=1.5), guard=guard)
run = hs.backtest(model, market)
run.summary()
for change in hs.guard.in_words(run.guard):
    seconds = (change["time"] - middle) / 1e9
    print(f"{seconds:6.1f} s  {change['from']} to {change['to']}: {change['reason']}")
