"""InventoryControl: best depths beside brute force, its base spread, when it solves, failures."""

from __future__ import annotations

from math import exp, inf, nan

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.market import Replay
from halfspread.models import InventoryControl
from halfspread.models.optimise import RANGES
from halfspread.synthetic import tape
from quote_states import STATE

pytest.importorskip("highspy")

BOTH = STATE._replace(mid=1000.0, bid_fill_intensity=nan, ask_fill_intensity=nan)
SIDES = STATE._replace(mid=1000.0)
INVENTORIES = (-14.0, -8.0, -3.0, -1.0, 0.0, 1.0, 2.0, 6.0, 10.0, 14.0)
CASES = {
    "default": {},
    "a base": {"volatility_spread": 2.0, "waiting_spread": 0.4, "thin_book_spread": 3.0},
    "price risk alone": {"inventory_cost": 0.0, "risk_aversion": 0.3},
    "dear": {"inventory_cost": 8.0, "risk_aversion": 0.5},
    "large orders": {"size": 5, "limit": 60},
    "a target": {"target": 4.0},
    "soon": {"horizon_s": 0.5},
}


def control(**options) -> InventoryControl:
    return InventoryControl(**{"limit": 10, **options})


def sides_of(model, state):
    """A, k and base of bid and ask."""
    if state is BOTH or state.bid_fill_intensity != state.bid_fill_intensity:
        pairs = [(state.fill_intensity, state.fill_decay)] * 2
    else:
        pairs = [
            (state.bid_fill_intensity, state.bid_fill_decay),
            (state.ask_fill_intensity, state.ask_fill_decay),
        ]
    return [(a, k, model.base_half_spread(state, a)) for a, k in pairs]


def objective(model, state, bid_depth, ask_depth):
    """What the programme maximises, without its pieces; tick-lots by the horizon."""
    total, away = 0.0, state.inventory - model.target
    for sign, depth, (a, k, base) in zip(
        (1, -1), (bid_depth, ask_depth), sides_of(model, state), strict=True
    ):
        lots = model.horizon_s * model.size * a * np.exp(-k * depth)
        total = total + lots * (depth - base)
        away = away + sign * lots
    risk = model.risk_aversion * state.volatility**2 * model.horizon_s
    return total - model.inventory_cost * np.abs(away) - risk * away**2 / 2


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("measured", [BOTH, SIDES], ids=["both", "sides"])
def test_each_depth_is_the_best_at_the_programmes_price_of_a_lot(name, measured):
    """One side at a time, by brute force: rate * (depth - base +- value)."""
    model = control(**CASES[name])
    for inventory in INVENTORIES:
        state = measured._replace(inventory=inventory)
        model(state)
        solve = model.solves[-1]
        for sign, depth, (a, k, base) in zip(
            (1, -1), (solve.bid_depth, solve.ask_depth), sides_of(model, state), strict=True
        ):
            tried = np.linspace(0, base + abs(solve.marginal_value) + 10 / k, 200_001)
            earned = a * np.exp(-k * tried) * (tried - base + sign * solve.marginal_value)
            assert depth == pytest.approx(tried[np.argmax(earned)], abs=1.01 * tried[1])


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("measured", [BOTH, SIDES], ids=["both", "sides"])
def test_both_depths_are_the_best_together_to_a_piece(name, measured):
    """On a grid of both, by brute force; a piece of a side is 2/47 of the widest value looked for,
    one of the cost 2/32 of the limit."""
    model = control(**CASES[name])
    for inventory in INVENTORIES:
        state = measured._replace(inventory=inventory)
        model(state)
        solve = model.solves[-1]
        sides = sides_of(model, state)
        risk = model.risk_aversion * state.volatility**2 * model.horizon_s
        steepest = model.inventory_cost + risk * model.limit
        piece = max(2 / 47 * min(steepest, 6 / k + base) for _, k, base in sides)
        piece += 2 / 32 * risk * model.limit
        tried = np.linspace(0, max(base + 15 / k for _, k, base in sides), 2401)
        values = objective(model, state, tried[:, None], tried[None, :])
        best = np.unravel_index(np.argmax(values), values.shape)
        for depth, at in zip((solve.bid_depth, solve.ask_depth), best, strict=True):
            assert depth == pytest.approx(tried[at], abs=1.01 * piece + 2 * tried[1])


def test_flat_it_quotes_the_riskless_depth_on_both_sides():
    model = control(volatility_spread=2.0)
    quote = model(BOTH._replace(inventory=0.0))
    assert quote == pytest.approx((1000 - 1 / 0.3 - 0.6, 1000 + 1 / 0.3 + 0.6, 1, 1))
    assert model.solves[-1].bought == pytest.approx(model.solves[-1].sold, rel=1e-6)


def test_inventory_lowers_both_quotes_and_the_target_is_neutral():
    quotes = [control(target=2)(SIDES._replace(inventory=q)) for q in INVENTORIES]
    bids, asks = ([quote[i] for quote in quotes] for i in (0, 1))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks, reverse=True)
    assert bids[0] - bids[-1] > 0.9
    flat = control(target=2)(BOTH._replace(inventory=2.0))
    assert 1000 - flat.bid == pytest.approx(flat.ask - 1000, abs=1e-3)


def test_long_and_short_are_mirror_images():
    for inventory in INVENTORIES:
        flat = BOTH._replace(mid=0.0)
        long, short = (control()(flat._replace(inventory=sign * inventory)) for sign in (1, -1))
        assert -long.bid == pytest.approx(short.ask, rel=1e-12)


def test_the_base_spread_has_the_signs_that_it_says():
    model = control(volatility_spread=2.0, waiting_spread=0.4, thin_book_spread=3.0)
    book = (7 + 4) / 2
    assert model.base_half_spread(STATE, 0.9) == pytest.approx(0.6 + 0.4 / 0.9 + 3 / (1 + book))
    assert control().base_half_spread(STATE, 0.9) == 0
    base = model.base_half_spread(STATE, 0.9)
    assert model.base_half_spread(STATE._replace(volatility=0.4), 0.9) > base
    assert model.base_half_spread(STATE, 1.2) < base
    assert model.base_half_spread(STATE._replace(bid_size=20.0), 0.9) < base


def test_sizes_are_cut_to_the_room():
    sizes = [control(size=4)(BOTH._replace(inventory=q))[2:] for q in (-10.0, 0.0, 7.0, 10.0, 13.0)]
    assert sizes == [(4, 0), (4, 4), (3, 4), (0, 4), (0, 4)]


def test_it_solves_when_the_market_may_have_moved():
    """0.3 ticks per root second move a tick in 11.1 s, which longest_s cuts; 2 in 0.25 s."""
    model = control(longest_s=5.0)
    assert [model.wait_s(s) for s in (0.0, 0.3, 2.0, 50.0)] == [5.0, 5.0, 0.25, 0.1]
    for time in (0.0, 1.0, 4.9, 5.0, 6.0, 10.0):
        model(BOTH._replace(time=time, volatility=0.3))
    assert [solve.time_s for solve in model.solves] == [0, 5, 10]
    model(BOTH._replace(time=10.1, volatility=0.3, inventory=2.0))
    assert [solve.time_s for solve in model.solves] == [0, 5, 10, 10.1]


def test_between_solves_the_depths_follow_the_mid():
    model = control()
    first = model(BOTH._replace(time=0.0))
    then = model(BOTH._replace(time=0.05, mid=1007.0, volatility=9.0))
    assert then == pytest.approx((first.bid + 7, first.ask + 7, 1, 1))
    assert len(model.solves) == 1


def test_a_failed_solve_pulls_both_quotes_and_is_tried_again():
    model = control()
    assert model(BOTH._replace(time=0.0, inventory=5.0)).ask_size == 1
    model._programme._solver.setOptionValue("simplex_iteration_limit", 0)
    model._programme.forget()
    for time in (20.0, 20.01):
        quote = model(BOTH._replace(time=time, inventory=-5.0))
        assert (quote.bid_size, quote.ask_size) == (0, 0)
    assert [solve.status for solve in model.solves][1:] == ["Iteration limit reached"] * 2
    model._programme._solver.setOptionValue("simplex_iteration_limit", 1000)
    assert model(BOTH._replace(time=20.02, inventory=-5.0)).bid_size == 1
    assert model.solves[-1].status == "Optimal"


def test_iteration_limit_0_never_quotes():
    model = control(iteration_limit=0)
    assert model(BOTH)[2:] == (0, 0)
    assert model.solves[0].status == "Iteration limit reached"


@pytest.mark.parametrize("name", ["mid", "volatility", "fill_intensity", "fill_decay"])
@pytest.mark.parametrize("value", [nan, inf])
def test_nothing_is_quoted_while_something_is_not_known(name, value):
    model = control()
    quote = model(BOTH._replace(**{name: value}))
    assert (quote.bid_size, quote.ask_size) == (0, 0)
    assert model.solves == []


def test_a_warm_start_gives_what_a_cold_one_does():
    random = np.random.default_rng(3)
    warm = control()
    for time in range(100):
        state = SIDES._replace(
            mid=0.0,
            time=time * 20.0,
            inventory=float(random.integers(-12, 13)),
            volatility=0.3 * exp(random.normal(scale=0.3)),
            fill_intensity=0.9 * exp(random.normal(scale=0.3)),
        )
        again, once = warm(state), control()(state)
        assert again == pytest.approx(once, rel=1e-12)


@pytest.mark.parametrize("name", RANGES)
def test_a_parameter_out_of_its_range_is_named(name):
    low, high, unit = RANGES[name]
    for value in (low - 1, high * 1.01, nan):
        with pytest.raises(ConfigError, match=f"{name} must be in .* {unit}, was {value!r}"):
            control(**{name: value})


def test_the_shortest_wait_is_no_longer_than_the_longest():
    with pytest.raises(ConfigError, match=r"shortest_s must be <= longest_s, was 3\.0"):
        control(shortest_s=3.0, longest_s=2.0)


def test_its_text_makes_it_again():
    model = control(size=2, risk_aversion=0.5)
    assert repr(eval(repr(model), {"InventoryControl": InventoryControl})) == repr(model)


def test_runs_are_the_same_again_and_stepping_is_running():
    market = tape(events=40_000, seed=2)
    model = control(limit=50, inventory_cost=2.0)
    first = Replay(market, latency_ms=5).run(model)
    solves = [solve._replace(duration_s=0.0) for solve in model.solves]
    assert len(solves) > 100
    assert {solve.status for solve in solves} == {"Optimal"}
    again = Replay(market, latency_ms=5).run(model)
    assert again.fills["price"].tobytes() == first.fills["price"].tobytes()
    assert [solve._replace(duration_s=0.0) for solve in model.solves] == solves
    stepped = Replay(market, latency_ms=5)
    fresh = control(limit=50, inventory_cost=2.0)
    for state in stepped:
        stepped.quote(*fresh(state))
    assert stepped.result().fills["price"].tobytes() == first.fills["price"].tobytes()
    assert not first.errors


def test_where_nothing_trades_nothing_is_quoted():
    silent = STATE._replace(
        **{
            f"{side}fill_{name}": nan
            for side in ("", "bid_", "ask_")
            for name in ("intensity", "decay")
        },
    )
    quote = InventoryControl(limit=10)(silent)
    assert (quote.bid_size, quote.ask_size) == (0, 0)


@pytest.mark.parametrize("volatility", [1e-4, 0.01926, 0.08358])
@pytest.mark.parametrize("risk_aversion", [1e-6, 0.0007458, 0.01625])
def test_a_market_so_quiet_that_inventory_costs_next_to_nothing_is_solved(
    volatility, risk_aversion
):
    model = control(limit=20, size=2, horizon_s=1, inventory_cost=0, risk_aversion=risk_aversion)
    for lots in range(-9, 10):
        model(STATE._replace(inventory=float(lots), volatility=volatility))
    assert {solve.status for solve in model.solves} == {"Optimal"}
    values = [solve.marginal_value for solve in model.solves]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(-values[-1], rel=1e-9)
    assert 0 < values[0] <= risk_aversion * volatility**2 * 20
