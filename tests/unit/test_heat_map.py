"""The heat map has each lane in its cell, and refuses what is no grid."""

import json
import re
import shutil

import numpy as np
import pytest

from browser import Browser
from halfspread.errors import ConfigError
from halfspread.evaluate.heat_map import SHOWN, heat_map
from runs import make_run

CHROMIUM = shutil.which("chromium")


def sweep(n=6, **parameters):
    parameters = parameters or {"lean": np.repeat([1e-3, 0.1], 3), "size": np.tile([1, 2, 5], 2)}
    return make_run(n=n, parameters=parameters)


def figures(path):
    found = re.search(r"const figures = (\{.*\}), dark =", path.read_text())
    return json.loads(found[1])


def test_each_lane_is_in_its_cell(tmp_path):
    run = sweep()
    drawn = figures(heat_map(run, tmp_path / "a.html"))
    assert list(drawn) == list(SHOWN)
    heat = drawn["profit"]["data"][0]
    assert heat["y"] == ["0.001", "0.1"]
    assert heat["x"] == ["1", "2", "5"]
    profits = [row["profit"] for row in run.measured]
    assert np.ravel(heat["z"]).tolist() == profits
    assert drawn["profit"]["layout"]["xaxis"]["title"]["text"] == "size"


def test_near_values_have_cells_of_their_own(tmp_path):
    limits, spreads = [1000, 1001, 1002, 1003], [1.0001, 1.0002, 2]
    run = sweep(12, limit=np.repeat(limits, 3), half_spread=np.tile(spreads, 4))
    heat = figures(heat_map(run, tmp_path / "a.html"))["profit"]["data"][0]
    assert heat["x"] == ["1.0001", "1.0002", "2"]
    assert heat["y"] == ["1000", "1001", "1002", "1003"]
    assert np.ravel(heat["z"]).tolist() == [row["profit"] for row in run.measured]


def test_the_lanes_may_come_in_any_order(tmp_path):
    order = [3, 0, 5, 1, 4, 2]
    whole = sweep()
    parameters = {name: values[order] for name, values in whole.parameters.items()}
    run = sweep(**parameters)
    heat = figures(heat_map(run, tmp_path / "a.html"))["profit"]["data"][0]
    assert np.ravel(heat["z"])[order].tolist() == [row["profit"] for row in run.measured]


def test_good_is_green_for_what_should_be_small(tmp_path):
    drawn = figures(heat_map(sweep(), tmp_path / "a.html"))
    assert drawn["max_drawdown"]["data"][0]["reversescale"]
    assert not drawn["profit"]["data"][0]["reversescale"]


def test_the_page_needs_nothing_else(tmp_path):
    text = heat_map(sweep(), tmp_path / "a.html").read_text()
    assert text.count("<script") == text.count("</script>") == 2
    own = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search("src|href|url|@import", own)
    assert not re.search("https?://", re.sub('id="library">.*?</script>', "", text))
    assert len(text) < 2_500_000


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_a_browser_draws_the_metric_that_is_chosen(tmp_path):
    path = heat_map(sweep(), tmp_path / "a.html")
    with Browser(CHROMIUM, tmp_path / "profile") as browser:
        browser.open(path.as_uri())
        reversed_scale = "document.getElementById('chart').data?.[0].reversescale"
        assert browser.wait_for(f"{reversed_scale} === false")
        assert browser.value("document.querySelectorAll('.heatmaplayer .hm').length") == 1
        choose = "const m = document.getElementById('metric'); m.value = 'max_drawdown'"
        browser.value(f"{choose}; m.onchange(); 0")
        assert browser.wait_for(f"{reversed_scale} === true")
        assert browser.errors() == []


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"size": np.arange(1, 7)}, "two parameters must vary, did: size"),
        ({"size": np.ones(6)}, "two parameters must vary, did: none"),
        ({"a": np.arange(6), "b": np.arange(6)}, "6 lanes are no grid of a and b"),
        ({"a": np.repeat([0, 1], 3), "b": [1, 2, 3, 1, 2, 2]}, "6 lanes are no grid of a and b"),
    ],
)
def test_what_is_no_grid_is_refused(tmp_path, parameters, why):
    parameters = {name: np.asarray(values) for name, values in parameters.items()}
    with pytest.raises(ConfigError, match=why):
        heat_map(sweep(**parameters), tmp_path / "a.html")
