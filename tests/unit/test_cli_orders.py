"""The command line on files of single orders: both kinds of tape, and what each is good for."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from halfspread.cli import app
from order_scripts import BITSTAMP, bitstamp_line


@pytest.fixture
def call(tmp_path, monkeypatch):
    """A command in a folder with a recording of Bitstamp's feed and its instrument."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    Path("raw.log").write_text("".join(bitstamp_line(*said) + "\n" for said in BITSTAMP))
    Path("btc.yaml").write_text("symbol: BTCUSDT\ntick: 0.1\nlot: 0.001\n")

    def called(*words, status=0):
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == status, result.output + repr(result.exception)
        return result.output

    return called


def test_orders_are_kept_or_made_levels(call):
    words = call("import", "auto", "raw.log", "-i", "btc.yaml", "-o", "orders.tape")
    assert "3 level, 1 trade, 3 add, 2 modify, 2 remove" in words
    assert "levels set right" in words
    assert "2 of 2" in words
    assert "Order by order" in call("inspect", "orders.tape")
    facts = json.loads(call("inspect", "orders.tape", "--json"))
    assert facts["of"] == "orders"
    assert facts["rows"]["add"] == 3

    call("import", "bitstamp", "raw.log", "-i", "btc.yaml", "-o", "levels.tape", "--levels")
    by_level = json.loads(call("inspect", "levels.tape", "--json"))
    assert by_level["of"] == "levels"
    assert set(by_level["rows"]) == {"level", "trade"}
    assert by_level["book"] == facts["book"]
    assert by_level["market"] == facts["market"]


def test_a_backtest_of_orders_says_what_to_do(call):
    call("import", "auto", "raw.log", "-i", "btc.yaml", "-o", "orders.tape")
    model = {"model": "fixed_spread", "half_spread": 2}
    Path("c.yaml").write_text(json.dumps({"tape": "orders.tape", "model": model}))
    words = call("backtest", "c.yaml", status=2)
    assert "its levels() can be replayed" in " ".join(words.split())
