"""The leans: golden quotes at five inventories, bounds, and sides that are not quoted."""

from __future__ import annotations

from itertools import pairwise
from math import exp, inf, nan

import pytest

from halfspread.inventory import lean, lean_exponential, lean_tiered
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
def test_with_one_price_its_distance_from_the_mid_is_the_half_spread(unquoted):
    state = STATE._replace(mid=100.0, inventory=10.0)
    only_ask = lean(lambda _: Quote(unquoted, 104.0, 0.0, 1.0), strength=0.5, limit=10)(state)
    assert (only_ask.ask, only_ask.bid_size, only_ask.ask_size) == (102.0, 0.0, 1.0)
    only_bid = lean(lambda _: Quote(96.0, unquoted, 1.0, 0.0), strength=0.5, limit=10)(state)
    assert (only_bid.bid, only_bid.bid_size, only_bid.ask_size) == (94.0, 1.0, 0.0)


def test_a_side_of_no_size_may_still_have_a_price():
    """Otherwise a model that stops a side at its limit would lean less there than before it."""
    state = STATE._replace(mid=100.0, inventory=10.0)
    one_sided = lean(lambda _: Quote(92.0, 102.0, 0.0, 1.0), strength=0.5, limit=10)(state)
    assert one_sided == Quote(89.5, 99.5, 0.0, 1.0)


def test_around_a_model_at_its_limit_the_reducing_side_stays():
    inside = avellaneda_stoikov_infinite(risk_aversion=0.1, max_inventory=10)
    quote = lean(inside, strength=0.5, limit=10)(STATE._replace(inventory=12.0))
    assert quote.bid_size == 0
    assert quote.ask < STATE.mid


def quoted(leaning, inventory, **options):
    state = STATE._replace(mid=100.0, inventory=inventory, steady_inventory=inventory)
    return leaning(INSIDE, strength=0.5, limit=10, **options)(state)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(
    ("leaning", "half_way"),
    [(lean, 1.0), (lean_exponential, 2 / (exp(1.5) + 1)), (lean_tiered, 2 * 0.6 / 1.9)],
)
def test_golden_quotes_of_the_three_leans(leaning, half_way, sign):
    """(e^1.5 - 1) / (e^3 - 1) is 1 / (e^1.5 + 1); 0.4 + 2 * 0.1 of 0.4 + 2 * 0.3 + 3 * 0.3."""
    assert quoted(leaning, 0.0) == Quote(96, 104, 2, 2)
    for inventory, shift in ((5.0, half_way), (10.0, 2.0), (25.0, 2.0)):
        quote = quoted(leaning, sign * inventory)
        assert quote.bid == pytest.approx(96 - sign * shift, rel=1e-14)
        assert quote.ask == pytest.approx(104 - sign * shift, rel=1e-14)


@pytest.mark.parametrize("leaning", [lean, lean_exponential, lean_tiered])
def test_each_leans_about_its_target(leaning):
    assert quoted(leaning, 5.0, target=5) == Quote(96, 104, 2, 2)
    assert quoted(leaning, 10.0, target=5) == quoted(leaning, 5.0)


def test_exponential_is_steeper_the_larger_the_inventory():
    shifts = [96 - quoted(lean_exponential, float(q)).bid for q in range(11)]
    steps = [after - before for before, after in pairwise(shifts)]
    assert steps == sorted(steps)
    assert steps[-1] > 2 * (2 / 10) > 0.5 * (2 / 10) > steps[0]


def test_exponential_of_any_curvature_is_finite():
    assert quoted(lean_exponential, 9.0, curvature=5000) == Quote(96, 104, 2, 2)
    almost_straight = quoted(lean_exponential, 5.0, curvature=1e-9)
    assert almost_straight.bid == pytest.approx(95, abs=1e-8)


def test_tiers_are_continuous_where_they_meet():
    for tier in (4.0, 7.0):
        below, above = quoted(lean_tiered, tier - 1e-9), quoted(lean_tiered, tier + 1e-9)
        assert below.bid == pytest.approx(above.bid, abs=1e-8)


def test_tiers_read_the_steady_inventory():
    state = STATE._replace(mid=100.0, inventory=6.0, steady_inventory=10.0)
    assert lean_tiered(INSIDE, strength=0.5, limit=10)(state) == Quote(94, 102, 2, 2)


def test_tiers_in_the_wrong_order_leave_out_the_second():
    mixed = quoted(lean_tiered, 8.0, first_tier=0.7, second_tier=0.4)
    without = quoted(lean_tiered, 8.0, first_tier=0.7, second_tier=0.7)
    assert mixed == without
