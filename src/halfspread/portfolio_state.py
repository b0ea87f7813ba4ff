"""Portfolio state: what a maker of several instruments is told at one decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from halfspread.instrument import Instrument
from halfspread.quote import QuoteState


@dataclass(frozen=True)
class PortfolioState:
    """The states of all instruments at one time on our clock, by the portfolio's names.

    Args:
        states: what each market shows, in its own ticks and lots.
        instruments: what each of them is of.
    """

    states: Mapping[str, QuoteState]
    instruments: Mapping[str, Instrument]

    @property
    def inventories(self) -> dict[str, float]:
        """Units of each asset, long > 0: lots * lot * contract_size, so a price is money a unit."""
        return {
            name: self.instruments[name].size(state.inventory)
            * float(self.instruments[name].contract_size)
            for name, state in self.states.items()
        }

    @property
    def values(self) -> dict[str, float]:
        """Each inventory at its mid, in quote currency; 0 for none, NaN where no mid is known."""
        return {
            name: units * self.instruments[name].price(self.states[name].mid) if units else 0.0
            for name, units in self.inventories.items()
        }


def whole_lots(instrument: Instrument, units: float) -> int | None:
    """How many lots `units` of the asset are; None if not a whole number >= 1 of them."""
    lots = units / (float(instrument.lot) * float(instrument.contract_size))
    near = round(lots) if isfinite(lots) else 0
    return near if near >= 1 and abs(lots - near) <= 1e-9 * near else None
