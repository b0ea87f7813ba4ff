"""The matching engine equals a naive book: the same events and the same state after each ask."""

from __future__ import annotations

import random

import numpy as np
import pytest

from halfspread import _core
from halfspread.event import EVENT, Kind, Side
from twins.naive_exchange import LARGEST_SIZE, NO_ASK, NO_BID, NaiveExchange

CHUNK = 5_000
WILD_SIZES = (0, -1, LARGEST_SIZE, LARGEST_SIZE + 1, 2**62, -(2**63))
WILD_PRICES = (NO_BID, NO_BID + 1, NO_ASK - 1, NO_ASK, 1_000_000)


class Asks:
    """Random asks of five owners near one price: all orders, all rules, and bad ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.known = []

    def next(self):
        """kind, owner, side, price, size, detail, order id, display."""
        rng = self.random
        side = rng.choice((1, -1))
        price = rng.randrange(-6, 7) - 2 * side
        size = rng.randrange(1, 12)
        lifetime = rng.choices(range(5), (2, 6, 2, 1, 1))[0]
        detail = lifetime | rng.randrange(4) << 8
        display = rng.randrange(1, 6) if rng.random() < 0.2 else 0
        owner, order_id = rng.randrange(5), 0
        kind = rng.choices((Kind.submit, Kind.cancel, Kind.amend), (6, 2, 3))[0]
        if kind != Kind.submit and self.known:
            order_id, owner_then = rng.choice(self.known[-60:])
            owner = owner_then if rng.random() < 0.95 else owner
        if rng.random() < 0.02:
            fault = rng.randrange(6)
            if fault == 0:
                size = rng.choice(WILD_SIZES)
            elif fault == 1:
                price = rng.choice(WILD_PRICES)
            elif fault == 2:
                side = rng.choice((0, 5, -7))
            elif fault == 3:
                detail = rng.choice((5, 255, 4 << 8, 1 << 16, 2**32 - 1))
            elif fault == 4:
                kind = rng.choice((0, 1, 33, 255))
            else:
                order_id, display = rng.getrandbits(64), rng.choice((-1, 2**62))
        return kind, owner, side, price, size, detail, order_id, display


def rows_of(asks):
    """Asks as rows of EVENT, and their display sizes."""
    rows = np.zeros(len(asks), EVENT)
    columns = list(zip(*asks, strict=True))
    for name, column in zip(
        ("kind", "lane", "side", "price", "size", "detail", "order_id"), columns, strict=False
    ):
        rows[name] = np.array(column, dtype=EVENT[name])
    rows["exchange_time"] = np.arange(len(asks))
    return rows, np.array(columns[-1], np.int64)


def as_bytes(rows):
    """Rows of EVENT as the extension takes them."""
    return rows.view(np.uint8).reshape(-1, EVENT.itemsize)


def tuples(events):
    """Events as the naive exchange says them, without what ends an answer."""
    names = ("kind", "lane", "side", "price", "size", "detail", "order_id", "flags")
    columns = [events[name].tolist() for name in names[:-1]]
    return list(zip(*columns, (events["flags"] & 0xFFFB).tolist(), strict=True))


def campaign(count, seed, most_orders):
    """Runs `count` asks through both; the event kinds that came."""
    asks, naive = Asks(seed), NaiveExchange(most_orders)
    core = _core.Exchange(most_orders)
    kinds = set()
    for start in range(0, count, CHUNK):
        chunk, said, hashes = [], [], []
        for _ in range(min(CHUNK, count - start)):
            ask = asks.next()
            order_id, events = naive.apply(*ask)
            if ask[0] == Kind.submit and order_id:
                asks.known.append((order_id, ask[1]))
            chunk.append(ask)
            said.append(events)
            hashes.append(naive.hash())
        rows, display = rows_of(chunk)
        bytes_out, ends, _, core_hashes = core.apply(as_bytes(rows), display, True)
        events = bytes_out.view(EVENT)[:, 0]
        at = 0
        for i, (end, told) in enumerate(zip(ends.tolist(), said, strict=True)):
            assert tuples(events[at:end]) == told, (start + i, chunk[i])
            at = end
        assert core_hashes.tolist() == hashes
        assert (
            events["exchange_time"] == np.repeat(rows["exchange_time"], np.diff(ends, prepend=0))
        ).all()
        kinds |= set(events["kind"].tolist())
        asks.known = asks.known[-60:]
        core = _core.Exchange.load(core.save()) if start // CHUNK % 2 else core.copy()
    assert sum(naive.inventory.values()) == 0
    assert sum(naive.cash.values()) == 0
    for side in (Side.bid, Side.ask):
        orders = core.orders(side)
        assert orders["id"].tolist() == [order.id for order in naive.queue(side)]
    return kinds


ALL_KINDS = {
    Kind.level,
    Kind.trade,
    Kind.add,
    Kind.modify,
    Kind.remove,
    Kind.execute,
    Kind.accepted,
    Kind.rejected,
    Kind.filled,
    Kind.cancelled,
    Kind.expired,
    Kind.amended,
}


@pytest.mark.parametrize("most_orders", [100, 12])
def test_twenty_thousand_asks(most_orders):
    """The second book is full most of the time."""
    assert campaign(10_000, most_orders, most_orders) == ALL_KINDS


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_a_million_asks(seed):
    """In tenths, of books with room for 20 to 65 orders: they fill up in the long run."""
    assert campaign(100_000, seed, 20 + 5 * seed) == ALL_KINDS
