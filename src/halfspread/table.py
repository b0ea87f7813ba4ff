"""Table: quotes worked out beforehand at nodes of inventory and time left, and how they are read.

    table = QuoteTable(inventories=[-1, 0, 1], bid_depth=[1, 2, nan], ask_depth=[nan, 2, 1])
    quote = read_table(state, table.flat())

`flat` is what a compiled kernel reads: HEADER numbers that say what is there, then the nodes, the
inventories varying fastest, and at each node the depths (and the sizes, where they vary, and what
to take, where anything is).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError

Floats = NDArray[np.float64]

REFERENCES = ("mid", "touch", "micro")
"""What depths are measured from: for "touch", the best bid downwards and the best ask upwards."""

# Where the header has what. The first is how many numbers the whole table has.
LENGTH, INVENTORIES, FIRST, STEP, TIMES, HORIZON, REFERENCE = 0, 1, 2, 3, 4, 5, 6
SPREADS, IMBALANCES, FORECASTS, MOST_FORECAST, NODE, BID_SIZE, ASK_SIZE, HEADER = range(7, 15)


@dataclass(frozen=True)
class Regimes:
    """States of the market with a table each: of spread, imbalance and forecast, or some of them.

    Args:
        spreads: m >= 1: one table for each spread of 1 to m ticks; wider ones read the last.
        imbalances: b >= 1: one table for each of b equal parts of [-1, 1], the bid's side last.
        forecasts: f >= 1: one table for each of f forecasts, evenly spaced from -most_forecast to
            most_forecast; the nearest is read.
        most_forecast: ticks, > 0 where f > 1.

    Regime ((spread - 1) * b + part) * f + forecast is that of all three.
    """

    spreads: int = 1
    imbalances: int = 1
    forecasts: int = 1
    most_forecast: float = 0.0

    def __post_init__(self) -> None:
        for name in ("spreads", "imbalances", "forecasts"):
            if getattr(self, name) < 1:
                raise ConfigError(f"regimes: {name} must be >= 1, was {getattr(self, name)!r}")
        if (self.forecasts > 1) != (self.most_forecast > 0):
            raise ConfigError(
                f"regimes: most_forecast must be > 0 with several forecasts and 0 with one, was "
                f"{self.most_forecast!r} with {self.forecasts}"
            )

    def __len__(self) -> int:
        return self.spreads * self.imbalances * self.forecasts


@dataclass(frozen=True, eq=False)
class QuoteTable:
    """Depths and sizes at Q inventories, T times left and R regimes.

    Between nodes, depths and sizes are linear in inventory and in time left. At inventories
    beyond the nodes the side that would go further is not quoted, and the other one is read at
    the edge. More time left than the horizon reads the last node.

    Args:
        inventories: (Q,) lots, Q >= 2, ascending and evenly spaced.
        bid_depth: ticks below the reference, of shape (R, T, Q), or without its first axes where
            they are 1. NaN is "no quote on this side", and so is what lies between it and a node;
            but the side that reduces what is held reads the node farther from 0 then.
        ask_depth: ticks above the reference, as bid_depth.
        horizon_s: seconds left at the last time node; node j is at horizon_s * (j / (T-1))^2.
            None where T is 1: the quotes are the same at all times.
        bid_size, ask_size: lots, >= 0: a number, or as bid_depth, and then each 0 or >= 1. What
            is less than one lot between two nodes is not quoted.
        reference: one of REFERENCES.
        regimes: how R regimes are told apart; None where R is 1.
        take: lots to take at once, bought > 0, shaped as bid_depth; never away from an inventory
            of 0. None: nothing. It is read at the nearest node, and never takes past 0; where it
            takes, the quote is the other side's best price and nothing else
            (`OrderPolicy.taking`).

    Raises:
        ConfigError: a shape doesn't fit, the inventories are not even, or a number is not one.
    """

    inventories: Floats
    bid_depth: Floats
    ask_depth: Floats
    horizon_s: float | None
    bid_size: Floats
    ask_size: Floats
    reference: str
    regimes: Regimes
    take: Floats | None

    def __init__(
        self,
        inventories: ArrayLike,
        bid_depth: ArrayLike,
        ask_depth: ArrayLike,
        horizon_s: float | None = None,
        bid_size: ArrayLike = 1.0,
        ask_size: ArrayLike = 1.0,
        reference: str = "mid",
        regimes: Regimes | None = None,
        take: ArrayLike | None = None,
    ) -> None:
        lots = np.array(inventories, dtype=np.float64)
        _check_inventories(lots)
        regimes = regimes or Regimes()
        times = np.shape(bid_depth)[-2] if np.ndim(bid_depth) > 1 else 1
        if (times > 1) != (horizon_s is not None and horizon_s > 0):
            raise ConfigError(f"table: {times} times don't go with a horizon_s of {horizon_s!r}")
        if reference not in REFERENCES:
            raise ConfigError(
                f"table: reference must be one of {', '.join(REFERENCES)}, was {reference!r}"
            )
        shape = (len(regimes), times, len(lots))
        columns = {
            "bid_depth": bid_depth,
            "ask_depth": ask_depth,
            "bid_size": bid_size,
            "ask_size": ask_size,
        }
        arrays = {name: _shaped(name, value, shape) for name, value in columns.items()}
        for name in ("bid_size", "ask_size"):
            if not np.all(arrays[name] >= 0):
                raise ConfigError(f"table: {name} must be >= 0")
            few = np.any((arrays[name] > 0) & (arrays[name] < 1))
            if few and (arrays["bid_size"].ndim or arrays["ask_size"].ndim):
                raise ConfigError(f"table: {name} must be 0 or at least one lot")
        taken = None if take is None else _taken(take, shape, lots)
        values = {"inventories": lots, "horizon_s": horizon_s, "reference": reference}
        values["take"] = taken
        for name, value in (values | arrays | {"regimes": regimes}).items():
            object.__setattr__(self, name, value)

    @property
    def times_left(self) -> Floats:
        """(T,) seconds: where the time nodes are; [0] without a horizon."""
        times = self.bid_depth.shape[1]
        return (self.horizon_s or 0.0) * (np.arange(times) / max(times - 1, 1)) ** 2

    def flat(self) -> Floats:
        """The header and the nodes, as `read_table` reads them."""
        columns = [self.bid_depth, self.ask_depth]
        if self.bid_size.ndim or self.ask_size.ndim or self.take is not None:
            columns += [
                np.broadcast_to(s, columns[0].shape) for s in (self.bid_size, self.ask_size)
            ]
        if self.take is not None:
            columns.append(self.take)
        nodes = np.stack(columns, axis=-1)
        header = np.zeros(HEADER)
        header[LENGTH] = HEADER + nodes.size
        header[INVENTORIES] = len(self.inventories)
        header[FIRST] = self.inventories[0]
        header[STEP] = _step(self.inventories)
        header[TIMES] = nodes.shape[1]
        header[HORIZON] = self.horizon_s or 0.0
        header[REFERENCE] = REFERENCES.index(self.reference)
        header[SPREADS], header[IMBALANCES] = self.regimes.spreads, self.regimes.imbalances
        header[FORECASTS] = self.regimes.forecasts
        header[MOST_FORECAST] = self.regimes.most_forecast
        header[NODE] = nodes.shape[-1]
        if nodes.shape[-1] == 2:
            header[BID_SIZE], header[ASK_SIZE] = self.bid_size, self.ask_size
        return np.concatenate((header, nodes.ravel()))


def rows_of_tables(tables: Sequence[Floats]) -> Floats:
    """Flat tables as the rows of one array: the shorter ones are filled up with zeros."""
    rows = np.zeros((len(tables), max(map(len, tables))))
    for row, table in zip(rows, tables, strict=True):
        row[: len(table)] = table
        row[LENGTH] = len(row)
    return rows


def _check_inventories(lots: Floats) -> None:
    if lots.ndim != 1 or len(lots) < 2:
        raise ConfigError(f"table: inventories must be a row of two or more, had {lots.shape}")
    steps = np.diff(lots)
    if not (np.isfinite(lots).all() and steps[0] > 0 and np.allclose(steps, steps[0], 1e-9)):
        raise ConfigError("table: inventories must be finite, ascending and evenly spaced")


def _taken(take: ArrayLike, shape: tuple[int, ...], lots: Floats) -> Floats:
    array = _shaped("take", take, shape)
    if not (np.isfinite(array).all() and (array * lots <= 0).all()):
        raise ConfigError("table: take must be finite and lead towards an inventory of 0")
    if ((array != 0) & (np.abs(array) < 1)).any():
        raise ConfigError("table: take must be 0 or at least one lot")
    return array


def _step(lots: Floats) -> float:
    return float((lots[-1] - lots[0]) / (len(lots) - 1))


def _shaped(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """`value` with all its axes; a single number, which a size may be, stays one."""
    array = np.array(value, dtype=np.float64)
    if array.ndim == 0 and name.endswith("size"):
        return array
    full = (1,) * (len(shape) - array.ndim) + array.shape
    if full != shape:
        raise ConfigError(f"table: {name} must have shape {shape}, had {array.shape}")
    if np.isinf(array).any():
        raise ConfigError(f"table: {name} must be finite, or NaN where there is no quote")
    return array.reshape(shape)
