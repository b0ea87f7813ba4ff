"""Files: a run as tables and as JSON, for people and other programs, and back again."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.evaluate.measure import METRICS
from halfspread.evaluate.metrics import HORIZONS
from halfspread.instrument import Instrument

if TYPE_CHECKING:
    import pyarrow as pa

    from halfspread.evaluate.run import Run

FORMAT_VERSION = 1
TABLES = ("fills.parquet", "path.parquet")
FILES = (*TABLES, "run.json")
AFTER = tuple(f"mid_after_{horizon:g}s" for horizon in HORIZONS)
"""The columns of fills.parquet that hold the mid after each horizon."""


def lanes_table(run: Run) -> pa.Table:
    """One row a lane. A parameter that has a metric's name is called parameter_NAME."""
    import pyarrow as pa

    taken = {"lane", "name"} | {metric.name for metric in METRICS}
    columns: dict[str, Any] = {"lane": pa.array(np.arange(run.n), pa.int64())}
    columns["name"] = pa.array(run.lane_names, pa.string())
    for name, numbers in run.parameters.items():
        columns[f"parameter_{name}" if name in taken else name] = pa.array(np.asarray(numbers))
    for metric in METRICS:
        values = [row[metric.name] for row in run.measured]
        if metric.unit == "time":
            columns[metric.name] = _moments(np.array(values, dtype="datetime64[ns]"))
        else:
            columns[metric.name] = pa.array(values, pa.float64())
    return pa.table(columns)


def fills_table(run: Run) -> pa.Table:
    """The fills in prices and coins."""
    import pyarrow as pa

    fills, price = run.fills, run.instrument.price
    columns = {
        "exchange_time": _moments(fills["exchange_time"]),
        "local_time": _moments(fills["local_time"]),
        "lane": pa.array(fills["lane"]),
        "side": pa.array(np.where(fills["side"] > 0, "buy", "sell"), pa.string()),
        "price": pa.array(price(fills["price"])),
        "size": pa.array(run.instrument.size(fills["size"])),
        "maker": pa.array(fills["maker"]),
        "mid": pa.array(price(fills["mid"]), from_pandas=True),
        "fee": pa.array(fills["fee"]),
        "order_id": pa.array(fills["order_id"]),
    }
    for name, mids in zip(AFTER, run.mids_after.T, strict=True):
        columns[name] = pa.array(price(mids), from_pandas=True)
    return pa.table(columns)


def path_table(run: Run) -> pa.Table:
    """The path in prices and coins, a row a sample and lane."""
    import pyarrow as pa

    path, price, n = run.path, run.instrument.price, run.n
    return pa.table(
        {
            "time": _moments(np.repeat(path["time"], n)),
            "lane": pa.array(np.tile(np.arange(n, dtype=np.uint32), len(path["time"]))),
            "mid": pa.array(_each_lane(price(path["mid"]), n), from_pandas=True),
            "bid": pa.array(price(path["bid"]).ravel(), from_pandas=True),
            "ask": pa.array(price(path["ask"]).ravel(), from_pandas=True),
            "inventory": pa.array(run.instrument.size(path["inventory"]).ravel()),
            "wealth": pa.array(path["wealth"].ravel(), from_pandas=True),
        }
    )


def _each_lane(mids: NDArray[Any], n: int) -> NDArray[Any]:
    """A row a sample and lane, of mids that lanes share or have each."""
    return mids.ravel() if mids.ndim == 2 else np.repeat(mids, n)


def document(run: Run) -> dict[str, Any]:
    """Everything but fills and path, in what JSON can say."""
    data = {
        "format_version": FORMAT_VERSION,
        "instrument": run.instrument.to_dict(),
        "lanes": run.n,
        "lane_names": run.lane_names,
        "span": run.when,
        "assumptions": run.all_assumptions,
        "parameters": run.parameters,
        "counters": run.counters,
        "errors": run.errors,
        "guard": run.guard,
        "data_check": run.data_check,
        "metrics": {m.name: [row[m.name] for row in run.measured] for m in METRICS},
    }
    found: dict[str, Any] = plain(data)
    return found


def save(run: Run, folder: Path) -> Path:
    """Write FILES into `folder`: whole ones, that know each other by their digests."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".saving-") as temporary:
        part = Path(temporary)
        pq.write_table(fills_table(run), part / "fills.parquet", compression="zstd")
        pq.write_table(path_table(run), part / "path.parquet", compression="zstd")
        digests = {name: _digest(part / name) for name in TABLES}
        text = json.dumps({**document(run), "sha256": digests}, indent=1, allow_nan=False)
        (part / "run.json").write_text(text, encoding="utf-8")
        for name in FILES:
            os.replace(part / name, folder / name)
    return folder


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(folder: Path) -> dict[str, Any]:
    """The fields of the Run that `save` wrote there."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name in reversed(FILES):
        if not (folder / name).is_file():
            raise ConfigError(f"{folder} holds no saved run: {name} is missing")
    name = "run.json"
    try:
        data = json.loads((folder / name).read_text(encoding="utf-8"))
        if data["format_version"] != FORMAT_VERSION:
            rule = f"format_version must be {FORMAT_VERSION}, was {data['format_version']}"
            raise ConfigError(f"{folder / name}: {rule}")
        for name, digest in data.get("sha256", {}).items():
            if _digest(folder / name) != digest:
                raise ConfigError(f"{folder / name} is not of the run that run.json is of")
        name = "run.json"
        instrument, n = Instrument.from_dict(data["instrument"]), data["lanes"]
        fields = {
            "instrument": instrument,
            "counters": {key: _numbers(values) for key, values in data["counters"].items()},
            "parameters": {key: _numbers(values) for key, values in data["parameters"].items()},
            "guard": {k: np.array(v, np.int64) for k, v in data.get("guard", {}).items()},
            **{key: data[key] for key in ("assumptions", "errors", "data_check")},
            "names": tuple(data.get("lane_names", ())),
        }
        name = "fills.parquet"
        fields["fills"] = _fills(instrument, pq.read_table(folder / name))
        name = "path.parquet"
        fields["path"] = _path(instrument, pq.read_table(folder / name), n)
    except ConfigError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise ConfigError(f"{folder / name} is not part of a saved run: {error}") from None
    return fields


def _fills(instrument: Instrument, table: pa.Table) -> dict[str, NDArray[Any]]:
    columns = _arrays(table)
    return {
        "exchange_time": columns["exchange_time"],
        "local_time": columns["local_time"],
        "lane": columns["lane"],
        "side": np.where(columns["side"] == "buy", 1, -1),
        "price": np.rint(_steps(columns["price"], instrument.tick)),
        "size": np.rint(_steps(columns["size"], instrument.lot)),
        "maker": columns["maker"],
        "mid": _steps(columns["mid"], instrument.tick),
        "fee": columns["fee"],
        "order_id": columns["order_id"],
        "mid_after": np.stack([_steps(columns[name], instrument.tick) for name in AFTER], axis=1),
    }


def _path(instrument: Instrument, table: pa.Table, n: int) -> dict[str, NDArray[Any]]:
    columns = {name: column.reshape(-1, n) for name, column in _arrays(table).items()}
    mids = columns["mid"]
    are_common = np.array_equal(mids, np.repeat(mids[:, :1], n, axis=1), equal_nan=True)
    return {
        "time": columns["time"][:, 0],
        "mid": _steps(mids[:, 0] if are_common else mids, instrument.tick),
        "bid": _steps(columns["bid"], instrument.tick),
        "ask": _steps(columns["ask"], instrument.tick),
        "inventory": np.rint(_steps(columns["inventory"], instrument.lot)),
        "wealth": columns["wealth"],
    }


def _steps(values: NDArray[Any], step: Any) -> NDArray[np.float64]:
    """Prices in ticks or coins in lots; within a millionth of a half step, that half step."""
    counts = np.asarray(values, dtype=np.float64) / float(step)
    halves = np.rint(counts * 2) / 2
    return np.where(np.abs(counts - halves) < 1e-6, halves, counts)


def _arrays(table: pa.Table) -> dict[str, NDArray[Any]]:
    """The columns as NumPy arrays: times as nanoseconds, null as NaN."""
    import pyarrow as pa

    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        columns[name] = values.to_numpy(zero_copy_only=False)
    return columns


def _numbers(values: list[Any]) -> NDArray[Any]:
    """A column of JSON numbers, null as NaN; whole ones stay whole."""
    whole = values and all(isinstance(value, int) for value in values)
    return np.array(values, dtype=np.int64 if whole else np.float64)


def _moments(times: NDArray[Any]) -> pa.Array:
    import pyarrow as pa

    return pa.array(times.astype("datetime64[ns]")).cast(pa.timestamp("ns", "UTC"))


def plain(value: Any) -> Any:
    """`value` in what JSON can say: arrays as lists, named tuples as objects, NaN as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else f"{value}Z"
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
