"""Laws of the makers who post at the touch or not: longer means less bid and more ask, and mirrors.

An unposted bid counts as one at minus infinity, an unposted ask as one at infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from halfspread.models import forecast_touch, imbalance_touch, touch_model
from halfspread.quote import Quote, QuoteState
from quote_states import STATE

number = some.floats
MOST = 4.0
"""Lots, the limit of each maker."""
MIRRORED = {"inventory": -1, "imbalance": -1, "forecast": -1}
"""What changes its sign where buying is called selling; the touch is at -0.5 and 0.5."""
STEP = 1 / 64


@dataclass(frozen=True)
class Market:
    """What the three makers believe, and what they pay for inventory."""

    bid_rate: float
    ask_rate: float
    penalty: float
    terminal: float
    quartic: float
    jump: float
    tilt: float
    noise: float
    decay: float

    def mirrored(self) -> Market:
        return replace(self, bid_rate=self.ask_rate, ask_rate=self.bid_rate)


@some.composite
def markets(draw) -> Market:
    rates, small = number(0.1, 3.0), number(0.0, 0.3)
    return Market(
        draw(rates),
        draw(rates),
        *(draw(small) for _ in range(4)),
        draw(number(0.0, 1.5)),
        *(draw(small) for _ in range(2)),
    )


@some.composite
def states(draw) -> QuoteState:
    """In steps, so that no state is on the edge of two regimes or forecasts by its rounding."""
    steps = some.integers(-64, 64)
    return STATE._replace(
        mid=0.0,
        bid=-0.5,
        ask=0.5,
        inventory=draw(some.integers(-6 * 8, 6 * 8)) / 8,
        imbalance=draw(steps) * STEP,
        forecast=draw(steps) * STEP * 1.5,
        time_left=draw(some.integers(0, 12 * 16)) / 16,
    )


def by_volume(m: Market) -> Callable[[QuoteState], Quote]:
    return touch_model(
        spread=1,
        running_penalty_rate=m.penalty,
        quartic_penalty_rate=m.quartic / 10,
        terminal_penalty=m.terminal,
        bid_intensity=m.bid_rate,
        ask_intensity=m.ask_rate,
        max_inventory=MOST,
        horizon_s=10,
        max_size=3,
        size_decay=m.decay,
    )


def by_imbalance(m: Market) -> Callable[[QuoteState], Quote]:
    """It has one rate of orders for both sides."""
    return imbalance_touch(
        order_rate=1.0,
        jump=m.jump,
        regime_rate=0.5,
        order_tilt=m.tilt,
        jump_tilt=m.tilt,
        max_orders=MOST,
        running_penalty=m.penalty,
        terminal_penalty=m.terminal,
        horizon_s=10,
    )


def by_forecast(m: Market) -> Callable[[QuoteState], Quote]:
    return forecast_touch(
        spread=1,
        bid_intensity=m.bid_rate,
        ask_intensity=m.ask_rate,
        reversion=0.5,
        forecast_horizon_s=2,
        most_forecast=1.1,
        max_inventory=MOST,
        horizon_s=10,
        jump=m.jump,
        noise=m.noise,
        running_penalty_rate=m.penalty,
        terminal_penalty=m.terminal,
    )


posting = pytest.mark.parametrize("make", [by_volume, by_imbalance, by_forecast])


def posted(quote: Quote) -> tuple[float, float]:
    """The bid and the ask, infinitely far where there is none."""
    return (
        quote.bid if quote.bid_size > 0 else -inf,
        quote.ask if quote.ask_size > 0 else inf,
    )


@posting
@settings(max_examples=60)
@given(market=markets(), state=states())
def test_more_inventory_never_raises_a_post_nor_buys_more_nor_sells_less(make, market, state):
    model = make(market)
    held = [inventory / 8 for inventory in range(-6 * 8, 6 * 8 + 1)]
    quotes = [model(state._replace(inventory=inventory)) for inventory in held]
    for here, there in pairwise(quotes):
        for less, more in zip(posted(there), posted(here), strict=True):
            assert less <= more + 1e-10
        if market.decay == 0:
            assert there.bid_size <= here.bid_size + 1e-10
            assert there.ask_size >= here.ask_size - 1e-10
    assert posted(quotes[-1]) < posted(quotes[0])


@posting
@settings(max_examples=60)
@given(market=markets(), state=states())
def test_long_in_a_rising_market_mirrors_short_in_a_falling_one(make, market, state):
    here = make(market)(state)
    other = state._replace(**{name: sign * getattr(state, name) for name, sign in MIRRORED.items()})
    there = make(market.mirrored())(other)
    assert posted(there) == pytest.approx([-price for price in posted(here)[::-1]], abs=1e-10)
    sizes = (there.bid_size, there.ask_size)
    assert sizes == pytest.approx((here.ask_size, here.bid_size), abs=1e-10)
