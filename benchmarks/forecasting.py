"""Forecasting: a forecast of the mid, fitted on the first part of a tape, for forecast_touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import halfspread as hs
from halfspread.signals import Ensemble, Track, fit_ensemble, measure

HORIZON_S = 2.0
EVERY_NS = 100_000_000
SIGNALS = hs.SignalPolicy(
    half_life="2s",
    order_flow_half_life="2s",
    fast_half_life="1s",
    slow_half_life="10s",
    depth_levels=5,
)
FEATURES = ("imbalance", "depth_imbalance", "order_flow_imbalance", "trade_flow", "momentum")


@dataclass(frozen=True)
class Forecasting:
    """What was fitted: the forecast of the whole tape, and how a drift behaves."""

    ensemble: Ensemble
    track: Track
    spread: float
    """ticks, the median in training"""
    reversion: float
    """per second, at which forecasts die out in training"""
    spread_of_forecasts: float
    """ticks: their standard deviation in training"""

    def maker(self, intensity: float, penalty: float, size: float, limit: float) -> Any:
        """forecast_touch, its drift the process of mean 0 that the forecasts look like."""
        per_forecast = self.reversion / -np.expm1(-self.reversion * HORIZON_S)
        return hs.models.forecast_touch(
            spread=self.spread,
            bid_intensity=intensity,
            ask_intensity=intensity,
            reversion=self.reversion,
            forecast_horizon_s=HORIZON_S,
            most_forecast=3 * self.spread_of_forecasts,
            noise=self.spread_of_forecasts * per_forecast * np.sqrt(2 * self.reversion),
            running_penalty_rate=penalty,
            max_inventory=limit,
            horizon_s=60,
            size=size,
        )


def forecast(tape: hs.Tape, until: int) -> Forecasting:
    """Fitted on what is before `until`, ns; the track goes on to the end."""
    first, last = tape.span
    times = np.arange(first, last, EVERY_NS)
    seen = measure(tape, SIGNALS, times=times)
    ahead = round(HORIZON_S * 1e9) // EVERY_NS
    change = np.full(len(times), np.nan)
    change[:-ahead] = seen["mid"][ahead:] - seen["mid"][:-ahead]
    features = {name: seen[name] for name in FEATURES}
    known = times + ahead * EVERY_NS < until
    ensemble = fit_ensemble(
        {name: values[known] for name, values in features.items()},
        change[known],
        times[known],
        horizon_s=HORIZON_S,
    )
    track = ensemble.track(times, features)
    trained = track.forecast[known]
    trained = trained[np.isfinite(trained)] - np.mean(trained[np.isfinite(trained)])
    lag = trained[1:] @ trained[:-1] / (trained @ trained)
    return Forecasting(
        ensemble,
        track,
        spread=float(np.nanmedian((seen["ask"] - seen["bid"])[known])),
        reversion=float(-np.log(lag) / (EVERY_NS * 1e-9)),
        spread_of_forecasts=float(trained.std()),
    )
