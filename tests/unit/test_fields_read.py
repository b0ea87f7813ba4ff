"""What a function is said to read of its state is never less than what it reads."""

import pytest

from halfspread import Quote, QuoteState
from halfspread.fields_read import ALL_FIELDS, fields_read
from halfspread.inventory import lean
from halfspread.models import avellaneda_stoikov, glft


def by_name(state, half_spread):
    return Quote(state.mid - half_spread, state.ask + state.volatility)


def in_a_branch(state):
    if state.inventory > 0:
        return Quote(state.bid, state.mid)
    return Quote(state.micro_price, state.ask)


def after_a_quote(quote, state):
    return Quote(quote.bid, quote.ask - state.fill_decay)


def given_away(state):
    return by_name(state, 1.0)


def by_number(state):
    return Quote(state[3], state[4])


def kept(state):
    same = state
    return Quote(same.bid, same.ask)


def taken_apart(state):
    _, mid, *_ = state
    return Quote(mid, mid)


def in_a_closure(state):
    return Quote(*(state.mid + side for side in (-1, 1)))


def by_method(state):
    return Quote(*state._replace(mid=1.0)[1:3])


def chosen(state, other):
    return Quote((state if other > 0 else other).bid, 1.0)


@pytest.mark.parametrize(
    ("function", "position", "fields"),
    [
        (by_name, 0, {"mid", "ask", "volatility"}),
        (in_a_branch, 0, {"inventory", "bid", "mid", "micro_price", "ask"}),
        (after_a_quote, 1, {"fill_decay"}),
    ],
)
def test_fields_read_by_name_are_known(function, position, fields):
    assert fields_read(function, position) == fields


@pytest.mark.parametrize(
    "function",
    [given_away, by_number, kept, taken_apart, in_a_closure, by_method, chosen, lambda *a: a[0]],
)
def test_whoever_does_more_with_its_state_may_read_all_of_it(function):
    assert fields_read(function, 0) == ALL_FIELDS


def test_a_model_reads_what_its_layers_read():
    inner = avellaneda_stoikov(risk_aversion=0.1, volatility=1.0, fill_decay=0.5)
    assert "fill_intensity" not in inner.compiled().fields
    assert "time_left" in inner.compiled().fields
    assert "inventory" in lean(inner, strength=1, limit=5).compiled().fields
    assert {"fill_intensity", "fill_decay"} <= glft(risk_aversion=0.1).compiled().fields
    assert set(QuoteState._fields) == ALL_FIELDS
