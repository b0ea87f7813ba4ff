"""Speed of whole processes: from start to result, beside the peer, and to a first quote."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import row

QUOTE = """
import halfspread as hs
model = hs.models.avellaneda_stoikov(risk_aversion=0.1, fill_decay=1.5, volatility=1.0)
run = hs.backtest(model, hs.Brownian("1s", 1.0, 1.0, 1.0, decide_every="1s"))
assert run.counters["submits"][0] > 0
"""
OURS = """
import sys
import halfspread as hs
sys.path.insert(0, {here!r})
from speed_strategy import leaning
tape = hs.open_tape(sys.argv[1])
market = hs.Replay(tape, latency_ms=5, orders=hs.OrderPolicy(inventory_limit=20),
                   rules="hftbacktest", decide_every="100ms", threads=1)
run = market.run(leaning(half=0.5, lean=0.05, size=1.0))
print(run.counters["submits"][0], run.counters["fills"][0])
"""
THEIRS = """
import sys
sys.path[:0] = [{here!r}, {tests!r}]
import numpy as np
import peer_feed
rows = np.load(sys.argv[1])["data"]
result = peer_feed.peer.upkeep(rows, peer_feed.INSTRUMENT, peer_feed.STRATEGY,
    queue="power3", latency=peer_feed.LATENCY, watch=False, price_range=peer_feed.PRICE_RANGE)
print(result.submits, result.trades)
"""


def processes(tape_path: Path, npz_path: Path, runs: int) -> None:
    """Whole processes from start to result: imports, compilation, loading and the run."""
    here, tests = str(Path(__file__).parent), str(Path(__file__).resolve().parents[1] / "tests")
    ours = [timed(OURS.format(here=here), tape_path) for _ in range(runs)]
    theirs = [timed(THEIRS.format(here=here, tests=tests), npz_path) for _ in range(runs)]
    if len(said := {words for _, words in ours + theirs}) > 1:
        sys.exit(f"the two sides differ in what they sent and filled: {said}")
    row("whole process, compiling", min(ours)[0], min(theirs)[0], "s", "4x")


def timed(program: str, *arguments: Path, cache: str | None = None) -> tuple[float, bytes]:
    """Wall seconds of a Python process, its kernel cache empty unless one is given; its words."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "HALFSPREAD_CACHE": cache or empty}
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)],
            env=environment,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - start, done.stdout


def start(runs: int) -> None:
    """From nothing to the first quote."""
    cold = min(timed(QUOTE)[0] for _ in range(runs))
    row("first quote, no kernel cached", cold, None, "s", "< 3")
    with tempfile.TemporaryDirectory() as cache:
        timed(QUOTE, cache=cache)
        warm = min(timed(QUOTE, cache=cache)[0] for _ in range(runs))
    row("first quote, cached", warm, None, "s", "< 1")
