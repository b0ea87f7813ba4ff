"""Every block of Python on a page of the docs runs, and prints what the page says it prints."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from order_scripts import LOBSTER_ROWS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NEEDS = {
    "conventions.md": ("duckdb", "pandas", "polars"),
    "learning.md": ("gymnasium",),
    "models/optimise.md": ("highspy",),
}


def pages():
    found = [path for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    texts = {path.relative_to(DOCS).as_posix(): path for path in found}
    texts["README.md"] = ROOT / "README.md"
    return {name: path for name, path in sorted(texts.items()) if BLOCK.search(path.read_text())}


PAGES = pages()


def minutes(seed=1, events=20_000, symbol="BTCUSDT"):
    made = hs.synthetic.tape(events=events, seed=seed)
    return hs.Tape.from_events(made.events(), replace(made.instrument, symbol=symbol))


def of_calibration():
    return {"hs": hs, "np": np, "tape": minutes(events=40_000)}


def of_orders():
    hs.Tape.from_events(LOBSTER_ROWS, hs.Instrument("AMZN", "0.01", "1")).write("amzn_orders.tape")
    return {"hs": hs, "np": np}


def of_several():
    return {"hs": hs, "tapes": [minutes(1), minutes(2, symbol="ETHUSDT")]}


def of_a_portfolio():
    tapes = of_several()["tapes"]
    replays = {tape.instrument.symbol: hs.Replay(tape) for tape in tapes}
    return {"hs": hs, "portfolio": hs.Portfolio(replays)}


def of_risk():
    tape = minutes(events=60_000)
    return {
        "hs": hs,
        "tape": tape,
        "model": hs.models.glft(risk_aversion=1e-3),
        "market": hs.Replay(tape),
        "covariance": [[3.6, 0.5], [0.5, 1.2]],
    }


def of_signals():
    tape = minutes()
    first, last = tape.span
    first += 10**9
    flow, noise = np.random.default_rng(1).normal(size=(2, len(range(first, last, 10**8))))
    return {
        "tape": tape,
        "first": first,
        "last": last,
        "features": {"flow": flow},
        "forward_change": flow + noise,
    }


def of_strategies():
    return {
        "hs": hs,
        "market": hs.Replay(minutes()),
        "strategy": hs.models.fixed_spread(half_spread=1),
    }


GIVEN = {
    "calibration.md": of_calibration,
    "formats.md": of_orders,
    "models/multi_asset.md": of_several,
    "portfolio.md": of_a_portfolio,
    "risk.md": of_risk,
    "signals.md": of_signals,
    "strategies.md": of_strategies,
}
"""What a page takes for given: names that its words speak of, and files. All have btc.tape."""


@pytest.mark.parametrize("page", PAGES)
def test_its_blocks_run(page, tmp_path, monkeypatch):
    for module in NEEDS.get(page, ()):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    minutes().write("btc.tape")
    names = {"__name__": page, **GIVEN.get(page, dict)()}
    for number, block in enumerate(BLOCK.findall(PAGES[page].read_text()), 1):
        if ">>>" not in block:
            exec(compile(block, f"{page}, block {number}", "exec"), names)


@pytest.mark.parametrize("page", [page for page in PAGES if ">>>" in PAGES[page].read_text()])
def test_examples_print_what_the_page_says(page):
    for module in NEEDS.get(page, ()):
        pytest.importorskip(module)
    found = doctest.testfile(str(PAGES[page]), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0
