"""Learn: markets to learn in, as Gymnasium's environments (the extra `learn`)."""

from __future__ import annotations

from halfspread.errors import ConfigError

try:
    import gymnasium  # noqa: F401
except ImportError:
    raise ConfigError(
        "learn needs the package gymnasium: pip install 'halfspread[learn]'"
    ) from None

from halfspread.learn.actions import Five, HalfSpreadAndLean, Offsets
from halfspread.learn.batch import Batch
from halfspread.learn.env import MarketEnv, MarketVectorEnv
from halfspread.learn.observations import Features, Fields
from halfspread.learn.registration import register_environments

__all__ = [
    "Batch",
    "Features",
    "Fields",
    "Five",
    "HalfSpreadAndLean",
    "MarketEnv",
    "MarketVectorEnv",
    "Offsets",
]

register_environments()
