"""Portfolio of two recorded markets, bitcoin and ether; skipped where the captures are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

import halfspread as hs
from halfspread.codecs import import_files
from halfspread.models import Asset, MultiAssetMaker
from scripted_market import SECOND

CAPTURES = Path(__file__).resolve().parents[3] / "shared/data/binance_raw_ws"


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="needs the shared captures beside the repository")
def test_bitcoin_and_ether_move_together_and_are_quoted_on_one_clock():
    instruments = {
        "btcusdt": hs.Instrument("BTCUSDT", "0.1", "0.001", maker_fee=0.0002),
        "ethusdt": hs.Instrument("ETHUSDT", "0.01", "0.001", maker_fee=0.0002),
    }
    tapes = {}
    for name, instrument in instruments.items():
        events, _ = import_files("binance", [CAPTURES / f"usdm_{name}_20240808.gz"], instrument)
        tape = hs.Tape.from_events(events, instrument)
        tapes[name] = tape.slice(tape.span[0], tape.span[0] + 100 * SECOND)
    records = [hs.calibrate.read_record(tape) for tape in tapes.values()]
    by_scale = [hs.calibrate.correlation(records, scale)[0, 1] for scale in (0.1, 0.5, 2.0)]
    assert by_scale == sorted(by_scale)
    assert by_scale[-1] > 0.5
    assets = [Asset(4.7, 1.1, 0.32, 0.01), Asset(0.29, 1.4, 7.2, 0.1)]
    correlation = [[1, by_scale[-1]], [by_scale[-1], 1]]
    quoting = MultiAssetMaker(assets, correlation, 0.1, symbols=["btcusdt", "ethusdt"])
    run = hs.backtest(quoting, hs.Portfolio({n: hs.Replay(t) for n, t in tapes.items()}))
    assert abs(len(run["btcusdt"].path["time"]) - len(run["ethusdt"].path["time"])) <= 2
    assert min(run[name].metrics()["fills"] for name in run.names) > 20
    assert run.wealth[-1] == pytest.approx(run.metrics()["profit"], abs=1e-6)
    assert run.correlation()[0, 1] > 0
