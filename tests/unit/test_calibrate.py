"""A calibration as a whole: round trips, YAML into configs, the command, the page, bad data."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import halfspread as hs
from browser import Browser
from calibration_worlds import INSTRUMENT, LAST, tape_of, world
from halfspread.calibrate import Calibration, calibrate_tape, read_parameters
from halfspread.cli import app
from halfspread.config import read_config
from halfspread.errors import ConfigError
from halfspread.event import Kind
from halfspread.moment import moment_text

ESTIMATES = ("volatility", "bids", "asks", "both", "impact", "hawkes", "micro_price", "latency")
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def tape():
    return world(seconds=900, seed=11)


@pytest.fixture(scope="module")
def found(tape):
    return calibrate_tape(tape)


def numbers(value):
    """All floats inside plain data."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, float):
        yield value
    elif not isinstance(value, (str, int)) and value is not None:
        for item in value:
            yield from numbers(item)


def test_everything_is_found_and_finite(found):
    assert found.not_calibrated == {}
    assert all(getattr(found, name) is not None for name in ESTIMATES)
    assert np.all(np.isfinite(list(numbers(found.to_dict()))))


def test_it_survives_json(found):
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert Calibration.from_dict(data) == found
    with pytest.raises(ConfigError, match="unknown field 'volatilty'"):
        Calibration.from_dict({**data, "volatilty": 1})
    with pytest.raises(ConfigError, match="volatility"):
        Calibration.from_dict({**data, "volatility": 7})


def test_its_parameters_are_named_as_the_models_name_them(found):
    values, errors = found.parameters, found.errors
    assert values.keys() == errors.keys()
    assert values["volatility"] == found.volatility.ticks
    assert values["fill_intensity"] == found.both.fit.intensity
    assert values["bid_fill_decay"] == found.bids.fit.decay
    glft = {p.name for p in hs.models.glft.parameters if p.default is None}
    assert glft & values.keys() == {"fill_intensity", "fill_decay", "volatility"}


def config(tmp_path, found, **model):
    found.write(tmp_path / "parameters.yaml")
    data = {
        "demo": {"events": 2000},
        "calibration": "parameters.yaml",
        "model": {"model": "glft", "risk_aversion": 0.001, **model},
    }
    (tmp_path / "run.yaml").write_text(json.dumps(data))
    return tmp_path / "run.yaml"


def test_a_config_takes_what_the_model_leaves_open(tmp_path, found):
    path = config(tmp_path, found, fill_decay=0.25)
    own = read_config(path).bound_model().own
    assert own["fill_decay"] == 0.25, "what is given stays"
    assert own["fill_intensity"] == found.parameters["fill_intensity"]
    assert own["volatility"] == found.parameters["volatility"]
    assert read_parameters(tmp_path / "parameters.yaml") == found.parameters


def test_inside_a_wrapper_and_beside_a_sweep(tmp_path, found):
    found.write(tmp_path / "parameters.yaml")
    data = {
        "demo": {"events": 2000},
        "calibration": "parameters.yaml",
        "model": {
            "model": "lean",
            "strength": 1.0,
            "limit": 10.0,
            "inner": {"model": "glft", "risk_aversion": 0.001},
        },
        "sweep": {"volatility": [1.0, 2.0]},
    }
    (tmp_path / "run.yaml").write_text(json.dumps(data))
    parameters = read_config(tmp_path / "run.yaml").swept_model().parameters
    assert parameters["volatility"].tolist() == [1.0, 2.0]
    assert parameters["fill_decay"].tolist() == [found.parameters["fill_decay"]] * 2


def test_orders_take_as_long_as_the_feed_if_a_config_says_so(tmp_path, found):
    path = config(tmp_path, found)
    median = found.latency.milliseconds[found.latency.shares.index(0.5)]
    assert median > 0
    assert read_config(path).replay().latency == hs.Latency(), "not by itself"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "market": {"latency_ms": "feed"}}))
    assert read_config(path).replay().latency == hs.Latency(median, median)
    (tmp_path / "parameters.yaml").write_text("parameters: {volatility: 1}")
    with pytest.raises(ConfigError, match=r"parameters\.yaml: has no feed_latency_ms of 0\.5"):
        read_config(path).replay()
    del data["calibration"]
    path.write_text(json.dumps({**data, "market": {"latency_ms": "feed"}}))
    with pytest.raises(ConfigError, match=r"market\.latency_ms: feed needs a calibration"):
        read_config(path)
    path.write_text(json.dumps({**data, "market": {"latency_ms": "fast"}}))
    with pytest.raises(ConfigError, match="latency_ms"):
        read_config(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1", "has no 'parameters'"),
        ("parameters: {volatility: high}", "parameters.volatility must be a finite number"),
        ("parameters: {volatility: .inf}", "parameters.volatility must be a finite number"),
        ("parameters: {volatility: .nan}", "parameters.volatility must be a finite number"),
        ("parameters: {fill_decay: -1}", "fill_decay must be > 0, was -1"),
    ],
)
def test_a_bad_file_of_parameters_is_refused(tmp_path, found, text, why):
    path = config(tmp_path, found)
    (tmp_path / "parameters.yaml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(why)):
        read_config(path).bound_model()


def test_a_missing_file_of_parameters_is_named(tmp_path, found):
    path = config(tmp_path, found)
    (tmp_path / "parameters.yaml").unlink()
    with pytest.raises(ConfigError, match=r"parameters\.yaml: No such file"):
        read_config(path)


def test_the_command(tmp_path, tape):
    tape.write(tmp_path / "a.tape")
    yaml, page = tmp_path / "a.yaml", tmp_path / "a.html"
    arguments = ["calibrate", str(tmp_path / "a.tape"), "-o", str(yaml), "--report", str(page)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "fill_intensity" in result.output
    assert read_parameters(yaml)
    assert page.read_text().startswith("<!doctype html>")
    result = CliRunner().invoke(app, ["calibrate", str(tmp_path / "a.tape"), "--json"])
    again = Calibration.from_dict(json.loads(result.stdout))
    assert again.parameters == read_parameters(yaml)


def test_the_command_takes_a_part_of_a_tape(tmp_path):
    tape = hs.synthetic.tape(events=60_000, seed=1).write(tmp_path / "a.tape")
    middle = sum(tape.span) // 2
    arguments = ["calibrate", str(tmp_path / "a.tape"), "-o", str(tmp_path / "a.yaml")]
    result = CliRunner().invoke(app, [*arguments, "--end", moment_text(middle)])
    assert result.exit_code == 0, result.output
    half = calibrate_tape(tape.slice(tape.span[0], middle))
    assert read_parameters(tmp_path / "a.yaml") == half.parameters
    result = CliRunner().invoke(app, [*arguments, "--start", "2031-01-01"])
    assert result.exit_code == 2
    assert "start must come before stop, was '2031-01-01' to '2024-" in result.output


def quiet(rows, until=100.0):
    """A book that stands still, and what else is given."""
    book = [(0.0, Kind.level, 1, 1000, 5, 0), (0.0, Kind.level, -1, 1002, 5, LAST)]
    end = (until, Kind.level, 1, 999, 5, LAST)
    return tape_of([*book, *rows, end])


def every_tenth(price, side):
    """A print of a lot ten times a second."""
    return [(i / 10, Kind.trade, side(i), price(i), 1, LAST) for i in range(900)]


def one_sided():
    """A book of bids."""
    prints = [(i / 10, Kind.trade, 1, 1000, 1, LAST) for i in range(50)]
    return tape_of([(0.0, Kind.level, 1, 1000, 5, LAST), *prints])


EMPTY = {
    "no trades": lambda: quiet([]),
    "constant prices": lambda: quiet(every_tenth(lambda i: 1001, lambda i: 1 - 2 * (i % 2))),
    "one side of trades": lambda: quiet(every_tenth(lambda i: 1002 + i % 3, lambda i: 1)),
    "too short": lambda: quiet([(0.1, Kind.trade, 1, 1002, 1, LAST)], until=1.5),
    "a one-sided book": one_sided,
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_the_data_do_not_hold_is_said(name, tmp_path):
    found = calibrate_tape(EMPTY[name]())
    assert found.not_calibrated
    assert found.volatility is None
    assert all(len(why) > 10 for why in found.not_calibrated.values())
    assert np.all(np.isfinite(list(numbers(found.to_dict()))))
    assert Calibration.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    path = config(tmp_path, found)
    state = hs.QuoteState(**dict.fromkeys(hs.QuoteState._fields, 1.0))
    quote = read_config(path).bound_model()(state)
    assert np.all(np.isfinite(quote)), "what is not calibrated is left to the signals"
    assert "Not calibrated" in found.report(tmp_path / "page.html").read_text()


def test_reasons_are_of_what_is_missing():
    assert (
        "the mid never changes"
        in calibrate_tape(EMPTY["constant prices"]()).not_calibrated["volatility"]
    )
    assert "0 aggressor orders" in calibrate_tape(EMPTY["no trades"]()).not_calibrated["bids"]
    one = calibrate_tape(EMPTY["one side of trades"]())
    assert one.asks is not None
    assert one.bids is None
    assert (
        "never has two sides"
        in calibrate_tape(EMPTY["a one-sided book"]()).not_calibrated["record"]
    )


def test_a_bad_seed_is_named(tape):
    with pytest.raises(ConfigError, match="seed must be >= 0, was -1"):
        calibrate_tape(tape, seed=-1)


def test_progress_is_told(tape):
    told = []
    calibrate_tape(tape, progress=lambda done, step: told.append((done, step)))
    shares = [done for done, _ in told]
    assert shares == sorted(shares)
    assert told[0][0] == 0.0
    assert told[-1] == (1.0, "done")


@pytest.fixture(scope="module")
def page_path(found, tmp_path_factory):
    return found.report(tmp_path_factory.mktemp("page") / "page.html")


def test_the_page_needs_nothing_else_and_says_the_parameters(found, page_path):
    text = page_path.read_text()
    own = re.sub(r'<script type="text/plain".*?</script>', "", text, flags=re.S)
    assert not re.search(r"https?://", own)
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.S)[1])
    assert {"signature", "intensity", "markout", "hawkes", "micro", "volume1"} <= figures.keys()
    assert set(re.findall(r'class="chart[^"]*" id="([^"]+)"', text)) == figures.keys()
    assert f"{found.parameters['volatility']:.3f}" in text
    assert INSTRUMENT.symbol in text


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_draws_every_chart(page_path, tmp_path):
    with Browser(CHROMIUM, tmp_path / "profile", height=7000) as browser:
        browser.open(page_path.as_uri())
        drawn = "[...document.querySelectorAll('.chart')].every(c => c.matches('.js-plotly-plot'))"
        assert browser.wait_for(f"document.querySelector('.chart') && {drawn}")
        assert browser.errors() == []
