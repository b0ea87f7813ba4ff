"""Instrument: tick, lot, contract size, fees; the only thing that knows prices and coins."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError


def _positive(name: str, value: object) -> Decimal:
    """The decimal that `value` spells, read as written: 0.1 is a tenth, not the nearest binary."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ConfigError(f"instrument: {name} must be a number, was {value!r}") from None
    if not number.is_finite() or number <= 0:
        raise ConfigError(f"instrument: {name} must be > 0, was {value!r}")
    return number.normalize()


@dataclass(frozen=True)
class Instrument:
    """What is traded, and how its prices and coins become ticks and lots.

    A linear contract is worth `contract_size * price` quote coins a coin of size; an inverse one
    `contract_size / price` base coins a contract (COIN-M perpetuals: contract_size = 100 USD).

    Args:
        symbol: the venue's name of it.
        tick: the price step, in quote currency, > 0. Write decimals as text: "0.1".
        lot: the size step, in coins (inverse: contracts), > 0.
        contract_size: the multiplier above, > 0.
        inverse: settled in the base coin.
        maker_fee, taker_fee: fraction of the value traded; a rebate is negative.

    >>> btc = Instrument("BTCUSDT", tick="0.1", lot="0.001")
    >>> btc.ticks(61659.7), btc.lots(1.486), btc.price(616597), btc.size(1486)
    (616597, 1486, 61659.7, 1.486)
    """

    symbol: str
    tick: Decimal
    lot: Decimal
    contract_size: Decimal = Decimal(1)
    inverse: bool = False
    maker_fee: float = 0.0
    taker_fee: float = 0.0

    def __init__(
        self,
        symbol: str,
        tick: object,
        lot: object,
        contract_size: object = 1,
        inverse: bool = False,
        maker_fee: float = 0.0,
        taker_fee: float = 0.0,
    ) -> None:
        for name, value in (("tick", tick), ("lot", lot), ("contract_size", contract_size)):
            object.__setattr__(self, name, _positive(name, value))
        for name, fee in (("maker_fee", maker_fee), ("taker_fee", taker_fee)):
            if not -1 < float(fee) < 1:
                raise ConfigError(f"instrument: {name} must be in (-1, 1), was {fee!r}")
            object.__setattr__(self, name, float(fee))
        object.__setattr__(self, "symbol", str(symbol))
        object.__setattr__(self, "inverse", bool(inverse))

    @property
    def size_unit(self) -> str:
        """What a size of 1 is, as a word: coins or contracts."""
        return "contracts" if self.inverse else "coins"

    @property
    def ticks_per_unit(self) -> float:
        """Ticks in a price of 1."""
        return float(1 / self.tick)

    @property
    def lots_per_coin(self) -> float:
        """Lots in a size of 1."""
        return float(1 / self.lot)

    def ticks(self, price: float) -> int:
        """The price in ticks, rounded to the nearest."""
        return round(Decimal(str(price)) / self.tick)

    def lots(self, size: float) -> int:
        """The size in lots, rounded to the nearest."""
        return round(Decimal(str(size)) / self.lot)

    def price(self, ticks: ArrayLike) -> Any:
        """The price of `ticks`, which may be fractional, NaN or an array."""
        return _scale(ticks, self.tick)

    def size(self, lots: ArrayLike) -> Any:
        """The size of `lots`, which may be fractional, NaN or an array."""
        return _scale(lots, self.lot)

    def to_dict(self) -> dict[str, str | float | bool]:
        """Plain fields, decimals as text: what a tape's metadata and a YAML file hold."""
        return {k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Instrument:
        """The inverse of `to_dict`; an unknown or missing field is a ConfigError."""
        known = {field.name for field in fields(cls)}
        for name in data:
            if name not in known:
                raise ConfigError(f"instrument: unknown field {name!r}; it has {sorted(known)}")
        for name in ("symbol", "tick", "lot"):
            if name not in data:
                raise ConfigError(f"instrument: field {name!r} is missing")
        return cls(**data)


def _scale(count: ArrayLike, step: Decimal) -> Any:
    """`count * step` rounded once: dividing by an integer is exact where multiplying is not."""
    inverse = 1 / step
    values: NDArray[np.float64] = np.asarray(count, dtype=np.float64)
    exact = inverse == inverse.to_integral_value()
    scaled = values / float(inverse) if exact else values * float(step)
    return float(scaled) if scaled.ndim == 0 else scaled
