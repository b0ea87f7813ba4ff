"""The feed on which replay speed is compared: ten million rows, for us and for hftbacktest alike.

    python benchmarks/peer_feed.py                      # runs hftbacktest on it: nanoseconds a row
    python benchmarks/peer_feed.py --rows 1000000 --save /tmp/feed   # feed.tape, feed.npz

It is a market of halfspread.synthetic with about 19 rows in 100 ms and 0.01-coin lots; the strategy
quotes one lot a side every 100 ms, with 5 ms to the venue and 5 ms back.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from halfspread import synthetic
from halfspread.instrument import Instrument
from halfspread.tape import write_tape
from twins import feeds, peer
from twins.plain_engine import Result, Upkeep
from twins.plain_exchange import ConstantLatency

ROWS = 10_000_000
INSTRUMENT = Instrument("PEER", "0.1", "0.01", maker_fee=-0.00005, taker_fee=0.0007)
MARKET = synthetic.ZeroIntelligence(limit_rate=3.6, market_rate=1.76, cancel_rate=1.125)
STRATEGY = Upkeep(half=0.5, lean=0.05, size=1, max_position=20, every=100_000_000)
LATENCY = ConstantLatency(5_000_000, 5_000_000)
QUEUE, EXPONENT = "power3", 3.0
PRICE_RANGE = (59_000.0, 61_000.0)
"""For hftbacktest's vector book; the feed stays inside it."""


def feed(rows: int = ROWS) -> np.ndarray:
    """The feed as EVENT rows; a shorter one is the beginning of a longer one."""
    events = synthetic.flow(events=rows, seed=42, market=MARKET)
    prices = INSTRUMENT.price(events["price"][1:])
    if not PRICE_RANGE[0] < prices.min() <= prices.max() < PRICE_RANGE[1]:
        raise ValueError(f"the feed leaves {PRICE_RANGE}: {prices.min()} to {prices.max()}")
    return events


def run_peer(rows: np.ndarray, vector: bool) -> tuple[Result, float]:
    """hftbacktest's result, and its processor seconds without compilation."""
    options: dict[str, Any] = {
        "queue": QUEUE,
        "exponent": EXPONENT,
        "latency": LATENCY,
        "watch": False,
        "price_range": PRICE_RANGE if vector else None,
    }
    peer.upkeep(rows[:1000], INSTRUMENT, STRATEGY, **options)
    start = time.process_time()
    result = peer.upkeep(rows, INSTRUMENT, STRATEGY, **options)
    return result, time.process_time() - start


def main() -> None:
    """Runs hftbacktest with both of its books, or saves the feed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--save", metavar="PATH", help="write PATH.tape and PATH.npz instead")
    arguments = parser.parse_args()
    events = feed(arguments.rows)
    rows = feeds.peer_rows(events, INSTRUMENT)
    if arguments.save:
        write_tape(f"{arguments.save}.tape", events, INSTRUMENT)
        np.savez(f"{arguments.save}.npz", data=rows)
        return
    for book in ("hash map", "vector"):
        for _ in range(arguments.runs):
            result, seconds = run_peer(rows, book == "vector")
            print(
                f"{book:>8}: {seconds / len(rows) * 1e9:6.1f} ns a row;"
                f" {result.decisions} decisions, {result.submits} submits,"
                f" {result.cancels} cancels, {result.trades} fills,"
                f" position {result.position:.2f}, digest {result.digest:016x}"
            )


if __name__ == "__main__":
    main()
