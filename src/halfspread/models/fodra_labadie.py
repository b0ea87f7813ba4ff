"""Fodra and Labadie: quotes around where the mid is expected to be at the end."""

from __future__ import annotations

from math import expm1

from halfspread.modelling import given, model
from halfspread.parameter import not_negative, positive
from halfspread.quote import Quote, QuoteState


@model(terminal_penalty=not_negative, fill_decay=positive, reversion=positive, size=positive)
def fodra_labadie(
    state: QuoteState,
    terminal_penalty: float,
    fill_decay: float | None = None,
    reversion: float | None = None,
    size: float = 1.0,
) -> Quote:
    """Quote around the expected final mid, leaning by what the inventory left then will cost.

    bid = mid + f - 1/k - alpha (2 q + D)
    ask = mid + f + 1/k - alpha (2 q - D)

    with f the expected change of the mid, q the inventory, D the size of an order, k the fill decay
    and alpha the penalty: the optimum of a maker who is neutral to risk and pays alpha q^2 at the
    end, to first order in the rate of fills. f is the state's forecast or, where a reversion r is
    given, that of a mid which returns to its slow average: (average - mid) (1 - exp(-r t)), with t
    the time left.

    It takes the present inventory for that of the end, so it is for short horizons or few fills;
    its lean does not know volatility.

    Args:
        state: reads mid, inventory, and forecast, or mean_reversion and time_left; the market must
            be asked for those (SignalPolicy), and until they are known there is no quote.
        terminal_penalty: alpha >= 0, ticks per lot.
        fill_decay: k > 0, per tick; None takes the state's.
        reversion: r > 0, per second; None takes the state's forecast.
        size: D > 0, lots on each side.
    Source:
        P. Fodra and M. Labadie, "High-frequency market-making with inventory constraints and
        directional bets", 2012, arXiv 1206.4810.
    """
    change = state.forecast
    speed = given(reversion, 0.0)
    if speed > 0:
        change = -state.mean_reversion * expm1(-speed * state.time_left)
    half_spread = 1 / given(fill_decay, state.fill_decay) + terminal_penalty * size
    centre = state.mid + change - 2 * terminal_penalty * state.inventory
    return Quote(centre - half_spread, centre + half_spread, size, size)
