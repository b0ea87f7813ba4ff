"""Asset: what a maker of several assets must know of one of them."""

from __future__ import annotations

from dataclasses import dataclass

from halfspread.instrument import Instrument
from halfspread.parameter import checked, positive


@dataclass(frozen=True)
class Asset:
    """One asset of several. Prices of all of them are in one currency per unit of the asset.

    Args:
        volatility: s > 0, price per root second.
        fill_intensity: A > 0, per second and side.
        fill_decay: k > 0, per price: an order at distance d fills at the rate A exp(-k d).
        size: z > 0, units of the asset in an order.
    """

    volatility: float
    fill_intensity: float
    fill_decay: float
    size: float

    def __post_init__(self) -> None:
        for name in ("volatility", "fill_intensity", "fill_decay", "size"):
            checked(f"asset: {name}", getattr(self, name), positive)

    @classmethod
    def in_ticks(
        cls,
        instrument: Instrument,
        volatility: float,
        fill_intensity: float,
        fill_decay: float,
        size: float,
    ) -> Asset:
        """The asset of a linear instrument, from numbers in its ticks and lots.

        >>> btc = Instrument("BTCUSDT", tick="0.1", lot="0.001")
        >>> Asset.in_ticks(btc, volatility=40, fill_intensity=0.8, fill_decay=0.05, size=10)
        Asset(volatility=4.0, fill_intensity=0.8, fill_decay=0.5, size=0.01)
        """
        units = float(instrument.size(size)) * float(instrument.contract_size)
        tick = float(instrument.price(1))
        return cls(volatility * tick, fill_intensity, fill_decay / tick, units)
