"""Speed of the flows: compiles flows_bench.cpp, runs it and prints its rows."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from timing import row

ROOT = Path(__file__).resolve().parents[1]


def flows() -> None:
    """Orders and cancellations of the public a second, on one core."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        print("| flows | | | | | no C++ compiler |")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "flows_bench"
        source = ROOT / "benchmarks/flows_bench.cpp"
        flags = ["-std=c++20", "-O3", "-ffp-contract=off", "-I", ROOT / "core"]
        subprocess.run([compiler, *flags, source, "-o", program], check=True)
        printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    for load in csv.DictReader(printed.splitlines()):
        row(f"flow, {load['flow']}", float(load["million_a_second"]), None, "M/s", "> 20")
