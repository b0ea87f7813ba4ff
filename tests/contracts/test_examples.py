"""Each example runs as it stands, is under forty lines, and leaves what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CAPTURE = ROOT.parent / "shared/data/binance_raw_ws/usdm_btcusdt_20240808.gz"
LEAVES = {
    "01_first_maker.py": ("market.tape", "first_maker.html", "runs/first_maker/run.json"),
    "03_sweep.py": ("sweep.html",),
    "04_your_own_model.py": (),
    "05_by_hand.py": (),
    "06_strategy.py": (),
    "07_portfolio.py": ("btcusdt.html",),
    "08_worlds.py": (),
    "09_learning.py": (),
    "10_makers_in_a_book.py": (),
    "11_calibrated_with_a_guard.py": ("parameters.yaml", "calibration.html"),
}
BY_COMMAND = {
    "glft.yaml": ("backtest", ("run.json",)),
    "sweep.yaml": ("sweep", ("run.json", "lanes.parquet", "heat_map.html")),
}


def run(*words, cwd, status=0):
    env = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True, env=env
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_it_is_short(path):
    assert len(path.read_text().splitlines()) < 40


def test_each_is_run_by_a_test():
    known = {*LEAVES, *BY_COMMAND, "02_real_data.py", "BTCUSDT.yaml"}
    assert {path.name for path in EXAMPLES.glob("*.*")} == known


@pytest.mark.parametrize("name", LEAVES)
def test_it_runs(name, tmp_path):
    done = run(EXAMPLES / name, cwd=tmp_path)
    assert "profit" in done.stdout
    assert "Warning" not in done.stderr
    for left in LEAVES[name]:
        assert (tmp_path / left).stat().st_size > 0


def test_the_models_of_your_own_are_in_three_lanes(tmp_path):
    lines = run(EXAMPLES / "04_your_own_model.py", cwd=tmp_path).stdout.splitlines()
    assert [line[:8] for line in lines[1:4]] == ["pull 0.0", "pull 0.5", "pull 1.0"]
    assert lines[0].startswith("lean(follow_the_book(half_spread=1.5, pull=[0.0, 0.5, 1.0])")


def test_real_data_says_what_it_needs(tmp_path):
    done = run(EXAMPLES / "02_real_data.py", cwd=tmp_path, status=1)
    assert "No file was given" in done.stderr


@pytest.mark.skipif(not CAPTURE.exists(), reason="needs the shared captures beside the repository")
def test_real_data(tmp_path):
    done = run(EXAMPLES / "02_real_data.py", CAPTURE, cwd=tmp_path)
    assert "final touch (61659.7, 1.486) / (61659.8, 0.981)" in done.stdout
    assert (tmp_path / "real_data.html").exists()


@pytest.mark.parametrize("name", BY_COMMAND)
def test_it_runs_by_command(name, tmp_path):
    command, leaves = BY_COMMAND[name]
    run("-m", "halfspread.cli", command, EXAMPLES / name, "--output", "out", cwd=tmp_path)
    for left in leaves:
        assert (tmp_path / "out" / left).stat().st_size > 0


def test_the_instrument_is_one():
    from halfspread.instrument import Instrument
    from halfspread.yaml_file import read_yaml

    btc = Instrument.from_dict(read_yaml(EXAMPLES / "BTCUSDT.yaml"))
    assert btc == Instrument("BTCUSDT", "0.1", "0.001", maker_fee=0.0002, taker_fee=0.0005)
