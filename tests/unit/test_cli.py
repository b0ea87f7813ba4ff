"""Each command does what its help says; a mistake is one clear line and the status 2."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import halfspread as hs
from halfspread.codecs import FORMATS

COMMANDS = ("demo", "import", "inspect", "backtest", "sweep", "report", "schema")
SYMBOL = "{symbol: XRPUSDT, tick: 0.0001, lot: 0.1}"


@pytest.fixture
def tape(tmp_path):
    return hs.synthetic.tape(tmp_path / "x.tape", events=20_000, seed=1)


def write_config(name="c.yaml", **more):
    data = {
        "tape": "x.tape",
        "model": {"model": "fixed_spread", "half_spread": 2},
        "market": {"latency_ms": 5},
        **more,
    }
    Path(name).write_text(json.dumps(data))
    return name


def book_message(u, kind="delta", bid=1.9537, symbol="XRPUSDT"):
    """A line of Bybit's order-book files."""
    ts = 1733011200000 + 100 * u
    data = {"s": symbol, "b": [[f"{bid}", "10"]], "a": [["1.9538", "20"]], "u": u, "seq": u}
    topic = {
        "topic": f"orderbook.500.{symbol}",
        "type": kind,
        "ts": ts,
        "data": data,
        "cts": ts - 3,
    }
    return json.dumps(topic)


def write_messages(name, first, last, **more):
    kinds = ["snapshot" if u == 1 else "delta" for u in range(first, last + 1)]
    numbered = enumerate(kinds, start=first)
    Path(name).write_text("".join(book_message(u, kind, **more) + "\n" for u, kind in numbered))
    return name


def test_help_lists_the_commands_and_each_has_its_own(call):
    whole = call("--help").output
    for command in COMMANDS:
        assert command in whole
        assert "Usage" in call(command, "--help").output
    for command in COMMANDS:
        assert f"halfspread {command}" in call(command, "--help").output, "no example"


def test_the_help_of_import_names_every_format(call):
    words = call("import", "--help").output
    assert [name for name in FORMATS if name not in words] == []


def test_the_version(call):
    assert call("--version").output == "halfspread 0.1.0\n"


def test_help_is_quick():
    """Nothing heavy is imported for it: Numba alone takes longer."""
    heavy = {"numba", "numpy", "pyarrow", "pydantic", "plotly"}
    code = f"import sys, halfspread.cli; print({heavy} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
    start = time.perf_counter()
    subprocess.check_output([sys.executable, "-m", "halfspread.cli", "--help"])
    assert time.perf_counter() - start < 3


def test_demo_compares_four_makers_and_writes_the_report(call):
    words = call("demo", "--events", 20_000).output
    for maker in ("fixed_spread", "lean(fixed_spread)", "avellaneda_stoikov", "glft"):
        assert maker in words
    assert "half_spread=" not in words, "the comparison names its makers in short"
    assert "wrote report.html" in words
    page = Path("report.html").read_text()
    assert "fixed_spread(half_spread=2.0, size=10.0)" in page, "the page says all of them"
    assert "4 lanes compared" in page


def test_demo_of_one_seed_is_the_same_twice(call):
    one = call("demo", "--events", 20_000, "--seed", 5).output
    assert call("demo", "--events", 20_000, "--seed", 5).output == one
    assert call("demo", "--events", 20_000, "--seed", 6).output != one


def test_import_chains_files_and_prints_a_check(call):
    Path("xrp.yaml").write_text(SYMBOL)
    parts = [write_messages("one.data", 1, 30), write_messages("two.data", 31, 60, bid=1.9536)]
    words = call("import", "auto", *parts, "-i", "xrp.yaml", "-o", "xrp.tape").output
    assert "60 orderbook.500" in words
    assert "Sound" in words
    assert "wrote xrp.tape" in words
    made = hs.open_tape("xrp.tape")
    assert made.venue == "bybit"
    assert [source["name"] for source in made.sources] == parts
    assert made.check["messages"] == {"orderbook.500": 60}
    assert made.instrument == hs.Instrument("XRPUSDT", "0.0001", "0.1")
    named = call("import", "bybit", *parts, "-i", "xrp.yaml", "-o", "named.tape")
    assert "Sound" in named.output
    np.testing.assert_array_equal(hs.open_tape("named.tape").events(), made.events())


def test_import_says_what_strict_would_refuse_and_refuses_it(call):
    Path("xrp.yaml").write_text(SYMBOL)
    parts = [write_messages("one.data", 1, 3), write_messages("two.data", 5, 9)]
    assert "--strict would refuse it: 1 gaps" in (
        call("import", "auto", *parts, "-i", "xrp.yaml", "-o", "x.tape").output
    )
    refused = call("import", "auto", *parts, "-i", "xrp.yaml", "-o", "s.tape", "--strict", status=2)
    assert "error: " in refused.stderr
    assert "1 gaps in the book's updates" in refused.stderr
    assert not Path("s.tape").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("auto", "no.data", "-i", "xrp.yaml", "-o", "x"), "no.data: "),
        (("auto", "xrp.yaml", "-i", "xrp.yaml", "-o", "x"), "xrp.yaml: looks like none of"),
        (("bibyt", "one.data", "-i", "xrp.yaml", "-o", "x"), "format must be one of"),
        (("auto", "one.data", "-i", "no.yaml", "-o", "x"), "no.yaml: No such file"),
        (("auto", "one.data", "-i", "bad.yaml", "-o", "x"), "bad.yaml: instrument: field 'tick'"),
        (("auto", "one.data", "-i", "odd.yaml", "-o", "x"), "odd.yaml: instrument: tick must be"),
        (("auto", "one.data", "-i", "xrp.yaml", "-o", "no/x"), "no/x: "),
        (
            ("auto", "one.data", "-i", "btc.yaml", "-o", "x"),
            "nothing about BTCUSDT; there is XRPUSDT",
        ),
    ],
)
def test_a_failed_import_is_one_line(call, words, why):
    Path("xrp.yaml").write_text(SYMBOL)
    Path("btc.yaml").write_text(SYMBOL.replace("XRP", "BTC"))
    Path("bad.yaml").write_text("symbol: XRPUSDT")
    Path("odd.yaml").write_text("{symbol: XRPUSDT, tick: -1, lot: 1}")
    write_messages("one.data", 1, 3)
    result = call("import", *words, status=2)
    assert result.stderr.startswith("error: ")
    assert why in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_inspect_says_what_is_on_a_tape(call, tape):
    words = call("inspect", "x.tape").output
    for part in ("SYNTHETIC", f"{tape.rows:,} rows", "one tick wide", "last bid", "no data check"):
        assert part in words
    facts = json.loads(call("inspect", "x.tape", "--json").output)
    events = tape.events()
    trades = events[events["kind"] == hs.Kind.trade]
    bought = int(trades["size"][trades["side"] == hs.Side.bid].sum())
    assert facts["rows"]["trade"] == len(trades)
    assert facts["market"]["bought_lots"] == bought
    assert facts["market"]["sold_lots"] == int(trades["size"].sum()) - bought
    assert facts["market"]["spread_ticks_median"] == 1
    assert 0.7 < facts["market"]["spread_one_tick"] < 1
    assert facts["book"]["crossed"] == 0
    assert facts["book"]["final_bid"][0] < facts["book"]["final_ask"][0]


def test_inspect_of_an_inverse_contract_counts_contracts(call, tmp_path):
    instrument = hs.Instrument("BTCUSD_PERP", "0.1", "1", contract_size=100, inverse=True)
    shown = hs.synthetic.tape(events=2000, seed=1).events()
    hs.write_tape(tmp_path / "cm.tape", shown, instrument)
    words = call("inspect", str(tmp_path / "cm.tape")).output
    assert "coins" not in words
    assert words.count("contracts") == 4
    assert "1E+2" not in words


def test_inspect_counts_a_trade_that_came_late_once(call, tmp_path):
    """A row that is out of order on one clock is on the tape twice, once a clock."""
    rows = np.zeros(4, hs.EVENT)
    rows["kind"], rows["side"], rows["price"], rows["size"] = hs.Kind.trade, 1, 100, [1, 2, 4, 8]
    rows["exchange_time"], rows["local_time"] = [10, 30, 20, 40], [50, 60, 70, 80]
    rows["flags"] = hs.Flag.both | hs.Flag.last
    instrument = hs.Instrument("A", "1", "1")
    from halfspread.event import order_rows

    made = hs.write_tape(tmp_path / "late.tape", order_rows(rows), instrument)
    assert made.rows == 5
    facts = json.loads(call("inspect", "late.tape", "--json").output)
    assert facts["market"]["bought_lots"] == 15
    assert facts["market"]["spread_ticks_mean"] is None


def test_inspect_prints_a_check_of_another_make(call, tape):
    notes = {"by": "someone", "gaps": {"book": 2}}
    hs.write_tape("noted.tape", tape.events(), tape.instrument, check=notes)
    words = call("inspect", "noted.tape").output
    assert "gaps.book" in words
    assert "someone" in words


def test_inspect_prints_the_check_made_at_import(call):
    Path("xrp.yaml").write_text(SYMBOL)
    call("import", "auto", write_messages("a.data", 1, 5), "-i", "xrp.yaml", "-o", "xrp.tape")
    words = call("inspect", "xrp.tape").output
    assert "data check at import" in words
    assert "5 orderbook.500" in words
    assert "sha256" in words


@pytest.mark.usefixtures("tape")
def test_backtest_prints_saves_and_reports(call):
    config = write_config(output="runs/kept", report="kept.html")
    words = call("backtest", config).output
    assert "profit" in words
    assert "latency" in words
    assert Path("kept.html").stat().st_size > 1e6
    kept = hs.Run.load("runs/kept")
    twin = hs.backtest(hs.models.fixed_spread(half_spread=2), hs.Replay("x.tape", latency_ms=5))
    assert kept.metrics()["profit"] == twin.metrics()["profit"]
    call("backtest", config, "--output", "other", "--report", "new/folder/other.html")
    assert Path("other/fills.parquet").exists()
    assert Path("new/folder/other.html").exists()


@pytest.mark.usefixtures("tape")
def test_backtest_json_is_json_only(call):
    result = call("backtest", write_config(), "--json")
    data = json.loads(result.stdout)
    assert data["lanes"] == 1
    assert data["assumptions"]["latency"] == "5 ms out, 5 ms back"
    assert data["metrics"]["fills"][0] > 0


@pytest.mark.usefixtures("tape")
def test_backtest_tells_a_model_that_fails_without_a_python_warning(call, recwarn):
    model = {"model": "glft", "risk_aversion": 1e300, "size": 1e9}
    result = call("backtest", write_config(model=model, market={"orders": {"levels": 2}}))
    assert not [w for w in recwarn if issubclass(w.category, UserWarning)]
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("tape")
def test_sweep_compares_lanes_and_writes_their_table_and_heat_map(call):
    config = write_config(sweep={"half_spread": [1, 2, 3], "size": [1, 5]})
    words = call("sweep", config, "-o", "out").output
    assert "6 lanes" in words
    table = pq.read_table("out/lanes.parquet").to_pandas()
    assert len(table) == 6
    assert list(zip(table["half_spread"], table["size"], strict=True))[:3] == [
        (1, 1),
        (1, 5),
        (2, 1),
    ]
    assert "half_spread" in Path("out/heat_map.html").read_text()
    alone = hs.backtest(
        hs.models.fixed_spread(half_spread=2, size=5), hs.Replay("x.tape", latency_ms=5)
    )
    assert table["profit"][3] == alone.metrics()["profit"]
    data = json.loads(call("sweep", config, "--json").stdout)
    assert data["lanes"] == 6


@pytest.mark.usefixtures("tape")
def test_a_sweep_of_one_parameter_has_no_heat_map_and_of_none_no_sense(call):
    call("sweep", write_config(sweep={"half_spread": [1, 2]}), "-o", "out")
    assert Path("out/lanes.parquet").exists()
    assert not Path("out/heat_map.html").exists()
    assert "nothing to sweep" in call("sweep", write_config(), status=2).stderr


@pytest.mark.usefixtures("tape")
def test_report_makes_the_page_of_a_saved_run(call):
    call(
        "backtest", write_config(model={"model": "fixed_spread", "half_spread": [1, 2]}), "-o", "r"
    )
    call("report", "r")
    assert Path("r/report.html").exists()
    call("report", "r", "-o", "one.html", "--lane", 1)
    assert "Lane 1" in Path("one.html").read_text()
    assert "lane must be in 0..1" in call("report", "r", "--lane", 7, status=2).stderr


def test_schema_prints_the_schema(call):
    from halfspread.config import schema

    assert json.loads(call("schema").output) == schema()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("inspect", "no.tape"), "no.tape: "),
        (("inspect", "text.tape"), "text.tape: "),
        (("backtest", "no.yaml"), "no.yaml: No such file"),
        (("backtest", "bad.yaml"), "bad.yaml: market.orders.inventry_limit: unknown field"),
        (("backtest", "good.yaml"), "x.tape: "),
        (("report", "nowhere"), "nowhere holds no saved run"),
        (("demo", "--events", "3"), "synthetic: events must be >= 400, was 3"),
        (("demo", "--report", "text.tape/r.html"), "--report: can't write text.tape/r.html"),
        (("demo", "--report", "."), "--report: can't write .: it is a folder"),
        (("backtest", "good.yaml", "--report", "text.tape/r"), "--report: can't write text.tape/r"),
        (("sweep", "sweep.yaml", "--output", "text.tape"), "--output: can't write text.tape"),
    ],
)
def test_a_mistake_is_one_line_on_standard_error(call, words, why):
    Path("text.tape").write_text("no tape at all")
    write_config("good.yaml")
    write_config("sweep.yaml", sweep={"half_spread": [1, 2]})
    write_config("bad.yaml", market={"orders": {"inventry_limit": 3}})
    result = call(*words, status=2)
    assert result.stderr.startswith("error: ")
    assert why in result.stderr
    assert result.stderr.count("\n") == 1


def test_debug_shows_the_traceback(call):
    result = call("--debug", "report", "nowhere", status=1)
    assert isinstance(result.exception, hs.ConfigError)


def test_wrong_words_are_a_usage_error(call):
    assert "Usage" in call("backtest", status=2).stderr
    assert "No such command" in call("bcktest", status=2).stderr


def test_a_closed_pipe_is_no_error(tape):
    command = f"{sys.executable} -m halfspread.cli inspect x.tape --json | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=os.path.dirname(tape.path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""
