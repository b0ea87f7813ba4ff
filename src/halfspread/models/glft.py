"""Guéant, Lehalle and Fernandez-Tapia: the lean that is optimal far from the horizon."""

from __future__ import annotations

from math import exp, inf, log1p, sqrt

from halfspread.inventory.target import worth_holding
from halfspread.modelling import given, model
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@model(
    risk_aversion=positive,
    size=positive,
    fill_aversion=not_negative,
    impact=not_negative,
    fill_intensity=positive,
    fill_decay=positive,
    volatility=not_negative,
)
def glft(
    state: QuoteState,
    risk_aversion: float,
    size: float = 1.0,
    fill_aversion: float | None = None,
    drift: float = 0.0,
    impact: float = 0.0,
    fill_intensity: float | None = None,
    fill_decay: float | None = None,
    volatility: float | None = None,
) -> Quote:
    """Quote the closed form of the optimal quotes far from the horizon.

    bid = mid - impact/2 - c - slope * (inventory - m / (g s^2) + D/2)
    ask = mid + impact/2 + c - slope * (inventory - m / (g s^2) - D/2)

    c     = log(1 + x D/k) / (x D)                       (1/k where x = 0)
    slope = s sqrt(g / (2 A k D C)) exp(k impact / 4),   C = (1 + x D/k)^(-1 - k/(x D))   (1/e)

    with g the risk aversion, x the fill aversion, s the volatility, D the size of an order, m the
    drift of the mid, and A exp(-k d) the rate at which a quote at distance d from the mid fills.
    With x = g the maker has exponential utility; with x = 0 he pays for risk in proportion to
    inventory^2 and is otherwise neutral. Good while slope * inventory is small beside 1 / k: for
    large inventories the exact solution leans less.

    Args:
        state: reads mid, inventory and what is left None below.
        risk_aversion: g > 0, per tick and lot.
        size: D > 0, lots on each side.
        fill_aversion: x >= 0, per tick and lot; None takes g.
        drift: m, ticks per second. The lean is then around m / (g s^2) lots.
        impact: ticks by which the price moves, for good, against the maker after each own fill.
        fill_intensity: A > 0, per second and side; None takes the state's.
        fill_decay: k > 0, per tick; None takes the state's.
        volatility: s >= 0, ticks per root second; None takes the state's. At 0 nothing leans, the
            drift neither: a mid that stands still does not drift.
    Source:
        O. Guéant, "Optimal market making", Applied Mathematical Finance 24(2), 2017, (4.6) and
        (4.7); O. Guéant, C.-A. Lehalle and J. Fernandez-Tapia, "Dealing with the inventory risk",
        Mathematics and Financial Economics 7, 2013, sections 4 and 5 for drift and impact.
    """
    decay = given(fill_decay, state.fill_decay)
    sigma = given(volatility, state.volatility)
    intensity = given(fill_intensity, state.fill_intensity)
    depth, curvature = riskless_terms(intensity, decay, size, given(fill_aversion, risk_aversion))
    steepness = inf if curvature == 0 else sqrt(risk_aversion / curvature)
    slope = sigma * steepness * exp(decay * impact / 4)
    excess = state.inventory - worth_holding(drift, risk_aversion, sigma)
    half_spread = depth + slope * size / 2 + impact / 2
    centre = state.mid - slope * excess
    return Quote(centre - half_spread, centre + half_spread, size, size)


@model(
    risk_aversion=positive,
    size=positive,
    fill_aversion=not_negative,
    fill_intensity=positive,
    fill_decay=positive,
    volatility=not_negative,
)
def glft_tanh(
    state: QuoteState,
    risk_aversion: float,
    size: float = 1.0,
    fill_aversion: float | None = None,
    drift: float = 0.0,
    fill_intensity: float | None = None,
    fill_decay: float | None = None,
    volatility: float | None = None,
) -> Quote:
    """Quote with a lean that grows with the time left and levels off: from A-S to `glft`.

    bid = mid - c - slope * (inventory - m / (g s^2) + D/2)
    ask = mid + c - slope * (inventory - m / (g s^2) - D/2)

    slope = s sqrt(g / H) tanh(s sqrt(g H) t),   H = 2 A k D C

    with t the time left and the rest as in `glft`. The slope tends to g s^2 t for short times, as
    in `avellaneda_stoikov`, and to that of `glft` for t >> 1 / (s sqrt(g H)). It follows the exact
    solution within 2 % for inventories of an order or less.

    Args:
        state: reads mid, inventory, time_left (seconds, >= 0) and what is left None below.
        risk_aversion: g > 0, per tick and lot.
        size: D > 0, lots on each side.
        fill_aversion: x >= 0, per tick and lot; None takes g.
        drift: m, ticks per second. The lean is then around m / (g s^2) lots.
        fill_intensity: A > 0, per second and side; None takes the state's.
        fill_decay: k > 0, per tick; None takes the state's.
        volatility: s >= 0, ticks per root second; None takes the state's. At 0 nothing leans, the
            drift neither: a mid that stands still does not drift.
    Source:
        P. Bergault, D. Evangelista, O. Guéant and D. Vieira, "Closed-form approximations in
        multi-asset market making", Applied Mathematical Finance 28(2), 2021, for one asset.
    """
    decay = given(fill_decay, state.fill_decay)
    sigma = given(volatility, state.volatility)
    intensity = given(fill_intensity, state.fill_intensity)
    depth, curvature = riskless_terms(intensity, decay, size, given(fill_aversion, risk_aversion))
    rate = sigma * sqrt(risk_aversion * curvature)
    left = exp(-2 * rate * state.time_left)  # tanh(x) is (1 - left) / (1 + left)
    slope = inf if curvature == 0 else rate * (1 - left) / (curvature * (1 + left))
    excess = state.inventory - worth_holding(drift, risk_aversion, sigma)
    half_spread = depth + slope * size / 2
    centre = state.mid - slope * excess
    return Quote(centre - half_spread, centre + half_spread, size, size)


def riskless_terms(
    intensity: float, decay: float, size: float, aversion: float
) -> tuple[float, float]:
    """What does not depend on the price's risk: c in ticks, and 2 A k D C.

    The second is twice the curvature, at the optimum, of what quoting one side earns a second. It
    is 0 where exp(..) is no number any more; a slope over it is infinite, which is no quote.
    """
    ratio = aversion * size / decay
    log_sum = log1p(ratio)
    log_ratio = log_sum / ratio if ratio > 0 else 1.0
    return log_ratio / decay, 2 * intensity * decay * size * exp(-log_ratio - log_sum)
