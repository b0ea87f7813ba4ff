"""Laws of the models that come from a solver: units, symmetry, order, and the limits between them.

Depths are taken at a mid of 0. The tables are small, so that many can be solved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import e, isfinite

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from halfspread.models import cartea_jaimungal, glft_exact, touch_model
from halfspread.table import QuoteTable
from quote_states import STATE

ORDERS = 8
number = some.floats


@dataclass(frozen=True)
class World:
    """A market and a maker in it, in some units."""

    aversion: float
    sigma: float
    intensity: float
    decay: float
    size: float
    horizon: float | None
    neutral: bool = False
    drift: float = 0.0
    impact: float = 0.0

    def glft_exact(self) -> QuoteTable:
        return glft_exact.table(
            risk_aversion=self.aversion,
            fill_intensity=self.intensity,
            fill_decay=self.decay,
            volatility=self.sigma,
            max_inventory=ORDERS * self.size,
            size=self.size,
            horizon_s=self.horizon,
            fill_aversion=0.0 if self.neutral else None,
            drift=self.drift,
            impact=self.impact,
        )

    def cartea_jaimungal(self) -> QuoteTable:
        """With all that has units in it, from the same numbers."""
        return cartea_jaimungal.table(
            running_penalty_rate=self.aversion * self.sigma**2 / 2,
            quartic_penalty_rate=self.aversion * (self.sigma / self.size) ** 2 / 50,
            bid_intensity=self.intensity,
            ask_intensity=self.intensity,
            bid_decay=self.decay,
            ask_decay=self.decay,
            max_inventory=ORDERS * self.size,
            size=self.size,
            horizon_s=self.horizon,
            terminal_penalty=0.1 / (self.decay * self.size),
            bid_jump=self.impact,
            ask_jump=self.impact,
        )


@some.composite
def worlds(draw) -> World:
    decay = draw(number(0.05, 3.0))
    return World(
        aversion=draw(number(1e-4, 0.5)),
        sigma=draw(number(0.01, 3.0)),
        intensity=draw(number(0.05, 20.0)),
        decay=decay,
        size=draw(number(0.1, 20.0)),
        horizon=draw(some.none() | number(0.1, 60.0)),
        neutral=draw(some.booleans()),
        impact=draw(number(0.0, 1.0)) / decay,
    )


def both(table: QuoteTable) -> np.ndarray:
    """The depths of the bid and of the ask, NaN where there is none."""
    return np.stack((table.bid_depth[0], table.ask_depth[0]))


def close(found, wanted, world: World) -> None:
    """Equal to 1e-10 of the depths, and of the distance over which fills die out."""
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10 / world.decay)


solved = pytest.mark.parametrize("solve", [World.glft_exact, World.cartea_jaimungal])


@solved
@settings(max_examples=20)
@given(world=worlds(), factor=number(0.01, 100.0))
def test_depths_scale_with_the_unit_of_price(solve, world, factor):
    other = replace(
        world,
        sigma=world.sigma * factor,
        decay=world.decay / factor,
        aversion=world.aversion / factor,
        impact=world.impact * factor,
    )
    close(both(solve(other)) / factor, both(solve(world)), world)


@solved
@settings(max_examples=20)
@given(world=worlds())
def test_depths_do_not_know_seconds_from_minutes(solve, world):
    other = replace(
        world,
        sigma=world.sigma * 60**0.5,
        intensity=world.intensity * 60,
        horizon=None if world.horizon is None else world.horizon / 60,
    )
    close(both(solve(other)), both(solve(world)), world)


@solved
@settings(max_examples=20)
@given(world=worlds(), factor=number(0.1, 10.0))
def test_depths_do_not_know_the_unit_of_size(solve, world, factor):
    other = replace(world, size=world.size * factor, aversion=world.aversion / factor)
    close(both(solve(other)), both(solve(world)), world)


@solved
@settings(max_examples=20)
@given(world=worlds())
def test_long_and_short_are_mirror_images(solve, world):
    table = solve(world)
    close(table.bid_depth, table.ask_depth[..., ::-1], world)


@solved
@settings(max_examples=20)
@given(world=worlds(), drift=number(-0.1, 0.1))
def test_a_round_trip_earns_the_same_at_every_inventory_and_time(solve, world, drift):
    """delta_b(q) + delta_a(q + D) = 2 c, and what a fill tells twice: it is never at a loss."""
    table = solve(replace(world, drift=drift))
    round_trip = table.bid_depth[..., :-1] + table.ask_depth[..., 1:]
    close(round_trip, np.full_like(round_trip, round_trip[0, 0, 0]), world)
    assert round_trip[0, 0, 0] > 0


@solved
@settings(max_examples=20)
@given(world=worlds())
def test_more_inventory_lowers_both_quotes_and_never_crosses_them(solve, world):
    bid, ask = both(solve(world))
    rounding = 1e-9 / world.decay
    assert np.all(np.diff(bid[:, :-1], axis=1) > -rounding)
    assert np.all(np.diff(ask[:, 1:], axis=1) < rounding)
    assert np.all((bid + ask)[:, 1:-1] > 0)
    assert np.isfinite(bid[:, :-1]).all(), "but at its limit, the reducing side above all"
    assert np.isfinite(ask[:, 1:]).all()
    assert np.isnan(bid[:, -1]).all()
    assert np.isnan(ask[:, 0]).all()


@settings(max_examples=20)
@given(world=worlds(), lots=some.integers(-4, 4))
def test_a_drift_is_met_by_an_inventory(world, lots):
    """At q* = m / (g s^2) lots there is no lean, whatever the time left, far from the limits."""
    assume(world.aversion * world.sigma**2 * world.size**2 > 1e-3)
    target = lots * world.size
    world = replace(world, drift=target * world.aversion * world.sigma**2, impact=0.0, horizon=None)
    table = glft_exact.table(
        risk_aversion=world.aversion,
        fill_intensity=world.intensity,
        fill_decay=world.decay,
        volatility=world.sigma,
        max_inventory=200 * world.size,
        size=world.size,
        drift=world.drift,
    )
    bid, ask = table.bid_depth[0, 0, 200 + lots], table.ask_depth[0, 0, 200 + lots]
    assert bid == pytest.approx(ask, rel=1e-6, abs=1e-6 / world.decay)


@settings(max_examples=20)
@given(world=worlds())
def test_the_limit_is_what_a_far_horizon_gives(world):
    world = replace(world, impact=0.0)
    table = World.glft_exact(replace(world, horizon=None))
    pace = world.intensity + world.decay * world.aversion * world.sigma**2 * world.size
    far = World.glft_exact(replace(world, horizon=3000 / pace * (1 + ORDERS)))
    np.testing.assert_allclose(far.bid_depth[0, -1], table.bid_depth[0, 0], atol=1e-6 / world.decay)


@settings(max_examples=20)
@given(world=worlds())
def test_the_penalty_of_a_risk_aversion_leans_alike(world):
    """(10.20): phi = g s^2 / 2 and rates A e (1 + g/k)^(-1 - k/g)."""
    world = replace(world, size=1.0, neutral=False, impact=0.0)
    ratio = world.aversion / world.decay
    rate = world.intensity * e * (1 + ratio) ** (-1 - 1 / ratio)
    penalised = cartea_jaimungal.table(
        running_penalty_rate=world.aversion * world.sigma**2 / 2,
        bid_intensity=rate,
        ask_intensity=rate,
        bid_decay=world.decay,
        ask_decay=world.decay,
        max_inventory=ORDERS,
        horizon_s=world.horizon,
    )
    more = np.log1p(ratio) / world.aversion - 1 / world.decay
    close(both(world.glft_exact()), both(penalised) + more, world)


@settings(max_examples=20)
@given(world=worlds())
def test_little_fill_aversion_is_none(world):
    none = replace(world, neutral=True).glft_exact()
    little = glft_exact.table(
        risk_aversion=world.aversion,
        fill_intensity=world.intensity,
        fill_decay=world.decay,
        volatility=world.sigma,
        max_inventory=ORDERS * world.size,
        size=world.size,
        horizon_s=world.horizon,
        fill_aversion=1e-9 * world.decay / world.size,
        impact=world.impact,
    )
    np.testing.assert_allclose(both(little), both(none), rtol=1e-6, atol=1e-6 / world.decay)


@settings(max_examples=10)
@given(
    rates=some.tuples(number(0.1, 3.0), number(0.1, 3.0)),
    spread=number(0.1, 5.0),
    penalty=number(1e-4, 0.1),
    decay=number(0.01, 0.5),
)
def test_at_the_touch_what_reduces_is_always_posted(rates, spread, penalty, decay):
    case = {
        "spread": spread,
        "running_penalty_rate": penalty,
        "max_inventory": 6,
        "horizon_s": 5.0,
        "max_size": 4,
        "size_decay": decay,
    }
    table = touch_model.table(bid_intensity=rates[0], ask_intensity=rates[1], **case)
    assert np.all(table.ask_size[0][:, 7:] > 0)
    assert np.all(table.bid_size[0][:, :6] > 0)
    mirrored = touch_model.table(bid_intensity=rates[1], ask_intensity=rates[0], **case)
    np.testing.assert_array_equal(mirrored.bid_size[0], table.ask_size[0, :, ::-1])


def test_every_solved_model_quotes_what_reduces_beyond_its_table():
    for inventory in (25.0, -25.0):
        state = STATE._replace(inventory=inventory)
        for case in (
            glft_exact(
                risk_aversion=0.01, fill_intensity=1, fill_decay=0.3, volatility=1, max_inventory=9
            ),
            touch_model(
                spread=1,
                running_penalty_rate=0.01,
                bid_intensity=1,
                ask_intensity=1,
                max_inventory=9,
                horizon_s=9,
            ),
        ):
            quote = case(state)
            increasing, reducing = quote.bid_size, quote.ask_size
            if inventory < 0:
                increasing, reducing = reducing, increasing
            assert increasing == 0 < reducing
            assert isfinite(quote.ask if inventory > 0 else quote.bid)
