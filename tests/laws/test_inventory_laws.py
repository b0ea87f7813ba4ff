"""Laws of inventory policies: long means lower, no more than fits, and what a lean never does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from halfspread.inventory import (
    confidence,
    expected,
    inventory_chain,
    lean,
    lean_exponential,
    lean_tiered,
    seek,
    size_by_side,
    target_from_forecast,
    urgency,
)
from halfspread.models import (
    InventoryControl,
    adaptive,
    fixed_spread,
    glft,
    glft_exact,
    touch_market_making,
)
from halfspread.quote import QuoteState
from quote_states import SHIPPED, STATE

number = some.floats
inventories = number(-30.0, 30.0)
strengths = number(0.0, 1.0)
limits = number(0.5, 50.0)
leans = some.sampled_from([lean, lean_exponential, lean_tiered])

UNLEANING = {"fixed_spread", "pure_market_making", "touch_market_making", "size_by_side"}
"""The shipped cases that never lean, and one that changes sizes alone."""
POSTING = {"imbalance_touch", "touch_model", "forecast_touch"}
"""They stand at the touch, but for the side that reduces: test_posting_laws.py has their laws."""
LEANING = {name: case for name, case in SHIPPED.items() if name not in UNLEANING | POSTING}


@some.composite
def states(draw) -> QuoteState:
    inventory = draw(inventories)
    return STATE._replace(
        mid=0.0,
        inventory=inventory,
        steady_inventory=inventory,
        volatility=draw(number(0.01, 5.0)),
        fill_intensity=draw(number(0.01, 50.0)),
        fill_decay=draw(number(0.05, 3.0)),
        forecast=draw(number(-3.0, 3.0)),
        forecast_std=draw(number(0.0, 3.0)),
    )


def holding(state: QuoteState, inventory: float) -> QuoteState:
    return state._replace(inventory=inventory, steady_inventory=inventory)


@pytest.mark.parametrize("name", LEANING)
@settings(max_examples=40)
@given(state=states(), more=number(0.1, 30.0))
def test_more_inventory_never_raises_a_quote_and_somewhere_lowers_both(name, state, more):
    for lane in range(LEANING[name].n):
        model = LEANING[name].lane(lane)
        here, there = model(state), model(holding(state, state.inventory + more))
        rounding = 1e-12 * (1 + abs(here.bid) + abs(here.ask))
        assert there.bid <= here.bid + rounding or here.bid_size == 0 or there.bid_size == 0
        assert there.ask <= here.ask + rounding or here.ask_size == 0 or there.ask_size == 0
        long, short = model(holding(STATE, 5.0)), model(holding(STATE, -5.0))
        assert long.bid < short.bid
        assert long.ask < short.ask


@pytest.mark.parametrize("leaning", [lean, lean_exponential, lean_tiered])
@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0])
def test_a_lean_around_a_table_has_no_jump_at_its_bound(leaning, strength):
    """Across the bound, where a side is no longer quoted, the other one still goes down."""
    inside = glft_exact(
        risk_aversion=0.01, fill_intensity=0.9, fill_decay=0.3, volatility=0.3, max_inventory=10
    )
    model = leaning(inside, strength=strength, limit=12)
    asks = np.array([model(holding(STATE, held)).ask for held in np.arange(0.0, 14.0, 0.01)])
    assert np.all(np.diff(asks) <= 1e-9)
    assert np.abs(np.diff(asks)).max() < 0.1
    bids = [model(holding(STATE, -held)).bid for held in np.arange(0.0, 14.0, 0.01)]
    np.testing.assert_allclose(2 * STATE.mid - np.array(bids), asks, atol=1e-9)


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=40)
@given(state=states())
def test_the_bid_is_below_the_ask_and_the_reducing_side_is_quoted(name, state):
    for lane in range(SHIPPED[name].n):
        quote = SHIPPED[name].lane(lane)(state)
        assert quote.bid < quote.ask
        reducing = quote.ask_size if state.inventory > 0 else quote.bid_size
        assert reducing >= 1 or abs(state.inventory) < 1e-9


@given(state=states(), leaning=leans, strength=strengths, limit=limits, target=inventories)
def test_a_lean_moves_both_quotes_alike_and_never_past_the_mid(
    state, leaning, strength, limit, target
):
    quote = leaning(fixed_spread(half_spread=3), strength=strength, limit=limit, target=target)(
        state
    )
    assert quote.bid + 3 == pytest.approx(quote.ask - 3, abs=1e-14)
    assert quote.bid <= 0 <= quote.ask
    assert abs(quote.bid + 3) <= 3 * strength + 1e-14


@given(state=states(), leaning=leans, strength=strengths, limit=limits, target=inventories)
def test_a_lean_is_odd_about_its_target(state, leaning, strength, limit, target):
    model = leaning(fixed_spread(half_spread=3), strength=strength, limit=limit, target=target)
    here = model(state)
    there = model(holding(state, 2 * target - state.inventory))
    assert here.bid + 3 == pytest.approx(-(there.bid + 3), abs=1e-9 * 3 * (1 + 60 / limit))


@given(leaning=leans, strength=strengths, limit=limits, inventory=inventories)
def test_a_lean_is_continuous(leaning, strength, limit, inventory):
    """A thousandth of the limit further moves it by 4 thousandths of the half spread at most."""
    model = leaning(fixed_spread(half_spread=3), strength=strength, limit=limit)
    here = model(holding(STATE, inventory))
    there = model(holding(STATE, inventory + limit / 1000))
    assert -1e-9 <= here.bid - there.bid <= 0.004 * 3 * strength + 1e-9


@given(state=states(), strength=strengths, limit=limits)
def test_the_curved_leans_are_no_stronger_than_the_straight_one(state, strength, limit):
    inside = fixed_spread(half_spread=3)
    straight = lean(inside, strength=strength, limit=limit)(state).bid + 3
    for leaning in (lean_exponential, lean_tiered):
        curved = leaning(inside, strength=strength, limit=limit)(state).bid + 3
        assert abs(curved) <= abs(straight) * (1 + 1e-12) + 1e-12
        assert curved * straight >= 0


@given(
    state=states(),
    size=number(1.0, 50.0),
    limit=number(1.0, 60.0),
    growth=number(0.0, 2.0),
    target=inventories,
)
def test_sizes_never_exceed_the_room_and_are_continuous_from_a_lot_on(
    state, size, limit, growth, target
):
    def at(inventory):
        model = size_by_side(
            fixed_spread(half_spread=3, size=size), limit=limit, growth=growth, target=target
        )
        return model(holding(state, inventory))

    quote = at(state.inventory)
    assert 0 <= quote.bid_size <= max(limit - state.inventory, 0)
    assert 0 <= quote.ask_size <= max(limit + state.inventory, 0)
    assert max(quote.bid_size, quote.ask_size) >= 1
    if state.inventory < target < limit - size:
        assert quote.bid_size >= quote.ask_size or quote.bid_size >= limit - state.inventory
    step = 1e-6
    near = at(state.inventory + step)
    steepest = step * (1 + size * growth * 8 / limit) * 1.01 + 1e-9
    for here, there in ((quote.bid_size, near.bid_size), (quote.ask_size, near.ask_size)):
        stops = min(here, there) == 0 and max(here, there) <= 1 + steepest
        assert stops or abs(there - here) <= steepest


@given(state=states(), limit=number(1.0, 30.0), horizon=number(0.1, 100.0))
def test_seek_goes_to_its_target(state, limit, horizon):
    """Below it the bid is the nearer quote, above it the ask, and at it neither."""
    model = seek(fixed_spread(half_spread=3), risk_aversion=0.05, limit=limit, horizon_s=horizon)
    target = target_from_forecast(
        state.forecast, state.forecast_std, horizon, 0.05, state.volatility
    )
    target = min(max(target, -limit), limit)
    quote = model(state)
    bid, ask = -quote.bid, quote.ask
    tolerance = 1e-9 * (1 + abs(bid) + abs(ask))
    assert (bid - ask) * (state.inventory - target) >= -tolerance * 60
    at_target = model(holding(state, target))
    assert -at_target.bid == pytest.approx(at_target.ask, abs=1e-8 * (1 + abs(at_target.ask)))
    assert 0 <= urgency(state.inventory, target, limit) <= 1


@given(forecast=number(-100, 100), std=number(0, 100), factor=number(1.0, 10.0))
def test_less_sure_is_less_confident(forecast, std, factor):
    sure, unsure = confidence(forecast, std), confidence(forecast, std * factor)
    assert 0 <= unsure <= sure <= 1
    assert confidence(-forecast, std) == sure


@given(state=states())
def test_the_sign_of_the_expected_change_is_against_the_inventory(state):
    even = state._replace(
        bid_fill_intensity=state.fill_intensity,
        ask_fill_intensity=state.fill_intensity,
        bid_fill_decay=state.fill_decay,
        ask_fill_decay=state.fill_decay,
    )
    model = lean(fixed_spread(half_spread=3), strength=0.5, limit=40)
    change = expected(model(even), even).inventory
    assert change * even.inventory <= 0


@settings(max_examples=25)
@given(state=states(), aversion=number(0.001, 0.1), start=some.integers(-10, 10))
def test_a_forecast_is_a_law_and_a_lean_brings_its_mean_home(state, aversion, start):
    even = state._replace(bid_fill_intensity=float("nan"), ask_fill_intensity=float("nan"))
    chain = inventory_chain(glft(risk_aversion=aversion), even, limit=20)
    slow = 20 / max(float((chain.buy_rate + chain.sell_rate).max()), 1e-3)
    found = chain.forecast(start, horizon_s=slow, times=5)
    assert found.probability.min() >= 0
    assert found.probability.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert found.mean[0] == start
    assert abs(found.mean[-1]) <= abs(start) + 1e-9
    assert found.beyond(0) == pytest.approx(1)
    assert found.beyond(21).max() == 0


@settings(max_examples=25)
@given(state=states(), more=number(0.5, 20.0))
def test_the_programme_quotes_lower_when_longer(state, more):
    pytest.importorskip("highspy")
    model = InventoryControl(limit=40, inventory_cost=1.0, risk_aversion=0.05)
    here, there = model(state), model(holding(state, state.inventory + more))
    assert there.bid <= here.bid + 1e-10
    assert there.ask <= here.ask + 1e-10
    assert here.bid < here.ask
    assert (here.ask_size if state.inventory > 0 else here.bid_size) == 1


@given(state=states(), offset=number(-3.0, 5.0), minimum=number(0.1, 6.0))
def test_the_touch_model_keeps_its_minimum(state, offset, minimum):
    touch = state._replace(mid=1000.5, bid=1000.0, ask=1001.0)
    quote = touch_market_making(offset=offset, minimum_spread=minimum)(touch)
    assert quote.ask - quote.bid >= minimum * (1 - 1e-12)


@given(state=states(), limit=number(1.0, 40.0), stiffness=number(0.0, 20.0))
def test_the_adaptive_maker_never_crosses_its_fair_price(state, limit, stiffness):
    model = adaptive(half_spread=2, limit=limit, strength=1.0, stiffness=stiffness)
    quote = model(state)
    assert quote.bid <= state.forecast + 1e-9
    assert quote.ask >= state.forecast - 1e-9
