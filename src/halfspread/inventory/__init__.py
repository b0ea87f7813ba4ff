"""Inventory policies: what is done about holdings, around any model."""

from halfspread.inventory import risk
from halfspread.inventory.lean import lean
from halfspread.inventory.schedule import AlmgrenChriss

__all__ = ["AlmgrenChriss", "lean", "risk"]
