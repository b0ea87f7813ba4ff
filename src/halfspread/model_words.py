"""Model words: a model as people read it, with the numbers of many lanes in short."""

from __future__ import annotations

from math import inf

from halfspread.modelling import BoundModel
from halfspread.parameter import Value
from halfspread.quote import QuoteState

MOST_LANES_IN_FULL = 8


def model_words(model: object) -> str:
    """Its repr; if its lanes are many, then only from where to where each parameter goes.

    >>> from halfspread.models import fixed_spread
    >>> model_words(fixed_spread(half_spread=[1, 2]))
    'fixed_spread(half_spread=[1.0, 2.0])'
    >>> model_words(fixed_spread(half_spread=[lane / 10 for lane in range(1, 101)], size=3))
    'fixed_spread(half_spread=[0.1 .. 10], size=3, 100 lanes)'
    """
    if not isinstance(model, BoundModel) or model.n <= MOST_LANES_IN_FULL:
        return repr(model)
    return f"{_in_short(model)[:-1]}, {model.n:,} lanes)"


def _in_short(model: object) -> str:
    if not isinstance(model, BoundModel):
        return repr(model)
    parts = [] if model.inner is None else [_in_short(model.inner)]
    for parameter, value in zip(model.definition.parameters, model.values, strict=True):
        if value != parameter.default:
            parts.append(f"{parameter.name}={_range(parameter.name, value)}")
    return f"{model.definition}({', '.join(parts)})"


def _range(name: str, value: Value) -> str:
    """The least and the greatest number of a parameter's lanes, or the only one."""
    lanes = value if isinstance(value, tuple) else (value,)
    found = sorted({-inf if lane is None else lane for lane in lanes})
    absent = "measured" if name in QuoteState._fields else "not given"
    ends = [absent if end == -inf else f"{end:.4g}" for end in (found[0], found[-1])]
    return ends[0] if len(found) == 1 else f"[{ends[0]} .. {ends[1]}]"
