"""Pure market making: golden quotes around the mid, the micro-price and the touch."""

from __future__ import annotations

from math import nan

import pytest

from halfspread.inventory import lean
from halfspread.models import pure_market_making, touch_market_making
from halfspread.quote import Quote
from quote_states import STATE

AT = STATE._replace(mid=10_000.0, bid=9_998.0, ask=10_002.0, micro_price=10_001.0)


def test_a_fraction_of_the_price_around_the_mid():
    assert pure_market_making(spread_bps=8, size=3)(AT) == Quote(9_996.0, 10_004.0, 3.0, 3.0)
    assert pure_market_making(spread_bps=8)(AT._replace(inventory=-50.0)).bid == 9_996.0


def test_the_spread_is_no_narrower_than_its_minimum():
    assert pure_market_making(spread_bps=0.1, minimum_spread=2)(AT) == Quote(9_999.0, 10_001.0)
    assert pure_market_making(spread_bps=0.1)(AT) == Quote(9_999.5, 10_000.5)


@pytest.mark.parametrize(("weight", "centre"), [(0.0, 10_000), (1.0, 10_001), (0.5, 10_000.5)])
def test_the_reference_is_between_the_mid_and_the_micro_price(weight, centre):
    quote = pure_market_making(spread_bps=2, micro_weight=weight)(AT)
    assert quote == Quote(centre - 1.0, centre + 1.0)


def test_the_micro_price_is_not_read_without_its_weight():
    assert pure_market_making(spread_bps=2)(AT._replace(micro_price=nan)).bid == 9_999.0


@pytest.mark.parametrize(
    ("offset", "bid", "ask"), [(0, 9998, 10_002), (3, 9995, 10_005), (-1, 9999, 10_001)]
)
def test_a_distance_from_the_touch(offset, bid, ask):
    assert touch_market_making(offset=offset, size=2)(AT) == Quote(bid, ask, 2.0, 2.0)


def test_before_the_touch_it_keeps_its_minimum():
    assert touch_market_making(offset=-9, minimum_spread=3)(AT) == Quote(9_998.5, 10_001.5)


def test_a_skew_comes_from_a_lean_around_it():
    leaning = lean(pure_market_making(spread_bps=8), strength=0.5, limit=10)
    assert leaning(AT._replace(inventory=10.0)) == Quote(9_994.0, 10_002.0)
