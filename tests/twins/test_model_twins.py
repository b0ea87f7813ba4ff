"""The three ways to run a model agree, and so do lanes together and lanes one at a time."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from halfspread.inventory import lean
from halfspread.modelling import PlainModel, batched, model
from halfspread.quote import Quote, QuoteState
from quote_states import SHIPPED, STATE, random_states, run_kernel

ROWS = 200


@pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED)
def test_compiled_broadcast_and_plain_are_equal(case):
    states = random_states(ROWS, seed=1)
    rows = QuoteState(*(np.broadcast_to(field, (case.n, ROWS)) for field in states))
    broadcast = np.array(case.broadcast(rows))
    assert broadcast.shape == (4, case.n, ROWS)
    for row in range(ROWS):
        state = QuoteState(*(float(field[row]) for field in states))
        compiled = run_kernel(case, state, state.inventory)
        plain = np.array([case.lane(i)(state) for i in range(case.n)])
        np.testing.assert_allclose(compiled, plain, rtol=1e-15, atol=0)
        np.testing.assert_array_equal(compiled.T, broadcast[:, :, row])


@pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED)
def test_lanes_together_are_lanes_alone(case):
    inventory = np.linspace(-5, 5, case.n)
    together = run_kernel(case, STATE, inventory)
    for i in range(case.n):
        alone = run_kernel(case.lane(i), STATE, inventory[i])
        np.testing.assert_array_equal(together[i : i + 1], alone)


@pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED)
def test_a_signal_not_yet_measured_makes_nan_in_each_way(case):
    unmeasured = STATE._replace(volatility=nan, fill_intensity=nan, fill_decay=nan)
    compiled = run_kernel(case, unmeasured, unmeasured.inventory)
    plain = np.array([case.lane(i)(unmeasured) for i in range(case.n)])
    np.testing.assert_allclose(compiled, plain, rtol=1e-15, atol=0)


CORNERS = {
    "a mid that stands still": {"volatility": 0.0},
    "the end": {"time_left": 0.0},
    "after the end": {"time_left": -5.0},
    "a sure forecast": {"forecast_std": 0.0},
    "no forecast at all": {"forecast": 0.0, "forecast_std": 0.0},
    "a wild forecast": {"forecast": 1e6},
    "far too long": {"inventory": 1e7, "steady_inventory": 1e7},
    "a wide spread": {"bid": 10.0, "ask": 1991.0},
    "one lot at the touch": {"bid_size": 1.0, "ask_size": 1e9, "imbalance": -1.0},
    "all there was was taken at the mid": {"fill_decay": 1e6},
    "a mid of zero": {"mid": 0.0, "bid": -0.5, "ask": 0.5, "micro_price": 0.1},
}
"""States that a market can come to; the numbers in them are known."""


@pytest.mark.parametrize("corner", CORNERS.values(), ids=CORNERS)
@pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED)
def test_in_a_corner_all_three_ways_quote_numbers(case, corner):
    state = STATE._replace(**corner)
    compiled = run_kernel(case, state, state.inventory)
    plain = np.array([case.lane(i)(state) for i in range(case.n)])
    np.testing.assert_allclose(compiled, plain, rtol=1e-15, atol=0)
    rows = QuoteState(*(np.full((case.n, 1), field) for field in state))
    np.testing.assert_array_equal(np.array(case.broadcast(rows))[:, :, 0].T, compiled)
    assert not np.isnan(compiled).any()
    for prices, sizes in (compiled[:, [0, 2]].T, compiled[:, [1, 3]].T):
        assert np.isfinite(prices[sizes > 0]).all()


@pytest.mark.parametrize("name", ["glft", "lanes", "avellaneda_stoikov_infinite"])
def test_a_wrapper_around_plain_python_is_the_wrapper_around_the_model(name):
    case = SHIPPED[name]
    states = random_states(ROWS, seed=2)
    rows = QuoteState(*(np.broadcast_to(field, (case.n, ROWS)) for field in states))
    compiled = np.array(lean(case, strength=0.7, limit=6).broadcast(rows))
    for i in range(case.n):
        plain = lean(PlainModel(case.lane(i)), strength=0.7, limit=6).broadcast(states)
        np.testing.assert_allclose(compiled[:, i], plain, rtol=1e-15, atol=0)


def test_a_wrapper_around_a_batched_model():
    @batched
    def wide(state: QuoteState) -> Quote:
        one = np.ones_like(state.mid)
        return Quote(state.mid - 2, state.mid + 2, one, one)

    @model
    def narrow(state: QuoteState) -> Quote:
        return Quote(state.mid - 2, state.mid + 2)

    states = random_states(ROWS, seed=3)
    in_batches = lean(wide, strength=0.5, limit=10).broadcast(states)
    one_by_one = lean(narrow(), strength=0.5, limit=10).broadcast(states)
    np.testing.assert_array_equal(in_batches, one_by_one)
