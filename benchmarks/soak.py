"""Soak: a billion events of simulated markets, a maker in some of them, and memory that stays flat.

    make soak
    python benchmarks/soak.py --events 3e6      # a short one

Each market runs until its share of the events is done, and its book is hashed on the way. Memory
that grows by more than ALLOWED_KB after the first fifth of a share is a failure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import halfspread as hs

ALLOWED_KB = 8_192
HOUR_NS = 3600 * 10**9


def queues(longest: int = 40) -> hs.flows.QueueReactive:
    """Laws of three prices a side, with queues of some eight lots."""
    n = np.arange(longest + 1)
    limit = [np.where(n == 0, scale, 0.6).tolist() for scale in (1.0, 2.0, 3.0)]
    cancel = [np.where(n == 0, 0.0, 0.3 + 0.04 * n / s).tolist() for s in (1.0, 2.0, 3.0)]
    market = [np.where(n == 0, 0.0, 0.2 / np.maximum(n, 1)).tolist()] + [[0.0] * len(n)] * 2
    return hs.flows.QueueReactive(limit, cancel, market)


def of_flow(flow: hs.flows.Flow) -> Iterator[int]:
    """The events of each hour of a flow alone."""
    market = flow.start(seed=1)
    while True:
        yield market.advance(market.now + HOUR_NS)
        market.hash()


def with_makers(flow: hs.flows.Flow) -> Iterator[int]:
    """About the events of each minute in which three makers quote in one book."""
    minutes = 0
    makers = hs.models.fixed_spread(half_spread=[0.5, 1.0, 1.5])
    while True:
        market = hs.Simulated(flow, "1m", shared_book=True, seed=minutes, warm_up="1s")
        run = hs.backtest(makers, market, decide_every="100ms")
        minutes += 1
        yield 80 * 60 + int(run.counters["fills"].sum())


SOAKS: dict[str, tuple[float, Callable[[], Iterator[int]]]] = {
    "zero intelligence": (0.5, lambda: of_flow(hs.flows.ZeroIntelligence.sky_perfect(speed=60))),
    "queue-reactive": (0.3, lambda: of_flow(queues())),
    "hawkes": (0.199, lambda: of_flow(hs.flows.named("hawkes"))),
    "makers in one book": (
        0.001,
        lambda: with_makers(hs.flows.ZeroIntelligence.sky_perfect(speed=60)),
    ),
}
"""What part of the events, and markets that say how many they had."""


def resident_kb() -> int:
    """What this process has in memory now."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def soak(name: str, counts: Iterator[int], events: float) -> int:
    """Runs so many events; by how much memory grew after the first fifth of them, kB."""
    done, settled, most = 0, 0, 0
    for count in counts:
        done += count
        if done < 0.2 * events or not settled:
            settled = max(settled, resident_kb())
        most = max(most, resident_kb())
        if sys.stderr.isatty():
            print(f"\r{name}: {min(done / events, 1):.0%}", end="", file=sys.stderr, flush=True)
        if done >= events:
            break
    return most - settled


def main() -> None:
    """All kinds, and an exit status of 1 if any grew."""
    parser = argparse.ArgumentParser(description="A soak of simulated markets.")
    parser.add_argument("--events", type=float, default=1e9)
    events = parser.parse_args().events
    grew = False
    for name, (share, counts) in SOAKS.items():
        more = soak(name, counts(), share * events)
        grew |= more > ALLOWED_KB
        print(f"{name}: {share * events:,.0f} events, memory grew by {more:,} kB")
    sys.exit(int(grew))


if __name__ == "__main__":
    main()
