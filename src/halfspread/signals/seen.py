"""Seen: a tape as it reaches us, read row by row: touches, prints, and depth at chosen times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfspread.event import EVERYTHING, Flag, Kind
from halfspread.signal_policy import SignalPolicy
from halfspread.tape import Tape

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass
class Seen:
    """The touch after each row that may change it, the prints, and what lies beyond the touch."""

    first: int
    """local time of the first row"""
    touch_time: Times
    touch: Floats
    """(rows, 4): bid, ask, bid size, ask size; NaN and size 0 on an empty side"""
    time: Times
    side: NDArray[np.int64]
    price: Floats
    size: Floats
    mid: Floats
    """of prints: the mid just before, NaN without one"""
    half_spread: Floats
    """of prints: ticks from that mid to the touch, NaN without a mid"""
    depth: Floats
    """(times, 4): the columns of DEPTHS, at the times asked"""

    def touch_until(self, times: Times, side: str) -> Floats:
        """The touch after all rows before ("left") or until ("right") each time; NaN at first."""
        row = np.searchsorted(self.touch_time, times, side=side)  # type: ignore[call-overload]
        nothing = np.array([[np.nan, np.nan, 0.0, 0.0]])
        touch: Floats = np.concatenate([nothing, self.touch])[row]
        return touch


def walk(tape: Tape, policy: SignalPolicy, at: Times) -> Seen:
    """One pass over the rows that reach us, with the book as two dictionaries."""
    events = tape.events()
    events = events[events["flags"] & Flag.at_local != 0]
    local = events["local_time"].tolist()
    columns = [events[name].tolist() for name in ("kind", "side", "price", "size")]
    book: dict[int, dict[int, int]] = {1: {}, -1: {}}
    best: dict[int, int | None] = {1: None, -1: None}
    touch_time, touches, prints = [], [], []
    depth = np.full((len(at), len(DEPTHS)), np.nan)
    asked = 0
    for time, kind, side, price, size in zip(local, *columns, strict=True):
        while asked < len(at) and time > at[asked]:
            depth[asked] = _depths(book, policy)
            asked += 1
        if kind == Kind.trade:
            bid, ask = best[1], best[-1]
            mid = half_spread = np.nan
            if bid is not None and ask is not None:
                mid, half_spread = (bid + ask) / 2, (ask - bid) / 2
            prints.append((time, side, price, size, mid, half_spread))
        elif kind in (Kind.level, Kind.clear, Kind.touch):
            _apply(book, kind, side, price, size)
            best = {1: max(book[1], default=None), -1: min(book[-1], default=None)}
            touch_time.append(time)
            touches.append(_touch_of(book, best))
    depth[asked:] = _depths(book, policy)
    table = np.array(prints, dtype=np.float64).reshape(-1, 6)
    return Seen(
        first=local[0] if local else 0,
        touch_time=np.array(touch_time, dtype=np.int64),
        touch=np.array(touches, dtype=np.float64).reshape(-1, 4),
        time=np.array([row[0] for row in prints], dtype=np.int64),
        side=table[:, 1].astype(np.int64),
        price=table[:, 2],
        size=table[:, 3],
        mid=table[:, 4],
        half_spread=table[:, 5],
        depth=depth,
    )


def _apply(book: dict[int, dict[int, int]], kind: int, side: int, price: int, size: int) -> None:
    """A level, a clear or a touch in the book; `side * price` is larger where it is better."""
    if kind == Kind.clear:
        for one in (1, -1) if side == 0 else (side,):
            keep = {} if side == 0 or price == EVERYTHING else book[one]
            book[one] = {p: s for p, s in keep.items() if one * p < one * price}
        return
    if side == 0:
        return
    if kind == Kind.touch:
        book[side] = {p: s for p, s in book[side].items() if side * p <= side * price}
    if size <= 0:
        book[side].pop(price, None)
        return
    better = not book[side] or side * price > max(side * p for p in book[side])
    book[side][price] = size
    if better and any(side * p <= side * price for p in book[-side]):
        book[-side] = {p: s for p, s in book[-side].items() if side * p > side * price}


def _touch_of(book: dict[int, dict[int, int]], best: dict[int, int | None]) -> tuple[float, ...]:
    prices = (best[1], best[-1])
    sizes = (0 if p is None else book[s][p] for s, p in zip((1, -1), prices, strict=True))
    return (*(np.nan if p is None else p for p in prices), *sizes)


DEPTHS = ("bid_depth", "ask_depth", "depth_imbalance", "round_trip_cost")


def _depths(book: dict[int, dict[int, int]], policy: SignalPolicy) -> tuple[float, ...]:
    """The columns of DEPTHS."""
    levels, lots = policy.depth_levels, policy.round_trip_lots
    bid = ask = imbalance = cost = np.nan
    bids, asks = (sorted(book[side], key=lambda price: -side * price) for side in (1, -1))
    if levels:
        bid, ask = sum(book[1][p] for p in bids[:levels]), sum(book[-1][p] for p in asks[:levels])
        imbalance = (bid - ask) / (bid + ask) if bids and asks else np.nan
    if lots and min(sum(book[1].values()), sum(book[-1].values())) >= lots:
        paid, got = (_value(book[side], side, lots) for side in (-1, 1))
        cost = (paid - got) / lots
    return bid, ask, imbalance, cost


def _value(levels: dict[int, int], side: int, lots: int) -> int:
    """What so many lots at the best prices of a side come to, in tick-lots."""
    value = 0
    for price in sorted(levels, key=lambda price: -side * price):
        value += price * min(levels[price], lots)
        lots -= min(levels[price], lots)
    return value
