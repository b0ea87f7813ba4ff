"""Plain simulated market: one desk and a flow's book, an ask and an answer at a time.

plain = PlainMarket(flow.start(seed=1, begin=START - warm_up), out, back, feed)
plain.until(START + every)             # all that happens, and what of it we know by then
number = plain.submit(1, price, 5, "post_only")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from halfspread.event import EVENT, Kind
from halfspread.flows import START
from halfspread.stepped import LIFETIMES

OWNER = 1


@dataclass
class Order:
    """One of ours: as we know it, and its number at the venue."""

    side: int
    price: int
    leaves: int
    state: str = "sent"
    filled: int = 0
    theirs: int = 0
    filled_there: int = 0


@dataclass
class PlainMarket:
    """A market of one maker. Times are ns."""

    market: Any
    out: int
    back: int
    feed: int
    self_trade: int = 1
    now: int = START
    orders: list[Order] = field(default_factory=list)
    fills: list[tuple[int, ...]] = field(default_factory=list)
    everyone: dict[int, tuple[int, int]] = field(default_factory=dict)
    _asks: list[tuple[int, int, str, tuple[int, ...]]] = field(default_factory=list)
    _answers: list[tuple[int, int, Kind, int, int, int, bool]] = field(default_factory=list)
    _touches: list[tuple[int, Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.market.advance(START - self.feed)
        self._look(START - self.feed)

    def _look(self, time: int) -> None:
        self._touches.append((time, self.market.best(1), self.market.best(-1)))

    def _advance(self, until: int) -> None:
        while self.market.next <= until:
            time = self.market.next
            self._follow(self.market.events(time))
            self._look(time)

    def _follow(self, rows: Any) -> None:
        for row in rows.view(EVENT)[:, 0]:
            kind, owner = Kind(row["kind"]), int(row["lane"])
            if kind == Kind.filled:
                inventory, cash = self.everyone.get(owner, (0, 0))
                lots = int(row["side"]) * int(row["size"])
                self.everyone[owner] = (inventory + lots, cash - lots * int(row["price"]))
            if owner == OWNER:
                self._tell(row, kind)

    def _tell(self, row: Any, kind: Kind) -> None:
        numbers = [i for i, order in enumerate(self.orders) if order.theirs == row["order_id"]]
        if not numbers:  # it is the one being placed, or was refused
            numbers = [self._serving]
            self.orders[self._serving].theirs = int(row["order_id"])
        if kind == Kind.filled:
            self.orders[numbers[0]].filled_there += int(row["size"])
        time = int(row["exchange_time"])
        self._answers.append(
            (time + self.back, numbers[0], kind, int(row["size"]), int(row["price"]), time,
             bool(row["flags"] & 16))
        )  # fmt: skip

    def until(self, time: int) -> None:
        """Everything up to and at `time`, and the answers that have come by then."""
        while self._asks and self._asks[0][0] <= time:
            arrival, number, what, numbers = self._asks.pop(0)
            self._advance(arrival)
            self._serve(arrival, number, what, numbers)
        self._advance(time)
        self.now = time
        while self._answers and self._answers[0][0] <= time:
            self._hear(*self._answers.pop(0))

    def finish(self, end: int) -> None:
        """The end: the public goes on until the last ask has come."""
        last = self._asks[-1][0] if self._asks else end
        self.until(max(end, last))
        for answer in self._answers:
            self._hear(*answer)

    def _serve(self, time: int, number: int, what: str, numbers: tuple[int, ...]) -> None:
        order = self.orders[number]
        ask = np.zeros(1, EVENT)
        ask["lane"], ask["exchange_time"] = OWNER, time
        ask["kind"], ask["order_id"] = Kind[what], order.theirs
        ask["detail"] = self.self_trade << 8
        if what == "submit":
            ask["side"], ask["price"], ask["size"] = order.side, order.price, order.leaves
            ask["detail"] |= numbers[0]
        elif what == "amend":
            price, total = numbers
            ask["price"], ask["size"] = price, total - order.filled_there
            if total <= order.filled_there:
                ask["kind"] = Kind.cancel
        self._serving = number
        rows, _ = self.market.apply(ask.view(np.uint8).reshape(-1, 48))
        self._follow(rows)
        self._look(time)

    def _hear(self, arrival: int, number: int, kind: Kind, size: int, price: int, time: int,
              taker: bool) -> None:  # fmt: skip
        order = self.orders[number]
        if kind == Kind.filled:
            order.leaves -= size
            order.filled += size
            self.fills.append((time, arrival, order.side, price, size, not taker, number))
            if order.leaves <= 0:
                order.state = "none"
        elif order.state == "none":
            return
        elif kind in (Kind.cancelled, Kind.expired):
            order.state = "none"
        elif order.state == "sent":
            order.state = "live" if kind == Kind.accepted else "none"
        elif kind == Kind.rejected:
            order.state = "live"
        elif kind == Kind.amended:
            order.price, order.leaves, order.state = price, size, "live"

    def submit(self, side: int, price: int, size: int, lifetime: str) -> int:
        """Sends an order; its number."""
        self.orders.append(Order(side, price, size))
        self._send(len(self.orders) - 1, "submit", LIFETIMES.index(lifetime))
        return len(self.orders) - 1

    def cancel(self, number: int) -> bool:
        """Asks for its end, if we know that it rests."""
        if self.orders[number].state != "live":
            return False
        self.orders[number].state = "cancelling"
        self._send(number, "cancel")
        return True

    def amend(self, number: int, price: int, size: int) -> bool:
        """Asks for another price and size, if we know that it rests."""
        order = self.orders[number]
        if order.state != "live":
            return False
        order.state = "amending"
        self._send(number, "amend", price, order.filled + size)
        return True

    def _send(self, number: int, what: str, *numbers: int) -> None:
        self._asks.append((self.now + self.out, number, what, numbers))

    def touch(self) -> tuple[Any, Any]:
        """The best bid and ask that we see: (price, size) or None."""
        seen = [touch for touch in self._touches if touch[0] <= self.now - self.feed]
        return seen[-1][1:]
