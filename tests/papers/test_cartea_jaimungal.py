"""Cartea, Jaimungal and Penalva (2015), chapter 10: penalties, adverse selection, the touch."""

from __future__ import annotations

from math import exp
from typing import ClassVar

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from halfspread import _core
from halfspread.models import cartea_jaimungal, forecast_touch, touch_model
from halfspread.models.value import times_left

FIGURE = {  # 10.1 to 10.4: dollars, a lot a share
    "bid_intensity": 1.0,
    "ask_intensity": 1.0,
    "bid_decay": 100.0,
    "ask_decay": 100.0,
    "horizon_s": 30.0,
    "terminal_penalty": 1e-4,
}


def matrix_of(lots, phi, intensities, jumps, decay):
    """A of w' = A w, with exp(-1 - kappa eps) lambda beside the diagonal."""
    (lb, la), (eb, ea) = intensities, jumps
    diagonal = decay * ((ea * la - eb * lb) * lots - phi * lots**2)
    up = lb * exp(-1 - decay * eb) * np.eye(len(lots), k=1)
    return np.diag(diagonal) + up + la * exp(-1 - decay * ea) * np.eye(len(lots), k=-1)


@pytest.mark.parametrize("most", [3, 10])
@pytest.mark.parametrize("phi", [1e-5, 2e-4])
@pytest.mark.parametrize(
    ("intensities", "jumps"), [((1, 1), (0, 0)), ((1, 2), (0.005, 0.005)), ((2, 1), (0.01, 0.002))]
)
def test_depths_are_those_of_the_matrix_exponential(most, phi, intensities, jumps):
    case = {**FIGURE, "bid_intensity": intensities[0], "ask_intensity": intensities[1]}
    table = cartea_jaimungal.table(
        running_penalty_rate=phi, max_inventory=most, bid_jump=jumps[0], ask_jump=jumps[1], **case
    )
    lots = table.inventories
    matrix = matrix_of(lots, phi, intensities, jumps, 100.0)
    for j in (0, 7, 30, 64):
        w = expm(matrix * table.times_left[j]) @ np.exp(-1e-4 * 100 * lots**2)
        h = np.log(w) / 100
        bid, ask = 0.01 + jumps[0] - np.diff(h), 0.01 + jumps[1] + np.diff(h)
        np.testing.assert_allclose(table.bid_depth[0, j, :-1], bid, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(table.ask_depth[0, j, 1:], ask, rtol=1e-9, atol=1e-12)


def test_the_value_of_holding_nothing():
    """Figure 10.1; a simulation of a million paths gave 0.195755 +- 0.000257."""
    lots = np.arange(-3.0, 4.0)
    gains = np.where(lots < 3, exp(-1) / 100, 0.0)
    terminal, times = -1e-4 * lots**2, np.array([0.0, 30.0])
    values, levels = _core.hjb_values(
        -2e-4 * lots**2, gains, gains[::-1].copy(), 100.0, 100.0, terminal, times
    )
    assert levels[-1] + values[-1, 3] == pytest.approx(0.195527, abs=5e-7)


def test_without_penalties_every_quote_is_one_decay_away():
    table = cartea_jaimungal.table(
        running_penalty_rate=0.0, max_inventory=200, **{**FIGURE, "terminal_penalty": 0.0}
    )
    np.testing.assert_allclose(table.bid_depth[0, :, 150:250], 0.01, rtol=1e-9)


def test_sides_that_differ_in_decay_solve_the_general_equation():
    """Where no matrix helps: against SciPy's integrator, at every node, and its own limit."""
    rates = {"bid_intensity": 0.8, "ask_intensity": 1.1, "bid_decay": 0.3, "ask_decay": 0.45}
    case = {
        "running_penalty_rate": 1e-3,
        "quartic_penalty_rate": 2e-5,
        "max_inventory": 12,
        "bid_jump": 0.2,
        "ask_jump": 0.1,
        **rates,
    }
    table = cartea_jaimungal.table(horizon_s=100.0, terminal_penalty=0.05, **case)
    q = np.arange(-12, 13.0)

    def rate(_, h):
        change = (0.1 * 1.1 - 0.2 * 0.8) * q - 1e-3 * q**2 - 2e-5 * q**4
        change[:-1] += 0.8 / 0.3 * np.exp(-1 - 0.3 * (0.2 + h[:-1] - h[1:]))
        change[1:] += 1.1 / 0.45 * np.exp(-1 - 0.45 * (0.1 + h[1:] - h[:-1]))
        return change

    times = times_left(100.0)
    path = solve_ivp(rate, (0, 100), -0.05 * q**2, "DOP853", times, rtol=1e-12, atol=1e-12)
    bid = 1 / 0.3 + 0.2 - np.diff(path.y, axis=0).T
    ask = 1 / 0.45 + 0.1 + np.diff(path.y, axis=0).T
    np.testing.assert_allclose(table.bid_depth[0, :, :-1], bid, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(table.ask_depth[0, :, 1:], ask, rtol=1e-6, atol=1e-6)
    limit = cartea_jaimungal.table(**case)
    far = cartea_jaimungal.table(horizon_s=3000.0, **case)
    np.testing.assert_allclose(limit.bid_depth[0, 0], far.bid_depth[0, -1], rtol=1e-8)


def test_a_quartic_penalty_hardly_matters_near_zero_and_much_far_out():
    case = {**FIGURE, "running_penalty_rate": 1e-5, "max_inventory": 10}
    plain, quartic = (
        cartea_jaimungal.table(quartic_penalty_rate=beta, **case) for beta in (0, 1e-6)
    )
    more = (quartic.bid_depth - plain.bid_depth)[0, -1, 10:-1]
    assert np.all(np.diff(more) > 0)
    assert more[9] > 10 * more[0] > 0


@pytest.mark.parametrize(("phi", "printed"), [(5e-4, 5.000), (1e-3, 2.500), (2e-3, 1.235)])
def test_the_best_inventory_under_adverse_selection(phi, printed):
    """Figure 10.9 (its phi, 0.05 to 0.2, is kappa times ours): where fills balance."""
    model = cartea_jaimungal(
        running_penalty_rate=phi,
        max_inventory=10,
        bid_jump=0.005,
        ask_jump=0.005,
        **{**FIGURE, "ask_intensity": 2.0, "horizon_s": None},
    )
    table = model.definition.table(**model.own)
    bought = 1.0 * np.exp(-100 * (table.bid_depth[0, 0, 1:-1] - 0.0))
    sold = 2.0 * np.exp(-100 * (table.ask_depth[0, 0, 1:-1] - 0.0))
    balance = np.interp(0.0, sold - bought, table.inventories[1:-1])
    assert balance == pytest.approx(printed, abs=5e-4)


class TestTouch:
    """Section 10.2.3: how many to post at the touch."""

    FIGURE: ClassVar = {  # 10.7, with the decay that its numbers need, 0.1; it prints 0.01
        "spread": 0.05,
        "bid_intensity": 1.0,
        "ask_intensity": 1.0,
        "max_inventory": 40,
        "horizon_s": 30.0,
        "max_size": 30,
        "size_decay": 0.1,
        "terminal_penalty": 1e-4,
    }

    def test_the_volumes_of_the_figure(self):
        table = touch_model.table(running_penalty_rate=1e-3, **self.FIGURE)
        bid, ask = table.bid_size[0, -1], table.ask_size[0, -1]
        assert ask[40 + 10] == 7
        assert (ask[40 + 3], bid[40 + 3]) == (5, 3)
        assert np.all(bid[40 + 7 :] == 0)
        assert bid[40 + 6] > 0
        assert np.all(ask[: 40 - 6] == 0)
        assert ask[40 - 6] > 0

    def test_a_large_penalty_posts_nothing_at_zero(self):
        table = touch_model.table(running_penalty_rate=0.1, **self.FIGURE)
        assert table.bid_size[0, -1, 40] == table.ask_size[0, -1, 40] == 0

    def test_the_decay_that_is_printed_gives_other_volumes(self):
        table = touch_model.table(running_penalty_rate=1e-3, **{**self.FIGURE, "size_decay": 0.01})
        bid, ask = table.bid_size[0, -1], table.ask_size[0, -1]
        assert (ask[40 + 10], ask[40 + 3], bid[40 + 3]) == (23, 17, 12)
        assert bid[40 + 15] > 0 == bid[40 + 16]

    def test_its_values_are_those_of_a_fine_grid_of_time(self):
        """One size, which every market order fills: SciPy's integrator finds the same posts."""
        case = {"spread": 0.05, "running_penalty_rate": 1e-3, "max_inventory": 8, "horizon_s": 30}
        table = touch_model.table(bid_intensity=0.7, ask_intensity=1.3, **case)
        q = np.arange(-8, 9.0)

        def gains(h):
            bid, ask = np.zeros(17), np.zeros(17)
            bid[:-1], ask[1:] = 0.025 + np.diff(h), 0.025 - np.diff(h)
            return bid, ask

        def rate(_, h):
            bid, ask = gains(h)
            return -1e-3 * q**2 + 0.7 * np.maximum(bid, 0) + 1.3 * np.maximum(ask, 0)

        path = solve_ivp(rate, (0, 30), -0.025 * abs(q), t_eval=times_left(30.0), rtol=1e-10,
                         atol=1e-12, max_step=0.05)  # fmt: skip
        for j in range(1, 65):
            bid, ask = gains(path.y[:, j])
            sure = (np.abs(bid) > 1e-5) & (np.abs(ask) > 1e-5)
            np.testing.assert_array_equal((bid > 0)[sure], (table.bid_size[0, j] > 0)[sure])
            np.testing.assert_array_equal((ask > 0)[sure], (table.ask_size[0, j] > 0)[sure])


class TestForecast:
    """Section 10.4.2: posting at the touch with a short-lived drift."""

    BOOK: ClassVar = {
        "spread": 0.01,
        "bid_intensity": 0.8333,
        "ask_intensity": 0.8333,
        "reversion": 0.5,
        "forecast_horizon_s": 2.0,
        "most_forecast": 0.025,
        "max_inventory": 8,
        "horizon_s": 20.0,
        "jump": 0.005,
        "noise": 0.001,
        "terminal_penalty": 0.01,
    }

    def test_without_a_drift_it_is_the_touch(self):
        still = {"jump": 0.0, "noise": 0.0, "running_penalty_rate": 2e-4}
        table = forecast_touch.table(**{**self.BOOK, **still})
        names = ("spread", "bid_intensity", "ask_intensity", "max_inventory", "horizon_s")
        case = {name: self.BOOK[name] for name in names}
        plain = touch_model.table(running_penalty_rate=2e-4, terminal_penalty=0.01, **case)
        np.testing.assert_array_equal(table.bid_depth[10] == 0, plain.bid_size[0] > 0)
        np.testing.assert_array_equal(table.ask_depth[10] == 0, plain.ask_size[0] > 0)

    def test_a_higher_forecast_buys_more_and_sells_less(self):
        table = forecast_touch.table(**self.BOOK)
        bid, ask = table.bid_depth, table.ask_depth
        np.testing.assert_allclose(bid, ask[::-1, :, ::-1], atol=1e-12)
        nearness = np.nan_to_num(-bid, nan=-np.inf)
        assert np.all(nearness[1:] >= nearness[:-1] - 1e-9)
        assert bid[20, -1, 12] == 0
        assert np.isnan(bid[10, -1, 12])

    def test_a_certain_drift_is_solved_along_its_path(self):
        """No noise and no jumps: a(t) dies out, and h(a, q) = h(q) on a path that SciPy follows.

        At a grid point the solution has the grid's first-order error, so posts are compared where
        they are not a matter of it.
        """
        case = {**self.BOOK, "jump": 0.0, "noise": 0.0}
        table = forecast_touch.table(**case)
        q = np.arange(-8, 9.0)
        most = 0.025 * 0.5 / (1 - exp(-1.0))
        for regime in (4, 8, 12, 16):
            drift = most * (regime - 10) / 10

            def rate(elapsed_back, h, drift=drift):
                change = drift * exp(-0.5 * (20.0 - elapsed_back)) * q
                change[:-1] += 0.8333 * np.maximum(0.005 + np.diff(h), 0)
                change[1:] += 0.8333 * np.maximum(0.005 - np.diff(h), 0)
                return change

            terminal = -0.005 * abs(q) - 0.01 * q**2
            path = solve_ivp(rate, (0, 20), terminal, rtol=1e-9, atol=1e-12, max_step=0.1)
            step = np.diff(path.y[:, -1])
            bid, ask = 0.005 + step, 0.005 - step
            sure = 0.1 * abs(drift)  # of the size of the first-order error
            near = np.abs(bid) < sure
            np.testing.assert_array_equal((table.bid_depth[regime, -1, :-1] == 0)[~near],
                                          (bid > 0)[~near])  # fmt: skip
            near = np.abs(ask) < sure
            np.testing.assert_array_equal((table.ask_depth[regime, -1, 1:] == 0)[~near],
                                          (ask > 0)[~near])  # fmt: skip
            assert near.sum() < 6
            lacks = (ask < -sure) & (q[1:] > 0)  # what reduces stands back by what a fill lacks
            assert lacks.any() == (regime > 10)
            np.testing.assert_allclose(table.ask_depth[regime, -1, 1:][lacks], -ask[lacks],
                                       atol=sure)  # fmt: skip
