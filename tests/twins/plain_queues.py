"""A venue in plain Python: every recorded order in its queue, and ours truly among them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from halfspread import _core
from halfspread.event import EVENT, EVERYTHING, Kind

GHOST = -1
"""in place of an order's number: lots of it that were executed at this instant"""


@dataclass
class Place:
    """A place in a queue: of a recorded order (`number`; 0 is nobody's), of a ghost, or of ours."""

    number: int
    lots: int
    ours: int | None = None
    time: int = -1
    printed: int = 0
    """of its lots, by prints at `time`"""

    def unprinted(self, time: int) -> int:
        return self.lots - (self.printed if self.time == time else 0)

    def print(self, lots: int, time: int) -> None:
        self.printed = (self.printed if self.time == time else 0) + lots
        self.time = time

    def shrink(self, lots: int, time: int) -> int:
        """Lots leave it. Returns those among them that no print of this time had met."""
        met = min(lots, self.printed if self.time == time else 0)
        self.printed -= met
        self.lots -= lots
        return lots - met


@dataclass
class Levels:
    """What the venue shows of one side, best price at hand."""

    side: int
    sizes: dict[int, int] = field(default_factory=dict)
    best: int | None = None

    def set(self, price: int, size: int) -> None:
        if size > 0:
            self.sizes[price] = size
            if self.best is None or self.side * (price - self.best) > 0:
                self.best = price
            return
        self.sizes.pop(price, None)
        if price == self.best:
            self.best = max(self.sizes, key=lambda at: self.side * at, default=None)

    def drop(self, is_gone: Any) -> None:
        self.sizes = {price: size for price, size in self.sizes.items() if not is_gone(price)}
        self.best = max(self.sizes, key=lambda at: self.side * at, default=None)


class PlainQueues:
    """Follows a tape's orders; our orders, all of one lane, join the same lists and are filled."""

    def __init__(self) -> None:
        self.queues: dict[tuple[int, int], list[Place]] = defaultdict(list)
        self.at: dict[int, tuple[int, int]] = {}
        self.shown = {side: Levels(side) for side in (1, -1)}
        self.fold = _core.OrderLevels()
        self.mine: dict[int, tuple[int, int]] = {}
        self.fills: list[tuple[int, int, int, int, int]] = []
        """(time, number, side, price, lots)"""

    # ------------------------------------------------------------------------------------- ours

    def submit(self, number: int, side: int, price: int, lots: int) -> bool:
        """A post-only order of ours arrives; False if it would take."""
        other = self.shown[-side].best
        if other is not None and side * (price - other) >= 0:
            return False
        self.queues[side, price].append(Place(0, lots, ours=number))
        self.mine[number] = (side, price)
        return True

    def cancel(self, number: int) -> None:
        where = self.mine.pop(number, None)
        if where is not None:
            self.queues[where] = [place for place in self.queues[where] if place.ours != number]

    def ahead(self, number: int) -> int:
        """The recorded lots before ours."""
        lots = 0
        for place in self.queues[self.mine[number]]:
            if place.ours == number:
                return lots
            lots += place.lots if place.ours is None and place.number != GHOST else 0
        raise AssertionError

    def _fill(self, place: Place, lots: int, time: int, where: tuple[int, int]) -> None:
        assert place.ours is not None
        place.lots -= lots
        self.fills.append((time, place.ours, *where, lots))
        if place.lots == 0:
            self.cancel(place.ours)

    def _fill_through(self, side: int, is_reached: Any, lots: int, time: int) -> int:
        """Ours at all prices that are reached meet `lots`, best first; returns what they took."""
        used = 0
        for where in sorted(
            {w for w in self.mine.values() if w[0] == side}, key=lambda w: -side * w[1]
        ):
            for place in list(self.queues[where]) if is_reached(where[1]) else ():
                if place.ours is not None and used < lots:
                    taken = min(place.lots, lots - used)
                    used += taken
                    self._fill(place, taken, time, where)
        return used

    def _trade(self, row: Any, time: int) -> None:
        side, price, lots = -int(row["side"]), int(row["price"]), int(row["size"])
        if side == 0:
            return
        used = self._fill_through(side, lambda at: side * (at - price) > 0, lots, time)
        left = lots
        for place in list(self.queues[side, price]):
            if place.ours is not None:
                taken = min(place.lots, left - used)
                if taken > 0:
                    used += taken
                    self._fill(place, taken, time, (side, price))
            elif place.number == GHOST:
                taken = min(left, place.lots) if place.time == time else 0
                place.lots -= taken
                left -= taken
            else:
                taken = min(left, place.unprinted(time))
                place.print(taken, time)
                left -= taken

    # ----------------------------------------------------------------------------------- theirs

    def apply(self, row: Any) -> None:
        """A row of the tape of orders."""
        time, kind = int(row["exchange_time"]), row["kind"]
        if kind == Kind.trade:
            self._trade(row, time)
        else:
            self._queue(row, time)
        levels = self.fold.apply(np.array([row], EVENT).view(np.uint8).reshape(1, -1))[0]
        for level in levels.view(EVENT)[:, 0]:
            self._show(level, time)

    def _show(self, row: Any, time: int) -> None:
        """What the venue's book of levels shows changes; one that moves onto ours fills them."""
        side, price, size = int(row["side"]), int(row["price"]), int(row["size"])
        if row["kind"] == Kind.clear:
            for of in (1, -1) if side == 0 else (side,):
                whole = side == 0 or price == EVERYTHING
                self.shown[of].drop(lambda at, o=of, w=whole: w or o * (at - price) >= 0)
        if row["kind"] != Kind.level or side == 0:
            return
        before = self.shown[side].best
        self.shown[side].set(price, size)
        best = self.shown[side].best
        if best is None or (before is not None and side * (best - before) <= 0):
            return
        other = self.shown[-side]
        if other.best is not None and side * (best - other.best) >= 0:
            other.drop(lambda at: side * (best - at) >= 0)
        self._fill_through(-side, lambda at: side * (best - at) >= 0, size, time)

    def _queue(self, row: Any, time: int) -> None:
        kind, number = row["kind"], int(row["order_id"])
        side, price, size = int(row["side"]), int(row["price"]), int(row["size"])
        known = number != 0 and number in self.at
        if kind == Kind.add or (kind == Kind.modify and not known):
            if known:
                self._erase(number, time)
            self._add(number, side, price, size)
        elif kind == Kind.modify:
            place = self._place(number)
            if self.at[number] == (side, price) and size <= place.lots:
                place.shrink(place.lots - size, time)
            else:
                self._erase(number, time)
                self._add(number, side, price, size)
        elif kind == Kind.remove:
            if known:
                self._erase(number, time)
            else:
                self._take_nameless(side, price, size, time)
        elif kind == Kind.execute:
            if known:
                self._execute(number, size, time)
            else:
                self._take_nameless(side, price, size, time, executed=True)
        elif kind == Kind.level:
            self._settle(side, price, size, time)
        elif kind == Kind.clear:
            whole = side == 0 or price == EVERYTHING
            for where in list(self.queues):
                if (side in (0, where[0])) and (whole or side * (where[1] - price) >= 0):
                    self._keep(where, lambda place: place.ours is not None)

    def _keep(self, where: tuple[int, int], stays: Any) -> None:
        for place in self.queues[where]:
            if place.number > 0 and not stays(place):
                del self.at[place.number]
        self.queues[where] = [place for place in self.queues[where] if stays(place)]

    def _place(self, number: int) -> Place:
        return next(p for p in self.queues[self.at[number]] if p.number == number)

    def _add(self, number: int, side: int, price: int, lots: int) -> None:
        self.queues[side, price].append(Place(number, lots))
        if number:
            self.at[number] = (side, price)

    def _erase(self, number: int, time: int) -> None:
        self._keep(self.at[number], lambda place: place.number != number)

    def _execute(self, number: int, size: int, time: int) -> None:
        where, place = self.at[number], self._place(number)
        self._leave_ghost(where, place, min(size, place.lots), time)
        if place.lots == 0:
            self._erase(number, time)

    def _leave_ghost(self, where: tuple[int, int], place: Place, lots: int, time: int) -> None:
        unprinted = place.shrink(lots, time)
        queue = [p for p in self.queues[where] if p.number != GHOST or p.time == time]
        if unprinted:
            at = next(i for i, p in enumerate(queue) if p is place)
            queue.insert(at, Place(GHOST, unprinted, time=time))
        self.queues[where] = queue

    def _take_nameless(
        self, side: int, price: int, lots: int, time: int, executed: bool = False
    ) -> int:
        where = (side, price)
        for place in list(self.queues[where]):
            if place.number == 0 and place.ours is None and lots > 0:
                taken = min(lots, place.lots)
                lots -= taken
                if executed:
                    self._leave_ghost(where, place, taken, time)
                else:
                    place.shrink(taken, time)
        self._keep(where, lambda place: place.lots > 0)
        return lots

    def _settle(self, side: int, price: int, size: int, time: int) -> None:
        where = (side, price)
        theirs = [p for p in self.queues[where] if p.ours is None and p.number != GHOST]
        left = sum(p.lots for p in theirs) - size
        if left < 0:
            self._add(0, side, price, -left)
        elif left > 0:
            left = self._take_nameless(side, price, left, time)
            theirs = [p for p in theirs if p.lots > 0][::-1]
            just = next((p for p in theirs if p.lots == left), None)
            for place in [just] if just else theirs:
                taken = min(left, place.lots)
                place.shrink(taken, time)
                left -= taken
            self._keep(where, lambda place: place.lots > 0)
