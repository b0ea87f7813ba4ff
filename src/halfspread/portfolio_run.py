"""Portfolio run: what came out of several instruments quoted together, each and the whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError
from halfspread.evaluate.metrics import bin_edges, drawdown
from halfspread.evaluate.run import Run
from halfspread.evaluate.words import count, number
from halfspread.inventory.risk import PortfolioRisk, portfolio_risk, unit_tail

if TYPE_CHECKING:
    from rich.console import Console

Floats = NDArray[np.float64]
SUMS = ("profit", "profit_spread", "profit_inventory", "fees", "turnover", "fills")
"""The metrics of which the whole's is the sum."""


@dataclass(frozen=True, eq=False, repr=False)
class PortfolioRun:
    """The runs of several instruments on one clock. Money is their common quote currency.

    Args:
        runs: a Run of one lane each, by the portfolio's names and in its order, which is that of
            the rows and columns of every matrix here.
    """

    runs: dict[str, Run]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the instruments, in order."""
        return tuple(self.runs)

    def __getitem__(self, name: str) -> Run:
        return self.runs[name]

    def __repr__(self) -> str:
        return f"PortfolioRun({', '.join(repr(run) for run in self.runs.values())})"

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """ns: the decisions at which the path of every run has a sample, and the end, (samples,).

        At the end each instrument counts as its own tape leaves it. None before the first step.
        """
        paths = [run.path["time"] for run in self.runs.values()]
        if not all(map(len, paths)):
            return np.zeros(0, np.int64)
        common = reduce(np.intersect1d, [path[:-1] for path in paths])
        end = max(int(path[-1]) for path in paths)
        return np.append(common[common < end], np.int64(end))

    @cached_property
    def wealth_by_name(self) -> dict[str, Floats]:
        """Money, (samples,) each: cash + inventory at the mid - fees; NaN where no mid is known."""
        return {name: self._sampled(run, "wealth") for name, run in self.runs.items()}

    @cached_property
    def wealth(self) -> Floats:
        """Money, (samples,): of the whole."""
        return self._sum(self.wealth_by_name)

    @cached_property
    def inventories(self) -> dict[str, Floats]:
        """Units of each asset, (samples,): coins times the contract size."""
        found = {}
        for name, run in self.runs.items():
            lots = self._sampled(run, "inventory")
            contract_size = float(run.instrument.contract_size)
            found[name] = np.asarray(run.instrument.size(lots)) * contract_size
        return found

    @cached_property
    def values(self) -> dict[str, Floats]:
        """What each inventory is worth at its mid, money, (samples,); NaN where no mid is known."""
        prices = {n: r.instrument.price(self._sampled(r, "mid")) for n, r in self.runs.items()}
        held = self.inventories
        return {name: np.where(q == 0, 0.0, q * prices[name]) for name, q in held.items()}

    def metrics(self) -> dict[str, float]:
        """Of the whole: the sums of what instruments have, and what only the whole has.

        profit, profit_spread, profit_inventory, fees, turnover, fills: sums over the instruments.
        max_drawdown: of the whole's wealth. peak_net_value: the largest |sum of the inventories'
        values|; peak_gross_value: of the sum of their sizes.
        """
        parts = [self.runs[name].measured[0] for name in sorted(self.runs)]
        values = self.values
        gross = self._sum({name: np.abs(value) for name, value in values.items()})
        return {
            **{name: float(sum(part[name] for part in parts)) for name in SUMS},
            "max_drawdown": drawdown(self.times, self.wealth).amount,
            "peak_net_value": float(np.nanmax(np.abs(self._sum(values)), initial=0.0)),
            "peak_gross_value": float(np.nanmax(gross, initial=0.0)),
        }

    def correlation(self, width_s: float = 5.0) -> Floats:
        """Of the changes of the instruments' wealth over bins of `width_s` seconds, (m, m).

        NaN for an instrument whose wealth never changed.

        Errors:
            ConfigError: fewer than three bins.
        """
        edges = bin_edges(self.times, width_s)
        changes = np.diff([path[edges] for path in self.wealth_by_name.values()], axis=1)
        known = changes[:, np.isfinite(changes).all(axis=0)]
        if known.shape[1] < 3:
            raise ConfigError(f"width_s must leave at least three bins, was {width_s!r}")
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.atleast_2d(np.corrcoef(known))

    def risk(
        self, covariance: ArrayLike, horizon_s: float, confidence: float = 0.95
    ) -> PortfolioRisk:
        """The risk of what is held at the end, as `inventory.risk.portfolio_risk` has it.

        Args:
            covariance: (m, m) in the order of `names`, price^2 per second, prices in currency.
        """
        held = [float(path[-1]) for path in self.inventories.values()]
        return portfolio_risk(held, covariance, horizon_s, confidence)

    def value_at_risk(
        self, covariance: ArrayLike, horizon_s: float, confidence: float = 0.95
    ) -> Floats:
        """Money, (samples,): z sqrt(q' C q h) of what was held at each time.

        Args:
            covariance, horizon_s, confidence: as in `risk`, and refused as there.
        """
        self.risk(covariance, horizon_s, confidence)
        held = np.array(list(self.inventories.values()))
        variance = np.einsum("it,ij,jt->t", held, np.asarray(covariance, np.float64), held)
        unit = unit_tail(confidence).value_at_risk
        return np.asarray(unit * np.sqrt(np.maximum(variance, 0.0) * horizon_s))

    def summary(self, console: Console | None = None) -> None:
        """Print a table in the terminal: a row an instrument, and the whole."""
        from rich.console import Console
        from rich.table import Table

        table = Table("", *(name.replace("_", " ") for name in SUMS))
        rows = {name: run.measured[0] for name, run in self.runs.items()}
        whole = self.metrics()
        for name, found in {**rows, "the whole": whole}.items():
            money = (number(found[column]) for column in SUMS[:-1])
            table.add_row(name, *money, count(found["fills"]))
        console = console or Console()
        console.print(table)
        only = {name: value for name, value in whole.items() if name not in SUMS}
        said = ", ".join(f"{name.replace('_', ' ')} {number(v)}" for name, v in only.items())
        console.print(said, highlight=False)

    def _sampled(self, run: Run, column: str) -> Floats:
        """A column of the run's path at `times`; a run that ended before keeps its last sample."""
        rows = np.searchsorted(run.path["time"], self.times, side="right") - 1
        values = run.path[column]
        return np.asarray(values[rows] if values.ndim == 1 else values[rows, 0], np.float64)

    def _sum(self, columns: dict[str, Floats]) -> Floats:
        """The same bytes whatever the order of the names."""
        return np.asarray(np.sum([columns[name] for name in sorted(columns)], axis=0))
