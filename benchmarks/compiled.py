"""Compiled: benchmarks in C++, built for the occasion; what they print is a table of CSV."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def printed_by(source: str) -> list[dict[str, str]]:
    """The rows that benchmarks/`source` prints; none, and a word of it, without a compiler."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        print(f"| {source} | | | | | no C++ compiler |")
        return []
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        flags = ["-std=c++20", "-O3", "-ffp-contract=off", "-DHALFSPREAD_WHOLE_CALLS"]
        flags += ["-I", ROOT / "core"]
        subprocess.run([compiler, *flags, ROOT / "benchmarks" / source, "-o", program], check=True)
        printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(printed.splitlines()))
