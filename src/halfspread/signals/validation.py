"""Validation in time: purged folds, and a forecast's R2 out of sample with its standard error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.bool_]
Times = NDArray[np.int64]


def purged_folds(
    times_ns: Times, rows: Rows, folds: int, horizon_ns: int, embargo_ns: int
) -> list[tuple[Rows, Rows]]:
    """Pairs of (rows to fit on, rows to judge on): consecutive spans of time are judged in turn.

    A row is fitted on if its label [t, t + horizon] ends before the judged span's first time, or
    if t is later than its last label's end by more than the embargo.
    """
    pairs: list[tuple[Rows, Rows]] = []
    for place in np.array_split(np.flatnonzero(rows), folds):
        judged: Rows = np.zeros(len(times_ns), dtype=np.bool_)
        judged[place] = True
        first, last = (times_ns[place[0]], times_ns[place[-1]]) if len(place) else (0, 0)
        before = times_ns + horizon_ns < first
        after = times_ns > last + horizon_ns + embargo_ns
        pairs.append((rows & (before | after), judged))
    return pairs


def r_squared(
    wrong: Floats, plain: Floats, times: Times, horizon_ns: int, seed: int, draws: int = 1000
) -> tuple[float, float]:
    """1 - sum wrong^2 / sum plain^2, and its standard error by a circular block bootstrap.

    Blocks are as long as the larger of five horizons and n^(1/3) rows: labels that overlap depend
    on each other.
    """
    n = len(wrong)
    span = max(int(times[-1] - times[0]), 1)
    block = min(max(round(5 * horizon_ns / span * n), round(n ** (1 / 3)), 1), max(n // 4, 1))
    random = np.random.default_rng(seed)
    ends = (
        np.cumsum(np.concatenate([[0.0], wrong**2, wrong**2])),
        np.cumsum(np.concatenate([[0.0], plain**2, plain**2])),
    )
    starts = random.integers(0, n, (draws, -(-n // block)))
    over, under = (sums[starts + block] - sums[starts] for sums in ends)
    ratios = 1.0 - over.sum(axis=1) / np.maximum(under.sum(axis=1), np.finfo(float).tiny)
    whole = 1.0 - float((wrong**2).sum()) / max(float((plain**2).sum()), np.finfo(float).tiny)
    return whole, float(np.std(ratios, ddof=1))
