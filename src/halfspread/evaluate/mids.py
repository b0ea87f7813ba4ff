"""Mids: where the market stood after each fill, whether lanes share it or have their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halfspread.evaluate import metrics

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run


def mids_after(run: Run) -> NDArray[np.float64]:
    """The mid in ticks at each of `metrics.HORIZONS` after each fill, (fills, horizons).

    NaN after the end of the data. Without the market's own mids it is the last sample of the path,
    and NaN at horizons shorter than its step.
    """
    ahead = np.array([round(horizon / metrics.NANO) for horizon in metrics.HORIZONS])
    when = run.fills["exchange_time"][:, None] + ahead
    after = _of_own(run, when) if run.has_own_mids else _of_common(run, when)
    after[when > _end(run)] = np.nan
    if run.mid_at is None:
        too_soon = np.array(metrics.HORIZONS) < metrics.sampling_step(run.path["time"])
        after[:, too_soon] = np.nan
    return after


def _of_common(run: Run, when: NDArray[np.int64]) -> NDArray[np.float64]:
    times, places = np.unique(when, return_inverse=True)
    mids = _of_path(run, times) if run.mid_at is None else run.mid_at(times)
    after: NDArray[np.float64] = np.asarray(mids, np.float64)[places.reshape(when.shape)]
    return after


def _of_own(run: Run, when: NDArray[np.int64]) -> NDArray[np.float64]:
    """In each fill's own lane."""
    times = when.ravel()
    lanes = np.repeat(run.fills["lane"].astype(np.int64), when.shape[1])
    order = np.lexsort((times, lanes))
    where = (times[order], lanes[order])
    after = np.empty(len(times))
    after[order] = _of_path(run, *where) if run.mid_at is None else run.mid_at(*where)
    return after.reshape(when.shape)


def _of_path(run: Run, times: NDArray[np.int64], *lanes: NDArray[np.int64]) -> NDArray[Any]:
    rows = np.searchsorted(run.path["time"], times, side="right") - 1
    mids = run.path["mid"]
    nothing = np.full((1, *mids.shape[1:]), np.nan)
    found: NDArray[Any] = np.concatenate([mids, nothing])[(rows, *lanes)]
    return found  # row -1: before the first sample


def _end(run: Run) -> int:
    if run.tape is not None:
        return run.tape.span[1]
    return int(run.path["time"][-1]) if len(run.path["time"]) else 0
