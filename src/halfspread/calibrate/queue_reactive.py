"""Queue-reactive: intensities of limit orders, market orders and cancellations by queue length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfspread.calibrate.level_changes import Cause, LevelChanges
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints

DEPTHS = 5
LONGEST = 100
"""Of the queues told apart, in mean event sizes."""
COVERED = 0.99
"""The share of time that queues are within their table; its last entry holds for all beyond."""
FEWEST = 200
"""Events of a depth, without which there is nothing to fit."""
FEWEST_CROSSINGS = 25
"""Of a length; neighbours with fewer have one rate together."""
LEAST_NARROW = 0.5
"""Of the time, that the spread must be one tick: the model is of such markets."""
MOST_GROWTH = 0.9
"""Limit orders that come to the longest queues for each order that leaves."""
BATCHED = 3.0
"""Changes a message from which a message is taken as many events."""


@dataclass(frozen=True)
class QueueIntensities:
    """Of a depth: intensities a second by queue length from 0 up, and what they rest on."""

    limit: tuple[float, ...]
    cancel: tuple[float, ...]
    market: tuple[float, ...]
    limit_errors: tuple[float, ...]
    cancel_errors: tuple[float, ...]
    market_errors: tuple[float, ...]
    seconds: tuple[float, ...]
    """that a queue was so long, both sides together"""
    size_lots: float
    """the mean size of an event, the unit of length"""
    events: int
    grows: bool
    """whether the longest queues grew, so that their limit orders were cut to bound them"""


def queue_intensities(changes: LevelChanges) -> tuple[QueueIntensities, ...]:
    """Estimate the intensities of each depth, the two sides as one, by counts over exposure.

    A queue of q lots at depth i is ceil(q / s_i) long, s_i the mean size of the events there.

    limit[n]  = times that a limit order brought a queue from n over to n + 1 / T(n)
    cancel[n] = times that a cancellation brought it from n down to n - 1    / T(n)
    market[n] = likewise, by a market order

    with T(n) the time at n. An order of many units crosses many lengths, so that the invariant law
    of these intensities is the law that the queue had. Errors are Poisson's, sqrt(count) / T(n).

    The reference price is known where the spread is one tick: it is the mid. Only such time counts,
    which the queues do not know of, so that nothing is biased by it; but limit[0] of depth 1, which
    is the rate at which a gap of one price is filled, counted while the spread is two ticks. What
    a message that moves the mid does to other queues is the new queues' draw, not an event, unless
    messages are batches (BATCHED changes each). Beyond the table, where a queue that other depths
    fed may grow, limit[-1] is cut to MOST_GROWTH of what leaves.

    Errors:
        CalibrationError: the spread is seldom one tick, or a depth has fewer than FEWEST events.
    Source:
        W. Huang, C.-A. Lehalle and M. Rosenbaum, "Simulating and analyzing order book data: the
        queue-reactive model", Journal of the American Statistical Association 110(509), 2015,
        section 2.3, who count events whatever their sizes, at all spreads.
    """
    spread = np.where(changes.two_sided, changes.ask - changes.bid, 0)
    lengths = np.diff(changes.time, append=changes.time[-1]) * NANO
    lengths[: changes.first] = 0.0
    narrow = float(lengths[spread == 1].sum() / lengths.sum())
    if narrow < LEAST_NARROW:
        raise CalibrationError(
            f"the spread is one tick for {narrow:.0%} of the time; queue-reactive flows are of "
            f"markets where it is for {LEAST_NARROW:.0%} or more"
        )
    depth, chosen = _depths(changes, spread)
    sizes = np.ones(DEPTHS)
    events = np.zeros(DEPTHS, dtype=np.int64)
    for i in range(DEPTHS):
        own = chosen & (depth == i + 1)
        events[i] = own.sum()
        if events[i] < FEWEST:
            raise CalibrationError(f"{events[i]} events at depth {i + 1}; it needs {FEWEST}")
        sizes[i] = changes.lots[own].mean()
    seconds = _seconds(changes, spread, lengths, sizes)
    gap = float(lengths[spread == 2].sum())
    counts = np.zeros((4, DEPTHS, LONGEST + 1))
    rows = np.flatnonzero(chosen & (depth >= 1))
    _cross(
        depth[rows], changes.before[rows], changes.after[rows], changes.cause[rows], sizes, counts
    )
    counts[Cause.limit, 0, 0] = _gap_fills(changes, spread)
    seconds[0, 0] = gap
    return tuple(
        _table(seconds[i], counts[:, i], float(sizes[i]), int(events[i])) for i in range(DEPTHS)
    )


def _depths(changes: LevelChanges, spread: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Of each change its depth, 0 if it has none, and whether it is an event of its queue."""
    before = np.maximum(changes.message - 1, 0)
    bids = changes.side > 0
    bid, ask = changes.bid[before], changes.ask[before]
    depth = np.where(bids, bid - changes.price, changes.price - ask) + 1
    depth = np.where((depth >= 1) & (depth <= DEPTHS), depth, 0)
    narrow = (spread[before] == 1) & (changes.message > changes.first)
    moved = (changes.bid[changes.message] != bid) | (changes.ask[changes.message] != ask)
    emptied = (depth == 1) & (changes.after == 0)
    one_event = len(changes.message) < BATCHED * len(changes.time)
    is_event = narrow & (changes.cause != Cause.told) & (emptied | ~(moved & one_event))
    return np.where(narrow, depth, 0), is_event & (depth > 0)


def _gap_fills(changes: LevelChanges, spread: Ints) -> int:
    """How often a limit order came between prices two ticks apart."""
    before = np.maximum(changes.message - 1, 0)
    inside = (changes.price > changes.bid[before]) & (changes.price < changes.ask[before])
    wide = (spread[before] == 2) & (changes.message > changes.first)
    came = (changes.cause == Cause.limit) & (changes.before == 0)
    return len(np.unique(changes.message[inside & wide & came]))


def _seconds(changes: LevelChanges, spread: Ints, lengths: Floats, sizes: Floats) -> Floats:
    """The time that queues had each length while the spread was one tick: (depths, lengths)."""
    low, high = changes.price_range(DEPTHS)
    table: Floats = _stay(
        changes.message,
        changes.side,
        changes.price,
        changes.after,
        changes.bid,
        changes.ask,
        spread,
        lengths,
        sizes,
        low,
        high,
    )
    return table


@njit(cache=True)
def _stay(message, side, price, after, bid, ask, spread, lengths, sizes, low, high):  # type: ignore[no-untyped-def]
    book = np.zeros((2, high - low + 1), dtype=np.int64)
    table = np.zeros((len(sizes), LONGEST + 1))
    row = 0
    for at in range(len(lengths)):
        while row < len(message) and message[row] == at:
            if low <= price[row] <= high:
                book[0 if side[row] > 0 else 1, price[row] - low] = after[row]
            row += 1
        if spread[at] != 1:
            continue
        for i in range(len(sizes)):
            for lots in (book[0, bid[at] - i - low], book[1, ask[at] + i - low]):
                table[i, min(int(np.ceil(lots / sizes[i] - 1e-9)), LONGEST)] += lengths[at]
    return table


@njit(cache=True)
def _cross(depth, before, after, cause, sizes, counts):  # type: ignore[no-untyped-def]
    """Adds to counts[cause, depth - 1, n] each crossing from n."""
    for row in range(len(depth)):
        i = depth[row] - 1
        start = min(int(np.ceil(before[row] / sizes[i] - 1e-9)), LONGEST)
        end = min(int(np.ceil(after[row] / sizes[i] - 1e-9)), LONGEST)
        for n in range(start, end):
            counts[cause[row], i, n] += 1
        for n in range(end + 1, start + 1):
            counts[cause[row], i, n] += 1


def _table(seconds: Floats, counts: Floats, size: float, events: int) -> QueueIntensities:
    """Rates by length, up to where the queue is COVERED of the time."""
    stays = np.cumsum(seconds[1:]) / max(seconds[1:].sum(), 1e-300)
    longest = 1 + int(np.searchsorted(stays, COVERED))
    longest = int(np.clip(longest, 2, LONGEST - 1))
    time = np.append(seconds[:longest], seconds[longest:].sum())
    told = np.column_stack([counts[:, :longest], counts[:, longest:].sum(axis=1)])
    limit, cancel, market = (told[c] for c in (Cause.limit, Cause.cancel, Cause.market))
    groups, group, held = np.zeros(longest + 1, dtype=np.int64), 1, 0.0
    for n in range(1, longest + 1):
        groups[n] = group
        held += limit[n] + cancel[n] + market[n]
        enough = held >= FEWEST_CROSSINGS and time[groups == group].sum() > 0
        if enough and cancel[groups == group].sum() + market[groups == group].sum() > 0:
            group, held = group + 1, 0.0
    if held > 0 or not (groups == group).any():
        groups[groups == group] = max(group - 1, 1)
    if limit[0] < FEWEST_CROSSINGS:  # seldom seen empty: as where it is shortest
        groups[0] = 1
    rates: list[tuple[float, ...]] = []
    errors: list[tuple[float, ...]] = []
    spent = np.bincount(groups, weights=time)[groups]
    for counted in (limit, cancel, market):
        many = np.bincount(groups, weights=counted)[groups]
        rates.append(tuple((many / spent).tolist()))
        errors.append(tuple((np.sqrt(many) / spent).tolist()))
    most = MOST_GROWTH * (rates[1][-1] + rates[2][-1])
    grows = rates[0][-1] > most
    if grows:
        rates[0] = (*rates[0][:-1], most)
    return QueueIntensities(
        limit=rates[0],
        cancel=rates[1],
        market=rates[2],
        limit_errors=errors[0],
        cancel_errors=errors[1],
        market_errors=errors[2],
        seconds=tuple(time.tolist()),
        size_lots=size,
        events=events,
        grows=grows,
    )
