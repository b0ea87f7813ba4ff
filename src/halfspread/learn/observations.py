"""Observations: what a learner sees of a market: fields of a state as they are, or features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.learn.checks import positive
from halfspread.learn.lanes import Columns, Floats
from halfspread.policy import one_of
from halfspread.quote import QuoteState

LIMIT = 10.0
"""Features are cut off here."""


class Observation(Protocol):
    """Which fields of a state the core is to show, and what is made of them."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of QuoteState, as the core's observations have them side by side."""

    def space(self) -> spaces.Box:
        """Of one lane."""

    def of(self, columns: Columns) -> Any:
        """Something whose `look()` gives the observations of all lanes, in one buffer.

        After lanes alone have begun anew it is asked with their flags.
        """


@dataclass(frozen=True)
class Fields:
    """Fields of QuoteState by name, in their own units, 0 where not known: the core's own array.

    >>> Fields("inventory", "time_left").space().shape
    (2,)
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        for name in names:
            one_of("observation", name, QuoteState._fields)
        if not names:
            raise ConfigError("observation must name a field at least, was ()")
        object.__setattr__(self, "names", names)

    @property
    def fields(self) -> tuple[str, ...]:
        """As given."""
        return self.names

    def space(self) -> spaces.Box:
        """A Box of any numbers, in double precision."""
        return spaces.Box(-np.inf, np.inf, (len(self.names),), np.float64)

    def of(self, columns: Columns) -> Shared:
        """The core's array."""
        return Shared(columns.observations.T)


@dataclass(frozen=True)
class Shared:
    """An array that the core writes."""

    array: Floats

    def look(self, anew: NDArray[np.bool_] | None = None) -> Floats:
        """The array, in which what is seen stands already."""
        return self.array


@dataclass(frozen=True)
class Features:
    """Eleven numbers of the book, the inventory and the time, each of the order of 1.

    ==================  ==========================================================================
    bid_move, ask_move  (best price - the one before this step) / price_scale
    spread              (ask - bid) / price_scale
    bid_size, ask_size  log(1 + size at the best price / size_scale)
    imbalance           (bid_size - ask_size) / (bid_size + ask_size)
    volatility          ticks per root second / price_scale: of a second's move
    inventory           lots / inventory_scale
    wealth              since the episode began / (price_scale inventory_scale)
    sine, cosine        of half a turn from the market's beginning to its end: where it stands
    ==================  ==========================================================================

    What is not known is 0, and all are cut off at -10 and 10. They are those of an agent that was
    shown raw prices, its cash, and a sine of 1,000 steps: what is not stationary is a difference
    here, and time is that which is left.

    Args:
        price_scale: ticks, > 0: a usual spread, or move of a second.
        size_scale: lots, > 0: a usual size.
        inventory_scale: lots, > 0: what the inventory may be.

    >>> Features(price_scale=10).space().shape
    (11,)
    """

    price_scale: float = 1.0
    size_scale: float = 1.0
    inventory_scale: float = 10.0

    def __post_init__(self) -> None:
        scales = ("price_scale", "size_scale", "inventory_scale")
        positive("Features", **{name: getattr(self, name) for name in scales})

    @property
    def fields(self) -> tuple[str, ...]:
        """What they are made of."""
        return ("bid", "ask", "bid_size", "ask_size", "imbalance", "volatility", "time")

    def space(self) -> spaces.Box:
        """A Box of [-10, 10], in single precision."""
        return spaces.Box(-LIMIT, LIMIT, (11,), np.float32)

    def of(self, columns: Columns) -> FeaturesOf:
        """The features of these lanes."""
        return FeaturesOf(self, columns)


class FeaturesOf:
    """Features of n lanes, in one buffer that each look writes anew."""

    def __init__(self, scales: Features, columns: Columns) -> None:
        self.scales, self.columns = scales, columns
        n = len(columns.inventory)
        self.buffer: NDArray[np.float32] = np.zeros((n, 11), np.float32)
        self.numbers = np.zeros((11, n))
        self.before = np.zeros((2, n))

    def look(self, anew: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
        """The features of now; a best price moves from where it stood at the look before."""
        columns, scales, to = self.columns, self.scales, self.numbers
        seen = columns.observations
        prices, sizes, time = seen[:2], seen[2:4], seen[6]
        if anew is None:
            known = (prices != 0) & (self.before != 0) & (columns.steps != 0)
            to[:2] = np.where(known, prices - self.before, 0.0) / scales.price_scale
        else:
            to[:2, anew] = 0.0
        self.before[:] = prices
        both = (prices != 0).all(axis=0)
        to[2] = np.where(both, prices[1] - prices[0], 0.0) / scales.price_scale
        to[3:5] = np.log1p(np.maximum(sizes, 0.0) / scales.size_scale)
        to[5] = seen[4]
        to[6] = seen[5] / scales.price_scale
        to[7] = columns.inventory / scales.inventory_scale
        to[8] = columns.wealth / (scales.price_scale * scales.inventory_scale)
        whole = time + columns.time_left
        turn = np.pi * np.divide(time, whole, out=np.zeros_like(time), where=whole > 0)
        np.sin(turn, out=to[9])
        np.cos(turn, out=to[10])
        np.clip(to, -LIMIT, LIMIT, out=to)
        self.buffer[:] = to.T
        return self.buffer


def observation_of(given: str | Sequence[str] | Observation) -> Observation:
    """Of "features", of the name or names of fields of QuoteState, or of what is one already."""
    if given == "features":
        return Features()
    if isinstance(given, str):
        return Fields(given)
    if isinstance(given, Sequence):
        return Fields(*given)
    return given
