"""size_by_side: golden sizes, room on each side, and orders of one lot."""

from __future__ import annotations

from math import exp, log

import pytest

from halfspread.inventory import size_by_side
from halfspread.models import fixed_spread
from halfspread.quote import Quote
from quote_states import STATE

INSIDE = fixed_spread(half_spread=4, size=8)


def sizes(inventory, inside=INSIDE, **options):
    quote = size_by_side(inside, **{"limit": 20, "growth": log(2), **options})(
        STATE._replace(mid=100.0, inventory=inventory)
    )
    assert (quote.bid, quote.ask) == (96, 104)
    return quote.bid_size, quote.ask_size


@pytest.mark.parametrize(
    ("inventory", "bid", "ask"),
    [
        (-20, 16, 0),
        (-10, 8 * 2**0.5, 8 / 2**0.5),
        (0, 8, 8),
        (10, 8 / 2**0.5, 8 * 2**0.5),
        (15, 5, 8 * 2**0.75),
        (20, 0, 16),
        (30, 0, 16),
    ],
)
def test_golden_sizes(inventory, bid, ask):
    """At 15 of 20 the bid of 8 / 2^0.75 = 4.76 fits into the room of 5, and at 17 it does not."""
    bid = min(bid, 8 * exp(-log(2) * inventory / 20)) if inventory >= 0 else bid
    assert sizes(float(inventory)) == pytest.approx((bid, ask), rel=1e-14)


def test_the_room_is_of_each_side():
    assert sizes(17.0)[0] == 3.0
    assert sizes(17.0)[1] > 8
    assert sizes(-17.0)[1] == 3.0


def test_the_target_has_the_sizes_of_the_model_inside():
    assert sizes(6.0, target=6) == (8, 8)
    bid, ask = sizes(0.0, target=10)
    assert bid == pytest.approx(8 * 2**0.5)
    assert ask == pytest.approx(8 / 2**0.5)


def test_room_for_less_than_a_lot_is_none():
    assert sizes(19.5)[0] == 0.0
    assert sizes(-19.5)[1] == 0.0
    assert sizes(19.0)[0] == 1.0


def test_no_growth_only_cuts():
    assert sizes(5.0, growth=0) == (8, 8)
    assert sizes(15.0, growth=0) == (5, 8)


def test_an_order_of_one_lot_stays_one():
    one = fixed_spread(half_spread=4, size=1)
    assert sizes(10.0, one) == pytest.approx((1, 2**0.5))
    assert sizes(5.0, one, target=10) == pytest.approx((2**0.25, 1))


def test_what_is_not_quoted_stays_so():
    bid, ask = sizes(3.0, lambda _: Quote(96.0, 104.0, 0.0, 8.0))
    assert bid == 0
    assert ask > 8
