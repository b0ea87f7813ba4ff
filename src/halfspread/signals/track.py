"""Track: forecasts made elsewhere, aligned by time, and a check that they don't know the future."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError
from halfspread.event import Kind
from halfspread.tape import Tape


@dataclass(frozen=True, eq=False)
class Track:
    """Forecasts of the mid's change: a decision reads the last row whose time is at or before it.

    Args:
        times_ns: when each forecast was known, on our clock, in nanoseconds since 1970 UTC; shape
            (n,), not descending. Of rows at one time the last counts.
        forecast: ticks, the expected change of the mid over the forecast's horizon; shape (n,).
            NaN is "none just now".
        forecast_std: ticks, >= 0, the standard deviation of that change; a number or shape (n,).

    Raises:
        ConfigError: a column has another shape, or a row is wrong; the first such row is named.
    """

    times_ns: NDArray[np.int64]
    forecast: NDArray[np.float64]
    forecast_std: NDArray[np.float64]

    def __post_init__(self) -> None:
        times = np.ascontiguousarray(self.times_ns)
        if times.ndim != 1 or len(times) == 0 or times.dtype.kind not in "iu":
            shape = f"{times.dtype} of shape {times.shape}"
            raise ConfigError(f"track: times_ns must be a row of whole numbers, was {shape}")
        times = times.astype(np.int64)
        columns: dict[str, NDArray[Any]] = {"times_ns": times}
        for name, given in (("forecast", self.forecast), ("forecast_std", self.forecast_std)):
            try:
                column = np.broadcast_to(np.asarray(given, dtype=np.float64), times.shape)
            except ValueError:
                shapes = f"{times.shape}, had {np.shape(given)}"
                raise ConfigError(f"track: {name} must have the shape {shapes}") from None
            columns[name] = np.ascontiguousarray(column)
            _refuse(name, np.isinf(column), "finite, or NaN for none", column)
        std = columns["forecast_std"]
        _refuse("forecast_std", std < 0, ">= 0", std)
        _refuse("times_ns", np.diff(times, prepend=times[0]) < 0, "not before the row above", times)
        for name, column in columns.items():
            column = column.copy()
            column.flags.writeable = False
            object.__setattr__(self, name, column)

    def __len__(self) -> int:
        return len(self.times_ns)

    def at(self, times_ns: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a decision at each of these times reads: forecast and std, NaN before the first.

        >>> Track([10, 20], [0.5, -0.25], 1.0).at([9, 10, 25])[0].tolist()
        [nan, 0.5, -0.25]
        """
        row = np.searchsorted(self.times_ns, np.asarray(times_ns), side="right") - 1
        known = row >= 0
        both = (self.forecast, self.forecast_std)
        forecast, std = (np.where(known, column[row], np.nan) for column in both)
        return forecast, std


def check_causality(
    make_track: Callable[[Tape], Track], tape: Tape, *, cuts: int = 3, seed: int = 0
) -> None:
    """Make the track again with the tape's future altered: what came before must be the same.

    At each of `cuts` random times the later rows are changed (prices moved, sizes drawn anew, sides
    of trades turned), and every row of the track up to that time is compared, bit for bit. A pass
    is no proof, as forecasts may know the future in ways that these changes don't touch.

    Args:
        make_track: what makes the track of a tape; anything random in it must have its own seed.
        tape: 100 rows or more.
        cuts: how many times are tried, >= 1.
        seed: of the times and the changes.

    Raises:
        ConfigError: a row at or before the cut differs (it is named), or there is nothing to
            compare.
    """
    if len(tape) < 100 or cuts < 1:
        raise ConfigError(f"check_causality: needs 100 rows and a cut, had {len(tape)} and {cuts}")
    random, whole = np.random.default_rng(seed), make_track(tape)
    compared = 0
    for _ in range(cuts):
        cut, other = altered_after(tape, random)
        again = make_track(other)
        before = int(np.searchsorted(whole.times_ns, cut, side="right"))
        compared += before
        left = int(np.searchsorted(again.times_ns, cut, side="right"))
        if left != before:
            raise ConfigError(
                f"check_causality: {before} rows up to {cut}, but {left} with another future"
            )
        for name in ("times_ns", "forecast", "forecast_std"):
            one, two = getattr(whole, name)[:before], getattr(again, name)[:before]
            differ = ~((one == two) | ((one != one) & (two != two)))
            if differ.any():
                row = int(np.argmax(differ))
                raise ConfigError(
                    f"check_causality: {name}[{row}], at {whole.times_ns[row]}, is {one[row]}, but "
                    f"{two[row]} when the tape is another after {cut}: it knows the future"
                )
    if compared == 0:
        raise ConfigError("check_causality: no row of the track lies before a cut")


def altered_after(tape: Tape, random: np.random.Generator) -> tuple[int, Tape]:
    """A random time of ours within the tape, and the tape with all that reaches us later altered.

    The book's levels and the trades of the altered part move together by some ticks, sizes are
    drawn anew, sides of trades are turned; times stay.
    """
    events = tape.events()
    cut = int(events["local_time"][random.integers(len(events) // 10, 9 * len(events) // 10)])
    later = events["local_time"] > cut
    moved = later & np.isin(events["kind"], (Kind.level, Kind.trade, Kind.touch))
    events["price"][moved] += random.integers(1, 50)
    events["size"][moved & (events["size"] > 0)] = random.integers(
        1, 1 + max(int(events["size"].max()), 2), np.count_nonzero(moved & (events["size"] > 0))
    )
    turned = later & (events["kind"] == Kind.trade) & (random.random(len(events)) < 0.5)
    events["side"][turned] *= -1
    return cut, Tape.from_events(events, tape.instrument, venue=tape.venue)


def _refuse(name: str, wrong: NDArray[np.bool_], rule: str, column: NDArray[Any]) -> None:
    """Raise a ConfigError that names the first row that is wrong."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ConfigError(f"track: {name}[{row}] must be {rule}, was {column[row]}")
