"""Blocks: who reached how far, by stretches of time, and how long each grid of depths was there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.exponential import Cells, Sums
from halfspread.calibrate.inference import CELLS_A_BLOCK
from halfspread.calibrate.record import Arrivals, Floats, Ints


@dataclass(frozen=True, eq=False)
class Blocks:
    """The table of Cells by stretches of time: order by order, and the seconds of each stretch."""

    time: Ints
    """(orders,), in which stretch"""
    grid: Ints
    step: Ints
    """(orders,), depths past the nearest"""
    nearest: Floats
    """(grids,), as in Cells"""
    seconds: Floats
    """(stretches, grids)"""

    def without(self, depths: int) -> Blocks:
        """The table that begins so many depths farther."""
        kept = self.step >= depths
        step, nearest = self.step[kept] - depths, self.nearest + depths
        return Blocks(self.time[kept], self.grid[kept], step, nearest, self.seconds)

    def whole(self) -> Blocks:
        """By stretches CELLS_A_BLOCK times as long: those that count as independent."""
        starts = np.arange(0, len(self.seconds), CELLS_A_BLOCK)
        seconds = np.add.reduceat(self.seconds, starts)
        return Blocks(self.time // CELLS_A_BLOCK, self.grid, self.step, self.nearest, seconds)

    def without_thin(self, share: float) -> Blocks:
        """Grids of less than that share of the time counted as the one that is there longest.

        A depth keeps its number in the grid: what is 1 tick there is 0.5 ticks here, or 1.5.
        """
        total = self.seconds.sum(axis=0)
        thin, longest = total < share * total.sum(), int(np.argmax(total))
        seconds = np.where(thin, 0.0, self.seconds)
        seconds[:, longest] += self.seconds[:, thin].sum(axis=1)
        grid = np.where(thin[self.grid], longest, self.grid)
        return Blocks(self.time, grid, self.step, self.nearest, seconds)

    def cells(self) -> Cells:
        """The same without time."""
        grids, width = len(self.nearest), int(self.step.max(initial=0)) + 1
        counts = np.bincount(self.grid * width + self.step, minlength=grids * width)
        return Cells(self.nearest, counts.reshape(grids, width), self.seconds.sum(axis=0))

    def resampled(self, weights: Floats, depths: int) -> Sums:
        """The sums of `sums_of` where stretch j counts weights[i, j] times: (draws,) of each."""
        count = len(self.seconds)
        cut = np.minimum(self.step, depths)
        columns = [
            np.bincount(self.time, minlength=count),
            np.bincount(self.time, weights=self.step < depths, minlength=count),
            np.bincount(self.time, weights=self.nearest[self.grid] + cut, minlength=count),
        ]
        orders, ended, ticks = (weights @ column for column in columns)
        return Sums(orders, ended, ticks, weights @ self.seconds)


def count_blocks(orders: Arrivals, exposed: Floats, nearest: Floats, edges: Ints) -> Blocks:
    """The table of orders and of time; who reaches less than the nearest depth is left out.

    Args:
        exposed: seconds (stretches, grids).
        nearest: as in Cells.
        edges: of the stretches, nanoseconds.
    """
    grid = orders.spread % 2
    step = np.floor(orders.reach - nearest[grid] + 0.25)
    kept = step >= 0
    time = np.searchsorted(edges, orders.time[kept], side="right") - 1
    return Blocks(time, grid[kept], step[kept].astype(np.int64), nearest, exposed)
