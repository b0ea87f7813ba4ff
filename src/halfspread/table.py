"""Table: quotes worked out beforehand at nodes of inventory and time left, and how they are read.

    table = QuoteTable(inventories=[-1, 0, 1], bid_depth=[1, 2, nan], ask_depth=[nan, 2, 1])
    quote = read_table(state, table.flat())

`flat` is what a compiled kernel reads: HEADER numbers that say what is there, then the nodes, the
inventories varying fastest, and at each node the depths (and the sizes, where they vary).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError
from halfspread.quote import Quote, QuoteState

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
        values = {"inventories": lots, "horizon_s": horizon_s, "reference": reference}
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
        if self.bid_size.ndim or self.ask_size.ndim:
            columns += [
                np.broadcast_to(s, columns[0].shape) for s in (self.bid_size, self.ask_size)
            ]
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


def read_table(state: QuoteState, table: Any) -> Quote:
    """The quote of a flat table: what the kernel of every table model runs.

    A side that is not quoted has size 0. At the inventory bound its price goes on as it came there,
    for a lean around the table to measure a half spread by; elsewhere it is infinite. Where a
    number that the table needs is not known yet, neither side is quoted.
    """
    below, above = state.mid, state.mid
    if table[REFERENCE] == 1.0:
        below, above = state.bid, state.ask
    elif table[REFERENCE] == 2.0:
        below, above = state.micro_price, state.micro_price
    times, lots = int(table[TIMES]), int(table[INVENTORIES])
    regime = _regime(state, table)
    unknown = isnan(below) or isnan(above) or isnan(state.inventory) or regime < 0
    if unknown or (times > 1 and isnan(state.time_left)):
        return Quote(nan, nan, 0.0, 0.0)
    j, later = 0, 0.0
    if times > 1:
        horizon, last = table[HORIZON], times - 1
        time_left = _within(state.time_left, horizon)
        j = min(int(last * sqrt(time_left / horizon)), last - 1)
        gap = horizon / (last * last)
        later = _within((time_left - gap * (j * j)) / (gap * (2 * j + 1)), 1.0)
    place = (state.inventory - table[FIRST]) / table[STEP]
    inside = _within(place, lots - 1.0)
    i = min(int(inside), lots - 2)
    node = int(table[NODE])
    at = HEADER + node * ((regime * times + j) * lots + i)
    row = node * lots
    more = inside - i
    bid_depth = _between(table, at, node, row, more, later)
    ask_depth = _between(table, at + 1, node, row, more, later)
    if isnan(bid_depth) and state.inventory < 0.0:
        bid_depth = _between(table, at, node, row, 0.0, later)
    if isnan(ask_depth) and state.inventory > 0.0:
        ask_depth = _between(table, at + 1, node, row, 1.0, later)
    bid_size, ask_size = table[BID_SIZE], table[ASK_SIZE]
    if node == 4:
        bid_size = _orderable(_between(table, at + 2, node, row, more, later))
        ask_size = _orderable(_between(table, at + 3, node, row, more, later))
    if place > lots - 1.0 or isnan(bid_depth):
        bid_size = 0.0
    if place < 0.0 or isnan(ask_depth):
        ask_size = 0.0
    if isnan(bid_depth) and inside > lots - 2.0 and lots > 2:
        bid_depth = _beyond(table, at, -node, row, more, later)
    if isnan(ask_depth) and inside < 1.0 and lots > 2:
        ask_depth = _beyond(table, at + node + 1, node, row, 1.0 - more, later)
    bid, ask = below - bid_depth, above + ask_depth
    if isnan(bid):
        bid = -inf
    if isnan(ask):
        ask = inf
    return Quote(bid, ask, bid_size, ask_size)


def _regime(state: QuoteState, table: Any) -> int:
    """Which of the tables is to be read; -1 where that is not known yet."""
    spreads, imbalances = int(table[SPREADS]), int(table[IMBALANCES])
    spread, part, forecast = 0, 0, 0
    if spreads > 1:
        wide = state.ask - state.bid
        if isnan(wide):
            return -1
        spread = int(_within(wide - 0.5, spreads - 1.0))
    if imbalances > 1:
        if isnan(state.imbalance):
            return -1
        part = int(_within((state.imbalance + 1.0) / 2.0 * imbalances, imbalances - 1.0))
    if table[FORECASTS] > 1.0:
        if isnan(state.forecast):
            return -1
        last, most = table[FORECASTS] - 1.0, table[MOST_FORECAST]
        forecast = int(_within((state.forecast / most + 1.0) / 2.0 * last, last) + 0.5)
    return (spread * imbalances + part) * int(table[FORECASTS]) + forecast


def _orderable(size: float) -> float:
    """`size`, or 0 where it is less than one lot."""
    return size if size >= 1.0 else 0.0


def _within(value: float, most: float) -> float:
    """`value`, but no less than 0 and no more than `most`."""
    if value >= most:
        return most
    return value if value > 0.0 else 0.0


def _between(table: Any, at: int, node: int, row: int, more: float, later: float) -> float:
    """The number at place `at`, blended with the next inventory's and the next time's."""
    early = _blend(table[at], table[at + node], more)
    if later == 0.0:
        return early
    return _blend(early, _blend(table[at + row], table[at + row + node], more), later)


def _beyond(table: Any, at: int, back: int, row: int, steps: float, later: float) -> float:
    """On from the depth at place `at` by so many steps like the one that led there."""
    last = _between(table, at, 0, row, 0.0, later)
    return last + steps * (last - _between(table, at + back, 0, row, 0.0, later))


def _blend(first: float, second: float, share: float) -> float:
    """From `first` to `second`; at either end the other may be NaN."""
    if share == 0.0:
        return first
    if share == 1.0:
        return second
    return first + share * (second - first)


def _check_inventories(lots: Floats) -> None:
    if lots.ndim != 1 or len(lots) < 2:
        raise ConfigError(f"table: inventories must be a row of two or more, had {lots.shape}")
    steps = np.diff(lots)
    if not (np.isfinite(lots).all() and steps[0] > 0 and np.allclose(steps, steps[0], 1e-9)):
        raise ConfigError("table: inventories must be finite, ascending and evenly spaced")


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
