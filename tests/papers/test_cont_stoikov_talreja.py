"""Cont, Stoikov and Talreja 2010, Cont and de Larrard 2013: the exact chains give their tables.

The core's tests hold the simulation to the same tables: tests/core/test_cont_stoikov_talreja.cpp.
"""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import spsolve

LIMIT = {1: 1.85, 2: 1.51, 3: 1.09}
CANCEL = {1: 0.71, 2: 0.81, 3: 0.68}
MARKET = 0.94
SIZES = range(1, 6)


def absorbed(starts, moves):
    """The expected value where the chain is absorbed; moves(state): (rate, state or value)s."""
    number, waiting, entries = {}, list(starts), []
    while waiting:
        state = waiting.pop()
        if state in number:
            continue
        number[state] = len(number)
        found = moves(state)
        entries.append((state, found))
        waiting += [there for _, there in found if isinstance(there, tuple)]
    rows, columns, values, gains = [], [], [], np.zeros(len(number))
    for state, found in entries:
        row, total = number[state], sum(rate for rate, _ in found)
        rows.append(row), columns.append(row), values.append(1.0)
        for rate, there in found:
            if isinstance(there, tuple):
                rows.append(row), columns.append(number[there]), values.append(-rate / total)
            else:
                gains[row] += rate / total * there
    solved = spsolve(csr_matrix((values, (rows, columns))), gains)
    return np.array([solved[number[start]] for start in starts])


def table(moves, start):
    cells = [start(b, a) for b in SIZES for a in SIZES]
    return absorbed(cells, moves).reshape(5, 5)


def mid_goes_up(spread, most=40):
    inside = sum(LIMIT[i] for i in range(1, spread))

    def moves(state):
        b, a = state
        up, one, death = LIMIT[spread] * (b < most), LIMIT[spread] * (a < most), CANCEL[spread]
        return [
            (up, (b + 1, a) if b < most else 0.5),
            (one, (b, a + 1) if a < most else 0.5),
            (MARKET + b * death, (b - 1, a) if b > 1 else 0.0),
            (MARKET + a * death, (b, a - 1) if a > 1 else 1.0),
            (inside, 1.0),
            (inside, 0.0),
        ]

    return table(moves, lambda b, a: (b, a))


def our_bid_is_filled(most=40):
    def moves(state):
        place, a = state
        return [
            (MARKET, (place - 1, a) if place > 1 else 1.0),
            ((place - 1) * CANCEL[1], (place - 1, a) if place > 1 else 1.0),
            (LIMIT[1] * (a < most), (place, min(a + 1, most))),
            (MARKET + a * CANCEL[1], (place, a - 1) if a > 1 else 0.0),
        ]

    return table(moves, lambda b, a: (b, a))


def both_are_filled(most=14):
    """A state is each order's place (0: filled) and the orders behind it, first the bid's."""

    def of_one(place, behind):
        if place > 0:
            yield MARKET + (place - 1) * CANCEL[1], place - 1, behind
        yield (MARKET if place == 0 else 0.0) + behind * CANCEL[1], place, behind - 1
        yield LIMIT[1] * (behind < most), place, min(behind + 1, most)

    def outcome(state):
        if state[0] == state[2] == 0:
            return 1.0
        empty = state[:2] == (0, 0) or state[2:] == (0, 0)
        return 0.0 if empty else state

    def moves(state):
        bid, ask = state[:2], state[2:]
        found = [(rate, outcome((*there, *ask))) for rate, *there in of_one(*bid) if rate > 0]
        return found + [
            (rate, outcome((*bid, *there))) for rate, *there in of_one(*ask) if rate > 0
        ]

    return table(moves, lambda b, a: (b, 0, a, 0))


TABLE_3 = [
    [0.500, 0.336, 0.259, 0.216, 0.188],
    [0.664, 0.500, 0.407, 0.348, 0.307],
    [0.741, 0.593, 0.500, 0.437, 0.391],
    [0.784, 0.652, 0.563, 0.500, 0.452],
    [0.812, 0.693, 0.609, 0.548, 0.500],
]
TABLE_4 = [
    [0.497, 0.641, 0.709, 0.749, 0.776],
    [0.302, 0.449, 0.535, 0.591, 0.631],
    [0.206, 0.336, 0.422, 0.483, 0.528],
    [0.152, 0.263, 0.344, 0.404, 0.452],
    [0.118, 0.213, 0.287, 0.346, 0.393],
]
TABLE_4_CORRECTED = [
    [0.503, 0.698, 0.794, 0.848, 0.882],
    [0.359, 0.551, 0.664, 0.737, 0.787],
    [0.291, 0.465, 0.578, 0.656, 0.713],
    [0.251, 0.409, 0.517, 0.596, 0.654],
    [0.224, 0.369, 0.472, 0.548, 0.607],
]
TABLE_5 = [
    [0.266, 0.308, 0.309, 0.300, 0.288],
    [0.308, 0.386, 0.406, 0.406, 0.400],
    [0.309, 0.406, 0.441, 0.452, 0.452],
    [0.300, 0.406, 0.452, 0.471, 0.479],
    [0.288, 0.400, 0.452, 0.479, 0.491],
]
SPREAD_2 = [
    [0.500, 0.404, 0.378, 0.370, 0.367],
    [0.596, 0.500, 0.471, 0.460, 0.455],
    [0.622, 0.529, 0.500, 0.489, 0.484],
    [0.630, 0.540, 0.511, 0.500, 0.495],
    [0.633, 0.545, 0.516, 0.505, 0.500],
]
SPREAD_3 = [[0.500, 0.430, 0.416, 0.413, 0.412], [0.570, 0.500, 0.485, 0.481, 0.480]]


def test_table_3():
    assert mid_goes_up(1) == pytest.approx(np.array(TABLE_3), abs=9e-4)


def test_table_3_at_wider_spreads():
    assert mid_goes_up(2) == pytest.approx(np.array(SPREAD_2), abs=6e-4)
    assert mid_goes_up(3)[:2] == pytest.approx(np.array(SPREAD_3), abs=6e-4)


def test_table_4_and_its_error():
    """What the paper prints is the complement of another event, transposed."""
    exact = our_bid_is_filled()
    assert exact == pytest.approx(np.array(TABLE_4_CORRECTED), abs=6e-4)
    assert pytest.approx(np.array(TABLE_4), abs=6e-4) == 1 - exact.T


def test_table_5():
    assert both_are_filled() == pytest.approx(np.array(TABLE_5), abs=6e-4)


def balanced(n, p, points=200_000):
    """Cont and de Larrard's probability that the mid goes up, n at the bid and p at the ask."""
    t = (np.arange(points) + 0.5) * np.pi / points
    root = 2 - np.cos(t) - np.sqrt((2 - np.cos(t)) ** 2 - 1)
    return np.mean(root**p * np.sin(n * t) * np.cos(t / 2) / np.sin(t / 2))


def test_cont_and_de_larrard_in_closed_form():
    """These five rows are those to which the simulation is held, and nearly the diffusion's law."""
    table = np.array([[balanced(n, p) for p in SIZES] for n in SIZES])
    rows = [
        [0.5000, 0.3023, 0.2094, 0.1585, 0.1271],
        [0.6977, 0.5000, 0.3767, 0.2975, 0.2440],
        [0.7906, 0.6233, 0.5000, 0.4107, 0.3452],
        [0.8415, 0.7025, 0.5893, 0.5000, 0.4301],
        [0.8729, 0.7560, 0.6548, 0.5699, 0.5000],
    ]
    assert table == pytest.approx(np.array(rows), abs=6e-5)
    assert balanced(40, 20) == pytest.approx(2 / np.pi * np.arctan(2), abs=1e-3)
