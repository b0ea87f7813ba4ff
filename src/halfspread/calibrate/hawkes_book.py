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
from halfspread.calibrate.record import CalibrationError, Floats, Ints
from halfspread.hawkes_flow import ACTS, KINDS

MOST_SIZES = 50


def lots_of(events: HawkesEvents, *acts: int) -> Ints:
    """The size of each event of such acts of both sides."""
    columns = [side + act for side in (0, len(ACTS)) for act in acts]
    lots = events.lots[:, columns]
    found: Ints = lots[lots > 0]
    return found


def orders_resting(events: HawkesEvents, act: int) -> Floats:
    """How many orders such a cancellation chooses from, after each instant: (instants, 2).

    Lots over the mean size of limit orders that come there, and one at least where there are any.
    """
    top = act == CANCEL_TOP
    lots = events.top if top else events.deep
    came = lots_of(events, *((LIMIT_TOP, LIMIT_INSIDE) if top else (LIMIT_DEEP,)))
    if not len(came):
        raise CalibrationError(f"no limit order to {ACTS[act]}; a Hawkes flow needs some")
    orders: Floats = np.where(lots > 0, np.maximum(lots / came.mean(), 1.0), 0.0)
    return orders


def share_cancelled(events: HawkesEvents, act: int) -> tuple[float, float | None]:
    """The share of the orders there that a cancellation takes, and its error.

    s with   sum of max(1, s n) = sum of m   over cancellations seen, of m of n orders: one of n
    takes s n on average and is seen with the chance min(1, s n). Where that s times the mean n is
    below 1, most take one order, and the share can't be told from the rate of cancellations: s is
    then 1 over the mean n, the error None.

    Args:
        act: CANCEL_TOP or CANCEL_DEEP.
    """
    resting = events.top if act == CANCEL_TOP else events.deep
    orders = orders_resting(events, act)
    taken, there = [], []
    for side in range(2):
        lots = events.lots[1:, side * len(ACTS) + act]
        rows = np.flatnonzero(lots)
        n = orders[rows, side]
        there.append(n)
        taken.append(n * np.minimum(1, lots[rows] / np.maximum(resting[rows, side], 1)))
    m, n = np.concatenate(taken), np.concatenate(there)
    if not len(m):
        raise CalibrationError(f"no {ACTS[act]}; a Hawkes flow needs some")
    least = min(1.0, 1 / max(float(n.mean()), 1.0))
    low, high = 0.0, 1.0
    for _ in range(60):
        s = (low + high) / 2
        low, high = (s, high) if np.maximum(1, s * n).sum() < m.sum() else (low, s)
    if s <= least:
        return least, None
    spread = float(((m - np.maximum(1, s * n)) ** 2).sum())
    return s, math.sqrt(spread) / float(n[s * n > 1].sum())


def room_of(events: HawkesEvents, top: float, deep: float) -> NDArray[np.float32]:
    """The chance that an event of each kind would show, after each instant: (instants, 12)."""
    at_best, behind = (orders_resting(events, act) for act in (CANCEL_TOP, CANCEL_DEEP))
    room = np.ones((len(events.time), len(KINDS)), dtype=np.float32)
    for side in range(2):
        first = side * len(ACTS)
        room[:, first + CANCEL_TOP] = np.minimum(1, top * at_best[:, side])
        room[:, first + CANCEL_DEEP] = np.minimum(1, deep * behind[:, side])
        room[:, first + LIMIT_INSIDE] = events.spread > 1
        room[:, first + MARKET] = events.top[:, 1 - side] > 0
    return room


def sizes_of(events: HawkesEvents) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Lots of orders at the best prices, inside them or of the market, and how often.

    Of more than MOST_SIZES the means of as many parts.
    """
    lots = np.sort(lots_of(events, LIMIT_TOP, LIMIT_INSIDE, MARKET))
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


def opening_orders(events: HawkesEvents, prices: int) -> int:
    """Orders at each of so many prices, of a book of as many as the tape's had on average."""
    lengths = np.diff(events.time)
    orders = orders_resting(events, CANCEL_TOP) + orders_resting(events, CANCEL_DEEP)
    mean = float(orders[:-1].mean(axis=1) @ lengths / max(lengths.sum(), 1e-9))
    return int(np.clip(round(mean / prices), 1, 1_000))
