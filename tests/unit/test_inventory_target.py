"""Targets: golden numbers, seek as the closed form around a drift, and what is not known."""

from __future__ import annotations

from math import e, exp, inf, nan, sqrt

import pytest

from halfspread.inventory import (
    confidence,
    seek,
    target_from_drift,
    target_from_forecast,
    urgency,
)
from halfspread.models import fixed_spread, glft
from halfspread.quote import Quote
from quote_states import STATE


def test_the_target_of_a_drift():
    """The golden case of the drift in the literature, which holds for every horizon: 2.2222."""
    assert target_from_drift(0.01 * 0.3**2 * 20 / 9, 0.01, 0.3) == pytest.approx(20 / 9, rel=1e-14)
    assert target_from_drift(-0.5, 0.01, 0.5) == pytest.approx(-200.0)
    assert target_from_drift(0.0, 0.01, 0.0) == 0


@pytest.mark.parametrize(
    ("forecast", "std", "expected"),
    [(1, 0, 1), (1, 1, 0.5), (-2, 1, 0.8), (1, 3, 0.1), (0, 1, 0), (0, 0, 0), (1, inf, 0)],
)
def test_confidence_is_variance_explained(forecast, std, expected):
    assert confidence(forecast, std) == pytest.approx(expected, rel=1e-15)


def test_confidence_does_not_reward_a_signal_for_being_there():
    """A count of agreeing signals gives 0.4 and more to any that is not 0; this gives nothing."""
    assert confidence(1e-4, 1.0) == pytest.approx(1e-8, rel=1e-6)


def test_the_target_of_a_forecast():
    """0.5 ticks in 10 s, half believed: 0.025 ticks a second over 0.02 * 0.25."""
    assert target_from_forecast(0.5, 0.5, 10, 0.02, 0.5) == pytest.approx(5.0, rel=1e-14)
    assert target_from_forecast(-0.5, 0.0, 10, 0.02, 0.5) == pytest.approx(-10.0, rel=1e-14)


def test_urgency_is_distance_in_limits():
    assert [urgency(q, 2, 10) for q in (2, -3, 7, 12, 50, -50)] == [0, 0.5, 0.5, 1, 1, 1]


INSIDE = fixed_spread(half_spread=1 / STATE.fill_decay)
KNOWN = {"risk_aversion": 0.01, "limit": 100, "horizon_s": 20}


@pytest.mark.parametrize("drift", [0.0, 0.003, -0.001])
@pytest.mark.parametrize("inventory", [-9.0, 0.0, 2.5])
def test_around_the_riskless_spread_it_is_the_closed_form(drift, inventory):
    """Guéant's model B: 1/k each side, and a maker who pays for variance."""
    state = STATE._replace(mid=0.0, inventory=inventory, forecast=nan)
    ours = seek(INSIDE, drift=drift, **KNOWN)(state)
    theirs = glft(risk_aversion=0.01, fill_aversion=0, drift=drift)(state)
    assert (ours.bid, ours.ask) == pytest.approx((theirs.bid, theirs.ask), rel=1e-12, abs=1e-12)


def test_a_forecast_is_a_drift_that_is_believed_in_part():
    state = STATE._replace(forecast=0.4, forecast_std=0.4)
    drifting = seek(INSIDE, drift=0.5 * 0.4 / 20, **KNOWN)(state._replace(forecast=nan))
    assert seek(INSIDE, **KNOWN)(state) == pytest.approx(drifting, rel=1e-14)
    assert seek(INSIDE, **KNOWN, forecast_std=0)(state).bid > drifting.bid


def test_golden_depths():
    """c + slope (q - q*) + slope / 2, by hand: g = 0.01, s = 0.5, A = 2, k = 0.5, q* = 4."""
    state = STATE._replace(
        mid=100.0, inventory=7.0, volatility=0.5, fill_intensity=2.0, fill_decay=0.5, forecast=0.2
    )
    slope = 0.5 * sqrt(e * 0.01 / (2 * 2 * 0.5))
    target = 0.2 / 20 / (0.01 * 0.25)
    assert target == pytest.approx(4)
    quote = seek(fixed_spread(half_spread=2), **KNOWN, forecast_std=0)(state)
    assert quote.bid == pytest.approx(100 - (2 + slope * 3 + slope / 2), rel=1e-14)
    assert quote.ask == pytest.approx(100 + (2 - slope * 3 + slope / 2), rel=1e-14)


def test_long_of_the_target_the_ask_fills_more_often_than_the_bid():
    state = STATE._replace(mid=0.0, inventory=10.0, forecast=0.0)
    quote = seek(INSIDE, **KNOWN)(state)
    assert exp(-0.3 * quote.ask) > exp(0.3 * quote.bid)


def test_target_and_lean_end_at_the_limit():
    far = STATE._replace(forecast=1e6, forecast_std=0.0, inventory=-1e6)
    near = far._replace(forecast=100.0, inventory=-3.0)
    model = seek(INSIDE, risk_aversion=0.01, limit=5, horizon_s=20)
    assert model(far) == model(near)


def test_without_volatility_nothing_leans_and_nothing_is_divided_by_zero():
    calm = STATE._replace(volatility=0.0)
    assert seek(INSIDE, drift=1.0, **KNOWN)(calm) == INSIDE(calm)


@pytest.mark.parametrize("name", ["forecast", "forecast_std"])
def test_an_unknown_forecast_leaves_the_drift(name):
    unknown = STATE._replace(**{name: nan})
    drifting = seek(INSIDE, drift=0.002, **KNOWN)
    assert drifting(unknown) == drifting(STATE._replace(forecast=0.0))


def test_an_unknown_volatility_is_no_quote():
    quote = seek(INSIDE, **KNOWN)(STATE._replace(volatility=nan))
    assert quote.bid != quote.bid
    assert quote.ask != quote.ask


def test_a_side_that_is_not_quoted_stays_so():
    only_ask = seek(lambda _: Quote(-inf, 104.0, 0.0, 1.0), **KNOWN)(STATE)
    assert (only_ask.bid_size, only_ask.ask_size) == (0, 1)
