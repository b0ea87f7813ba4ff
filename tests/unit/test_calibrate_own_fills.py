"""A and k of our own fills: the world's law again, in errors that hold; what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import halfspread as hs
from halfspread.calibrate import CalibrationError, own_fills
from halfspread.errors import ConfigError
from made_tapes import BTC, market

LAW = {"fill_intensity": (1.5, 0.8), "fill_decay": (0.6, 0.9)}
HALF_SPREADS = np.linspace(0.5, 5, 60)


def explore(seed=0, volatility=0.0, half_spreads=HALF_SPREADS, horizon="200s"):
    world = hs.Brownian(
        horizon=horizon, volatility=volatility, decide_every="40ms", seed=seed, **LAW
    )
    return world.run(hs.models.fixed_spread(half_spread=half_spreads, size=1))


@pytest.mark.parametrize("volatility", [0.0, 0.3])
def test_the_law_of_the_world_comes_back(volatility):
    for seed in range(3):
        fits = own_fills(explore(seed, volatility))
        for fit, intensity, decay in zip(fits, *LAW.values(), strict=True):
            assert fit.intensity == pytest.approx(intensity, abs=3.5 * fit.intensity_error)
            assert fit.decay == pytest.approx(decay, abs=3.5 * fit.decay_error)
            assert fit.decay_error < 0.1 * decay


def test_its_errors_are_the_spread_of_many_runs():
    fits = [own_fills(explore(seed, half_spreads=HALF_SPREADS[::4]))[0] for seed in range(60)]
    for value, error in (("intensity", "intensity_error"), ("decay", "decay_error")):
        spread = np.std([getattr(fit, value) for fit in fits], ddof=1)
        said = np.mean([getattr(fit, error) for fit in fits])
        assert said == pytest.approx(spread, rel=0.3)


def test_lanes_that_share_a_market_know_no_more_than_one():
    tape = hs.Tape.from_events(market(40_000), BTC)
    few, many = (
        own_fills(
            hs.Replay(tape).run(hs.models.fixed_spread(half_spread=np.tile(HALF_SPREADS[::6], n)))
        )
        for n in (1, 6)
    )
    for alone, together in zip(few, many, strict=True):
        assert together.orders == 6 * alone.orders
        assert together.intensity == pytest.approx(alone.intensity, rel=1e-9)
        assert together.intensity_error == pytest.approx(alone.intensity_error, rel=1e-9)
        assert together.decay_error == pytest.approx(alone.decay_error, rel=1e-9)


def test_what_we_took_is_not_what_a_quote_of_ours_got():
    run = explore()
    made = np.arange(len(run.fills["maker"])) % 5 > 0
    some_taken = replace(run, fills={**run.fills, "maker": made})
    for whole, fit, side in zip(own_fills(run), own_fills(some_taken), (1, -1), strict=True):
        assert fit.orders == np.sum(made & (run.fills["side"] == side))
        assert fit.intensity == pytest.approx(0.8 * whole.intensity, rel=0.1)


def test_what_can_not_be_fitted_is_said():
    with pytest.raises(CalibrationError, match=r"\d+ orders of our bids were filled, 20 needed"):
        own_fills(explore(horizon="1s", half_spreads=[4.0, 5.0]))
    with pytest.raises(CalibrationError, match="our bids stood at one distance only"):
        own_fills(explore(half_spreads=1.0))
    with pytest.raises(ConfigError, match="the run kept no fills"):
        own_fills(explore(half_spreads=np.linspace(0.5, 5, 70), horizon="1s"))
