"""Rewards: what a step was worth to a learner, each by its formula; `+` adds them up.

With w the wealth (cash and inventory at the mid, less fees), q the inventory after the step, dt its
seconds, psi what its fills earned against the mid just before them, and

    dw = psi + drift - fees,        drift = sum of q dm over the mid's changes dm in the step

as the core's account has them, in tick-lots, without any rounding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfspread.inventory.penalty import risk_penalty, running_penalty
from halfspread.learn.checks import not_negative, positive
from halfspread.policy import check

Floats = NDArray[np.float64]


class Step(NamedTuple):
    """What a step did, an array of (n,) a number: money in tick-lots, inventory in lots."""

    profit: Floats
    """dw: the change of wealth"""
    edge: Floats
    """psi: what fills earned against the mid just before them"""
    fees: Floats
    """paid > 0"""
    inventory: Floats
    """q, after the step"""
    wealth: Floats
    """w since the episode began, after the step"""
    seconds: Floats
    """dt"""
    terminated: NDArray[np.bool_]
    """the episode ended here by its own rules (one that was cut off did not)"""

    @property
    def drift(self) -> Floats:
        """What holding the inventory earned: the sum of q dm over the step."""
        return self.profit - self.edge + self.fees


class Reward(ABC):
    """A number for each step of each lane."""

    def __call__(self, step: Step) -> Floats:
        """The rewards of a step, of shape (n,), in an array of their own."""
        return self._of(step)

    @abstractmethod
    def _of(self, step: Step) -> Floats: ...

    def __add__(self, other: Reward) -> Reward:
        return Sum((*_parts(self), *_parts(other)))


@dataclass(frozen=True)
class Sum(Reward):
    """Rewards added up; what `+` makes."""

    parts: tuple[Reward, ...]

    def _of(self, step: Step) -> Floats:
        total = self.parts[0](step)
        for part in self.parts[1:]:
            total = total + part(step)
        return total


def _parts(reward: Reward) -> tuple[Reward, ...]:
    return reward.parts if isinstance(reward, Sum) else (reward,)


@dataclass(frozen=True)
class Profit(Reward):
    """dw: the change of wealth. Its sum over an episode is the episode's profit, exactly.

    >>> Profit() + TerminalPenalty(quadratic=0.5)
    Sum(parts=(Profit(), TerminalPenalty(quadratic=0.5, linear=0.0)))
    """

    def _of(self, step: Step) -> Floats:
        return step.profit.copy()


@dataclass(frozen=True)
class RunningPenalty(Reward):
    """-(phi q^2 + beta q^4) dt: what holding an inventory costs (halfspread.inventory.penalty).

    Args:
        quadratic: phi >= 0, ticks per lot and second.
        quartic: beta >= 0, ticks per lot^3 and second.

    Source:
        Á. Cartea, S. Jaimungal and J. Penalva, "Algorithmic and High-Frequency Trading", Cambridge
        University Press, 2015, section 10.2.
    """

    quadratic: float
    quartic: float = 0.0

    def __post_init__(self) -> None:
        not_negative("RunningPenalty", quadratic=self.quadratic, quartic=self.quartic)

    def _of(self, step: Step) -> Floats:
        cost: Floats = running_penalty(step.inventory, self.quadratic, self.quartic)
        return -cost * step.seconds


@dataclass(frozen=True)
class TerminalPenalty(Reward):
    """-(alpha q^2 + c |q|) where an episode ends by itself, and 0 everywhere else.

    Args:
        quadratic: alpha >= 0, ticks per lot.
        linear: c >= 0, ticks: taking q lots at a touch c from the mid costs c |q|.

    Source:
        Á. Cartea, S. Jaimungal and J. Penalva (2015), section 10.2, for the quadratic part.
    """

    quadratic: float = 0.0
    linear: float = 0.0

    def __post_init__(self) -> None:
        not_negative("TerminalPenalty", quadratic=self.quadratic, linear=self.linear)

    def _of(self, step: Step) -> Floats:
        held = step.inventory
        cost = self.quadratic * held * held + self.linear * np.abs(held)
        return np.where(step.terminated, -cost, 0.0)


@dataclass(frozen=True)
class Damping(Reward):
    """-eta drift, or -max(0, eta drift): profit that came of holding, not of spread, taken back.

    Added to Profit, the first is Spooner's symmetrically dampened profit, the second (`gains_only`)
    the asymmetrically dampened, which leaves losses as they are.

    Args:
        share: eta, in [0, 1].
        gains_only: take back gains alone.

    Source:
        T. Spooner, J. Fearnley, R. Savani and A. Koukorinis, "Market Making via Reinforcement
        Learning", AAMAS 2018, section 4.2.
    """

    share: float
    gains_only: bool = True

    def __post_init__(self) -> None:
        not_negative("Damping", share=self.share)
        check("Damping: share", self.share <= 1, "in 0 to 1", self.share)

    def _of(self, step: Step) -> Floats:
        taken = self.share * step.drift
        return -np.maximum(taken, 0.0) if self.gains_only else -taken


def dampened_profit(share: float, gains_only: bool = True) -> Reward:
    """Dw - max(0, eta drift), or dw - eta drift: Spooner's rewards (Profit and Damping)."""
    return Profit() + Damping(share, gains_only)


@dataclass(frozen=True)
class UtilityGain(Reward):
    """u(w') - u(w) of the constant absolute risk aversion g: u(w) = (1 - exp(-g w)) / g.

    Summed over an episode it is u of the episode's profit. As g tends to 0 it is Profit.

    Args:
        risk_aversion: g > 0, per tick-lot.

    Source:
        M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative
        Finance 8(3), 2008: what its maker maximises.
    """

    risk_aversion: float

    def __post_init__(self) -> None:
        positive("UtilityGain", risk_aversion=self.risk_aversion)

    def _of(self, step: Step) -> Floats:
        g, after = self.risk_aversion, step.wealth
        gain: Floats = -np.exp(-g * (after - step.profit)) * np.expm1(-g * step.profit) / g
        return gain


@dataclass(frozen=True)
class TradingProfit(Reward):
    """Psi: what fills earned against the mid just before them, before fees."""

    def _of(self, step: Step) -> Floats:
        return step.edge.copy()


def composite(trading: float, damping: float, inventory: float) -> Reward:
    """Dampened profit + a psi - zeta q^2 dt: profit, of which spread counts more than drift.

    Args:
        trading: a >= 0, how often psi counts once more; 1 in the source.
        damping: eta, in [0, 1], as Damping's with gains_only.
        inventory: zeta >= 0, ticks per lot and second.

    Source:
        H. Guo, J. Lin and F. Huang, "Market Making with Deep Reinforcement Learning from Limit
        Order Books", IJCNN 2023; its penalty is a step's, ours a second's.
    """
    return dampened_profit(damping) + Scaled(trading, TradingProfit()) + RunningPenalty(inventory)


@dataclass(frozen=True)
class Scaled(Reward):
    """A reward times a factor >= 0."""

    factor: float
    reward: Reward

    def __post_init__(self) -> None:
        not_negative("Scaled", factor=self.factor)

    def _of(self, step: Step) -> Floats:
        return self.factor * self.reward(step)


def risk_averse(risk_aversion: float, volatility: float, terminal: float = 0.0) -> Reward:
    """Dw - phi q^2 dt, and -alpha q^2 at the end, with phi = g s^2 / 2: an adaptive maker's.

    Args:
        risk_aversion: g >= 0, per tick-lot.
        volatility: s >= 0, ticks per root second.
        terminal: alpha >= 0, ticks per lot.

    A penalty of 0.01 q^2 each step, whatever its length and the unit of q, is what makes learners
    stop to trade: here it is what a risk aversion of g charges for the time that it lasts.
    """
    not_negative("risk_averse", risk_aversion=risk_aversion, volatility=volatility)
    phi = risk_penalty(risk_aversion, volatility)
    return Profit() + RunningPenalty(phi) + TerminalPenalty(quadratic=terminal)


def liquidated(running: float, half_spread: float) -> Reward:
    """Dw - phi q^2 dt, and -c |q| at the end: the Q-learner's, of wealth at the mid after fees.

    Args:
        running: phi >= 0, ticks per lot and second.
        half_spread: c >= 0, ticks: what is left at the end is sold there, at the touch.
    """
    return Profit() + RunningPenalty(running) + TerminalPenalty(linear=half_spread)
