"""Latency: how long the feed took, by a tape's two clocks, and what orders may take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.record import CalibrationError, Ints
from halfspread.event import Flag
from halfspread.policy import Latency
from halfspread.tape import Tape

SHARES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999)
MOST_SAMPLES = 2000
MOST_DELAYS = 1_000_000
"""For the shares; of more messages every n-th is taken."""


@dataclass(frozen=True)
class FeedLatency:
    """The time from an event at the venue to its arrival here.

    It does NOT hold: the way of an order through the gateway and the matching engine, which is
    longer and grows when the market is busy; the venue's limits; the time to decide. Where the
    clocks were repaired at import, as `clock_offset_ns` of the tape says, its least value is an
    assumption and only the spread above it is measured.
    """

    shares: tuple[float, ...]
    milliseconds: tuple[float, ...]
    """the delays below which these shares of the messages are"""
    messages: int
    clock_offset_ns: int
    """what the import added to receive times; 0: the clocks are as they were recorded"""
    samples: tuple[tuple[int, int, int], ...]
    """some messages: (asked, at the venue, answered) in ns, were orders as slow as the feed"""

    def policy(self) -> Latency:
        """The samples as a market takes them: out and back each as long as the feed's delay."""
        return Latency(samples=np.array(self.samples, dtype=np.int64))


def feed_latency(tape: Tape) -> FeedLatency:
    """The distribution of local minus exchange time over messages on both clocks.

    Errors:
        CalibrationError: no message is on both clocks, some arrive before they happen, or all at
            once (the tape has one clock).
    """
    columns = tape.columns
    wanted = Flag.both.value | Flag.last.value
    there = (columns["flags"] & wanted) == wanted
    delay: Ints = columns["delay_ns"][there].astype(np.int64)
    if not len(delay):
        raise CalibrationError("no message is on both clocks")
    if delay.min() < 0:
        raise CalibrationError(f"messages arrive {-int(delay.min()) / 1e6:g} ms before they happen")
    if delay.max() == 0:
        raise CalibrationError("the tape has one clock")
    local = columns["exchange_time"][there] + delay
    order = np.argsort(local, kind="stable")
    rows = order[np.unique(np.linspace(0, len(order) - 1, MOST_SAMPLES).astype(np.int64))]
    asked, taken = local[rows], delay[rows]
    drawn = delay[:: -(-len(delay) // MOST_DELAYS)]
    samples = np.column_stack([asked, asked + taken, asked + 2 * taken])
    return FeedLatency(
        shares=SHARES,
        milliseconds=tuple((np.quantile(drawn, SHARES) / 1e6).tolist()),
        messages=len(delay),
        clock_offset_ns=tape.clock_offset_ns,
        samples=tuple(tuple(row) for row in samples.tolist()),
    )
