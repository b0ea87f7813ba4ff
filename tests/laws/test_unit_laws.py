"""Laws of units: the same market told in other units of price, time and size has the same quotes.

Of the models that test_model_laws.py and test_solver_laws.py don't have. Where a solution chooses
between posts the units differ by powers of two, so that nothing but the units differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from halfspread.inventory import seek
from halfspread.models import (
    Asset,
    InventoryControl,
    MultiAssetMaker,
    adaptive,
    fixed_spread,
    fodra_labadie,
    forecast_touch,
    imbalance_touch,
    touch_model,
)
from quote_states import STATE, depths

number = some.floats
CLOSE = {"rel": 1e-10, "abs": 1e-11}


@dataclass(frozen=True)
class Units:
    """How many of the new units are in an old one."""

    price: float = 1.0
    time: float = 1.0
    size: float = 1.0

    def __call__(self, value: float, price: int = 0, time: float = 0, size: int = 0) -> float:
        """`value`, whose dimension is price^price time^time size^size, in the new units."""
        return value * self.price**price * self.time**time * self.size**size

    def state(self, **known: float) -> Any:
        """STATE about a mid of 0."""
        at = {name: getattr(STATE, name) for name in ("inventory", "volatility")} | known
        return STATE._replace(
            mid=0.0,
            inventory=self(at["inventory"], size=1),
            volatility=self(at["volatility"], price=1, time=-0.5),
            fill_intensity=self(at.get("fill_intensity", 0.9), time=-1),
            bid_fill_intensity=self(1.0, time=-1),
            ask_fill_intensity=self(0.8, time=-1),
            fill_decay=self(0.3, price=-1),
            bid_fill_decay=self(0.32, price=-1),
            ask_fill_decay=self(0.28, price=-1),
            forecast=self(at.get("forecast", 0.25), price=1),
            forecast_std=self(0.5, price=1),
            mean_reversion=self(-0.9, price=1),
            time_left=self(20.0, time=1),
            bid_size=self(7.0, size=1),
            ask_size=self(4.0, size=1),
        )


@some.composite
def units(draw) -> Units:
    return Units(draw(number(0.01, 100.0)), draw(number(0.01, 100.0)), draw(number(0.5, 50.0)))


def adapting(u: Units) -> Any:
    return adaptive(
        half_spread=u(2.0, price=1), limit=u(10.0, size=1), volatility_weight=u(1.5, time=0.5)
    )


def seeking(u: Units) -> Any:
    return seek(
        fixed_spread(half_spread=u(3.0, price=1), size=u(2.0, size=1)),
        risk_aversion=u(0.01, price=-1, size=-1),
        limit=u(10.0, size=1),
        horizon_s=u(20.0, time=1),
        size=u(2.0, size=1),
        drift=u(0.01, price=1, time=-1),
    )


def ending(u: Units) -> Any:
    return fodra_labadie(terminal_penalty=u(0.05, price=1, size=-1), size=u(2.0, size=1))


def returning(u: Units) -> Any:
    return fodra_labadie(
        terminal_penalty=u(0.05, price=1, size=-1), reversion=u(0.02, time=-1), size=u(2.0, size=1)
    )


@pytest.mark.parametrize("make", [adapting, seeking, ending, returning])
@given(u=units(), inventory=number(-9, 9), volatility=number(0.01, 2), forecast=number(-2, 2))
def test_prices_are_the_same_in_other_units(make, u, inventory, volatility, forecast):
    known = {"inventory": inventory, "volatility": volatility, "forecast": forecast}
    here, there = make(Units())(Units().state(**known)), make(u)(u.state(**known))
    scaled = tuple(u(depth, price=1) for depth in depths(here, 0.0))
    assert depths(there, 0.0) == pytest.approx(scaled, rel=1e-10, abs=1e-10 * u.price)


@pytest.mark.parametrize("make", [adapting, seeking, ending])
@given(inventory=number(-9, 9), forecast=number(-2, 2))
def test_long_in_a_rising_market_mirrors_short_in_a_falling_one(make, inventory, forecast):
    model = make(Units())
    if make is seeking:
        model = seek(fixed_spread(half_spread=3), risk_aversion=0.01, limit=10, horizon_s=20)
    here, there = (
        model(Units().state(inventory=s * inventory, forecast=s * forecast)) for s in (1, -1)
    )
    assert depths(here, 0.0) == pytest.approx(depths(there, 0.0)[::-1], **CLOSE)


@settings(max_examples=25)
@given(u=units(), inventory=number(-9, 9))
def test_a_programme_is_the_same_in_other_units(u, inventory):
    pytest.importorskip("highspy")

    def solved(u: Units) -> tuple[float, float]:
        model = InventoryControl(
            limit=u(20.0, size=1),
            size=u(2.0, size=1),
            horizon_s=u(10.0, time=1),
            inventory_cost=u(0.5, price=1),
            risk_aversion=u(0.01, price=-1, size=-1),
            volatility_spread=u(0.3, time=0.5),
            waiting_spread=u(0.1, price=1, time=-1),
            thin_book_spread=u(0.2, price=1),
        )
        return depths(model(u.state(inventory=inventory)), 0.0)

    scaled = [u(depth, price=1) for depth in solved(Units())]
    assert solved(u) == pytest.approx(scaled, rel=1e-6, abs=1e-6 * u.price)


@given(u=units(), held=some.tuples(number(-5, 5), number(-5, 5)), time_left=number(0.1, 1e4))
def test_several_assets_are_the_same_in_other_units(u, held, time_left):
    def maker(u: Units) -> MultiAssetMaker:
        assets = [
            Asset(u(s, price=1, time=-0.5), u(a, time=-1), u(k, price=-1), u(z, size=1))
            for s, a, k, z in ((0.3, 0.9, 0.3, 1.0), (0.5, 1.4, 0.2, 2.0))
        ]
        return MultiAssetMaker(assets, [[1, 0.6], [0.6, 1]], u(0.01, price=-1, size=-1))

    here = maker(Units()).depths(held, time_left)
    there = maker(u).depths([u(q, size=1) for q in held], u(time_left, time=1))
    mirrored = maker(Units()).depths(np.negative(held), time_left)
    np.testing.assert_allclose(here.bid, mirrored.ask, rtol=1e-10, atol=1e-12)
    for one, two in ((here.bid, there.bid), (here.ask, there.ask)):
        np.testing.assert_allclose(two, u.price * one, rtol=1e-9, atol=1e-10 * u.price)


TWOS = [Units(price=8.0), Units(time=0.25), Units(time=16.0), Units(size=4.0), Units(4.0, 4.0, 2.0)]
twos = pytest.mark.parametrize("u", TWOS, ids=str)


@twos
def test_posts_at_the_touch_are_the_same_in_other_units(u):
    def table(u: Units) -> Any:
        return touch_model.table(
            spread=u(1.0, price=1),
            running_penalty_rate=u(0.01, price=1, time=-1, size=-1),
            bid_intensity=u(0.8, time=-1),
            ask_intensity=u(1.1, time=-1),
            max_inventory=u(8.0, size=1),
            horizon_s=u(20.0, time=1),
            max_size=u(4.0, size=1),
            size_decay=u(0.1, size=-1),
            size=u(1.0, size=1),
            quartic_penalty_rate=u(1e-5, price=1, time=-1, size=-3),
            terminal_penalty=u(0.02, price=1, size=-1),
        )

    here, there = table(Units()), table(u)
    np.testing.assert_array_equal(there.bid_size, u.size * here.bid_size)
    np.testing.assert_array_equal(there.ask_size, u.size * here.ask_size)
    assert len(np.unique(here.bid_size)) > 3


@twos
def test_posts_by_a_forecast_are_the_same_in_other_units(u):
    def table(u: Units) -> Any:
        return forecast_touch.table(
            spread=u(1.0, price=1),
            bid_intensity=u(0.8, time=-1),
            ask_intensity=u(1.0, time=-1),
            reversion=u(0.5, time=-1),
            forecast_horizon_s=u(2.0, time=1),
            most_forecast=u(1.0, price=1),
            max_inventory=u(4.0, size=1),
            horizon_s=u(5.0, time=1),
            jump=u(0.1, price=1, time=-1),
            noise=u(0.05, price=1, time=-1.5),
            size=u(1.0, size=1),
            running_penalty_rate=u(0.01, price=1, time=-1, size=-1),
            terminal_penalty=u(0.1, price=1, size=-1),
        )

    here, there = table(Units()), table(u)
    np.testing.assert_allclose(there.bid_depth, u.price * here.bid_depth, rtol=1e-9)
    np.testing.assert_allclose(there.ask_depth, u.price * here.ask_depth, rtol=1e-9)
    assert np.nanmax(here.ask_depth) > 0.1


@twos
def test_posts_by_the_imbalance_are_the_same_in_other_units(u):
    def table(u: Units) -> Any:
        return imbalance_touch.table(
            order_rate=u(0.5, time=-1),
            jump=u(0.4, price=1),
            regime_rate=u(0.4, time=-1),
            order_tilt=0.8,
            jump_tilt=0.8,
            size=u(1.0, size=1),
            half_spread=u(0.5, price=1),
            running_penalty=u(0.01, price=1, time=-1),
            terminal_penalty=u(0.05, price=1),
            horizon_s=u(30.0, time=1),
        )

    here, there = table(Units()), table(u)
    np.testing.assert_allclose(there.inventories, u.size * here.inventories)
    close = {"rtol": 1e-6, "atol": 1e-6 * u.price}
    np.testing.assert_allclose(there.bid_depth, u.price * here.bid_depth, **close)
    np.testing.assert_allclose(there.ask_depth, u.price * here.ask_depth, **close)
    np.testing.assert_allclose(here.bid_depth, here.ask_depth[::-1, :, ::-1], atol=1e-6)
