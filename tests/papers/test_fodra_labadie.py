"""Fodra and Labadie (2012): the closed form is the optimum where fills are rare."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from halfspread.models import cartea_jaimungal, fodra_labadie
from quote_states import STATE, depths


def test_with_few_fills_it_is_the_optimum():
    case = {"bid_intensity": 1e-7, "ask_intensity": 1e-7, "bid_decay": 0.3, "ask_decay": 0.3}
    table = cartea_jaimungal.table(
        running_penalty_rate=0, terminal_penalty=0.2, max_inventory=5, horizon_s=60, **case
    )
    model = fodra_labadie(terminal_penalty=0.2, fill_decay=0.3)
    for inventory in range(-4, 5):
        state = STATE._replace(mid=0.0, inventory=float(inventory), forecast=0.0)
        exact = (table.bid_depth[0, -1, 5 + inventory], table.ask_depth[0, -1, 5 + inventory])
        assert depths(model(state), 0.0) == pytest.approx(exact, abs=1e-4)


def test_of_a_mean_reverting_mid_it_is_the_optimum_too():
    """h(t, q) with dS = r (m - S) dt and rare fills: dh/dt = r (m - S) q along the mean path."""
    reversion, gap, time_left = 0.05, 4.0, 30.0

    def rate(elapsed_back, h):
        drift = reversion * gap * exp(-reversion * (time_left - elapsed_back))
        return drift * np.arange(-5, 6.0)

    q = np.arange(-5, 6.0)
    h = solve_ivp(rate, (0, time_left), -0.2 * q**2, rtol=1e-10, atol=1e-10).y[:, -1]
    model = fodra_labadie(terminal_penalty=0.2, fill_decay=0.3, reversion=reversion)
    for i in range(1, 10):
        state = STATE._replace(
            mid=0.0, inventory=q[i], time_left=time_left, mean_reversion=gap, forecast=9.0
        )
        exact = (1 / 0.3 + h[i] - h[i + 1], 1 / 0.3 + h[i] - h[i - 1])
        assert depths(model(state), 0.0) == pytest.approx(exact, rel=1e-7)


def test_the_spread_and_the_centre():
    quote = fodra_labadie(terminal_penalty=0.2, size=3)(STATE)
    assert quote.ask - quote.bid == pytest.approx(2 / 0.3 + 2 * 0.2 * 3, rel=1e-12)
    middle = STATE.mid + STATE.forecast - 2 * 0.2 * STATE.inventory
    assert (quote.ask + quote.bid) / 2 == pytest.approx(middle, rel=1e-14)
