"""The soak of simulated markets runs, in short."""

import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).resolve().parents[2] / "benchmarks/soak.py"


def test_a_short_soak_has_flat_memory():
    command = [sys.executable, SOAK, "--events", "3e6"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 4
