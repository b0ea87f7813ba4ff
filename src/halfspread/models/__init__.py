"""Models: where to quote, as functions of the state."""

from halfspread.models.adaptive import adaptive
from halfspread.models.asset import Asset
from halfspread.models.avellaneda_stoikov import avellaneda_stoikov, avellaneda_stoikov_infinite
from halfspread.models.cartea_jaimungal import cartea_jaimungal
from halfspread.models.fixed_spread import fixed_spread
from halfspread.models.fodra_labadie import fodra_labadie
from halfspread.models.forecast_touch import forecast_touch
from halfspread.models.glft import glft, glft_tanh
from halfspread.models.glft_exact import glft_exact
from halfspread.models.imbalance_touch import imbalance_touch
from halfspread.models.multi_asset import MultiAssetMaker
from halfspread.models.optimise import InventoryControl
from halfspread.models.pure_market_making import pure_market_making, touch_market_making
from halfspread.models.spread_touch import spread_touch
from halfspread.models.touch_model import touch_model

__all__ = [
    "Asset",
    "InventoryControl",
    "MultiAssetMaker",
    "adaptive",
    "avellaneda_stoikov",
    "avellaneda_stoikov_infinite",
    "cartea_jaimungal",
    "fixed_spread",
    "fodra_labadie",
    "forecast_touch",
    "glft",
    "glft_exact",
    "glft_tanh",
    "imbalance_touch",
    "pure_market_making",
    "spread_touch",
    "touch_market_making",
    "touch_model",
]
