"""A plain replay engine: hftbacktest 2.4.4's rules in slow, readable Python, for others to equal.

Four clocks: the market's rows as we see them, answers that reach us, the market's rows as the venue
sees them, our requests that reach the venue. The earliest goes first, at one instant in that order.

    engine = Engine(rows(events, btc), btc, queue=Queue("power3"), latency=ConstantLatency())
    result = upkeep(engine, Upkeep(half=2, lean=0.1, size=10, max_position=50, every=100_000_000))

Prices are ticks. Sizes are coins (doubles), as the peer's are, so that its arithmetic can be
repeated to the last bit. What a venue would do otherwise under other rules is in `PeerVenue` alone:
`VENUES` names the rules that exist.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np

from halfspread.event import EVERYTHING, Flag, Kind
from halfspread.instrument import Instrument

NEVER = 2**63 - 1
NO_BID, NO_ASK = -(2**63), 2**63 - 1
NOTHING = -(2**63)  # the best key of an empty side of a book


class Status(IntEnum):
    """What became of an order, and (as `Order.request`) what is asked of it; the peer's numbers."""

    NONE, NEW, EXPIRED, FILLED, CANCELED, PARTIALLY_FILLED, REJECTED, REPLACED = range(8)


class Lifetime(IntEnum):
    """How long an order may rest; the peer's numbers. GTX is post-only."""

    GTC, GTX, FOK, IOC = range(4)


class Refusal(IntEnum):
    """What a request by hand returns when it is not sent; the peer's numbers."""

    SENT = 0
    ID_EXISTS = 10
    PENDING = 11
    UNKNOWN = 12


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


@dataclass
class Order:
    """One of our orders. The venue and we hold a copy each; messages are copies too."""

    number: int
    side: int
    tick: int
    quantity: float
    leaves: float
    lifetime: Lifetime = Lifetime.GTX
    market: bool = False
    request: Status = Status.NONE
    status: Status = Status.NONE
    local_time: int = 0
    exchange_time: int = 0
    filled: float = 0.0
    fill_tick: int = 0
    maker: bool = False
    ahead: float = 0.0
    """coins in front of it at its price, as the queue model believes"""
    printed: float = 0.0
    """coins printed at its price since the level last changed"""

    @property
    def is_open(self) -> bool:
        """It may still be filled, as far as its holder knows."""
        return self.status in (Status.NONE, Status.NEW, Status.PARTIALLY_FILLED)


# -------------------------------------------------------------- arithmetic that Python would refuse


def nearest(x: float) -> int:
    """Half away from zero; NaN is 0; saturates."""
    if math.isnan(x):
        return 0
    if math.isinf(x):
        return NEVER if x > 0 else NO_BID
    whole = math.trunc(x)
    return whole + (int(math.copysign(1, x)) if abs(x - whole) >= 0.5 else 0)


def least(a: float, b: float) -> float:
    """IEEE minNum: a NaN loses."""
    if math.isnan(a):
        return b
    return a if math.isnan(b) else min(a, b)


def ratio(a: float, b: float) -> float:
    """a / b, with the infinities and NaNs of IEEE."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(a) / b)


def power(x: float, n: float) -> float:
    """x ** n as C's pow gives it."""
    try:
        return math.pow(x, n)
    except ValueError:
        return math.inf if x == 0.0 else math.nan
    except OverflowError:
        return math.inf


def logarithm(x: float) -> float:
    """ln x as C's log gives it."""
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


# ---------------------------------------------------------------------------------------- the queue

SHARES: dict[str, Callable[[float, float, float], float]] = {
    "log": lambda f, b, n: ratio(logarithm(1 + b), logarithm(1 + b) + logarithm(1 + f)),
    "log2": lambda f, b, n: ratio(logarithm(1 + b), logarithm(1 + (b + f))),
    "power": lambda f, b, n: ratio(power(b, n), power(b, n) + power(f, n)),
    "power2": lambda f, b, n: ratio(power(b, n), power(b + f, n)),
    "power3": lambda f, b, n: 1 - power(ratio(f, f + b), n),
}
"""The share of an unexplained decrease that came from behind us; f is ahead, b behind, in coins."""

QUEUES = ("risk_averse", *SHARES)


class Queue:
    """Where an order stands in its level's queue, guessed from the level's size and the prints."""

    def __init__(self, model: str, exponent: float = 3.0) -> None:
        self.share = None if model == "risk_averse" else SHARES[model]
        self.exponent = exponent

    def join(self, order: Order, shown: float) -> None:
        """The order comes to a level that shows `shown` coins: behind them all."""
        order.ahead, order.printed = shown, 0.0

    def trade(self, order: Order, quantity: float) -> None:
        """`quantity` printed at the order's price."""
        order.ahead -= quantity
        order.printed += quantity

    def is_reached(self, order: Order, lot: float) -> bool:
        """At least half a lot has printed beyond the queue; the queue is then used up."""
        reached = nearest(-order.ahead / lot) > 0
        if reached:
            order.ahead = 0.0
        return reached

    def level(self, order: Order, before: float, after: float) -> None:
        """The level's displayed size went from `before` to `after`."""
        if self.share is None:
            order.ahead = least(order.ahead, after)
            return
        change = before - after
        change -= order.printed
        order.printed = 0.0
        if change < 0:
            order.ahead = least(order.ahead, after)
            return
        back = before - order.ahead
        share = self.share(order.ahead, back, self.exponent)
        if math.isinf(share):
            share = 1.0
        estimate = order.ahead - (1 - share) * change + least(back - share * change, 0.0)
        order.ahead = least(estimate, after)


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


# --------------------------------------------------------------------------------------- the engine

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
    and kept passive.
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


def quote(strategy: Upkeep, bid: int, ask: int, inventory: int) -> dict[int, int]:
    """The wanted tick of each side, by its sign."""
    mid, skew = (bid + ask) / 2, strategy.lean * inventory
    bid_tick = math.floor(mid - strategy.half - skew)
    ask_tick = math.ceil(mid + strategy.half - skew)
    return {1: min(bid_tick, ask - 1), -1: max(ask_tick, bid + 1)}


def upkeep(engine: Engine, strategy: Upkeep) -> Result:
    """Runs the strategy to the end of the market; decisions at first time + k * every, k >= 1.

    A side has one current order at most. An order that waits for an answer is left alone; one at
    the wanted price is kept; another is cancelled and leaves; then, if the side has none and there
    is room, a new one goes out. Room counts every open order of the side, whatever it waits for.
    """
    current: dict[int, int] = {}
    digest, decisions, last_number = DIGEST, 0, 0
    while engine.elapse(strategy.every):
        engine.forget_final()
        bid, ask = engine.book.bid, engine.book.ask
        inventory = nearest(engine.position / engine.lot)
        digest, decisions = mix(digest, (engine.now, inventory, bid, ask)), decisions + 1
        if bid == NO_BID or ask == NO_ASK:
            continue
        for side, tick in quote(strategy, bid, ask, inventory).items():
            order = engine.orders.get(current.get(side, 0))
            if order is not None:
                if order.request != Status.NONE or order.tick == tick:
                    continue
                engine.cancel(order.number)
                del current[side]
            of_side = (o for o in engine.orders.values() if o.side == side and o.is_open)
            held = side * inventory + sum(nearest(o.leaves / engine.lot) for o in of_side)
            if held + strategy.size <= strategy.max_position:
                last_number += 1
                current[side] = last_number
                engine.submit(last_number, side, tick, strategy.size)
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
