"""Tapes made up for tests: a small market's rows, and those rows written to a file."""

import hashlib

import numpy as np

from halfspread import _core
from halfspread.event import EVENT, EVERYTHING, Flag, Kind
from halfspread.instrument import Instrument
from halfspread.tape import write_tape

BTC = Instrument("BTCUSDT", tick="0.1", lot="0.001", taker_fee=0.0005)
START = 1_723_075_200_000_000_000  # 2024-08-08
SOURCES = [{"name": "day.gz", "sha256": hashlib.sha256(b"day").hexdigest()}]
CHECK = {"gaps": 0, "crossed": 0.25, "notes": ['ü "quoted"', {"seal": "00000000"}]}
SECOND = 10**9


def market(n, seed=0, start=START):
    """A snapshot, then n - 3 levels and trades, 5 ms on their way, one every 0 to 20 ms."""
    random = np.random.default_rng(seed)
    events = np.zeros(n, dtype=EVENT)
    events["kind"] = random.choice([Kind.level, Kind.trade], n, p=[0.8, 0.2])
    events["side"] = random.choice([-1, 1], n)
    events["price"] = 600_000 - events["side"] * random.integers(-2, 20, n)
    events["size"] = random.integers(0, 50, n)
    events["flags"] = Flag.both | Flag.last
    events["exchange_time"] = start + np.cumsum(random.integers(0, SECOND // 50, n))
    events["exchange_time"][:3] = start
    events["local_time"] = events["exchange_time"] + SECOND // 200
    events[:3]["kind"] = Kind.clear, Kind.level, Kind.level
    events[:3]["side"] = 0, 1, -1
    events[:3]["price"] = EVERYTHING, 599_999, 600_001
    events[:3]["flags"] = Flag.both | Flag.snapshot
    events["flags"][2] |= Flag.last
    return events


def written(path, events=None, **more):
    events = market(1000) if events is None else events
    return write_tape(path, events, BTC, **{"venue": "binance", **more})


def snapshot(events):
    """The core's snapshot of what rests after `events`, whatever their clocks."""
    columns = {
        "exchange_time": events["exchange_time"],
        "delay_ns": events["local_time"] - events["exchange_time"],
        "price_ticks": events["price"],
        "size_lots": events["size"],
        "flags": np.full(len(events), Flag.both, dtype=np.uint8),
    } | {name: events[name] for name in ("kind", "side", "order_id")}
    columns = {name: np.ascontiguousarray(column) for name, column in columns.items()}
    exchange, local = _core.snapshots(columns, (len(events), len(events)))
    assert np.array_equal(exchange, local)
    return exchange.view(EVENT)[:, 0]
