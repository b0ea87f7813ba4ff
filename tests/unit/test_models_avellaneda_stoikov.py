"""Avellaneda-Stoikov: which numbers it reads, and where it stops."""

from __future__ import annotations

import re
from math import log, nan
from pathlib import Path

import pytest

from halfspread.errors import ConfigError
from halfspread.models import avellaneda_stoikov, avellaneda_stoikov_infinite
from quote_states import STATE


def test_a_worked_example():
    """g = 0.01, s = 0.3, t = 20, k = 0.3, D = 2, q = 3: a risk of 0.018 ticks a lot."""
    quote = avellaneda_stoikov(risk_aversion=0.01, size=2)(STATE)
    half_spread = 0.018 + log(1 + 0.02 / 0.3) / 0.02
    assert quote.bid == pytest.approx(1000.5 - 3 * 0.018 - half_spread, rel=1e-14)
    assert quote.ask == pytest.approx(1000.5 - 3 * 0.018 + half_spread, rel=1e-14)
    assert (quote.bid_size, quote.ask_size) == (2, 2)


def test_at_the_horizon_it_does_not_lean():
    quote = avellaneda_stoikov(risk_aversion=0.1, fill_decay=1.5)(STATE._replace(time_left=0.0))
    assert quote.bid + quote.ask == pytest.approx(2 * STATE.mid, rel=1e-15)


def test_little_aversion_quotes_the_distance_that_earns_most():
    quote = avellaneda_stoikov(risk_aversion=1e-12, fill_decay=0.5)(STATE)
    assert quote.ask - quote.bid == pytest.approx(2 / 0.5, rel=1e-9)


def test_an_unmeasured_signal_makes_no_quote():
    unmeasured = STATE._replace(volatility=nan)
    quote = avellaneda_stoikov(risk_aversion=0.1)(unmeasured)
    assert quote.bid != quote.bid
    given = avellaneda_stoikov(risk_aversion=0.1, volatility=STATE.volatility)
    assert given(unmeasured) == given(STATE)


def test_the_infinite_horizon_reads_no_signal_but_mid_and_inventory():
    case = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=5)
    blind = STATE._make([nan] * len(STATE))._replace(mid=STATE.mid, inventory=STATE.inventory)
    assert case(blind) == case(STATE)


def test_the_page_says_what_the_infinite_horizon_quotes():
    page = Path(__file__).resolve().parents[2] / "docs/models/avellaneda_stoikov.md"
    said = dict(re.findall(r"^    (bid|ask) = (.*)$", page.read_text(), re.MULTILINE))
    case = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=10)
    for q in range(-9, 10):
        quote = case(STATE._replace(mid=0.0, inventory=float(q)))
        names = {"mid": 0.0, "log": log, "q": q, "Q": 10, "g": 0.1}
        for side, formula in said.items():
            told = eval(formula.replace("^", "**").replace("2 q", "2 * q"), names)
            assert getattr(quote, side) == pytest.approx(told, rel=1e-13)
    long = case(STATE._replace(mid=0.0, inventory=3.0))
    assert (long.bid, long.ask) == pytest.approx((-0.6454, -0.4368), abs=5e-5)


def test_the_infinite_horizon_needs_a_limit():
    with pytest.raises(ConfigError, match="'max_inventory' is missing"):
        avellaneda_stoikov_infinite(risk_aversion=0.1)
