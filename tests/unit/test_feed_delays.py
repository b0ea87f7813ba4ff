"""Feed delays: from a tape to a file beside its calibration, and into a backtest's latency."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

import halfspread as hs
from calibration_worlds import world
from halfspread.calibrate import FeedDelays, calibrate_tape, feed_latency, read_feed_delays
from halfspread.calibrate.feed_delays import write_feed_delays
from halfspread.cli import app
from halfspread.codecs import import_files
from halfspread.config import read_config
from halfspread.event import order_rows
from scripted_market import BID, INSTRUMENT, SECOND, START, Script

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MS = 1_000_000


@pytest.fixture(scope="module")
def found():
    return calibrate_tape(world(seconds=300, seed=3))


def config(folder, market, **more):
    data = {
        "demo": {"events": 4000},
        "calibration": "day/parameters.yaml",
        "model": {"model": "fixed_spread", "half_spread": 1},
        "market": market,
        **more,
    }
    path = folder / "run.yaml"
    path.write_text(json.dumps(data))
    return path


def written(folder, found):
    (folder / "day").mkdir(exist_ok=True)
    return found.write(folder / "day" / "parameters.yaml")


def beating(seconds, delays_ms):
    """A tape with a row every 10 ms; the feed takes `delays_ms` in turn, each for 10 s."""
    script = Script(10_000)
    for hundredth in range(1, round(seconds * 100)):
        script.heartbeat(hundredth / 100)
    events = script.tape().events().copy()
    since = events["exchange_time"] - START
    delay = np.array(delays_ms)[since // (10 * SECOND) % len(delays_ms)] * MS
    events["local_time"] += delay.astype(np.int64)
    return hs.Tape.from_events(order_rows(events), INSTRUMENT)


def test_they_are_written_beside_the_parameters_and_come_back(tmp_path, found):
    path = written(tmp_path, found)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "parameters.feed_delays.csv",
        "parameters.yaml",
    ]
    assert yaml.safe_load(path.read_text())["feed_delays"] == "parameters.feed_delays.csv"
    again = read_feed_delays(path)
    asked, venue, answered = np.array(found.latency.samples).T
    np.testing.assert_array_equal(again.local_ns, asked)
    np.testing.assert_array_equal(again.delay_ns, venue - asked)
    same = again.latency((int(asked[0]), int(asked[-1])))
    np.testing.assert_array_equal(same.samples, found.latency.policy().samples)
    assert np.array_equal(answered - venue, again.delay_ns)


def test_the_command_says_that_it_wrote_two_files(tmp_path):
    tape = world(seconds=120, seed=4).write(tmp_path / "a.tape")
    told = CliRunner().invoke(
        app, ["calibrate", str(tape.path), "-o", str(tmp_path / "p.yaml")], env={"COLUMNS": "300"}
    )
    assert told.exit_code == 0, told.output
    assert "p.yaml" in told.output
    assert "p.feed_delays.csv" in told.output
    assert read_feed_delays(tmp_path / "p.yaml").local_ns.size > 100


def test_they_are_laid_over_a_span_in_their_order_again_and_again():
    delays = FeedDelays(np.array([70, 80, 100]), np.array([5, 9, 1]))
    laid = delays.latency((1_000, 1_120), multiple=2).samples
    # From 70 to 100, and a mean gap of 15 before they begin again.
    assert laid[:, 0].tolist() == [1000, 1010, 1030, 1045, 1055, 1075, 1090, 1100, 1120]
    assert (laid[:, 1] - laid[:, 0]).tolist() == [10, 18, 2] * 3
    assert (laid[:, 2] - laid[:, 1]).tolist() == [10, 18, 2] * 3
    one = FeedDelays(np.array([70]), np.array([5])).latency((1_000, 10**18)).samples
    assert one.tolist() == [[1000, 1005, 1010]]


@pytest.mark.parametrize("multiple", [0, -1, float("nan"), float("inf"), 1e7])
def test_a_multiple_is_positive_and_finite(multiple):
    with pytest.raises(hs.ConfigError, match=r"feed delays: multiple must be > 0 and <= 1e6, was"):
        FeedDelays(np.array([1]), np.array([5])).latency((0, 1), multiple)


def test_delays_that_would_fill_the_memory_are_refused():
    delays = FeedDelays(np.arange(1, 1001) * MS, np.full(1000, MS))
    with pytest.raises(hs.ConfigError, match=r"feed delays of 1 s would be laid .* calibrate on a"):
        delays.latency((0, 86_400 * SECOND))


def acknowledged_after_ms(market, seconds):
    """How long an order sent at about each of `seconds` takes to be live, to a decision of 1 ms."""
    taken, asked, order = {}, None, None
    left = list(seconds)
    for _ in market:
        since = (market.now - market.tape.span[0]) / SECOND
        if order is None and left and since >= left[0]:
            asked, order = market.now, market.submit(BID, 9_000, 1)
        if order is not None and market.open_orders()[-1].state == "live":
            taken[left.pop(0)] = (market.now - asked) / MS
            order = None
    return taken


@pytest.mark.parametrize("multiple", [1, 2.5])
def test_orders_of_another_day_meet_the_spells_of_the_feed(tmp_path, multiple):
    path = tmp_path / "parameters.yaml"
    delays = write_feed_delays(path, feed_latency(beating(20, [20, 5])))
    path.write_text(f"parameters: {{}}\nfeed_delays: {delays.name}\n")
    other_day = beating(50, [1])
    latency = read_feed_delays(path).latency(other_day.span, multiple)
    market = hs.Replay(other_day, latency=latency, decide_every="1ms")
    found = acknowledged_after_ms(market, [3, 15, 23, 35, 43])
    expected = {3: 40, 15: 10, 23: 40, 35: 10, 43: 40}
    assert found == pytest.approx({at: ms * multiple for at, ms in expected.items()}, abs=1.01)


def test_a_config_takes_them_and_says_how_many(tmp_path, found):
    written(tmp_path, found)
    market = read_config(config(tmp_path, {"latency_ms": {"feed": "samples"}})).replay()
    delays = np.diff(np.array(found.latency.samples)[:, :2]).ravel()
    ways = np.diff(market.latency.samples)
    assert market.latency.samples[0, 0] == market.tape.span[0]
    assert set(ways.ravel()) == set(delays)
    run = market.run(hs.models.fixed_spread(half_spread=1))
    assert run.assumptions["latency"] == f"interpolated from {len(ways)} samples"
    twice = {"feed": "samples", "multiple": 2}
    doubled = read_config(config(tmp_path, {"latency_ms": twice})).replay()
    np.testing.assert_array_equal(np.diff(doubled.latency.samples), 2 * ways)
    median = found.latency.milliseconds[found.latency.shares.index(0.5)]
    thrice = {"latency_ms": {"feed": "median", "multiple": 3}}
    assert read_config(config(tmp_path, thrice)).replay().latency.out_ms == 3 * median
    cut = market.tape.span[0] + (market.tape.span[1] - market.tape.span[0]) // 2
    half = {"latency_ms": {"feed": "samples"}, "start": cut}
    assert read_config(config(tmp_path, half)).replay().latency.samples[0, 0] >= cut


@pytest.mark.parametrize(
    ("market", "words"),
    [
        ({"feed": "mean"}, r"market\.latency_ms\.feed: must be 'median' or 'samples'"),
        ({"feed": "samples", "multiple": 0}, r"market\.latency_ms\.multiple"),
        ({"feed": "samples", "times": 2}, r"market\.latency_ms\.times: unknown field"),
        ({"multiple": 2}, r"market\.latency_ms\.feed: is missing"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(tmp_path, found, market, words):
    written(tmp_path, found)
    with pytest.raises(hs.ConfigError, match=words):
        read_config(config(tmp_path, {"latency_ms": market}))


def test_a_feed_needs_a_calibration_and_a_tape(tmp_path):
    samples = {"latency_ms": {"feed": "samples"}}
    with pytest.raises(hs.ConfigError, match=r"market\.latency_ms: feed needs a calibration"):
        read_config(config(tmp_path, samples, calibration=None))
    brownian = {"horizon": "10s", "volatility": 1, "fill_intensity": 1, "fill_decay": 1}
    with pytest.raises(hs.ConfigError, match=r"latency_ms: a brownian world has no feed"):
        read_config(config(tmp_path, samples, demo=None, brownian=brownian))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, r"parameters\.yaml: feed_delays: .*parameters\.feed_delays\.csv: "),
        ("", r"feed_delays\.csv: Empty CSV file"),
        ("delay_ns\n5\n", r"must have the columns local_time_ns, delay_ns"),
        ("local_time_ns,delay_ns\n", r"must have rows, each with two numbers"),
        ("local_time_ns,delay_ns\n5,\n", r"must have rows, each with two numbers"),
        ("local_time_ns,delay_ns\n5,soon\n", r"feed_delays\.csv: .*'soon'"),
        ("local_time_ns,delay_ns\n5,1\n4,1\n", r"row 1: local_time_ns must be ascending.*was 4"),
        (
            "local_time_ns,delay_ns\n0,1\n",
            r"row 0: local_time_ns must be ascending, from 1 on, was 0",
        ),
        ("local_time_ns,delay_ns\n5,1\n6,-2\n", r"row 1: delay_ns must be >= 0.*was -2"),
    ],
)
def test_a_file_that_is_not_right_is_named_with_its_row(tmp_path, found, text, words):
    delays = written(tmp_path, found).with_name("parameters.feed_delays.csv")
    delays.unlink() if text is None else delays.write_text(text)
    with pytest.raises(hs.ConfigError, match=words):
        read_config(config(tmp_path, {"latency_ms": {"feed": "samples"}})).replay()


def test_a_tape_of_one_clock_has_none_and_the_config_says_why(tmp_path):
    events = world(seconds=60, seed=1).events().copy()
    events["local_time"] = events["exchange_time"]
    one_clock = calibrate_tape(hs.Tape.from_events(events, INSTRUMENT))
    path = written(tmp_path, one_clock)
    assert [file.name for file in path.parent.iterdir()] == ["parameters.yaml"]
    words = r"parameters\.yaml: names no feed_delays.*; not calibrated: the tape has one clock"
    with pytest.raises(hs.ConfigError, match=words):
        read_config(config(tmp_path, {"latency_ms": {"feed": "samples"}})).replay()


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded data at {DATA}")
def test_the_delays_of_a_recorded_feed_on_the_next_day(tmp_path):
    instrument = hs.Instrument("BTCUSD_PERP", "0.1", "1", 100, inverse=True)
    one, next_one = (
        hs.Tape.from_events(
            import_files(
                None, [DATA / f"binance_raw_ws/cm_btcusd_perp_2024080{day}.gz"], instrument
            )[0],
            instrument,
        )
        for day in (8, 9)
    )
    next_one.write(tmp_path / "next.tape")
    latency = feed_latency(one)
    path = tmp_path / "parameters.yaml"
    delays = write_feed_delays(path, latency)
    path.write_text(f"parameters: {{}}\nfeed_delays: {delays.name}\n")
    (tmp_path / "run.yaml").write_text(
        "tape: next.tape\ncalibration: parameters.yaml\n"
        "model: {model: fixed_spread, half_spread: 2}\n"
        "market: {latency_ms: {feed: samples}}\n"
    )
    market = read_config(tmp_path / "run.yaml").replay()
    ways = np.diff(market.latency.samples).ravel() / 1e6
    measured = dict(zip(latency.shares, latency.milliseconds, strict=True))
    for share, relative in ((0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.99, 0.3)):
        assert np.quantile(ways, share) == pytest.approx(measured[share], rel=relative)
    assert measured[0.5] == pytest.approx(11.28, abs=0.01)
    assert market.latency.samples[0, 0] == next_one.span[0]
    assert market.latency.samples[-1, 0] >= next_one.span[1] - 60 * SECOND
    assert int(market.run(hs.models.fixed_spread(half_spread=2)).counters["fills"][0]) > 0
