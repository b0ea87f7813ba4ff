"""The solver of forecast_touch against dense matrices in NumPy, marched by the same steps."""

from __future__ import annotations

from math import expm1

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.models import forecast_touch
from halfspread.models.forecast_touch import DRIFTS
from halfspread.models.value import inventories_of, marched, times_left


def motion(drifts: np.ndarray, reversion: float, noise: float) -> np.ndarray:
    """(drifts, drifts): the rates of the drift's own motion, each row 0 in sum."""
    step = drifts[1] - drifts[0]
    spread_out = np.full(len(drifts), noise**2 / (2 * step**2))
    back = reversion * np.abs(drifts) / step
    upwards = (spread_out + np.where(drifts < 0, back, 0.0))[:-1]
    downwards = (spread_out + np.where(drifts > 0, back, 0.0))[1:]
    moves = np.diag(upwards, 1) + np.diag(downwards, -1)
    np.fill_diagonal(moves, -moves.sum(axis=1))
    return moves


def jumps(steps: float) -> np.ndarray:
    """(drifts, drifts): where a jump of so many steps leads, shared between two nodes."""
    matrix, rows = np.zeros((DRIFTS, DRIFTS)), np.arange(DRIFTS)
    place = np.clip(rows + steps, 0, DRIFTS - 1)
    low = np.minimum(place.astype(int), DRIFTS - 2)
    matrix[rows, low] = 1 - (place - low)
    matrix[rows, low + 1] = place - low
    return matrix


def plain_depths(given: dict[str, float]) -> np.ndarray:
    """(2, forecasts, times, inventories): how far bids and asks stand back, NaN where none is."""
    size, spread, z = given["size"], given["spread"], given["reversion"]
    lots = inventories_of(given["max_inventory"], size)
    most = given["most_forecast"] * z / -expm1(-z * given["forecast_horizon_s"])
    drifts = np.linspace(-most, most, DRIFTS)
    steps = given["jump"] / (drifts[1] - drifts[0])
    down, up, edge = jumps(-steps), jumps(steps), size * spread / 2
    bids, asks = given["bid_intensity"], given["ask_intensity"]
    moves = motion(drifts, z, given["noise"]) + bids * down + asks * up
    moves -= (bids + asks) * np.eye(DRIFTS)
    earned = drifts[:, None] * lots - given["running_penalty_rate"] * lots**2

    def rate(value):
        own = moves @ value + earned
        own[:, :-1] += bids * np.maximum(edge + np.diff(down @ value), 0)
        own[:, 1:] += asks * np.maximum(edge - np.diff(up @ value), 0)
        return own

    terminal = -np.abs(lots) * spread / 2 - given["terminal_penalty"] * lots**2
    times = times_left(given["horizon_s"])
    values = marched(rate, np.tile(terminal, (DRIFTS, 1)), times, float(-moves.diagonal().min()))
    depths = np.full((2, len(values), DRIFTS, len(lots)), np.nan)
    for depth, value in zip(depths.transpose(1, 0, 2, 3), values, strict=True):
        depth[0, :, :-1] = stand_back(edge + np.diff(down @ value), lots[:-1] < 0, size)
        depth[1, :, 1:] = stand_back(edge - np.diff(up @ value), lots[1:] > 0, size)
    return depths[:, :, ::2].transpose(0, 2, 1, 3)


def stand_back(gain: np.ndarray, reduces: np.ndarray, size: float) -> np.ndarray:
    """At the touch where a fill gains; back by what it loses a lot where it reduces and loses."""
    return np.where(gain > 0, 0.0, np.where(reduces, -gain / size, np.nan))


@pytest.mark.parametrize("seed", range(12))
def test_the_depths_are_those_of_the_dense_solution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = float(rng.choice([1.0, 5.0]))
    given = {
        "spread": rng.uniform(0.5, 3),
        "bid_intensity": rng.uniform(0.2, 2),
        "ask_intensity": rng.uniform(0.2, 2),
        "reversion": rng.uniform(0.1, 1),
        "forecast_horizon_s": rng.uniform(0.5, 3),
        "most_forecast": rng.uniform(0.3, 2),
        "max_inventory": size * int(rng.integers(1, 8)),
        "horizon_s": rng.uniform(2, 15),
        "jump": rng.choice([0.0, rng.uniform(0, 0.5), 5.0]),
        "noise": rng.choice([0.0, rng.uniform(0, 0.1)]),
        "size": size,
        "running_penalty_rate": rng.uniform(0, 0.05),
        "terminal_penalty": rng.uniform(0, 0.2),
    }
    table, plain = forecast_touch.table(**given), plain_depths(given)
    found = np.stack([table.bid_depth, table.ask_depth])
    same = np.isclose(found, plain, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert (plain == 0).any()
    assert np.mean(~same) < 1e-3  # where a fill gains nothing either way, to a rounding


def test_a_horizon_that_takes_too_long_is_named() -> None:
    rates = {"spread": 1, "bid_intensity": 1, "ask_intensity": 1, "reversion": 0.5}
    rates |= {"forecast_horizon_s": 1, "most_forecast": 1, "max_inventory": 5, "noise": 0.5}
    with pytest.raises(ConfigError, match=r"horizon_s must be shorter: 1000000\.0 takes too long"):
        forecast_touch.table(horizon_s=1e6, **rates)
