"""The command line on files of single orders: both kinds of tape, and what each is good for."""

import json
from pathlib import Path

import pytest

from order_scripts import BITSTAMP, bitstamp_line


@pytest.fixture
def told(call):
    """What a command prints in a folder with a recording of Bitstamp's feed and its instrument."""
    Path("raw.log").write_text("".join(bitstamp_line(*said) + "\n" for said in BITSTAMP))
    Path("btc.yaml").write_text("symbol: BTCUSDT\ntick: 0.1\nlot: 0.001\n")
    return lambda *words, status=0: call(*words, status=status).output


def test_orders_are_kept_or_made_levels(told):
    words = told("import", "auto", "raw.log", "-i", "btc.yaml", "-o", "orders.tape")
    assert "3 level, 1 trade, 3 add, 2 modify, 2 remove" in words
    assert "levels set right" in words
    assert "2 of 2" in words
    assert "Order by order" in told("inspect", "orders.tape")
    facts = json.loads(told("inspect", "orders.tape", "--json"))
    assert facts["of"] == "orders"
    assert facts["rows"]["add"] == 3

    told("import", "bitstamp", "raw.log", "-i", "btc.yaml", "-o", "levels.tape", "--levels")
    by_level = json.loads(told("inspect", "levels.tape", "--json"))
    assert by_level["of"] == "levels"
    assert set(by_level["rows"]) == {"level", "trade"}
    assert by_level["book"] == facts["book"]
    assert by_level["market"] == facts["market"]


def test_a_backtest_of_orders_says_what_to_do(told):
    told("import", "auto", "raw.log", "-i", "btc.yaml", "-o", "orders.tape")
    model = {"model": "fixed_spread", "half_spread": 2}
    Path("c.yaml").write_text(json.dumps({"tape": "orders.tape", "model": model}))
    words = told("backtest", "c.yaml", status=2)
    assert "its levels() can be replayed" in " ".join(words.split())
