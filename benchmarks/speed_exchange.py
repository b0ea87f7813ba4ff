"""Speed of the matching engine: compiles exchange_bench.cpp, runs it and prints its rows."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from timing import row

ROOT = Path(__file__).resolve().parents[1]
GOALS = {"20k": ("20,000 resting", "> 20"), "1M": ("a million resting", "> 10")}


def exchange() -> None:
    """Operations a second on one core, and order-by-order replay, by number of resting orders."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        print("| matching engine | | | | | no C++ compiler |")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "exchange_bench"
        source = ROOT / "benchmarks/exchange_bench.cpp"
        flags = ["-std=c++20", "-O3", "-ffp-contract=off", "-I", ROOT / "core"]
        subprocess.run([compiler, *flags, source, "-o", program], check=True)
        printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    for load in csv.DictReader(printed.splitlines()):
        assert load["replay"] == "equal", "the public's rows give another book"
        name, _, uniform = load["load"].partition(" ")
        what, goal = GOALS[name]
        what, goal = (f"{what}, cancels of any", "") if uniform else (what, goal)
        row(f"matching, {what}", float(load["million_a_second"]), None, "M/s", goal)
        row(f"tape by order, {what}", float(load["ns_a_replayed_row"]), None, "ns/row", "")
