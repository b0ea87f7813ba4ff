"""Models: where to quote, as functions of the state."""

from halfspread.models.adaptive import adaptive
from halfspread.models.avellaneda_stoikov import avellaneda_stoikov, avellaneda_stoikov_infinite
from halfspread.models.fixed_spread import fixed_spread
from halfspread.models.glft import glft, glft_tanh
from halfspread.models.optimise import InventoryControl
from halfspread.models.pure_market_making import pure_market_making, touch_market_making

__all__ = [
    "InventoryControl",
    "adaptive",
    "avellaneda_stoikov",
    "avellaneda_stoikov_infinite",
    "fixed_spread",
    "glft",
    "glft_tanh",
    "pure_market_making",
    "touch_market_making",
]
