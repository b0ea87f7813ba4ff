"""Touch: how much to post at the best bid and ask, by Cartea, Jaimungal and Penalva."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.inventory.penalty import running_penalty
from halfspread.models.value import ROUNDING, inventories_of, marched, times_left
from halfspread.parameter import not_negative, positive
from halfspread.table import QuoteTable
from halfspread.table_model import table_model

Floats = NDArray[np.float64]


@table_model(
    spread=positive,
    running_penalty_rate=not_negative,
    bid_intensity=positive,
    ask_intensity=positive,
    max_inventory=positive,
    horizon_s=positive,
    max_size=positive,
    size_decay=not_negative,
    size=positive,
    quartic_penalty_rate=not_negative,
    terminal_penalty=not_negative,
)
def touch_model(
    spread: float,
    running_penalty_rate: float,
    bid_intensity: float,
    ask_intensity: float,
    max_inventory: float,
    horizon_s: float,
    max_size: float = 1.0,
    size_decay: float = 0.0,
    size: float = 1.0,
    quartic_penalty_rate: float = 0.0,
    terminal_penalty: float = 0.0,
) -> QuoteTable:
    """Post at the best prices, or not, and how much: for markets whose spread is a tick or two.

    bid = the best bid, with the size l that is best for V(l) = r(l) (l D/2 + h(q + l) - h(q))
    ask = the best ask, with the size l that is best for V(l) = r(l) (l D/2 + h(q - l) - h(q))

    dh/dt = -phi q^2 - beta q^4 + lb max(0, V of the bid) + la max(0, V of the ask)
    r(l)  = exp(-size_decay l)

    with D the spread, q the inventory, t the time left and h = -|q| D/2 - alpha q^2 at t = 0, when
    what is left is sold at the touch. A market order fills all of a post of l lots with the
    probability r(l), or nothing of it. No size is posted where none has a V > 0, nor one that
    could take the inventory past its limit. More inventory never brings a bid back nor takes an ask
    away; without size_decay it never makes the bid larger nor the ask smaller either.

    Between the nodes of inventory and time left sizes are blended and not whole; orders round down.

    Args:
        spread: D > 0, ticks, of the market.
        running_penalty_rate: phi >= 0, ticks per lot and second.
        bid_intensity: lb > 0, sell market orders per second.
        ask_intensity: la > 0, buy market orders per second.
        max_inventory: lots, 1 to 1000 times the size.
        horizon_s: seconds, > 0, at most until the inventory is sold off; the state's time left is
            read within it.
        max_size: lots, the most that is posted on a side, >= size.
        size_decay: >= 0, per lot: how much less likely a larger post fills. With 0 and a max_size
            of one size, a post of it is filled by every market order.
        size: lots: posts are multiples of it.
        quartic_penalty_rate: beta >= 0, ticks per lot^3 and second.
        terminal_penalty: alpha >= 0, ticks per lot.
    Source:
        Á. Cartea, S. Jaimungal and J. Penalva, "Algorithmic and High-Frequency Trading",
        Cambridge University Press, 2015, section 10.2.3; with their terminal value for short
        inventories too, and exp(-0.1 l), with which alone their figure comes out.
    """
    lots = inventories_of(max_inventory, size)
    most = int(max_size / size * (1 + ROUNDING))
    if most < 1:
        raise ConfigError(f"max_size must be >= size, was {max_size!r} with a size of {size!r}")
    most = min(most, len(lots) - 1)
    posts = _Posts(len(lots), size * np.arange(1, most + 1, dtype=np.float64), spread, size_decay)
    earned = -running_penalty(lots, running_penalty_rate, quartic_penalty_rate)
    value = -np.abs(lots) * spread / 2 - terminal_penalty * lots**2
    times = times_left(horizon_s)

    def rate(value: Floats) -> Floats:
        bid, ask = (side.max(axis=1, initial=0.0) for side in posts.worth(value))
        total: Floats = earned + bid_intensity * bid + ask_intensity * ask
        return total

    values = marched(rate, value, times, bid_intensity + ask_intensity)
    sizes = np.array([posts.best(value) for value in values])
    nothing = np.zeros((len(times), len(lots)))
    return QuoteTable(
        lots, nothing, nothing, horizon_s, sizes[:, 0], sizes[:, 1], reference="touch"
    )


class _Posts:
    """What posts of several sizes are worth at each inventory, one row an inventory."""

    def __init__(self, inventories: int, sizes: Floats, spread: float, decay: float) -> None:
        self.sizes = np.concatenate(([0.0], sizes))
        self.chance = np.maximum(np.exp(-decay * sizes), np.finfo(np.float64).tiny)
        self.edge = sizes * spread / 2
        steps = np.arange(1, len(sizes) + 1)
        place = np.arange(inventories)[:, None]
        self.above = np.minimum(place + steps, inventories)  # that one is beyond the limit
        self.below = np.where(place >= steps, place - steps, inventories)

    def worth(self, value: Floats) -> tuple[Floats, Floats]:
        """V of the bids and of the asks; -inf beyond the limit."""
        padded = np.append(value, -np.inf)
        bid, ask = padded[self.above], padded[self.below]
        for side in (bid, ask):
            side -= value[:, None]
            side += self.edge
            side *= self.chance
        return bid, ask

    def best(self, value: Floats) -> tuple[Floats, Floats]:
        """The best sizes in lots, of equals the smallest; 0 where none is worth posting."""
        more = ROUNDING * self.edge
        bid, ask = (np.pad(side - more, ((0, 0), (1, 0))) for side in self.worth(value))
        return self.sizes[bid.argmax(axis=1)], self.sizes[ask.argmax(axis=1)]
