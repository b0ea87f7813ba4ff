"""Evaluate: what a run was worth. A `Run`, its metrics, and the two ways to look at them."""

from halfspread.evaluate.attribution import Part, by_hour, by_volatility
from halfspread.evaluate.run import Run

__all__ = ["Part", "Run", "by_hour", "by_volatility"]
