"""The report: one page that holds everything, says it truly, and draws in a browser."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest

from browser import Browser
from halfspread.errors import ConfigError
from halfspread.evaluate import charts
from halfspread.evaluate.measure import METRICS
from halfspread.evaluate.report import page
from halfspread.evaluate.together import together
from halfspread.evaluate.words import number, written
from runs import INVERSE, START, make_run, one_fill

TIME_CHARTS = {"price", "inventory", "wealth", "drawdown"}
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def run():
    errors = [{"lane": 2, "time": START, "count": 7, "why": "raised <b>: & co"}]
    assumptions = {"model": "glft(risk_aversion=0.1)", "orders": {"levels": 2}}
    return make_run(
        n=4, seed=1, steps=500, errors=errors, assumptions=assumptions, data_check={"gaps": 41}
    )


@pytest.fixture(scope="module")
def text(run):
    return page(run)


def figures_of(text):
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', text, re.S)
    return json.loads(found[1])


def words_of(text):
    """What a reader sees."""
    body = text[text.index("<body>") : text.index('<script type="application/json"')]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("−", "-").split())


class Balance(HTMLParser):
    """Counts open tags, to see that each is closed."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_it_needs_nothing_else(text):
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    own = re.sub(r'<script type="text/plain".*?</script>', "", text, flags=re.S)
    assert not re.search(r"https?://", own)
    assert "$" not in re.sub(r"<script.*?</script>", "", own, flags=re.S)


def test_the_library_is_plotlys(text):
    packed = re.search(r'<script type="text/plain" id="library">(.*?)</script>', text, re.S)[1]
    source = gzip.decompress(base64.b64decode(packed))
    assert b"plotly.js v" in source[:100]
    assert len(text) < 3_000_000


def test_headline_is_of_the_most_profitable_lane(run, text):
    profits = [run.metrics(lane)["profit"] for lane in range(4)]
    best = int(np.argmax(profits))
    seen = words_of(text)
    assert f"Lane {best}, the most profitable: {run.lane_names[best]}" in seen
    assert "2: risk_aversion=0.1" in seen, "the lane with an error"
    assert f"Profit {number(profits[best])}" in seen
    assert "glft on BTCUSDT" in seen
    assert "best partly by luck" in seen


def test_any_lane_can_be_shown(run):
    seen = words_of(page(run, lane=1))
    assert f"Profit {number(run.metrics(1)['profit'])}" in seen
    with pytest.raises(ConfigError, match="lane must be in"):
        page(run, lane=4)


def test_everything_it_rests_on_is_there(run, text):
    seen = words_of(text)
    for words in (
        "orders.levels 2",
        "gaps 41",
        "risk aversion",
        "annualised by 365 days",
        "4 lanes",
    ):
        assert words in seen
    assert "raised <b>: & co" in seen
    assert "<b>:" not in text
    for metric in METRICS:
        assert metric.words in seen
    found = run.metrics(int(np.argmax(run.table()["profit"].to_numpy())))
    for name in ("sortino", "turnover", "holding_p90", "capture_of_quoted", "max_drawdown"):
        assert written(name, found[name]) in seen


def test_figures_are_figures_to_plotly(text):
    figures = figures_of(text)
    assert set(figures) == TIME_CHARTS | {"markouts", "lanes"}
    for figure in figures.values():
        go.Figure(figure)  # raises where a name or a value is not Plotly's


def test_each_figure_has_a_place(run, text):
    places = set(re.findall(r'<div class="chart \w*" id="(\w+)">', text))
    assert places == set(figures_of(text))
    alone = figures_of(page(run.lane(0)))
    assert set(alone) == TIME_CHARTS | {"markouts"}


def test_the_table_of_lanes(run, text):
    rows = re.findall(r'<tr class="(shown)?">(.*?)</tr>', text)
    assert [bool(shown) for shown, _ in rows] == [True, False, False, False]
    lanes = [int(re.search(r'data-value="(\d+)"', row)[1]) for _, row in rows]
    profits = run.table()["profit"].to_numpy()
    assert lanes == list(np.argsort(-profits))


def test_lanes_that_no_parameter_tells_apart_are_told_by_name():
    wild = make_run(n=2, steps=60)
    seen = page(together({"a<b": wild.lane(0), "wild": wild}))
    assert "0: a&lt;b" in seen
    assert "2: wild: risk_aversion=1" in seen


def test_the_same_run_is_the_same_page(run, text):
    assert page(run) == text


def test_it_is_written(tmp_path, run):
    path = run.report(tmp_path / "report.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    "odd",
    [
        make_run(fill_chance=0.0, steps=30),
        make_run(steps=1),
        one_fill(),
        one_fill(INVERSE),
        make_run(n=300, steps=20),
        make_run(steps=200, one_sided=0.5, exact=False, adverse=4.0),
        make_run(n=2, steps=20, parameters={"gamma": np.array([np.nan, 1.0])}),
        make_run(n=2, steps=20, parameters={}),
    ],
    ids=str,
)
def test_odd_runs_have_a_page(odd):
    text = page(odd)
    seen = words_of(text)
    assert not re.search(r"\bnan\b|\binf\b", seen)
    for figure in figures_of(text).values():
        go.Figure(figure)


def test_a_losing_run_says_so():
    run = make_run(steps=300, adverse=5.0, fee_rate=1e-5)
    assert run.metrics()["profit"] < 0
    text = page(run)
    assert 'class="loss"' in text
    assert 'class="gain"' not in text


def test_lanes_without_fills_say_so():
    full = make_run(n=2, steps=60)
    bare = replace(full, fills={name: column[:0] for name, column in full.fills.items()})
    seen = words_of(page(bare))
    assert "keep no single fills" in seen
    assert "There were none." in words_of(page(make_run(fill_chance=0.0, steps=30)))


def test_more_lanes_than_rows_are_said_to_be_left_out():
    run = make_run(n=501, steps=3)
    text = page(run)
    assert "The 500 most profitable of them are listed." in words_of(text)
    assert len(re.findall(r'<tr class="(?:shown)?">', text)) == 500


def test_long_paths_are_thinned():
    run = make_run(steps=6000, seed=2)
    figures = figures_of(page(run))
    lines = [trace for name in TIME_CHARTS for trace in figures[name]["data"]]
    assert max(len(trace["x"]) for trace in lines) <= charts.MOST_POINTS
    wealth = figures["wealth"]["data"][0]["y"]
    assert max(wealth) == pytest.approx(run.path["wealth"].max(), rel=1e-4)
    assert min(wealth) == pytest.approx(run.path["wealth"].min(), rel=1e-4, abs=1e-5)
    assert "at most 2,000 points a line" in words_of(page(run))


def test_gaps_stay_gaps():
    prices = charts.price(make_run(steps=5000, seed=3))["data"]
    assert None in next(trace for trace in prices if trace["name"] == "our bid")["y"]


def test_bought_and_sold_are_told_apart():
    run = make_run(steps=400, seed=4)
    bought, sold = charts.price(run)["data"][3:]
    assert len(bought["x"]) == (run.fills["side"] == 1).sum()
    assert len(sold["x"]) == (run.fills["side"] == -1).sum()
    assert bought["marker"]["symbol"] != sold["marker"]["symbol"]
    assert "from the mid" in bought["text"][0]


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_a_browser_draws_every_chart(tmp_path, run):
    path = run.report(tmp_path / "report.html")
    with Browser(CHROMIUM, tmp_path / "profile", height=6000) as browser:
        browser.open(path.as_uri())
        drawn = "[...document.querySelectorAll('.chart .main-svg:first-of-type')].length"
        assert browser.wait_for(f"{drawn} === 6")
        assert browser.value("document.querySelectorAll('.scatterlayer .trace').length") > 12
        sort = "document.querySelectorAll('.lanes th')[0].click()"
        browser.value(f"{sort}; {sort}")
        lanes = "[...document.querySelectorAll('.lanes tbody tr')].map(r => r.cells[0].innerText)"
        assert browser.value(f"{lanes}.join()") == "0,1,2,3"
        ends = [(START + second * 10**9) // 10**6 for second in (5, 9)]
        zoom = {"xaxis.range[0]": ends[0], "xaxis.range[1]": ends[1]}
        browser.value(f"Plotly.relayout('price', {json.dumps(zoom)}); 0")
        for name in TIME_CHARTS:
            assert browser.wait_for(
                f"document.getElementById('{name}').layout.xaxis.range[0] == {ends[0]}"
            )
        paper = "getComputedStyle(document.body).backgroundColor"
        before = browser.value(paper)
        browser.value("document.getElementById('theme').click()")
        assert browser.value(paper) != before
        assert browser.errors() == []
