"""Micro-price: where the mid is expected to settle, by imbalance and spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from halfspread.calibrate.record import CalibrationError, Floats, Ints, Record

IMBALANCES = 9
"""Buckets of bid_size / (bid_size + ask_size); an odd number, so that balance is in the middle."""
MOST_SPREADS = 5
LEAST_SHARE = 0.01
"""Of the updates; a rarer spread, and all wider ones, get no adjustment."""
FEWEST = 1000
"""Updates of the touch that a fit needs."""
MOVES = np.array([-1.0, -0.5, 0.5, 1.0])
"""Ticks: the changes of the mid that are looked at; larger ones are left out."""


@dataclass(frozen=True)
class MicroPrice:
    """What to add to the mid, in ticks, for each imbalance and spread."""

    table: tuple[tuple[float, ...], ...]
    """ticks, a row a spread of 1, 2, ... ticks, a column a bucket of the imbalance"""
    first_move: tuple[tuple[float, ...], ...]
    """ticks, the expected next move alone: g1"""
    updates: tuple[tuple[int, ...], ...]
    """how often each state was seen, before the data were mirrored"""
    left_out: int
    """updates from or to a wider spread, or with a larger move"""

    def adjustment(self, imbalance: ArrayLike, spread: ArrayLike) -> Floats:
        """Ticks to add to the mid; 0 where the spread is not in the table or a size is not known.

        Args:
            imbalance: (bid_size - ask_size) / (bid_size + ask_size) in [-1, 1], as in QuoteState.
            spread: ticks.
        """
        table = np.array(self.table)
        buckets = table.shape[1]
        share = (np.asarray(imbalance, dtype=np.float64) + 1) / 2
        width = np.asarray(spread, dtype=np.float64)
        known = np.isfinite(share) & (width >= 1) & (width <= len(table))
        column = np.clip(np.where(known, share, 0.0) * buckets, 0, buckets - 1).astype(np.int64)
        row = np.where(known, width, 1.0).astype(np.int64) - 1
        found: Floats = np.where(known, table[row, column], 0.0)
        return found

    def track(self, record: Record) -> tuple[Ints, Floats]:
        """(times in ns, micro-price minus mid in ticks) at each change of the touch of a record.

        Fit on one day and track another: on its own data it has seen the future. The times are the
        venue's, before anything reached us: what a maker may know is `adjustment` of what it sees.
        """
        touches = record.touches
        rows = np.flatnonzero(touches.two_sided)
        bid, ask = touches.bid_size[rows], touches.ask_size[rows]
        return touches.time[rows], self.adjustment((bid - ask) / (bid + ask), touches.spread[rows])


def micro_price(record: Record, imbalances: int = IMBALANCES) -> MicroPrice:
    """Stoikov's micro-price from the record's changes of the touch.

    g1 = (I - Q)^-1 R K,    B = (I - Q)^-1 T,    micro = mid + sum over i >= 0 of B^i g1

    with states x = (bucket of bid_size / (bid_size + ask_size), spread), Q[x, y] the probability
    that the next change of the touch leaves the mid and leads to y, R[x, k] that it moves the mid
    by K[k] and T[x, y] that it moves it and leads to y. Every change is also entered mirrored
    (imbalance and move reversed), so that the sum converges; it is taken in closed form. All states
    are there, those never seen with no adjustment.

    Errors:
        CalibrationError: fewer than FEWEST changes of the touch, the mid never moves by a tick or
            less, or some states never lead to others, so that the sum has no end.
    Source:
        S. Stoikov, "The micro-price: a high-frequency estimator of future prices", Quantitative
        Finance 18(12), 2018.
    """
    touches = record.touches
    share = touches.bid_size / np.maximum(touches.bid_size + touches.ask_size, 1)
    bucket = np.minimum((share * imbalances).astype(np.int64), imbalances - 1)
    spread = touches.spread
    here, there = slice(None, -1), slice(1, None)
    both = touches.two_sided[here] & touches.two_sided[there]
    if both.sum() < FEWEST:
        why = f"{int(both.sum())} changes of the touch; a micro-price needs {FEWEST}"
        raise CalibrationError(why)
    shares = np.bincount(np.minimum(spread[here][both], MOST_SPREADS + 1)) / both.sum()
    widest = 1
    while widest < min(MOST_SPREADS, len(shares) - 1) and shares[widest + 1] >= LEAST_SHARE:
        widest += 1
    move = np.where(both, touches.mid[there] - touches.mid[here], np.inf)
    kept = both & (spread[here] <= widest) & (spread[there] <= widest) & (np.abs(move) <= 1)
    before = (spread[here][kept] - 1) * imbalances + bucket[here][kept]
    after = (spread[there][kept] - 1) * imbalances + bucket[there][kept]
    states = imbalances * widest
    counts = transitions(before, after, move[kept], states)
    seen = np.bincount(before, minlength=states).reshape(widest, imbalances)
    counts += mirrored(counts, imbalances)
    if counts[1:].sum() == 0:
        raise CalibrationError("the mid never moves by a tick or less")
    total, first = settle(counts)
    shape = (widest, imbalances)
    return MicroPrice(
        table=_rows(total.reshape(shape)),
        first_move=_rows(first.reshape(shape)),
        updates=tuple(tuple(row) for row in seen.tolist()),
        left_out=int(both.sum() - kept.sum()),
    )


def _rows(table: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in table.tolist())


def transitions(before: Ints, after: Ints, move: Floats, states: int) -> Floats:
    """(1 + moves, states, states): how often x went to y without a move, and with each of MOVES."""
    kind = np.where(move == 0, 0, np.searchsorted(MOVES, move) + 1)
    key = (kind * states + before) * states + after
    shape = (1 + len(MOVES), states, states)
    return np.bincount(key, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def mirrored(counts: Floats, imbalances: int) -> Floats:
    """The same with bids and asks exchanged: imbalance reversed, moves negated, spread kept."""
    states = counts.shape[1]
    place = np.arange(states)
    other = place - place % imbalances + imbalances - 1 - place % imbalances
    swapped = np.concatenate([counts[:1], counts[:0:-1]])
    reversed_: Floats = swapped[:, other][:, :, other]
    return reversed_


def settle(counts: Floats) -> tuple[Floats, Floats]:
    """(sum over i of B^i g1, g1) of a table of transitions that is its own mirror image.

    B's rows sum to 1, so I - B has no inverse; with its stationary distribution p, p g1 = 0 by
    symmetry, the sum is (I - B + 1 p)^-1 g1.
    """
    visits = counts.sum(axis=(0, 2))
    known = visits > 0
    chance = counts / np.where(known, visits, 1.0)[None, :, None]
    identity = np.eye(counts.shape[1])
    stays = identity - chance[0]
    drift = np.tensordot(MOVES, chance[1:].sum(axis=2), axes=1)
    first = np.linalg.lstsq(stays, drift, rcond=None)[0]
    jumps = np.linalg.lstsq(stays, chance[1:].sum(axis=0), rcond=None)[0]
    jumps[~known] = 0.0
    whole = known & (jumps.sum(axis=1) > 0.5)
    b = jumps[np.ix_(whole, whole)]
    b /= b.sum(axis=1, keepdims=True)
    n = len(b)
    system = np.vstack([b.T - np.eye(n), np.ones(n)])
    stationary = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    system = np.eye(n) - b + np.outer(np.ones(n), stationary)
    if np.linalg.cond(system) > 1e10 or abs(stationary @ first[whole]) > 1e-6:
        raise CalibrationError("states of the touch that never lead to each other")
    total = np.zeros(len(first))
    total[whole] = np.linalg.solve(system, first[whole])
    return total, np.where(whole, first, 0.0)
