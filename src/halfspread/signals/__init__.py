"""Signals: the core's, measured again over whole tapes; forecasts made of them; tracks of forecasts.

The core measures as events pass (core/signals.hpp); `measure` says the same of any times at once,
for research and fitting.
"""

from halfspread.signals.track import Track, check_causality

__all__ = ["Track", "check_causality"]
