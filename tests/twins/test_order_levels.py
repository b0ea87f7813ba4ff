"""The fold from orders to levels beside a plain book of orders, on one clock and on both."""

import random

import numpy as np
import pytest

from halfspread import _core
from halfspread.event import EVENT, EVERYTHING, Flag, Kind
from halfspread.instrument import Instrument
from halfspread.tape import Tape
from twins.plain_order_levels import PlainOrders

INSTRUMENT = Instrument("X", "1", "1")
ROWS = 3000
KINDS = (Kind.add, Kind.add, Kind.modify, Kind.remove, Kind.execute, Kind.trade)


def day(seed, crossing):
    """Rows that a venue could tell: of random orders, some of which cross for a few rows."""
    rng, plain, rows, newest = random.Random(seed), PlainOrders(), [], 0
    for i in range(ROWS):
        row = np.zeros((), EVENT)
        row["exchange_time"] = row["local_time"] = i // 2
        row["flags"] = Flag.both | (Flag.last if rng.random() < 0.7 else 0)
        kind = rng.choice(KINDS)
        if rng.random() < 0.003:
            kind = Kind.clear
        side = rng.choice((1, -1))
        away = rng.randrange(-4 if crossing and rng.random() < 0.03 else 1, 8)
        price = 100 - side * away
        size = rng.randrange(1, 9)
        if kind in (Kind.modify, Kind.remove, Kind.execute):
            if not plain.orders:
                continue
            number = rng.choice(list(plain.orders))
            side, at, left = plain.orders[number]
            price = 100 - side * away if kind == Kind.modify and rng.random() < 0.5 else at
            if kind != Kind.modify:
                size = left if kind == Kind.remove else min(size, left)
            row["order_id"] = number
        elif kind == Kind.add:
            newest += 1
            row["order_id"] = newest
        elif kind == Kind.clear:
            side, price = rng.choice(((0, EVERYTHING), (1, EVERYTHING), (-1, 103), (1, 98)))
        row["kind"], row["side"], row["price"], row["size"] = kind, side, price, size
        plain.apply(row)
        rows.append(row)
    rows[-1]["flags"] |= np.uint16(Flag.last)
    return np.array(rows, dtype=EVENT)


def levels_of(book):
    sides = {}
    for side in (1, -1):
        prices, sizes = book.depth(side, 1000)
        sides[side] = dict(zip(prices.tolist(), sizes.tolist(), strict=True))
    return sides


def columns_of(events):
    return Tape.from_events(events, INSTRUMENT).columns


@pytest.mark.parametrize("crossing", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_book_of_levels_is_that_of_the_orders(seed, crossing):
    events = day(seed, crossing)
    levels, ends = _core.OrderLevels().apply(events.view(np.uint8).reshape(-1, 48))
    levels = levels.view(EVENT)[:, 0]
    columns = columns_of(levels)
    plain, book, compared, start = PlainOrders(), _core.Book(), 0, 0
    for row, end in zip(events, ends.tolist(), strict=True):
        plain.apply(row)
        book.apply(columns, start, end)
        start = end
        if not plain.crossed():
            assert levels_of(book) == plain.levels()
            compared += 1
    assert compared > (ROWS // 20 if crossing else ROWS // 2)


def test_messages_end_where_they_did():
    events = day(7, False)
    levels, ends = _core.OrderLevels().apply(events.view(np.uint8).reshape(-1, 48))
    levels = levels.view(EVENT)[:, 0]
    message = np.cumsum(events["flags"] & Flag.last != 0) - (events["flags"] & Flag.last != 0)
    of = np.repeat(message, np.diff(ends, prepend=0))
    last = levels["flags"] & Flag.last != 0
    assert np.array_equal(last, np.append(of[1:] != of[:-1], True))


def test_each_clock_has_its_own_book():
    events = day(3, False)
    both = np.random.default_rng(1).random(len(events)) < 0.97
    halves = np.repeat(events, np.where(both, 1, 2))
    index = np.flatnonzero(np.repeat(~both, np.where(both, 1, 2)))
    halves["flags"][index[::2]] &= np.uint16(0xFFFF ^ Flag.at_local)
    halves["flags"][index[1::2]] &= np.uint16(0xFFFF ^ Flag.at_exchange)
    # What reaches us late, by some rows: the local halves go behind.
    key = np.arange(len(halves), dtype=float)
    key[index[1::2]] += 5.5
    order = np.argsort(key, kind="stable")
    halves = halves[order]
    halves["local_time"] = np.arange(len(halves)) + 10**6
    halves["exchange_time"] = np.arange(len(halves))
    tape = Tape.from_events(halves, INSTRUMENT)
    levels = tape.levels()
    assert not levels.holds_orders
    for clock in (Flag.at_exchange, Flag.at_local):
        of_clock = halves[halves["flags"] & clock != 0]
        of_clock["flags"] |= np.uint16(Flag.both)
        alone = _core.OrderLevels().apply(of_clock.view(np.uint8).reshape(-1, 48))[0]
        alone = alone.view(EVENT)[:, 0]
        folded = levels.events()
        folded = folded[folded["flags"] & clock != 0]
        for name in ("kind", "side", "price", "size"):
            assert np.array_equal(folded[name], alone[name]), (clock, name)


def test_blocks_change_nothing(monkeypatch):
    events = day(5, True)
    tape = Tape.from_events(events, INSTRUMENT)
    whole = tape.levels().events()
    monkeypatch.setattr("halfspread.tape.BLOCK", 64)
    assert np.array_equal(tape.levels().events(), whole)
