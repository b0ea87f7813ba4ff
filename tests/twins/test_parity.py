"""The core under rules="hftbacktest" equals hftbacktest: fills, inventory, balance and fees."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("hftbacktest")

from halfspread import Instrument, Latency, OrderPolicy, Queue, Replay, Run, Tape
from halfspread.codecs import import_files
from halfspread.policy import QUEUES
from twins import feeds, peer
from twins.plain_engine import Engine, Result, Upkeep, upkeep
from twins.plain_exchange import ConstantLatency, rows
from twins.plain_exchange import Latency as PlainLatency
from twins.plain_orders import Lifetime
from twins.plain_orders import Queue as PlainQueue
from twins.test_plain_engine import (
    CAPTURES,
    INVERSE,
    LINEAR,
    MILLISECOND,
    any_requests,
    assert_equal,
    capture,
    latencies,
    strategy,
)


def whole(upkept: Upkeep) -> Upkeep:
    """With room for whole orders only: the desk would cut one to the room, the strategy not."""
    return upkept._replace(max_position=4 * upkept.size)


def ours(latency: PlainLatency) -> Latency:
    """The same latency as a Replay takes it."""
    if isinstance(latency, ConstantLatency):
        return Latency(latency.entry_time / 1e6, latency.response_time / 1e6)
    return Latency(samples=np.array(latency.samples)[:, :3])


def replay(
    events: np.ndarray,
    instrument: Instrument,
    upkept: Upkeep,
    queue: str,
    exponent: float,
    latency: PlainLatency,
) -> Run:
    """The strategy of `plain_engine.upkeep`, by hand: while a side is empty it does nothing."""
    market = Replay(
        Tape.from_events(events, instrument, venue="test"),
        latency=ours(latency),
        queue=Queue(queue, exponent),
        orders=OrderPolicy(inventory_limit=upkept.max_position, taking=upkept.taking),
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


def assert_same(run: Run, theirs: Result, instrument: Instrument, watched: bool = True) -> None:
    """`watched`: the peer was stopped at each fill, so that its local_time is known."""
    names = ["exchange_time", "side", "price", "size", "maker"]
    names = ["local_time", *names] if watched else names
    order = np.lexsort([run.fills[name] for name in reversed(names)])
    fills = np.sort(theirs.fills, order=names)
    for name in names:
        np.testing.assert_array_equal(run.fills[name][order], fills[name], err_msg=name)
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


@pytest.mark.parametrize("latency", ["none", "slow", "refusing"])
@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_quotes_that_take(feed: str, latency: str) -> None:
    """The core, the plain engine and the peer, with a lean that reaches across the spread."""
    seed = 50 + len(feed)
    events = feeds.FEEDS[feed](seed=seed)
    upkept = Upkeep(half=0.5, lean=0.2, size=10, max_position=40, every=30 * MILLISECOND)
    upkept = upkept._replace(taking=True)
    chosen = latencies(events, seed)[latency]
    engine = Engine(rows(events, feeds.BTC), feeds.BTC, queue=PlainQueue("power3"), latency=chosen)
    plain = upkeep(engine, upkept)
    options = {"queue": "power3", "latency": chosen}
    assert_equal(
        plain, peer.upkeep(feeds.peer_rows(events, feeds.BTC), feeds.BTC, upkept, **options)
    )
    assert not plain.fills["maker"].all()
    if latency == "refusing":  # the way back across refused requests is another: assumptions.md
        return
    run = replay(events, feeds.BTC, upkept, "power3", 3.0, chosen)
    assert_same(run, plain, feeds.BTC)
    assert run.counters["takes"][0] >= (~plain.fills["maker"]).sum() > 0


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
    assert_same_on(capture(name, instrument, messages=10_000), instrument, size, queue)


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("spot_nexousdt_20240724.dat.gz", Instrument("NEXOUSDT", "0.001", "0.01")),
        ("spot_btcusdt_20240808.gz", Instrument("BTCUSDT", "0.01", "0.00001", maker_fee=0.0001)),
    ],
)
def test_spot_captures_that_we_import(name: str, instrument: Instrument, queue: str) -> None:
    if not (CAPTURES / name).exists():
        pytest.skip(f"no capture {name} beside the repository")
    events, _ = import_files("binance", [CAPTURES / name], instrument)
    assert_same_on(events[:60_000], instrument, 9, queue)


def assert_same_on(events: np.ndarray, instrument: Instrument, size: int, queue: str) -> None:
    """Ours and the peer's fills, by constant latencies and by one of samples."""
    feed = feeds.peer_rows(events, instrument)
    constant = [milliseconds * MILLISECOND for milliseconds in (0, 5, 120)]
    for latency in (*(ConstantLatency(t, t) for t in constant), latencies(events, 1)["measured"]):
        upkept = Upkeep(
            half=1.5, lean=0.05, size=size, max_position=6 * size, every=50 * MILLISECOND
        )
        run = replay(events, instrument, upkept, queue, 3.0, latency)
        assert len(run.fills["price"]) > 0
        theirs = peer.upkeep(feed, instrument, upkept, queue=queue, exponent=3.0, latency=latency)
        assert_same(run, theirs, instrument)


def scripted(market: Replay, requests: np.ndarray) -> Run:
    """Three requests a decision by hand, as `peer.script` sends them."""
    lifetimes = {Lifetime.GTC: "good_till_cancel", Lifetime.GTX: "post_only"}
    lifetimes |= {Lifetime.IOC: "immediate", Lifetime.FOK: "fill_or_kill"}
    orders: list[int] = []
    for decision, state in enumerate(market):
        base = state.ask if math.isnan(state.bid) else state.bid
        asked = requests[3 * decision : 3 * decision + 3].tolist()
        for what, target, side, offset, size, lifetime, is_market in asked:
            if math.isnan(base):
                continue
            price = int(base) + offset
            if what == 0:
                chosen = "market" if is_market else lifetimes[Lifetime(lifetime)]
                order = market.submit(side, price, size, chosen)
                assert order is not None
                orders.append(order)
            elif target < len(orders):
                order = orders[-1 - target]
                market.cancel(order) if what == 1 else market.amend(order, price, size)
    return market.result()


@pytest.mark.parametrize("latency", ["none", "constant", "slow", "measured"])
@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_whatever_is_asked_by_hand(feed: str, latency: str) -> None:
    """All lifetimes, market orders, cancels and amends, sent to the core and to the peer.

    But no market order that may meet an empty side, and no refused request: docs/assumptions.md.
    """
    for seed, queue in enumerate(QUEUES[:2] + QUEUES[-1:], start=30 * len(feed)):
        events, requests = feeds.FEEDS[feed](seed=seed), any_requests(seed)[:750]
        requests["market"][: 750 if feed in ("one_sided", "cleared", "wild") else 60] = 0
        chosen, every = latencies(events, seed)[latency], 50 * MILLISECOND
        market = Replay(
            Tape.from_events(events, feeds.BTC, venue="test"),
            latency=ours(chosen),
            queue=Queue(queue),
            orders=OrderPolicy(levels=50),
            rules="hftbacktest",
            decide_every=every / 1e9,
        )
        run = scripted(market, requests)
        assert not run.fills["maker"].all()
        theirs = peer.script(
            feeds.peer_rows(events, feeds.BTC),
            feeds.BTC,
            requests,
            every,
            queue=queue,
            latency=chosen,
            tidy=True,
        )
        assert_same(run, theirs, feeds.BTC, watched=False)


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
