"""The simulated market: what it refuses, how it is named in files, what its runs say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from halfspread.config import read_config
from halfspread.flows import START
from halfspread.guard import in_words

PAGE = Path(__file__).resolve().parents[2] / "docs/simulated.md"
FLOW = hs.flows.ZeroIntelligence.sky_perfect(levels=10, speed=60)
GOOD = {"flow": FLOW, "horizon": "60s", "warm_up": "1m"}
MODEL = hs.models.fixed_spread(half_spread=0.5)
YEARS = "9000h"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"flow": "zero"}, "flow must be of halfspread.flows, was 'zero'"),
        ({"horizon": 0}, "horizon must be > 0, was 0"),
        ({"horizon": YEARS}, "horizon must be at most 8784h, was '9000h'"),
        ({"warm_up": -1}, "warm_up must be a duration >= 0, was -1"),
        ({"warm_up": YEARS}, "warm_up must be at most"),
        ({"shared_book": 1}, "shared_book must be True or False, was 1"),
        ({"self_trade": "never"}, "self_trade must be one of allow, cancel_resting, .*'never'"),
        ({"orders": {"levels": 2}}, "orders must be of halfspread.OrderPolicy, was {'levels': 2}"),
        ({"signals": None}, "signals must be of halfspread.SignalPolicy, was None"),
        ({"guard": 1}, "guard must be of halfspread.GuardPolicy, or None, was 1"),
        ({"fees": 1e-4}, "fees must be of halfspread.Fees, or None, was 0.0001"),
        ({"latency": 5}, "latency must be of halfspread.Latency, or None, was 5"),
        ({"instrument": "BTC"}, "instrument must be an Instrument, was 'BTC'"),
        ({"feed_latency_ms": -1}, "feed_latency_ms must be in 0 to 1e10, was -1"),
        ({"feed_latency_ms": float("nan")}, "feed_latency_ms must be in"),
        ({"feed_latency_ms": "feed"}, "feed_latency_ms must be in 0 to 1e10, was 'feed'"),
        ({"latency_ms": -1}, "latency_ms must be in"),
        ({"decide_every": 0}, "decide_every must be > 0"),
        ({"horizon": "1000h", "decide_every": "1us"}, "decide_every: 1us makes"),
        ({"lanes": 0}, "lanes must be a whole number"),
        ({"first_lane": -1}, "first_lane must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"threads": 0}, "threads must be"),
    ],
)
def test_what_can_not_be_is_refused_by_name(wrong, message):
    with pytest.raises(hs.ConfigError, match=message):
        hs.Simulated(**{**GOOD, **wrong})


def test_lanes_are_books_or_makers_in_one():
    run = hs.Simulated(**GOOD, lanes=3, first_lane=4).run(MODEL)
    assert run.lane_names == ["book 4", "book 5", "book 6"]
    assert run.path["mid"].shape == (601, 3)
    assert run.has_own_mids
    together = hs.Simulated(**GOOD, lanes=3, first_lane=4, shared_book=True).run(MODEL)
    assert together.lane_names == ["maker 0", "maker 1", "maker 2"]
    assert not together.has_own_mids
    many = hs.models.fixed_spread(half_spread=[1.0, 2.0, 3.0])
    assert hs.Simulated(**GOOD).run(many).n == 3
    with pytest.raises(hs.ConfigError, match="lanes must be 1 or the model's 3, was 2"):
        hs.Simulated(**GOOD, lanes=2).run(many)


def test_the_first_decision_is_at_the_begin_and_sees_the_book():
    seen = list(hs.Simulated(**GOOD))
    assert len(seen) == 600
    assert (seen[0].time, seen[0].time_left) == (0.0, pytest.approx(60.0))
    assert seen[0].bid < seen[0].mid < seen[0].ask
    assert seen[0].bid_size > 0
    market = FLOW.start(0, 0, START - 60 * 10**9)
    market.advance(START)
    assert (seen[0].bid, seen[0].bid_size) == market.best(1)


def test_what_is_published_counts_our_orders_too():
    market = hs.Simulated(**GOOD)
    for state in market:
        if state.ask - state.bid > 1:
            break
    market.submit(1, int(state.bid) + 1, 7)
    after = market.step()
    assert after.bid == state.bid + 1
    assert after.bid_size >= 7 or after.ask <= after.bid + 1


def test_backtest_takes_it_and_its_changes():
    told = []
    run = hs.backtest(MODEL, hs.Simulated(**GOOD), decide_every="200ms", progress=told.append)
    assert run.counters["decisions"][0] == 300
    assert 0 < max(told) <= 1
    with pytest.raises(hs.ConfigError, match="on: this world decides by time, was 'trade'"):
        hs.backtest(MODEL, hs.Simulated(**GOOD), on="trade")
    fees = hs.Instrument("X", "1", "1", maker_fee=0.1, taker_fee=0.2)
    assert hs.Simulated(**GOOD).with_changes(instrument=fees).fees.maker == 0.1


def test_a_strategy_lives_there_and_may_read_the_depth():
    class Calm:
        def on_start(self, market):
            self.fills, self.depth = 0, 0.0

        def on_tick(self, market, state):
            self.depth = max(self.depth, state.bid_depth)
            market.quote(state.mid - 0.5, state.mid + 0.5)

        def on_fill(self, market, fill):
            self.fills += 1

    calm = Calm()
    market = hs.Simulated(**GOOD, signals=hs.SignalPolicy(depth_levels=3))
    run = hs.backtest(calm, market)
    assert calm.fills == len(run.fills["lane"]) > 3
    assert calm.depth > 3


def test_a_guarded_lane_flattens_in_the_book():
    policy = hs.GuardPolicy(end_of_day="20s", patience="1s", stale_book="30s")
    market = hs.Simulated(**GOOD, guard=policy, seed=2)
    run = market.run(hs.models.fixed_spread(half_spread=0.5, size=5))
    assert run.counters["fills"][0] > run.counters["taker_fills"][0] > 0
    assert run.counters["inventory"][0] == 0
    assert "stale_book" not in {change["reason"] for change in in_words(run.guard)}


def test_mark_outs_are_of_each_lanes_own_book_as_it_went(tmp_path):
    run = hs.Simulated(**GOOD, lanes=3).run(MODEL)
    assert len(run.fills["lane"]) > 10
    samples, lanes = run.path["time"], run.fills["lane"]
    for lane in range(3):
        mids = run.mid_at(samples, np.full(len(samples), lane))
        assert mids.tolist() == run.path["mid"][:, lane].tolist()
    after = run.mid_at(run.fills["exchange_time"] + 10**9, lanes)
    there = run.fills["exchange_time"] + 10**9 <= samples[-1]
    assert run.mids_after[there, 1].tolist() == after[there].tolist()
    assert np.isfinite(run.mids_after[:, 0]).mean() > 0.9
    back = hs.Run.load(run.save(tmp_path / "run"))
    assert np.allclose(back.mids_after, run.mids_after, equal_nan=True)
    for lane in range(3):
        assert back.metrics(lane)["profit"] == run.metrics(lane)["profit"]
    one = hs.Simulated(**GOOD, lanes=3, shared_book=True).run(MODEL)
    assert np.isfinite(one.mids_after[:, 0]).mean() > 0.9
    page = run.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "ZeroIntelligence" in page


def test_of_many_lanes_no_mids_are_kept():
    run = hs.Simulated(**{**GOOD, "horizon": "2s", "warm_up": "1s"}, lanes=70).run(MODEL)
    assert run.mid_at is None
    assert run.n == 70


CONFIG = """
simulated: {flow: zero_intelligence, horizon: 10s, warm_up: 10s, lanes: 2, feed_latency_ms: 3}
model: {model: fixed_spread, half_spread: 0.5}
market: {latency_ms: 5, orders: {inventory_limit: 3}}
"""


def test_a_file_may_name_it(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(CONFIG)
    config = read_config(path)
    run = config.open_market().run(config.bound_model())
    assert run.n == 2
    assert (run.counters["peak_inventory"] <= 3).all()
    assert run.assumptions["feed_latency"] == "3 ms"
    assert run.assumptions["latency"] == "5 ms out, 5 ms back"


def test_a_file_may_hold_the_laws_or_name_a_file_of_them(tmp_path):
    laws = {"limit_rates": [1.0, 2.0], "market_rate": 0.5, "cancel_rates": [0.2]}
    (tmp_path / "laws.json").write_text(json.dumps(laws))
    found = []
    for said in ("laws.json", json.dumps(laws)):
        path = tmp_path / "book.yaml"
        path.write_text(CONFIG.replace("lanes: 2", f"laws: {said}"))
        found.append(read_config(path).open_market())
    assert found[0] == found[1]
    assert found[0].flow == hs.flows.ZeroIntelligence((1.0, 2.0), 0.5, (0.2,))


def test_a_file_of_laws_says_what_is_traded(tmp_path):
    coin = hs.Instrument("COIN", tick="0.5", lot="0.01", maker_fee=1e-4)
    laws = {"limit_rates": [1.0, 2.0], "market_rate": 0.5, "cancel_rates": [0.2]}
    (tmp_path / "laws.json").write_text(json.dumps(laws | {"instrument": coin.to_dict()}))
    path = tmp_path / "book.yaml"
    path.write_text(CONFIG.replace("lanes: 2", "laws: laws.json"))
    market = read_config(path).open_market()
    assert market.instrument == coin
    assert market.fees.maker == 1e-4
    (tmp_path / "laws.json").write_text(json.dumps(laws | {"instrument": {"symbol": "X"}}))
    with pytest.raises(hs.ConfigError, match="instrument: field 'tick' is missing"):
        read_config(path)


def test_a_file_may_put_the_flow_in_a_scenario(tmp_path):
    path = tmp_path / "book.yaml"
    said = "flow: hawkes, scenario: {informed: {rate: 2, volatility: 0.5}}"
    path.write_text(CONFIG.replace("flow: zero_intelligence", said))
    informed = hs.flows.Informed(rate=2, volatility=0.5)
    market = read_config(path).open_market()
    assert market.flow == hs.flows.Scenario(hs.flows.Hawkes.lively(), informed=informed)
    assert "Scenario" in market.run(MODEL).assumptions["flow"]
    path.write_text(CONFIG.replace("flow: zero_intelligence", said.replace("rate", "rota")))
    with pytest.raises(hs.ConfigError, match="informed: rota is no parameter: rate, "):
        read_config(path)


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ("zero_intelligence", "zero", "simulated.flow: must be 'zero_intelligence', 'queue"),
        ("zero_intelligence", "queue_reactive", "queue_reactive needs laws"),
        ("lanes: 2", "laws: {limit_rates: [1]}", "cancel_rates is missing"),
        ("lanes: 2", "laws: none.json", "none.json"),
        ("lanes: 2", "lanse: 2", "lanse: unknown field; did you mean lanes"),
        ("warm_up: 10s", "warm_up: 1y", "warm_up must be a duration"),
        ("latency_ms: 5", "queue: log", "market.queue: a simulated market has none"),
        ("latency_ms: 5", "latency_ms: feed", "latency_ms"),
        ("simulated:", "demo: {}\nsimulated:", "give one of tape, demo, brownian, simulated"),
    ],
)
def test_a_file_that_is_wrong_about_it_is_told_so(tmp_path, found, instead, message):
    path = tmp_path / "book.yaml"
    path.write_text(CONFIG.replace(found, instead))
    with pytest.raises(hs.ConfigError, match=message):
        read_config(path)


def test_the_page_says_what_runs(tmp_path, capsys):
    page = PAGE.read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    assert names["run"].n == 4
    (tmp_path / "page.yaml").write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    market = read_config(tmp_path / "page.yaml").open_market()
    assert (market.lanes, market.feed_latency_ms, market.orders.inventory_limit) == (8, 2, 20)
