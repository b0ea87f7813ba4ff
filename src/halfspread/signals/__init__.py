"""Signals of whole tapes: the core's measured again, forecasts made of them, and their tracks.

The core measures as events pass (core/signals.hpp); `measure` says the same of any times at once,
for research and fitting.
"""

from halfspread.signals.ensemble import Ensemble, fit_ensemble
from halfspread.signals.measure import measure
from halfspread.signals.track import Track, check_causality

__all__ = ["Ensemble", "Track", "check_causality", "fit_ensemble", "measure"]
