"""Feeds for the twins: seeded markets from calm to wild, real captures, and hftbacktest's rows.

    events = FEEDS["wild"](seed=3)             # an EVENT array of BTC
    rows = peer_rows(events, BTC)              # the same as hftbacktest reads it

The wild ones are no market at all: levels come anywhere, books cross and empty, prints have no
side. An engine has to agree with its twin on them too.
"""

from __future__ import annotations

import gzip
import itertools
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import hftbacktest.types as peer
import numpy as np
from hftbacktest.data.utils import binancefutures

from halfspread import synthetic
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side, order_rows
from halfspread.instrument import Instrument

BTC = Instrument("BTCUSDT", "0.1", "0.001", maker_fee=-0.00005, taker_fee=0.0007)
START = 1_700_000_000_000_000_000
MILLISECOND = 1_000_000

# ------------------------------------------------------------------------------- hftbacktest's rows

TO_PEER = {
    Kind.level: peer.DEPTH_EVENT,
    Kind.trade: peer.TRADE_EVENT,
    Kind.clear: peer.DEPTH_CLEAR_EVENT,
    Kind.touch: peer.DEPTH_BBO_EVENT,
}
FLAGS = {
    Flag.at_exchange: peer.EXCH_EVENT,
    Flag.at_local: peer.LOCAL_EVENT,
}
SIDES = {Side.bid: peer.BUY_EVENT, Side.ask: peer.SELL_EVENT}


def peer_rows(events: np.ndarray, instrument: Instrument) -> np.ndarray:
    """EVENT rows of the market as hftbacktest's."""
    code = np.zeros(len(events), np.uint64)
    for kind, number in TO_PEER.items():
        code[events["kind"] == kind] = number
    snapshot = (events["kind"] == Kind.level) & (events["flags"] & Flag.snapshot > 0)
    code[snapshot] = peer.DEPTH_SNAPSHOT_EVENT
    for flag, bit in FLAGS.items():
        code[events["flags"] & flag > 0] |= np.uint64(bit)
    for side, bit in SIDES.items():
        code[events["side"] == side] |= np.uint64(bit)
    found = np.zeros(len(events), peer.event_dtype)
    found["ev"] = code
    found["exch_ts"], found["local_ts"] = events["exchange_time"], events["local_time"]
    found["px"], found["qty"] = instrument.price(events["price"]), instrument.size(events["size"])
    found["px"][(events["kind"] == Kind.clear) & (events["price"] == EVERYTHING)] = np.nan
    return found


def from_peer(feed: np.ndarray, instrument: Instrument) -> np.ndarray:
    """hftbacktest's rows as EVENT rows; every row ends its message."""
    events = np.zeros(len(feed), EVENT)
    low = feed["ev"] & np.uint64(0xFF)
    for kind, number in TO_PEER.items():
        events["kind"][low == number] = kind
    snapshot = low == peer.DEPTH_SNAPSHOT_EVENT
    events["kind"][snapshot] = Kind.level
    events["flags"] = Flag.last
    events["flags"][snapshot] |= np.uint16(Flag.snapshot)
    for flag, bit in FLAGS.items():
        events["flags"][feed["ev"] & np.uint64(bit) > 0] |= np.uint16(flag)
    for side, bit in SIDES.items():
        events["side"][feed["ev"] & np.uint64(bit) > 0] = side
    events["exchange_time"], events["local_time"] = feed["exch_ts"], feed["local_ts"]
    bounded = np.isfinite(feed["px"])
    ticks = np.rint(np.where(bounded, feed["px"], 0) * instrument.ticks_per_unit)
    events["price"] = np.where(bounded, ticks, EVERYTHING)
    events["size"] = np.rint(feed["qty"] * instrument.lots_per_coin)
    return events


def capture(path: Path, instrument: Instrument, messages: int) -> np.ndarray:
    """The first `messages` lines of a raw Binance futures capture, by the peer's own converter."""
    with tempfile.TemporaryDirectory() as folder:
        head = Path(folder) / "head.gz"
        with gzip.open(path) as whole, gzip.open(head, "wb", compresslevel=1) as cut:
            cut.writelines(itertools.islice(whole, messages))
        feed = binancefutures.convert(str(head), buffer_size=4_000_000)
    return from_peer(feed, instrument)


# -------------------------------------------------------------------------------- generated markets


class Habits(NamedTuple):
    """What a generated market does, as chances a row unless said otherwise."""

    crossing: float = 0.0
    """a level lands beyond the opposite best"""
    trade: float = 0.2
    sideless: float = 0.0
    """a trade has no side"""
    gone: float = 0.3
    """a level empties"""
    clear: float = 0.0
    same_time: float = 0.2
    """a row has its predecessor's time"""
    jump: int = 0
    """ticks that the price may jump by, once in 200 rows"""
    one_sided: bool = False
    """every other stretch of 150 rows empties the ask, then the bid"""
    split: float = 0.0
    """a row reaches us late, out of order"""
    spread: int = 3
    """ticks that levels scatter over"""


def generated(habits: Habits, seed: int, count: int = 2500) -> np.ndarray:
    """A market of `count` rows (a few more when rows are split), about 5 ms apart."""
    rng = np.random.default_rng(seed)
    events = np.zeros(count, EVENT)
    steps = rng.exponential(10 * MILLISECOND, count) * (rng.random(count) >= habits.same_time)
    events["exchange_time"] = START + np.cumsum(steps.astype(np.int64))
    events["flags"] = Flag.both | Flag.last
    price = 10_000
    for i, event in enumerate(events):
        price += int(rng.integers(-1, 2)) * int(rng.random() < 0.2)
        if habits.jump and rng.random() < 0.005:
            price += int(rng.integers(-habits.jump, habits.jump + 1))
        side = int(rng.choice((-1, 1)))
        if habits.one_sided and (i // 150) % 2:
            side = -1 if (i // 300) % 2 else 1
        _fill_row(event, rng, habits, price, side)
        if habits.one_sided and i % 300 == 150:
            event["kind"], event["side"], event["price"] = Kind.clear, side, EVERYTHING
    return _with_delays(events, rng, habits.split)


def _fill_row(
    event: np.void, rng: np.random.Generator, habits: Habits, price: int, side: int
) -> None:
    away = int(rng.geometric(1 / habits.spread)) - (4 if rng.random() < habits.crossing else 0)
    event["side"], event["price"] = side, price - side * away
    event["size"] = int(rng.integers(1, 40)) * int(rng.choice((1, 5)))
    draw = rng.random()
    if draw < habits.trade:
        event["kind"] = Kind.trade
        event["price"] = price + side * int(rng.integers(-2, 4))
        event["side"] = 0 if rng.random() < habits.sideless else side
    elif draw < habits.trade + habits.clear:
        event["kind"], event["size"] = Kind.clear, 0
        event["side"] = int(rng.choice((-1, 0, 1)))
        if event["side"] == 0 or rng.random() < 0.3:
            event["price"] = EVERYTHING
    else:
        event["kind"] = Kind.level
        event["size"] *= int(rng.random() >= habits.gone)


def _with_delays(events: np.ndarray, rng: np.random.Generator, late: float) -> np.ndarray:
    """Adds the way to us: in order, but for a share `late` of the rows, which others overtake."""
    delay = rng.gamma(2.0, 2 * MILLISECOND, len(events)).astype(np.int64) + 1
    events["local_time"] = np.maximum.accumulate(events["exchange_time"] + delay)
    held = rng.random(len(events)) < late
    events["local_time"][held] += rng.integers(0, 60 * MILLISECOND, held.sum())
    return order_rows(events[np.argsort(events["local_time"], kind="stable")])


def latency_samples(events: np.ndarray, seed: int, refused: float) -> np.ndarray:
    """Samples for an InterpolatedLatency over `events`; a share `refused` was, not the end ones.

    (After a refused last sample the peer's answers take decades.)
    """
    rng = np.random.default_rng(seed)
    first, last = events["exchange_time"][[0, -1]]
    asked = np.sort(rng.integers(first, last, 60))
    venue = np.maximum.accumulate(asked + rng.integers(MILLISECOND // 10, 30 * MILLISECOND, 60))
    answered = venue + rng.integers(MILLISECOND // 10, 50 * MILLISECOND, 60)
    venue[1:-1] *= rng.random(58) >= refused
    return np.stack([asked, venue, answered], axis=1)


def calm(seed: int) -> np.ndarray:
    """A market that looks like one: see halfspread.synthetic."""
    return synthetic.flow(events=5000, seed=seed)


FEEDS: dict[str, Callable[..., np.ndarray]] = {
    "calm": calm,
    "noisy": partial(generated, Habits()),
    "crossed": partial(generated, Habits(crossing=0.25)),
    "one_sided": partial(generated, Habits(one_sided=True)),
    "cleared": partial(generated, Habits(clear=0.02, crossing=0.05)),
    "bursts": partial(generated, Habits(same_time=0.9)),
    "sideless": partial(generated, Habits(sideless=0.5, trade=0.4)),
    "split": partial(generated, Habits(split=0.3, crossing=0.05)),
    "wild": partial(
        generated,
        Habits(crossing=0.3, sideless=0.1, clear=0.02, jump=5000, split=0.2, spread=8, gone=0.5),
    ),
}
"""Markets by name; each takes a seed."""
