"""Linear programme: both sides' profit and the cost of inventory in straight pieces, by HiGHS."""

from __future__ import annotations

from math import exp, inf, nan
from typing import Any, NamedTuple

import numpy as np

from halfspread.errors import ConfigError

DEPTHS = 47  # pieces of each side's profit; odd, so one is in the middle, where v = 0
PIECES = 32  # of the cost of inventory, within a limit of the target; even, so one ends there
REACH = 6.0  # the widest that v is looked for, in 1 / k: beyond it a bid has e**-6 of its fills
OPTIMAL = "Optimal"  # the solver's word
EDGES = np.linspace(1.0, -1.0, DEPTHS + 1)[1:]
MIDDLES = EDGES + 1 / DEPTHS


class Side(NamedTuple):
    """What the programme knows of a side."""

    most: float
    """lots by the horizon, at the mid"""
    decay: float
    base: float

    def depth(self, value: float) -> float:
        """The best one where what it buys is worth so much more than the mid; ticks."""
        return max(1 / self.decay + self.base - value, 0.0)

    def lots(self, depth: float) -> float:
        """What fills by the horizon."""
        return self.most * exp(-self.decay * depth)


class Programme:
    """The linear programme: columns for the pieces of bid, ask and cost, and one row of lots.

    bought - sold - (x + span) = inventory's excess, with signs; minimises cost less profit

    The solver has absolute tolerances, so it is told lots in spans, and prices by the largest of
    which v can be: the same numbers in whatever units.
    """

    def __init__(self, span: float, iteration_limit: int) -> None:
        try:
            import highspy
        except ImportError as error:
            raise ConfigError(
                "InventoryControl needs highspy: pip install halfspread[solve]"
            ) from error
        self._span = span
        columns = 2 * DEPTHS + PIECES
        steps = np.linspace(-1.0, 1.0, PIECES + 1)
        self._middles = (steps[1:] + steps[:-1]) / 2
        self._signs = np.sign(self._middles)
        self._all = np.arange(columns, dtype=np.int32)
        self._cost = np.zeros(columns)
        self._least, self._most = np.zeros(columns), np.zeros(columns)
        self._most[2 * DEPTHS :] = np.diff(steps)
        self._least[2 * DEPTHS], self._most[-1] = -inf, inf  # the outer pieces go on for ever
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        options: dict[str, Any] = {
            "output_flag": False,
            "presolve": "off",
            "solver": "simplex",
            "threads": 1,
        }
        for name, value in {**options, "simplex_iteration_limit": iteration_limit}.items():
            self._solver.setOptionValue(name, value)
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = columns, 1
        programme.col_cost_ = self._cost
        programme.col_lower_, programme.col_upper_ = self._least, self._most
        programme.row_lower_ = programme.row_upper_ = np.zeros(1)
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        programme.a_matrix_.start_ = np.array([0, columns])
        programme.a_matrix_.index_ = self._all
        programme.a_matrix_.value_ = np.repeat([1.0, -1.0, -1.0], [DEPTHS, DEPTHS, PIECES])
        self._solver.passModel(programme)

    def forget(self) -> None:
        """Start the next solve from nothing."""
        self._solver.clearSolver()

    def solve(
        self, sides: tuple[Side, Side], per_lot: float, curvature: float, excess: float
    ) -> tuple[str, int, float]:
        """The solver's status and iterations, and the value of a lot more: NaN if it failed."""
        price = self._set(sides, per_lot, curvature)
        solver, columns = self._solver, len(self._all)
        solver.changeColsCost(columns, self._all, self._cost)
        solver.changeColsBounds(columns, self._all, self._least, self._most)
        solver.changeRowBounds(0, -1 - excess / self._span, -1 - excess / self._span)
        solver.run()
        status = solver.modelStatusToString(solver.getModelStatus())
        iterations = int(solver.getInfoValue("simplex_iteration_count")[1])
        if status != OPTIMAL:
            return status, iterations, nan
        return status, iterations, price * solver.getSolution().row_dual[0]

    def _set(self, sides: tuple[Side, Side], per_lot: float, curvature: float) -> float:
        """The pieces of both sides' profit, and of per_lot * |x| + curvature * x**2 / 2.

        The slope of a side's profit by its lots is depth - 1/k - base: straight in the depth. Says
        the price in which they are.
        """
        curved = curvature * self._span
        reaches = [min(per_lot + curved, REACH / side.decay + side.base) for side in sides]
        price = max(reaches) or 1.0
        for first, side, steep in zip((0, DEPTHS), sides, reaches, strict=True):
            flat = 1 / side.decay + side.base
            lots = side.most * np.exp(-side.decay * np.maximum(flat + steep * EDGES, 0.0))
            lots[1:] -= lots[:-1].copy()
            self._most[first : first + DEPTHS] = lots / self._span
            self._cost[first : first + DEPTHS] = -steep / price * MIDDLES
        self._cost[2 * DEPTHS :] = (self._signs * per_lot + curved * self._middles) / price
        return price
