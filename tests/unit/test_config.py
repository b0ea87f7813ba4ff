"""A config says what it means, refuses what it does not know by its path, and has a schema."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halfspread as hs
from halfspread.config import SHIPPED, SOLVERS, Config, read_config, schema
from halfspread.errors import ConfigError
from halfspread.market import Replay
from halfspread.modelling import Definition
from halfspread.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [
    path for path in sorted((ROOT / "examples").glob("*.yaml")) if "symbol" not in path.read_text()
]
GOOD = "tape: x.tape\nmodel: {model: fixed_spread, half_spread: 2}\n"
LEANING = "{model: lean, strength: 1, limit: 3, inner: {model: fixed_spread, half_spread: 2}}"


def read(folder, text):
    path = folder / "c.yaml"
    path.write_text(text)
    return read_config(path)


def refusal(folder, text):
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return str(caught.value).removeprefix(f"{folder / 'c.yaml'}: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            GOOD + "market: {orders: {inventry_limit: 3}}",
            "market.orders.inventry_limit: unknown field; did you mean inventory_limit?",
        ),
        (GOOD + "mraket: {}", "mraket: unknown field; did you mean market?"),
        (
            GOOD + "market: {queue: {exponnent: 3}}",
            "market.queue.exponnent: unknown field; did you mean exponent?",
        ),
        (
            "tape: x\nmodel: {model: fixed_spread, half_spred: 2}",
            "model.half_spred: unknown field; did you mean half_spread?",
        ),
        (
            "tape: x\nmodel: " + LEANING.replace("half_spread", "half_spred"),
            "model.inner.half_spred: unknown field; did you mean half_spread?",
        ),
        (
            "tape: x\nmodel: {model: fixed_spred}",
            "model.model: there is none called 'fixed_spred'; did you mean fixed_spread?",
        ),
        ("tape: x\nmodel: {half_spread: 2}", "model.model: is missing"),
        ("tape: x", "model: is missing"),
        (
            "tape: x\nmodel: {model: fixed_spread}",
            "model: fixed_spread: parameter 'half_spread' is missing",
        ),
        (
            "tape: x\nmodel: {model: fixed_spread, half_spread: -1}",
            "model: fixed_spread: half_spread must be > 0, was -1.0",
        ),
        ("model: {model: glft, risk_aversion: 1}", "give one of tape, demo, brownian, simulated"),
        (GOOD + "demo: {}", "give one of tape, demo, brownian, simulated"),
        (
            GOOD + "market: {latency_ms: soon}",
            "market.latency_ms: must be a number or a list or 'feed' or a mapping, was \"soon\"",
        ),
        (GOOD + "market: {latency_ms: [1, a]}", 'market.latency_ms[1]: must be a number, was "a"'),
        (GOOD + "market: {threads: '2'}", 'market.threads: must be a whole number, was "2"'),
        (GOOD + "market: {orders: {taking: 1}}", "market.orders.taking: must be a boolean, was 1"),
        (GOOD + "market: {orders: {amend: 1}}", "market.orders.amend: must be a boolean, was 1"),
        (
            GOOD + "market: {orders: {levels: 1.5}}",
            "market.orders.levels: must be a whole number, was 1.5",
        ),
        (GOOD + "market: {orders: 3}", "market.orders: must be a mapping, was 3"),
        (
            GOOD + "market: {orders: {levels: 0}}",
            "market.orders.levels must be a whole number in 1 to 50, was 0",
        ),
        (GOOD + "market: {on: bok}", "market.on: must be 'book' or 'trade', was \"bok\""),
        (
            GOOD + "market: {queue: {model: pwr}}",
            "market.queue: must be one of risk_averse, log, log2, power, power2, power3, exact, "
            "was 'pwr'",
        ),
        (
            GOOD + "market: {decide_every: 10 fortnights}",
            "market.decide_every: must be a duration such as '100ms' or '5s', was '10 fortnights'",
        ),
        (GOOD + "market: {decide_every: 0s}", "market.decide_every: must be > 0, was '0s'"),
        (
            GOOD + "sweep: {half_spred: [1]}",
            "sweep.half_spred: the model has no such parameter; did you mean half_spread?",
        ),
        (GOOD + "market: {latency_ms: -5}", "market.latency_ms: must be in 0 to 1e10, was -5.0"),
        (
            GOOD + "market: {latency_ms: [1, 2, 3]}",
            "market.latency_ms: must be one number or two, was [1.0, 2.0, 3.0]",
        ),
        (
            GOOD + "market: {threads: 0}",
            "market.threads: must be a whole number in 1 to 4096, was 0",
        ),
        (
            GOOD + "market: {start: noon}",
            "market.start: must be nanoseconds, ISO text or a datetime, was 'noon'",
        ),
        (
            GOOD + "market: {start: 2024-01-02, end: 2024-01-01}",
            "market.start must be before market.end, was '2024-01-02' to '2024-01-01'",
        ),
        (
            GOOD + "market: {orders: {inventory_limit: 2.7}}",
            "market.orders.inventory_limit must be a whole number >= 1, or None, was 2.7",
        ),
        (
            GOOD + "sweep: {half_spread: []}",
            "sweep.half_spread: must have 1 or more values, was []",
        ),
        (GOOD + "sweep: {half_spread: [a]}", 'sweep.half_spread[0]: must be a number, was "a"'),
        (
            GOOD + "sweep: {half_spread: {from: 0, to: 1, points: 3, scale: log}}",
            "sweep.half_spread: from and to must be > 0 on a log scale",
        ),
        (
            GOOD + "sweep: {half_spread: {from: 0, to: 1, points: 3}}",
            "model: fixed_spread: half_spread[0] must be > 0, was 0.0",
        ),
        (
            GOOD + "sweep: {half_spread: {from: 1, too: 2, points: 3}}",
            "sweep.half_spread.to: is missing; "
            "sweep.half_spread.too: unknown field; did you mean to?",
        ),
        (GOOD + "tape: y", "line 3: tape is there twice"),
        ("tape: [x", "line 1: expected ',' or ']', but got '<stream end>'"),
        *((text, "must hold names and values, such as 'tape: btc.tape'") for text in ("", "- 1")),
        ("? [a]\n: 1", "line 1: a key must be text"),
    ],
)
def test_a_refusal_has_the_path_and_the_nearest_name(tmp_path, text, words):
    assert refusal(tmp_path, text) == words


def test_all_complaints_are_made_at_once(tmp_path):
    words = refusal(tmp_path, GOOD + "market: {on: 3, rules: x}\nreprot: a")
    assert [part.split(":")[0] for part in words.split("; ")] == [
        "market.rules",
        "market.on",
        "reprot",
        "did you mean report?",
    ]


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.yaml: No such file"):
        read_config(tmp_path / "no.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"b\.yaml: is not UTF-8 text"):
        read_config(tmp_path / "b.yaml")


def test_yaml_is_read_as_people_mean_it(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "on: book\nrate: 1e-3\ncount: 1_000\nday: 2024-08-08\nmoment: 12:30\nno: yes\nflag: true\n"
        "nothing: ~\nempty:\nold: 010\nlow: -.5\nfar: .inf\n"
    )
    assert read_yaml(path) == {
        "on": "book",
        "rate": 1e-3,
        "count": 1000,
        "day": "2024-08-08",
        "moment": "12:30",
        "no": "yes",
        "flag": True,
        "nothing": None,
        "empty": None,
        "old": 10.0,
        "low": -0.5,
        "far": float("inf"),
    }


def test_it_makes_the_market_it_says(tmp_path):
    hs.synthetic.tape(tmp_path / "x.tape", events=2_000)
    config = read(
        tmp_path,
        GOOD + "market: {latency_ms: [1, 2], queue: {model: log}, fees: {maker: 1e-4}, on: book,\n"
        "  rules: hftbacktest, threads: 2, start: 2024-01-01 00:00:01,\n"
        "  orders: {inventory_limit: 7, levels: 2, taking: true}, signals: {step: 50ms}}\n",
    )
    told = []
    market = config.replay(progress=told.append)
    assert (market.latency.out_ms, market.latency.back_ms) == (1.0, 2.0)
    assert (market.queue, market.fees) == (hs.Queue("log"), hs.Fees(maker=1e-4))
    assert market.orders == hs.OrderPolicy(inventory_limit=7, levels=2, taking=True)
    assert (market.signals.step, market.on, market.rules) == ("50ms", "book", "hftbacktest")
    assert market.tape.span[0] >= hs.synthetic.START + 10**9
    market.run(config.bound_model())
    assert told
    assert told == sorted(told)


def test_a_demo_is_a_tape(tmp_path):
    text = "demo: {events: 2_000, seed: 3}\nmodel: {model: fixed_spread, half_spread: 2}"
    made = read(tmp_path, text).open()
    twin = hs.synthetic.tape(events=2_000, seed=3)
    np.testing.assert_array_equal(made.events(), twin.events())


def test_paths_are_relative_to_the_file(tmp_path):
    config = read(tmp_path, GOOD + "output: runs/a\nreport: a.html")
    assert (config.output_path, config.report_path) == (tmp_path / "runs/a", tmp_path / "a.html")
    with pytest.raises(hs.TapeError, match=str(tmp_path / "x.tape")):
        config.open()


def test_a_sweep_has_a_lane_for_each_combination(tmp_path):
    limits = "{from: 1, to: 100, points: 3, scale: log}"
    sweep = f"sweep: {{half_spread: [1, 4], limit: {limits}}}"
    config = read(tmp_path, f"tape: x\nmodel: {LEANING}\n{sweep}")
    assert config.axes == {"half_spread": [1, 4], "limit": [1, 10, 100]}
    swept = config.swept_model()
    assert swept.parameters["half_spread"].tolist() == [1, 1, 1, 4, 4, 4]
    assert swept.parameters["limit"].tolist() == [1, 10, 100] * 2
    assert config.bound_model().n == 1


def test_a_swept_parameter_need_not_be_given(tmp_path):
    config = read(tmp_path, "tape: x\nmodel: {model: fixed_spread}\nsweep: {half_spread: [1, 2]}")
    assert config.swept_model() == hs.models.fixed_spread(half_spread=[1.0, 2.0])


def test_a_name_that_two_layers_have_is_told_apart_as_in_the_parameters(tmp_path):
    twice = f"{{model: lean, strength: 2, limit: 5, inner: {LEANING}}}"
    config = read(tmp_path, f"tape: x\nmodel: {twice}\nsweep: {{limit: [1], lean.limit: [2, 3]}}")
    model = config.swept_model()
    assert model.parameters["limit"].tolist() == [1, 1]
    assert model.parameters["lean.limit"].tolist() == [2, 3]


def test_every_model_goes_there_and_back(tmp_path):
    shelf = [
        hs.models.fixed_spread(half_spread=[1, 2]),
        hs.models.avellaneda_stoikov(risk_aversion=0.1),
        hs.models.avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=5),
        hs.models.glft(risk_aversion=0.1, drift=0.3),
        hs.models.glft_tanh(risk_aversion=0.1, volatility=2),
    ]
    for model in [*shelf, hs.lean(shelf[0], strength=1, limit=5)]:
        text = json.dumps({"tape": "x", "model": model.to_dict()})
        assert read(tmp_path, text).bound_model() == model


def test_the_schema_in_the_docs_is_current():
    written = json.loads((ROOT / "docs/schema/config.schema.json").read_text())
    assert written == schema(), "run: halfspread schema > docs/schema/config.schema.json"


def test_the_schema_has_every_field_and_says_what_it_is():
    whole = schema()
    known = whole["$defs"]
    left_out = {"tape", "latency", "forecast", "progress"}
    assert known["Market"]["properties"].keys() == {f.name for f in fields(Replay)} - left_out
    for kind in (hs.Queue, hs.Fees, hs.OrderPolicy, hs.SignalPolicy, hs.Hawkes):
        assert known[kind.__name__]["properties"].keys() == {f.name for f in fields(kind)}
    makers = {*SHIPPED, *SOLVERS}
    assert makers <= known.keys()
    for name, node in {**known, "Config": whole}.items():
        for field, entry in node["properties"].items():
            plain = field in ("model", "inner") if name in makers else field == "spacing_ticks"
            assert plain or entry.get("description"), f"{name}.{field} has no description"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_valid_to_both(path):
    jsonschema.validate(read_yaml(path), schema())
    read_config(path)


def test_the_schema_refuses_what_the_reader_refuses():
    jsonschema.Draft202012Validator.check_schema(schema())
    for change in (
        {"mraket": 1},
        {"market": {"orders": {"levels": "2"}}},
        {"model": {"model": "x"}},
    ):
        data = {"tape": "x", "model": {"model": "fixed_spread", "half_spread": 2}} | change
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, schema())


@given(data=st.data())
def test_no_misspelt_field_passes(data, tmp_path_factory):
    orders = {f.name: f.default for f in fields(hs.OrderPolicy)}
    name = data.draw(st.sampled_from(sorted(orders)))
    letters = list(name)
    del letters[data.draw(st.integers(0, len(letters) - 1))]
    wrong = "".join(letters)
    text = {"tape": "x", "model": {"model": "fixed_spread", "half_spread": 2}}
    text["market"] = {"orders": {wrong: orders[name]}}
    words = refusal(tmp_path_factory.mktemp("c"), json.dumps(text))
    assert words == f"market.orders.{wrong}: unknown field; did you mean {name}?"


def test_models_of_one_program_change_no_schema():
    code = """
import halfspread as hs
@hs.model
def mine(state: hs.QuoteState, lean: float) -> hs.Quote:
    return hs.Quote(state.bid, state.ask)
import json, halfspread.config
print(json.dumps(halfspread.config.schema()))
"""
    printed = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert json.loads(printed) == schema()


def test_the_shelf_is_all_there():
    for package in (hs.models, hs.inventory):
        shelf = {name: getattr(package, name) for name in package.__all__}
        assert {n for n, value in shelf.items() if isinstance(value, Definition)} <= set(SHIPPED)
    assert {"fixed_spread", "lean"} <= set(SHIPPED)


def test_a_config_is_a_value():
    data = '{"tape": "x", "model": {"model": "fixed_spread", "half_spread": 2}}'
    one, two = (Config.model_validate_json(data) for _ in range(2))
    assert one == two
    with pytest.raises(ValueError, match="frozen"):
        one.tape = "y"


def test_a_file_can_name_the_linear_programme(tmp_path):
    pytest.importorskip("highspy")
    text = "demo: {events: 5000}\nmodel: {model: InventoryControl, limit: 9, risk_aversion: 0.05}\n"
    config = read(tmp_path, text)
    model = hs.models.InventoryControl(limit=9.0, risk_aversion=0.05)
    assert repr(model) in repr(config.bound_model())
    fills = [config.replay().run(maker).fills for maker in (config.bound_model(), model)]
    assert len(fills[0]["price"]) > 0
    for name, column in fills[0].items():
        np.testing.assert_array_equal(column, fills[1][name])
    calibrated = tmp_path / "found.yaml"
    calibrated.write_text("parameters: {volatility: 1.0}")
    assert read(tmp_path, text + "calibration: found.yaml\n").bound_model() is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{model: InventoryControl}", "model.limit: is missing"),
        (
            "{model: InventoryControl, limit: 0.5}",
            "model: InventoryControl: limit must be in 1 to 1e+09 lots, was 0.5",
        ),
        (
            "{model: InventoryControl, limit: 9, horizn_s: 1}",
            "model.horizn_s: unknown field; did you mean horizon_s?",
        ),
        (
            "{model: InventoryControl, limit: 9}\nsweep: {limit: [1, 2]}",
            "sweep.limit: the model has no such parameter",
        ),
    ],
)
def test_a_wrong_linear_programme_is_refused(tmp_path, text, words):
    pytest.importorskip("highspy")
    assert refusal(tmp_path, "tape: x\nmodel: " + text) == words
