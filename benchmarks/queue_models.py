"""Queue models beside the exact queue on recorded orders: prints the table of docs/assumptions.md.

    python benchmarks/queue_models.py

The same orders go to the touch of the same market at the same times, whatever was filled before: of
each side one at a time, post-only, taken back a while later. What a model fills of an order is
compared with what it fills standing in its true queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import halfspread as hs
from halfspread.codecs import import_files
from halfspread.policy import EXACT, QUEUES

DATA = Path(__file__).resolve().parents[2] / "shared/data"
DAYS = {  # files, instrument, from when on, time between orders, lots in one
    "AAPL": (
        ["lobster/AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"],
        hs.Instrument("AAPL", "0.01", "1"),
        None,
        "1s",
        100,
    ),
    "ESH4": (
        ["databento_mbo/esh4-glbx-mdp3-20231225.mbo.dbn.zst"],
        hs.Instrument("ESH4", "0.25", "1", 50),
        "2023-12-25T23:00:01",
        "1s",
        1,
    ),
}
DECISIONS_ALIVE = 12
"""of an order, in times between orders"""
POLICY = hs.OrderPolicy(levels=4)


@dataclass(frozen=True)
class Outcome:
    """Of the orders in turn: what was filled of each, in its size, and when first, ns after."""

    filled: np.ndarray
    waited: np.ndarray


def outcome(tape: hs.Tape, queue: str, every: str, size: int) -> Outcome:
    """What becomes of the orders when places are told or guessed as `queue` says."""
    market = hs.Replay(tape, queue=queue, decide_every=every, orders=POLICY)
    sent: list[tuple[int | None, int]] = []
    for decision, state in enumerate(market):
        if decision >= DECISIONS_ALIVE:
            for number, _ in sent[2 * (decision - DECISIONS_ALIVE) :][:2]:
                if number is not None:
                    market.cancel(number)
        for side, touch in ((hs.Side.bid, state.bid), (hs.Side.ask, state.ask)):
            known = np.isfinite(touch)
            number = market.submit(side, round(touch), size) if known else None
            sent.append((number, market.now))
    fills = market.result().fills
    is_sent = np.array([number is not None for number, _ in sent])
    index = {number: i for i, (number, _) in enumerate(sent) if number is not None}
    filled, waited = np.zeros(len(sent)), np.full(len(sent), np.nan)
    names = ("order_id", "size", "exchange_time")
    for number, lots, time in zip(*(fills[name].tolist() for name in names), strict=True):
        order = index[number]
        filled[order] += lots / size
        if np.isnan(waited[order]):
            waited[order] = (time - sent[order][1]) / 1e9
    return Outcome(filled[is_sent], waited[is_sent])


def table(name: str) -> list[str]:
    """The rows of one day's table."""
    files, instrument, start, every, size = DAYS[name]
    events, _ = import_files(None, [DATA / file for file in files], instrument)
    orders = hs.Tape.from_events(events, instrument)
    if start is not None:
        orders = orders.slice(start, orders.span[1] + 1)
    levels = orders.levels()
    exact = outcome(orders, EXACT, every, size)
    filled, waited = exact.filled.mean(), np.nanmedian(exact.waited)
    title = f"**{name}**, {len(exact.filled):,} orders: `exact`"
    lines = [f"| {title} | {filled:.1%} | | | | {waited:.2f} s |"]
    for queue in QUEUES:
        guess = outcome(levels, queue, every, size)
        false = ((guess.filled > 0) & (exact.filled == 0)).mean()
        missed = ((guess.filled == 0) & (exact.filled > 0)).mean()
        wrong = np.abs(guess.filled - exact.filled).mean()
        lines.append(
            f"| `{queue}` | {guess.filled.mean():.1%} | {false:.2%} | {missed:.2%} | {wrong:.2%} "
            f"| {np.nanmedian(guess.waited):.2f} s |"
        )
    return lines


if __name__ == "__main__":
    print("| queue | filled | only by it | not by it | differs by | median wait |")
    print("|---|---|---|---|---|---|")
    for day in DAYS:
        print("\n".join(table(day)), flush=True)
