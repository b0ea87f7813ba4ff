"""Guéant, Lehalle and Fernandez-Tapia solved exactly: the best quotes at every inventory."""

from __future__ import annotations

from math import exp

from halfspread.inventory.penalty import risk_penalty, running_penalty
from halfspread.models.glft import riskless_terms
from halfspread.models.value import indifferent_depths, inventories_of
from halfspread.parameter import not_negative, positive
from halfspread.table import QuoteTable
from halfspread.table_model import table_model


@table_model(
    risk_aversion=positive,
    fill_intensity=positive,
    fill_decay=positive,
    volatility=not_negative,
    max_inventory=positive,
    size=positive,
    horizon_s=positive,
    fill_aversion=not_negative,
    impact=not_negative,
)
def glft_exact(
    risk_aversion: float,
    fill_intensity: float,
    fill_decay: float,
    volatility: float,
    max_inventory: float,
    size: float = 1.0,
    horizon_s: float | None = None,
    fill_aversion: float | None = None,
    drift: float = 0.0,
    impact: float = 0.0,
) -> QuoteTable:
    """Quote the optimum of which `glft` and `glft_tanh` are approximations.

    bid = mid - impact/2 - c - (h(q) - h(q + D)) / D
    ask = mid + impact/2 + c + (h(q) - h(q - D)) / D

    c     = log(1 + x D/k) / (x D)                       (1/k where x = 0)
    dh/dt = m q - g s^2 q^2 / 2 + H((h(q) - h(q + D)) / D) + H((h(q) - h(q - D)) / D)
    H(p)  = A D C/k exp(-k p - k impact/2),   C = (1 + x D/k)^(-1 - k/(x D))   (1/e)

    with q the inventory, t the time left, h = -impact q^2 / (2 D) at t = 0, and the letters of
    `glft`: g the risk aversion, x the fill aversion, s the volatility, D the size of an order, m
    the drift of the mid, A exp(-k d) the rate at which a quote at distance d fills. With x = g the
    maker has exponential utility (model A of the second paper), with x = 0 he pays for risk in
    proportion to inventory^2 and is otherwise neutral (model B). At the largest inventory there
    is no bid, at the smallest no ask.

    Its parameters are fixed: a table is solved for them, so nothing is left "as measured".

    Args:
        risk_aversion: g > 0, per tick and lot.
        fill_intensity: A > 0, per second and side.
        fill_decay: k > 0, per tick.
        volatility: s >= 0, ticks per root second.
        max_inventory: lots, 1 to 1000 orders' worth; what is beyond a whole number is not used.
        size: D > 0, lots on each side that is quoted.
        horizon_s: seconds at most until the inventory is marked to the mid for the last time; the
            state's time left is read within it. None: there is no end.
        fill_aversion: x >= 0, per tick and lot; None takes g.
        drift: m, ticks per second. At m / (g s^2) lots there is no lean.
        impact: ticks by which the price moves, for good, against the maker after each own fill.
    Source:
        O. Guéant, C.-A. Lehalle and J. Fernandez-Tapia, "Dealing with the inventory risk: a
        solution to the market making problem", Mathematics and Financial Economics 7, 2013;
        O. Guéant, "Optimal market making", Applied Mathematical Finance 24(2), 2017, (3.9).
    """
    aversion = risk_aversion if fill_aversion is None else fill_aversion
    depth, curvature = riskless_terms(fill_intensity, fill_decay, size, aversion)
    gain = curvature / (2 * fill_decay**2) * exp(-fill_decay * impact / 2)
    lots = inventories_of(max_inventory, size)
    penalty = running_penalty(lots, risk_penalty(risk_aversion, volatility))
    bid, ask = indifferent_depths(
        lots,
        source=drift * lots - penalty,
        bid=(gain, fill_decay),
        ask=(gain, fill_decay),
        terminal=-impact * lots**2 / (2 * size),
        horizon_s=horizon_s,
    )
    earned = depth + impact / 2
    return QuoteTable(
        lots, earned + bid, earned + ask, horizon_s=horizon_s, bid_size=size, ask_size=size
    )
