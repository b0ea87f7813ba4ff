"""Simulating: the tape of a market in which a flow's public is alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from math import isnan, nan
from typing import Any

import numpy as np

from halfspread.duration import duration_ns, some_duration_ns
from halfspread.event import EVENT, Events
from halfspread.flows import KINDS, START, Flow
from halfspread.instrument import Instrument
from halfspread.policy import check
from halfspread.tape import Tape, write_tape
from halfspread.tape_rows import TOLD

INSTRUMENT = Instrument("SIMULATED", tick="0.01", lot="1")
ROWS = 1 << 18
"""Rows that are made at once."""


def simulate(
    flow: Flow,
    duration: str | float,
    seed: int = 0,
    path: str | os.PathLike[str] | None = None,
    *,
    lane: int = 0,
    warm_up: str | float = "10m",
    instrument: Instrument = INSTRUMENT,
    progress: Callable[[float], None] | None = None,
) -> Tape:
    """A market of the public alone, as a tape: written to `path`, or in memory without one.

    After `warm_up` it opens, at START, with a snapshot. Each order or cancellation is one message
    of trade and level rows; both clocks show the same time. The same arguments give the same bytes,
    a longer duration only goes on, and a lane is the same whatever others there are.

    Where a Scenario has informed takers the tape tells the truth, in two more columns that no
    command reads: `efficient_price_ticks`, what they know when the row comes, and `informed`, 1
    where an order of theirs brought it on. Slices and chains of tapes leave them out.

    Args:
        flow: the public's laws: of `halfspread.flows`.
        duration: of the tape: text as "1h", or seconds.
        seed: from 0 to 2**64 - 1; another one is another day.
        lane: from 0 to 2**32 - 1; another one is another day of the same seed.
        warm_up: from the flow's made-up first book to the tape's beginning.
        progress: called with the fraction that is done.
    Errors:
        ConfigError: an argument is out of its range.
        TapeError: `path` can't be written.

    Example:
        >>> import halfspread as hs
        >>> tape = hs.simulate(hs.flows.ZeroIntelligence.sky_perfect(speed=60), "10s", seed=1)
        >>> tape.rows > 500
        True
    """
    check("flow", isinstance(flow, KINDS), "of halfspread.flows", flow)
    check("instrument", isinstance(instrument, Instrument), "an Instrument", instrument)
    length = some_duration_ns("duration", duration)
    begin = START - duration_ns("warm_up", warm_up)
    market = flow.start(seed, lane, begin)
    market.advance(START)
    chunks = _rows(market, START + length, progress or (lambda done: None))
    venue = "simulated"
    if path is None:
        return Tape.from_events(chunks, instrument, venue=venue)
    return write_tape(path, chunks, instrument, venue=venue)


def _rows(market: Any, end: int, progress: Callable[[float], None]) -> Iterator[Events]:
    """The snapshot, and what follows up to `end`."""
    worth = getattr(market, "efficient_price", nan)
    opening = _events(market.snapshot())
    opening["exchange_time"] = opening["local_time"] = START
    yield opening if isnan(worth) else _told(opening, worth, 0)
    while market.next <= end:
        if isnan(worth):
            yield _events(market.rows(end, ROWS))
        else:
            rows, price, informed = market.rows_with_truth(end, ROWS)
            yield _told(_events(rows), price, informed)
        progress((market.now - START) / (end - START))


def _events(rows: Any) -> Events:
    events: Events = rows.view(EVENT)[:, 0]
    return events


def _told(events: Events, price: Any, informed: Any) -> Events:
    """The rows with their truth."""
    told = np.empty(len(events), TOLD)
    for name in EVENT.names or ():
        told[name] = events[name]
    told["efficient_price_ticks"], told["informed"] = price, informed
    return told
