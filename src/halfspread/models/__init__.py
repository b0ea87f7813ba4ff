"""Models: where to quote, as functions of the state."""

from halfspread.models.avellaneda_stoikov import avellaneda_stoikov, avellaneda_stoikov_infinite
from halfspread.models.fixed_spread import fixed_spread
from halfspread.models.glft import glft, glft_tanh

__all__ = [
    "avellaneda_stoikov",
    "avellaneda_stoikov_infinite",
    "fixed_spread",
    "glft",
    "glft_tanh",
]
