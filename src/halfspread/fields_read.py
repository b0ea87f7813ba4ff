"""Fields read: what of its state a model can read, so that the rest need not be measured."""

from __future__ import annotations

import dis
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from halfspread.quote import QuoteState

ALL_FIELDS = frozenset(QuoteState._fields)
LOADS = frozenset({"LOAD_FAST", "LOAD_FAST_BORROW"})


def fields_read(function: Callable[..., Any], position: int) -> frozenset[str]:
    """The fields of the state, the function's argument at `position`, that it can read.

    All of them where it does anything else with its state than to read a field by name: give it to
    another function, take it apart, keep it.

    >>> from halfspread import Quote
    >>> def one_below(state, half_spread):
    ...     return Quote(state.mid - half_spread, state.ask)
    >>> sorted(fields_read(one_below, 0))
    ['ask', 'mid']
    >>> def whole(state):
    ...     return Quote(*state[1:3])
    >>> fields_read(whole, 0) == ALL_FIELDS
    True
    """
    code = getattr(function, "__code__", None)
    if code is None or position >= code.co_argcount:
        return ALL_FIELDS
    state = code.co_varnames[position]
    read = set()
    for this, following in pairwise(dis.get_instructions(code)):
        named = this.argval if isinstance(this.argval, tuple) else (this.argval,)
        if state not in named:
            continue
        by_name = following.opname == "LOAD_ATTR" and following.argval in ALL_FIELDS
        if this.opname not in LOADS or not by_name:
            return ALL_FIELDS
        read.add(following.argval)
    return frozenset(read)
