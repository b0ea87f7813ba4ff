"""Seen: a tape as it reaches us, read row by row: touches, prints, and depth at chosen times."""

from __future__ import annotations

from collections.abc import Callable
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
    """One pass over the rows that reach us."""
    events = tape.events()
    events = events[events["flags"] & Flag.at_local != 0]
    local = events["local_time"].tolist()
    columns = [events[name].tolist() for name in ("kind", "side", "price", "size")]
    book = _Book()
    touch_time, touches, prints = [], [], []
    depth = np.full((len(at), len(DEPTHS)), np.nan)
    asked = 0
    for time, kind, side, price, size in zip(local, *columns, strict=True):
        while asked < len(at) and time > at[asked]:
            depth[asked] = _depths(book.levels, policy)
            asked += 1
        if kind == Kind.trade:
            bid, ask = book.best[1], book.best[-1]
            mid = half_spread = np.nan
            if bid is not None and ask is not None:
                mid, half_spread = (bid + ask) / 2, (ask - bid) / 2
            prints.append((time, side, price, size, mid, half_spread))
        elif kind in (Kind.level, Kind.clear, Kind.touch):
            book.apply(kind, side, price, size)
            touch_time.append(time)
            touches.append(book.touch())
    depth[asked:] = _depths(book.levels, policy)
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


class _Book:
    """Two dictionaries, and the best price of each; `side * price` is larger where it is better."""

    def __init__(self) -> None:
        self.levels: dict[int, dict[int, int]] = {1: {}, -1: {}}
        self.best: dict[int, int | None] = {1: None, -1: None}

    def apply(self, kind: int, side: int, price: int, size: int) -> None:
        """A level, a clear or a touch."""
        if kind == Kind.clear:
            for one in (1, -1) if side == 0 else (side,):
                self._clear(one, EVERYTHING if side == 0 else price)
            return
        if side == 0:
            return
        if kind == Kind.touch:
            self._keep(side, lambda p: side * p <= side * price)
        levels, best = self.levels[side], self.best[side]
        if size <= 0:
            if levels.pop(price, None) is not None and price == best:
                self.best[side] = _best(levels, side)
            return
        levels[price] = size
        if best is not None and side * price <= side * best:
            return
        self.best[side] = price
        other = self.best[-side]
        if other is not None and side * other <= side * price:
            self._keep(-side, lambda p: side * p > side * price)

    def _clear(self, side: int, price: int) -> None:
        """What is not worse than the price goes."""
        self._keep(side, lambda p: price != EVERYTHING and side * p < side * price)

    def _keep(self, side: int, which: Callable[[int], bool]) -> None:
        self.levels[side] = {p: size for p, size in self.levels[side].items() if which(p)}
        self.best[side] = _best(self.levels[side], side)

    def touch(self) -> tuple[float, ...]:
        """Bid, ask, bid size, ask size."""
        prices = (self.best[1], self.best[-1])
        sides = zip((1, -1), prices, strict=True)
        sizes = (0 if p is None else self.levels[side][p] for side, p in sides)
        return (*(np.nan if p is None else p for p in prices), *sizes)


def _best(levels: dict[int, int], side: int) -> int | None:
    return max(levels, key=lambda price: side * price, default=None)


DEPTHS = ("bid_depth", "ask_depth", "depth_imbalance", "round_trip_cost")


def _depths(book: dict[int, dict[int, int]], policy: SignalPolicy) -> tuple[float, ...]:
    """The columns of DEPTHS."""
    levels, lots = policy.depth_levels, policy.round_trip_lots
    bid = ask = imbalance = cost = np.nan
    if not levels and not lots:
        return bid, ask, imbalance, cost
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
