"""Together: runs of one market as one run, a lane after the other, so that they can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.evaluate.run import BY_LANE, BY_TIME, Run


def together(runs: Mapping[str, Run]) -> Run:
    """The lanes of `runs` side by side, named by their runs.

    Args:
        runs: by name, which lanes of a sweep bear before their own; sampled at the same times, and
            over the same market unless each lane of one of them has its own.
    Errors:
        ConfigError: there is none, or the market's mid differs between their paths.
    """
    if not runs:
        raise ConfigError("together: there is no run")
    parts = list(runs.values())
    first = parts[0]
    own_mids = any(run.has_own_mids for run in parts)
    for name, run in runs.items():
        for column in ("time",) if own_mids else BY_TIME:
            if not np.array_equal(run.path[column], first.path[column], equal_nan=True):
                raise ConfigError(f"together: {name} has another {column} in its path")
    lanes = [run.n for run in parts]
    starts = (np.cumsum(lanes) - lanes).tolist()
    fills = _stacked([run.fills | {"mid_after": run.mids_after} for run in parts])
    shifts = np.repeat(starts, [len(run.fills["lane"]) for run in parts])
    fills["lane"] = (fills["lane"] + shifts).astype(np.uint32)
    order = np.argsort(fills["exchange_time"], kind="stable")
    by_lane = [{name: run.path[name] for name in BY_LANE} for run in parts]
    if own_mids:
        for columns, run in zip(by_lane, parts, strict=True):
            mids = run.path["mid"].reshape(len(run.path["time"]), -1)
            columns["mid"] = np.broadcast_to(mids, (len(mids), run.n))
    whose = {
        str(start) if run.n == 1 else f"{start} to {start + run.n - 1}": _said(name, run)
        for start, (name, run) in zip(starts, runs.items(), strict=True)
    }
    return Run(
        instrument=first.instrument,
        fills={name: column[order] for name, column in fills.items()},
        path={**first.path, **_stacked(by_lane, axis=1)},
        counters=_stacked([run.counters for run in parts]),
        assumptions={
            **first.all_assumptions,
            "model": f"{len(runs)} models",
            "lanes": whose,
        },
        errors=[
            {**error, "lane": error["lane"] + start}
            for start, run in zip(starts, parts, strict=True)
            for error in run.errors
        ],
        tape=first.tape,
        mid_at=None if own_mids else first.mid_at,
        data_check=first.data_check,
        names=tuple(
            name if run.n == 1 else f"{name}: {lane}"
            for name, run in runs.items()
            for lane in run.lane_names
        ),
    )


def _said(name: str, run: Run) -> str:
    """A run's name, and its model with every parameter where that says more."""
    model = str(run.assumptions.get("model", name))
    return name if model == name else f"{name}: {model}"


def _stacked(tables: list[dict[str, NDArray[Any]]], axis: int = 0) -> dict[str, NDArray[Any]]:
    """The columns of several tables, one after the other."""
    return {name: np.concatenate([t[name] for t in tables], axis=axis) for name in tables[0]}
