"""Run: what came out of a market, lane by lane.

    run.summary()                    # a table in the terminal
    run.metrics(lane=3)["profit"]    # docs/metrics.md says what each is
    run.table().to_pandas()          # one row a lane
    run.report("report.html")        # one page, all inside
    run.save("runs/first"); run = Run.load("runs/first")

Inside it is ticks, lots and nanoseconds; metrics, tables and files are in prices, coins and dates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.evaluate import files, metrics
from halfspread.evaluate.measure import measure
from halfspread.evaluate.mids import mids_after
from halfspread.evaluate.words import NOTHING, count, duration, parameter, span
from halfspread.instrument import Instrument

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from halfspread.tape import StrPath, Tape

FILLS = {  # column: its type
    "exchange_time": np.int64,
    "local_time": np.int64,
    "lane": np.uint32,
    "side": np.int8,
    "price": np.int32,
    "size": np.int64,
    "maker": np.bool_,
    "mid": np.float64,
    "fee": np.float64,
    "order_id": np.uint64,
}
BY_TIME = {"time": np.int64, "mid": np.float64}
BY_LANE = {"bid": np.float64, "ask": np.float64, "inventory": np.int64, "wealth": np.float64}
COUNTERS = (
    "accepted",
    "fills",
    "inventory_seconds",
    "model_errors",
    "peak_inventory",
    "quote_seconds",
    "volume_lots",
)
"""The counters that metrics need; a market counts more."""

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The result of n lanes in a market. A market makes it; `Run.load` opens one that was saved.

    Args:
        instrument: what was traded.
        fills: equal columns in time order: exchange_time and local_time (ns), lane, side (+1 we
            bought), price (ticks), size (lots), maker, mid (ticks, just before the fill), fee
            (money, paid > 0), order_id. `mid_after` (fills, horizons) may be there already.
        path: samples: time (m,) ns, mid (m,) ticks, or (m, n) where each lane has a market of its
            own; bid and ask (m, n), ours, ticks, NaN for none; inventory (m, n) lots; wealth
            (m, n), cash + inventory at the mid - fees.
        counters: what each lane did, (n,) each.
        assumptions: all that the result rests on, in words and numbers.
        parameters: the model's, (n,) each.
        errors: {lane, time, count, why, ...} of the decisions without a usable quote.
        guard: the changes of state or stage of the lanes' guards, equal columns in time order: time
            (ns), lane, from, to, stage, reason, numbered as in `halfspread.guard`; empty without
            guards.
        tape: what was replayed.
        mid_at: the market's mid in ticks just after each of ascending times (ns); of times that
            ascend lane by lane and their lanes where each has a market of its own. Without it the
            path's last sample is read, which is coarser.
        data_check: the summary of the data's check; by default the tape's.
        names: of the lanes, where their parameters alone don't tell what they are.
    Errors:
        ConfigError: a column is missing, or its length isn't the others'.
    """

    instrument: Instrument
    fills: Columns
    path: Columns
    counters: Columns
    assumptions: dict[str, Any] = field(default_factory=dict)
    parameters: Columns = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    guard: Columns = field(default_factory=dict)
    tape: Tape | None = None
    mid_at: Callable[..., NDArray[np.float64]] | None = None
    data_check: dict[str, Any] | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given = self.fills
        fills = {name: _column("fills", given, name, kind) for name, kind in FILLS.items()}
        if "mid_after" in given:
            fills["mid_after"] = np.asarray(given["mid_after"], dtype=np.float64)
        rows = {name: len(column) for name, column in fills.items()}
        if len(set(rows.values())) > 1:
            raise ConfigError(f"fills: columns must be of equal length, were {rows}")
        kinds = {**BY_TIME, **BY_LANE}
        path = {name: _column("path", self.path, name, kind) for name, kind in kinds.items()}
        samples = len(path["time"])
        lanes = path["inventory"].shape[-1] if path["inventory"].ndim == 2 else 0
        own_mids = path["mid"].ndim == 2
        if own_mids and lanes == 1:
            path["mid"], own_mids = path["mid"].reshape(samples), False
        for name, column in path.items():
            by_lane = name in BY_LANE or (name == "mid" and own_mids)
            shape: tuple[int, ...] = (samples, lanes) if by_lane else (samples,)
            if column.shape != shape or not lanes:
                raise ConfigError(f"path: {name} must have shape {shape}, had {column.shape}")
        for name in COUNTERS:
            _column("counters", self.counters, name, None)
        for owner, table in (("counters", self.counters), ("parameters", self.parameters)):
            for name, column in table.items():
                if np.shape(column) != (lanes,):
                    shape = np.shape(column)
                    raise ConfigError(f"{owner}: {name} must have shape ({lanes},), had {shape}")
        if len(self.names) not in (0, lanes):
            raise ConfigError(f"names: there must be {lanes}, were {len(self.names)}")
        set_field = object.__setattr__
        set_field(self, "fills", fills)
        set_field(self, "path", path)
        if self.data_check is None and self.tape is not None:
            set_field(self, "data_check", self.tape.check)

    @property
    def n(self) -> int:
        """The number of lanes."""
        return int(self.path["inventory"].shape[1])

    @property
    def has_own_mids(self) -> bool:
        """Whether each lane has a market of its own, and the path a mid for each."""
        return self.path["mid"].ndim == 2

    @property
    def model_name(self) -> str:
        """The name of the model, without its parameters; "" if it isn't known."""
        return str(self.assumptions.get("model", "")).split("(")[0]

    @property
    def varied(self) -> list[str]:
        """The parameters that differ between lanes."""
        return [
            name
            for name, values in self.parameters.items()
            if len(np.unique(np.asarray(values, dtype=np.float64))) > 1
        ]

    @cached_property
    def lane_names(self) -> list[str]:
        """What each lane is: its name, or `risk_aversion=0.01, size=1`, the parameters that vary.

        Where none varies, it is the model's name.
        """
        if self.names:
            return list(self.names)
        varied = {name: self.parameters[name] for name in self.varied}
        if not varied:
            return [self.model_name] * self.n
        return [
            ", ".join(f"{name}={parameter(name, values[lane])}" for name, values in varied.items())
            for lane in range(self.n)
        ]

    @property
    def keeps_fills(self) -> bool:
        """Whether each fill is here; a run of many lanes may only count them."""
        return int(self.counters["fills"].sum()) == len(self.fills["lane"])

    def __repr__(self) -> str:
        lanes = f"{self.n:,} lane{'s' if self.n > 1 else ''}"
        fills = count(float(self.counters["fills"].sum()))
        return f"Run({self.instrument.symbol}: {lanes}, {self.when}, {fills} fills)"

    @property
    def when(self) -> str:
        """From when to when, in words."""
        times = self.path["time"]
        return span(int(times[0]), int(times[-1])) if len(times) else NOTHING

    @property
    def money_unit(self) -> str:
        """What profit, fees and wealth are counted in."""
        return "base coin" if self.instrument.inverse else "quote currency"

    @cached_property
    def mids_after(self) -> NDArray[np.float64]:
        """The mid in ticks at each of `metrics.HORIZONS` after each fill, (fills, horizons).

        NaN after the end of the data. One pass over the market, for all lanes together.
        """
        if "mid_after" in self.fills:
            return self.fills["mid_after"]
        return mids_after(self)

    @property
    def all_assumptions(self) -> dict[str, Any]:
        """`assumptions`, and those that the metrics add."""
        times = self.path["time"]
        width = metrics.bin_width(times)
        step = duration(metrics.sampling_step(times))
        if self.mid_at is not None:
            mark_outs = "the market's mid at the venue just after each horizon"
        else:
            mark_outs = f"the last mid of the path, sampled every {step}; not at shorter horizons"
        return {
            "mark_outs": mark_outs,
            "path": f"{count(len(times))} samples, one every {step}",
            "sharpe": f"changes of wealth in bins of {duration(width)}, annualised by 365 days",
            **self.assumptions,
        }

    def lane(self, index: int) -> Run:
        """The run of one lane, as if it had been alone."""
        if not 0 <= index < self.n:
            raise ConfigError(f"lane must be in 0..{self.n - 1}, was {index!r}")
        rows = self._rows_of(index)
        fills = {name: column[rows] for name, column in self.fills.items()}
        fills["mid_after"] = self.mids_after[rows]
        fills["lane"] = np.zeros_like(fills["lane"])
        one = slice(index, index + 1)
        return Run(
            instrument=self.instrument,
            fills=fills,
            path={k: v[:, one] if v.ndim == 2 else v for k, v in self.path.items()},
            counters={name: column[one] for name, column in self.counters.items()},
            assumptions=self.all_assumptions,
            parameters={name: column[one] for name, column in self.parameters.items()},
            errors=[{**error, "lane": 0} for error in self.errors if error["lane"] == index],
            guard=self._guard_of(index),
            tape=self.tape,
            mid_at=self._mid_at_of(index),
            data_check=self.data_check,
            names=(self.lane_names[index],),
        )

    def _mid_at_of(self, index: int) -> Callable[..., NDArray[np.float64]] | None:
        mid_at = self.mid_at
        if mid_at is None or not self.has_own_mids:
            return mid_at
        return lambda times: mid_at(times, np.full(len(times), index))

    @cached_property
    def _by_lane(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        lanes = self.fills["lane"]
        order = np.argsort(lanes, kind="stable")
        return order, np.searchsorted(lanes[order], np.arange(self.n + 1))

    def _rows_of(self, index: int) -> NDArray[np.intp]:
        order, starts = self._by_lane
        return order[starts[index] : starts[index + 1]]

    def _guard_of(self, index: int) -> Columns:
        if not self.guard:
            return {}
        mine = self.guard["lane"] == index
        changes = {name: column[mine] for name, column in self.guard.items()}
        return {**changes, "lane": np.zeros_like(changes["lane"])}

    def metrics(self, lane: int = 0) -> dict[str, Any]:
        """All metrics of a lane by name, in prices, coins and seconds; docs/metrics.md has them."""
        return measure(self if self.n == 1 and lane == 0 else self.lane(lane))

    def table(self) -> pa.Table:
        """One row a lane: its number, its name, its parameters, its metrics."""
        return files.lanes_table(self)

    @cached_property
    def measured(self) -> list[dict[str, Any]]:
        """The metrics of every lane."""
        return [self.metrics(lane) for lane in range(self.n)]

    def fills_table(self) -> pa.Table:
        """The fills as a table: times in UTC, sides as words, prices and coins.

        `mid_after_5s` and the like are the market's mid so long after the fill, null after the end.
        """
        return files.fills_table(self)

    def path_table(self) -> pa.Table:
        """The path as a table in prices and coins, a row a sample and lane; null is none."""
        return files.path_table(self)

    def to_json(self) -> str:
        """Everything but fills and path, as JSON: what was assumed and counted, all metrics."""
        return json.dumps(files.document(self), indent=1, allow_nan=False)

    def save(self, folder: StrPath) -> Path:
        """Write fills.parquet, path.parquet and run.json into `folder`, made if need be."""
        return files.save(self, Path(folder))

    @classmethod
    def load(cls, folder: StrPath) -> Run:
        """The run that `save` wrote: all of it but the tape, which it no longer knows.

        Errors:
            ConfigError: the folder holds no saved run, or one that can't be read (says which file).
        """
        return cls(**files.load(Path(folder)))

    def summary(self, console: Console | None = None) -> None:
        """Print what there is to know, lane by lane or lanes compared, in the terminal."""
        from halfspread.evaluate.summary import show

        show(self, console)

    def report(self, path: StrPath, lane: int | None = None) -> Path:
        """Write one page of HTML that holds all of it, charts included, and needs nothing else.

        Args:
            path: the file to write.
            lane: the one to show in detail; by default the most profitable.
        """
        from halfspread.evaluate.report import write

        return write(self, Path(path), lane)


def _column(owner: str, table: Mapping[str, Any], name: str, kind: Any) -> NDArray[Any]:
    if name not in table:
        raise ConfigError(f"{owner}: column {name!r} is missing; it has {sorted(table)}")
    return np.asarray(table[name], dtype=kind)
