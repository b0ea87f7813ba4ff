"""What a model is, and the two kinds that run as plain Python: callables of one state or of all."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from halfspread.errors import ConfigError
from halfspread.kernel import Floats, rows_of
from halfspread.quote import Quote, QuoteState

Raised: TypeAlias = dict[int, Exception]
"""Exceptions by the row, counted over all axes, for which plain Python raised them."""


class Model(ABC):
    """What quotes: n lanes of a function from states to quotes."""

    n: int
    """the number of lanes"""

    @property
    def compilable(self) -> bool:
        """Whether it has a `compiled()`: not where plain Python quotes."""
        return False

    @property
    def in_batches(self) -> bool:
        """Whether Python inside takes the arrays of all lanes at once."""
        return False

    def compiled(self) -> CompiledModel:
        """The model as a C function, where it is `compilable`."""
        raise ConfigError(f"{self!r} has plain Python inside and can't be compiled")

    @property
    def parameters(self) -> dict[str, Floats]:
        """The parameters by name, each of shape (n,); NaN is "as measured"."""
        return {}

    @abstractmethod
    def lane(self, index: int) -> Model:
        """The model of one lane."""

    @abstractmethod
    def __call__(self, state: QuoteState) -> Quote:
        """The quote of a model of one lane for one state of floats, in plain Python."""

    @abstractmethod
    def broadcast(self, state: QuoteState, raised: Raised | None = None) -> Quote:
        """The quotes for a state whose fields are numbers or arrays.

        The fields broadcast against each other and, where n > 1, against the lanes, which are the
        first axis of what comes out. A quote that can't be computed is NaN.

        Args:
            raised: takes the exception of each row of plain Python; without it an ArithmeticError
                or a ValueError is let go, and others pass through.
        """


@dataclass(frozen=True)
class CompiledModel:
    """A model as the core takes it: its kernel's address, its (n, p) parameters, what it reads."""

    address: int
    params: Floats
    fields: frozenset[str]


@dataclass(frozen=True)
class PlainModel(Model):
    """Any callable from a state to a quote, run as Python: the same one in each of n lanes."""

    function: Callable[[QuoteState], Quote]
    n: int = 1

    def __repr__(self) -> str:
        return _words(self.function, self.n)

    def lane(self, index: int) -> PlainModel:
        """The model of one lane."""
        return PlainModel(self.function)

    def __call__(self, state: QuoteState) -> Quote:
        """What the callable returns."""
        return self.function(state)

    def broadcast(self, state: QuoteState, raised: Raised | None = None) -> Quote:
        """See `Model.broadcast`."""
        shape, fields = rows_of(state, self.n)
        states = fields.T.tolist()
        return row_by_row(lambda row: self.function(QuoteState(*states[row])), shape, raised)


@dataclass(frozen=True)
class BatchedModel(Model):
    """A callable from a state of arrays to a quote of arrays, all lanes at once."""

    function: Callable[[QuoteState], Quote]
    n: int = 1

    def __repr__(self) -> str:
        return _words(self.function, self.n)

    def lane(self, index: int) -> BatchedModel:
        """The model of one lane: the same callable, given arrays of one number."""
        return BatchedModel(self.function)

    @property
    def in_batches(self) -> bool:
        """Always."""
        return True

    def __call__(self, state: QuoteState) -> Quote:
        """The quote for one state, as floats."""
        return self.broadcast(state)

    def broadcast(self, state: QuoteState, raised: Raised | None = None) -> Quote:
        """See `Model.broadcast`; what the callable raises is of all rows, and passes through."""
        shape, fields = rows_of(state, self.n)
        arrays: Any = fields.reshape(-1, *(shape or (1,)))
        quote = self.function(QuoteState(*arrays))
        rows = [np.broadcast_to(column, shape or (1,)).ravel() for column in quote]
        return shaped(np.array(rows, dtype=np.float64), shape)


def _words(function: Callable[..., Any], n: int) -> str:
    """What quotes, without its place in memory, so that two processes say the same."""
    if isinstance(function, FunctionType):
        words = function.__qualname__
    else:
        words = re.sub(r" at 0x[0-9a-f]+", "", repr(function))
    return words if n == 1 else f"{words} in {n} lanes"


def row_by_row(
    quote: Callable[[int], Quote], shape: tuple[int, ...], raised: Raised | None = None
) -> Quote:
    """The quotes that `quote` makes of each row's index, in plain Python; see `Model.broadcast`.

    A row that is in `raised` already is not asked for: its quote is NaN.
    """
    quotes = np.full((4, int(np.prod(shape))), np.nan)
    kept = {} if raised is None else raised
    caught = (ArithmeticError, ValueError) if raised is None else (Exception,)
    for row in range(quotes.shape[1]):
        if row in kept:
            continue
        try:
            quotes[:, row] = quote(row)
        except caught as error:
            kept[row] = error
    return shaped(quotes, shape)


def shaped(quotes: Floats, shape: tuple[int, ...]) -> Quote:
    """One column of numbers for each field of a quote as arrays of `shape`, or as floats for ()."""
    return Quote(*(column.reshape(shape) if shape else column.item() for column in quotes))
