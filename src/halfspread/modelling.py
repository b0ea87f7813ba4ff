"""Models: scalar functions from a state to a quote, bound to parameters, in one lane or many.

    @model(half_spread=positive, size=positive)
    def fixed_spread(state: QuoteState, half_spread: float, size: float = 1.0) -> Quote:
        return Quote(state.mid - half_spread, state.mid + half_spread, size, size)

    one = fixed_spread(half_spread=2)                # prints, compares, hashes, goes to YAML
    many = fixed_spread(half_spread=[1, 2, 4])       # three lanes
    leaning = lean(many, strength=0.5, limit=10)     # a wrapper around a model is a model

A model runs in three ways that agree: `compiled()` as a C function, `broadcast(state)` over
arrays, and called with one state as plain Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, update_wrapper
from itertools import product
from math import isnan
from typing import Any, overload

import numpy as np

from halfspread.errors import ConfigError
from halfspread.kernel import Floats, Kernels, kernels, rows_of
from halfspread.parameter import Check, Value, lanes_of, parameters_of, refuse_unknown
from halfspread.plain_model import (
    BatchedModel,
    CompiledModel,
    Model,
    PlainModel,
    Raised,
    row_by_row,
    shaped,
)
from halfspread.quote import Quote, QuoteState

registry: dict[str, Definition] = {}
"""Every model and wrapper by its name; a later definition of the same name replaces it."""


def given(parameter: float | None, measured: float) -> float:
    """`parameter` where the user gave it, `measured` where it was left None: for use in models.

    >>> given(0.3, 0.5), given(None, 0.5)
    (0.3, 0.5)
    """
    if parameter is None or isnan(parameter):
        return measured
    return parameter


class Definition:
    """What @model or @wrapper makes of a function: call it to bind its parameters."""

    __name__: str

    fixed = 1
    """how many of the function's first arguments are no parameters"""

    def __init__(
        self, function: Callable[..., Any], checks: Mapping[str, Check], is_wrapper: bool
    ) -> None:
        update_wrapper(self, function)
        self.function = function
        self.is_wrapper = is_wrapper
        self.fixed += is_wrapper
        self.parameters = parameters_of(function, self.fixed, checks)
        self.count: int = len(self.parameters)
        registry[self.__name__] = self

    def __call__(self, *inner: Model | Callable[[QuoteState], Quote], **values: Any) -> BoundModel:
        """Bind the parameters; a wrapper's one argument without a name is its model.

        Raises:
            ConfigError: a parameter is unknown, missing, not finite or against its check, or
                arrays have different lengths.
        """
        name = self.__name__
        if len(inner) != self.is_wrapper:
            takes = "one model, and " if self.is_wrapper else ""
            raise ConfigError(f"{name}: takes {takes}parameters by name, was given {inner!r}")
        refuse_unknown(name, values, [parameter.name for parameter in self.parameters])
        for parameter in self.parameters:
            if parameter.required and parameter.name not in values:
                raise ConfigError(f"{name}: parameter {parameter.name!r} is missing")
        bound = (p.read(name, values.get(p.name, p.default)) for p in self.parameters)
        return BoundModel(self, tuple(bound), as_model(inner[0]) if inner else None)

    @property
    def quoting(self) -> Callable[..., Quote]:
        """What kernels compile."""
        return self.function

    def columns(self, values: tuple[Value, ...], n: int) -> Floats:
        """The (n, p) numbers that a kernel reads; None becomes NaN."""
        columns = np.empty((n, len(values)))
        for column, value in zip(columns.T, values, strict=True):
            column[:] = np.array(value, dtype=np.float64)
        return columns

    def arguments(self, row: Floats) -> list[Any]:
        """What `quoting` takes after its fixed arguments, of a row of `columns`."""
        row_of_floats: list[Any] = row.tolist()
        return row_of_floats

    def __repr__(self) -> str:
        return self.__name__

    def __reduce__(self) -> str:
        return self.__name__


@dataclass(frozen=True, repr=False)
class BoundModel(Model):
    """A definition with its parameters and, for a wrapper, the model inside: a frozen value."""

    definition: Definition
    values: tuple[Value, ...]
    inner: Model | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(v) for name, v in self.own.items() if isinstance(v, tuple)}
        if self.inner is not None and self.inner.n > 1:
            lengths["the model inside"] = self.inner.n
        object.__setattr__(self, "n", lanes_of(self.definition.__name__, lengths))

    @property
    def own(self) -> dict[str, Value]:
        """Its own parameters as they were bound, by name."""
        names = [parameter.name for parameter in self.definition.parameters]
        return dict(zip(names, self.values, strict=True))

    @property
    def parameters(self) -> dict[str, Floats]:
        """The inner model's parameters, then its own, each of shape (n,); NaN is "as measured".

        One that has the name of an inner one is called `wrapper.name`.
        """
        columns = dict(self.inner.parameters) if self.inner is not None else {}
        for name, value in self.own.items():
            while name in columns:
                name = f"{self.definition}.{name}"
            columns[name] = np.array(value, dtype=np.float64)
        return {name: np.broadcast_to(column, self.n).copy() for name, column in columns.items()}

    @property
    def compilable(self) -> bool:
        """Whether no plain Python is inside."""
        return self.inner is None or self.inner.compilable

    @property
    def in_batches(self) -> bool:
        """Whether the model inside is."""
        return self.inner is not None and self.inner.in_batches

    def compiled(self) -> CompiledModel:
        """The model as a C function; the first call in a process compiles it or loads it.

        Raises:
            ConfigError: plain Python is inside, or Numba can't compile the function.
        """
        if not self.compilable:
            return super().compiled()
        return CompiledModel(self._kernels.lanes.address, self._params, self._kernels.fields)

    def broadcast(self, state: QuoteState, raised: Raised | None = None) -> Quote:
        """See `Model.broadcast`: compiled, or row by row where plain Python is inside."""
        shape, fields = rows_of(state, self.n)
        if self.compilable:
            return shaped(self._kernels.broadcast(fields, self._params), shape)
        assert self.inner is not None
        before = self.inner.broadcast(state, raised)
        inner = [np.broadcast_to(column, shape).ravel() for column in before]
        own = np.repeat(self._columns, fields.shape[1] // self.n, axis=0).tolist()
        quotes, states = np.array(inner).T.tolist(), fields.T.tolist()

        def quote(row: int) -> Quote:
            before, state = Quote(*quotes[row]), QuoteState(*states[row])
            return self.definition.quoting(before, state, *own[row])

        return row_by_row(quote, shape, raised)

    def __call__(self, state: QuoteState) -> Quote:
        """The quote for one state, in plain Python; the function's exceptions pass through."""
        if self.n > 1:
            raise ConfigError(f"{self.definition}: has {self.n} lanes, call .lane(0) or another")
        if self.inner is None:
            return self.definition.quoting(state, *self._first)
        return self.definition.quoting(self.inner(state), state, *self._first)

    def lane(self, index: int) -> BoundModel:
        """The model of one lane."""
        if not 0 <= index < self.n:
            raise ConfigError(f"{self.definition}: has {self.n} lanes, no lane {index}")
        values = tuple(v[index] if isinstance(v, tuple) else v for v in self.values)
        inner = self.inner
        if inner is not None and inner.n > 1:
            inner = inner.lane(index)
        return replace(self, values=values, inner=inner)

    def to_dict(self) -> dict[str, Any]:
        """Plain names and numbers, every parameter included: what a YAML file holds.

        Raises:
            ConfigError: a plain callable is inside, which has no name to find it by.
        """
        data: dict[str, Any] = {"model": self.definition.__name__}
        if self.inner is not None:
            if not isinstance(self.inner, BoundModel):
                raise ConfigError(f"{self!r}: only models made with @model go into a dictionary")
            data["inner"] = self.inner.to_dict()
        for name, value in self.own.items():
            data[name] = list(value) if isinstance(value, tuple) else value
        return data

    def __repr__(self) -> str:
        """What makes it again when evaluated; parameters at their defaults are left out."""
        parts = [] if self.inner is None else [repr(self.inner)]
        for parameter, value in zip(self.definition.parameters, self.values, strict=True):
            if value != parameter.default:
                shown = list(value) if isinstance(value, tuple) else value
                parts.append(f"{parameter.name}={shown!r}")
        return f"{self.definition}({', '.join(parts)})"

    @property
    def _layers(self) -> tuple[BoundModel, ...]:
        inside = self.inner._layers if isinstance(self.inner, BoundModel) else ()
        return (*inside, self)

    @property
    def _kernels(self) -> Kernels:
        definitions = [layer.definition for layer in self._layers]
        return kernels(tuple(d.quoting for d in definitions), tuple(d.count for d in definitions))

    @cached_property
    def _columns(self) -> Floats:
        return self.definition.columns(self.values, self.n)

    @cached_property
    def _first(self) -> list[Any]:
        return self.definition.arguments(self._columns[0])

    @cached_property
    def _params(self) -> Floats:
        columns = [layer._columns for layer in self._layers]
        return np.hstack([np.broadcast_to(c, (self.n, c.shape[1])) for c in columns])


@overload
def model(function: Callable[..., Quote], /) -> Definition: ...
@overload
def model(**checks: Check) -> Callable[[Callable[..., Quote]], Definition]: ...
def model(function: Callable[..., Quote] | None = None, /, **checks: Check) -> Any:
    """Make a model of a scalar function `f(state, **parameters) -> Quote`.

    The function remembers nothing, reads numbers only and returns numbers, so that it compiles. A
    parameter whose default is None may be left "as measured": see `given`.

    Args:
        function: the function, where the decorator is used without checks.
        checks: for a parameter, what must hold of it: `risk_aversion=positive`.

    Raises:
        ConfigError: a check is for no parameter, or the function takes *args or **kwargs.
    """
    if function is not None:
        return Definition(function, checks, is_wrapper=False)
    return lambda function: Definition(function, checks, is_wrapper=False)


@overload
def wrapper(function: Callable[..., Quote], /) -> Definition: ...
@overload
def wrapper(**checks: Check) -> Callable[[Callable[..., Quote]], Definition]: ...
def wrapper(function: Callable[..., Quote] | None = None, /, **checks: Check) -> Any:
    """Make a wrapper of a scalar function `f(quote, state, **parameters) -> Quote`.

    It changes the quote of any model, `lean(model, ...)`; in all else it is as @model.
    """
    if function is not None:
        return Definition(function, checks, is_wrapper=True)
    return lambda function: Definition(function, checks, is_wrapper=True)


def batched(function: Callable[[QuoteState], Quote]) -> BatchedModel:
    """Mark a callable that takes the arrays of all lanes at once."""
    return BatchedModel(function)


def as_model(model: Model | Callable[[QuoteState], Quote], n: int = 1) -> Model:
    """A model of what may be one already, or a plain callable `QuoteState -> Quote`.

    Args:
        model: a bound or batched model, or a callable.
        n: the lanes of a callable, plain or batched; a bound model has its own.

    Raises:
        ConfigError: it can't be called, its parameters are not bound, or it has other lanes.
    """
    if isinstance(model, Definition):
        raise ConfigError(f"{model}: bind its parameters first, {model}(...)")
    if isinstance(model, BatchedModel) and model.n == 1:
        return BatchedModel(model.function, n)
    if isinstance(model, Model):
        if n not in (1, model.n):
            raise ConfigError(f"n must be {model.n}, the lanes of {model!r}, was {n}")
        return model
    if not callable(model):
        raise ConfigError(f"model must be a model or a callable, was {model!r}")
    return PlainModel(model, n)


def grid(definition: Definition, *inner: Model, **values: Any) -> BoundModel:
    """Bind every combination of the values, a lane each; the last one varies fastest.

    >>> from halfspread.models import fixed_spread
    >>> grid(fixed_spread, half_spread=[1, 2], size=[5, 10])
    fixed_spread(half_spread=[1.0, 1.0, 2.0, 2.0], size=[5.0, 10.0, 5.0, 10.0])
    """
    axes = [
        list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]
        for value in values.values()
    ]
    columns = zip(*product(*axes), strict=True)
    return definition(*inner, **{name: list(c) for name, c in zip(values, columns, strict=True)})


def from_dict(data: Mapping[str, Any]) -> BoundModel:
    """The inverse of `to_dict`; a number may also be text, since YAML reads 1e-3 as text.

    Raises:
        ConfigError: the model's name is unknown or missing, or its parameters are wrong.
    """
    values = dict(data)
    if "model" not in values:
        raise ConfigError(f"model: no key 'model' in {sorted(values)}")
    name = str(values.pop("model"))
    if name not in registry:
        near = get_close_matches(name, registry, n=1, cutoff=0.0)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"model: there is none called {name!r}{hint}")
    inner = [from_dict(values.pop("inner"))] if "inner" in values else []
    return registry[name](*inner, **{key: _read(value) for key, value in values.items()})


def _read(value: Any) -> Any:
    """A YAML scalar or list of them, with numbers in text made numbers."""
    if isinstance(value, list):
        return [_read(item) for item in value]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
