"""Bitcoin and ether quoted together, as measured: prints the table of docs/results.md.

    python benchmarks/portfolio.py [FOLDER]    # default: shared/data/binance_raw_ws, beside us

The first third calibrates, the rest is traded, as in results.py. The maker runs with no correlation
(each instrument for itself), with that at the longer of the scales at which the two volatilities
level off, and with that at the longest scale: only what the instruments know of each other
differs. The values at risk are all by the last of the three.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from results import BIN_S, FOLDER, MARKETS, ORDERS

import halfspread as hs
from halfspread.calibrate.inference import block_seconds, stationary_weights
from halfspread.codecs import import_files
from halfspread.models import Asset, MultiAssetMaker

NAMES = {"BTCUSDT": "USD-M BTCUSDT", "ETHUSDT": "USD-M ETHUSDT"}
HORIZON_S = 60.0
SCALES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Of which 30 fit the first third."""
COLUMNS = ("correlation", "instrument", "fills", "spread", "inventory", "fees", "profit")
COLUMNS += ("drawdown", "95 %", "mean VaR", "correlation of profits")


def tape_of(market: str, folder: Path) -> hs.Tape:
    """The tape of one of the captures of results.py."""
    files, instrument, _ = MARKETS[market]
    events, check = import_files("binance", [folder / file for file in files], instrument)
    return hs.Tape.from_events(
        events, instrument, venue="binance", clock_offset_ns=check.clock_offset_ns
    )


def maker_of(
    tapes: dict[str, hs.Tape], sizes: dict[str, int], correlation: np.ndarray
) -> MultiAssetMaker:
    """The maker with what each tape says alone, and a correlation.

    The risk aversion is the least of those at which an asset alone leans by 1/k at its limit.
    """
    assets, aversions = [], []
    for name, tape in tapes.items():
        found = hs.calibrate.calibrate_tape(tape).parameters
        keys = ("volatility", "fill_intensity", "fill_decay")
        asset = Asset.in_ticks(tape.instrument, *(found[key] for key in keys), size=sizes[name])
        assets.append(asset)
        curvature = 2 * asset.fill_intensity * asset.fill_decay * asset.size / np.e
        limit = ORDERS * asset.size
        aversions.append(curvature / (asset.fill_decay * limit * asset.volatility) ** 2)
    return MultiAssetMaker(assets, correlation, min(aversions), symbols=list(tapes))


def band(times: np.ndarray, wealth: np.ndarray) -> str:
    """What its change could as well have been: 95 % of a stationary bootstrap of bins of BIN_S."""
    edges = np.arange(times[0], times[-1] + 1, round(BIN_S * 1e9))
    changes = np.diff(wealth[np.searchsorted(times, edges, side="right") - 1])
    span_s = (times[-1] - times[0]) / 1e9
    weights = stationary_weights(len(changes), block_seconds(span_s) / BIN_S, seed=0)
    low, high = np.quantile(weights @ np.nan_to_num(changes), (0.025, 0.975))
    return f"{low:.2f} to {high:.2f}"


def line(label: str, name: str, found: dict[str, float], risks: list[str]) -> str:
    """A row of the table."""
    money = ("profit_spread", "profit_inventory", "fees", "profit", "max_drawdown")
    cells = [f"{found['fills']:,.0f}", *(f"{found[part]:.2f}" for part in money)]
    return f"| {label} | {name} | {' | '.join(cells + risks)} |"


def main() -> None:
    """Prints what was calibrated, and the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    tapes = {name: tape_of(market, folder) for name, market in NAMES.items()}
    sizes = {name: MARKETS[market][2] for name, market in NAMES.items()}
    first = max(tape.span[0] for tape in tapes.values())
    last = min(tape.span[1] for tape in tapes.values())
    third = first + (last - first) // 3
    early = {name: tape.slice(first, third) for name, tape in tapes.items()}
    records = [hs.calibrate.read_record(tape) for tape in early.values()]
    scales = [hs.calibrate.volatility(record).scale_s for record in records]
    by_scale = {scale: hs.calibrate.correlation(records, scale) for scale in SCALES_S}
    for scale, matrix in by_scale.items():
        print(f"correlation at {scale:g} s: {matrix[0, 1]:.4f}")
    print(f"volatilities level off at {scales} s\n")
    makers = {
        "0": maker_of(early, sizes, np.eye(len(tapes))),
        **{
            f"{by_scale[scale][0, 1]:.2f}": maker_of(early, sizes, by_scale[scale])
            for scale in (max(scales), max(SCALES_S))
        },
    }
    judge = list(makers.values())[-1]
    print(f"{judge}\nlean:\n{judge.lean()}\n")
    portfolio = hs.Portfolio(
        {
            name: hs.Replay(
                tape,
                latency_ms=5,
                orders=hs.OrderPolicy(inventory_limit=ORDERS * sizes[name]),
                start=third,
            )
            for name, tape in tapes.items()
        }
    )
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    runs = {label: hs.backtest(maker, portfolio) for label, maker in makers.items()}
    for label, run in runs.items():
        at_risk = run.value_at_risk(judge.covariance, HORIZON_S)
        for name in run.names:
            path = run[name].path
            profit = band(path["time"], path["wealth"][:, 0])
            print(line(label, name, run[name].metrics(), [profit, "", ""]))
        profit = band(run.times, run.wealth)
        risks = [profit, f"{np.nanmean(at_risk):.2f}", f"{run.correlation()[0, 1]:.2f}"]
        print(line(label, "the whole", run.metrics(), risks))
    alone = runs["0"]
    for label, run in runs.items():
        apart = run.wealth - alone.wealth
        print(f"{label} less 0: {apart[-1]:.2f}, 95 % {band(run.times, apart)}")


if __name__ == "__main__":
    main()
