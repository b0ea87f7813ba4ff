"""lean: golden quotes at five inventories, its bounds, and sides that are not quoted."""

from __future__ import annotations

from math import inf, nan

import pytest

from halfspread.inventory import lean
from halfspread.models import avellaneda_stoikov_infinite, fixed_spread
from halfspread.quote import Quote
from quote_states import STATE

INSIDE = fixed_spread(half_spread=4, size=2)


@pytest.mark.parametrize(
    ("inventory", "bid", "ask"),
    [
        (-20, 98, 106),
        (-10, 98, 106),
        (-5, 97, 105),
        (0, 96, 104),
        (5, 95, 103),
        (10, 94, 102),
        (20, 94, 102),
    ],
)
def test_golden_quotes(inventory, bid, ask):
    """Half a half spread at 10 lots, and no more beyond."""
    state = STATE._replace(mid=100.0, inventory=float(inventory))
    assert lean(INSIDE, strength=0.5, limit=10)(state) == Quote(bid, ask, 2.0, 2.0)


def test_a_target_moves_the_middle():
    state = STATE._replace(mid=100.0, inventory=5.0)
    assert lean(INSIDE, strength=0.5, limit=10, target=5)(state) == INSIDE(state)
    assert lean(INSIDE, strength=0.5, limit=10, target=10)(state) == Quote(97, 105, 2, 2)


@pytest.mark.parametrize("unquoted", [nan, inf, -inf, 0.0])
def test_with_one_side_quoted_its_distance_from_the_mid_is_the_half_spread(unquoted):
    state = STATE._replace(mid=100.0, inventory=10.0)
    only_ask = lean(lambda _: Quote(unquoted, 104.0, 0.0, 1.0), strength=0.5, limit=10)(state)
    assert (only_ask.ask, only_ask.bid_size, only_ask.ask_size) == (102.0, 0.0, 1.0)
    only_bid = lean(lambda _: Quote(96.0, unquoted, 1.0, 0.0), strength=0.5, limit=10)(state)
    assert (only_bid.bid, only_bid.bid_size, only_bid.ask_size) == (94.0, 1.0, 0.0)


def test_around_a_model_at_its_limit_the_reducing_side_stays():
    inside = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=10)
    quote = lean(inside, strength=0.5, limit=10)(STATE._replace(inventory=12.0))
    assert quote.bid_size == 0
    assert quote.ask < STATE.mid
