"""Risk: what an inventory may lose before it can be sold, and what selling it costs and takes.

The horizon is the time in which the position could be liquidated, seconds or minutes: a value at
risk over a day says nothing of what is held for ten seconds. Any unit of price and of size serves
(ticks and lots, or prices and coins), as long as it is one; money is then price times size, and a
volatility is in price per root second.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.inventory.selling import aggressive_seconds as aggressive_seconds
from halfspread.inventory.selling import liquidation_cost as liquidation_cost
from halfspread.inventory.selling import passive_seconds as passive_seconds
from halfspread.parameter import checked, not_negative
from halfspread.policy import check

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tail:
    """A loss that is passed with a chance of 1 - confidence, and the mean of those beyond it."""

    value_at_risk: float
    expected_shortfall: float


@dataclass(frozen=True, eq=False)
class PortfolioRisk:
    """The risk of several instruments together, and what each adds to it, in money.

    Args:
        volatility: standard deviation of the profit over the horizon.
        value_at_risk, expected_shortfall: of the whole; 0 for no inventory.
        component_var, component_es: (instruments,); each sums to the whole's. A hedge's is < 0.
        marginal_var: (instruments,) d value_at_risk / d inventory, money a unit of size.
    """

    volatility: float
    value_at_risk: float
    expected_shortfall: float
    component_var: Floats
    component_es: Floats
    marginal_var: Floats


def unit_tail(confidence: float = 0.95, degrees: float | None = None) -> Tail:
    """The tail of a loss with mean 0 and standard deviation 1.

    Normal: VaR = z, ES = pdf(z) / (1 - p). Student's t with v degrees of freedom, scaled to unit
    variance by s = sqrt((v - 2) / v): VaR = s t, ES = s pdf(t) (v + t^2) / ((v - 1) (1 - p)).

    >>> tail = unit_tail(0.95)
    >>> round(tail.value_at_risk, 4), round(tail.expected_shortfall, 4)
    (1.6449, 2.0627)
    >>> tail = unit_tail(0.95, degrees=4)
    >>> round(tail.value_at_risk, 4), round(tail.expected_shortfall, 4)
    (1.5074, 2.2648)

    Args:
        confidence: p, in (0.5, 1).
        degrees: of freedom of Student's t, > 2; None: normal.
    Errors:
        ConfigError: one is out of its range.
    Source:
        A. McNeil, R. Frey and P. Embrechts, "Quantitative Risk Management", 2015, section 2.3.4.
    """
    check("risk: confidence", 0.5 < confidence < 1, "in (0.5, 1)", confidence)
    if degrees is None:
        normal = NormalDist()
        z = normal.inv_cdf(confidence)
        return Tail(z, normal.pdf(z) / (1 - confidence))
    check("risk: degrees", 2 < degrees < inf, "> 2 and finite", degrees)
    from scipy.special import betaln, stdtrit

    t = float(stdtrit(degrees, confidence))
    density = exp(-float(betaln(degrees / 2, 0.5))) / sqrt(degrees)
    density *= (1 + t * t / degrees) ** (-(degrees + 1) / 2)
    beyond = density * (degrees + t * t) / ((degrees - 1) * (1 - confidence))
    unit = sqrt((degrees - 2) / degrees)
    return Tail(unit * t, unit * beyond)


def inventory_volatility(inventory: float, volatility: float, horizon_s: float) -> float:
    """The standard deviation of the profit on an inventory held for horizon_s: |q| sigma sqrt(h).

    >>> inventory_volatility(-20, 1.5, 4)
    60.0

    Args:
        inventory: q, of either sign.
        volatility: sigma, price per root second, >= 0.
        horizon_s: h, seconds, >= 0.
    """
    checked("risk: inventory", inventory)
    checked("risk: volatility", volatility, not_negative)
    checked("risk: horizon_s", horizon_s, not_negative)
    return abs(inventory) * volatility * sqrt(horizon_s)


def inventory_risk(
    inventory: float,
    volatility: float,
    horizon_s: float,
    confidence: float = 0.95,
    degrees: float | None = None,
) -> Tail:
    """Value at risk and expected shortfall of an inventory: unit_tail * |q| sigma sqrt(h), money.

    >>> round(inventory_risk(100, 2.0, 9.0, confidence=0.99).value_at_risk, 2)
    1395.81

    Args:
        inventory, volatility, horizon_s: as in `inventory_volatility`.
        confidence, degrees: as in `unit_tail`.
    """
    unit = unit_tail(confidence, degrees)
    scale = inventory_volatility(inventory, volatility, horizon_s)
    return Tail(unit.value_at_risk * scale, unit.expected_shortfall * scale)


def historical_risk(profits: ArrayLike, confidence: float = 0.95) -> Tail:
    """The tail of observed profits over the horizon, nothing assumed of their distribution.

    The value at risk is the smallest loss x with P(loss <= x) >= p; the expected shortfall is the
    mean of the worst 1 - p of the losses, the one on the border counted in part.

    >>> historical_risk([-5, -4, 1, 2, 3, 4, 5, 6, 7, 8], confidence=0.85)
    Tail(value_at_risk=4.0, expected_shortfall=4.666666666666667)

    Args:
        profits: at least one, such as an inventory times the price's changes over the horizon.
        confidence: p, in (0.5, 1).
    Source:
        C. Acerbi and D. Tasche, "On the coherence of expected shortfall", Journal of Banking and
        Finance 26(7), 2002, pp. 1487-1503.
    """
    check("risk: confidence", 0.5 < confidence < 1, "in (0.5, 1)", confidence)
    losses = np.sort(-np.asarray(profits, dtype=np.float64))[::-1]
    ok = losses.ndim == 1 and len(losses) > 0 and bool(np.isfinite(losses).all())
    check("risk: profits", ok, "a row of finite numbers", profits)
    worst = (1 - confidence) * len(losses)
    whole = int(worst + 1e-9)
    border = losses[min(whole, len(losses) - 1)]
    shortfall = (losses[:whole].sum() + (worst - whole) * border) / worst
    return Tail(float(border), float(shortfall))


def portfolio_risk(
    inventories: ArrayLike,
    covariance: ArrayLike,
    horizon_s: float,
    confidence: float = 0.95,
    degrees: float | None = None,
) -> PortfolioRisk:
    """The risk of several inventories together.

    volatility = sqrt(q' C q h)
    component_var_i = unit_tail * q_i (C q)_i sqrt(h) / sqrt(q' C q)

    Args:
        inventories: q, (m,).
        covariance: C, (m, m), symmetric, price^2 per second.
        horizon_s: h, seconds, >= 0.
        confidence, degrees: as in `unit_tail`.
    Errors:
        ConfigError: shapes don't fit, or the covariance is not symmetric or not semi-definite.
    """
    unit = unit_tail(confidence, degrees)
    held = np.asarray(inventories, dtype=np.float64)
    matrix = np.asarray(covariance, dtype=np.float64)
    check("risk: inventories", bool(np.isfinite(held).all()), "finite", inventories)
    square = held.ndim == 1 and matrix.shape == (len(held), len(held))
    check("risk: covariance", square, f"of shape ({held.size}, {held.size})", matrix.shape)
    symmetric = np.allclose(matrix, matrix.T, rtol=1e-10, atol=0)
    check("risk: covariance", symmetric, "symmetric", covariance)
    least = float(np.linalg.eigvalsh(matrix)[0]) if len(held) else 0.0
    definite = least >= -1e-10 * float(np.trace(matrix))
    check("risk: covariance", definite, "positive semi-definite", covariance)
    checked("risk: horizon_s", horizon_s, not_negative)
    slope = matrix @ held
    deviation = sqrt(max(float(held @ slope), 0.0) * horizon_s)
    per_unit: Any = slope * horizon_s / deviation if deviation > 0 else np.zeros_like(held)
    components = held * per_unit
    return PortfolioRisk(
        volatility=deviation,
        value_at_risk=unit.value_at_risk * deviation,
        expected_shortfall=unit.expected_shortfall * deviation,
        component_var=unit.value_at_risk * components,
        component_es=unit.expected_shortfall * components,
        marginal_var=unit.value_at_risk * per_unit,
    )


def historical_portfolio_risk(
    inventories: ArrayLike, changes: ArrayLike, confidence: float = 0.95
) -> PortfolioRisk:
    """The risk of several inventories together, by what prices did over the horizon before.

    The profits are changes @ inventories, and their tail that of `historical_risk`. A component of
    the expected shortfall is what the instrument lost in the same worst cases; one of the value at
    risk, what it lost in the one case on the border. Both sum to the whole's. That one case is an
    erratic estimate: prefer the shortfall's.

    >>> risk = historical_portfolio_risk([2, -1], [[-3, -1], [1, 4], [2, 0], [0, 1]], 0.75)
    >>> risk.value_at_risk, risk.component_es
    (2.0, array([ 6., -1.]))

    Args:
        inventories: q, (m,).
        changes: (n, m), at least one row: of the prices over the horizon, of all at once.
        confidence: p, in (0.5, 1).
    Errors:
        ConfigError: shapes don't fit, a number is not finite, or the confidence is out of range.
    Source:
        D. Tasche, "Expected shortfall and beyond", Journal of Banking and Finance 26(7), 2002,
        pp. 1519-1533, for the components.
    """
    check("risk: confidence", 0.5 < confidence < 1, "in (0.5, 1)", confidence)
    held = np.asarray(inventories, dtype=np.float64)
    moves = np.asarray(changes, dtype=np.float64)
    check("risk: inventories", bool(np.isfinite(held).all()), "finite", inventories)
    fits = held.ndim == 1 and moves.ndim == 2 and moves.shape[1] == len(held) and len(moves) > 0
    check("risk: changes", fits, f"of shape (n, {held.size}), n >= 1", moves.shape)
    check("risk: changes", bool(np.isfinite(moves).all()), "finite", changes)
    losses = -moves * held
    total = losses.sum(axis=1)
    ranked = np.argsort(-total, kind="stable")
    worst = (1 - confidence) * len(total)
    whole = int(worst + 1e-9)
    border = ranked[min(whole, len(total) - 1)]
    shares = (losses[ranked[:whole]].sum(axis=0) + (worst - whole) * losses[border]) / worst
    return PortfolioRisk(
        volatility=float(total.std()),
        value_at_risk=float(total[border]),
        expected_shortfall=float(shares.sum()),
        component_var=losses[border],
        component_es=shares,
        marginal_var=-moves[border],
    )


def liquidity_adjusted_var(cost: float, variance: float, confidence: float = 0.95) -> float:
    """What a liquidation costs at worst, with the given confidence: E + z sqrt(V), in money.

    Args:
        cost: E, its expected cost, such as that of an `AlmgrenChriss` schedule.
        variance: V, of the cost, money squared, >= 0.
        confidence: in (0.5, 1).
    """
    checked("risk: cost", cost)
    checked("risk: variance", variance, not_negative)
    return cost + unit_tail(confidence).value_at_risk * sqrt(variance)
