"""Solved models: what of their parameters is refused, and how their tables are laid out."""

from __future__ import annotations

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.models import cartea_jaimungal, forecast_touch, glft_exact, touch_model
from quote_states import STATE

GLFT = {"risk_aversion": 0.01, "fill_intensity": 0.9, "fill_decay": 0.3, "volatility": 0.3}
TOUCH = {
    "spread": 1,
    "running_penalty_rate": 0.01,
    "bid_intensity": 1,
    "ask_intensity": 1,
    "max_inventory": 5,
    "horizon_s": 10,
}


def test_a_limit_that_is_no_multiple_of_the_size_is_rounded_down():
    table = glft_exact.table(max_inventory=10, size=3, **GLFT)
    np.testing.assert_array_equal(table.inventories, [-9, -6, -3, 0, 3, 6, 9])
    assert glft_exact.table(max_inventory=0.3, size=0.1, **GLFT).inventories.shape == (7,)
    assert table.bid_size == table.ask_size == 3.0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            glft_exact(max_inventory=1, size=2, **GLFT),
            "glft_exact: max_inventory must be 1 to 1000 times the size, was 1.0 with .* 2.0",
        ),
        (glft_exact(max_inventory=2000, **GLFT), "was 2000.0 with a size of 1.0"),
        (
            glft_exact(max_inventory=500, horizon_s=1e6, **{**GLFT, "fill_intensity": 1e6}),
            "no solution for risk_aversion=0.01, .*: the horizon is too long to solve",
        ),
        (touch_model(max_size=1, size=2, **TOUCH), "max_size must be >= size, was 1.0 with .* 2.0"),
        (
            touch_model(**{**TOUCH, "horizon_s": 1e6, "bid_intensity": 1e3}),
            "touch_model: horizon_s must be shorter: 1000000.0 takes too long to solve",
        ),
    ],
)
def test_what_cannot_be_solved_is_named(model, message):
    with pytest.raises(ConfigError, match=message):
        model(STATE)


def test_without_an_end_there_is_one_time():
    table = cartea_jaimungal.table(
        running_penalty_rate=1e-3,
        bid_intensity=1,
        ask_intensity=1,
        bid_decay=0.3,
        ask_decay=0.3,
        max_inventory=5,
    )
    assert table.bid_depth.shape == (1, 1, 11)
    assert table.horizon_s is None


def test_a_post_is_never_larger_than_the_room_for_it():
    table = touch_model.table(max_size=4, size_decay=0.01, **TOUCH)
    room = 5 - table.inventories
    assert np.all(table.bid_size[0] <= room)
    assert np.all(table.ask_size[0] <= room[::-1])
    assert table.bid_size.max() == 4


def test_the_forecast_of_the_state_chooses_the_table():
    model = forecast_touch(
        spread=1,
        bid_intensity=1,
        ask_intensity=1,
        reversion=0.5,
        forecast_horizon_s=2,
        most_forecast=2,
        max_inventory=5,
        horizon_s=10,
        terminal_penalty=0.1,
    )
    falling, rising = (
        model(STATE._replace(inventory=0.0, time_left=10.0, forecast=forecast))
        for forecast in (-2.0, 2.0)
    )
    assert (falling.bid_size, falling.ask_size) == (0.0, 1.0)
    assert (rising.bid_size, rising.ask_size) == (1.0, 0.0)
    assert rising.bid == STATE.bid
    assert model(STATE._replace(forecast=float("nan"))).bid_size == 0.0
