"""Actions of learners: the quotes that each stands for, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.learn import Five, HalfSpreadAndLean, Offsets
from halfspread.learn.actions import action_of
from halfspread.learn.lanes import Columns

N = 3


@pytest.fixture
def columns():
    """Three lanes around a mid of 100: flat, long 4, short 3."""
    lanes = {name: np.zeros(N) for name in Columns._fields}
    lanes["quotes"] = np.full((4, N), np.nan)
    lanes["inventory"] = np.array([0.0, 4.0, -3.0])
    lanes["mid"], lanes["bid"], lanes["ask"] = (
        np.full(N, 100.0),
        np.full(N, 99.0),
        np.full(N, 101.0),
    )
    return Columns(**lanes)


def written(action, actions, columns):
    action.write(np.array(actions), columns)
    return columns.quotes.T.tolist()


def test_offsets(columns):
    action = Offsets(most=20, size=2)
    assert written(action, [[1.0, 2.0], [0.0, 0.5], [20.0, 3.0]], columns) == [
        [99.0, 102.0, 2.0, 2.0],
        [100.0, 100.5, 2.0, 2.0],
        [80.0, 103.0, 2.0, 2.0],
    ]


def test_a_lean_moves_both_quotes_against_the_inventory(columns):
    action = HalfSpreadAndLean(most_half_spread=5, most_lean=1)
    assert written(action, [[2.0, 0.5]] * N, columns) == [
        [98.0, 102.0, 1.0, 1.0],
        [96.0, 100.0, 1.0, 1.0],
        [99.5, 103.5, 1.0, 1.0],
    ]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, [99.0, 101.0, 97.0, 99.0, 100.5, 102.5]),
        (1, [98.0, 102.0, 96.0, 100.0, 99.5, 103.5]),
        (2, [96.0, 104.0, 94.0, 102.0, 97.5, 105.5]),
        (3, [98.0, 102.0, 92.0, 96.0, 102.5, 106.5]),
    ],
)
def test_five_quotes(columns, number, expected):
    quotes = written(Five(half_spread=2, lean=0.5), [number] * N, columns)
    assert [price for row in quotes for price in row[:2]] == expected
    assert columns.quotes[2:].tolist() == [[1.0] * N] * 2


def test_the_fifth_quotes_nothing_and_a_sixth_takes_all_out(columns):
    action = Five(half_spread=2, unwinds=True)
    quotes = written(action, [4, 5, 5], columns)
    assert quotes[0][2:] == [0.0, 0.0]
    assert quotes[1][1:] == [99.0, 0.0, 4.0]  # sells 4 at the best bid
    assert [quotes[2][0], *quotes[2][2:]] == [101.0, 3.0, 0.0]  # buys 3 at the best ask
    assert action.space().n == 6


def test_sizes_and_a_share_taken_out(columns):
    action = Offsets(most_lots=5, unwinds=True)
    assert action.space().shape == (5,)
    quotes = written(action, [[1, 1, 2.7, 0.9, 1.0], [1, 1, 2, 2, 0.6], [1, 1, 2, 2, 0.3]], columns)
    assert quotes[0] == [99.0, 101.0, 2.0, 0.0]  # whole lots; flat: nothing to take out
    assert quotes[1] == [99.0, 99.0, 0.0, 2.0]  # 0.6 of 4 is 2 lots
    assert quotes[2] == [99.0, 101.0, 2.0, 2.0]  # 0.3 of 3 is none


def test_names():
    assert action_of("five") == Five()
    assert action_of(Offsets(most=3)) == Offsets(most=3)
    with pytest.raises(hs.ConfigError, match=r"action must be one of offsets, .* was 'six'"):
        action_of("six")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Offsets(least=2, most=1), "Offsets: most must be > least = 2, was 1"),
        (lambda: Offsets(most=np.inf), "Offsets: most must be finite, was inf"),
        (lambda: Offsets(size=0.5), "Offsets: size must be >= 1, was 0.5"),
        (lambda: Offsets(most_lots=0.5), "Offsets: most_lots must be >= 1, or None"),
        (lambda: HalfSpreadAndLean(most_lean=0), "HalfSpreadAndLean: most_lean must be > 0"),
        (lambda: Five(half_spread=0), "Five: half_spread must be > 0, was 0"),
        (lambda: Five(lean=-1), "Five: lean must be >= 0, was -1"),
        (lambda: Five(size=0), "Five: size must be >= 1, was 0"),
    ],
)
def test_parameters_are_refused_by_name(make, message):
    with pytest.raises(hs.ConfigError, match=message):
        make()
