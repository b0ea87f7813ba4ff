"""Money: what lots are worth, in whole atoms, so that no part of a profit is rounded off."""

from __future__ import annotations

from operator import mul
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.event import Kind
from halfspread.instrument import Instrument
from halfspread.tape import Tape

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

INVERSE_ATOM = 1e-15
"""Base coins in an atom of an inverse instrument's money."""
MOST_ATOMS = 2**62
"""A lot of an inverse instrument is worth no more."""


class Parts(NamedTuple):
    """A profit before fees and its parts, in atoms: profit = spread + inventory, exactly."""

    profit: int
    spread: int
    inventory: int


class Money:
    """The value of one lot, V(h), at a price of h half ticks, in atoms; the core has the same.

    linear   V(h) = h                                       contract_size * tick * lot / 2 quote
    inverse  V(h) = -round(2 * contract_size * lot / (h * tick) / 1e-15)         1e-15 base coins

    with the size of an atom at the right. A fill changes cash by -side * size * V(2 * price), and
    wealth is cash + inventory * V(2 * mid); sums of whole numbers telescope, whatever the contract.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.tick = float(instrument.tick)
        self.lot = float(instrument.lot)
        self.contract_size = float(instrument.contract_size)
        self.inverse = instrument.inverse
        self.atom = INVERSE_ATOM if self.inverse else self.contract_size * self.tick * self.lot / 2

    def value(self, half_ticks: Ints) -> Ints:
        """V of each price, in atoms; of an inverse contract at a price of 0 it is 0."""
        if not self.inverse:
            return half_ticks
        prices = half_ticks.astype(np.float64) * self.tick
        free = prices == 0
        atoms = 2.0 * self.contract_size * self.lot / np.where(free, 1.0, prices) * 1e15
        atoms = np.clip(atoms, -MOST_ATOMS, MOST_ATOMS)
        whole = np.trunc(atoms)
        whole += np.sign(atoms) * (np.abs(atoms - whole) >= 0.5)  # halves go away from zero
        return np.where(free, 0.0, -whole).astype(np.int64)

    def coins(self, atoms: int) -> float:
        """The one conversion to floats: quote currency, or base coins of an inverse instrument."""
        return float(atoms) * self.atom

    def traded(self, prices: Ints, lots: Ints) -> float:
        """The value traded, Σ size * price (inverse: Σ size / price), times contract_size."""
        price, size = prices * self.tick, lots * self.lot
        return float(np.sum(size / price if self.inverse else size * price)) * self.contract_size

    def parts(self, signed: Ints, prices: Ints, mids: Floats, end_mid: float) -> Parts | None:
        """The profit before fees of fills, split into what the spread and what inventory earned.

        spread = Σ signed * (V(mid) - V(price)): each fill against the mid just before it.
        inventory = Σ q * (change of V(mid)): what is held (q, lots) while the mid moves from fill
        to fill and on to the end; by telescoping, q_end * V(end_mid) - Σ signed * V(mid).

        None if inventory is left at the end and there is no mid to value it at.

        Args:
            signed: side * size of each fill, in lots.
            prices, mids: ticks. A mid off the grid of half ticks counts as the nearest on it. A
                fill without a mid (NaN) counts as made at it: what it earns is inventory's.
            end_mid: ticks, at the end of the run.
        """
        left = int(signed.sum())
        if left and not np.isfinite(end_mid):
            return None
        known = np.isfinite(mids)
        halves = np.where(known, np.rint(2 * np.where(known, mids, 0.0)), 2.0 * prices)
        price_value = self.value(2 * prices.astype(np.int64))
        mid_value = self.value(halves.astype(np.int64))
        held = left * int(self.value(np.array([round(2 * end_mid)]))[0]) if left else 0
        spread = exact_sum(signed, mid_value - price_value)
        inventory = held - exact_sum(signed, mid_value)
        return Parts(held - exact_sum(signed, price_value), spread, inventory)


def exact_sum(lots: Ints, values: Ints) -> int:
    """Σ lots * values, exact however large: in 64 bits if they surely suffice, else Python's."""
    bound = float(np.abs(lots.astype(np.float64)) @ np.abs(values.astype(np.float64)))
    if bound < 2.0**62:
        return int(lots @ values)
    return sum(map(mul, lots.tolist(), values.tolist()))


def check_money(tape: Tape) -> None:
    """Raise a ConfigError if a lot at the tape's smallest price is worth more than V can say."""
    money, columns = Money(tape.instrument), tape.columns
    if not money.inverse:
        return
    prices = columns["price_ticks"][columns["kind"] != Kind.clear]
    smallest = np.min(prices, where=prices > 0, initial=2**31 - 1) * money.tick
    coins, most = money.contract_size * money.lot / smallest, MOST_ATOMS * INVERSE_ATOM
    if coins > most:
        raise ConfigError(
            f"instrument: contract_size {money.contract_size:g} * lot {money.lot:g} / price "
            f"{smallest:g} makes a lot of {tape.path} worth {coins:,.1f} coins, and of an inverse "
            f"instrument {most:,.1f} is the most"
        )
