"""Realism: how real a simulated market is, stylised fact by stylised fact."""

from halfspread.realism.scorecard import Realism, Row, realism

__all__ = ["Realism", "Row", "realism"]
