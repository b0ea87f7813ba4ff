"""Inventory policies: what is done about holdings, around any model."""

from halfspread.inventory import risk
from halfspread.inventory.lean import lean
from halfspread.inventory.liquidate import Liquidation
from halfspread.inventory.rebalance import Rebalance
from halfspread.inventory.schedule import AlmgrenChriss

__all__ = ["AlmgrenChriss", "Liquidation", "Rebalance", "lean", "risk"]
