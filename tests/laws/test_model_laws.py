"""Laws of the shipped models: units, symmetry, the sign of the lean, and the limits between them.

Every depth is taken at a mid of 0, so that nothing is lost to rounding.
"""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from halfspread.inventory import lean
from halfspread.modelling import BoundModel
from halfspread.models import (
    avellaneda_stoikov,
    avellaneda_stoikov_infinite,
    fixed_spread,
    glft,
    glft_tanh,
)
from halfspread.quote import QuoteState
from quote_states import STATE, depths

CLOSE = {"rel": 1e-10, "abs": 1e-12}

number = some.floats
aversions = number(1e-4, 2.0)
sizes = number(0.1, 20.0)
inventories = number(-30.0, 30.0)


@some.composite
def states(draw) -> QuoteState:
    return STATE._replace(
        mid=0.0,
        inventory=draw(inventories),
        volatility=draw(number(0.01, 5.0)),
        fill_intensity=draw(number(0.01, 50.0)),
        fill_decay=draw(number(0.05, 3.0)),
        time_left=draw(number(0.0, 100.0)),
    )


MEASURING = [avellaneda_stoikov, glft, glft_tanh]
"""The models whose units are tied together by sigma, A and k."""

AVERSE = [*MEASURING, avellaneda_stoikov_infinite]


def bind(definition, aversion, size=1.0, scale=1.0) -> BoundModel:
    more = {"max_inventory": 40.0 * scale} if definition is avellaneda_stoikov_infinite else {}
    return definition(risk_aversion=aversion, size=size, **more)


def at(model, state, inventory) -> tuple[float, float]:
    return depths(model(state._replace(inventory=inventory)), 0.0)


@pytest.mark.parametrize("definition", MEASURING)
@given(state=states(), aversion=aversions, size=sizes, factor=number(0.01, 100.0))
def test_depths_scale_with_the_unit_of_price(definition, state, aversion, size, factor):
    other = state._replace(
        volatility=state.volatility * factor, fill_decay=state.fill_decay / factor
    )
    here = depths(bind(definition, aversion, size)(state), 0.0)
    there = depths(bind(definition, aversion / factor, size)(other), 0.0)
    assert there == pytest.approx([factor * depth for depth in here], **CLOSE)


@pytest.mark.parametrize("definition", MEASURING)
@given(state=states(), aversion=aversions, size=sizes)
def test_depths_do_not_know_seconds_from_minutes(definition, state, aversion, size):
    other = state._replace(
        volatility=state.volatility * 60**0.5,
        fill_intensity=state.fill_intensity * 60,
        time_left=state.time_left / 60,
    )
    model = bind(definition, aversion, size)
    assert depths(model(other), 0.0) == pytest.approx(depths(model(state), 0.0), **CLOSE)


@pytest.mark.parametrize("definition", AVERSE)
@given(state=states(), aversion=aversions, size=sizes, factor=number(0.1, 10.0))
def test_depths_do_not_know_the_unit_of_size(definition, state, aversion, size, factor):
    """With lots `1/factor` as large, all counted in lots is larger, and A is a rate of orders."""
    other = state._replace(inventory=state.inventory * factor)
    here = depths(bind(definition, aversion, size)(state), 0.0)
    model = bind(definition, aversion / factor, size * factor, scale=factor)
    assert depths(model(other), 0.0) == pytest.approx(here, **CLOSE)


@pytest.mark.parametrize("definition", AVERSE)
@given(state=states(), aversion=aversions, size=sizes)
def test_long_and_short_are_mirror_images(definition, state, aversion, size):
    model = bind(definition, aversion, size)
    bid, ask = at(model, state, state.inventory)
    mirrored_bid, mirrored_ask = at(model, state, -state.inventory)
    assert (bid, ask) == pytest.approx((mirrored_ask, mirrored_bid), **CLOSE)


@pytest.mark.parametrize("definition", MEASURING)
@given(state=states(), aversion=aversions, size=sizes)
def test_a_round_trip_earns_the_same_at_every_inventory(definition, state, aversion, size):
    """delta_b(q) + delta_a(q + D) = 2 c, which is the spread without risk."""
    model = bind(definition, aversion, size)
    bid, _ = at(model, state, state.inventory)
    _, ask = at(model, state, state.inventory + size)
    quote = model(state._replace(volatility=0.0))
    assert bid + ask == pytest.approx(quote.ask - quote.bid, rel=1e-9, abs=1e-9 * abs(bid))


@pytest.mark.parametrize("definition", AVERSE)
@given(state=states(), aversion=aversions, size=sizes, more=number(0.1, 5.0))
def test_more_inventory_lowers_both_quotes(definition, state, aversion, size, more):
    state = state._replace(time_left=state.time_left + 1)
    model = bind(definition, aversion, size)
    here, there = model(state), model(state._replace(inventory=state.inventory + more))
    assert there.bid < here.bid
    assert there.ask < here.ask


@pytest.mark.parametrize("definition", AVERSE)
@given(state=states(), aversion=aversions, size=sizes)
def test_the_bid_is_below_the_ask(definition, state, aversion, size):
    quote = bind(definition, aversion, size)(state)
    assert quote.bid < quote.ask
    assert quote.bid_size == quote.ask_size == size


@pytest.mark.parametrize("definition", MEASURING)
@given(state=states(), aversion=aversions)
def test_without_volatility_there_is_no_lean(definition, state, aversion):
    model = bind(definition, aversion)
    calm = state._replace(volatility=0.0)
    bid, ask = depths(model(calm), 0.0)
    assert bid == ask > 0
    assert bid == depths(model(calm._replace(inventory=0.0)), 0.0)[0]


@pytest.mark.parametrize("definition", [glft, glft_tanh])
@given(state=states(), aversion=aversions, size=sizes)
def test_no_fill_aversion_is_the_limit_of_little(definition, state, aversion, size):
    none = definition(risk_aversion=aversion, size=size, fill_aversion=0.0)(state)
    for little in (1e-12, 1e-300, 5e-324):
        some_ = definition(risk_aversion=aversion, size=size, fill_aversion=little)(state)
        assert depths(some_, 0.0) == pytest.approx(depths(none, 0.0), rel=1e-6, abs=1e-6)


@given(state=states(), aversion=aversions, size=sizes)
def test_tanh_leans_less_than_either_of_its_ends(state, aversion, size):
    def slope(definition):
        model = bind(definition, aversion, size)
        return at(model, state, 1.0)[0] - at(model, state, 0.0)[0]

    both = slope(glft_tanh)
    assert both >= -1e-12
    assert both <= slope(glft) * (1 + 1e-9) + 1e-9
    assert both <= slope(avellaneda_stoikov) * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("definition", MEASURING)
@given(state=states(), aversion=aversions)
def test_a_parameter_that_is_given_is_a_signal_that_is_measured(definition, state, aversion):
    names = {p.name for p in definition.parameters} & set(QuoteState._fields)
    known = {name: getattr(state, name) for name in names}
    unknown = state._replace(**dict.fromkeys(names, float("nan")))
    measured = definition(risk_aversion=aversion)(state)
    assert definition(risk_aversion=aversion, **known)(unknown) == measured


models_to_lean = some.sampled_from(
    [fixed_spread(half_spread=3), avellaneda_stoikov(risk_aversion=0.1), glft(risk_aversion=0.1)]
)


@given(state=states(), model=models_to_lean, strength=number(0.0, 2.0), limit=number(0.5, 50.0))
def test_lean_moves_both_quotes_alike_and_no_further_than_its_strength(
    state, model, strength, limit
):
    plain, leaning = model(state), lean(model, strength=strength, limit=limit)(state)
    half_spread = (plain.ask - plain.bid) / 2
    rounding = 1e-15 * (abs(plain.bid) + abs(plain.ask))
    shift = leaning.bid - plain.bid
    assert leaning.ask - plain.ask == pytest.approx(shift, abs=4 * rounding)
    assert abs(shift) <= strength * half_spread * (1 + 1e-15) + 2 * rounding
    assert shift * state.inventory <= 0
    assert (leaning.bid_size, leaning.ask_size) == (plain.bid_size, plain.ask_size)


@given(state=states(), strength=number(0.0, 1.0), limit=number(0.5, 50.0), target=inventories)
def test_lean_about_a_target_is_lean_about_nothing_moved(state, strength, limit, target):
    model = fixed_spread(half_spread=3)
    about = lean(model, strength=strength, limit=limit, target=target)(state)
    moved = state._replace(inventory=state.inventory - target)
    assert about == lean(model, strength=strength, limit=limit)(moved)
    assert about.bid <= 0 <= about.ask


@settings(max_examples=50)
@given(state=states(), aversion=aversions, size=sizes)
def test_the_infinite_horizon_never_quotes_the_losing_side_at_its_limit(state, aversion, size):
    model = avellaneda_stoikov_infinite(risk_aversion=aversion, max_inventory=20.0, size=size)
    quote = model(state)
    assert (quote.bid_size == 0) == (state.inventory >= 20)
    assert (quote.ask_size == 0) == (state.inventory <= -20)
    assert isfinite(quote.ask if quote.ask_size else quote.bid)
