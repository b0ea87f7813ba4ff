"""Table models: a solver makes a table of its parameters, and one kernel reads all tables.

@table_model(risk_aversion=positive, size=positive)
def glft_exact(risk_aversion: float, size: float = 1.0) -> QuoteTable: ...

one = glft_exact(risk_aversion=0.01)     # nothing is solved yet
one(state)                               # now it is, once
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import starmap
from typing import Any

from halfspread.errors import ConfigError
from halfspread.kernel import TABLE, Floats
from halfspread.modelling import Definition
from halfspread.parameter import Check, Number, Value
from halfspread.quote import Quote
from halfspread.table import QuoteTable, rows_of_tables
from halfspread.table_reading import read_table

MOST_KEPT = 256
"""Tables kept for each model, the latest used; a bound model holds its own as long as it lives."""


class TableDefinition(Definition):
    """What @table_model makes of a solver: call it to bind its parameters.

    A parameter that is left None is None for the solver too: there is nothing to measure it by.
    """

    fixed = 0

    def __init__(self, solver: Callable[..., QuoteTable], checks: Mapping[str, Check]) -> None:
        super().__init__(solver, checks, is_wrapper=False)
        self.count = TABLE
        self._solved = lru_cache(MOST_KEPT)(self._solve)

    @property
    def quoting(self) -> Callable[..., Quote]:
        """What quotes: `read_table`, for all of them."""
        return read_table

    def table(self, **values: Any) -> QuoteTable:
        """The table itself, of one lane, for those who want to look at it or draw it.

        Raises:
            ConfigError: as when they are bound, or the solver can't solve it.
        """
        return self._solved(*_of_lane(self(**values).values, 0))

    def columns(self, values: tuple[Value, ...], n: int) -> Floats:
        """The (n, length) flat tables; lanes with the same parameters are solved once."""
        lanes = (_of_lane(values, lane) for lane in range(n))
        return rows_of_tables([table.flat() for table in starmap(self._solved, lanes)])

    def arguments(self, row: Floats) -> list[Any]:
        """One: the table."""
        return [row.tolist()]

    def _solve(self, *values: Number) -> QuoteTable:
        given = {p.name: v for p, v in zip(self.parameters, values, strict=True)}
        try:
            table: QuoteTable = self.function(**given)
        except ConfigError as error:
            raise ConfigError(f"{self}: {error}") from error
        except (ArithmeticError, ValueError) as error:  # LinAlgError is a ValueError
            shown = ", ".join(f"{name}={value!r}" for name, value in given.items())
            raise ConfigError(f"{self}: there is no solution for {shown}: {error}") from error
        return table


def table_model(**checks: Check) -> Callable[[Callable[..., QuoteTable]], TableDefinition]:
    """Make a model of a solver `f(**parameters) -> QuoteTable`.

    It binds, prints, makes lanes and is wrapped as any model. It is solved when it is first asked
    for a quote, once for equal parameters, and read by a kernel that all table models share.

    Args:
        checks: for a parameter, what must hold of it: `risk_aversion=positive`. What must hold of
            several together the solver checks itself, and raises a ConfigError that names them.

    Raises:
        ConfigError: a check is for no parameter, or the solver takes *args or **kwargs.
    """
    return lambda solver: TableDefinition(solver, checks)


def _of_lane(values: tuple[Value, ...], lane: int) -> tuple[Number, ...]:
    return tuple(v[lane] if isinstance(v, tuple) else v for v in values)
