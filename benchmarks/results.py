"""Results on real captures, as measured: prints the tables of docs/results.md.

    python benchmarks/results.py [FOLDER]    # default: shared/data/binance_raw_ws, beside us

Nothing is tuned: one set of parameters, in units of what the signals measure, for both markets.
"""

from __future__ import annotations

import sys
from pathlib import Path

import halfspread as hs
from halfspread.codecs import import_files

FOLDER = Path(__file__).resolve().parents[2] / "shared/data/binance_raw_ws"
MARKETS = {
    "usdm_btcusdt_20240808.gz": (
        hs.Instrument("BTCUSDT", "0.1", "0.001", maker_fee=0.0002, taker_fee=0.0005),
        10,
    ),
    "spot_nexousdt_20240724.dat.gz": (
        hs.Instrument("NEXOUSDT", "0.001", "0.01", maker_fee=0.001, taker_fee=0.001),
        5_000,
    ),
}
COLUMNS = (
    "| model | fills | volume | spread | inventory | profit before fees | fees | profit "
    "| bp of turnover | mark-out 5 s | peak inventory |"
)


def makers(size: float, limit: float) -> dict[str, object]:
    """The makers compared; risk aversion is per tick and lot, so it scales with 1 / size."""
    fixed = hs.models.fixed_spread(half_spread=0.5, size=size)
    return {
        "fixed_spread, at the touch": fixed,
        "the same, leaning": hs.lean(fixed, strength=2.0, limit=limit),
        "glft": hs.models.glft(risk_aversion=0.01 / size, size=size),
        "glft, ten times as averse": hs.models.glft(risk_aversion=0.1 / size, size=size),
        "avellaneda_stoikov": hs.models.avellaneda_stoikov(risk_aversion=1e-5 / size, size=size),
    }


def main() -> None:
    """Prints a table for each market."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, (instrument, size) in MARKETS.items():
        events, check = import_files("binance", [folder / name], instrument)
        tape = hs.Tape.from_events(
            events, instrument, venue="binance", clock_offset_ns=check.clock_offset_ns
        )
        limit = 10 * size
        market = hs.Replay(
            tape, latency_ms=5, queue="power3", orders=hs.OrderPolicy(inventory_limit=limit)
        )
        print(f"\n## {name}\n\n{COLUMNS}\n|{'---|' * 11}")
        for label, model in makers(size, limit).items():
            found = hs.backtest(model, market, decide_every="100ms").metrics()
            cells = [
                f"{found['fills']:,.0f}",
                f"{found['volume']:.6g}",
                *(f"{found[part]:.2f}" for part in ("profit_spread", "profit_inventory")),
                f"{found['profit'] + found['fees']:.2f}",
                *(f"{found[part]:.2f}" for part in ("fees", "profit", "profit_bp")),
                f"{found['markout_5s']:.4g}",
                f"{found['peak_inventory']:.6g}",
            ]
            print(f"| {label} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
