"""GLFT (2013) and Guéant (2017) solved: against other solvers, the limit, the closed form, prints.

The table is compared with SciPy's matrix exponential and its integrator of the nonlinear equation,
with the smallest eigenvalue, and in its tails with a series in extended precision.
"""

from __future__ import annotations

from math import exp, log1p

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from halfspread import _core
from halfspread.models import glft, glft_exact
from quote_states import STATE, depths

FIGURES = {  # sigma, A, k, gamma: sections 3 and 4 of the first paper
    "1 to 3": (0.3, 0.9, 0.3, 0.01),
    "4 and 5, left": (0.4, 0.9, 0.3, 0.01),
    "4 and 5, right": (1.0, 0.2, 0.3, 0.01),
    "greeks": (0.6, 0.9, 0.9, 0.01),
}
figures = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
T, Q = 600.0, 30


def table(figure, most=Q, **more):
    sigma, intensity, decay, aversion = figure
    return glft_exact.table(
        **{
            "risk_aversion": aversion,
            "fill_intensity": intensity,
            "fill_decay": decay,
            "volatility": sigma,
            "max_inventory": most,
            "horizon_s": T,
            **more,
        }
    )


def equation(figure, most=Q, drift=0.0, impact=0.0):
    """The matrix M of v' = M v, the terminal v, and the depth of a fill that costs nothing."""
    sigma, intensity, decay, aversion = figure
    x = aversion / decay
    eta = intensity * exp(-(1 + 1 / x) * log1p(x)) * exp(-decay * impact / 2)
    q = np.arange(-most, most + 1.0)
    matrix = np.diag(decay * (drift * q - aversion * sigma**2 * q**2 / 2))
    matrix += eta * (np.eye(len(q), k=1) + np.eye(len(q), k=-1))
    return matrix, np.exp(-decay * impact * q**2 / 2), log1p(x) / aversion + impact / 2


def bid_depths(v, decay, earned):
    return np.log(v[:-1] / v[1:]) / decay + earned


@figures
@pytest.mark.parametrize("more", [{}, {"drift": 0.002}, {"impact": 0.5}], ids=str)
def test_it_is_the_matrix_exponential_at_every_node(figure, more):
    case = table(figure, **more)
    matrix, v, earned = equation(figure, **more)
    shift = np.linalg.eigvalsh(matrix)[-1] * np.eye(len(v))
    for j in (0, 1, 5, 20, 40, 64):
        now = expm((matrix - shift) * case.times_left[j]) @ v
        sure = (now > 1e-6 * now.max())[:-1]  # a matrix exponential is exact to its largest entry
        wanted = bid_depths(now, figure[2], earned)[sure]
        assert len(wanted) > 10
        np.testing.assert_allclose(case.bid_depth[0, j, :-1][sure], wanted, rtol=1e-8, atol=1e-9)
        ask = 2 * earned - wanted
        np.testing.assert_allclose(case.ask_depth[0, j, 1:][sure], ask, rtol=1e-8, atol=1e-9)


@figures
def test_it_is_the_nonlinear_equation(figure):
    sigma, _, decay, aversion = figure
    matrix, _, earned = equation(figure)
    gain = matrix[0, 1] / decay
    q = np.arange(-Q, Q + 1.0)

    def rate(_, value):
        change = -aversion * sigma**2 * q**2 / 2
        step = np.exp(-decay * (value[:-1] - value[1:]))
        change[:-1] += gain * step
        change[1:] += gain / step
        return change

    path = solve_ivp(rate, (0, T), 0 * q, method="DOP853", rtol=1e-12, atol=1e-12)
    wanted = earned - np.diff(path.y[:, -1])
    np.testing.assert_allclose(table(figure).bid_depth[0, -1, :-1], wanted, rtol=1e-6)


@figures
def test_far_from_the_horizon_it_is_the_first_eigenvector(figure):
    matrix, _, earned = equation(figure)
    first = np.abs(np.linalg.eigh(matrix)[1][:, -1])
    limit = table(figure, horizon_s=None).bid_depth[0, 0]
    near = slice(Q - 5, Q + 6)  # farther out the eigenvector is noise
    wanted = bid_depths(first, figure[2], earned)
    np.testing.assert_allclose(limit[near], wanted[near], rtol=1e-8)
    far = table(figure, horizon_s=20 * T).bid_depth[0, -1]
    np.testing.assert_allclose(far[:-1], limit[:-1], rtol=1e-8)


def problem(figure, most):
    """What the core takes, for orders of 1."""
    sigma, intensity, decay, aversion = figure
    x = aversion / decay
    gains = np.full(2 * most + 1, intensity / decay * exp(-(1 + 1 / x) * log1p(x)))
    gains[-1] = 0.0
    q = np.arange(-most, most + 1.0)
    return -aversion * sigma**2 * q**2 / 2, gains, gains[::-1].copy(), decay, decay


@figures
@pytest.mark.parametrize("most", [5, 30, 200])
def test_the_limit_grows_at_the_eigenvalue_at_every_inventory(figure, most):
    values, growth = _core.hjb_limit(*problem(figure, most))
    source, bid, ask, decay, _ = problem(figure, most)
    rate = source.copy()
    rate[:-1] += bid[:-1] * np.exp(-decay * (values[:-1] - values[1:]))
    rate[1:] += ask[1:] * np.exp(-decay * (values[1:] - values[:-1]))
    np.testing.assert_allclose(rate, growth, rtol=1e-9)
    eigenvalue = np.linalg.eigvalsh(equation(figure, most)[0])[-1]
    assert growth == pytest.approx(eigenvalue / decay, rel=1e-9)


def test_the_tails_keep_their_digits():
    """Where eigenvectors have none: a series of positive terms in extended precision says so."""
    figure, most = (2.0, 140.0, 1.5, 0.1), 50
    matrix, _, earned = equation(figure, most)
    lowest = matrix.diagonal().min()
    positive = (matrix - lowest * np.eye(len(matrix))).astype(np.longdouble)
    v = np.ones(len(matrix), np.longdouble)
    for _ in range(20):  # by steps of 1/20
        term = v.copy()
        for k in range(1, 200):
            term = positive @ term / (20 * k)
            v = v + term
        v = v / v.max()
    wanted = bid_depths(v, 1.5, earned).astype(float)
    found = table(figure, most, horizon_s=1.0).bid_depth[0, -1, :-1]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    values, vectors = np.linalg.eigh(matrix)
    by_vectors = vectors @ (np.exp(values - values[-1]) * (vectors.T @ np.ones(len(values))))
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = np.abs(bid_depths(by_vectors, 1.5, earned) - wanted)
    assert not noise.max() < 1e-3


def test_the_numbers_of_the_first_figures():
    case = table(FIGURES["1 to 3"])
    assert case.bid_depth[0, -1, Q] == pytest.approx(3.3130454, abs=5e-8)
    state = STATE._replace(inventory=0.0, volatility=0.3, fill_intensity=0.9, fill_decay=0.3)
    closed, _ = depths(glft(risk_aversion=0.01)(state), STATE.mid)
    assert closed == pytest.approx(3.3129152, abs=5e-8)
    assert case.bid_depth[0, 0, Q] == pytest.approx(3.2789822822, abs=1e-10)


@pytest.mark.parametrize("neutral", [False, True], ids=["A", "B"])
@pytest.mark.parametrize(
    ("sigma", "intensity", "decay", "size", "share"),
    [(5.83e-6, 9.10e-4, 1.79e4, 50e6, 0.83), (2.15e-5, 1.06e-3, 5.47e3, 10e6, 0.865)],
    ids=["IG", "HY"],
)
def test_the_credit_indices(sigma, intensity, decay, size, share, neutral):
    """The CDX example of 2017, in dollars: four orders of `size`, two hours, models A and B."""
    case = {
        "risk_aversion": 6e-5,
        "fill_intensity": intensity,
        "fill_decay": decay,
        "volatility": sigma,
        "size": size,
        "fill_aversion": 0.0 if neutral else None,
    }
    exact = glft_exact.table(max_inventory=4 * size, horizon_s=7200, **case)
    ratio = 6e-5 * size / decay
    shape = exp(-1) if neutral else exp(-(1 + 1 / ratio) * log1p(ratio))
    earned = 1 / decay if neutral else log1p(ratio) / (6e-5 * size)
    q = np.arange(-4, 5.0)
    matrix = np.diag(-decay * 6e-5 * size * sigma**2 * q**2 / 2)
    matrix += intensity * shape * (np.eye(9, k=1) + np.eye(9, k=-1))
    v = expm(matrix * 7200) @ np.ones(9)
    wanted = bid_depths(v, decay, earned)
    np.testing.assert_allclose(exact.bid_depth[0, -1, :-1], wanted, rtol=1e-8)
    settled = glft_exact.table(max_inventory=4 * size, **case).bid_depth[0, 0]
    an_hour = np.searchsorted(exact.times_left, 3600)
    two_percent = 0.02 * settled[4]
    np.testing.assert_allclose(exact.bid_depth[0, an_hour], settled, rtol=0, atol=two_percent)
    closed, _ = depths(glft(**case)(STATE._replace(inventory=0.0)), STATE.mid)
    assert closed / exact.bid_depth[0, -1, 4] == pytest.approx(share, abs=0.01)


def test_models_a_and_b_differ_little():
    a, b = (
        table(FIGURES["1 to 3"], fill_aversion=aversion).bid_depth[0, -1, Q]
        for aversion in (None, 0.0)
    )
    assert a == pytest.approx(b, rel=0.02)
    assert a != b
