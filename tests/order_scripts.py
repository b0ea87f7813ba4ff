"""A scripted day of single orders as LOBSTER and Bitstamp tell it, and the rows it must become."""

import json
from functools import partial

import numpy as np

from halfspread.codecs.bitstamp import Bitstamp
from halfspread.codecs.lobster import Lobster
from halfspread.event import EVENT, Flag, Kind, Side
from venue_scripts import START, Venue, price_text, size_text

MS = 1_000_000
MIDNIGHT = START - 50_000 * 10**9
BID, ASK, NONE = Side.bid, Side.ask, Side.none
LAST = Flag.both | Flag.last
SET_RIGHT = Flag.both | Flag.snapshot


def row(ms, kind, side, price=0, size=0, order=0, detail=0, flags=LAST):
    """One row, `ms` after START on both clocks."""
    time = START + ms * MS
    return (time, time, size, order, price, 0, detail, flags, kind, side)


def rows(*told):
    return np.array(list(told), dtype=EVENT)


LOBSTER = [  # ms, type, order, size, price, direction: 4 is an execution, 5 a hidden one, 7 a halt
    (1, 1, 11, 5, 1000, 1),
    (2, 1, 12, 7, 999, 1),
    (3, 1, 13, 3, 1001, -1),
    (3, 1, 14, 9, 1003, -1),
    (4, 2, 12, 2, 999, 1),
    (5, 4, 13, 1, 1001, -1),
    (5, 5, 0, 4, 1001, -1),
    (6, 3, 14, 9, 1003, -1),
    (7, 2, 12, 5, 999, 1),
    (7, 6, -1, 20, 1000, 1),
    (8, 3, 77, 2, 998, 1),
    (9, 7, 0, 0, -1, -1),
    (9, 7, 0, 0, 0, -1),
    (10, 7, 0, 0, 1, -1),
    (11, 4, 11, 5, 1000, 1),
]
LOBSTER_ROWS = rows(
    row(1, Kind.add, BID, 1000, 5, 11),
    row(2, Kind.add, BID, 999, 7, 12),
    row(3, Kind.add, ASK, 1001, 3, 13),
    row(3, Kind.add, ASK, 1003, 9, 14),
    row(4, Kind.modify, BID, 999, 5, 12),
    row(5, Kind.trade, BID, 1001, 1),
    row(5, Kind.execute, ASK, 1001, 1, 13),
    row(5, Kind.trade, BID, 1001, 4),
    row(6, Kind.remove, ASK, 1003, 9, 14),
    row(7, Kind.remove, BID, 999, 5, 12),
    row(7, Kind.trade, NONE, 1000, 20),
    row(8, Kind.remove, BID, 998, 2, 77),
    row(9, Kind.status, NONE, detail=1),
    row(9, Kind.status, NONE, detail=2),
    row(10, Kind.status, NONE, detail=0),
    row(11, Kind.trade, ASK, 1000, 5),
    row(11, Kind.execute, BID, 1000, 5, 11),
)


def lobster_line(ms, kind, order, size, price, direction):
    """As the message file has it."""
    since = f"{50_000 + ms // 1000}.{ms % 1000:03}"
    size, price = (size_text(size), price * 1000) if kind != 7 else (size, price)
    return f"{since},{kind},{order},{size},{price},{direction}"


BITSTAMP = [  # ms, event, and an order, a trade or the book: (id, side, price, size) or the levels
    (1, "order_created", (11, BID, 1000, 5)),
    (2, "order_created", (12, BID, 999, 7)),
    (3, "order_created", (13, ASK, 1001, 3)),
    (4, "order_book", ([(1000, 5), (999, 7)], [(1001, 3), (1003, 9)])),
    (5, "order_changed", (12, BID, 999, 2)),
    (6, "trade", (501, NONE, 1001, 1)),
    (6, "order_changed", (13, ASK, 1001, 2)),
    (7, "order_deleted", (13, ASK, 1001, 0)),
    (8, "order_book", ([(1000, 5), (998, 4)], [(1003, 9)])),
    (9, "order_deleted", (11, BID, 1000, 5)),
]
BITSTAMP_ROWS = rows(
    row(1, Kind.add, BID, 1000, 5, 11),
    row(2, Kind.add, BID, 999, 7, 12),
    row(3, Kind.add, ASK, 1001, 3, 13),
    row(4, Kind.level, ASK, 1003, 9, flags=SET_RIGHT | Flag.last),
    row(5, Kind.modify, BID, 999, 2, 12),
    row(6, Kind.trade, NONE, 1001, 1),
    row(6, Kind.modify, ASK, 1001, 2, 13),
    row(7, Kind.remove, ASK, 1001, 0, 13),
    row(8, Kind.level, BID, 999, 0, flags=SET_RIGHT),
    row(8, Kind.level, BID, 998, 4, flags=SET_RIGHT | Flag.last),
    row(9, Kind.remove, BID, 1000, 5, 11),
)


def bitstamp_line(ms, event, what):
    """As a recorder of the feed keeps it."""
    if event == "order_book":
        sides = zip(("bids", "asks"), what, strict=True)
        said = {name: [[price_text(p), size_text(s)] for p, s in side] for name, side in sides}
    else:
        number, side, price, size = what
        said = {"price": price_text(price), "amount": size_text(size), "id": number}
        if event == "trade":
            said |= {"price": price / 10 + 1e-14, "amount": size / 1000}
        else:
            said |= {"order_type": int(side == ASK), "datetime": "1430438404"}
    return f"{START // MS + ms} {event} {json.dumps(said)}"


ORDER_VENUES = {
    "lobster": Venue(
        partial(Lobster, midnight=MIDNIGHT), [lobster_line(*m) for m in LOBSTER], LOBSTER_ROWS
    ),
    "bitstamp": Venue(Bitstamp, [bitstamp_line(*m) for m in BITSTAMP], BITSTAMP_ROWS),
}
