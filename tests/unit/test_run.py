"""A run: what it takes, its lanes, its tables, its files."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from halfspread.errors import ConfigError
from halfspread.evaluate import Run
from halfspread.evaluate.files import FILES
from halfspread.evaluate.metrics import HORIZONS
from halfspread.evaluate.run import BY_LANE
from halfspread.quote import Quote, QuoteState
from runs import INVERSE, START, make_run, one_fill, same

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def run():
    return make_run(n=3, seed=1, steps=400)


def test_it_says_what_it_is(run):
    assert repr(run) == (
        "Run(BTCUSDT: 3 lanes, 2024-08-08 10:00:00 to 10:00:39 UTC, "
        f"{len(run.fills['lane'])} fills)"
    )
    assert (run.n, make_run(steps=5).n) == (3, 1)
    assert (run.money_unit, one_fill(INVERSE).money_unit) == ("quote currency", "base coin")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fills": {"price": [1]}}, "fills: column 'exchange_time' is missing"),
        ({"path": {"time": [1]}}, "path: column 'mid' is missing"),
        ({"counters": {}}, "counters: column 'accepted' is missing"),
        ({"parameters": {"gamma": np.zeros(2)}}, r"gamma must have shape \(3,\), had \(2,\)"),
    ],
)
def test_what_is_wrong_is_named(run, change, words):
    with pytest.raises(ConfigError, match=words):
        replace(run, **change)


def test_columns_must_fit_each_other(run):
    with pytest.raises(ConfigError, match="fills: columns must be of equal length"):
        replace(run, fills={**run.fills, "fee": np.zeros(2)})
    with pytest.raises(ConfigError, match="path: bid must have shape"):
        replace(run, path={**run.path, "bid": run.path["bid"][:-1]})
    with pytest.raises(ConfigError, match=r"lane must be in 0\.\.2, was 3"):
        run.lane(3)
    with pytest.raises(ConfigError, match="was -1"):
        run.metrics(-1)


def test_a_lane_is_as_if_it_had_been_alone(run):
    lane = run.lane(1)
    assert lane.n == 1
    mine = run.fills["lane"] == 1
    assert np.array_equal(lane.fills["price"], run.fills["price"][mine])
    assert not lane.fills["lane"].any()
    for name in BY_LANE:
        assert np.array_equal(lane.path[name][:, 0], run.path[name][:, 1], equal_nan=True)
    assert lane.parameters["risk_aversion"] == run.parameters["risk_aversion"][1]
    assert lane.counters["fills"] == mine.sum()
    assert lane.assumptions == run.all_assumptions


def test_a_lane_is_named_by_what_varies():
    run = make_run(n=2, steps=5)
    assert run.varied == ["risk_aversion"]
    assert run.lane_names == ["risk_aversion=0.001", "risk_aversion=1"]
    assert run.lane(1).lane_names == ["risk_aversion=1"]
    for name, absent in (("fill_decay", "measured"), ("fill_aversion", "not given")):
        both = {"risk_aversion": np.array([1.0, 2.0]), name: np.array([np.nan, 0.5])}
        named = replace(run, parameters=both).lane_names
        assert named == [f"risk_aversion=1, {name}={absent}", f"risk_aversion=2, {name}=0.5"]
    assert replace(run, names=("calm", "wild")).lane(1).lane_names == ["wild"]
    assert replace(run, parameters={}).lane_names == ["", ""]
    glft = replace(run, parameters={}, assumptions={"model": "glft(risk_aversion=0.1)"})
    assert glft.lane_names == ["glft", "glft"]
    with pytest.raises(ConfigError, match="names: there must be 2, were 1"):
        replace(run, names=("calm",))


def test_the_errors_of_a_lane():
    errors = [{"lane": 2, "time": START, "count": 3, "why": "crossed"}]
    run = make_run(n=3, steps=10, errors=errors)
    assert run.lane(2).errors == [{**errors[0], "lane": 0}]
    assert run.lane(1).errors == []


def test_table_has_a_row_a_lane(run):
    table = run.table()
    assert table.num_rows == 3
    assert table["lane"].to_pylist() == [0, 1, 2]
    assert table["name"].to_pylist() == run.lane_names
    assert table["risk_aversion"].to_pylist() == pytest.approx(
        list(run.parameters["risk_aversion"])
    )
    assert table["profit"].to_pylist() == [run.metrics(lane)["profit"] for lane in range(3)]
    assert table.schema.field("drawdown_start").type == pa.timestamp("ns", "UTC")


def test_a_parameter_named_like_a_metric_is_told_apart():
    table = make_run(n=2, steps=20, parameters={"fees": np.array([1.0, 2.0])}).table()
    assert table["parameter_fees"].to_pylist() == [1.0, 2.0]
    assert "fees" in table.column_names


def test_fills_are_in_prices_and_coins(run):
    table = run.fills_table()
    row = table.slice(5, 1).to_pylist()[0]
    fills = {name: column[5] for name, column in run.fills.items()}
    assert row["price"] == run.instrument.price(fills["price"])
    assert row["size"] == run.instrument.size(fills["size"])
    assert row["side"] == ("buy" if fills["side"] > 0 else "sell")
    assert row["exchange_time"].value == fills["exchange_time"]
    assert row["mid_after_1s"] == pytest.approx(run.instrument.price(run.mids_after[5, 1]))
    assert table["mid_after_60s"].null_count == table.num_rows  # the data end before


def test_the_path_is_long(run):
    table = run.path_table()
    assert table.num_rows == 400 * 3
    row = table.slice(7 * 3 + 2, 1).to_pylist()[0]
    assert (row["lane"], row["time"].value) == (2, run.path["time"][7])
    assert row["wealth"] == run.path["wealth"][7, 2]
    assert table["bid"].null_count == np.isnan(run.path["bid"]).sum()


@pytest.mark.parametrize("fields", [{}, {"instrument": INVERSE}, {"one_sided": 0.2}])
def test_saved_and_loaded_it_is_the_same(tmp_path, fields):
    state = QuoteState(*range(len(QuoteState._fields)))
    errors = [{"lane": 1, "time": START, "count": 2, "why": "crossed", "state": state}]
    run = make_run(n=3, seed=2, steps=300, errors=errors, data_check={"gaps": 0}, **fields)
    loaded = Run.load(run.save(tmp_path / "deep" / "run"))
    assert same(run.fills, loaded.fills, without=("mid_after",))
    assert same(run.path, loaded.path)
    assert same(run.counters, loaded.counters)
    assert same(run.parameters, loaded.parameters)
    assert np.array_equal(run.mids_after, loaded.mids_after, equal_nan=True)
    assert loaded.all_assumptions == run.all_assumptions
    assert loaded.data_check == {"gaps": 0}
    assert loaded.lane_names == run.lane_names
    assert loaded.errors[0]["state"]["mid"] == 1
    assert run.to_json() == loaded.to_json()


def test_saved_without_fills(tmp_path):
    loaded = Run.load(make_run(fill_chance=0.0, steps=20).save(tmp_path))
    assert len(loaded.fills["price"]) == 0
    assert loaded.metrics()["profit"] == 0


def test_what_cannot_be_loaded_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"holds no saved run: run\.json is missing"):
        Run.load(tmp_path)
    run = make_run(steps=20)
    run.save(tmp_path)
    (tmp_path / "path.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(ConfigError, match=r"path\.parquet is not of the run"):
        Run.load(tmp_path)
    data = json.loads(run.to_json())
    (tmp_path / "run.json").write_text(json.dumps(data))
    with pytest.raises(ConfigError, match=r"path\.parquet is not part of a saved run"):
        Run.load(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({**data, "format_version": 9}))
    with pytest.raises(ConfigError, match="format_version must be 1, was 9"):
        Run.load(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(ConfigError, match=r"run\.json is not part of a saved run"):
        Run.load(tmp_path)


def test_files_of_two_runs_are_not_taken_for_one(tmp_path):
    for seed in (1, 2):
        make_run(steps=50, seed=seed).save(tmp_path / str(seed))
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == sorted(FILES)
    for name in ("fills.parquet", "path.parquet"):
        kept = (tmp_path / "1" / name).read_bytes()
        (tmp_path / "1" / name).write_bytes((tmp_path / "2" / name).read_bytes())
        with pytest.raises(ConfigError, match=f"{name} is not of the run that run.json is of"):
            Run.load(tmp_path / "1")
        (tmp_path / "1" / name).write_bytes(kept)
    Run.load(tmp_path / "1")


def test_a_page_that_can_not_be_written_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"report: can't write .*: No such file or directory"):
        make_run(steps=20).report(tmp_path / "no" / "page.html")


def test_files_are_read_by_others(tmp_path):
    run = make_run(n=2, steps=50, seed=3)
    run.save(tmp_path)
    assert pq.read_table(tmp_path / "fills.parquet").num_rows == len(run.fills["price"])
    data = json.loads((tmp_path / "run.json").read_text())
    assert data["lanes"] == 2
    assert data["metrics"]["profit"] == run.table()["profit"].to_pylist()


def test_json_says_null_where_nothing_is_known():
    errors = [{"lane": 0, "time": 1, "count": 1, "why": "crossed", "quote": Quote(2.0, np.nan)}]
    data = json.loads(make_run(fill_chance=0.0, steps=20, errors=errors).to_json())
    assert data["metrics"]["sharpe"] == [None]
    assert data["metrics"]["drawdown_start"] == [None]
    assert data["errors"][0]["quote"] == {"bid": 2.0, "ask": None, "bid_size": 1.0, "ask_size": 1.0}


def test_mids_after_ask_the_market_once():
    run, asked = make_run(n=4, seed=4, steps=900), []
    moments = replace(run, mid_at=lambda times: asked.append(times) or run.mid_at(times))
    moments.table()
    assert len(asked) == 1
    assert (np.diff(asked[0]) > 0).all()


def test_mids_after_the_end_are_unknown():
    run = one_fill()
    moved = {**run.fills, "exchange_time": run.path["time"][-1:] - 10 * SECOND}
    exact = replace(run, fills=moved, mid_at=lambda times: np.full(len(times), 990.5))
    assert np.isfinite(exact.mids_after).tolist() == [[True, True, True, False, False]]


def test_without_a_market_mids_are_the_paths():
    run = one_fill()
    assert np.isnan(run.mids_after[0, 0])  # 0.1 s, on a path with a sample a second
    assert run.mids_after[0, 1:].tolist() == [1000.0, 1000.0, 1000.0, 990.5]
    assert "the last mid of the path, sampled every 1 s" in run.all_assumptions["mark_outs"]
    exact = make_run(steps=50)
    assert "at the venue" in exact.all_assumptions["mark_outs"]
    assert HORIZONS[0] == 0.1


def test_a_fill_before_the_first_sample_has_no_mid():
    run = one_fill()
    early = {**run.fills, "exchange_time": np.array([START - 2 * SECOND])}
    assert np.isnan(replace(run, fills=early).mids_after[0, 1])


def test_lanes_without_fills_are_measured_by_path_and_counters():
    full = make_run(n=2, seed=5, steps=600)
    spread = np.array([full.metrics(lane)["profit_spread"] for lane in range(2)])
    none = {name: column[:0] for name, column in full.fills.items()}
    bare = replace(full, fills=none, counters={**full.counters, "spread": spread})
    assert not bare.keeps_fills
    assert full.keeps_fills
    for lane in range(2):
        mine, whole = bare.metrics(lane), full.metrics(lane)
        for name in ("profit", "profit_spread", "profit_inventory", "fees", "volume", "fills"):
            assert mine[name] == pytest.approx(whole[name])
        for name in ("sharpe", "max_drawdown", "peak_inventory", "quoted_half_spread"):
            assert mine[name] == whole[name]
        for name in ("turnover", "profit_bp", "markout_1s", "win_rate", "fill_rate"):
            assert np.isnan(mine[name])


def test_a_path_without_samples():
    run = one_fill()
    none = {name: column[:0] for name, column in run.path.items()}
    empty = replace(run, path=none, fills={k: v[:0] for k, v in run.fills.items()})
    empty = replace(empty, counters={name: 0 * column for name, column in run.counters.items()})
    found = empty.metrics()
    assert found["profit"] == 0
    assert np.isnan(found["seconds"])
    assert empty.when == "–"
    assert empty.path_table().num_rows == 0
