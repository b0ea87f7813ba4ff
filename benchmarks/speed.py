"""Speed beside hftbacktest 2.4.4 on the same work, as ratios: `make bench` prints this table.

    python benchmarks/speed.py                  # everything, some minutes
    python benchmarks/speed.py --only replay    # see PARTS for the others

One process, pinned to one core; each figure is the least of several runs, since what is added by
others is noise. Both sides must give the same fills, or there is no table.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import peer_feed
from peer_feed import INSTRUMENT, LATENCY, PRICE_RANGE, STRATEGY, feeds, peer
from speed_strategy import idle, leaning

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


def least(runs: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of the fastest of `runs`, and its result."""
    best, result = np.inf, None
    for _ in range(runs):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def row(what: str, ours: float, theirs: float | None, unit: str, goal: str) -> None:
    """One line of the table."""
    ratio = f"{theirs / ours:.1f}x" if theirs is not None else ""
    their = f"{theirs:.3g}" if theirs is not None else ""
    print(f"| {what} | {ours:.3g} | {their} | {unit} | {ratio} | {goal} |", flush=True)


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
    "imbalance of 5 levels": {"depth_levels": 5},
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


def kernel() -> None:
    """A quote of a compiled model, in the core's loop shape."""
    import ctypes

    models = {
        "leaning": leaning(half=np.full(SETS, 0.5), lean=0.05, size=1),
        "avellaneda_stoikov": hs.models.avellaneda_stoikov(
            risk_aversion=np.full(SETS, 0.01), fill_decay=0.3
        ),
        "glft": hs.models.glft(
            risk_aversion=np.full(SETS, 0.01), fill_decay=0.3, fill_intensity=1.0
        ),
        "adaptive": hs.models.adaptive(half_spread=np.full(SETS, 2.0), limit=10),
        "lean_tiered, seek, size_by_side around fixed_spread": around(
            hs.models.fixed_spread(half_spread=np.full(SETS, 2.0))
        ),
        "glft_exact": hs.models.glft_exact(
            risk_aversion=np.full(SETS, 0.01), max_inventory=20, horizon_s=600, **FIGURES
        ),
        "glft_exact without end": hs.models.glft_exact(
            risk_aversion=np.full(SETS, 0.01), max_inventory=20, **FIGURES
        ),
    }
    known = [6e5, 599999.5, 600000.5, 5, 7, 6e5, 0.1, 3.0, 0.5, 1.0, 0.4, 10.0, 90.0]
    shared = np.array(known + [0.1] * (len(hs.QuoteState._fields) - 2 - len(known)))
    for name, model in models.items():
        compiled = model.compiled()
        pointer = ctypes.POINTER(ctypes.c_double)
        call = ctypes.CFUNCTYPE(None, *[pointer] * 4, ctypes.c_int64)(compiled.address)
        lanes, quotes = np.zeros((SETS, 2)), np.zeros((SETS, 4))
        lanes[:, 0] = np.linspace(-10, 10, SETS)
        arrays = [a.ctypes.data_as(pointer) for a in (shared, lanes, compiled.params, quotes)]
        seconds, _ = least(5, lambda c=call, a=arrays: [c(*a, SETS) for _ in range(1000)])
        goal = "< 100" if "exact" in name else "< 50"
        row(f"a quote of {name}", seconds / 1000 / SETS * 1e9, None, "ns", goal)


FIGURES = {"fill_intensity": 0.9, "fill_decay": 0.3, "volatility": 0.3}
"""The market of the figures of Guéant, Lehalle and Fernandez-Tapia."""


def solvers() -> None:
    """From parameters to a table of quotes."""
    models = hs.models
    penalised = {
        "running_penalty_rate": 5e-4,
        "bid_intensity": 0.9,
        "ask_intensity": 0.9,
        "bid_decay": 0.3,
        "max_inventory": 50,
        "horizon_s": 600,
    }
    touch = {
        "spread": 1,
        "running_penalty_rate": 0.02,
        "bid_intensity": 1,
        "ask_intensity": 1,
        "max_inventory": 50,
        "horizon_s": 60,
        "max_size": 10,
        "size_decay": 0.1,
    }
    exact = {"risk_aversion": 0.01, "max_inventory": 50, **FIGURES}
    cases: dict[str, tuple[Any, dict[str, Any], str]] = {
        "glft_exact, 101 inventories, 65 times": (
            models.glft_exact,
            {"horizon_s": 600, **exact},
            "< 1",
        ),
        "glft_exact, 101 inventories, no end": (models.glft_exact, exact, "< 1"),
        "cartea_jaimungal, equal decays": (
            models.cartea_jaimungal,
            {"ask_decay": 0.3, **penalised},
            "< 1",
        ),
        "cartea_jaimungal, unequal decays": (
            models.cartea_jaimungal,
            {"ask_decay": 0.4, **penalised},
            "",
        ),
        "touch_model, sizes of 1 to 10": (models.touch_model, touch, ""),
    }
    for name, (definition, case, goal) in cases.items():
        solve = definition.function
        seconds, _ = least(20, lambda s=solve, c=case: s(**c))
        row(f"solve {name}", seconds * 1e3, None, "ms", goal)


def around(model: hs.modelling.BoundModel) -> hs.modelling.BoundModel:
    """All that an inventory may be given at once."""
    seeking = hs.inventory.seek(model, risk_aversion=0.01, limit=10, horizon_s=10)
    leaning = hs.inventory.lean_tiered(seeking, strength=0.5, limit=10)
    return hs.inventory.size_by_side(leaning, limit=10)


def programme(solves: int = 2000) -> None:
    """A linear programme solved again after a fill and other volatility: the median of many."""
    control = hs.models.InventoryControl(limit=10, volatility_spread=0.1, thin_book_spread=0.5)
    random = np.random.default_rng(0)
    state = hs.QuoteState(*[0.5] * len(hs.QuoteState._fields))._replace(mid=6e5)
    inventory = 0.0
    for time_s in range(solves):
        inventory = float(np.clip(inventory + random.choice([-1, 1]), -10, 10))
        noise = np.exp(0.1 * random.standard_normal())
        control(state._replace(inventory=inventory, time=time_s, volatility=0.3 * noise))
    median = np.median([solve.duration_s for solve in control.solves])
    row("a linear programme solved again, median", median * 1e6, None, "us", "< 150")


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


QUOTE = """
import halfspread as hs
model = hs.models.avellaneda_stoikov(risk_aversion=0.1, fill_decay=1.5)
model.compiled()
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
    ours = min(timed(OURS.format(here=here), tape_path) for _ in range(runs))
    theirs = min(timed(THEIRS.format(here=here, tests=tests), npz_path) for _ in range(runs))
    row("whole process, compiling", ours, theirs, "s", "4x")


def timed(program: str, *arguments: Path, cache: str | None = None) -> float:
    """Wall seconds of a Python process; its kernel cache is empty unless one is given."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "HALFSPREAD_CACHE": cache or empty}
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)],
            env=environment,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - start


def start(runs: int) -> None:
    """From nothing to the first quote."""
    row("first quote, nothing cached", min(timed(QUOTE) for _ in range(runs)), None, "s", "< 3")
    with tempfile.TemporaryDirectory() as cache:
        timed(QUOTE, cache=cache)
        warm = min(timed(QUOTE, cache=cache) for _ in range(runs))
    row("first quote, cached", warm, None, "s", "< 1")


def calibration(rows: int) -> None:
    """All estimates of `halfspread calibrate`, on a tape that is open; kernels are cached."""
    tape = hs.synthetic.tape(events=rows, seed=0)
    hs.calibrate.calibrate_tape(hs.synthetic.tape(events=40_000, seed=1))
    seconds, _ = least(2, lambda: hs.calibrate.calibrate_tape(tape))
    row(f"calibration of a tape of {rows:,} rows", seconds, None, "s", "< 10")


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


if __name__ == "__main__":
    main()
