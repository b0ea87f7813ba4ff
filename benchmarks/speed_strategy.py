"""The strategies of speed.py, which a fresh process imports: our model, the peer's idle loop."""

from __future__ import annotations

from numba import njit

import halfspread as hs


@hs.model
def leaning(state, half: float, lean: float, size: float):
    """A quote around the mid that leans against inventory."""
    skew = lean * state.inventory
    return hs.Quote(state.mid - half - skew, state.mid + half - skew, size, size)


@njit
def idle(backtest, every):
    """Steps to the end and asks for nothing."""
    while backtest.elapse(every) == 0:
        pass
