"""The matching engine as anyone would write it: a dict of lists a side, searched from end to end.

It answers the same events, with the same ids: a slot that was given back last is used next.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum

from halfspread.event import Flag, Kind, Side

MASK = 2**64 - 1
NO_BID, NO_ASK = -(2**31), 2**31 - 1
LARGEST_SIZE, MOST_LOTS, MOST_SLICES = 2**53, 2**62, 1000


class Lifetime(IntEnum):
    """How long an order waits."""

    post_only = 0
    good_till_cancel = 1
    immediate = 2
    fill_or_kill = 3
    market = 4


class SelfTrade(IntEnum):
    """What ends when an order meets one of its own owner's."""

    allow = 0
    cancel_resting = 1
    cancel_taking = 2
    cancel_both = 3


REASONS = [
    "none",
    "bad_kind",
    "bad_side",
    "bad_lifetime",
    "bad_price",
    "bad_size",
    "bad_display",
    "unknown_order",
    "full",
    "would_cross",
    "unfilled",
    "not_whole",
    "self_trade",
]
Reason = IntEnum("Reason", {name: i for i, name in enumerate(REASONS)})


@dataclass(eq=False)
class Order:
    """An order of `displayed` lots, and `hidden` ones behind them."""

    id: int
    owner: int
    side: int
    price: int
    lifetime: int
    self_trade: int
    displayed: int
    hidden: int = 0
    display: int = 0

    @property
    def leaves(self):
        return self.displayed + self.hidden

    def numbers(self):
        """What the state's hash is of."""
        owner = self.owner * 2 + (self.lifetime == Lifetime.post_only)
        price = self.price & 0xFFFFFFFF
        return price, self.id, owner, self.displayed, self.hidden, self.display


class NaiveExchange:
    """Takes asks one by one; `apply` returns the id and the events, as tuples."""

    def __init__(self, most_orders):
        self.most_orders = most_orders
        self.sides = {Side.bid: {}, Side.ask: {}}  # price to the list of its orders
        self.alive = {}
        self.free = []  # ids that come next, the last one first
        self.slots = 0
        self.inventory = defaultdict(int)
        self.cash = defaultdict(int)

    # ---------------------------------------------------------------------------------- questions

    def best(self, side):
        prices = self.sides[side]
        return (max(prices) if side == Side.bid else min(prices)) if prices else None

    def queue(self, side):
        """A side's orders in the order in which they would trade."""
        for price in sorted(self.sides[side], reverse=side == Side.bid):
            yield from self.sides[side][price]

    def level(self, side, price):
        return sum(order.displayed for order in self.sides[side].get(price, ()))

    def next_id(self):
        return self.free[-1] if self.free else self.slots + 1

    def hash(self):
        value = 0
        for side in (Side.bid, Side.ask):
            numbers = [number for order in self.queue(side) for number in order.numbers()]
            for number in (*numbers, side & MASK):
                value = ((value ^ number) * 0x9E3779B97F4A7C15) & MASK
                value ^= value >> 29
        value = ((value ^ self.next_id()) * 0x9E3779B97F4A7C15) & MASK
        return value ^ value >> 29

    # --------------------------------------------------------------------------------------- asks

    def apply(self, kind, owner, side, price, size, detail, order_id, display):
        self.said = []
        if detail & 0xFF > 4 or detail >> 8 > 3:
            self.reject(order_id, owner, Reason.bad_lifetime)
        elif kind == Kind.submit:
            order = Order(0, owner, side, price, detail & 0xFF, detail >> 8, size, 0, display)
            order_id = self.submit(order)
        elif kind == Kind.cancel:
            order = self.own(order_id, owner)
            if order:
                self.end_resting(order, Reason.none)
        elif kind == Kind.amend:
            order = self.own(order_id, owner)
            if order:
                self.amend(order, price, size, detail >> 8)
        else:
            self.reject(order_id, owner, Reason.bad_kind)
        return order_id, self.said

    def submit(self, order):
        why = Reason.bad_side if order.side not in (1, -1) else self.fault(order, 0)
        if why == Reason.none and not self.free and self.slots >= self.most_orders:
            why = Reason.full
        if why != Reason.none:
            self.reject(0, order.owner, why)
            return 0
        if self.free:
            order.id = self.free.pop()
        else:
            self.slots += 1
            order.id = self.slots
        self.enter(order, Kind.accepted)
        return order.id

    def fault(self, order, before):
        if order.price in (NO_BID, NO_ASK) and order.lifetime != Lifetime.market:
            return Reason.bad_price
        if not 1 <= order.displayed <= LARGEST_SIZE:
            return Reason.bad_size
        if order.display < 0:
            return Reason.bad_display
        if order.display and order.displayed > MOST_SLICES * order.display:
            return Reason.bad_display
        resting = sum(o.leaves for orders in self.sides[order.side].values() for o in orders)
        return Reason.full if resting - before + order.displayed > MOST_LOTS else Reason.none

    def own(self, order_id, owner):
        order = self.alive.get(order_id)
        if order is None or order.owner != owner:
            self.reject(order_id, owner, Reason.unknown_order)
            return None
        return order

    def amend(self, order, price, size, self_trade):
        asked = Order(
            order.id,
            order.owner,
            order.side,
            price,
            order.lifetime,
            self_trade,
            size,
            0,
            order.display,
        )
        why = self.fault(asked, order.leaves)
        if why != Reason.none:
            self.reject(order.id, order.owner, why)
        elif price == order.price and size <= order.leaves:
            below = min(order.hidden, order.leaves - size)
            order.hidden -= below
            if order.leaves > size:
                order.displayed = size
                self.publish(Kind.modify, order, size)
                self.show_level(order.side, price)
            self.answer(Kind.amended, order, size)
        else:
            self.take_out(order)
            self.enter(asked, Kind.amended)

    # ------------------------------------------------------------------------------------ matching

    def enter(self, order, acknowledgement):
        rests = order.lifetime in (Lifetime.post_only, Lifetime.good_till_cancel)
        takes = self.reaches(order, self.best(-order.side))
        size = order.displayed
        if takes and order.lifetime == Lifetime.post_only:
            return self.end(Kind.expired, order, Reason.would_cross)
        if not takes and not rests:
            return self.end(Kind.expired, order, Reason.unfilled)
        if order.lifetime == Lifetime.fill_or_kill and self.available(order) < size:
            return self.end(Kind.expired, order, Reason.not_whole)
        self.answer(acknowledgement, order, size)
        stopped = takes and self.take(order)
        if order.displayed == 0:
            return self.give_back(order)
        if stopped:
            return self.end(Kind.cancelled, order, Reason.self_trade)
        if not rests:
            return self.end(Kind.expired, order, Reason.unfilled)
        return self.rest(order)

    def reaches(self, order, price):
        if price is None:
            return False
        return order.lifetime == Lifetime.market or order.side * (order.price - price) >= 0

    def stops(self, order, maker):
        own = order.owner == maker.owner and order.owner != 0
        return own and order.self_trade != SelfTrade.allow

    def available(self, order):
        """What it could take, as a list of slices: those below the water come behind."""
        total = 0
        for price in sorted(self.sides[-order.side], reverse=order.side == Side.ask):
            if not self.reaches(order, price):
                break
            makers = self.sides[-order.side][price]
            for maker in makers:
                if not self.stops(order, maker):
                    total += maker.displayed
                elif order.self_trade != SelfTrade.cancel_resting:
                    return total
            total += sum(maker.hidden for maker in makers if not self.stops(order, maker))
        return total

    def take(self, order):
        """Returns whether an order of its own owner stopped it."""
        side, stopped = -order.side, False
        while order.displayed and not stopped and self.reaches(order, self.best(side)):
            price, before = self.best(side), order.displayed
            while order.displayed and price in self.sides[side] and not stopped:
                maker = self.sides[side][price][0]
                if self.stops(order, maker):
                    if order.self_trade != SelfTrade.cancel_taking:
                        self.end_resting(maker, Reason.self_trade)
                    stopped = order.self_trade != SelfTrade.cancel_resting
                else:
                    self.fill(order, maker)
            if order.displayed < before:
                trade = (Kind.trade, 0, order.side, price, before - order.displayed, 0, 0)
                self.said.append((*trade, Flag.both))
                self.show_level(side, price)
        return stopped

    def fill(self, taker, maker):
        lots = min(taker.displayed, maker.displayed)
        self.publish(Kind.execute, maker, lots)
        for order, flags in ((maker, Flag.both), (taker, Flag.both | Flag.taker)):
            self.said.append(
                (Kind.filled, order.owner, order.side, maker.price, lots, 0, order.id, flags)
            )
            self.inventory[order.owner] += order.side * lots
            self.cash[order.owner] -= order.side * lots * maker.price
            order.displayed -= lots
        if maker.displayed == 0:
            makers = self.sides[maker.side][maker.price]
            makers.remove(maker)
            if maker.hidden:
                maker.displayed = min(maker.display, maker.hidden)
                maker.hidden -= maker.displayed
                makers.append(maker)
                self.publish(Kind.add, maker, maker.displayed)
            else:
                self.forget_empty(maker)
                del self.alive[maker.id]
                self.give_back(maker)

    # ---------------------------------------------------------------------------- resting, leaving

    def rest(self, order):
        if order.display:
            order.hidden = max(0, order.displayed - order.display)
            order.displayed -= order.hidden
        self.sides[order.side].setdefault(order.price, []).append(order)
        self.alive[order.id] = order
        self.publish(Kind.add, order, order.displayed)
        self.show_level(order.side, order.price)

    def take_out(self, order):
        self.sides[order.side][order.price].remove(order)
        self.forget_empty(order)
        del self.alive[order.id]
        self.publish(Kind.remove, order, order.displayed)
        self.show_level(order.side, order.price)

    def end_resting(self, order, why):
        self.take_out(order)
        self.end(Kind.cancelled, order, why)

    def end(self, kind, order, why):
        self.answer(kind, order, order.leaves, why)
        self.give_back(order)

    def give_back(self, order):
        self.free.append(order.id + 2**32)

    def forget_empty(self, order):
        if not self.sides[order.side][order.price]:
            del self.sides[order.side][order.price]

    # ------------------------------------------------------------------------------------- events

    def answer(self, kind, order, size, why=Reason.none):
        self.said.append(
            (kind, order.owner, order.side, order.price, size, why, order.id, Flag.both)
        )

    def publish(self, kind, order, size):
        self.said.append((kind, 0, order.side, order.price, size, 0, order.id, Flag.both))

    def show_level(self, side, price):
        size = self.level(side, price)
        self.said.append((Kind.level, 0, side, price, size, 0, 0, Flag.both))

    def reject(self, order_id, owner, why):
        self.said.append((Kind.rejected, owner, 0, 0, 0, why, order_id, Flag.both))
