"""Zero intelligence: the process of the synthetic market, compiled; every draw has its own key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from halfspread.event import EVENT, EVERYTHING, Flag, Kind

START = 1_704_067_200_000_000_000
"""2024-01-01 00:00 UTC, in ns: when the market opens."""
SIZES = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500])

# The book: lots by side (0 bid, 1 ask) and tick modulo RING; `best` the two best ticks; `total` the
# lots of each side, never zero. Rows go to `rows` at `n`; each function returns where they end.

RING = 1024
WARM_UP = 50_000  # events before the market opens

# NumPy's integers, for Numba would compile a function anew for each value of a Python constant.
_CONSTANTS: Any = np.array([0, EVERYTHING, *range(6)])
_ZERO, _EVERYTHING, _WAIT, _WHAT, _WHERE, _SIZE, _ANGLE, _RADIUS = _CONSTANTS
_BITS: Any = np.array([Kind.level, Kind.trade, Kind.clear, Flag.both, Flag.last, Flag.snapshot])
_LEVEL, _TRADE, _CLEAR, _BOTH, _LAST, _SNAPSHOT = _BITS


@njit(cache=True)
def _scramble(x: Any) -> Any:
    """The finaliser of splitmix64, a bijection of 64-bit words."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True)
def _uniform(seed: Any, purpose: int, event: int) -> float:
    """The number in (0, 1) of this event and purpose: random access, no state."""
    key = _scramble(np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(purpose + 1))
    word = _scramble(key + np.uint64(0x9E3779B97F4A7C15) * np.uint64(event))
    return (float(word >> np.uint64(11)) + 0.5) * 2.0**-53


@njit(cache=True)
def _write(rows: Any, n: int, kind: int, side: int, tick: int, size: int) -> int:
    row = rows[n]
    row.kind, row.side, row.price, row.size = kind, 1 - 2 * side, tick, size
    row.flags = _BOTH
    return n + 1


@njit(cache=True)
def _set(rows: Any, n: int, book: Any, side: int, tick: int, size: int) -> int:
    """The level now holds `size`; the best follows."""
    lots, best, total = book
    sign, slot = 1 - 2 * side, tick % RING
    total[side] += size - lots[side, slot]
    lots[side, slot] = size
    if size > 0 and sign * (tick - best[side]) > 0:
        best[side] = tick
    while lots[side, best[side] % RING] == 0:
        best[side] -= sign
    return _write(rows, n, _LEVEL, side, tick, size)


@njit(cache=True)
def _limit(rows: Any, n: int, book: Any, side: int, distance: int, size: int) -> int:
    """A limit order, `distance` ticks from the opposite best."""
    lots, best, _ = book
    tick = best[1 - side] - (1 - 2 * side) * distance
    return _set(rows, n, book, side, tick, lots[side, tick % RING] + size)


@njit(cache=True)
def _take(rows: Any, n: int, book: Any, side: int, size: int) -> int:
    """A market order that takes from `side`, which keeps its last lot."""
    lots, best, total = book
    left = min(size, total[side] - 1)
    while left > 0:
        tick = best[side]
        shown = lots[side, tick % RING]
        taken = min(left, shown)
        left -= taken
        n = _write(rows, n, _TRADE, 1 - side, tick, taken)
        n = _set(rows, n, book, side, tick, shown - taken)
    return n


@njit(cache=True)
def _cancel(rows: Any, n: int, book: Any, side: int, place: float, size: int) -> int:
    """A cancellation at the share `place` of the side's lots, counted from the best."""
    lots, best, total = book
    tick = best[side]
    passed = lots[side, tick % RING]
    while passed <= place * total[side] and passed < total[side]:
        tick -= 1 - 2 * side
        passed += lots[side, tick % RING]
    shown = lots[side, tick % RING]
    gone = min(size, shown, total[side] - 1)
    return _set(rows, n, book, side, tick, shown - gone) if gone > 0 else n


@njit(cache=True)
def _hide(rows: Any, n: int, book: Any, side: int, before: int, depth: int) -> int:
    """Drops the levels of a side that are too far from the opposite best, which was `before`."""
    lots, best, _ = book
    sign = 1 - 2 * side
    tick, end = before - sign * depth, best[1 - side] - sign * depth
    while sign * (end - tick) > 0:
        if sign * (best[side] - tick) > 0 and lots[side, tick % RING] > 0:
            n = _set(rows, n, book, side, tick, _ZERO)
        tick += sign
    return n


@njit(cache=True)
def _snapshot(rows: Any, book: Any, depth: int) -> int:
    """The book as it stands: a clear of both sides, then the levels, bids first, best first."""
    lots, best, _ = book
    n = _write(rows, _ZERO, _CLEAR, _ZERO, _EVERYTHING, _ZERO)
    rows[0].side = 0
    for side in range(2):
        for away in range(2 * depth):
            tick = best[side] - away * (1 - 2 * side)
            if lots[side, tick % RING] > 0:
                n = _write(rows, n, _LEVEL, side, tick, lots[side, tick % RING])
    for i in range(n):
        rows[i].flags = _BOTH | _SNAPSHOT
    return n


@njit(cache=True)
def _stamp(rows: Any, start: int, n: int, exchange_time: int, local_time: int) -> None:
    for i in range(start, n):
        rows[i].exchange_time, rows[i].local_time = exchange_time, local_time
    rows[n - 1].flags |= _LAST


@njit(cache=True)
def _first_above(table: Any, x: float) -> int:
    i = 0
    while table[i] <= x:
        i += 1
    return i


@njit(cache=True)
def _act(rows: Any, book: Any, laws: Any, tables: Any, seed: int, event: int, buys: float) -> int:
    """One order of the market, with the chance `buys` that a market order buys."""
    _, best, total = book
    distances, sizes, mean_size = tables
    before = (best[0], best[1])
    limits, takes = laws.limit_rate * distances[-1], laws.market_rate
    cancels = laws.cancel_rate / mean_size
    rate = 2 * (limits + takes) + cancels * (total[0] + total[1])
    what, where = rate * _uniform(seed, _WHAT, event), _uniform(seed, _WHERE, event)
    size = SIZES[_first_above(sizes, _uniform(seed, _SIZE, event))]
    if what < 2 * limits:
        distance = 1 + _first_above(distances, where * distances[-1])
        n = _limit(rows, _ZERO, book, int(what >= limits), distance, size)
    elif what < 2 * (limits + takes):
        n = _take(rows, _ZERO, book, int(where < buys), size)
    else:
        of_asks = what >= 2 * (limits + takes) + cancels * total[0]
        n = _cancel(rows, _ZERO, book, int(of_asks), where, size)
    for side in range(2):
        n = _hide(rows, n, book, side, before[1 - side], laws.levels)
    return n


@njit(cache=True)
def _open_book(laws: Any, size: int) -> Any:
    """Levels of one size next to one another, from which the market warms up."""
    lots, total = np.zeros((2, RING), np.int64), np.zeros(2, np.int64)
    best = np.array([laws.price, laws.price + 1])
    for side in range(2):
        for away in range(laws.levels):
            lots[side, (best[side] - away * (1 - 2 * side)) % RING] = size
        total[side] = size * laws.levels
    return lots, best, total


@njit(cache=True)
def simulate(rows: Any, seed: int, laws: Any, tables: Any) -> Any:
    """Fills `rows`; returns how many. Each event is one order, one message."""
    distances, _, mean_size = tables
    book = _open_book(laws, 1 + int(mean_size))
    _, _, total = book
    message = np.zeros(8 * laws.levels, EVENT)
    constant_rate = 2 * (laws.limit_rate * distances[-1] + laws.market_rate)
    pressure, time, local_time, n, event = 0.0, START, START, _ZERO, _ZERO
    while True:
        rate = constant_rate + laws.cancel_rate / mean_size * (total[0] + total[1])
        wait = -math.log(_uniform(seed, _WAIT, event)) / rate
        angle = 2 * math.pi * _uniform(seed, _ANGLE, event)
        radius = math.sqrt(-2 * math.log(_uniform(seed, _RADIUS, event)))
        kept = math.exp(-wait / laws.pressure_time)
        shock = math.sqrt(1 - kept * kept) * radius * math.cos(angle)
        pressure = kept * pressure + laws.pressure_spread * shock
        moved = _act(message, book, laws, tables, seed, event, 1 / (1 + math.exp(-2 * pressure)))
        event += 1
        if event < WARM_UP:
            continue
        time += int(wait * 1e9) if event > WARM_UP else 0
        delay = laws.feed_latency * math.exp(laws.feed_jitter * radius * math.sin(angle))
        local_time = max(local_time, time + int(delay * 1e9))
        if event == WARM_UP:
            n = _snapshot(rows, book, laws.levels)
            _stamp(rows, _ZERO, n, time, local_time)
        elif n + moved > len(rows):
            return n
        elif moved > 0:
            for i in range(moved):
                rows[n + i] = message[i]
            _stamp(rows, n, n + moved, time, local_time)
            n += moved
