"""Inventory policies: what is done about holdings, around any model."""

from halfspread.inventory.lean import lean

__all__ = ["lean"]
