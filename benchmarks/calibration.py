"""Calibration of recorded markets: prints the tables of docs/calibration.md.

python benchmarks/calibration.py [folder for the reports]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import halfspread as hs
from halfspread.codecs.to_tape import import_tape

CAPTURES = Path(__file__).resolve().parents[2] / "shared/data/binance_raw_ws"
TAPES = {
    "USD-M BTCUSDT": (["usdm_btcusdt_20240808.gz"], hs.Instrument("BTCUSDT", "0.1", "0.001")),
    "USD-M ETHUSDT": (["usdm_ethusdt_20240808.gz"], hs.Instrument("ETHUSDT", "0.01", "0.001")),
    "COIN-M BTCUSD": (
        ["cm_btcusd_perp_20240808.gz", "cm_btcusd_perp_20240809.gz"],
        hs.Instrument("BTCUSD_PERP", "0.1", "1", 100, inverse=True),
    ),
    "spot NEXOUSDT": (
        ["spot_nexousdt_20240724.dat.gz"],
        hs.Instrument("NEXOUSDT", "0.001", "0.01"),
    ),
}


def pm(value: float, error: float) -> str:
    """A value and its standard error."""
    return f"{value:.4g} ± {error:.2g}"


def facts(found: hs.Calibration) -> dict[str, str]:
    """A column of the table."""
    assert not found.not_calibrated, found.not_calibrated
    volatility, both, impact = found.volatility, found.both, found.impact
    marks, delays = found.touch_mark_out, found.latency.milliseconds
    bands = zip(marks.horizons_s, marks.realised, marks.low, marks.high, strict=True)
    binned = impact.binned[0]
    hawkes, waits = found.hawkes, found.waiting_bids
    seconds = (found.span[1] - found.span[0]) / 1e9
    branching = [process.branching[0] for process in (hawkes.buys, hawkes.sells)]
    return {
        "seconds, aggressor orders": f"{seconds:,.0f}, {found.orders:,}",
        "volatility, ticks / √s": pm(volatility.ticks, volatility.error),
        "taken at, s": f"{volatility.scale_s:g}",
        "A of bids, / s": pm(found.bids.fit.intensity, found.bids.intensity_bootstrap),
        "k of bids, / tick": pm(found.bids.fit.decay, found.bids.decay_bootstrap),
        "A of asks, / s": pm(found.asks.fit.intensity, found.asks.intensity_bootstrap),
        "k of asks, / tick": pm(found.asks.fit.decay, found.asks.decay_bootstrap),
        "A of a side, / s": pm(both.fit.intensity, both.intensity_bootstrap),
        "k of a side, / tick": pm(both.fit.decay, both.decay_bootstrap),
        "its range, ticks": f"{both.nearest:g} to {both.farthest:g}",
        "the exponential": f"not refused, p = {both.probability:.2g}" if both.holds else "refused",
        "counted at the nearest depth, / s": f"{both.curve.rates[0]:.3g}",
        "A of waiting bids, / s": pm(waits.fit.intensity, waits.intensity_bootstrap),
        "k of waiting bids, / tick": pm(waits.fit.decay, waits.decay_bootstrap),
        "A of the tutorial, / s, two sides": f"{found.tutorial.intensity:.3g}",
        "k of the tutorial, / half tick": f"{found.tutorial.decay:.3g}",
        "half spread at the touch, ticks": f"{marks.effective:.3g}",
        **{
            f"kept after {horizon:g} s": f"{value:.3g} ({low:.3g} to {high:.3g})"
            for horizon, value, low, high in bands
        },
        "OFI, ticks / lot, 1 s": pm(binned.imbalance.values[1], binned.imbalance.errors[1]),
        "it explains": f"{binned.imbalance.r_squared:.0%}",
        "Kyle's lambda, ticks / lot, 1 s": pm(binned.volume.values[1], binned.volume.errors[1]),
        "it explains ": f"{binned.volume.r_squared:.0%}",
        "branching, buys, sells": "{:.2f}, {:.2f}".format(*branching),
        "p of their gaps": f"{hawkes.buys.probability:.1g}, {hawkes.sells.probability:.1g}",
        "feed, median, 99 %, ms": f"{delays[3]:.3g}, {delays[6]:.3g}",
    }


def main() -> None:
    """Prints the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    columns = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, (files, instrument) in TAPES.items():
            tape, _ = import_tape(
                [CAPTURES / file for file in files], instrument, Path(scratch) / f"{name}.tape"
            )
            found = hs.calibrate.calibrate_tape(tape)
            columns[name] = facts(found)
            if folder is not None:
                found.report(folder / f"{name}.html")
    print(f"| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in next(iter(columns.values())):
        print(f"| {row.strip()} | {' | '.join(column[row] for column in columns.values())} |")


if __name__ == "__main__":
    main()
