"""Facts: the statistics that a scorecard compares, and what it says where they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.level_changes import Cause
from halfspread.calibrate.record import NANO, Floats, Ints
from halfspread.calibrate.zero_intelligence import resting_seconds
from halfspread.realism.distance import Values
from halfspread.realism.impact import BINS, LAGS, fill_times, next_move, response
from halfspread.realism.sample import Sample
from halfspread.realism.series import autocorrelation, kurtosis

HORIZONS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds; the returns are over the first at which the real mid moves in most intervals."""
MULTIPLES = (1, 2, 5, 10, 20, 50)
FEWEST_RETURNS = 50
BANDS = ((1, 1), (2, 3), (4, 7), (8, 15), (16, 31))
"""Lags that an autocorrelation is the mean over: single ones are mostly noise."""
DEPTHS = 10
"""Ticks behind the best price."""


@dataclass(frozen=True)
class Scales:
    """Horizons that all samples of a comparison share, seconds."""

    horizon: float
    """of a return"""
    multiples: tuple[int, ...]
    """of it, for which the shortest sample has FEWEST_RETURNS"""
    window: float
    """that an order waits for its fill"""


def scales(real: Sample, shortest: float) -> Scales:
    """Those for a real sample, and samples of `shortest` seconds at least."""
    times = real.moves[0]
    usable = [h for h in HORIZONS if shortest / h >= 2 * FEWEST_RETURNS] or [HORIZONS[0]]
    horizon = usable[-1]
    for step in usable:
        cells = ((times - real.record.span[0]) * NANO / step).astype(np.int64)
        if len(np.unique(cells)) >= 0.5 * real.seconds / step:
            horizon = step
            break
    fits = tuple(m for m in MULTIPLES if shortest / (m * horizon) >= FEWEST_RETURNS)
    return Scales(horizon, fits or (1,), min(300.0, shortest / 10))


@dataclass(frozen=True)
class Fact:
    """One statistic. `values` makes it a distribution, `curve` a curve; of both one is there."""

    key: str
    title: str
    group: str
    number: str
    """what its number is, with the unit"""
    lower: str
    """what it means where the simulated number is the lower one"""
    higher: str
    across: str
    """the axis of its plot"""
    values: Callable[[Sample, Scales], Values] | None = None
    curve: Callable[[Sample, Scales], tuple[Floats, Floats]] | None = None
    headline: Callable[[Floats], float] = np.nanmean
    """of the values, or of the curve"""
    least: float = 0.0
    """a distance of curves that is none"""
    up: str = ""


def _when(sample: Sample, times: Ints) -> Floats:
    first, last = sample.record.span
    found: Floats = (times - first) / (last - first)
    return found


def returns(sample: Sample, at: Scales) -> Values:
    """Changes of the mid over the horizon, ticks."""
    grid = np.diff(sample.record.grid(at.horizon))
    return Values.of(grid, np.arange(len(grid)) / max(len(grid), 1))


def tails(sample: Sample, at: Scales) -> tuple[Floats, Floats]:
    """The logarithm of the kurtosis by horizon."""
    x = np.array([m * at.horizon for m in at.multiples])
    return x, np.log(np.array([kurtosis(sample.returns(h)) for h in x]))


def signature(sample: Sample, at: Scales) -> tuple[Floats, Floats]:
    """The logarithm of the variance a second, ticks^2, by horizon."""
    x = np.array([m * at.horizon for m in at.multiples])
    y = np.array([float(np.mean(sample.returns(h) ** 2)) / h for h in x])
    return x, np.log(np.where(y > 0, y, np.nan))


def lagged(
    series: Callable[[Sample, Scales], Floats],
) -> Callable[[Sample, Scales], tuple[Floats, Floats]]:
    """The autocorrelation of a series, over BANDS of lags."""

    def curve(sample: Sample, at: Scales) -> tuple[Floats, Floats]:
        x = np.array([(first + last) / 2 for first, last in BANDS])
        single = autocorrelation(series(sample, at), range(1, BANDS[-1][1] + 1))
        return x, np.array([single[first - 1 : last].mean() for first, last in BANDS])

    return curve


def signs(sample: Sample, at: Scales) -> Floats:
    """+1 and -1 of aggressor orders, in order."""
    found: Floats = sample.record.arrivals.side.astype(np.float64)
    return found


def order_flow(sample: Sample, at: Scales) -> Floats:
    """Order-flow imbalance of each interval of the horizon, lots (Cont, Kukanov, Stoikov 2014)."""
    touches = sample.record.touches
    known = touches.two_sided[1:] & touches.two_sided[:-1]
    bid, ask = touches.bid, touches.ask
    flow = (bid[1:] >= bid[:-1]) * touches.bid_size[1:] - (bid[1:] <= bid[:-1]) * touches.bid_size[
        :-1
    ]
    flow = flow - (ask[1:] <= ask[:-1]) * touches.ask_size[1:]
    flow = flow + (ask[1:] >= ask[:-1]) * touches.ask_size[:-1]
    first, last = sample.record.span
    cells = int((last - first) * NANO / at.horizon)
    place = ((touches.time[1:] - first) * NANO / at.horizon).astype(np.int64)
    inside = known & (place >= 0) & (place < cells)
    sums: Floats = np.bincount(
        place[inside], weights=flow[inside].astype(np.float64), minlength=cells
    ).astype(np.float64)
    return sums


def _gaps(sample: Sample, times: Ints) -> Values:
    """The logarithms of waits, of 10 to milliseconds; events of one instant are one."""
    once = np.unique(times[times >= sample.record.span[0]])
    waits = np.diff(once) * 1e-6
    return Values.of(np.log10(waits), _when(sample, once[1:]))


def messages(sample: Sample, at: Scales) -> Values:
    """Waits between messages that change a level."""
    return _gaps(sample, sample.changes.time)


def orders(sample: Sample, at: Scales) -> Values:
    """Waits between aggressor orders."""
    return _gaps(sample, sample.record.arrivals.time)


def spread(sample: Sample, at: Scales) -> Values:
    """The spread at even steps of time, ticks."""
    touches = sample.record.touches
    return Values.of(
        touches.spread[sample.rows].astype(np.float64), _when(sample, touches.time[sample.rows])
    )


def touch_size(sample: Sample, at: Scales) -> Values:
    """The sizes at both best prices at even steps of time, log10 of coins."""
    touches, rows = sample.record.touches, sample.rows
    sizes = np.concatenate([touches.bid_size[rows], touches.ask_size[rows]]) * sample.lot
    when = _when(sample, touches.time[rows])
    return Values.of(np.log10(sizes), np.concatenate([when, when]))


def imbalance(sample: Sample, at: Scales) -> Values:
    """(bid size - ask size) / (bid size + ask size) at even steps of time."""
    return Values.of(sample.imbalance, _when(sample, sample.record.touches.time[sample.rows]))


def profile(sample: Sample, at: Scales) -> tuple[Floats, Floats]:
    """The logarithm of the mean size by ticks behind the opposite best, coins, sides together."""
    held = resting_seconds(sample.changes, DEPTHS).sum(axis=0) * sample.lot
    mean = held / (2 * sample.changes.seconds)
    x = np.arange(1, DEPTHS + 1, dtype=np.float64)
    return x, np.log(np.where(mean > 0, mean, np.nan))


def distances(cause: Cause) -> Callable[[Sample, Scales], Values]:
    """Ticks from the opposite best of changes of one cause, log10."""

    def values(sample: Sample, at: Scales) -> Values:
        changes = sample.changes
        rows = np.flatnonzero((changes.cause == cause) & (changes.distance >= 1))
        when = _when(sample, changes.time[changes.message[rows]])
        return Values.of(np.log10(changes.distance[rows].astype(np.float64)), when)

    return values


def trade_size(sample: Sample, at: Scales) -> Values:
    """Sizes of aggressor orders, log10 of coins."""
    arrivals = sample.record.arrivals
    return Values.of(np.log10(arrivals.lots * sample.lot), _when(sample, arrivals.time))


def volume(sample: Sample, at: Scales) -> Values:
    """What was traded in each ten horizons, coins."""
    arrivals = sample.record.arrivals
    step = 10 * at.horizon
    cells = max(int(sample.seconds / step), 1)
    place = ((arrivals.time - sample.record.span[0]) * NANO / step).astype(np.int64)
    inside = (place >= 0) & (place < cells)
    sums = np.bincount(place[inside], weights=arrivals.lots[inside], minlength=cells)
    coins = (sums * sample.lot).astype(np.float64)
    return Values.of(coins, np.arange(cells) / cells)


def fills(sample: Sample, at: Scales) -> Values:
    """Seconds to the first fill of an order at the touch, log10."""
    waits, when = fill_times(sample, at.window)
    return Values.of(np.log10(np.maximum(waits, 1e-4)), when)


def responses(kind: int) -> Callable[[Sample, Scales], tuple[Floats, Floats]]:
    """The response to one kind of event by lag."""

    def curve(sample: Sample, at: Scales) -> tuple[Floats, Floats]:
        return np.array(LAGS, dtype=np.float64), response(sample)[kind]

    return curve


def moves_next(sample: Sample, at: Scales) -> tuple[Floats, Floats]:
    """P(the next change of the mid is up) by imbalance."""
    return (np.arange(BINS) + 0.5) / BINS * 2 - 1, next_move(sample)
