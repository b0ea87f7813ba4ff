"""The scorecard: a tape is like itself, what is broken is noticed, what is bad is refused."""

from __future__ import annotations

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from typer.testing import CliRunner

import halfspread as hs
from browser import Browser
from calibration_worlds import world
from halfspread.cli import app
from halfspread.realism.catalogue import FACTS
from halfspread.realism.report import page
from halfspread.realism.scorecard import ALIKE, MOST_OFF, OFF, UNREAL, _measured
from level_tapes import BID, tape_of

PAGE = Path(__file__).resolve().parents[2] / "docs/realism.md"
CHROMIUM = shutil.which("chromium")
FLOW = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
MINUTES = "30m"


@pytest.fixture(scope="module")
def tape():
    return hs.simulate(FLOW, MINUTES, seed=1)


@pytest.fixture(scope="module")
def clustered(tape):
    """The same events, but fast and slow for minutes in turn, and buyers and sellers in runs."""
    events = tape.events()
    start = events["exchange_time"][0]
    seconds = (events["exchange_time"] - start) / 1e9
    fast = 1 + 0.85 * np.sign(np.sin(2 * np.pi * seconds / 240))
    slowed = np.append(0, np.cumsum(np.diff(seconds) * fast[1:]))
    events["exchange_time"] = events["local_time"] = start + (slowed * 1e9).astype(np.int64)
    trades = np.flatnonzero(events["kind"] == hs.Kind.trade)
    runs = np.repeat(np.random.default_rng(1).choice([-1, 1], len(trades) // 20 + 1), 20)
    events["side"][trades] = runs[: len(trades)]
    return hs.Tape.from_events(events, tape.instrument)


@pytest.fixture(scope="module")
def found(clustered, tape):
    return hs.measure_realism(clustered, tape)


def fact_of(key):
    return next(fact for fact in FACTS if fact.key == key)


def row_of(found, key):
    return next(row for row in found.rows if row.key == key)


def test_a_tape_is_alike_to_itself(tape):
    found = hs.measure_realism(tape, tape)
    assert {row.distance for row in found.rows} == {0.0}
    assert {row.verdict for row in found.rows} == {ALIKE}
    assert found.failings == ()
    for row in found.rows:
        assert row.real == row.simulated
        assert row.low in (0.0,) or math.isnan(row.low)
    assert "Nowhere that these data could tell" in page(found)


def test_another_day_of_the_same_laws_is_alike(tape):
    found = hs.measure_realism(tape, hs.simulate(FLOW, MINUTES, seed=2))
    assert found.count(UNREAL) == 0
    assert found.count(ALIKE) >= 20


def test_what_is_missing_is_noticed(found):
    for key in ("volatility_memory", "sign_memory", "order_waits", "message_waits"):
        row = row_of(found, key)
        assert row.verdict != ALIKE, row
    signs = row_of(found, "sign_memory")
    assert signs.verdict == UNREAL
    assert signs.real > 0.6
    assert abs(signs.simulated) < 0.1
    assert "nobody splits a large order" in signs.words
    assert signs.ratio > MOST_OFF
    assert row_of(found, "limit_distance").verdict == ALIKE, "time and signs alone were changed"
    assert found.failings[0].ratio == max(row.ratio for row in found.rows)


def test_a_wider_and_thinner_market_is_noticed(tape):
    thin = hs.flows.ZeroIntelligence(
        tuple(rate / 3 for rate in FLOW.limit_rates), FLOW.market_rate, FLOW.cancel_rates
    )
    found = hs.measure_realism(tape, hs.simulate(thin, MINUTES, seed=4))
    for key, word in (("spread", "wide"), ("profile", "thin"), ("returns", "too much")):
        row = row_of(found, key)
        assert row.verdict != ALIKE
        assert word in row.words


def test_a_curve_that_crosses_is_of_another_shape(tape):
    def profile(lots):
        return lambda sample, at: (np.arange(4.0), np.array(lots(sample)))

    def words(simulated):
        def lots(sample):
            return [2.0, 2.0, 2.0, 2.0] if next(calls) != 1 else simulated

        calls = iter(range(4))
        fact = replace(fact_of("profile"), curve=profile(lots))
        return _measured(fact, (None,) * 4, None, 0)[0].words

    assert words([1.0, 1.0, 1.0, 1.0]) == fact_of("profile").lower
    assert words([3.0, 3.0, 3.0, 2.5]) == fact_of("profile").higher
    assert words([1.0, 1.0, 3.0, 3.5]) == "about the same on average, but of another shape"


def test_a_plot_of_one_value_shows_it(tape):
    figures = figures_of(page(hs.measure_realism(tape, tape)))
    for line in figures["trade_size"]["data"]:
        assert (line["x"], line["y"], line["mode"]) == ([0.0], [1.0], "lines+markers")


def test_the_seed_decides_the_intervals(tape, clustered, found):
    again = hs.measure_realism(clustered, tape)
    assert again.to_dict() == found.to_dict()
    other = hs.measure_realism(clustered, tape, seed=1)
    assert [row.distance for row in other.rows] == [row.distance for row in found.rows]
    assert row_of(other, "spread").high != row_of(found, "spread").high


def one_sided():
    rows = [(t, hs.Kind.trade, 1, 101, 1) for t in range(1, 200)]
    return tape_of([*rows, (200, hs.Kind.level, BID, 100, 9)])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: hs.simulate(FLOW, "30s", seed=1),
            r"the real tape has 29.9\d s of two sides; it needs 60",
        ),
        (one_sided, "the real tape has 0 sellers' market orders; it needs 50"),
        (
            lambda: tape_of([(99, hs.Kind.level, BID, 100, 9)]),
            "the real tape has 0 buyers' market orders",
        ),
        (lambda: world(100), "the real tape: the tape tells of no level behind the best"),
        (
            lambda: tape_of([(1, hs.Kind.clear, 0, -(2**31), 0)]),
            "only set the book right: the tape shows too few levels",
        ),
        (lambda: hs.simulate(FLOW, "70s", seed=1), "the first half of the real tape has 3"),
    ],
)
def test_a_tape_that_says_too_little_is_refused_by_name(tape, make, words):
    with pytest.raises(hs.TapeError, match=words):
        hs.measure_realism(make(), tape)


def test_tapes_of_two_markets_are_warned_of(tape):
    coin = hs.Instrument("COIN", tick="0.5", lot="1")
    other = hs.Tape.from_events(tape.events(), coin)
    found = hs.measure_realism(other, tape)
    assert "COIN with a tick of 0.5, the simulated one of SIMULATED with 0.01" in found.warning
    assert found.warning in page(found)
    assert hs.measure_realism(tape, tape).warning == ""


def test_the_simulated_tape_is_named_too(tape):
    with pytest.raises(hs.TapeError, match="the simulated tape has"):
        hs.measure_realism(tape, hs.simulate(FLOW, "30s", seed=1))
    with pytest.raises(hs.ConfigError, match=r"simulated must be a Tape: halfspread.open_tape"):
        hs.measure_realism(tape, "a.tape")
    with pytest.raises(hs.ConfigError, match="seed must be >= 0, was -1"):
        hs.measure_realism(tape, tape, seed=-1)


def figures_of(text):
    data = re.search(r'<script type="application/json" id="figures">(.*?)</script>', text, re.S)
    return json.loads(data[1])


def test_the_page_says_it_all(found):
    text = page(found)
    for row in found.rows:
        assert row.title in text
    figures = figures_of(text)
    assert set(figures) == {row.key for row in found.rows}
    for figure in figures.values():
        go.Figure(figure)
        assert len(figure["data"]) == 2
    for verdict in (ALIKE, OFF, UNREAL):
        assert f'">{verdict}</span>' in text


def test_the_command(tape, clustered, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    clustered.write("real.tape")
    tape.write("sim.tape")
    words = ["realism", "real.tape", "sim.tape", "--report", "r.html"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "sim.tape against real.tape" in shown.output
    assert "nobody splits" in " ".join(shown.output.split())
    assert "wrote r.html" in shown.output
    told = json.loads(CliRunner().invoke(app, [*words[:3], "--json"]).stdout)
    assert len(told["rows"]) == len(told["plots"])
    assert {"real", "simulated", "distance", "halves", "verdict"} < set(told["rows"][0])
    bad = CliRunner().invoke(app, ["realism", "real.tape", "none.tape"])
    assert bad.exit_code != 0
    assert "none.tape" in bad.output


def test_the_page_of_the_docs_runs():
    text = PAGE.read_text()
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(block, names)
    assert names["found"].count(UNREAL) == 0
    assert len(names["words"]) == len(names["found"].failings)
    assert f": {len(FACTS)} stylised facts" in text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_it_opens_in_a_browser(found, tmp_path):
    path = found.report(tmp_path / "page.html")
    with Browser(CHROMIUM, tmp_path / "profile") as browser:
        browser.open(path.as_uri())
        assert browser.wait_for("document.querySelectorAll('table').length >= 3")
        assert browser.wait_for("!!window.Plotly")
        drawn = "document.querySelector('#returns .main-svg') !== null"
        browser.value("document.querySelector('#returns').scrollIntoView()")
        assert browser.wait_for(drawn)
        assert browser.errors() == []
