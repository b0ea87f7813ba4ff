"""Hawkes book: of a tape's events, what a Hawkes flow's have: room, shares, sizes and depths."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from halfspread.calibrate.hawkes_events import (
    CANCEL_DEEP,
    CANCEL_TOP,
    LIMIT_DEEP,
    LIMIT_INSIDE,
    LIMIT_TOP,
    MARKET,
    HawkesEvents,
)
from halfspread.calibrate.record import CalibrationError, Ints
from halfspread.hawkes_flow import ACTS, KINDS

TELLING = 1.02
"""Orders that a cancellation takes on average, from which its share can be told."""
MOST_SIZES = 50


def limit_lots(events: HawkesEvents) -> Ints:
    """The size of each limit order of both sides."""
    return _lots(events, LIMIT_TOP, LIMIT_DEEP, LIMIT_INSIDE)


def market_lots(events: HawkesEvents) -> Ints:
    """The size of each market order of both sides."""
    return _lots(events, MARKET)


def _lots(events: HawkesEvents, *acts: int) -> Ints:
    columns = [side + act for side in (0, len(ACTS)) for act in acts]
    lots = events.lots[:, columns]
    found: Ints = lots[lots > 0]
    return found


def share_cancelled(events: HawkesEvents, act: int, unit: float) -> tuple[float, float | None]:
    """The share of the orders there that a cancellation takes, and its error.

    s with   sum of max(1, s n) = sum of m   over cancellations seen, of m of n orders: one of n
    takes s n on average and is seen with the chance min(1, s n). Where nearly each takes one order
    the share and the rate of cancellations can't be told apart: s is 1 over the mean n, the error
    None.

    Args:
        act: CANCEL_TOP or CANCEL_DEEP.
        unit: lots of an order.
    """
    resting = events.top if act == CANCEL_TOP else events.deep
    taken, there = [], []
    for side in range(2):
        lots = events.lots[1:, side * len(ACTS) + act]
        rows = np.flatnonzero(lots)
        taken.append(lots[rows] / unit)
        there.append(resting[rows, side] / unit)
    m, n = np.concatenate(taken), np.concatenate(there)
    if not len(m):
        raise CalibrationError(f"no {ACTS[act]}; a Hawkes flow needs some")
    least = min(1.0, 1 / max(float(n.mean()), 1.0))
    if m.mean() < TELLING:
        return least, None
    low, high = 0.0, 1.0
    for _ in range(60):
        s = (low + high) / 2
        low, high = (s, high) if np.maximum(1, s * n).sum() < m.sum() else (low, s)
    several = s * n > 1
    if not several.any():
        return least, None
    spread = float(((m - np.maximum(1, s * n)) ** 2).sum())
    return s, math.sqrt(spread) / float(n[several].sum())


def room_of(events: HawkesEvents, top: float, deep: float, unit: float) -> NDArray[np.float32]:
    """The chance that an event of each kind would show, after each instant: (instants, 12)."""
    room = np.ones((len(events.time), len(KINDS)), dtype=np.float32)
    for side in range(2):
        first = side * len(ACTS)
        room[:, first + CANCEL_TOP] = np.minimum(1, top * events.top[:, side] / unit)
        room[:, first + CANCEL_DEEP] = np.minimum(1, deep * events.deep[:, side] / unit)
        room[:, first + LIMIT_INSIDE] = events.spread > 1
        room[:, first + MARKET] = events.top[:, 1 - side] > 0
    return room


def sizes_of(events: HawkesEvents) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Lots of limit and market orders and how often, of more than MOST_SIZES the means of parts."""
    lots = np.sort(np.concatenate([limit_lots(events), market_lots(events)]))
    values, counts = np.unique(lots, return_counts=True)
    if len(values) > MOST_SIZES:
        parts = np.array_split(lots, MOST_SIZES)
        means = [max(round(float(part.mean())), 1) for part in parts]
        values, place = np.unique(means, return_inverse=True)
        counts = np.bincount(place, weights=[len(part) for part in parts])
    shares = counts / counts.sum()
    return tuple(values.tolist()), tuple(float(f"{share:.6g}") for share in shares)


def depths_of(events: HawkesEvents) -> tuple[float, ...]:
    """How often a limit_deep was 1, 2, ... ticks behind the best."""
    if not len(events.behind):
        return (1.0,)
    counts = np.bincount(events.behind)[1:]
    return tuple(float(f"{count:.6g}") for count in counts / counts.sum())


def opening_orders(events: HawkesEvents, prices: int, unit: float) -> int:
    """Orders at each of so many prices, of a book as deep as the tape's was on average."""
    lengths = np.diff(events.time)
    lots = (events.top + events.deep)[:-1].mean(axis=1)
    orders = float(lots @ lengths / max(lengths.sum(), 1e-9)) / unit
    return int(np.clip(round(orders / prices), 1, 1_000))
