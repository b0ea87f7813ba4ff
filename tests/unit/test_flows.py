"""Flows: what they refuse, by name; the same bytes again; tapes that every command reads."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from halfspread.event import EVENT, Kind

PAGE = Path(__file__).resolve().parents[2] / "docs/flows.md"
GOOD = {"limit_rates": (1.0, 0.5), "market_rate": 0.3, "cancel_rates": (0.4,)}
QUEUES = {
    "limit": [[1.0, 0.5, 0.5], [1.0, 0.5, 0.5]],
    "cancel": [[0.0, 0.4, 0.6], [0.0, 0.4, 0.6]],
    "market": [[0.0, 0.2, 0.1], [0.0, 0.0, 0.0]],
}


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("limit_rates", (), "limit_rates must be numbers"),
        ("limit_rates", (1.0, -0.5), "limit_rates must be >= 0 and not all 0"),
        ("limit_rates", (0.0,), "limit_rates must be >= 0 and not all 0"),
        ("limit_rates", (float("nan"),), "limit_rates must be finite numbers"),
        ("limit_rates", (1e9,), "at most 10,000,000 orders"),
        ("market_rate", -1.0, "market_rate must be >= 0, was -1.0"),
        ("limit_rates", np.array([1.0, -2.0]), r"limit_rates .* was \(1.0, -2.0\)"),
        ("market_rate", "fast", "market_rate must be a number"),
        ("cancel_rates", (0.4, 0.0), "cancel_rates must be > 0"),
        ("sizes", (0,), "sizes must be whole lots"),
        ("sizes", (1.5,), "sizes must be whole lots"),
        ("size_weights", (1.0, 2.0), "size_weights must be 1 numbers, as sizes are"),
        ("price", 1.5, "price must be whole ticks"),
    ],
)
def test_zero_intelligence_refuses_by_name(parameter, value, words):
    with pytest.raises(hs.ConfigError, match=words):
        hs.flows.ZeroIntelligence(**{**GOOD, parameter: value})


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("limit", [], "limit must be of 1 to 16 depths"),
        ("limit", [[], []], r"limit\[0\] must be numbers"),
        ("limit", [[0.0, 1, 1], [1, 1, 1]], r"limit\[0\]\[0\] must be > 0"),
        ("limit", [[1, 1, 0.9], [1, 1, 0.1]], r"limit\[0\]\[-1\] must be < 0.7"),
        ("cancel", [[0, 1, -1], [0, 1, 1]], r"cancel\[0\] must be >= 0"),
        ("cancel", [[0, 0.4, 0.6], [0, 0.0, 0.6]], r"cancel\[1\] must be > 0 where market is 0"),
        ("market", [[0, 1], [0, 1]], r"market must be \[3, 3\] long"),
        ("theta", 1.1, "theta must be from 0 to 1, was 1.1"),
        ("theta_reinit", -0.1, "theta_reinit must be from 0 to 1, was -0.1"),
    ],
)
def test_queue_reactive_refuses_by_name(parameter, value, words):
    with pytest.raises(hs.ConfigError, match=words):
        hs.flows.QueueReactive(**{**QUEUES, parameter: value})


FLOWS = [
    hs.flows.ZeroIntelligence.sky_perfect(speed=60),
    hs.flows.QueueReactive(**QUEUES),
    hs.flows.Hawkes.lively(),
]
NAMES = ["zero_intelligence", "queue_reactive", "hawkes"]


@pytest.mark.parametrize("flow", FLOWS, ids=NAMES)
def test_the_same_arguments_give_the_same_bytes(flow, tmp_path):
    paths = [tmp_path / name for name in ("a.tape", "b.tape")]
    for path in paths:
        hs.simulate(flow, "5m", seed=3, path=path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    rows, longer = hs.open_tape(paths[0]).events(), hs.simulate(flow, "6m", seed=3).events()
    assert np.array_equal(longer[: len(rows)], rows)
    for other in (hs.simulate(flow, "5m", seed=4), hs.simulate(flow, "5m", seed=3, lane=1)):
        assert not np.array_equal(other.events()[:50], rows[:50])


@pytest.mark.parametrize("flow", FLOWS, ids=NAMES)
def test_lanes_started_side_by_side_are_those_started_alone(flow):
    end = hs.flows.START + 60 * 10**9
    together = [flow.start(seed=1, lane=lane) for lane in range(4)]
    for time in range(hs.flows.START, end, 10**9):
        for market in together:
            market.advance(time)
    hashes = []
    for lane in range(4):
        alone = flow.start(seed=1, lane=lane)
        alone.advance(end - 10**9)
        hashes.append(alone.hash())
    assert [market.hash() for market in together] == hashes
    assert len(set(hashes)) == 4


def test_lanes_are_independent():
    """The mids' moves of two lanes, and of two seeds, are not correlated."""
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    keys = [(1, 0), (1, 1), (2, 0)]
    moves = []
    for seed, lane in keys:
        market = flow.start(seed=seed, lane=lane)
        mids = []
        for second in range(1, 4_001):
            market.advance(hs.flows.START + second * 10**9)
            mids.append(market.best(1)[0] + market.best(-1)[0])
        moves.append(np.diff(mids))
    correlations = np.corrcoef(moves)[np.triu_indices(3, 1)]
    assert np.all(np.abs(correlations) < 3 / np.sqrt(4_000))


def test_our_order_joins_the_queue():
    market = FLOWS[0].start(seed=2)
    market.advance(hs.flows.START + 10**9)
    price, size = market.best(1)
    ask = np.zeros(1, EVENT)
    ask["kind"], ask["lane"], ask["side"], ask["detail"] = Kind.submit, 7, 1, 1
    ask["price"], ask["size"], ask["exchange_time"] = price, 2, market.now
    rows, order = market.apply(ask.view(np.uint8).reshape(-1, 48))
    assert order > 0
    assert Kind.accepted in rows.view(EVENT)["kind"]
    assert market.best(1) == (price, size + 2)
    fork = market.copy()
    for each in (market, fork):
        each.advance(hs.flows.START + 60 * 10**9)
    assert market.hash() == fork.hash()
    ask["exchange_time"] = 0
    with pytest.raises(ValueError, match="from now to next"):
        market.apply(ask.view(np.uint8).reshape(-1, 48))


def test_more_lots_than_can_be_counted_are_refused():
    with pytest.raises(hs.ConfigError, match="sizes must be such that"):
        hs.flows.ZeroIntelligence((1e6,), 1.0, (1.0,), sizes=(2**53,))


def test_the_page_runs():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)
    assert names["tape"].rows > 1_000
    assert names["order_id"] > 0
    assert names["fork"].hash() == names["market"].hash()


def test_flows_have_short_names_and_hyphens():
    for name in ("zi", "zero-intelligence", "zero_intelligence"):
        assert hs.flows.named(name) == hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    assert isinstance(hs.flows.named("queue-reactive", QUEUES), hs.flows.QueueReactive)
    with pytest.raises(hs.ConfigError, match=r"flow must be one of .*hawkes, zi, qr, was 3"):
        hs.flows.named(3)
    with pytest.raises(hs.ConfigError, match="speed must be > 0, was 'fast'"):
        hs.flows.ZeroIntelligence.sky_perfect(speed="fast")


def test_a_duration_a_seed_and_a_lane_are_checked():
    for words, arguments in {
        "flow must be of halfspread.flows, was 'hawkes'": {"flow": "hawkes", "duration": 1},
        "instrument must be an Instrument, was 'X'": {"duration": 1, "instrument": "X"},
        "duration must be > 0": {"duration": 0},
        "seed must be a whole number in 0": {"duration": 1, "seed": 0.5},
        "lane must be a whole number in 0": {"duration": 1, "lane": 2**32},
    }.items():
        with pytest.raises(hs.ConfigError, match=words):
            hs.simulate(**{"flow": FLOWS[0], **arguments})


@pytest.mark.parametrize("name", NAMES)
def test_every_command_reads_a_simulated_tape(call, tmp_path, name):
    (tmp_path / "laws.yaml").write_text(json.dumps(QUEUES))
    laws = ("--laws", "laws.yaml") if name == "queue_reactive" else ()
    call("simulate", name, "-o", "x.tape", "--duration", "20m", "--seed", 1, *laws)
    assert json.loads(call("inspect", "x.tape", "--json").stdout)["venue"] == "simulated"
    call("calibrate", "x.tape", "-o", "x.yaml")
    config = {"tape": "x.tape", "model": {"model": "fixed_spread", "half_spread": 1}}
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    run = json.loads(call("backtest", "c.yaml", "--json").stdout)
    assert run


def test_simulate_says_what_is_wrong(call, tmp_path):
    assert "flow must be one of" in call("simulate", "x", "-o", "t", status=2).output
    assert "needs laws" in call("simulate", "queue_reactive", "-o", "t", status=2).output
    (tmp_path / "bad.yaml").write_text("limit_rates: [1]\nmarket: 2\n")
    wrong = call("simulate", "zero_intelligence", "-o", "t", "--laws", "bad.yaml", status=2)
    assert "bad.yaml: market is no parameter" in wrong.output
    (tmp_path / "bad.yaml").write_text("limit_rates: [1]\n")
    wrong = call("simulate", "zero_intelligence", "-o", "t", "--laws", "bad.yaml", status=2)
    assert "cancel_rates is missing" in wrong.output
