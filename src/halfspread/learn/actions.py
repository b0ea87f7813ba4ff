"""Actions: what a learner may answer, and the quotes that it stands for.

Prices are in ticks, sizes in lots; the desk rounds bids down and asks up, sizes down. A ladder is
the market's affair: with OrderPolicy(levels=k, spacing_ticks=s) each side of a quote stands on k
levels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from halfspread.learn.checks import finite, not_negative, positive
from halfspread.learn.lanes import Columns, Floats
from halfspread.policy import check, one_of


class Action(Protocol):
    """A space of one lane's answers, and the quotes that they are."""

    @property
    def takes(self) -> bool:
        """Whether a quote may be meant to take, which the market's OrderPolicy must allow."""

    def space(self) -> spaces.Space[Any]:
        """Of one lane."""

    def write(self, actions: NDArray[Any], columns: Columns) -> None:
        """Writes the quotes of all lanes' actions into columns.quotes."""


def take_out(columns: Columns, share: Floats) -> None:
    """Where `share` of the inventory is a lot at least, quotes that take it out at the touch."""
    lots = np.floor(np.abs(columns.inventory) * share)
    for sign, mine, price in ((1, 1, columns.bid), (-1, 0, columns.ask)):
        these = (lots >= 1) & (np.sign(columns.inventory) == sign) & np.isfinite(price)
        columns.quotes[mine, these] = price[these]
        columns.quotes[2 + mine, these] = lots[these]
        columns.quotes[3 - mine, these] = 0.0


@dataclass(frozen=True)
class Boxed(ABC):
    """What actions in a Box have in common: sizes and unwinding behind the two that place quotes.

    Args:
        size: lots on each side, >= 1, where the action doesn't say;
        most_lots: None, or the largest size of a side, which two more numbers of the action give:
            (bid lots, ask lots) in [0, most_lots]. Less than one lot is no quote.
        unwinds: one more number in [0, 1]: that share of the inventory, in whole lots, is taken out
            at the touch at once (OrderPolicy(taking=True)); then nothing else is quoted on the
            side that adds to it.
    """

    size: float = 1.0
    most_lots: float | None = None
    unwinds: bool = False

    def __post_init__(self) -> None:
        name = type(self).__name__
        check(f"{name}: size", self.size >= 1, ">= 1", self.size)
        most = self.most_lots
        check(f"{name}: most_lots", most is None or most >= 1, ">= 1, or None", most)

    @property
    def takes(self) -> bool:
        """Whether it unwinds."""
        return self.unwinds

    @abstractmethod
    def bounds(self) -> list[tuple[float, float]]:
        """The least and the most of the numbers that place the quotes."""

    def space(self) -> spaces.Box:
        """A Box; Gymnasium's RescaleAction makes it one of [-1, 1]."""
        bounds = self.bounds()
        if self.most_lots is not None:
            bounds += [(0.0, self.most_lots)] * 2
        if self.unwinds:
            bounds.append((0.0, 1.0))
        low, high = np.array(bounds, np.float32).T
        return spaces.Box(low, high, dtype=np.float32)

    def write(self, actions: NDArray[Any], columns: Columns) -> None:
        """Writes the quotes of all lanes' actions into columns.quotes."""
        quotes = columns.quotes
        self.place(actions, columns)
        if self.most_lots is None:
            quotes[2:] = self.size
        else:
            np.floor(actions[:, 2:4].T, out=quotes[2:])
        if self.unwinds:
            take_out(columns, actions[:, -1])

    @abstractmethod
    def place(self, actions: NDArray[Any], columns: Columns) -> None:
        """Writes the prices of the quotes."""


@dataclass(frozen=True)
class Offsets(Boxed):
    """(bid offset, ask offset), in ticks from the mid: bid = mid - a, ask = mid + b.

    Args:
        least, most: ticks, of each: the least may be negative, for a quote beyond the mid.
        size, most_lots, unwinds: as Boxed says.

    >>> Offsets(most=20).space()
    Box(0.0, 20.0, (2,), float32)
    """

    least: float = 0.0
    most: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        finite("Offsets", least=self.least, most=self.most)
        check("Offsets: most", self.most > self.least, f"> least = {self.least}", self.most)

    def bounds(self) -> list[tuple[float, float]]:
        """Of the offsets."""
        return [(self.least, self.most)] * 2

    def place(self, actions: NDArray[Any], columns: Columns) -> None:
        """Writes the prices of the quotes."""
        np.subtract(columns.mid, actions[:, 0], out=columns.quotes[0])
        np.add(columns.mid, actions[:, 1], out=columns.quotes[1])


@dataclass(frozen=True)
class HalfSpreadAndLean(Boxed):
    """(half spread, lean): quotes half a spread around mid - lean * inventory.

    Args:
        most_half_spread: ticks, > 0; the least is 0.
        most_lean: ticks per lot, > 0; the least is 0.
        size, most_lots, unwinds: as Boxed says.

    >>> HalfSpreadAndLean(most_half_spread=5, most_lean=0.5).space().high.tolist()
    [5.0, 0.5]
    """

    most_half_spread: float = 10.0
    most_lean: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        name = "HalfSpreadAndLean"
        positive(name, most_half_spread=self.most_half_spread, most_lean=self.most_lean)

    def bounds(self) -> list[tuple[float, float]]:
        """Of the half spread, and of the lean."""
        return [(0.0, self.most_half_spread), (0.0, self.most_lean)]

    def place(self, actions: NDArray[Any], columns: Columns) -> None:
        """Writes the prices of the quotes."""
        middle = columns.mid - actions[:, 1] * columns.inventory
        np.subtract(middle, actions[:, 0], out=columns.quotes[0])
        np.add(middle, actions[:, 0], out=columns.quotes[1])


@dataclass(frozen=True)
class Five:
    """Five quotes: 0 tight, 1 usual, 2 wide, 3 reducing, 4 none; 5, where it unwinds, out at once.

    With h the half spread and l the lean, around mid - l q:

        0: h / 2      1: h      2: 2 h      3: h, and 3 l in place of l      4: no quotes

    Both quotes move the same way: down when long, up when short.

    Args:
        half_spread: h, ticks, > 0.
        lean: l, ticks per lot, >= 0.
        size: lots on each side, >= 1.
        unwinds: a sixth action takes the whole inventory out at the touch
            (OrderPolicy(taking=True)).

    >>> Five(half_spread=2).space()
    Discrete(5)
    """

    half_spread: float = 1.0
    lean: float = 0.0
    size: float = 1.0
    unwinds: bool = False

    def __post_init__(self) -> None:
        positive("Five", half_spread=self.half_spread)
        not_negative("Five", lean=self.lean)
        check("Five: size", self.size >= 1, ">= 1", self.size)

    @property
    def takes(self) -> bool:
        """Whether it unwinds."""
        return self.unwinds

    def space(self) -> spaces.Discrete:
        """Five actions, or six."""
        return spaces.Discrete(6 if self.unwinds else 5)

    def write(self, actions: NDArray[Any], columns: Columns) -> None:
        """Writes the quotes of all lanes' actions into columns.quotes."""
        half = self.half_spread * np.array([0.5, 1.0, 2.0, 1.0, 1.0, 1.0])[actions]
        lean = self.lean * np.array([1.0, 1.0, 1.0, 3.0, 1.0, 1.0])[actions]
        middle = columns.mid - lean * columns.inventory
        np.subtract(middle, half, out=columns.quotes[0])
        np.add(middle, half, out=columns.quotes[1])
        columns.quotes[2:] = np.where(actions < 4, self.size, 0.0)
        if self.unwinds:
            take_out(columns, (actions == 5).astype(np.float64))


NAMED: dict[str, type] = {
    "offsets": Offsets,
    "half_spread_and_lean": HalfSpreadAndLean,
    "five": Five,
}


def action_of(given: str | Action) -> Action:
    """An action by its name, of its usual parameters, or as it is."""
    if not isinstance(given, str):
        return given
    one_of("action", given, tuple(NAMED))
    action: Action = NAMED[given]()
    return action
