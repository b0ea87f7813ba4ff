"""Speed beside hftbacktest 2.4.4 on the same work, as ratios: `make bench` prints this table.

    python benchmarks/speed.py                  # everything, some minutes
    python benchmarks/speed.py --only replay    # see PARTS for the others

One process, pinned to one core but where threads are compared; each figure is the least of several
runs, since what is added by others is noise. Both sides give the same fills, or there is no table.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import peer_feed
from peer_feed import INSTRUMENT, LATENCY, PRICE_RANGE, STRATEGY, feeds, peer
from speed_exchange import exchange
from speed_flows import flows
from speed_learning import learning
from speed_models import calibration, kernel, programme, solvers
from speed_processes import processes, start
from speed_strategy import idle, leaning
from speed_threads import threads
from timing import least, row

import halfspread as hs

CAPTURE = Path(__file__).resolve().parents[2] / "shared/data/binance_raw_ws"
SETS = 1000


def leaning_in_python(state: hs.QuoteState) -> tuple[float, float, float, float]:
    """The same as plain Python."""
    mid, skew = state[1], STRATEGY.lean * state[0]
    return mid - STRATEGY.half - skew, mid + STRATEGY.half - skew, 1.0, 1.0


def market(tape: hs.Tape, **options: Any) -> hs.Replay:
    """Our side of the work."""
    return hs.Replay(
        tape,
        latency_ms=LATENCY.entry_time / 1e6,
        queue=hs.Queue(peer_feed.QUEUE, peer_feed.EXPONENT),
        orders=hs.OrderPolicy(inventory_limit=STRATEGY.max_position),
        rules="hftbacktest",
        threads=1,
        **{"decide_every": STRATEGY.every / 1e9, **options},
    )


def replay(tape: hs.Tape, rows: np.ndarray, runs: int) -> float:
    """One lane, compiled, plain and without a strategy. Returns the peer's best seconds."""
    n = len(rows)
    model = leaning(half=STRATEGY.half, lean=STRATEGY.lean, size=STRATEGY.size)
    market(tape).run(model)
    theirs = {}
    for book, price_range in (("hash map", None), ("vector", PRICE_RANGE)):
        theirs[book], result = least(
            runs, lambda r=price_range: peer_feed.run_peer(rows, r is not None)[0]
        )
    ours, run = least(runs, lambda: market(tape).run(model))
    names = ("exchange_time", "side", "price", "size")
    mine, other = (
        sorted(zip(*(fills[name].tolist() for name in names), strict=True))
        for fills in (run.fills, result.fills)
    )
    assert mine == other, "the fills differ"
    assert run.counters["submits"][0] == result.submits
    best = min(theirs.values())
    row(
        "one lane, against its hash map", ours / n * 1e9, theirs["hash map"] / n * 1e9, "ns/row", ""
    )
    row("one lane, against its vector book", ours / n * 1e9, best / n * 1e9, "ns/row", "5x, aim 8x")
    seconds, run = least(runs, lambda: market(tape).run(leaning_in_python))
    assert run.counters["submits"][0] == result.submits
    row("plain Python strategy", seconds / n * 1e9, best / n * 1e9, "ns/row", "2.5x")
    ours, _ = least(runs, lambda: walk(tape))
    idle = {r: least(runs, lambda r=r: peer_walk(rows, r))[0] for r in (None, PRICE_RANGE)}
    row("no strategy", ours / n * 1e9, min(idle.values()) / n * 1e9, "ns/row", "5x")
    return best


def walk(tape: hs.Tape) -> None:
    """Steps through the tape every 100 ms and asks for nothing."""
    market(tape).run(leaning(half=0.5, lean=0.0, size=0.0))


def peer_walk(rows: np.ndarray, price_range: tuple[float, float] | None) -> None:
    """The same by the peer."""
    backtest, kept = peer._backtest(
        rows, INSTRUMENT, peer_feed.QUEUE, peer_feed.EXPONENT, LATENCY, price_range
    )
    idle(backtest, STRATEGY.every)
    backtest.close()
    del kept


HAWKES = hs.Hawkes(baseline=1.0, jump=2.0, decay=10.0, cross_jump=0.5)
SIGNALS: dict[str, dict[str, Any]] = {
    "momentum, mean reversion": {"fast_half_life": "5s", "slow_half_life": "60s"},
    "depth of 5 levels": {"depth_levels": 5},
    "cost of a round trip": {"round_trip_lots": 50},
    "100 recent trades": {"recent_trades": 100},
    "order-flow imbalance": {"order_flow_half_life": "5s"},
    "Hawkes intensities": {"hawkes": HAWKES},
    "toxicity": {"mark_out_horizon": "1s"},
    "VPIN": {"vpin_bucket_lots": 100},
    "intensity and decay a side": {"fill_sides": True},
}


def signals(tape: hs.Tape, runs: int) -> None:
    """What each signal adds to a replay without a strategy, and all of them."""
    together = {name: value for asked in SIGNALS.values() for name, value in asked.items()}
    cases = {"none": {}, **SIGNALS, "all signals": together}
    best = dict.fromkeys(cases, np.inf)
    model = leaning(half=0.5, lean=0.0, size=0.0)
    for _ in range(runs):  # in turn, so that what others add falls on all alike
        for name, asked in cases.items():
            replay = market(tape, signals=hs.SignalPolicy(**asked))
            best[name] = min(best[name], least(1, lambda r=replay: r.run(model))[0])
    bare = best.pop("none")
    for name, seconds in best.items():
        goal = "< 1.6" if name == "all signals" else ""
        row(f"{name}, of a replay without", seconds / bare, None, "times", goal)


def sweep(tape: hs.Tape, rows: np.ndarray, best: float) -> None:
    """A thousand parameter sets in one pass, and what they add to memory."""
    model = leaning(
        half=np.linspace(0.5, 3.0, SETS), lean=np.linspace(0.0, 0.2, SETS), size=STRATEGY.size
    )
    market(tape).run(model.lane(0))
    before = memory_kb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    seconds, _ = least(1, lambda: market(tape).run(model))
    grown = (memory_kb("VmHWM") - before) / 2**20
    n = len(rows)
    row(f"a set of {SETS}", seconds / SETS / n * 1e9, best / n * 1e9, "ns/row", "30x, aim 80x")
    row("memory beside the tape", grown, None, "GB", "< 2")


def memory_kb(field: str) -> int:
    """A figure of this process's memory, as Linux tells it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0])


def imports(runs: int) -> None:
    """A Binance capture to a checked tape, against the peer's converter."""
    from hftbacktest.data.utils import binancefutures

    from halfspread.codecs import import_files

    path = CAPTURE / "usdm_btcusdt_20240808.gz"
    if not path.exists():
        print("| import of a capture | | | | | no capture beside the repository |")
        return
    btc = hs.Instrument("BTCUSDT", "0.1", "0.001")
    ours, _ = least(runs, lambda: import_files("binance", [path], btc))
    with open(os.devnull, "w") as quiet:
        stdout, sys.stdout = sys.stdout, quiet
        theirs, _ = least(runs, lambda: binancefutures.convert(str(path), buffer_size=4_000_000))
        sys.stdout = stdout
    row("import of a capture", ours, theirs, "s", "5x")


PARTS = (
    "replay",
    "signals",
    "sweep",
    "process",
    "kernel",
    "solve",
    "programme",
    "import",
    "start",
    "calibrate",
    "exchange",
    "flows",
    "learning",
    "threads",
)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=peer_feed.ROWS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"{platform.machine()}, Python {platform.python_version()}, halfspread", end=" ")
    print(f"{version('halfspread')}, hftbacktest {version('hftbacktest')}, {arguments.rows} rows\n")
    print("| what | ours | hftbacktest | unit | ratio | goal |\n|---|---|---|---|---|---|")
    if {"replay", "signals", "sweep", "process"} & set(arguments.only):
        events = peer_feed.feed(arguments.rows)
        rows = feeds.peer_rows(events, INSTRUMENT)
        tape = hs.Tape.from_events(events, INSTRUMENT, venue="synthetic")
        if "process" in arguments.only:
            with tempfile.TemporaryDirectory() as folder:
                tape.write(Path(folder) / "feed.tape")
                np.savez(Path(folder) / "feed.npz", data=rows)
                processes(Path(folder) / "feed.tape", Path(folder) / "feed.npz", 2)
        best = replay(tape, rows, arguments.runs) if "replay" in arguments.only else None
        if "signals" in arguments.only:
            signals(tape, arguments.runs)
        if "sweep" in arguments.only:
            sweep(tape, rows, best or peer_feed.run_peer(rows, True)[1])
    if "kernel" in arguments.only:
        kernel()
    if "programme" in arguments.only:
        programme()
    if "solve" in arguments.only:
        solvers()
    if "import" in arguments.only:
        imports(arguments.runs)
    if "start" in arguments.only:
        start(arguments.runs)
    if "calibrate" in arguments.only:
        calibration(arguments.rows)
    for work in (exchange, flows, learning, threads):
        if work.__name__ in arguments.only:
            work()


if __name__ == "__main__":
    main()
