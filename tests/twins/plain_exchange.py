"""A plain exchange: the book, our orders in it by hftbacktest's rules, and the way there and back.

What a venue would do otherwise under other rules is in `PeerVenue` alone: `VENUES` names the rules
that exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from halfspread.event import EVERYTHING, Flag, Kind
from halfspread.instrument import Instrument
from twins.plain_orders import NEVER, NO_ASK, Lifetime, Order, Queue, Status, nearest

NOTHING = -(2**63)  # the best key of an empty side of a book


class Row(NamedTuple):
    """One market row with its size in coins; `tick` None is a clear without a bound."""

    at_exchange: bool
    at_local: bool
    exchange_time: int
    local_time: int
    kind: int
    side: int
    tick: int | None
    quantity: float


def rows(events: np.ndarray, instrument: Instrument) -> list[Row]:
    """EVENT rows as `Row`s."""
    flags, unbounded = events["flags"], events["price"] == EVERYTHING
    columns = (
        (flags & Flag.at_exchange).astype(bool),
        (flags & Flag.at_local).astype(bool),
        *(events[name] for name in ("exchange_time", "local_time", "kind", "side")),
        np.where(unbounded, None, events["price"]),
        instrument.size(events["size"]),
    )
    return [Row(*values) for values in zip(*(c.tolist() for c in columns), strict=True)]


# -------------------------------------------------------------------------------------- the latency


class Latency(Protocol):
    """How long a request travels to the venue, and an answer back, in nanoseconds."""

    def entry(self, time: int) -> int:
        """Of a request made at `time`; negative: it is refused, and we know after that long."""

    def response(self, time: int) -> int:
        """Of an answer given at `time`."""


@dataclass(frozen=True)
class ConstantLatency:
    """The same at all times; (0, 0) is none."""

    entry_time: int = 0
    response_time: int = 0

    def entry(self, time: int) -> int:
        return self.entry_time

    def response(self, time: int) -> int:
        return self.response_time


class InterpolatedLatency:
    """Between samples (asked, at the venue, answered), an (n, 3) array; the ends hold beyond it."""

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = [tuple(int(x) for x in row) for row in samples]

    def entry(self, time: int) -> int:
        (asked1, venue1, back1), (asked2, venue2, back2) = self._around(time, 0)
        if asked1 != asked2 and (venue1 <= 0 or venue2 <= 0):
            return -_between(time, asked1, back1 - asked1, asked2, back2 - asked2)
        return _between(time, asked1, venue1 - asked1, asked2, venue2 - asked2)

    def response(self, time: int) -> int:
        (_, venue1, back1), (_, venue2, back2) = self._around(time, 1)
        return _between(time, venue1, back1 - venue1, venue2, back2 - venue2)

    def _around(self, time: int, column: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        first, last = self.samples[0], self.samples[-1]
        if time < first[column]:
            return first, first
        if time >= last[column]:
            return last, last
        pairs = zip(self.samples[:-1], self.samples[1:], strict=True)
        return next((a, b) for a, b in pairs if a[column] <= time < b[column])


def _between(x: int, x1: int, y1: int, x2: int, y2: int) -> int:
    """The line through two points at x, truncated toward zero before y1 is added."""
    return y1 if x1 == x2 else int(float(y2 - y1) / float(x2 - x1) * float(x - x1)) + y1


# ----------------------------------------------------------------------------------------- the book


class BookSide:
    """Levels by key, the tick times the side's sign: on both sides a larger key is better."""

    def __init__(self) -> None:
        self.levels: dict[int, float] = {}
        self.best, self.worst = NOTHING, NEVER

    def below(self, key: int) -> int:
        """The best occupied key in [worst, key)."""
        occupied = (u for u in self.levels if self.worst <= u < key)
        return max(occupied, default=NOTHING)

    def step_down(self, key: int) -> None:
        """The best is now the first occupied below `key`."""
        self.best = self.below(key)
        if self.best == NOTHING:
            self.worst = NEVER


class Book:
    """The others' levels. One that a better opposite level crossed stays there, unseen."""

    def __init__(self, lot: float) -> None:
        self.lot = lot
        self.sides = {1: BookSide(), -1: BookSide()}

    @property
    def bid(self) -> int:
        """The best bid's tick, NO_BID if none."""
        return self.sides[1].best

    @property
    def ask(self) -> int:
        """The best ask's tick, NO_ASK if none."""
        best = self.sides[-1].best
        return NO_ASK if best == NOTHING else -best

    def size(self, side: int, tick: int) -> float:
        """Coins displayed."""
        return self.sides[side].levels.get(side * tick, 0.0)

    def set(self, side: int, tick: int, quantity: float) -> float:
        """The level now shows `quantity` coins; returns what it showed before."""
        own, other, key = self.sides[side], self.sides[-side], side * tick
        before = own.levels.pop(key, 0.0)
        if nearest(quantity / self.lot) <= 0:
            if key == own.best:
                own.step_down(own.best)
            return before
        own.levels[key] = quantity
        if key > own.best:
            own.best = key
            if other.best != NOTHING and own.best + other.best >= 0:
                other.best = other.below(-own.best)
        own.worst = min(own.worst, key)
        return before

    def clear(self, side: int, tick: int | None) -> None:
        """Drops the levels from the best to `tick`, or all of a side (`side` 0: of both)."""
        if side == 0:
            self.sides = {1: BookSide(), -1: BookSide()}
        elif tick is None:
            self.sides[side] = BookSide()
        else:
            own, key = self.sides[side], side * tick
            if own.best != NOTHING:
                own.levels = {u: q for u, q in own.levels.items() if not key <= u <= own.best}
            own.step_down(key - 1)  # passes over the level at key - 1, as the peer does


# ---------------------------------------------------------------------------------------- the venue


class PeerVenue:
    """hftbacktest's exchange that fills in full or not at all; its own orders by number.

    `answer(order)` takes each message back to us. Our orders never change the book, and a print of
    q coins acts with q on every order at its price.
    """

    def __init__(self, lot: float, queue: Queue, answer: Callable[[Order], None]) -> None:
        self.book, self.queue, self.lot, self.answer = Book(lot), queue, lot, answer
        self.orders: dict[int, Order] = {}

    def apply(self, row: Row) -> None:
        """A market row, at its exchange time."""
        if row.kind == Kind.level:
            self._level(row)
        elif row.kind == Kind.clear:
            self.book.clear(row.side, row.tick)
        elif row.kind == Kind.trade and row.side != 0:
            self._trade(row)

    def _level(self, row: Row) -> None:
        side = self.book.sides[row.side]
        best_before = side.best
        before = self.book.set(row.side, row.tick, row.quantity)
        for order in self.orders.values():
            if order.side == row.side and order.tick == row.tick:
                self.queue.level(order, before, row.quantity)
        if side.best > best_before:
            everyone = best_before == NOTHING or len(self.orders) < side.best - best_before
            for order in self._opposite(row.side):
                key = row.side * order.tick
                if key <= side.best and (everyone or key > best_before):
                    self._fill(order, order.tick, True, row.exchange_time)

    def _trade(self, row: Row) -> None:
        best, printed = self.book.sides[row.side].best, row.side * row.tick
        everyone = best == NOTHING or len(self.orders) < printed - best
        for order in self._opposite(row.side):
            key = row.side * order.tick
            if key > printed or not (everyone or key > best):
                continue
            if key == printed:
                self.queue.trade(order, row.quantity)
                if not self.queue.is_reached(order, self.lot):
                    continue
            self._fill(order, order.tick, True, row.exchange_time)

    def _opposite(self, side: int) -> list[Order]:
        return [order for order in self.orders.values() if order.side == -side]

    def _fill(self, order: Order, tick: int, maker: bool, time: int) -> None:
        order.maker, order.fill_tick, order.filled = maker, tick, order.leaves
        order.leaves, order.status, order.exchange_time = 0.0, Status.FILLED, time
        if self.orders.pop(order.number, None) is not None:
            self.answer(order)

    def handle(self, order: Order, time: int) -> None:
        """A request of ours, at its arrival."""
        if order.request == Status.NEW:
            self._new(order, time)
        elif order.request == Status.CANCELED:
            self._cancel(order, time)
        else:
            self._modify(order, time)
        self.answer(order)

    def _new(self, order: Order, time: int) -> None:
        if order.number in self.orders:
            raise RuntimeError(f"order {order.number} is live already")
        order.request, order.exchange_time = Status.NONE, time
        opposite = self.book.ask if order.side == 1 else self.book.bid
        empty = self.book.sides[-order.side].best == NOTHING
        crosses = not empty and order.side * order.tick >= order.side * opposite
        if order.market or (crosses and order.lifetime != Lifetime.GTX):
            self._fill(order, opposite, False, time)
        elif crosses or order.lifetime in (Lifetime.FOK, Lifetime.IOC):
            order.status = Status.EXPIRED
        else:
            order.status = Status.NEW
            self.queue.join(order, self.book.size(order.side, order.tick))
            self.orders[order.number] = replace(order)

    def _cancel(self, order: Order, time: int) -> None:
        held = self.orders.pop(order.number, None)
        if held is None:
            order.request = Status.REJECTED
        else:
            vars(order).update(vars(held))
            order.request, order.status = Status.NONE, Status.CANCELED
        order.exchange_time = time

    def _modify(self, order: Order, time: int) -> None:
        held = self.orders.get(order.number)
        order.exchange_time = time
        if held is None:
            order.request = Status.REJECTED
        elif held.tick != order.tick or order.quantity > held.leaves:
            del self.orders[order.number]
            self._new(order, time)
        else:
            held.quantity = held.leaves = order.quantity
            held.exchange_time = time
            order.request, order.leaves = Status.NONE, order.quantity


VENUES = {"hftbacktest": PeerVenue}
"""Rules by name: a class with PeerVenue's `apply` and `handle`, and a `book`."""
