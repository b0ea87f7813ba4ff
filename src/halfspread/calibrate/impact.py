"""Impact: how the mid moves with imbalance at the touch, signed volume, single orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.inference import Regression, regress
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints, Record

WIDTHS = (1.0, 10.0)
"""Seconds of the bins."""
FEWEST = 50
"""Bins, or orders."""
MOST_DOTS = 1000


@dataclass(frozen=True)
class Binned:
    """Changes of the mid against the flow of the same bin."""

    width_s: float
    imbalance: Regression
    """ticks per lot of order-flow imbalance"""
    volume: Regression
    """ticks per lot bought less sold: Kyle's lambda"""
    dots: tuple[tuple[float, float, float], ...]
    """some bins: order-flow imbalance, signed volume (lots), change of the mid (ticks)"""


@dataclass(frozen=True)
class Impact:
    """Price impact: of bins of time, and of single orders."""

    binned: tuple[Binned, ...]
    glosten_harris: Regression | None
    """ticks: "reversal" (half spread that comes back), "sign" and "size" (stays: fixed, per lot)"""


def impact(record: Record) -> Impact:
    """Contemporaneous impact; it explains, it does not predict.

    m(t + w) - m(t) = constant + b OFI + u,    m(t + w) - m(t) = constant + lambda V + u

    OFI is the sum over changes of the touch of

    e = [Pb >= Pb'] qb - [Pb <= Pb'] qb' - [Pa <= Pa'] qa + [Pa >= Pa'] qa'

    with prices P and sizes q after and (') before, V the lots bought less sold by aggressors. Of
    consecutive aggressor orders, with sign x, lots q and mean price p:

    p_i - p_(i-1) = reversal (x_i - x_(i-1)) + sign x_i + size x_i q_i + u

    All errors are Newey-West's (see `regress`).

    Errors:
        CalibrationError: fewer than FEWEST bins of a second, or the mid or the flow never changes.
    Source:
        R. Cont, A. Kukanov and S. Stoikov, "The price impact of order book events", Journal of
        Financial Econometrics 12(1), 2014; A. Kyle, "Continuous auctions and insider trading",
        Econometrica 53(6), 1985; L. Glosten and L. Harris, "Estimating the components of the
        bid/ask spread", Journal of Financial Economics 21(1), 1988.
    """
    flow = imbalance_flow(record)
    found = tuple(_binned(record, width, flow) for width in WIDTHS)
    kept = tuple(binned for binned in found if binned is not None)
    if not kept:
        raise CalibrationError(
            f"impact needs {FEWEST} bins of {WIDTHS[0]:g} s with a mid and some flow"
        )
    return Impact(kept, _glosten_harris(record))


def imbalance_flow(record: Record) -> Floats:
    """The e of each row of the touches, lots; 0 where a side was or is empty."""
    t = record.touches
    flow = np.zeros(len(t.time))
    bid, ask, bid_size, ask_size = (
        x.astype(np.float64) for x in (t.bid, t.ask, t.bid_size, t.ask_size)
    )
    now, was = slice(1, None), slice(None, -1)
    flow[1:] = (
        (bid[now] >= bid[was]) * bid_size[now]
        - (bid[now] <= bid[was]) * bid_size[was]
        - (ask[now] <= ask[was]) * ask_size[now]
        + (ask[now] >= ask[was]) * ask_size[was]
    )
    flow[1:][~(t.two_sided[now] & t.two_sided[was])] = 0.0
    return flow


def _binned(record: Record, width: float, flow: Floats) -> Binned | None:
    step = round(width / NANO)
    edges = np.arange(record.span[0], record.span[1] + 1, step, dtype=np.int64)
    if len(edges) <= FEWEST:
        return None
    mids = record.touches.mid_of(record.touches.row_at(edges))
    change, bins = np.diff(mids), len(edges) - 1

    def total(times: Ints, values: Floats) -> Floats:
        """Sums over (edge, next edge], as the mids at the edges have it."""
        place = np.searchsorted(edges, times, side="left") - 1
        inside = (place >= 0) & (place < bins)
        sums = np.bincount(place[inside], weights=values[inside], minlength=bins)
        return sums.astype(np.float64)

    orders = record.arrivals
    imbalance = total(record.touches.time, flow)
    volume = total(orders.time, (orders.side * orders.lots).astype(np.float64))
    known = np.isfinite(change)
    change, imbalance, volume = change[known], imbalance[known], volume[known]
    if len(change) < FEWEST or min(np.ptp(change), np.ptp(imbalance), np.ptp(volume)) == 0:
        return None
    dots = np.unique(np.linspace(0, len(change) - 1, min(len(change), MOST_DOTS)).astype(np.int64))
    columns = np.column_stack([imbalance, volume, change])[dots]
    return Binned(
        width_s=width,
        imbalance=regress(change, {"imbalance": imbalance}),
        volume=regress(change, {"volume": volume}),
        dots=tuple(tuple(row) for row in columns.tolist()),
    )


def _glosten_harris(record: Record) -> Regression | None:
    orders = record.arrivals
    if len(orders.time) <= FEWEST:
        return None
    sign, lots = orders.side.astype(np.float64), orders.lots.astype(np.float64)
    change = np.diff(orders.value / np.maximum(lots, 1))
    columns = {"reversal": np.diff(sign), "sign": sign[1:], "size": (sign * lots)[1:]}
    if np.ptp(sign) == 0:
        return None
    return regress(change, columns, intercept=False)
