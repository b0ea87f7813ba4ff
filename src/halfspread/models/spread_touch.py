"""Spread touch: join the best price or improve it, by how wide the spread is and what is held."""

from __future__ import annotations

import numpy as np

from halfspread.errors import ConfigError
from halfspread.models.guilbaud_pham import SpreadMarket, guilbaud_pham
from halfspread.models.value import posted_depths
from halfspread.parameter import Check, counted, not_negative, positive
from halfspread.table import QuoteTable, Regimes
from halfspread.table_model import table_model

TIMES = 21
MOST_STEPS = 1_000_000
yes_or_no = Check("0 or 1", lambda value: value in (0, 1))


@table_model(
    widen_rate=positive,
    narrow_rate=positive,
    fill_rate=positive,
    improved_fill_rate=positive,
    inventory_aversion=not_negative,
    spreads=counted,
    max_orders=counted,
    size=positive,
    horizon_s=positive,
    market_orders=yes_or_no,
)
def spread_touch(
    widen_rate: float,
    narrow_rate: float,
    fill_rate: float,
    improved_fill_rate: float,
    inventory_aversion: float = 0.01,
    rebate: float = 0.0,
    fee: float = 0.0,
    spreads: float = 3,
    max_orders: float = 5,
    size: float = 1.0,
    horizon_s: float = 300.0,
    market_orders: float = 0.0,
) -> QuoteTable:
    """Quote at the best prices or a tick inside them, or take, as `guilbaud_pham` says.

    The spread, of 1 to m ticks, widens by a tick at widen_rate and narrows by one at narrow_rate;
    an order at the best price fills at fill_rate, one that improves it at improved_fill_rate.

    bid = best bid, + 1 tick or none;  ask = best ask, - 1 tick or none

    by the policy of `guilbaud_pham`; but the side that reduces what is held is always quoted: where
    a fill at the touch would lose, as with a fee above half the spread, it stands back by what that
    fill lacks. With market_orders, where that policy sends one, always to
    reduce what is held, the quote is the other side's best price for as many orders, and nothing
    on the other side: a desk with `OrderPolicy(taking=True)` takes there. Any other desk keeps
    that quote a tick behind, so leave market_orders at 0 with it: the policy is then the best one
    without them.

    Args:
        widen_rate: of the spread to one more tick, per second, > 0.
        narrow_rate: of the spread to one tick less, per second, > 0.
        fill_rate: of an order at the best price, per second, > 0.
        improved_fill_rate: of an order a tick inside, where the spread leaves room, per second.
        inventory_aversion: g, ticks per second for an inventory of one order, >= 0.
        rebate: ticks received for a lot filled; negative is a fee.
        fee: ticks paid for a lot taken, and sold off at the end.
        spreads: m, whole, >= 1; wider spreads are quoted as m.
        max_orders: orders held at most, long or short: a whole number >= 1.
        size: lots in an order, > 0.
        horizon_s: seconds before the end in which the end matters, > 0.
        market_orders: 1 or 0: whether to take where that is best.
    Source:
        F. Guilbaud and H. Pham, "Optimal high-frequency trading with limit and market orders",
        Quantitative Finance 13(1), 2013, with few numbers in place of the matrices.
    """
    m = int(spreads)
    market = SpreadMarket(
        transition_rates=widen_rate * np.eye(m, k=1) + narrow_rate * np.eye(m, k=-1),
        fill_rates=np.outer([fill_rate, improved_fill_rate], np.ones(m)),
        rebate=rebate,
        fee=fee,
    )
    fastest = widen_rate + narrow_rate + 2 * max(fill_rate, improved_fill_rate)
    each = int(np.ceil(4 * fastest * horizon_s / (TIMES - 1) ** 2)) or 1
    if each * (TIMES - 1) ** 2 > MOST_STEPS:
        raise ConfigError(f"horizon_s must be shorter: {horizon_s!r} takes too long to solve")
    policy = guilbaud_pham(
        market,
        inventory_aversion,
        int(max_orders),
        horizon_s,
        steps=each * (TIMES - 1) ** 2,
        use_market_orders=bool(market_orders),
    )
    nodes = each * np.arange(TIMES) ** 2
    value = policy.value[nodes].transpose(1, 0, 2)
    edge = np.full((m, TIMES, 1), np.nan)
    earned = np.arange(1, m + 1)[:, None, None] / 2 + rebate
    bid_gain = np.concatenate((np.diff(value, axis=2) + earned, edge), axis=2)
    ask_gain = np.concatenate((edge, earned - np.diff(value, axis=2)), axis=2)
    bid_depth, ask_depth = (
        np.where(choice[nodes].transpose(1, 0, 2) == 2, -1.0, depth)
        for choice, depth in zip(
            (policy.bid, policy.ask),
            posted_depths(bid_gain, ask_gain, policy.inventories),
            strict=True,
        )
    )
    return QuoteTable(
        size * policy.inventories,
        bid_depth,
        ask_depth,
        horizon_s=horizon_s,
        bid_size=size,
        ask_size=size,
        reference="touch",
        regimes=Regimes(spreads=m),
        take=size * policy.market_order[nodes].transpose(1, 0, 2) if market_orders else None,
    )
