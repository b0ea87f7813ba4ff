"""GLFT: which numbers it reads, its corners, and that its closed forms have no others."""

from __future__ import annotations

from math import exp, nan, sqrt

import pytest

from halfspread.models import glft, glft_tanh
from quote_states import STATE


def test_a_worked_example_without_fill_aversion():
    """x = 0: c = 1/k and C = 1/e."""
    quote = glft(risk_aversion=0.01, fill_aversion=0, size=2)(STATE)
    slope = 0.3 * sqrt(0.01 * exp(1) / (2 * 0.9 * 0.3 * 2))
    assert quote.bid == pytest.approx(1000.5 - 1 / 0.3 - slope * (3 + 1), rel=1e-14)
    assert quote.ask == pytest.approx(1000.5 + 1 / 0.3 - slope * (3 - 1), rel=1e-14)


def test_fill_aversion_is_risk_aversion_unless_given():
    assert glft(risk_aversion=0.02)(STATE) == glft(risk_aversion=0.02, fill_aversion=0.02)(STATE)


def test_impact_moves_each_quote_out_by_half_and_steepens_the_lean():
    flat = STATE._replace(volatility=0.0)
    without, with_impact = (glft(risk_aversion=0.02, impact=x)(flat) for x in (0.0, 0.5))
    assert with_impact.ask - without.ask == pytest.approx(0.25, rel=1e-12)
    assert without.bid - with_impact.bid == pytest.approx(0.25, rel=1e-12)
    without, with_impact = (
        sum(glft(risk_aversion=0.02, impact=x)(STATE._replace(mid=0.0))[:2]) for x in (0.0, 0.5)
    )
    assert with_impact / without == pytest.approx(exp(0.3 * 0.5 / 4), rel=1e-12)


@pytest.mark.parametrize("definition", [glft, glft_tanh])
@pytest.mark.parametrize("volatility", [0.0, 1e-200])
def test_a_mid_that_stands_still_does_not_drift(definition, volatility):
    still = STATE._replace(volatility=volatility)
    case, driftless = (definition(risk_aversion=0.01, drift=m) for m in (0.1, 0.0))
    assert case(still) == driftless(still)
    assert case.broadcast(still) == driftless.broadcast(still)


@pytest.mark.parametrize("name", ["volatility", "fill_intensity", "fill_decay"])
@pytest.mark.parametrize("definition", [glft, glft_tanh])
def test_each_signal_is_read_unless_given(definition, name):
    unmeasured = STATE._replace(**{name: nan})
    quote = definition(risk_aversion=0.01)(unmeasured)
    assert quote.bid != quote.bid
    case = definition(risk_aversion=0.01, **{name: getattr(STATE, name)})
    assert case(unmeasured) == definition(risk_aversion=0.01)(STATE)


def test_tanh_at_the_horizon_does_not_lean():
    quote = glft_tanh(risk_aversion=0.01)(STATE._replace(time_left=0.0))
    assert quote.bid + quote.ask == pytest.approx(2 * STATE.mid, rel=1e-15)
    assert glft_tanh(risk_aversion=0.01)(STATE._replace(time_left=float("inf"))) == pytest.approx(
        glft(risk_aversion=0.01)(STATE), rel=1e-15
    )
