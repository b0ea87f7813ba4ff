"""Measure: every signal of the core at given times of a whole tape, written down the plain way."""

from __future__ import annotations

from bisect import bisect_right
from math import erf, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from halfspread.duration import duration_ns
from halfspread.errors import ConfigError
from halfspread.signal_policy import SignalPolicy
from halfspread.signals.seen import DEPTHS, Floats, Seen, Times, walk
from halfspread.tape import Tape

FEWEST_ORDERS = 0.4
"""Orders, weighted by their age, of which an intensity and a decay are made."""


def measure(
    tape: Tape, policy: SignalPolicy | None = None, *, times: ArrayLike
) -> dict[str, Floats]:
    """The signals that a market with this policy would show at each of `times`, by name.

    The names and units are those of QuoteState, without the inventories, times and forecasts;
    what is not known or not asked for is NaN. The rules are ours: a level that crosses the other
    side erases what it crosses. A pass in Python, some microseconds a row.

    Args:
        tape: the market.
        policy: what is measured; None: SignalPolicy().
        times: ns since 1970 UTC on our clock, ascending; all that reaches us at such a time is
            seen.

    Raises:
        ConfigError: the times are not a row of whole numbers, or one comes before the one above.
    """
    policy = policy or SignalPolicy()
    at = np.asarray(times)
    if at.ndim != 1 or (at.dtype.kind not in "iu" and len(at)):
        raise ConfigError(
            f"measure: times must be a row of whole numbers, was {at.dtype} {at.shape}"
        )
    at = at.astype(np.int64)
    if (np.diff(at) < 0).any():
        row = int(np.argmax(np.diff(at) < 0)) + 1
        raise ConfigError(
            f"measure: times[{row}] must not be before times[{row - 1}], was {at[row]}"
        )
    seen = walk(tape, policy, at)
    grid = _Grid(seen, policy, at)
    found = _of_the_book(seen, at)
    found |= dict(zip(DEPTHS, seen.depth.T, strict=True))
    found |= _of_mids(seen, policy, grid, found["mid"])
    found |= _of_trades(seen, policy, grid)
    found |= _of_order_flow(seen, policy, grid)
    found |= _of_mark_outs(seen, policy, grid)
    found |= _of_arrivals(seen, policy, grid)
    found["vpin"] = _vpin(seen, policy, at)
    return found


class _Grid:
    """Cells of `step` from the first row on; a value of cells is read where they have closed."""

    def __init__(self, seen: Seen, policy: SignalPolicy, at: Times) -> None:
        step = duration_ns("step", policy.step)
        self.first, self.step, self.step_s = seen.first, step, step * 1e-9
        self.warm_up, self.half_life = policy.warm_up, policy.half_life
        self.at = at
        self.closed = np.maximum((at - seen.first) // step, 0)
        self.cells = int(self.closed.max(initial=0))
        self.ends = seen.first + step * np.arange(1, self.cells + 1, dtype=np.int64)

    def sums(self, times: Times, values: ArrayLike) -> Floats:
        """The sum of `values` in each cell; an event at a cell's end is of the next."""
        cell = (times - self.first) // self.step
        inside = cell < self.cells
        weights = np.broadcast_to(np.asarray(values, np.float64), times.shape)
        return np.bincount(cell[inside], weights[inside], self.cells).astype(np.float64)

    def means(self, cells: Floats, half_life: str | float | None) -> Floats:
        """The exponentially weighted mean of the closed cells, NaN ones left out, at each time.

        NaN until `warm_up` cells have a value.
        """
        sum_, weight = self.weighted(cells, half_life)
        return sum_ / weight

    def weighted(self, cells: Floats, half_life: str | float | None) -> tuple[Floats, Floats]:
        """The sum that such a mean divides by the sum of the weights, and the latter."""
        if half_life is None:
            return np.full(len(self.at), np.nan), np.full(len(self.at), np.nan)
        decay = 2.0 ** (-self.step_s / (duration_ns("half_life", half_life) * 1e-9))
        sum_, weight, count = 0.0, 0.0, 0
        after = [(np.nan, np.nan)]
        for value in cells.tolist():
            if value == value:
                sum_, weight, count = decay * sum_ + value, decay * weight + 1.0, count + 1
            after.append((sum_, weight) if count >= self.warm_up else (np.nan, np.nan))
        sums, weights = np.array(after)[self.closed].T
        return sums, weights

    def weight_of_last(self, times: Times, half_life: str | float | None) -> Floats:
        """The weight of the cell that the last of `times` is in, 1 for the last closed one."""
        if half_life is None or not len(times):
            return np.full(len(self.at), np.nan)
        cells = (times - self.first) // self.step
        last = np.searchsorted(cells, self.closed) - 1
        age_s = np.where(last >= 0, (self.closed - 1 - cells[last]) * self.step_s, np.nan)
        weights: Floats = 2.0 ** (-age_s / (duration_ns("half_life", half_life) * 1e-9))
        return weights


def _of_the_book(seen: Seen, at: Times) -> dict[str, Floats]:
    bid, ask, bid_size, ask_size = seen.touch_until(at, "right").T
    with np.errstate(invalid="ignore"):
        imbalance = (bid_size - ask_size) / (bid_size + ask_size)
    mid = (bid + ask) / 2
    imbalance[np.isnan(mid)] = np.nan
    micro = mid + imbalance * (ask - bid) / 2
    return {
        "mid": mid,
        "bid": bid,
        "ask": ask,
        "bid_size": bid_size,
        "ask_size": ask_size,
        "micro_price": micro,
        "imbalance": imbalance,
    }


def _of_mids(seen: Seen, policy: SignalPolicy, grid: _Grid, mid: Floats) -> dict[str, Floats]:
    bid, ask, _, _ = seen.touch_until(grid.ends, "left").T
    cells = (bid + ask) / 2
    squares = np.diff(cells, prepend=np.nan) ** 2
    variance = grid.means(squares, policy.volatility_half_life or policy.half_life)
    known = cells[~np.isnan(cells)]
    origin = known[0] if len(known) else 0.0  # means of small numbers keep their digits
    fast = grid.means(cells - origin, policy.fast_half_life)
    slow = grid.means(cells - origin, policy.slow_half_life)
    return {
        "volatility": np.sqrt(variance / grid.step_s),
        "momentum": fast - slow,
        "mean_reversion": slow - (mid - origin),
    }


def _of_trades(seen: Seen, policy: SignalPolicy, grid: _Grid) -> dict[str, Floats]:
    flow = grid.means(grid.sums(seen.time, seen.side * seen.size), policy.half_life)
    time, side, excess = _orders(seen)
    touches = _touches(seen, policy, grid)
    found = {"trade_flow": flow / grid.step_s}
    wanted = {"fill": np.ones(len(side), dtype=bool), "bid_fill": side == -1, "ask_fill": side == 1}
    for name, mine in wanted.items():
        half_life = policy.half_life if name == "fill" or policy.fill_sides else None
        (orders, weight), (past, _) = (
            grid.weighted(grid.sums(time[mine], values), half_life)
            for values in (1.0, excess[mine])
        )
        rate = orders / weight / grid.step_s / (2 if name == "fill" else 1)
        half_tick = 0.5 * grid.weight_of_last(time[mine], half_life)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            enough = orders >= FEWEST_ORDERS
            decay = np.where(enough, np.log1p(orders / (past + half_tick)), np.nan)
            intensity = rate / sum(share * np.exp(-decay * mean) for share, mean in touches)
        for what, value in (("intensity", intensity), ("decay", decay)):
            found[f"{name}_{what}"] = np.where(np.isfinite(value), value, np.nan)
    return found


def _touches(seen: Seen, policy: SignalPolicy, grid: _Grid) -> list[tuple[Floats, Floats]]:
    """Of each bin of spreads: its share of the time, and the mean of half the spread there, ticks.

    A spread below 16 ticks has a bin of its own; from there on there are four to each doubling,
    and one for all beyond 4096.
    """
    bid, ask, _, _ = seen.touch_until(grid.ends, "left").T
    spread = ask - bid
    cut = np.clip(spread, 0, 4096)
    doubling = 2.0 ** np.floor(np.log2(np.maximum(cut, 16)))
    bins = np.where(cut < 16, cut, cut // (doubling / 4) * (doubling / 4))
    found = []
    for one in np.unique(bins[~np.isnan(bins)]):
        there = np.where(np.isnan(bins), np.nan, bins == one)
        share = grid.means(there, policy.half_life)
        half = grid.means(np.where(there == 1, spread / 2, there), policy.half_life)
        found.append((share, np.where(share > 0, _ratio(half, share), 0.0)))
    return found


def _orders(seen: Seen) -> tuple[Times, Times, Floats]:
    """Of the orders that reached the touch: time, aggressor, ticks past it.

    Prints of one instant and one aggressor, one after the other, are one order, which went as far
    as the farthest.
    """
    above = seen.price - seen.mid
    excess = np.where(seen.side == 0, np.abs(above), seen.side * above) - seen.half_spread
    known = ~np.isnan(excess)
    time, side = seen.time[known], seen.side[known]
    new = np.ones(len(time), dtype=bool)
    new[1:] = (time[1:] != time[:-1]) | (side[1:] != side[:-1])
    order = np.cumsum(new) - 1
    there = excess[known] >= 0
    order, excess = order[there], excess[known][there]
    reached, first = np.unique(order, return_index=True)
    farthest = np.maximum.reduceat(excess, first) if len(first) else excess
    starts = np.flatnonzero(new)[reached]
    return time[starts], side[starts], farthest


def _of_order_flow(seen: Seen, policy: SignalPolicy, grid: _Grid) -> dict[str, Floats]:
    last = np.append(seen.touch_time[1:] != seen.touch_time[:-1], True)[: len(seen.touch_time)]
    time, touch = seen.touch_time[last], seen.touch[last]
    now, before = touch[1:].T, touch[:-1].T
    bid, ask, bid_size, ask_size = now
    bid_before, ask_before, bid_size_before, ask_size_before = before
    bids = (bid >= bid_before) * bid_size - (bid <= bid_before) * bid_size_before
    asks = (ask <= ask_before) * ask_size - (ask >= ask_before) * ask_size_before
    flow = grid.means(grid.sums(time[1:], bids - asks), policy.order_flow_half_life)
    return {"order_flow_imbalance": flow / grid.step_s}


def _of_mark_outs(seen: Seen, policy: SignalPolicy, grid: _Grid) -> dict[str, Floats]:
    if policy.mark_out_horizon is None:
        return {"toxicity": np.full(len(grid.at), np.nan)}
    due = seen.time + duration_ns("mark_out_horizon", policy.mark_out_horizon)
    bid, ask, _, _ = seen.touch_until(due, "right").T
    moved = seen.side * ((bid + ask) / 2 - seen.mid)
    marked = ~np.isnan(moved) & (seen.side != 0)
    due, size, moved = due[marked], seen.size[marked], moved[marked]
    gains = grid.means(grid.sums(due, size * moved), policy.half_life)
    return {"toxicity": _ratio(gains, grid.means(grid.sums(due, size), policy.half_life))}


def _of_arrivals(seen: Seen, policy: SignalPolicy, grid: _Grid) -> dict[str, Floats]:
    names = {1: "buy_intensity", -1: "sell_intensity"}
    found: dict[str, Floats] = {n: np.full(len(grid.at), np.nan) for n in names.values()}
    if policy.hawkes is None:
        return found
    arrivals = {side: np.unique(seen.time[seen.side == side]) for side in names}
    for (side, name), values in zip(names.items(), policy.hawkes.sides, strict=True):
        baseline, jump, cross_jump, decay = values.tolist()
        for i in np.flatnonzero(grid.closed >= policy.warm_up):
            now, found[name][i] = grid.at[i], baseline
            for source, height in ((side, jump), (-side, cross_jump)):
                ago = now - arrivals[source][: bisect_right(arrivals[source], now)]
                found[name][i] += height * np.exp(-decay * (ago * 1e-9)).sum()
    return found


def _vpin(seen: Seen, policy: SignalPolicy, at: Times) -> Floats:
    found = np.full(len(at), np.nan)
    bucket, n = policy.vpin_bucket_lots, policy.vpin_buckets
    if bucket is None or not len(seen.time):
        return found
    traded = np.cumsum(seen.size)
    fills = np.searchsorted(traded, bucket * np.arange(1, traded[-1] // bucket + 1))
    moves = np.diff(seen.price[fills], prepend=seen.price[0])
    imbalances = np.zeros(len(moves))
    for i, move in enumerate(moves.tolist()):
        scale = sqrt(float(np.mean(moves[max(i + 1 - n, 0) : i + 1] ** 2)))
        imbalances[i] = erf(abs(move) / scale / sqrt(2)) if move else 0.0
    full = np.searchsorted(seen.time[fills], at, side="right")
    for i, count in enumerate(full.tolist()):
        if count >= n:
            found[i] = np.mean(imbalances[count - n : count])
    return found


def _ratio(over: Floats, under: Any) -> Floats:
    """Their quotient, NaN where `under` is not above zero."""
    quotient: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0)
    return quotient
