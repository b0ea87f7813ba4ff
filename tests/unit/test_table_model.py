"""Table models: solved when first asked, once for equal parameters, and named in their errors."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.inventory import lean
from halfspread.modelling import from_dict, grid
from halfspread.parameter import positive
from halfspread.quote import QuoteState
from halfspread.table import QuoteTable
from halfspread.table_model import table_model
from quote_states import STATE, depths, random_states, run_kernel

SOLVED = []


@table_model(width=positive, most=positive)
def sloping(width: float, most: float = 3.0, slope: float | None = None) -> QuoteTable:
    """A depth that grows with inventory."""
    SOLVED.append(width)
    if most > 100:
        raise ConfigError(f"most must be at most 100 * width, was {most!r}")
    if width == 13:
        raise np.linalg.LinAlgError("singular")
    lots = np.arange(-int(most), int(most) + 1.0)
    lean = (0.5 if slope is None else slope) * lots
    return QuoteTable(lots, width + lean, width - lean)


def test_it_is_solved_when_first_asked_and_once():
    SOLVED.clear()
    case = sloping(width=[2, 3, 2], slope=0.25)
    assert SOLVED == []
    first = case.broadcast(STATE)
    assert SOLVED == [2, 3]
    np.testing.assert_array_equal(case.compiled().params, case.compiled().params)
    assert sloping(width=3, slope=0.25)(STATE).bid == first.bid[1]
    assert SOLVED == [2, 3]
    assert depths(case.lane(0)(STATE), STATE.mid) == (2.75, 1.25)


def test_lanes_may_have_tables_of_different_lengths():
    case = sloping(width=[2.0, 2.0], most=[2, 8])
    small, large = (depths(case.lane(i)(STATE), STATE.mid) for i in (0, 1))
    assert small[1] == 1.0
    assert large == (3.5, 0.5)
    together = run_kernel(case, STATE, 3.0)
    np.testing.assert_array_equal(together[1], case.lane(1)(STATE))
    np.testing.assert_array_equal(together[0], case.lane(0)(STATE))


def test_a_wrapper_reads_its_own_parameters_behind_the_table():
    case = lean(lean(sloping(width=[2, 3]), strength=0.5, limit=4), strength=[0.1, 0.2], limit=9)
    states = random_states(100, seed=3)
    rows = QuoteState(*(np.broadcast_to(field, (2, 100)) for field in states))
    broadcast = np.array(case.broadcast(rows))
    for row in range(100):
        state = QuoteState(*(float(field[row]) for field in states))
        compiled = run_kernel(case, state, state.inventory)
        np.testing.assert_allclose(
            compiled, [case.lane(i)(state) for i in (0, 1)], rtol=1e-15, atol=0
        )
        np.testing.assert_array_equal(compiled.T, broadcast[:, :, row])


def test_the_parameters_are_shown_and_the_table_is_not():
    case = sloping(width=[2, 3])
    assert list(case.parameters) == ["width", "most", "slope"]
    np.testing.assert_array_equal(case.parameters["slope"], [np.nan, np.nan])
    assert repr(case) == "sloping(width=[2.0, 3.0])"
    assert case == pickle.loads(pickle.dumps(case)) == from_dict(case.to_dict())
    assert hash(case) == hash(sloping(width=[2, 3]))
    assert grid(sloping, width=[1, 2], most=[3, 4]).n == 4


def test_the_table_itself():
    np.testing.assert_array_equal(sloping.table(width=2.0).bid_depth[0, 0], 2 + 0.5 * np.r_[-3:4])


def test_the_solver_s_errors_name_the_model_and_its_parameters():
    for ask in (lambda case: case(STATE), lambda case: case.compiled()):
        with pytest.raises(ConfigError, match=r"sloping: most must be at most .* was 200"):
            ask(sloping(width=1, most=200))
        with pytest.raises(ConfigError, match=r"sloping: .* width=13.0, most=3.0, .*: singular"):
            ask(sloping(width=13))
