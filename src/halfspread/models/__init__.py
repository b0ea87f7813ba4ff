"""Models: where to quote, as functions of the state."""

from halfspread.models.avellaneda_stoikov import avellaneda_stoikov, avellaneda_stoikov_infinite
from halfspread.models.fixed_spread import fixed_spread
from halfspread.models.glft import glft, glft_tanh
from halfspread.models.imbalance_touch import imbalance_touch
from halfspread.models.multi_asset import Asset, MultiAssetMaker
from halfspread.models.spread_touch import spread_touch

__all__ = [
    "Asset",
    "MultiAssetMaker",
    "avellaneda_stoikov",
    "avellaneda_stoikov_infinite",
    "fixed_spread",
    "glft",
    "glft_tanh",
    "imbalance_touch",
    "spread_touch",
]
