"""Feed delays: what the messages of a feed took, in a file beside a calibration's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from halfspread.calibrate.latency import FeedLatency
from halfspread.calibrate.record import Ints
from halfspread.errors import ConfigError
from halfspread.parameter import is_finite
from halfspread.policy import LONGEST_LATENCY_MS, Latency
from halfspread.tape import StrPath
from halfspread.yaml_file import read_yaml

FIELD = "feed_delays"
COLUMNS = ("local_time_ns", "delay_ns")
MOST_ROWS = 4_000_000
LATEST_NS = 2**62
LONGEST_NS = round(LONGEST_LATENCY_MS * 1e6)


@dataclass(frozen=True)
class FeedDelays:
    """Some messages of a feed, in the order in which they reached us.

    Args:
        local_ns: when, nanoseconds since 1970 UTC on our clock, ascending.
        delay_ns: after what time, >= 0.
    """

    local_ns: Ints
    delay_ns: Ints

    def latency(self, span: tuple[int, int], multiple: float = 1.0) -> Latency:
        """Orders that take `multiple` times what the feed took, out and back each, over a span.

        The delays are laid over the span from its begin, in their order and with their times
        between them, and again from their first when they end; between two of them a way is
        interpolated. So the slow spells of the feed stay spells. The way of an order is not in a
        tape: `multiple` is an assumption, and 1 a lower bound.

        Args:
            span: (first, last), ns.
            multiple: > 0.
        Errors:
            ConfigError: multiple is not > 0, or the delays would be laid over the span more often
                than memory has room for.
        """
        if not (is_finite(multiple) and 0 < multiple <= 1e6):
            raise ConfigError(f"feed delays: multiple must be > 0 and <= 1e6, was {multiple!r}")
        first, last = span
        n = len(self.local_ns)
        since = self.local_ns - self.local_ns[0]
        mean_gap = int(since[-1]) // max(n - 1, 1)
        period = int(since[-1]) + mean_gap
        times = 1 if period == 0 else (last - first) // period + 1
        if times * n > MOST_ROWS:
            raise ConfigError(
                f"feed delays of {period / 1e9:,.0f} s would be laid {times:,} times over the "
                f"{(last - first) / 1e9:,.0f} s of the market; calibrate on a longer span"
            )
        begins = first + period * np.arange(times, dtype=np.int64)
        asked = (begins[:, None] + since).ravel()
        way = np.rint(np.minimum(multiple * self.delay_ns, LONGEST_NS)).astype(np.int64)
        way = np.tile(way, times)
        return Latency(samples=np.column_stack([asked, asked + way, asked + 2 * way]))


def delays_path(path: Path) -> Path:
    """Where the delays of the calibration at `path` are written."""
    return path.with_suffix(".feed_delays.csv")


def write_feed_delays(path: Path, found: FeedLatency) -> Path:
    """Write the samples of a feed's latency beside the calibration at `path`; returns the file."""
    target = delays_path(path)
    rows = (f"{asked},{venue - asked}\n" for asked, venue, _ in found.samples)
    target.write_text(",".join(COLUMNS) + "\n" + "".join(rows), encoding="utf-8")
    return target


def read_feed_delays(path: StrPath) -> FeedDelays:
    """The delays of the feed that the calibration in the file at `path` names.

    Errors:
        ConfigError: one of the two files can't be read, or the tape that was calibrated told of no
            delay; says the file and the field.
    """
    path = Path(path)
    data = read_yaml(path)
    name = data.get(FIELD)
    if not isinstance(name, str):
        missing = data.get("not_calibrated")
        why = missing.get("latency") if isinstance(missing, dict) else None
        rest = f"not calibrated: {why}" if why else "halfspread calibrate writes them beside it"
        raise ConfigError(f"{path}: names no {FIELD}, the samples of the feed's delays; {rest}")
    return _read(path.parent / name, f"{path}: {FIELD}")


def _read(path: Path, field: str) -> FeedDelays:
    import pyarrow as pa
    from pyarrow import csv

    types = dict.fromkeys(COLUMNS, pa.int64())
    try:
        table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
    except (OSError, pa.ArrowException) as error:
        why = getattr(error, "strerror", None) or str(error).partition(" Detail:")[0]
        raise ConfigError(f"{field}: {path}: {why}") from None
    if tuple(table.column_names) != COLUMNS:
        raise ConfigError(f"{field}: {path}: must have the columns {', '.join(COLUMNS)}")
    if table.num_rows == 0 or any(column.null_count for column in table.columns):
        raise ConfigError(f"{field}: {path}: must have rows, each with two numbers")
    local, delay = (column.to_numpy() for column in table.columns)
    back = np.diff(local, prepend=local[:1]) < 0
    for column, bad, rule in (
        (local, back | (local < 1) | (local > LATEST_NS), "ascending, from 1 on"),
        (delay, (delay < 0) | (delay > LONGEST_NS), ">= 0, at most 115 days"),
    ):
        if bad.any():
            row = int(np.argmax(bad))
            name = COLUMNS[column is delay]
            raise ConfigError(
                f"{field}: {path}, row {row}: {name} must be {rule}, was {column[row]}"
            )
    return FeedDelays(local, delay)
