"""The page of results calls its rows what benchmarks/results.py does, and says what is guessed."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location("results_page", ROOT / "benchmarks/results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows_that_rest_on_guesses_are_labelled_so(monkeypatch):
    results = benchmark(monkeypatch)
    page = (ROOT / "docs/results.md").read_text()
    rows = re.findall(r"^\| ([^|]*, calibrated[^|]*) \|", page, re.MULTILINE)
    names = {row.partition(", calibrated")[0] for row in rows}
    assert set(results.IN_PART) < names
    assert set(rows) == {results.labelled(name, ", calibrated") for name in names}
    assert len(rows) == len(results.MARKETS) * len(names)
    assert results.labelled("glft", "") == "glft"
