"""Own fills: A and k of a run's own quotes, from what filled and from what stood there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from halfspread.calibrate.exponential import Exponential, poisson_fit
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints
from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run

FEWEST = 20
"""Orders of a side that were filled."""
BLOCKS = 50
"""Spans of time, taken as independent, from whose differences the errors come."""


def own_fills(run: Run) -> tuple[Exponential, Exponential]:
    """A and k of the fills of our bids, and of our asks, in all lanes of a run together.

    log L = sum_i ln lambda(d_i) - integral of lambda(d(t)) dt,     lambda(d) = A exp(-k d)

    with d_i how far from the mid, in ticks, an order was when it was first filled as a maker, and
    d(t) how far the quote at the first rung was while it stood. Unlike what a tape says of all
    orders, it is what we get: our latency and our place in the queues are in it.

    The distances must have been explored, by lanes that quote differently or by noise in the
    quotes: where a maker quotes wide because fills are frequent, distance and rate are confounded,
    and k comes out too low. The exposure is the trapezoid rule over the path's samples: a quote
    that stands at one of them stood since the one before, half that time by each of the two mids.
    An order filled between two samples is not seen: A is too high by about half the rate times the
    time between. What was filled, or stood, on the wrong side of the mid is left out.

    One trade may fill several lanes, so the errors are not those of independent fills: they come
    from the scores of BLOCKS spans of time, I^-1 (sum s s') I^-1 with I^-1 the covariance that
    independent fills would have.

    Errors:
        ConfigError: the run kept no fills.
        CalibrationError: fewer than FEWEST orders of a side were filled, or at one distance only.
    Source:
        O. Guéant, "Optimal market making", Applied Mathematical Finance 24, 2017, section 5.
    """
    if not run.keeps_fills:
        raise ConfigError("the run kept no fills: run fewer lanes")
    bid, ask = (_fit(_table(run, name, side), name) for name, side in (("bid", 1), ("ask", -1)))
    return bid, ask


@dataclass(frozen=True, eq=False)
class _Table:
    """What filled and what stood, by the block of time and the distance in half ticks."""

    fills: Floats
    """(BLOCKS, distances)"""
    seconds: Floats
    """(BLOCKS, distances)"""


def _table(run: Run, name: str, side: int) -> _Table:
    ours = run.fills["maker"] & (run.fills["side"] == side) & np.isfinite(run.fills["mid"])
    fills = {key: column[ours] for key, column in run.fills.items()}
    keys = np.stack([fills["lane"].astype(np.int64), fills["order_id"].astype(np.int64)])
    first = np.unique(keys, axis=1, return_index=True)[1]
    if len(first) < FEWEST:
        raise CalibrationError(f"{len(first)} orders of our {name}s were filled, {FEWEST} needed")
    filled = _half_ticks(side * (fills["mid"][first] - fills["price"][first]))

    time = run.path["time"]
    mid = run.path["mid"] if run.has_own_mids else run.path["mid"][:, None]
    quote = run.path[name][1:]
    distance = side * np.stack([mid[:-1] - quote, mid[1:] - quote])
    there = np.isfinite(distance)
    stood = _half_ticks(distance[there])
    seconds = np.broadcast_to(np.diff(time)[:, None] * NANO / 2, distance.shape)[there]

    edges = np.linspace(time[0], time[-1], BLOCKS + 1)[1:-1]
    block_of_fill = np.searchsorted(edges, fills["exchange_time"][first])
    block_of_row = np.searchsorted(edges, time[1:])[:, None]
    block = np.broadcast_to(block_of_row, distance.shape)[there]
    most = int(max(filled.max(), stood.max(initial=0))) + 1

    def by_block(block: Ints, half_ticks: Ints, weights: Floats) -> Floats:
        kept = half_ticks >= 0
        cell = block[kept] * most + half_ticks[kept]
        sums = np.bincount(cell, weights[kept], minlength=BLOCKS * most)
        return sums.astype(np.float64).reshape(BLOCKS, most)

    return _Table(
        by_block(block_of_fill, filled, np.ones(len(filled))), by_block(block, stood, seconds)
    )


def _fit(table: _Table, name: str) -> Exponential:
    depths = np.arange(table.fills.shape[1]) / 2.0
    fills, seconds = table.fills.sum(axis=0), table.seconds.sum(axis=0)
    if len(np.flatnonzero(seconds)) < 2:
        raise CalibrationError(f"our {name}s stood at one distance only: lanes must differ")
    fit = poisson_fit(depths, fills, seconds)
    a, rate = fit.intensity, np.exp(-fit.decay * depths)
    apart = np.array([fit.intensity_error, fit.decay_error])
    inverse = np.outer(apart, apart) * [[1.0, fit.correlation], [fit.correlation, 1.0]]
    seen = table.fills * (seconds > 0)
    scores = np.stack(
        [
            seen.sum(axis=1) / a - table.seconds @ rate,
            a * (table.seconds @ (rate * depths)) - seen @ depths,
        ]
    )
    turned = inverse @ scores
    covariance = turned @ turned.T
    errors = np.sqrt(np.diag(covariance))
    correlation = float(covariance[0, 1] / (errors[0] * errors[1]))
    return replace(
        fit,
        intensity_error=float(errors[0]),
        decay_error=float(errors[1]),
        correlation=correlation,
        seconds=float(seconds.sum()),
    )


def _half_ticks(ticks: Floats) -> Ints:
    return np.rint(2.0 * ticks).astype(np.int64)
