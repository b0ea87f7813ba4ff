"""The streaming signals equal the batch ones, at every decision, on random and on real tapes."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.codecs import import_files
from halfspread.event import Kind
from halfspread.quote import QuoteState
from halfspread.signals import measure

DATA = Path(__file__).resolve().parents[3] / "shared/data/binance_raw_ws"
INSTRUMENT = hs.Instrument("TEST", "0.1", "0.01")
ALL = hs.SignalPolicy(
    half_life="3s",
    warm_up=7,
    volatility_half_life="2s",
    fast_half_life="700ms",
    slow_half_life="5s",
    depth_levels=4,
    order_flow_half_life="1s",
    fill_sides=True,
    hawkes=hs.Hawkes((0.5, 0.4), (2.0, 1.5), (8.0, 9.0), (0.5, 1.0)),
    mark_out_horizon="530ms",
    vpin_bucket_lots=30,
    vpin_buckets=10,
    round_trip_lots=25,
)
LEFT_OUT = {"inventory", "steady_inventory", "time", "time_left", "forecast", "forecast_std"}
NAMES = [name for name in QuoteState._fields if name not in LEFT_OUT]


def wild(seed, rows=6_000):
    """A market with silences, empty sides, unknown aggressors, ties in time, and late rows."""
    rng = np.random.default_rng(seed)
    events = synthetic.flow(events=rows, seed=seed).copy()
    clock = np.cumsum(rng.choice([0, 0, 1, 5, 40, 900], rows) * 1_000_000)
    clock += np.cumsum(rng.random(rows) < 0.001) * int(rng.integers(3, 300)) * 10**9
    events["exchange_time"] = events["exchange_time"][0] + clock
    events["local_time"] = events["exchange_time"] + rng.integers(0, 3) * 7_000_000
    trades = events["kind"] == Kind.trade
    events["side"][trades & (rng.random(rows) < 0.05)] = 0
    turned = np.flatnonzero((events["kind"] == Kind.level) & (rng.random(rows) < 0.1))
    events["kind"][turned] = Kind.trade
    empty = rng.choice(rows, 4)
    events["kind"][empty], events["side"][empty] = Kind.clear, rng.integers(-1, 2, 4)
    events["price"][empty] = hs.event.EVERYTHING
    return hs.Tape.from_events(events, INSTRUMENT)


def split(tape):
    """The same market with each row twice, once a clock, as if rows overtook each other."""
    events = np.repeat(tape.events(), 2)
    events["flags"][::2] = events["flags"][::2] & ~np.uint16(hs.Flag.at_local)
    events["flags"][1::2] = events["flags"][1::2] & ~np.uint16(hs.Flag.at_exchange)
    return hs.Tape.from_events(events, INSTRUMENT)


def compare(tape, policy, **schedule):
    """Measures at every decision of a market, and returns how many numbers were known."""
    market = hs.Replay(tape, signals=policy, **schedule)
    states, times = [], []
    for state in market:
        states.append(state)
        times.append(market.now)
    batch = measure(tape, policy, times=times)
    known = {}
    for name in NAMES:
        streamed = np.array([getattr(state, name) for state in states])
        scale = np.nanmax(np.abs(batch[name])) if np.isfinite(batch[name]).any() else 0.0
        np.testing.assert_allclose(
            streamed, batch[name], rtol=1e-12, atol=1e-13 * scale, err_msg=name
        )
        known[name] = int(np.isfinite(streamed).sum())
    return known


@pytest.mark.parametrize("schedule", [{"decide_every": "130ms"}, {"on": "book"}, {"on": "trade"}])
def test_they_agree_on_random_tapes(schedule):
    """Of one tape an intensity may stay unknown: in a book that went stale none reaches a touch."""
    known = Counter()
    for seed in range(6):
        known.update(compare(wild(seed), ALL, **schedule))
    assert min(known.values()) > 600, known


@pytest.mark.parametrize("seed", range(3))
def test_they_agree_where_rows_overtake_each_other(seed):
    again = split(wild(seed))
    assert not again.core.in_order
    assert min(compare(again, ALL, decide_every="90ms").values()) > 100


def test_what_is_not_asked_for_is_not_known():
    known = compare(wild(1), hs.SignalPolicy(half_life="3s"), decide_every="500ms")
    unasked = {name for name, count in known.items() if count == 0}
    assert unasked == set(NAMES[NAMES.index("momentum") :])


@pytest.mark.parametrize(
    ("file", "instrument"),
    [
        ("usdm_btcusdt_20240808.gz", hs.Instrument("BTCUSDT", "0.1", "0.001")),
        ("spot_ethusdt_20240808.gz", hs.Instrument("ETHUSDT", "0.01", "0.0001")),
    ],
)
def test_they_agree_on_real_tapes(file, instrument):
    if not (DATA / file).exists():
        pytest.skip("no capture beside the repository")
    events = import_files("binance", [DATA / file], instrument)[0][:60_000]
    bucket = max(int(events["size"][events["kind"] == Kind.trade].sum()) // 60, 1)
    policy = replace(ALL, vpin_bucket_lots=bucket)
    tape = hs.Tape.from_events(events, instrument)
    assert min(compare(tape, policy, decide_every="100ms").values()) > 100


@pytest.mark.parametrize("schedule", [{"decide_every": "130ms"}, {"on": "book"}, {"on": "trade"}])
@pytest.mark.parametrize("seed", range(3))
def test_recent_trades_are_the_last_rows_that_have_reached_us(seed, schedule):
    tape = wild(seed)
    events = tape.events()
    trades = events[events["kind"] == Kind.trade]
    rows = np.stack([trades[name] for name in ("local_time", "price", "size", "side")], axis=1)
    market = hs.Replay(tape, signals=hs.SignalPolicy(recent_trades=9), **schedule)
    counts = set()
    for decision, _ in enumerate(market):
        seen = int(np.searchsorted(trades["local_time"], market.now, side="right"))
        n = decision % 9 + 1
        found = market.recent_trades(n)
        names = ("local_time", "price", "size", "aggressor")
        told = np.array([found[name] for name in names], dtype=np.int64).T
        np.testing.assert_array_equal(told, rows[max(seen - n, 0) : seen])
        counts.add(len(found))
    assert counts >= set(range(1, 10))


def test_recent_trades_are_the_same_in_a_book_of_our_own():
    policy = hs.SignalPolicy(recent_trades=50)
    tape = wild(4)
    kept = [hs.Replay(each, signals=policy, decide_every="1s") for each in (tape, split(tape))]
    for market in kept:
        for _ in market:
            pass
    one, two = (market.recent_trades() for market in kept)
    assert len(one) == 50
    np.testing.assert_array_equal(one, two)
