"""Cartea and Jaimungal: penalties on inventory, two sides that differ, and adverse selection."""

from __future__ import annotations

from math import exp

from halfspread.inventory.penalty import running_penalty
from halfspread.models.value import indifferent_depths, inventories_of
from halfspread.parameter import not_negative, positive
from halfspread.table import QuoteTable
from halfspread.table_model import table_model


@table_model(
    running_penalty_rate=not_negative,
    bid_intensity=positive,
    ask_intensity=positive,
    bid_decay=positive,
    ask_decay=positive,
    max_inventory=positive,
    size=positive,
    horizon_s=positive,
    quartic_penalty_rate=not_negative,
    terminal_penalty=not_negative,
    bid_jump=not_negative,
    ask_jump=not_negative,
)
def cartea_jaimungal(
    running_penalty_rate: float,
    bid_intensity: float,
    ask_intensity: float,
    bid_decay: float,
    ask_decay: float,
    max_inventory: float,
    size: float = 1.0,
    horizon_s: float | None = None,
    quartic_penalty_rate: float = 0.0,
    terminal_penalty: float = 0.0,
    bid_jump: float = 0.0,
    ask_jump: float = 0.0,
) -> QuoteTable:
    """Quote the optimum of a maker who is neutral to risk and pays for the inventory he holds.

    bid = mid - 1/kb - eb - (h(q) - h(q + D)) / D
    ask = mid + 1/ka + ea + (h(q) - h(q - D)) / D

    dh/dt = q (ea la - eb lb) - phi q^2 - beta q^4
    dh/dt += lb D/kb exp(-1 - kb eb - kb (h(q) - h(q + D)) / D)
    dh/dt += la D/ka exp(-1 - ka ea - ka (h(q) - h(q - D)) / D)

    with q the inventory, D the size of an order, t the time left and h = -alpha q^2 at t = 0. Buy
    market orders come la times a second, reach a quote at distance d above the mid with the
    probability exp(-ka d), and each moves the mid up by ea for good, whether it filled the maker
    or not; sell market orders likewise with lb, kb and eb. A quote stands back by what the order
    that fills it tells (1/k + e). At the largest inventory there is no bid, at the smallest no ask.

    With phi = g s^2 / 2 and rates of A e (1 + g/k)^(-1 - k/g) its leans are those of `glft_exact`.

    Args:
        running_penalty_rate: phi >= 0, ticks per lot and second.
        bid_intensity: lb > 0, sell market orders per second.
        ask_intensity: la > 0, buy market orders per second.
        bid_decay: kb > 0, per tick.
        ask_decay: ka > 0, per tick; where it is not kb the equation is solved without the shortcut
            that equal ones allow, about twice as slow.
        max_inventory: lots, 1 to 1000 orders' worth.
        size: D > 0, lots on each side that is quoted.
        horizon_s: seconds at most until the inventory is sold off; the state's time left is read
            within it. None: there is no end, and no terminal penalty.
        quartic_penalty_rate: beta >= 0, ticks per lot^3 and second.
        terminal_penalty: alpha >= 0, ticks per lot: what selling off a lot costs, for each held.
        bid_jump: eb >= 0, ticks by which a sell market order moves the mid down.
        ask_jump: ea >= 0, ticks by which a buy market order moves the mid up.
    Source:
        Á. Cartea, S. Jaimungal and J. Penalva, "Algorithmic and High-Frequency Trading",
        Cambridge University Press, 2015, sections 10.2 and 10.4.1.
    """
    lots = inventories_of(max_inventory, size)
    jumps = ask_jump * ask_intensity - bid_jump * bid_intensity
    bid, ask = indifferent_depths(
        lots,
        source=jumps * lots - running_penalty(lots, running_penalty_rate, quartic_penalty_rate),
        bid=(bid_intensity * size / bid_decay * exp(-1 - bid_decay * bid_jump), bid_decay),
        ask=(ask_intensity * size / ask_decay * exp(-1 - ask_decay * ask_jump), ask_decay),
        terminal=-terminal_penalty * lots**2,
        horizon_s=horizon_s,
    )
    return QuoteTable(
        lots,
        1 / bid_decay + bid_jump + bid,
        1 / ask_decay + ask_jump + ask,
        horizon_s=horizon_s,
        bid_size=size,
        ask_size=size,
    )
