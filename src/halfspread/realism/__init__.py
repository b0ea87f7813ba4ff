"""Realism: how real a simulated market is, stylised fact by stylised fact."""

from halfspread.realism.scorecard import Realism, Row, measure_realism

__all__ = ["Realism", "Row", "measure_realism"]
