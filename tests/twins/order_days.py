"""Days of random orders, as venues tell them: first come first, by prints and executions."""

from __future__ import annotations

import random

import numpy as np

import halfspread as hs
from halfspread.event import EVENT, Flag, Kind

MADE = hs.Instrument("MADE", "1", "1")
MILLISECOND = 1_000_000
STYLES = ("each", "print first", "print last")
"""how a market order is told: trade and execution of each order it meets, or one trade for all"""


class Day:
    """Random orders around a price, told as a venue tells them: none crosses, first come first."""

    def __init__(self, seed: int, style: str) -> None:
        self.rng, self.style = random.Random(seed), style
        self.rows: list[tuple[int, ...]] = []
        self.queues: dict[tuple[int, int], list[list[int]]] = {}
        self.now, self.newest, self.middle = 10**18, 0, 1000

    def tape(self, messages: int) -> hs.Tape:
        for _ in range(messages):
            if self.rng.random() < 0.7:
                self.now += self.rng.randrange(3 * MILLISECOND)
            if self.rng.random() < 0.01:
                self.middle += self.rng.choice((-1, 1))
            act = self.rng.choices((self._add, self._leave, self._market), (50, 35, 10))[0]
            act(self.rng.choice((1, -1)))
        events = np.zeros(len(self.rows), EVENT)
        names = ("exchange_time", "kind", "side", "price", "size", "order_id", "flags")
        for name, column in zip(names, zip(*self.rows, strict=True), strict=True):
            events[name] = column
        events["local_time"] = events["exchange_time"]
        return hs.Tape.from_events(events, MADE)

    def _tell(self, kind: Kind, side: int, price: int, size: int, number: int = 0) -> None:
        self.rows.append((self.now, kind, side, price, size, number, Flag.both | Flag.last))

    def _best(self, side: int) -> int | None:
        return max((p for s, p in self.queues if s == side), key=lambda p: side * p, default=None)

    def _add(self, side: int) -> None:
        price = self.middle - side * self.rng.randrange(1, 5)
        other = self._best(-side)
        if other is not None and side * (price - other) >= 0:
            return
        self.newest += 1
        lots = self.rng.randrange(1, 9)
        self.queues.setdefault((side, price), []).append([self.newest, lots])
        self._tell(Kind.add, side, price, lots, self.newest)

    def _leave(self, side: int) -> None:
        wheres = [where for where in self.queues if where[0] == side]
        if not wheres:
            return
        where = self.rng.choice(wheres)
        order = self.rng.choice(self.queues[where])
        if order[1] > 1 and self.rng.random() < 0.3:
            order[1] -= 1
            self._tell(Kind.modify, *where, order[1], order[0])
        elif self.rng.random() < 0.2:  # grows, and loses its place
            self.queues[where].remove(order)
            self.queues[where].append(order)
            order[1] += 2
            self._tell(Kind.modify, *where, order[1], order[0])
        else:
            self._tell(Kind.remove, *where, order[1], order[0])
            self._gone(where, order)

    def _gone(self, where: tuple[int, int], order: list[int]) -> None:
        self.queues[where].remove(order)
        if not self.queues[where]:
            del self.queues[where]

    def _market(self, aggressor: int) -> None:
        side, left = -aggressor, self.rng.randrange(1, 40)
        while left and (best := self._best(side)) is not None:
            if abs(best - self.middle) > 3:
                return
            where, met = (side, best), []
            for order in list(self.queues[where]):
                taken = min(left, order[1])
                if taken:
                    met.append((order, taken))
                left -= taken
            whole = sum(taken for _, taken in met)
            if self.style == "print first":
                self._tell(Kind.trade, aggressor, best, whole)
            for order, taken in met:
                if self.style == "each":
                    self._tell(Kind.trade, aggressor, best, taken)
                self._tell(Kind.execute, side, best, taken, order[0])
                order[1] -= taken
                if not order[1]:
                    self._gone(where, order)
            if self.style == "print last":
                self._tell(Kind.trade, aggressor, best, whole)
