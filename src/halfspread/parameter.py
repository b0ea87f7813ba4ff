"""Parameters: what a model or a wrapper is bound to, read and checked when it is bound."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from halfspread.errors import ConfigError

Number = float | None
Value = Number | tuple[Number, ...]
"""A number, or one for each lane; None stands for "as measured", where a parameter allows it."""

RESERVED = ("model", "inner")  # keys of a model's dictionary


@dataclass(frozen=True)
class Check:
    """What must hold of a parameter: `rule` completes the sentence "it must be ..."."""

    rule: str
    holds: Callable[[float], bool]


positive = Check("> 0", lambda value: value > 0)
not_negative = Check(">= 0", lambda value: value >= 0)
counted = Check(">= 1 and whole", lambda value: value >= 1 and value == int(value))


def is_finite(value: object) -> bool:
    """Whether it is a number at all, and a finite one."""
    return isinstance(value, Real) and isfinite(value)


def checked(name: str, value: Any, check: Check | None = None) -> float:
    """`value` as a float; a ConfigError if it is no finite number, or against its check."""
    if not is_finite(value) or (check is not None and not check.holds(value)):
        rule = "a finite number" if check is None else check.rule
        raise ConfigError(f"{name} must be {rule}, was {value!r}")
    return float(value)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a model: its name, its default if it has one, and what must hold of it."""

    name: str
    default: Any
    check: Check | None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is inspect.Parameter.empty

    def read(self, owner: str, value: object) -> Value:
        """The checked value; a sequence or an array becomes a tuple, a number for each lane."""
        if isinstance(value, np.ndarray):
            if value.ndim > 1:
                raise ConfigError(
                    f"{owner}: {self.name} must be a number or a row of them, "
                    f"had shape {value.shape}"
                )
            value = value.tolist()
        if isinstance(value, (list, tuple)):
            if not value:
                raise ConfigError(f"{owner}: {self.name} must not be empty")
            lanes = enumerate(value)
            return tuple(self._number(owner, f"{self.name}[{i}]", item) for i, item in lanes)
        return self._number(owner, self.name, value)

    def _number(self, owner: str, place: str, value: object) -> Number:
        if value is None and self.default is None:
            return None
        if not isinstance(value, Real):
            raise ConfigError(f"{owner}: {place} must be a number, was {value!r}")
        number = float(value)
        if not isfinite(number):
            raise ConfigError(f"{owner}: {place} must be finite, was {value!r}")
        if self.check is not None and not self.check.holds(number):
            raise ConfigError(f"{owner}: {place} must be {self.check.rule}, was {value!r}")
        return number


def parameters_of(
    function: Callable[..., Any], skip: int, checks: Mapping[str, Check]
) -> tuple[Parameter, ...]:
    """The parameters of `function` after its first `skip`, each with its check.

    Raises:
        ConfigError: `function` takes *args or **kwargs, a reserved name, or lacks a checked one.
    """
    owner = function.__name__
    found = list(inspect.signature(function).parameters.values())
    if len(found) < skip:
        raise ConfigError(f"{owner}: its first {skip} arguments are fixed, it takes {len(found)}")
    for parameter in found:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ConfigError(f"{owner}: parameter {parameter.name!r} must be a single number")
        if parameter.name in RESERVED:
            raise ConfigError(f"{owner}: a parameter can't be called {parameter.name!r}")
    names = [parameter.name for parameter in found[skip:]]
    refuse_unknown(owner, checks, names)
    return tuple(Parameter(p.name, p.default, checks.get(p.name)) for p in found[skip:])


def refuse_unknown(owner: str, given: Iterable[str], known: list[str]) -> None:
    """Raise a ConfigError for the first name that is not known, with the nearest that is."""
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.0)
            hint = f"; did you mean {near[0]!r}?" if near else "; it has none"
            raise ConfigError(f"{owner}: unknown parameter {name!r}{hint}")


def lanes_of(owner: str, lengths: Mapping[str, int]) -> int:
    """How many lanes columns of these lengths make together: as many as each of them has."""
    n = 1
    first = ""
    for name, length in lengths.items():
        if first and length != n:
            raise ConfigError(f"{owner}: {first} has {n} lanes, {name} has {length}")
        first, n = name, length
    return n
