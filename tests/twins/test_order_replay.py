"""The order-by-order book equals a naive one on random rows, and LOBSTER's own touch on its day."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from halfspread import _core
from halfspread.event import EVENT, EVERYTHING, Kind

LOBSTER = Path(__file__).resolve().parents[3] / "shared/data/lobster"
MESSAGES = LOBSTER / "AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"
TEN_LEVELS = LOBSTER / "AAPL_2012-06-21_34200000_57600000_orderbook_10.first998rows.csv.gz"
TOUCHES = LOBSTER / "AAPL_2012-06-21_34200000_57600000_orderbook_1.csv.gz"
ROWS = 20_000


class NaiveReplay:
    """A list of [id, side, price, size] in the order of arrival."""

    def __init__(self):
        self.orders = []
        self.faults = Counter()

    def find(self, order_id):
        return next((o for o in self.orders if order_id and o[0] == order_id), None)

    def by_priority(self, side):
        mine = [order for order in self.orders if order[1] == side]
        return sorted(mine, key=lambda order: -side * order[2])  # sorting keeps arrival

    def apply(self, kind, side, price, size, order_id):
        order = self.find(order_id)
        whole = side in (1, -1) and 0 < size <= 2**53 and EVERYTHING < price < 2**31 - 1
        if kind == Kind.clear:
            self.clear(side, price)
        elif kind in (Kind.add, Kind.modify):
            if kind == Kind.add:
                self.faults["known_order"] += order is not None
            if not whole:
                self.faults["bad_row"] += 1
            elif kind == Kind.add:
                self.add(order, order_id, side, price, size)
            else:
                self.modify(order, order_id, side, price, size)
        elif kind == Kind.execute and size <= 0:
            self.faults["bad_row"] += 1
        elif kind in (Kind.remove, Kind.execute):
            if order is None:
                self.faults["unknown_order"] += 1
                self.take_nameless(side, price, size)
            elif kind == Kind.remove:
                self.orders.remove(order)
            else:
                self.execute(order, price, size)

    def add(self, order, order_id, side, price, size):
        if order:
            self.orders.remove(order)
        self.orders.append([order_id, side, price, size])

    def modify(self, order, order_id, side, price, size):
        self.faults["unknown_order"] += order is None
        if order and order[1] == side and order[2] == price and size <= order[3]:
            order[3] = size
            return
        self.faults["wrong_side"] += bool(order) and order[1] != side
        self.add(order, order_id, side, price, size)

    def execute(self, order, price, size):
        self.faults["off_price"] += price != order[2]
        self.faults["out_of_turn"] += self.by_priority(order[1])[0] is not order
        self.faults["too_much"] += size > order[3]
        order[3] -= size
        if order[3] <= 0:
            self.orders.remove(order)

    def take_nameless(self, side, price, size):
        for order in list(self.orders):
            if order[:3] == [0, side, price] and size > 0:
                taken = min(size, order[3])
                size -= taken
                order[3] -= taken
        self.orders = [order for order in self.orders if order[3] > 0]

    def clear(self, side, price):
        def stays(order):
            if side and order[1] != side:
                return True
            return bool(side) and price != EVERYTHING and order[1] * (order[2] - price) < 0

        self.orders = [order for order in self.orders if stays(order)]

    def hash(self):
        value = 0
        for side in (1, -1):
            numbers = [(o[2] & 0xFFFFFFFF, o[0], o[3]) for o in self.by_priority(side)]
            for number in (*chain.from_iterable(numbers), side & (2**64 - 1)):
                value = ((value ^ number) * 0x9E3779B97F4A7C15) & (2**64 - 1)
                value ^= value >> 29
        return value


def random_row(rng):
    """A row about one of forty ids, most of them near one price, some of them nonsense."""
    kinds = (Kind.add, Kind.modify, Kind.remove, Kind.execute, Kind.clear, Kind.trade)
    kind = rng.choices(kinds, (50, 20, 12, 30, 0.1, 1))[0]
    side = rng.choice((1, -1)) if rng.random() < 0.98 else rng.choice((0, 3))
    price = (
        rng.randrange(-4, 5) - 2 * side
        if rng.random() < 0.98
        else rng.choice((EVERYTHING, EVERYTHING + 1, 2**31 - 1, 2**31 - 2))
    )
    size = rng.randrange(1, 9) if rng.random() < 0.97 else rng.choice((0, -1, 2**53, 2**53 + 1))
    order_id = rng.choice((0, *range(1, 40))) * 0x1234567890ABCDE
    if kind == Kind.clear:
        side = rng.choice((-1, 0, 1))
    return kind, side, price, size, order_id


@pytest.mark.parametrize("seed", range(2))
def test_random_rows(seed):
    rng, naive, core = random.Random(seed), NaiveReplay(), _core.OrderReplay()
    row = np.zeros(1, EVENT)
    most = 0
    for i in range(ROWS // 2):
        said = random_row(rng)
        row["kind"], row["side"], row["price"], row["size"], row["order_id"] = said
        core.apply(row.view(np.uint8).reshape(1, -1))
        naive.apply(*said)
        assert core.hash() == naive.hash(), (i, said)
        assert core.orders == len(naive.orders)
        most = max(most, core.orders)
    assert {name: count for name, count in core.faults.items() if count} == naive.faults
    assert len(naive.faults) == 7
    assert most > 15


def lobster_rows(path):
    return [line.split(",") for line in gzip.open(path, "rt").read().split()]


def lobster_events():
    """The first snapshot's ten levels under id 0, without the first message; then the messages."""
    messages = lobster_rows(MESSAGES)
    first = messages[0]
    snapshot = [int(number) for number in lobster_rows(TEN_LEVELS)[0]]
    rows, left = [], {}
    for at in range(0, len(snapshot), 2):
        side = 1 if at % 4 else -1
        price, size = snapshot[at : at + 2]
        if (price, side) == (int(first[4]), int(first[5])):
            size -= int(first[3])
        if size > 0:
            rows.append((Kind.add, side, price, size, 0))
    start = len(rows)
    kinds = {1: Kind.add, 2: Kind.modify, 3: Kind.remove, 4: Kind.execute, 5: Kind.trade}
    for _, kind, *numbers in messages:
        order_id, size, price, side = (int(number) for number in numbers)
        if kind == "1":
            left[order_id] = size
        elif kind in "24" and order_id in left:
            left[order_id] -= size
        if kind == "2":
            size = left[order_id]
        rows.append((kinds[int(kind)], side, price, size, order_id))
    events = np.zeros(len(rows), EVENT)
    for name, column in zip(
        ("kind", "side", "price", "size", "order_id"), zip(*rows, strict=True), strict=True
    ):
        events[name] = column
    return events, start


def test_lobster():
    if not MESSAGES.exists():
        pytest.skip(f"no recorded data at {MESSAGES}")
    events, start = lobster_events()
    core = _core.OrderReplay()
    seen = core.apply(events.view(np.uint8).reshape(-1, EVENT.itemsize), True)[start:]
    seen = seen[:, [2, 3, 0, 1]]
    theirs = np.array(lobster_rows(TOUCHES), np.int64)
    ours, theirs = (
        states[np.r_[True, (np.diff(states, axis=0) != 0).any(axis=1)]] for states in (seen, theirs)
    )
    assert len(ours) == 23_439
    assert (ours[:15_999] == theirs[:15_999]).all()
    assert core.faults == {**dict.fromkeys(core.faults, 0), "unknown_order": 84, "out_of_turn": 24}
