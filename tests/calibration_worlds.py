"""Worlds whose parameters are known, as tapes: a mid that walks, orders of exponential reach."""

from __future__ import annotations

import numpy as np

import halfspread as hs
from halfspread.event import EVENT

INSTRUMENT = hs.Instrument("WORLD", tick="0.1", lot="0.001")
START = 1_723_111_200_000_000_000
BOTH = int(hs.Flag.both)
LAST = int(hs.Flag.last)


def world(
    seconds=2000.0,
    intensity=4.0,
    decay=0.8,
    volatility=3.0,
    seed=0,
    slower=1.0,
    price=100_000,
    sizes=1,
    times=None,
):
    """A one-tick book whose mid makes steps of a tick, and orders that reach d at A exp(-k d).

    Args:
        slower: a factor on all times, to the nanosecond.
        sizes: lots of each print.
        times: seconds of buys and of sells, instead of Poisson's.
    """
    rng = np.random.default_rng(seed)
    moves = np.sort(rng.random(rng.poisson(volatility**2 * seconds))) * seconds
    bids = price + np.cumsum(rng.choice((-1, 1), len(moves)))
    bids, moves = np.append(price, bids), np.append(0.0, moves)
    rows = []
    for time, bid in zip(moves, bids, strict=True):
        rows += [(time, hs.Kind.touch, 1, bid, 10, 0), (time, hs.Kind.touch, -1, bid + 1, 10, LAST)]
    for place, side in enumerate((1, -1)):
        if times is None:
            count = rng.poisson(intensity * np.exp(-decay / 2) * seconds)
            hits = np.sort(rng.random(count)) * seconds
        else:
            hits = times[place]
        beyond = np.floor(rng.exponential(1 / decay, len(hits))).astype(int)
        at = np.searchsorted(moves, hits) - 1
        for time, row, steps in zip(hits, at, beyond, strict=True):
            best = bids[max(row, 0)] + (side > 0)
            for step in range(steps + 1):
                rows.append((time, hs.Kind.trade, side, best + side * step, sizes, LAST))
    rows.append((seconds, hs.Kind.touch, 1, bids[-1], 10, LAST))
    return tape_of(rows, slower)


def tape_of(rows, slower=1.0):
    """A tape of (seconds, kind, side, price, size, flags) on both clocks."""
    rows = sorted(rows, key=lambda row: row[0])
    events = np.zeros(len(rows), EVENT)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    events["exchange_time"] = START + np.rint(columns[0] * 1e9 * slower).astype(np.int64)
    events["local_time"] = events["exchange_time"] + 2_000_000
    for name, column in zip(("kind", "side", "price", "size"), columns[1:5], strict=True):
        events[name] = column
    events["flags"] = columns[5] | BOTH
    return hs.Tape.from_events(events, INSTRUMENT, venue="test")


def simulated_hawkes(baseline, excitation, decay, seconds, seed):
    """Ogata's thinning for several sides: (times, side); excitation[i][j] is of j on i."""
    rng = np.random.default_rng(seed)
    baseline, excitation = np.asarray(baseline, float), np.asarray(excitation, float)
    level, now, times, sides = np.zeros(len(baseline)), 0.0, [], []
    while True:
        bound = (baseline + level).sum()
        gap = rng.exponential(1 / bound)
        now += gap
        if now > seconds:
            return np.array(times), np.array(sides)
        level *= np.exp(-decay * gap)
        rates = baseline + level
        if rng.random() * bound < rates.sum():
            side = int(rng.choice(len(rates), p=rates / rates.sum()))
            times.append(now)
            sides.append(side)
            level += excitation[:, side]
