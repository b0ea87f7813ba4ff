"""Kernels: a model's scalar functions compiled into loops over lanes, and kept on disk.

Numba keeps what it compiles beside a source file; a kernel's source is written for the purpose,
under a name made from everything its functions depend on, so an edited model is compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from ctypes import POINTER, c_double
from functools import cache, cached_property
from math import inf
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.fields_read import fields_read
from halfspread.fingerprint import fingerprint, helpers_of
from halfspread.quote import Quote, QuoteClass, QuoteRecord, QuoteState

Floats = NDArray[np.float64]

OPTIONS: Any = {"error_model": "numpy"}  # 1 / 0 is infinite, as in C, and costs no test

TABLE = -1
"""The count of a function that takes a table: a row of numbers, the first of them how many."""

MOST_KEPT = 300
"""Kernels on disk; a new one takes the place of the oldest."""
SOURCE_NAME = re.compile(r"\w+_[0-9a-f]{24}\.py")

LANE_FIELDS = (QuoteState._fields[0], QuoteState._fields[-1])
"""What each lane has of its own: its inventory, twice. The core passes [n][2] of them."""

SHARED_FIELDS = QuoteState._fields[1:-1]
"""What all lanes share, in the order in which the core passes them."""


class Kernels:
    """The compiled loops of a model: `functions[0]` quotes, each later one changes the quote.

    Args:
        functions: the model's scalar function, then those of the wrappers around it, inside out.
        counts: how many parameters each of them takes; the model's may be TABLE instead. All lanes'
            tables have one length, and come before the wrappers' parameters.
    """

    def __init__(self, functions: tuple[Callable[..., Any], ...], counts: tuple[int, ...]) -> None:
        self.functions, self.counts = functions, counts

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of the state that the functions can read."""
        first, *others = self.functions
        return fields_read(first, 0).union(*(fields_read(function, 1) for function in others))

    @cached_property
    def lanes(self) -> Any:
        """The kernel that the core calls; a Numba CFunc, which has an address.

        void kernel(const double* shared, const double* lanes, const double* params,
                    double* quotes, int64 n)

        reads SHARED_FIELDS once, [n][2] LANE_FIELDS and [n][p] parameters, and writes [n][4] bid,
        ask, bid_size, ask_size. Of a lane whose function raises the sizes are -inf.
        """
        return self._compile("kernel", self._lanes_source(), pointers=4, integers=1)

    @cached_property
    def rows(self) -> Any:
        """The kernel behind `broadcast`: every field of the state differs from row to row.

        void kernel(const double* fields, const double* params, double* quotes,
                    int64 rows, int64 rows_per_lane)

        reads [fields][rows] fields and [n][p] parameters and writes [4][rows].
        """
        return self._compile("row_kernel", self._rows_source(), pointers=3, integers=2)

    def broadcast(self, fields: Floats, params: Floats) -> Floats:
        """The [4][rows] quotes of [fields][rows]; rows of lane 0 come first, then of lane 1."""
        rows = fields.shape[1]
        quotes = np.full((4, rows), np.nan)
        if rows:
            double = POINTER(c_double)
            pointers = (array.ctypes.data_as(double) for array in (fields, params, quotes))
            self.rows.ctypes(*pointers, rows, rows // len(params))
        return quotes

    def _quote_source(self, first: str) -> str:
        """The lines, inside a loop and a try, that leave the last function's quote in `quote`."""
        lines, at = [], 0
        for i, count in enumerate(self.counts):
            given = "state" if i == 0 else "quote, state"
            if count == TABLE:
                own = f", numbers[{first} : {first} + table]"
                first = f"{first} + table"
            else:
                own = "".join(f", params[{first} + {at + j}]" for j in range(count))
                at += count
            lines.append(f"            quote = function_{i}({given}{own})\n")
        return "".join(lines)

    def _rows_of_params(self, lanes: str) -> tuple[str, str]:
        """Lines that make ready to read the parameters of `lanes`, and the length of a row."""
        if TABLE not in self.counts:
            return "", str(sum(self.counts))
        width = f"(table + {sum(self.counts) - TABLE})"
        table = f"    table = int(params[0])\n    numbers = carray(params, {lanes} * {width})\n"
        return table, width

    def _lanes_source(self) -> str:
        shared = "".join(f"    {name} = shared[{i}]\n" for i, name in enumerate(SHARED_FIELDS))
        ready, width = self._rows_of_params("n")
        return (
            "def kernel(shared, lanes, params, quotes, n):\n"
            f"{shared}{ready}"
            "    for lane in range(n):\n"
            f"        first = lane * {width}\n"
            "        own, steady = lanes[2 * lane], lanes[2 * lane + 1]\n"
            f"        state = QuoteState(own, {', '.join(SHARED_FIELDS)}, steady)\n"
            "        try:\n"
            f"{self._quote_source('first')}"
            "            quotes[4 * lane] = quote.bid\n"
            "            quotes[4 * lane + 1] = quote.ask\n"
            "            quotes[4 * lane + 2] = quote.bid_size\n"
            "            quotes[4 * lane + 3] = quote.ask_size\n"
            "        except Exception:\n"
            "            quotes[4 * lane + 2] = quotes[4 * lane + 3] = -inf\n"
        )

    def _rows_source(self) -> str:
        fields = ", ".join(f"fields[{i} * rows + row]" for i in range(len(QuoteState._fields)))
        ready, width = self._rows_of_params("(rows // rows_per_lane)")
        return (
            "def row_kernel(fields, params, quotes, rows, rows_per_lane):\n"
            f"{ready}"
            "    for row in range(rows):\n"
            f"        first = row // rows_per_lane * {width}\n"
            f"        state = QuoteState({fields})\n"
            "        try:\n"
            f"{self._quote_source('first')}"
            "            quotes[row] = quote.bid\n"
            "            quotes[rows + row] = quote.ask\n"
            "            quotes[2 * rows + row] = quote.bid_size\n"
            "            quotes[3 * rows + row] = quote.ask_size\n"
            "        except Exception:\n"
            "            continue\n"
        )

    def _compile(self, name: str, source: str, pointers: int, integers: int) -> Any:
        from numba import carray, cfunc, njit, types  # type: ignore[attr-defined]

        _teach_numba()
        for function in self.functions:
            for helper in helpers_of(function):
                _register(helper)
        title = "_".join(re.sub(r"\W", "", function.__name__) for function in self.functions)
        path = _source_file(title, source, self.functions)
        compiled = [njit(**OPTIONS)(function) for function in self.functions]
        scope: dict[str, Any] = {"QuoteState": QuoteState, "__name__": __name__}
        scope.update({"carray": carray, "inf": inf})
        scope.update({f"function_{i}": function for i, function in enumerate(compiled)})
        exec(compile(source, path or f"<{title}>", "exec"), scope)
        double: Any = types.CPointer(types.float64)  # type: ignore[no-untyped-call]
        signature = types.void(*[double] * pointers, *[types.int64] * integers)

        def compiled_beside(path: str | None) -> Any:
            return cfunc(signature, cache=path is not None, **OPTIONS)(scope[name])

        try:
            try:
                return compiled_beside(path)
            except (ImportError, OSError, RuntimeError):
                # What was kept names a module that is gone, or another process removed the source.
                if path is None:
                    raise
                _forget(Path(path))
                return compiled_beside(_source_file(title, source, self.functions))
        except Exception as error:  # Numba raises all kinds while it compiles
            raise ConfigError(
                f"{title} can't be compiled: {_reason(error)}. "
                "A plain callable, without @model, runs as Python and may do anything"
            ) from error


def _forget(source: Path) -> None:
    """Remove what Numba kept for a source file."""
    for kept in source.parent.glob(f"__pycache__/{source.stem}.*"):
        kept.unlink(missing_ok=True)


def _remove_old(folder: Path) -> None:
    """Remove all but the newest MOST_KEPT sources; other processes may do so at the same time."""
    written = []
    for source in folder.iterdir():
        if SOURCE_NAME.fullmatch(source.name):
            with suppress(OSError):
                written.append((source.stat().st_mtime_ns, source))
    for _, source in sorted(written)[:-MOST_KEPT]:
        with suppress(OSError):
            source.unlink()
            _forget(source)


def rows_of(state: QuoteState, n: int) -> tuple[tuple[int, ...], Floats]:
    """The common shape of a state's fields and n lanes, and its [fields][rows] laid out flat."""
    shapes = [np.shape(field) for field in state]
    try:
        shape = np.broadcast_shapes(*shapes)
        if n > 1:
            shape = np.broadcast_shapes(shape, (n,) + (1,) * (len(shape) - 1))
            if shape[0] != n:
                raise ValueError
    except ValueError:
        several = sorted({shape for shape in shapes if shape})
        raise ConfigError(f"state: fields of shapes {several} don't go with {n} lanes") from None
    fields = np.empty((len(state), *shape))
    for i, field in enumerate(state):
        fields[i] = field
    return shape, fields.reshape(len(state), -1)


@cache
def kernels(functions: tuple[Callable[..., Any], ...], counts: tuple[int, ...]) -> Kernels:
    """The Kernels of these functions, one object in a process."""
    return Kernels(functions, counts)


def make_quote(bid: Any, ask: Any, bid_size: Any = 1.0, ask_size: Any = 1.0) -> QuoteRecord:
    """What Quote(...) means in compiled code: floats, whatever numbers it is given."""
    return QuoteRecord(1.0 * bid, 1.0 * ask, 1.0 * bid_size, 1.0 * ask_size)


def _reason(error: Exception) -> str:
    """The first line of Numba's many that is about the function; the rest is the cause's text."""
    lines = [line for line in str(error).splitlines() if not line.startswith("Failed in nopython")]
    return lines[0] if lines else repr(error)


@cache
def _teach_numba() -> None:
    """Make Numba compile Quote(...) as `make_quote`, not as the named tuple that it also is."""
    from numba.extending import overload, typeof_impl

    typeof_impl.register(QuoteClass)(lambda value, context: None)
    overload(Quote, strict=False)(lambda bid, ask, bid_size=1.0, ask_size=1.0: make_quote)


@cache
def _register(helper: FunctionType) -> None:
    """Let compiled code call a plain function."""
    from numba.extending import register_jitable

    register_jitable(helper)


def _source_file(title: str, source: str, functions: tuple[Callable[..., Any], ...]) -> str | None:
    """The file that holds `source`, written if it is not there; None where nothing can be kept.

    Its folder is $HALFSPREAD_CACHE, or halfspread/ in the user's cache folder. It holds MOST_KEPT
    at most.
    """
    known = fingerprint((make_quote, *functions))
    if known is None:
        return None
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("HALFSPREAD_CACHE") or Path(home) / "halfspread")
    digest = hashlib.sha256(f"{known}{source}{OPTIONS}".encode()).hexdigest()
    path = folder / f"{title}_{digest[:24]}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            return None
        if not path.exists():
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_text(f'"""Written by halfspread: the kernel of {title}."""\n{source}')
            part.replace(path)
            _remove_old(folder)
    except OSError:
        return None
    return str(path)
