"""The plain engine equals hftbacktest: every fill, every decision's view, every final double."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("hftbacktest")

from halfspread.instrument import Instrument
from twins import feeds, peer
from twins.plain_engine import DIGEST, Engine, Result, Upkeep, mix, result, upkeep
from twins.plain_exchange import ConstantLatency, InterpolatedLatency, Latency, rows
from twins.plain_orders import NO_ASK, NO_BID, QUEUES, Lifetime, Queue

CAPTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "binance_raw_ws"
LINEAR = Instrument("BTCUSDT", "0.1", "0.001", maker_fee=-0.00005, taker_fee=0.0007)
INVERSE = Instrument("BTCUSD_PERP", "0.1", 1, 100, inverse=True, maker_fee=0.0001, taker_fee=0.0005)
MILLISECOND = 1_000_000

REQUEST = np.dtype(
    [
        ("what", "i8"),  # 0 submit, 1 cancel, 2 modify
        ("target", "i8"),  # of a cancel or a modify: how many numbers back
        ("side", "i8"),
        ("offset", "i8"),  # ticks from the best bid
        ("size", "i8"),
        ("lifetime", "i8"),
        ("market", "i8"),
    ]
)


def latencies(events: np.ndarray, seed: int) -> dict[str, Latency]:
    return {
        "none": ConstantLatency(),
        "constant": ConstantLatency(5 * MILLISECOND, 5 * MILLISECOND),
        "slow": ConstantLatency(3 * MILLISECOND, 90 * MILLISECOND),
        "measured": InterpolatedLatency(feeds.latency_samples(events, seed, refused=0.0)),
        "refusing": InterpolatedLatency(feeds.latency_samples(events, seed, refused=0.2)),
    }


def strategy(seed: int) -> Upkeep:
    rng = np.random.default_rng(seed)
    return Upkeep(
        half=float(rng.choice((0.5, 1.2, 3.0))),
        lean=float(rng.choice((0.0, 0.02, 0.2))),
        size=int(rng.choice((1, 10, 37))),
        max_position=100,
        every=int(rng.choice((7, 30, 100))) * MILLISECOND,
    )


def assert_equal(ours: Result, theirs: Result) -> None:
    """Exactly, but for sums of money: the peer adds up fills of one row in random order."""
    np.testing.assert_array_equal(ours.fills, theirs.fills)
    assert_equal_accounts(ours, theirs)


def assert_equal_accounts(ours: Result, theirs: Result) -> None:
    for name in ("trades", "submits", "cancels", "decisions", "digest"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("position", "balance", "fee", "volume", "value"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-12, abs=1e-12)


def both(
    events: np.ndarray,
    instrument: Instrument,
    upkept: Upkeep,
    queue: str,
    exponent: float,
    latency: Latency,
) -> tuple[Result, Result]:
    engine = Engine(
        rows(events, instrument), instrument, queue=Queue(queue, exponent), latency=latency
    )
    feed = feeds.peer_rows(events, instrument)
    options = {"queue": queue, "exponent": exponent, "latency": latency}
    return upkeep(engine, upkept), peer.upkeep(feed, instrument, upkept, **options)


@pytest.mark.parametrize("latency", ["none", "slow", "refusing"])
@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_equals_hftbacktest_on_generated_feeds(feed: str, latency: str) -> None:
    for seed, queue in enumerate(QUEUES, start=10 * len(feed)):
        events = feeds.FEEDS[feed](seed=seed)
        exponent = (0.5, 1.0, 2.0, 2.5, 3.0)[seed % 5]
        chosen = latencies(events, seed)[latency]
        ours, theirs = both(events, feeds.BTC, strategy(seed), queue, exponent, chosen)
        assert ours.trades > 0
        assert_equal(ours, theirs)


@pytest.mark.long
@pytest.mark.parametrize("latency", ["none", "constant", "slow", "measured", "refusing"])
@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_equals_hftbacktest_in_a_campaign(feed: str, latency: str) -> None:
    for seed in range(1000, 1010):
        events = feeds.FEEDS[feed](seed=seed)
        chosen = latencies(events, seed)[latency]
        for queue in QUEUES:
            assert_equal(*both(events, feeds.BTC, strategy(seed), queue, 1 + seed % 3, chosen))


def capture(name: str, instrument: Instrument, messages: int) -> np.ndarray:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"no capture {name} beside the repository")
    return feeds.capture(path, instrument, messages)


@pytest.mark.parametrize(
    ("name", "instrument", "size"),
    [("usdm_btcusdt_20240808.gz", LINEAR, 5), ("cm_btcusd_perp_20240808.gz", INVERSE, 3)],
)
def test_equals_hftbacktest_on_the_start_of_a_capture(
    name: str, instrument: Instrument, size: int
) -> None:
    events = capture(name, instrument, messages=10_000)
    upkept = Upkeep(half=1.5, lean=0.05, size=size, max_position=60, every=50 * MILLISECOND)
    latency = ConstantLatency(5 * MILLISECOND, 5 * MILLISECOND)
    for queue in ("power3", "log2"):
        ours, theirs = both(events, instrument, upkept, queue, 3.0, latency)
        assert ours.trades > 0
        assert_equal(ours, theirs)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("usdm_btcusdt_20240808.gz", LINEAR),
        ("usdm_ethusdt_20240808.gz", Instrument("ETHUSDT", "0.01", "0.001", maker_fee=0.0002)),
        ("cm_btcusd_perp_20240808.gz", INVERSE),
        ("cm_btcusd_perp_20240809.gz", INVERSE),
    ],
)
def test_equals_hftbacktest_on_whole_captures(name: str, instrument: Instrument) -> None:
    events = capture(name, instrument, messages=10**9)
    for seed, queue in enumerate(QUEUES):
        for latency in latencies(events, seed).values():
            upkept = strategy(seed)._replace(every=100 * MILLISECOND)
            assert_equal(*both(events, instrument, upkept, queue, 3.0, latency))


def any_requests(seed: int) -> np.ndarray:
    """Of all lifetimes, market orders, cancels and changes of orders in any state."""
    rng = np.random.default_rng(seed)
    requests = np.zeros(6000, REQUEST)
    requests["what"] = rng.choice(3, 6000, p=(0.5, 0.3, 0.2))
    requests["target"] = rng.integers(0, 8, 6000)
    requests["side"] = rng.choice((-1, 1), 6000)
    requests["offset"] = rng.integers(-6, 8, 6000)
    requests["size"] = rng.integers(1, 60, 6000)
    requests["lifetime"] = rng.integers(0, 4, 6000)
    requests["market"] = rng.random(6000) < 0.05
    return requests


def script(engine: Engine, requests: np.ndarray, every: int) -> Result:
    """Sends three requests a decision, sensible or not, and forgets final orders now and then."""
    digest, decisions, number = DIGEST, 0, 0
    while engine.elapse(every):
        bid, ask = engine.book.bid, engine.book.ask
        digest, decisions = mix(digest, (engine.now, bid, ask)), decisions + 1
        base = ask if bid == NO_BID else bid
        if decisions % 4 == 0:
            engine.forget_final()
        for r in requests[3 * decisions - 3 : 3 * decisions].tolist() if base != NO_ASK else ():
            what, target, side, offset, size, lifetime, market = r
            if what == 1:
                code = engine.cancel(number - target)
            elif what == 2:
                code = engine.modify(number - target, base + offset, size)
            else:
                number += 1
                tick, kind = base + offset, Lifetime(lifetime)
                code = engine.submit(number, side, tick, size, kind, market=bool(market))
            digest = mix(digest, (code,))
    return result(engine, decisions, digest)


@pytest.mark.parametrize("feed", feeds.FEEDS)
def test_equals_hftbacktest_whatever_is_asked(feed: str) -> None:
    """All lifetimes, market orders, cancels and changes of orders in any state.

    The accounts must agree even where they are wrong: a cancelled fill is booked twice.
    """
    for seed, queue in enumerate(QUEUES, start=20 * len(feed)):
        requests = any_requests(seed)
        events = feeds.FEEDS[feed](seed=seed)
        latency = list(latencies(events, seed).values())[seed % 5]
        every = 20 * MILLISECOND
        options = {"queue": queue, "latency": latency}
        market = rows(events, feeds.BTC)
        engine = Engine(market, feeds.BTC, queue=Queue(queue), latency=latency)
        theirs = peer.script(
            feeds.peer_rows(events, feeds.BTC), feeds.BTC, requests, every, **options
        )
        ours = script(engine, requests, every)
        assert ours.trades > 100
        assert_equal_accounts(ours, theirs)


@pytest.mark.parametrize(
    "price_range", [None, pytest.param((59_000.0, 61_000.0), marks=pytest.mark.long)]
)
def test_how_the_peer_is_watched_and_keeps_its_book_changes_nothing(
    price_range: tuple[float, float] | None,
) -> None:
    """What the benchmark relies on; a fill's local_time is known only when watched."""
    feed = feeds.peer_rows(feeds.calm(seed=5), feeds.BTC)
    upkept = Upkeep(half=0.5, lean=0.02, size=1, max_position=20, every=100 * MILLISECOND)
    options = {"queue": "power3", "latency": ConstantLatency(5 * MILLISECOND, 5 * MILLISECOND)}
    watched = peer.upkeep(feed, feeds.BTC, upkept, **options)
    assert watched.trades > 0
    options |= {"watch": False, "price_range": price_range}
    quick = peer.upkeep(feed, feeds.BTC, upkept, **options)
    for run in (quick, watched):
        run.fills["local_time"] = 0
        run.fills = np.sort(run.fills, order=["exchange_time", "order_number"])
    assert_equal(quick, watched)


def test_peer_rows_and_back() -> None:
    for name, generate in feeds.FEEDS.items():
        events = generate(seed=3)
        feed = feeds.peer_rows(events, feeds.BTC)
        back = feeds.from_peer(feed, feeds.BTC)
        for field in set(events.dtype.names) - {"flags"}:
            np.testing.assert_array_equal(back[field], events[field], f"{name}: {field}")
        again = feeds.peer_rows(back, feeds.BTC)
        for field in feed.dtype.names:
            np.testing.assert_array_equal(again[field], feed[field], f"{name}: {field}")
