"""Guéant, Lehalle and Fernandez-Tapia (2013), Guéant (2017): closed forms and exact solutions.

The exact quotes solve v' = M v backwards from the horizon, M tridiagonal over inventories of
-Q .. Q orders; they are computed here with SciPy's matrix exponential.
"""

from __future__ import annotations

from math import exp, log1p

import numpy as np
import pytest
from scipy.linalg import expm

from halfspread.models import avellaneda_stoikov, glft, glft_tanh
from quote_states import STATE, depths


def state_of(sigma, intensity, decay, inventory=0.0, time_left=600.0):
    return STATE._replace(
        mid=0.0,
        volatility=sigma,
        fill_intensity=intensity,
        fill_decay=decay,
        inventory=inventory,
        time_left=time_left,
    )


def exact_depths(
    sigma, intensity, decay, aversion, time_left, most=30, impact=0.0, drift=0.0, neutral=False
):
    """Bid and ask depths for orders of one lot at inventories -most .. most."""
    x = 0.0 if neutral else aversion / decay
    constant = log1p(x) / aversion if x else 1 / decay
    eta = intensity * (exp(-(1 + 1 / x) * log1p(x)) if x else exp(-1)) * exp(-decay * impact / 2)
    q = np.arange(-most, most + 1)
    diagonal = decay / 2 * aversion * sigma**2 * q**2 - decay * drift * q
    matrix = np.diag(diagonal) - eta * (np.eye(len(q), k=1) + np.eye(len(q), k=-1))
    lowest = np.linalg.eigvalsh(matrix)[0]
    v = expm(-(matrix - lowest * np.eye(len(q))) * time_left) @ np.exp(-decay * impact * q**2 / 2)
    bid, ask = np.full(len(q), np.nan), np.full(len(q), np.nan)
    bid[:-1] = np.log(v[:-1] / v[1:]) / decay + constant + impact / 2
    ask[1:] = np.log(v[1:] / v[:-1]) / decay + constant + impact / 2
    return bid, ask


def exact_skew(sigma, intensity, decay, aversion, time_left):
    """How far the middle of the exact quotes goes down for the first lot."""
    bid, ask = exact_depths(sigma, intensity, decay, aversion, time_left)
    return (bid[31] - ask[31]) / 2


def test_the_constants_of_the_figures():
    state = state_of(0.3, 0.9, 0.3)
    bid, ask = depths(glft(risk_aversion=0.01)(state), 0.0)
    slope = bid - depths(glft(risk_aversion=0.01)(state._replace(inventory=-1.0)), 0.0)[0]
    assert slope == pytest.approx(0.0678658326, abs=1e-10)
    assert bid - slope / 2 == pytest.approx(3.2789822822, abs=1e-10)
    assert bid == ask == pytest.approx(3.3129152, abs=5e-8)


def test_the_closed_form_is_near_the_exact_solution_for_small_inventories():
    bid, ask = exact_depths(0.3, 0.9, 0.3, 0.01, time_left=600)
    assert bid[30] == pytest.approx(3.3130454, abs=5e-8)
    for q in range(-5, 6):
        closed = glft(risk_aversion=0.01)(state_of(0.3, 0.9, 0.3, inventory=float(q)))
        assert depths(closed, 0.0) == pytest.approx((bid[30 + q], ask[30 + q]), abs=2e-3)


def test_the_tutorial_of_a_backtester():
    """Its half spread and its skew a lot, in ticks, from the intensity measured in its data."""
    case = glft(
        risk_aversion=0.05,
        fill_intensity=2.986162360812285,
        fill_decay=0.04235741115084049,
        volatility=10.69,
    )
    bid, ask = depths(case(STATE._replace(mid=0.0, inventory=0.0)), 0.0)
    assert bid == ask == pytest.approx(20.47208533844371, rel=1e-14)
    short = case(STATE._replace(mid=0.0, inventory=-1.0))
    assert short.bid + bid == pytest.approx(9.76326865029227, rel=1e-13)


def test_drift_is_met_by_an_inventory():
    """With a drift m, q* = m / (g s^2) lots are held without a lean, at any time left."""
    case = {"risk_aversion": 0.01, "drift": 0.002}
    for time_left in (1.0, 60.0, 600.0):
        state = state_of(0.3, 0.9, 0.3, 2.0 / 0.9, time_left)
        for model in (glft(**case), glft_tanh(**case)):
            bid, ask = depths(model(state), 0.0)
            assert bid == pytest.approx(ask, rel=1e-12)
    bid, ask = exact_depths(0.3, 0.9, 0.3, 0.01, time_left=600, drift=0.002)
    for q in (0, 1, 2, 3, 4):
        closed = glft(**case)(state_of(0.3, 0.9, 0.3, float(q)))
        assert depths(closed, 0.0) == pytest.approx((bid[30 + q], ask[30 + q]), abs=2e-3)


def test_impact_widens_and_steepens():
    bid, ask = exact_depths(0.3, 0.9, 0.3, 0.01, time_left=600, impact=0.5)
    for q in (-3, 0, 3):
        closed = glft(risk_aversion=0.01, impact=0.5)(state_of(0.3, 0.9, 0.3, float(q)))
        assert depths(closed, 0.0) == pytest.approx((bid[30 + q], ask[30 + q]), abs=2e-3)


def test_without_fill_aversion_it_is_the_mean_variance_maker():
    bid, ask = exact_depths(0.3, 0.9, 0.3, 0.01, time_left=600, neutral=True)
    for q in (-3, 0, 3):
        closed = glft(risk_aversion=0.01, fill_aversion=0)(state_of(0.3, 0.9, 0.3, float(q)))
        assert depths(closed, 0.0) == pytest.approx((bid[30 + q], ask[30 + q]), abs=2e-3)


def test_the_spread_s_comparative_statics():
    """Section 4.3 of 2013: it widens with volatility, narrows with A and with k."""
    base = {"sigma": 0.6, "intensity": 0.9, "decay": 0.9}

    def spread(**changed):
        quote = glft(risk_aversion=0.01)(state_of(**{**base, **changed}))
        return quote.ask - quote.bid

    assert spread(sigma=0.7) > spread() > spread(sigma=0.5)
    assert spread(intensity=0.8) > spread() > spread(intensity=1.0)
    assert spread(decay=0.8) > spread() > spread(decay=1.0)


@pytest.mark.parametrize("neutral", [False, True], ids=["A", "B"])
@pytest.mark.parametrize(
    ("sigma", "intensity", "decay", "size", "share"),
    [(5.83e-6, 9.10e-4, 1.79e4, 50e6, 0.83), (2.15e-5, 1.06e-3, 5.47e3, 10e6, 0.865)],
    ids=["IG", "HY"],
)
def test_the_credit_indices(sigma, intensity, decay, size, share, neutral):
    """The CDX example of 2017, in dollars, at no inventory: with orders of `size` dollars.

    Orders of D make the same quotes as orders of 1 with an aversion of g D. A fill brings much
    risk here and four orders are the limit, so the closed form quotes only this share of the
    exact depth.
    """
    aversion = 6e-5
    bid, _ = exact_depths(
        sigma, intensity, decay, aversion * size, time_left=7200, most=4, neutral=neutral
    )
    case = glft(risk_aversion=aversion, size=size, **({"fill_aversion": 0} if neutral else {}))
    closed, _ = depths(case(state_of(sigma, intensity, decay)), 0.0)
    assert closed / bid[4] == pytest.approx(share, abs=0.01)


class TestTanh:
    """The slope that joins Avellaneda-Stoikov, near the horizon, to GLFT, far from it."""

    def test_the_skew_of_the_first_paper_s_parameters(self):
        state = state_of(2.0, 140.0, 1.5, inventory=1.0, time_left=1.0)
        exact = exact_skew(2.0, 140.0, 1.5, 0.1, time_left=1.0)

        def skew(model):
            quote = model(state)
            return -(quote.bid + quote.ask) / 2

        assert exact == pytest.approx(0.0524, abs=1e-4)
        assert skew(avellaneda_stoikov(risk_aversion=0.1)) == pytest.approx(0.40, abs=1e-12)
        assert skew(glft_tanh(risk_aversion=0.1)) == pytest.approx(exact, rel=0.015)

    @pytest.mark.parametrize("time_left", [1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0])
    def test_it_follows_the_exact_slope_at_all_times(self, time_left):
        state = state_of(2.0, 140.0, 1.5, inventory=1.0, time_left=time_left)
        quote = glft_tanh(risk_aversion=0.1)(state)
        exact = exact_skew(2.0, 140.0, 1.5, 0.1, time_left)
        assert -(quote.bid + quote.ask) / 2 == pytest.approx(exact, rel=0.02)

    def test_near_the_horizon_it_is_avellaneda_stoikov(self):
        state = state_of(2.0, 140.0, 1.5, inventory=3.0, time_left=1e-6)
        first = avellaneda_stoikov(risk_aversion=0.1)(state)
        assert glft_tanh(risk_aversion=0.1)(state) == pytest.approx(first, rel=1e-12)

    def test_far_from_it_it_is_glft(self):
        state = state_of(2.0, 140.0, 1.5, inventory=3.0, time_left=10.0)
        last = glft(risk_aversion=0.1)(state)
        assert glft_tanh(risk_aversion=0.1)(state) == pytest.approx(last, rel=1e-14)
