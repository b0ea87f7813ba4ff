"""Schedule: how fast to sell a position when speed costs impact and slowness costs risk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import acosh, inf, isfinite

import numpy as np
from numpy.typing import NDArray

from halfspread.policy import check

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AlmgrenChriss:
    """The optimal schedule of a liquidation with linear impact, its cost and its variance.

    With tau = horizon / steps, holdings x_0 = X ... x_N = 0 and trades n_j = x_(j-1) - x_j, the
    cost against the first price has mean E and variance V:

    E = permanent X^2 / 2 + half_spread sum |n| + e / tau sum n^2
    V = volatility^2 tau sum of x_j^2, j >= 1
    e = temporary - permanent tau / 2

    E + risk_aversion V is least for x_j = X sinh(kappa (T - t_j)) / sinh(kappa T), where
    cosh(kappa tau) = 1 + risk_aversion volatility^2 tau^2 / (2 e). Any one unit of price, of size
    and of time serves: those of the paper's example are dollars, shares and days.

    >>> paper = AlmgrenChriss(1e6, 5, 5, 0.95, 0.0625, 2.5e-6, 2.5e-7, risk_aversion=1e-6)
    >>> round(paper.kappa, 4), round(paper.cost), round(paper.variance**0.5)
    (0.6071, 911227, 603431)

    Args:
        inventory: X, of either sign; a short position is bought back, its holdings are negative.
        horizon: T, the time to the deadline, > 0.
        steps: N, of equal length, >= 1.
        volatility: price per root time, >= 0.
        half_spread: price, >= 0: what crossing it costs a unit of size.
        temporary_impact: eta, price for a speed of one unit of size a unit of time, > 0.
        permanent_impact: gamma, price a unit of size, >= 0; temporary > permanent tau / 2.
        risk_aversion: lambda, per money, >= 0; 0 is the even schedule.
    Errors:
        ConfigError: an argument is out of its range.
    Source:
        R. Almgren and N. Chriss, "Optimal execution of portfolio transactions", Journal of Risk 3,
        2000, pp. 5-39, equations (16) to (20) and section 3.4.
    """

    inventory: float
    horizon: float
    steps: int
    volatility: float
    half_spread: float
    temporary_impact: float
    permanent_impact: float = 0.0
    risk_aversion: float = 0.0

    def __post_init__(self) -> None:
        self._require("inventory", isfinite(self.inventory), "finite")
        self._require("horizon", 0 < self.horizon < inf, "> 0")
        self._require("steps", isinstance(self.steps, int) and self.steps >= 1, "an integer >= 1")
        for name in ("volatility", "half_spread", "permanent_impact", "risk_aversion"):
            self._require(name, 0 <= getattr(self, name) < inf, ">= 0")
        self._require("temporary_impact", 0 < self.temporary_impact < inf, "> 0")
        least = self.permanent_impact * self.step / 2
        self._require(
            "temporary_impact",
            self.temporary_impact > least,
            f"> permanent_impact * horizon / steps / 2 = {least:g}",
        )

    def _require(self, name: str, holds: bool, rule: str) -> None:
        check(f"almgren_chriss: {name}", holds, rule, getattr(self, name))

    @property
    def step(self) -> float:
        """The time between trades."""
        return self.horizon / self.steps

    @property
    def kappa(self) -> float:
        """How fast holdings decay, per time; 0 without risk aversion or volatility."""
        effective = self.temporary_impact - self.permanent_impact * self.step / 2
        urgency = self.risk_aversion * self.volatility**2 / effective
        return acosh(1 + urgency * self.step**2 / 2) / self.step

    @property
    def half_life(self) -> float:
        """1 / kappa, the time in which an unhurried position falls by the factor e."""
        return 1 / self.kappa if self.kappa > 0 else inf

    @cached_property
    def times(self) -> Floats:
        """(steps + 1,), from 0 to the horizon."""
        return np.linspace(0.0, self.horizon, self.steps + 1, dtype=np.float64)

    @cached_property
    def holdings(self) -> Floats:
        """(steps + 1,): what is still held at `times`; the last is 0."""
        return np.array([self.holding(time) for time in self.times])

    def holding(self, time: float) -> float:
        """What is to be held at a time between 0 and the horizon, on the curve through `holdings`.

        >>> round(AlmgrenChriss(1e6, 5, 5, 0.95, 0.0625, 2.5e-6, 2.5e-7, 1e-6).holding(1), 3)
        541955.554
        """
        left = min(max(1 - time / self.horizon, 0.0), 1.0)
        steepness = self.kappa * self.horizon
        if steepness < 1e-8:
            return self.inventory * left
        fall = np.exp(-steepness * (1 - left))  # sinh(a left) / sinh(a), without overflow
        ratio = fall * np.expm1(-2 * steepness * left) / np.expm1(-2 * steepness)
        return float(self.inventory * ratio)

    @property
    def trades(self) -> Floats:
        """(steps,): what is sold in each step (bought, where negative)."""
        trades: Floats = -np.diff(self.holdings)
        return trades

    @property
    def cost(self) -> float:
        """E, money: the expected cost against the price at the start."""
        trades = self.trades
        effective = self.temporary_impact - self.permanent_impact * self.step / 2
        return float(
            self.permanent_impact * self.inventory**2 / 2
            + self.half_spread * np.abs(trades).sum()
            + effective / self.step * (trades**2).sum()
        )

    @property
    def variance(self) -> float:
        """V, money squared."""
        return float(self.volatility**2 * self.step * (self.holdings[1:] ** 2).sum())

    def frontier(self, risk_aversions: Iterable[float]) -> Floats:
        """The efficient frontier: a row (variance, cost) for each risk aversion, (m, 2)."""
        points = (replace(self, risk_aversion=value) for value in risk_aversions)
        return np.array([(point.variance, point.cost) for point in points])
