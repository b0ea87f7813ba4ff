"""The summary in the terminal: what it says of one lane, of many, and of what went wrong."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from halfspread.codecs import Report
from halfspread.codecs.check import data_check
from halfspread.evaluate.summary import MOST_ERRORS, MOST_LANES, SECTIONS, best_first
from halfspread.evaluate.together import together
from halfspread.evaluate.words import duration, flat, number, span, written
from halfspread.event import EVENT, Flag, Kind
from runs import INVERSE, LINEAR, START, make_run, one_fill

NAN = float("nan")
REALISED = "realised_half_spread"


def printed(run, width=120):
    console = Console(file=io.StringIO(), width=width)
    run.summary(console)
    return console.file.getvalue()


def test_one_lane_in_full():
    run = make_run(seed=1, steps=900)
    text, found = printed(run), run.metrics()
    assert text.startswith("BTCUSDT, 2024-08-08 10:00:00 to 10:01:29 UTC\n")
    for name in ("profit", "profit_spread", "max_drawdown", "fill_rate", "holding_median"):
        assert written(name, found[name]) in text
    for words in ("mark-outs", "assumptions", "power3(3)", "orders.levels", "risk_aversion", "±"):
        assert words in text
    assert all(label.strip() in text for rows in SECTIONS.values() for label in rows)


def test_it_prints_where_it_is_told_to(capsys):
    make_run(steps=20).summary()
    assert "assumptions" in capsys.readouterr().out


def test_lanes_are_compared_best_first():
    run = make_run(n=5, seed=2, steps=300)
    text = printed(run)
    profits = [run.metrics(lane)["profit"] for lane in range(5)]
    rows = [
        line.split() for line in text.splitlines() if line.split()[:1] and line.split()[0].isdigit()
    ]
    assert [int(row[0]) for row in rows] == best_first(profits)
    assert rows[0][2] == number(max(profits), 3)
    assert "best partly by luck" in text
    assert "all 5 lanes" not in text


def test_three_hundred_lanes_are_twenty_and_the_rest_in_short():
    text = printed(make_run(n=300, seed=3, steps=60), width=80)
    rows = [line for line in text.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    assert len(rows) == MOST_LANES
    assert "all 300 lanes" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_lanes_without_fills_are_shown_by_what_is_known():
    full = make_run(n=3, seed=4, steps=60)
    bare = replace(full, fills={name: column[:0] for name, column in full.fills.items()})
    assert "–" in printed(bare)


@pytest.mark.parametrize(
    "run", [make_run(fill_chance=0.0, steps=30), one_fill(), one_fill(INVERSE)]
)
def test_little_to_say(run):
    text = printed(run)
    assert "nan" not in text
    assert "–" in text


def test_lanes_that_no_parameter_tells_apart_are_told_by_name():
    wild = make_run(n=2, steps=60)
    text = printed(together({"calm": wild.lane(0), "wild": wild}), width=80)
    assert "calm" in text
    assert "risk_aversion=0.001" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_last_column_is_there_in_eighty_columns():
    named = together({"calm": make_run(n=1, steps=60), "wild and quite long": make_run(steps=60)})
    for run in (named, make_run(n=3, steps=60)):
        rows = printed(run, width=80).splitlines()
        for lane in range(run.n):
            (row,) = (row for row in rows if row.split()[:1] == [str(lane)])
            assert row.split()[-1] == written(REALISED, run.metrics(lane)[REALISED], 3)


def test_a_data_check_is_told_in_words():
    events = np.zeros(2, EVENT)
    events["kind"], events["flags"] = Kind.level, Flag.both | Flag.last
    events["side"], events["price"], events["size"] = [1, -1], [100, 101], [5, 7]
    check = data_check(events, Report(), LINEAR, faults=[("a.gz", 3, "no price")]).to_dict()
    for given in (check, json.loads(json.dumps(check))):
        text = printed(make_run(steps=20, data_check=given))
        assert "2 level" in text
        assert "10.0 x 0.005 / 10.1 x 0.007" in text
        assert "a.gz, message 3: no price" in text
        assert "{" not in text
        assert "taker_buy" not in text


def test_errors_and_data_check_are_told():
    errors = [
        {"lane": lane, "time": START, "count": 1000 + lane, "why": f"raised: {lane} [not markup]"}
        for lane in range(12)
    ]
    text = printed(make_run(n=12, steps=20, errors=errors, data_check={"gaps": 3, "sources": []}))
    assert "1,003" in text
    assert "3: risk_aversion=0.006579" in text
    assert "raised: 3 [not markup]" in text
    assert f"and {12 - MOST_ERRORS} more lanes" in text
    assert "data check" in text
    assert "gaps" in text


def test_best_first_and_what_varied():
    assert best_first([NAN, 1.0, NAN, 5.0, 1.0]) == [3, 1, 4, 0, 2]
    run = make_run(n=3, steps=5)
    assert run.varied == ["risk_aversion"]
    measured = replace(run, parameters={"a": np.full(3, NAN), "b": np.array([1.0, NAN, 1.0])})
    assert measured.varied == ["b"]


def test_flat_values():
    nested = {"a": {"b": {"c": 1.5}, "d": []}, "e": None, "f": {}, "g": True}
    assert list(flat({"long": "x" * 200})) == [("long", "x" * 160 + "... (200 letters)")]
    assert list(flat(nested)) == [
        ("a.b.c", "1.5"),
        ("a.d", "–"),
        ("e", "–"),
        ("f", "{}"),
        ("g", "True"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (NAN, "–"), (float("inf"), "–"), (9.99999, "10.000"), (-0.5, "-0.5000"),
     (123_456_789.0, "123,456,789"), (1.5e-9, "1.500e-09"), (2e16, "2.000e+16")],
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 s"), (NAN, "–"), (59.96, "1 min 00 s"), (3599.9, "1 h 00 min"), (1.5e-5, "15 µs"),
     (0.9996, "1 s"), (86_400.0 * 2, "2 d 00 h"), (86_399.0 * 2, "2 d 00 h")],
)  # fmt: skip
def test_durations(value, text):
    assert duration(value) == text


def test_spans_over_midnight_have_both_days():
    day = 86_400 * 10**9
    assert span(START, START + day) == "2024-08-08 10:00:00 to 2024-08-09 10:00:00 UTC"


def test_units_of_metrics():
    assert written("drawdown_start", np.datetime64("NaT")) == "–"
    assert written("fills", 1234.0) == "1,234"
    assert written("win_rate", NAN) == "–"
    assert written("bin_seconds", 300.0) == "5 min 00 s"
