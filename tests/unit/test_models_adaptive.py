"""adaptive: golden quotes, a lean that stiffens without a jump, sizes, edges, unknown signals."""

from __future__ import annotations

from itertools import pairwise
from math import exp, isnan, nan

import pytest

from halfspread.models import adaptive
from halfspread.models.adaptive import Edges, edges
from halfspread.quote import Quote
from quote_states import STATE

AT = STATE._replace(mid=100.0, inventory=0.0, volatility=0.5, forecast=0.0)
CASE = adaptive(
    half_spread=2, limit=10, volatility_weight=4, strength=0.5, stiffness=3, size=4, growth=0.7
)


@pytest.mark.parametrize(
    ("inventory", "shift"),
    [(-10, 2.0), (-5, 0.4375), (0, 0.0), (5, -0.4375), (10, -2.0), (25, -2.0)],
)
def test_golden_prices(inventory, shift):
    """w = 2 + 4 * 0.5; half way, (0.5 + 3 * 0.125) / 4 of half of it: 0.4375."""
    quote = CASE(AT._replace(inventory=float(inventory)))
    assert (quote.bid, quote.ask) == (96 + shift, 104 + shift)


def test_golden_sizes():
    flat, long, at_limit = (CASE(AT._replace(inventory=q)) for q in (0.0, 8.0, 10.0))
    assert (flat.bid_size, flat.ask_size) == (4, 4)
    assert long.bid_size == pytest.approx(min(2, 4 * exp(-0.56)))
    assert long.ask_size == pytest.approx(4 * exp(0.56))
    assert (at_limit.bid_size, at_limit.ask_size) == (0, pytest.approx(4 * exp(0.7)))


def test_the_lean_has_no_jump():
    """Its predecessor jumps by a twentieth at 0.7 of the limit."""
    bids = [CASE(AT._replace(inventory=7 + q)).bid for q in (-1e-9, 0.0, 1e-9)]
    assert bids[0] == pytest.approx(bids[2], abs=1e-8)


def test_the_lean_stiffens_towards_the_limit():
    bids = [CASE(AT._replace(inventory=float(q))).bid for q in range(11)]
    steps = [before - after for before, after in pairwise(bids)]
    assert steps == sorted(steps)


def test_a_forecast_moves_both_quotes():
    up = CASE(AT._replace(forecast=1.5))
    assert (up.bid, up.ask) == (97.5, 105.5)
    halved = adaptive(half_spread=2, limit=10, volatility_weight=4, forecast_weight=0.5)
    assert halved(AT._replace(forecast=1.5)).ask == 104.75


def test_what_is_not_known():
    assert CASE(AT._replace(forecast=nan)) == CASE(AT)
    assert isnan(CASE(AT._replace(volatility=nan)).bid)


def test_edges_are_against_the_fair_price_and_show_the_lean():
    long = AT._replace(inventory=10.0, forecast=1.0)
    assert edges(CASE(long), long) == Edges(bid=6.0, ask=2.0)
    assert edges(CASE(AT), AT) == Edges(4.0, 4.0)
    assert edges(Quote(99.0, 102.0), AT._replace(forecast=4.0), forecast_weight=0.5) == (3.0, 0.0)
