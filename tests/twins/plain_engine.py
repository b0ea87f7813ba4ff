"""A plain replay engine: hftbacktest 2.4.4's rules in slow, readable Python, for others to equal.

Four clocks: the market's rows as we see them, answers that reach us, the market's rows as the venue
sees them, our requests that reach the venue. The earliest goes first, at one instant in that order.

    engine = Engine(rows(events, btc), btc, queue=Queue("power3"), latency=ConstantLatency())
    result = upkeep(engine, Upkeep(half=2, lean=0.1, size=10, max_position=50, every=100_000_000))

Prices are ticks. Sizes are coins (doubles), as the peer's are, so that its arithmetic can be
repeated to the last bit. Orders and queues are in `plain_orders`, the venue in `plain_exchange`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from halfspread.event import Kind
from halfspread.instrument import Instrument
from twins.plain_exchange import VENUES, Book, Latency, Row
from twins.plain_orders import NEVER, NO_ASK, NO_BID, Lifetime, Order, Queue, Status, nearest


class Refusal(IntEnum):
    """What a request by hand returns when it is not sent; the peer's numbers."""

    SENT = 0
    ID_EXISTS = 10
    PENDING = 11
    UNKNOWN = 12


FILL = np.dtype(
    [
        ("exchange_time", "i8"),
        ("local_time", "i8"),
        ("price", "i8"),
        ("size", "i8"),
        ("order_number", "u8"),
        ("side", "i1"),
        ("maker", "?"),
    ]
)
"""One fill: price in ticks, size in lots, side +1 if we bought."""


class Engine:
    """One strategy's replay of one instrument. Orders are numbered by the caller."""

    def __init__(
        self,
        market: Sequence[Row],
        instrument: Instrument,
        *,
        queue: Queue,
        latency: Latency,
        rules: str = "hftbacktest",
    ) -> None:
        self.instrument, self.latency = instrument, latency
        self.tick, self.lot = float(instrument.tick), float(instrument.lot)
        self.venue = VENUES[rules](self.lot, queue, self._answer)
        self.book = Book(self.lot)
        self.orders: dict[int, Order] = {}
        self.position = self.balance = self.fee = self.volume = self.value = 0.0
        self.fills: list[tuple[int, int, int, int, int, int, bool]] = []
        self.submits = self.cancels = 0
        self._seen = deque(row for row in market if row.at_local)
        self._happens = deque(row for row in market if row.at_exchange)
        self._answers: deque[tuple[int, Order]] = deque()
        self._requests: deque[tuple[int, Order]] = deque()
        self.now = min(self._next())

    def _next(self) -> tuple[int, int, int, int]:
        """The next time of each clock, in the order in which they go at one instant."""
        return (
            self._seen[0].local_time if self._seen else NEVER,
            self._answers[0][0] if self._answers else NEVER,
            self._happens[0].exchange_time if self._happens else NEVER,
            self._requests[0][0] if self._requests else NEVER,
        )

    def elapse(self, duration: int) -> bool:
        """Everything up to and at now + duration; False when nothing is left after it."""
        target = self.now + duration
        while True:
            times = self._next()
            earliest = min(times)
            if earliest == NEVER:
                return False
            if earliest > target:
                self.now = target
                return True
            turn = times.index(earliest)
            if turn == 0:
                self._see(self._seen.popleft())
            elif turn == 2:
                self.venue.apply(self._happens.popleft())
            else:
                self._deliver(turn, earliest)

    def _deliver(self, turn: int, time: int) -> None:
        queue = self._answers if turn == 1 else self._requests
        while queue and queue[0][0] == time:
            order = queue.popleft()[1]
            if turn == 1:
                self._hear(order, time)
            else:
                self.venue.handle(order, time)

    def _see(self, row: Row) -> None:
        if row.kind == Kind.level:
            self.book.set(row.side, row.tick, row.quantity)
        elif row.kind == Kind.clear:
            self.book.clear(row.side, row.tick)

    def _hear(self, order: Order, time: int) -> None:
        if order.status == Status.FILLED:
            self._book_fill(order, time)
        mine = self.orders.get(order.number)
        if order.request == Status.REJECTED:
            if mine is not None and mine.local_time == order.local_time:
                if mine.request == Status.NEW:
                    mine.status = Status.EXPIRED
                mine.request = Status.NONE
        elif mine is None:
            self.orders[order.number] = replace(order)
        else:
            exchange_time = order.exchange_time if order.exchange_time > 0 else mine.exchange_time
            kept = replace(order, local_time=mine.local_time, exchange_time=exchange_time)
            self.orders[order.number] = kept

    def _book_fill(self, order: Order, time: int) -> None:
        contract, price = float(self.instrument.contract_size), order.fill_tick * self.tick
        linear = not self.instrument.inverse
        amount = contract * price * order.filled if linear else contract * order.filled / price
        rate = self.instrument.maker_fee if order.maker else self.instrument.taker_fee
        self.position += order.filled * order.side
        self.balance -= amount * order.side
        self.fee += rate * amount
        self.volume += order.filled
        self.value += amount
        lots = nearest(order.filled / self.lot)
        fill = (order.exchange_time, time, order.fill_tick, lots)
        self.fills.append((*fill, order.number, order.side, order.maker))

    def submit(
        self,
        number: int,
        side: int,
        tick: int,
        lots: int,
        lifetime: Lifetime = Lifetime.GTX,
        market: bool = False,
    ) -> Refusal:
        """Sends a new order."""
        if number in self.orders:
            return Refusal.ID_EXISTS
        size = self.instrument.size(lots)
        order = Order(number, side, tick, size, size, lifetime, market)
        order.request, order.local_time = Status.NEW, self.now
        self.orders[number] = order
        self.submits += 1
        self._send(order)
        return Refusal.SENT

    def cancel(self, number: int) -> Refusal:
        """Sends a cancel. If we know already that the order is filled, its fill is booked again."""
        refusal = self._may_ask(number)
        if refusal == Refusal.SENT:
            self._ask(self.orders[number], Status.CANCELED)
            self.cancels += 1
        return refusal

    def modify(self, number: int, tick: int, lots: int) -> Refusal:
        """Sends a change of price and size."""
        refusal = self._may_ask(number)
        if refusal == Refusal.SENT:
            order = self.orders[number]
            order.tick, order.quantity = tick, self.instrument.size(lots)
            self._ask(order, Status.REPLACED)
        return refusal

    def forget_final(self) -> None:
        """Drops the orders that are expired, filled or cancelled."""
        gone = (Status.EXPIRED, Status.FILLED, Status.CANCELED)
        self.orders = {n: order for n, order in self.orders.items() if order.status not in gone}

    def _may_ask(self, number: int) -> Refusal:
        if number not in self.orders:
            return Refusal.UNKNOWN
        idle = self.orders[number].request == Status.NONE
        return Refusal.SENT if idle else Refusal.PENDING

    def _ask(self, order: Order, request: Status) -> None:
        order.request, order.local_time = request, self.now
        self._send(order)

    def _send(self, order: Order) -> None:
        order, delay = replace(order), self.latency.entry(self.now)
        if delay < 0:
            order.request = Status.REJECTED
            _post(self._answers, self.now - delay, order)
        else:
            _post(self._requests, self.now + delay, order)

    def _answer(self, order: Order) -> None:
        time = order.exchange_time
        _post(self._answers, time + self.latency.response(time), replace(order))


def _post(queue: deque[tuple[int, Order]], time: int, order: Order) -> None:
    """Messages never overtake each other."""
    queue.append((max(time, queue[-1][0]) if queue else time, order))


# ------------------------------------------------------------------------------------- the strategy


class Upkeep(NamedTuple):
    """A quote around the mid that leans against inventory, one level a side.

    bid = mid - half - lean * inventory and ask = mid + half - lean * inventory, rounded outwards
    and kept passive, or with `taking` taken at that price where it reaches the other side.
    """

    half: float
    """ticks from the mid"""
    lean: float
    """ticks a lot of inventory"""
    size: int
    """lots a side"""
    max_position: int
    """lots that a side's open orders may bring the inventory to"""
    every: int
    """nanoseconds between decisions"""
    taking: bool = False


@dataclass
class Result:
    """What a run came to, the same for every engine."""

    fills: np.ndarray
    """of FILL, by local time, then exchange time, then order number"""
    position: float
    """coins"""
    balance: float
    fee: float
    volume: float
    value: float
    trades: int
    submits: int
    cancels: int
    decisions: int
    digest: int
    """of (time, inventory in lots, best bid, best ask) at each decision: see `mix`"""


def mix(digest: int, values: Iterable[int]) -> int:
    """FNV-1a over 64-bit words, from DIGEST on. An empty bid is NO_BID, an empty ask NO_ASK."""
    for value in values:
        digest = ((digest ^ (value & 0xFFFFFFFFFFFFFFFF)) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return digest


DIGEST = 14695981039346656037


def ordered(fills: np.ndarray) -> np.ndarray:
    """Fills by local time, then exchange time, then order number."""
    return np.sort(fills, order=["local_time", "exchange_time", "order_number"])


def quote(strategy: Upkeep, bid: int, ask: int, inventory: int) -> dict[int, tuple[int, bool]]:
    """The wanted tick of each side, by its sign, and whether to take there."""
    mid, skew = (bid + ask) / 2, strategy.lean * inventory
    bid_tick = math.floor(mid - strategy.half - skew)
    ask_tick = math.ceil(mid + strategy.half - skew)
    takes_bid, takes_ask = strategy.taking and bid_tick >= ask, strategy.taking and ask_tick <= bid
    return {
        1: (bid_tick if takes_bid else min(bid_tick, ask - 1), takes_bid),
        -1: (ask_tick if takes_ask else max(ask_tick, bid + 1), takes_ask),
    }


def upkeep(engine: Engine, strategy: Upkeep) -> Result:
    """Runs the strategy to the end of the market; decisions at first time + k * every, k >= 1.

    A side has one current order at most. An order that waits for an answer is left alone; one at
    the wanted price is kept; another is cancelled and leaves; then, if the side has none and there
    is room, a new one goes out. Room counts every open order of the side, whatever it waits for.
    A side that takes has no current order wanted, and one immediate order under way at most.
    """
    current: dict[int, int] = {}
    under_way: dict[int, int] = {}
    digest, decisions, last_number = DIGEST, 0, 0

    def fits(side: int) -> bool:
        of_side = (o for o in engine.orders.values() if o.side == side and o.is_open)
        held = side * inventory + sum(nearest(o.leaves / engine.lot) for o in of_side)
        return bool(held + strategy.size <= strategy.max_position)

    while engine.elapse(strategy.every):
        engine.forget_final()
        bid, ask = engine.book.bid, engine.book.ask
        inventory = nearest(engine.position / engine.lot)
        digest, decisions = mix(digest, (engine.now, inventory, bid, ask)), decisions + 1
        if bid == NO_BID or ask == NO_ASK:
            continue
        wanted = quote(strategy, bid, ask, inventory)
        for side, (tick, takes) in wanted.items():
            order = engine.orders.get(current.get(side, 0))
            if order is not None:
                if order.request != Status.NONE or (order.tick == tick and not takes):
                    continue
                engine.cancel(order.number)
                del current[side]
            if not takes and fits(side):
                last_number += 1
                current[side] = last_number
                engine.submit(last_number, side, tick, strategy.size)
        for side, (tick, takes) in wanted.items():
            if takes and under_way.get(side) not in engine.orders and fits(side):
                last_number += 1
                under_way[side] = last_number
                engine.submit(last_number, side, tick, strategy.size, Lifetime.IOC)
    return result(engine, decisions, digest)


def result(engine: Engine, decisions: int, digest: int) -> Result:
    """The engine's account so far."""
    return Result(
        fills=ordered(np.array(engine.fills, dtype=FILL)),
        position=engine.position,
        balance=engine.balance,
        fee=engine.fee,
        volume=engine.volume,
        value=engine.value,
        trades=len(engine.fills),
        submits=engine.submits,
        cancels=engine.cancels,
        decisions=decisions,
        digest=digest,
    )
