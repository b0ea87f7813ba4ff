"""fixed_spread: golden quotes."""

from __future__ import annotations

from halfspread.models import fixed_spread
from halfspread.quote import Quote
from quote_states import STATE


def test_it_stands_around_the_mid_whatever_the_inventory():
    case = fixed_spread(half_spread=2.5, size=3)
    assert case(STATE) == Quote(998.0, 1003.0, 3.0, 3.0)
    assert case(STATE._replace(inventory=-1000.0)) == case(STATE)
