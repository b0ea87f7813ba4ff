"""Quote: its record, and what `explain` finds wrong with it."""

from __future__ import annotations

import pickle
from math import inf, nan

import pytest

from halfspread.quote import Quote, explain


def test_sizes_are_one_lot_unless_given():
    assert Quote(99, 101) == (99, 101, 1.0, 1.0)
    assert Quote(bid=99, ask=101, ask_size=2)._asdict() == {
        "bid": 99,
        "ask": 101,
        "bid_size": 1.0,
        "ask_size": 2,
    }


def test_it_stays_a_quote_through_replace_and_pickle():
    quote = Quote(99.0, 101.0)._replace(bid_size=3.0)
    assert repr(pickle.loads(pickle.dumps(quote))) == repr(quote)
    assert isinstance(quote, Quote)


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        (Quote(99.0, 101.0), None),
        (Quote(99.0, 101.0, 0.0, 0.0), None),
        (Quote(-5.0, 0.0), None),
        (Quote(nan, 101.0, 0.0, 1.0), None),
        (Quote(99.0, -inf, 1.0, 0.0), None),
        (Quote(105.0, 101.0, 1.0, 0.0), None),
        (Quote(nan, 101.0), "bid is not finite: nan"),
        (Quote(99.0, inf), "ask is not finite: inf"),
        (Quote(99.0, 101.0, nan, 1.0), "bid_size is not finite: nan"),
        (Quote(99.0, 101.0, 1.0, -2.0), "ask_size must be >= 0, was -2.0"),
        (Quote(99.0, 101.0, 0.5, 1.0), "bid_size is less than one lot: 0.5"),
        (Quote(101.0, 101.0), "crossed: bid 101.0 >= ask 101.0"),
    ],
)
def test_explain(quote, why):
    assert explain(quote) == why
