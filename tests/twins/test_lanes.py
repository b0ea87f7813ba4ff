"""Lanes, threads, views and ways to run a model: each pair must give the same bytes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import halfspread as hs
from halfspread import _core
from twins.feeds import FEEDS

BTC = hs.Instrument("BTCUSDT", "0.1", "0.001", maker_fee=-0.00005, taker_fee=0.0007)
POLICY = hs.OrderPolicy(inventory_limit=40, levels=2, spacing_ticks=2, maximum_age="3s")
TAKING = replace(POLICY, taking=True)
RULES = ("halfspread", "hftbacktest")


@hs.model
def leaning(state, half: float, lean: float, size: float = 5.0):
    """A quote that leans, whose half spread breathes with what the signals say."""
    wide = half * (1.0 + abs(state.imbalance)) - lean * state.inventory
    return hs.Quote(state.mid - wide, state.mid + 2 * half - wide, size, size + 2)


@cache
def tape_of(feed: str) -> hs.Tape:
    return hs.Tape.from_events(FEEDS[feed](3), BTC, venue="test")


def market(feed: str, rules: str, **options) -> hs.Replay:
    options = {"latency_ms": (7, 3), "queue": "power3", "orders": POLICY, **options}
    return hs.Replay(tape_of(feed), rules=rules, decide_every="90ms", **options)


def run_core(replay: hs.Replay, model, threads: int = 1, own_book: bool = False):
    """The core's own tables, with the switches that Replay decides by itself."""
    config = replay._config(model.n)
    config.keep_own_book = own_book
    core = _core.Market(dict(replay.tape.columns), config)
    compiled = model.compiled()
    core.run(compiled.address, compiled.params, threads)
    return core


def assert_same(a: dict, b: dict) -> None:
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("orders", [POLICY, TAKING], ids=["passive", "taking"])
@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_many_lanes_equal_one_at_a_time(feed, rules, orders):
    many = leaning(half=[0.4, 1.0, 1.0, 2.5, 1.7], lean=[0.0, 0.1, 0.02, 0.0, 0.3])
    together = market(feed, rules, orders=orders).run(many)
    assert together.fills["maker"].all() == (orders is POLICY)
    for lane in range(many.n):
        alone = market(feed, rules, orders=orders).run(many.lane(lane))
        of_many = together.lane(lane)
        names = [name for name in alone.fills if name not in ("lane", "order_id")]
        for name in names:
            np.testing.assert_array_equal(alone.fills[name], of_many.fills[name], err_msg=name)
        assert_same(alone.counters, of_many.counters)
        assert_same(alone.path, of_many.path)
    assert len(together.fills["price"]) > 0


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("orders", [POLICY, TAKING], ids=["passive", "taking"])
@pytest.mark.parametrize("feed", ["calm", "split", "wild"])
def test_threads_do_not_show(feed, rules, orders):
    model = leaning(half=np.linspace(0.4, 3, 7), lean=np.linspace(0.2, 0, 7))
    markets = (market(feed, rules, orders=orders) for _ in range(4))
    one, *others = (
        run_core(each, model, threads) for each, threads in zip(markets, (1, 2, 3, 7), strict=True)
    )
    for other in others:
        assert_same(one.fills(), other.fills())
        assert_same(one.path(), other.path())
        assert_same(one.counters(), other.counters())


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("on", [None, "book", "trade"])
@pytest.mark.parametrize("feed", ["calm", "noisy", "crossed", "one_sided", "cleared", "bursts"])
def test_the_logged_view_equals_a_book_of_our_own(feed, on, rules):
    model = leaning(half=[1.0, 2.0], lean=[0.1, 0.0])
    logged = run_core(market(feed, rules, on=on), model)
    folded = run_core(market(feed, rules, on=on), model, own_book=True)
    assert_same(logged.fills(), folded.fills())
    assert_same(logged.path(), folded.path())
    assert_same(logged.counters(), folded.counters())


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("orders", [POLICY, TAKING], ids=["passive", "taking"])
@pytest.mark.parametrize("feed", ["calm", "noisy", "one_sided"])
def test_compiled_batched_plain_and_by_hand_are_one(feed, rules, orders):
    model = leaning(half=1.0, lean=0.1)
    compiled = market(feed, rules, orders=orders).run(model)
    plain = market(feed, rules, orders=orders).run(lambda state: model(state))
    batched = market(feed, rules, orders=orders).run(hs.batched(model.broadcast))
    by_hand = market(feed, rules, orders=orders)
    for state in by_hand:
        by_hand.quote(*model(state))
    for other in (plain, batched, by_hand.result()):
        assert_same(compiled.fills, other.fills)
        assert_same(compiled.path, other.path)


def test_the_same_run_twice_is_the_same_bytes():
    runs = [market("calm", "halfspread").run(leaning(half=1.0, lean=0.1)) for _ in range(2)]
    assert_same(runs[0].fills, runs[1].fills)
    assert_same(runs[0].path, runs[1].path)
