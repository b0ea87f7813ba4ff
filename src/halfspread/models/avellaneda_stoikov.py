"""Avellaneda and Stoikov (2008): a reservation price that leans against inventory."""

from __future__ import annotations

from math import inf, log1p

from halfspread.modelling import given, model
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@model(risk_aversion=positive, fill_decay=positive, size=positive, volatility=not_negative)
def avellaneda_stoikov(
    state: QuoteState,
    risk_aversion: float,
    fill_decay: float | None = None,
    size: float = 1.0,
    volatility: float | None = None,
) -> Quote:
    """Quote around a reservation price that leans against inventory until a horizon.

    reservation = mid - inventory * g * s^2 * t
    half spread = g * s^2 * t * D / 2  +  log(1 + g * D / k) / (g * D)

    with g the risk aversion, s the volatility, t the time left, k the fill decay and D the size
    of an order (1 in the paper): the optimal quotes, to first order in t, of a maker with
    exponential utility, when the mid is a Brownian motion and a quote at distance d from it fills
    at the rate A * exp(-k * d). A itself drops out.

    Far from the horizon it leans too much: the lean grows with t for ever, where the optimal one
    levels off once t > 1 / (s * sqrt(2 * g * A * k)) or so. `glft_tanh` joins the two.

    Args:
        state: reads mid, inventory, time_left (seconds, >= 0) and what is left None below.
        risk_aversion: g > 0, per tick and lot. As g -> 0 the spread tends to 2 / k, the lean to 0.
        fill_decay: k > 0, per tick; None takes the state's.
        size: D > 0, lots on each side.
        volatility: s >= 0, ticks per root second; None takes the state's.
    Source:
        M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative
        Finance 8(3), 2008, pp. 217-224, (29) and (30). tests/papers reproduces its tables.
    """
    aversion = risk_aversion * size
    risk = risk_aversion * given(volatility, state.volatility) ** 2 * state.time_left
    reservation = state.mid - state.inventory * risk
    half_spread = risk * size / 2 + log1p(aversion / given(fill_decay, state.fill_decay)) / aversion
    return Quote(reservation - half_spread, reservation + half_spread, size, size)


@model(risk_aversion=positive, max_inventory=positive, size=positive)
def avellaneda_stoikov_infinite(
    state: QuoteState, risk_aversion: float, max_inventory: float, size: float = 1.0
) -> Quote:
    """Quote the prices at which a maker who then holds for ever is indifferent to a fill.

    bid = mid + log(1 - (1 + 2 q) / ((Q + 1)^2 - q^2)) / (g * D)
    ask = mid - log(1 - (1 - 2 q) / ((Q + 1)^2 - q^2)) / (g * D)

    with g the risk aversion, D the size of an order, q = inventory / D and Q = max_inventory / D.
    It is the paper's infinite horizon with its discount rate g^2 s^2 (Q + 1)^2 / 2, which keeps
    |q| <= Q; the volatility s then cancels. At the limit the losing side is no longer quoted, and
    beyond it the other one stays where it is at the limit.

    The paper prints the ask as mid + log(1 + (1 - 2 q) / ...) / g, the same to first order; that
    is not the ask of its definition, which is the mirror image of its bid.

    There is no fill intensity in it, neither A nor k: a fill at these prices is worth nothing to
    the maker, so they are a bound on what to quote more than a quote. Its spread at q = 0 is
    about 2 / (g * D * (Q + 1)^2).

    Args:
        state: reads mid and inventory.
        risk_aversion: g > 0, per tick and lot.
        max_inventory: lots, > 0.
        size: D > 0, lots on each side that is quoted.
    Source:
        M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative
        Finance 8(3), 2008, section 2.3.
    """
    most = max_inventory / size
    held = min(max(state.inventory / size, -most), most)
    room = (most + 1) ** 2 - held**2
    bid_size = ask_size = size
    bid, ask = -inf, inf
    if held < most:
        bid = state.mid + log1p((-1 - 2 * held) / room) / (risk_aversion * size)
    else:
        bid_size = 0.0
    if held > -most:
        ask = state.mid - log1p((2 * held - 1) / room) / (risk_aversion * size)
    else:
        ask_size = 0.0
    return Quote(bid, ask, bid_size, ask_size)
