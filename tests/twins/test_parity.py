"""The core under rules="hftbacktest" equals hftbacktest: fills, inventory, balance and fees."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("hftbacktest")

from halfspread import Instrument, Latency, OrderPolicy, Queue, Replay, Run, Tape
from halfspread.policy import QUEUES
from twins import feeds, peer
from twins.plain_engine import Engine, Result, Upkeep, upkeep
from twins.plain_exchange import ConstantLatency, rows
from twins.plain_exchange import Latency as PlainLatency
from twins.plain_orders import Queue as PlainQueue
from twins.test_plain_engine import INVERSE, LINEAR, MILLISECOND, capture, latencies, strategy


def whole(upkept: Upkeep) -> Upkeep:
    """With room for whole orders only: the desk would cut one to the room, the strategy not."""
    return upkept._replace(max_position=4 * upkept.size)


def replay(
    events: np.ndarray,
    instrument: Instrument,
    upkept: Upkeep,
    queue: str,
    exponent: float,
    latency: PlainLatency,
) -> Run:
    """The strategy of `plain_engine.upkeep`, by hand: while a side is empty it does nothing."""
    if isinstance(latency, ConstantLatency):
        ways = Latency(latency.entry_time / 1e6, latency.response_time / 1e6)
    else:
        ways = Latency(samples=np.array(latency.samples)[:, :3])
    market = Replay(
        Tape.from_events(events, instrument, venue="test"),
        latency=ways,
        queue=Queue(queue, exponent),
        orders=OrderPolicy(inventory_limit=upkept.max_position),
        rules="hftbacktest",
        decide_every=upkept.every / 1e9,
    )
    for state in market:
        if math.isnan(state.bid) or math.isnan(state.ask):
            continue
        skew = upkept.lean * state.inventory
        bid, ask = state.mid - upkept.half - skew, state.mid + upkept.half - skew
        market.quote(bid, ask, upkept.size, upkept.size)
    return market.result()


def assert_same(run: Run, theirs: Result, instrument: Instrument) -> None:
    names = ["exchange_time", "local_time", "side", "price", "size", "maker"]
    ours = [run.fills[name] for name in names]
    order = np.lexsort([ours[3], ours[2], ours[0], ours[1]])
    fills = np.sort(theirs.fills, order=["local_time", "exchange_time", "side", "price"])
    for name, column in zip(names, ours, strict=True):
        np.testing.assert_array_equal(column[order], fills[name], err_msg=name)
    counted = {name: column[0].item() for name, column in run.counters.items()}
    assert instrument.size(counted["inventory"]) == pytest.approx(theirs.position, abs=1e-9)
    balance = -counted["cash"] if instrument.inverse else counted["cash"]
    assert balance == pytest.approx(theirs.balance, rel=1e-9, abs=1e-9)
    assert counted["fees"] == pytest.approx(theirs.fee, rel=1e-9, abs=1e-9)
    assert counted["submits"] == theirs.submits
    assert counted["cancels"] == theirs.cancels


@pytest.mark.parametrize("latency", ["none", "constant", "slow", "measured"])
@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_generated_feeds(feed: str, latency: str) -> None:
    for seed, queue in enumerate(QUEUES, start=20 * len(feed)):
        events, upkept = feeds.FEEDS[feed](seed=seed), whole(strategy(seed))
        exponent = (0.5, 1.0, 2.0, 2.5, 3.0)[seed % 5]
        chosen = latencies(events, seed)[latency]
        run = replay(events, feeds.BTC, upkept, queue, exponent, chosen)
        options = {"queue": queue, "exponent": exponent, "latency": chosen}
        theirs = peer.upkeep(feeds.peer_rows(events, feeds.BTC), feeds.BTC, upkept, **options)
        assert_same(run, theirs, feeds.BTC)


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize(
    ("name", "instrument", "size"),
    [
        ("usdm_btcusdt_20240808.gz", LINEAR, 5),
        ("usdm_ethusdt_20240808.gz", Instrument("ETHUSDT", "0.01", "0.001", maker_fee=0.0002), 9),
        ("cm_btcusd_perp_20240808.gz", INVERSE, 3),
    ],
)
def test_captures(name: str, instrument: Instrument, size: int, queue: str) -> None:
    events = capture(name, instrument, messages=10_000)
    feed = feeds.peer_rows(events, instrument)
    for milliseconds in (0, 5, 120):
        latency = ConstantLatency(milliseconds * MILLISECOND, milliseconds * MILLISECOND)
        upkept = Upkeep(
            half=1.5, lean=0.05, size=size, max_position=6 * size, every=50 * MILLISECOND
        )
        run = replay(events, instrument, upkept, queue, 3.0, latency)
        assert len(run.fills["price"]) > 0
        theirs = peer.upkeep(feed, instrument, upkept, queue=queue, exponent=3.0, latency=latency)
        assert_same(run, theirs, instrument)


@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_the_plain_engine_agrees(feed: str) -> None:
    """Two engines from one description: this one runs where the peer is not installed as well."""
    events, upkept = feeds.FEEDS[feed](seed=77), whole(strategy(77))
    for queue in QUEUES:
        latency = ConstantLatency(4 * MILLISECOND, 2 * MILLISECOND)
        run = replay(events, INVERSE, upkept, queue, 2.0, latency)
        engine = Engine(
            rows(events, INVERSE), INVERSE, queue=PlainQueue(queue, 2.0), latency=latency
        )
        assert_same(run, upkeep(engine, upkept), INVERSE)
