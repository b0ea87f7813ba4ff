"""Inventory policies: what is done about holdings, around any model."""

from halfspread.inventory import risk
from halfspread.inventory.expected import Expected, FillRates, expected, fill_rates
from halfspread.inventory.forecast import InventoryChain, InventoryForecast, inventory_chain
from halfspread.inventory.lean import lean, lean_exponential, lean_tiered
from halfspread.inventory.liquidate import Liquidation
from halfspread.inventory.rebalance import Rebalance
from halfspread.inventory.schedule import AlmgrenChriss
from halfspread.inventory.sizes import size_by_side
from halfspread.inventory.target import (
    confidence,
    seek,
    target_from_drift,
    target_from_forecast,
    urgency,
)

__all__ = [
    "AlmgrenChriss",
    "Expected",
    "FillRates",
    "InventoryChain",
    "InventoryForecast",
    "Liquidation",
    "Rebalance",
    "confidence",
    "expected",
    "fill_rates",
    "inventory_chain",
    "lean",
    "lean_exponential",
    "lean_tiered",
    "risk",
    "seek",
    "size_by_side",
    "target_from_drift",
    "target_from_forecast",
    "urgency",
]
