"""Attribution: a lane's profit and its parts, hour by hour or by how volatile the market was.

Each interval's parts add up to its profit, and the intervals to the run's, exactly: money is
counted in whole atoms (money.py), and what is held is passed on at the mid of the moment.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from halfspread.errors import ConfigError
from halfspread.evaluate import metrics
from halfspread.evaluate.money import Floats, Ints, Money, exact_sum

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run

HOUR = 3_600 * 10**9
ADVERSE_HORIZON = metrics.HORIZONS.index(5.0)
"""Which mark-out tells adverse selection from the risk of what is held."""


class Part(NamedTuple):
    """What a stretch of time earned, in money; profit = spread + adverse + holding - fees."""

    name: str
    seconds: float
    fills: int
    profit: float
    spread: float
    """Σ side * (mid - price) * size at its fills"""
    adverse: float
    """Σ side * (mid 5 s later - mid) * size at its fills: the part of the inventory's gains that
    came at once, < 0 where those who traded with us knew more"""
    holding: float
    """the other gains of what was held while the mid moved"""
    fees: float


def by_hour(run: Run) -> list[Part]:
    """The parts of each hour (UTC) in which the run of one lane was.

    Raises:
        ConfigError: the run has several lanes, or keeps no fills.
    """
    first, last = _span(run)
    hours = np.arange(first - first % HOUR, last + HOUR, HOUR)
    edges = np.unique(np.clip(hours, first, last))
    names = [f"{np.datetime64(int(edge), 'ns').astype('datetime64[h]')}h" for edge in edges[:-1]]
    return [part._replace(name=name) for part, name in zip(_parts(run, edges), names, strict=True)]


def by_volatility(run: Run, width_s: float = 60.0, regimes: int = 3) -> list[Part]:
    """The parts of calm to wild stretches: intervals ranked by the mid's squared changes a second.

    Args:
        run: of one lane.
        width_s: seconds an interval, > 0. One that the end cuts off counts as it is.
        regimes: how many groups of (nearly) equally many intervals, >= 2.

    Raises:
        ConfigError: a number is out of range, the run has several lanes, or keeps no fills.
    """
    if not width_s > 0:
        raise ConfigError(f"by_volatility: width_s must be > 0, was {width_s!r}")
    if regimes < 2:
        raise ConfigError(f"by_volatility: regimes must be >= 2, was {regimes!r}")
    first, last = _span(run)
    edges = np.append(np.arange(first, last, round(width_s / metrics.NANO)), last)
    parts = _parts(run, edges)
    step = max(1.0, metrics.sampling_step(run.path["time"]))
    inside = [_between(run, *pair) for pair in pairwise(edges)]
    moved = [metrics.realised_volatility(times, mids, step) for times, mids in inside]
    rank = np.argsort(np.argsort(np.nan_to_num(moved), kind="stable"), kind="stable")
    group = rank * regimes // len(parts)
    words = ["calmest", *(f"regime {i + 1}" for i in range(1, regimes - 1)), "wildest"]
    return [
        _sum(words[i], [part for part, g in zip(parts, group, strict=True) if g == i])
        for i in range(regimes)
        if (group == i).any()
    ]


def _between(run: Run, start: int, end: int) -> tuple[Ints, Floats]:
    times = run.path["time"]
    rows = slice(*np.searchsorted(times, [start, end + 1]))
    return times[rows], run.path["mid"][rows]


def _sum(name: str, parts: list[Part]) -> Part:
    columns = list(zip(*parts, strict=True))[1:]
    return Part(name, *(sum(column) for column in columns))


def _span(run: Run) -> tuple[int, int]:
    if run.n != 1 or not run.keeps_fills:
        raise ConfigError(f"attribution needs one lane with its fills, this run has {run.n} lanes")
    times = run.path["time"]
    if len(times) < 2 or times[0] == times[-1]:
        raise ConfigError(f"attribution needs a run of some length, this has {len(times)} samples")
    return int(times[0]), int(times[-1])


def _parts(run: Run, edges: Ints) -> list[Part]:
    """One for each interval between edges; the fills that arrive at an edge belong before it."""
    fills, money = run.fills, Money(run.instrument)
    sides, lots = fills["side"].astype(np.int64), fills["size"]
    signed, prices = sides * lots, fills["price"].astype(np.int64)
    mids = np.where(np.isfinite(fills["mid"]), fills["mid"], prices)
    at_mid = money.value(np.rint(2 * mids).astype(np.int64))
    at_price = money.value(2 * prices)
    later = run.mids_after[:, ADVERSE_HORIZON]
    at_later = np.where(
        np.isfinite(later), money.value(np.rint(2 * np.nan_to_num(later)).astype(np.int64)), at_mid
    )
    cut = np.searchsorted(fills["local_time"], edges, side="right")
    cut[0], cut[-1] = 0, len(lots)
    held = np.concatenate([[0], np.cumsum(signed)])[cut]
    worth = _worth_at(run, money, edges)
    found = []
    for i, (start, end) in enumerate(pairwise(cut)):
        rows = slice(start, end)
        kept = int(held[i + 1]) * int(worth[i + 1]) - int(held[i]) * int(worth[i])
        inventory = kept - exact_sum(signed[rows], at_mid[rows])
        spread = exact_sum(signed[rows], at_mid[rows] - at_price[rows])
        adverse = exact_sum(signed[rows], at_later[rows] - at_mid[rows])
        fees = float(np.cumsum(fills["fee"][rows])[-1]) if end > start else 0.0
        found.append(
            Part(
                name="",
                seconds=float(edges[i + 1] - edges[i]) * metrics.NANO,
                fills=int(end - start),
                profit=money.coins(spread + inventory) - fees,
                spread=money.coins(spread),
                adverse=money.coins(adverse),
                holding=money.coins(inventory - adverse),
                fees=fees,
            )
        )
    return found


def _worth_at(run: Run, money: Money, edges: Ints) -> Ints:
    """What a lot is worth at each edge: the path's last known mid, as wealth has it."""
    known = np.isfinite(run.path["mid"])
    times, mids = run.path["time"][known], run.path["mid"][known]
    if not len(mids):
        return np.zeros(len(edges), np.int64)
    rows = np.maximum(np.searchsorted(times, edges, side="right") - 1, 0)
    return money.value(np.rint(2 * mids[rows]).astype(np.int64))
