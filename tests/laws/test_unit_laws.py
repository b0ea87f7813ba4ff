"""Laws of units: the same market told in other units of price, time and size has the same quotes.

Of the models that test_model_laws.py and test_solver_laws.py don't have. Depths agree to 1e-10.
What is chosen, a post or its size, agrees but where a spread wider or narrower by a part in 1e9
would choose otherwise: there a rounding may.
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
from halfspread.models.value import marched
from halfspread.table import QuoteTable
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


@settings(max_examples=50)
@given(
    u=units(),
    inventory=number(-9, 9),
    volatility=number(0.01, 10),
    cost=number(0, 5),
    risk_aversion=number(1e-4, 1),
)
def test_a_programme_is_the_same_in_other_units(u, inventory, volatility, cost, risk_aversion):
    pytest.importorskip("highspy")

    def solved(u: Units) -> tuple[float, float]:
        model = InventoryControl(
            limit=u(20.0, size=1),
            size=u(2.0, size=1),
            horizon_s=u(10.0, time=1),
            inventory_cost=u(cost, price=1),
            risk_aversion=u(risk_aversion, price=-1, size=-1),
            volatility_spread=u(0.3, time=0.5),
            waiting_spread=u(0.1, price=1, time=-1),
            thin_book_spread=u(0.2, price=1),
        )
        quote = model(u.state(inventory=inventory, volatility=volatility))
        assert model.solves[-1].status == "Optimal"
        return depths(quote, 0.0)

    scaled = [u(depth, price=1) for depth in solved(Units())]
    assert solved(u) == pytest.approx(scaled, rel=1e-10, abs=1e-10 * u.price)


def several(u: Units) -> MultiAssetMaker:
    assets = [
        Asset(u(s, price=1, time=-0.5), u(a, time=-1), u(k, price=-1), u(z, size=1))
        for s, a, k, z in ((0.3, 0.9, 0.3, 1.0), (0.5, 1.4, 0.2, 2.0))
    ]
    return MultiAssetMaker(assets, [[1, 0.6], [0.6, 1]], u(0.01, price=-1, size=-1))


@given(u=units(), held=some.tuples(number(-5, 5), number(-5, 5)), time_left=number(0.1, 1e4))
def test_several_assets_are_the_same_in_other_units(u, held, time_left):
    here = several(Units()).depths(held, time_left)
    there = several(u).depths([u(q, size=1) for q in held], u(time_left, time=1))
    mirrored = several(Units()).depths(np.negative(held), time_left)
    np.testing.assert_allclose(here.bid, mirrored.ask, rtol=1e-10, atol=1e-12)
    for one, two in ((here.bid, there.bid), (here.ask, there.ask)):
        np.testing.assert_allclose(two, u.price * one, rtol=1e-10, atol=1e-10 * u.price)


@settings(max_examples=20)
@given(u=units(), horizon_s=number(0.1, 1000))
def test_several_assets_solved_exactly_are_the_same_in_other_units(u, horizon_s):
    here = several(Units()).exact_depths([3, 2], horizon_s)
    there = several(u).exact_depths([3, 2], u(horizon_s, time=1))
    np.testing.assert_allclose(here.bid, here.ask[::-1, ::-1], rtol=1e-10, atol=1e-10)
    for one, two in ((here.bid, there.bid), (here.ask, there.ask)):
        np.testing.assert_allclose(two, u.price * one, rtol=1e-10, atol=1e-10 * u.price)


def by_volume(u: Units, wider: float) -> QuoteTable:
    return touch_model.table(
        spread=u(wider, price=1),
        running_penalty_rate=u(0.005, price=1, time=-1, size=-1),
        bid_intensity=u(0.8, time=-1),
        ask_intensity=u(1.1, time=-1),
        max_inventory=u(16.0, size=1),
        horizon_s=u(20.0, time=1),
        max_size=u(8.0, size=1),
        size_decay=u(0.05, size=-1),
        size=u(2.0, size=1),
        quartic_penalty_rate=u(1e-5, price=1, time=-1, size=-3),
        terminal_penalty=u(0.01, price=1, size=-1),
    )


def by_forecast(u: Units, wider: float) -> QuoteTable:
    return forecast_touch.table(
        spread=u(wider, price=1),
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


def by_imbalance(u: Units, wider: float) -> QuoteTable:
    return imbalance_touch.table(
        order_rate=u(0.5, time=-1),
        jump=u(0.4, price=1),
        regime_rate=u(0.4, time=-1),
        order_tilt=0.8,
        jump_tilt=0.8,
        size=u(1.0, size=1),
        half_spread=u(wider / 2, price=1),
        running_penalty=u(0.01, price=1, time=-1),
        terminal_penalty=u(0.05, price=1),
        horizon_s=u(30.0, time=1),
    )


@pytest.mark.parametrize("make", [by_volume, by_forecast, by_imbalance])
@settings(max_examples=25)
@given(u=units())
def test_posts_are_the_same_in_other_units(make, u):
    here, there = make(Units(), 1.0), make(u, 1.0)
    np.testing.assert_allclose(there.inventories, u.size * here.inventories, rtol=1e-12)
    near = [make(Units(), 1 + less) for less in (-1e-9, 1e-9)]
    for side in ("bid", "ask"):
        chosen, depth = posted(here, side)
        sure = np.all([posted(other, side)[0] == chosen for other in near], axis=0)
        assert sure.mean() > 0.999
        assert len(np.unique(chosen)) > 1
        sizes, found = posted(there, side)
        np.testing.assert_allclose(sizes[sure], u.size * chosen[sure], rtol=1e-12)
        close = {"rtol": 1e-10, "atol": 1e-10 * u.price}
        np.testing.assert_allclose(found[sure], u.price * depth[sure], **close)


def posted(table: QuoteTable, side: str) -> tuple[np.ndarray, np.ndarray]:
    """The sizes, 0 where there is no post, and the depths of a side."""
    depth = getattr(table, f"{side}_depth")
    return np.where(np.isnan(depth), 0.0, getattr(table, f"{side}_size")), depth


@given(time=number(0.001, 1000.0), pace=number(0.5, 3.0))
def test_values_are_marched_by_the_same_steps_in_other_units_of_time(time, pace):
    moves = pace * np.array([[-1.0, 0.7, 0.3], [0.2, -0.2, 0.0], [0.1, 0.4, -0.5]])
    earned, times = np.array([1.0, 0.5, 2.0]), np.linspace(0.0, 60.0, 121)

    def values(unit: float) -> np.ndarray:
        def rate(value: np.ndarray) -> np.ndarray:
            return (moves @ value + earned) / unit

        return np.array(marched(rate, np.array([0.0, -1.0, 0.5]), times * unit, pace / unit))

    gains, found = (np.diff(values(unit)) for unit in (1.0, time))
    np.testing.assert_allclose(found, gains, rtol=1e-10, atol=1e-10)
