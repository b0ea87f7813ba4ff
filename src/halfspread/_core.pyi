"""The C++ core of halfspread."""

from collections.abc import Sequence
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


class Columns:
    """A tape's columns, looked through once and kept."""

    def __init__(self, arg: dict, /) -> None: ...

    @property
    def in_order(self) -> bool:
        """Whether every row is on both clocks and local times never go back."""

class Book:
    """An order book of levels, in ticks and lots."""

    def __init__(self, skip_crossed: bool = False) -> None: ...

    def apply(self, columns: Columns, start: int = 0, stop: int | None = None) -> None:
        """Apply the rows [start, stop) of a tape's columns."""

    def set(self, side: int, price: int, size: int) -> None: ...

    def clear(self, side: int, price: int) -> None: ...

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, size) of the best level, or None."""

    def size_at(self, side: int, price: int) -> int: ...

    def levels(self, side: int) -> int:
        """How many levels a side holds."""

    def depth(self, side: int, count: int) -> tuple[NDArray[numpy.int32], NDArray[numpy.int64]]:
        """Prices and sizes of the best `count` levels, best first."""

@overload
def check_book(columns: Columns, at: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None) -> dict: ...

@overload
def check_book(rows: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], at: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None) -> dict:
    """
    Builds the venue's book, nothing repaired, and looks at it after each message; see
    codecs.book_check. Without `at` there are no touches.
    """

def split_lines(text: bytes) -> tuple:
    """
    (spans, times): the lines that are not empty, behind the receive time in front of them;
    that time in ns since 1970 UTC, -1 where a line has none.
    """

def json_fields(text: bytes, messages: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)], names: Sequence[str], inside: str) -> tuple:
    """
    (spans (n, names, 2), whole): where the named values lie in each JSON object, at its top
    or in the object called `inside`; whole is 0, and nothing found, where one is not.
    """

def json_items(text: bytes, arrays: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)]) -> tuple:
    """
    (spans, owner, whole): the elements of each JSON array and the number of the array they
    are of.
    """

def csv_fields(text: bytes, lines: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)], count: int) -> tuple:
    """
    (spans (n, count, 2), whole): the columns; whole is 0 where a line has more or fewer
    than `count`.
    """

def read_decimals(text: bytes, spans: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)], numerator: int, decimals: int) -> tuple:
    """
    (values, readings): each number in steps of numerator / 10^decimals; readings are 0
    exact, 1 rounded to the nearest step, 2 malformed or absent, 3 overflow.
    """

def read_levels(text: bytes, spans: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)], sides: Sequence[int], tick: tuple[int, int], lot: tuple[int, int], exchange: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], local: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple:
    """
    (rows, counts, faults, whole) of messages with an array [[price, size], ...] for each of
    `sides` (0: its levels say theirs) and two times: rows of events as bytes, `counts` a
    message; faults (n, 3) counts prices and sizes rounded, and levels left out as too
    large; whole (n, sides) is 0, and nothing read, where a value is no such array.
    """

def read_words(text: bytes, spans: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)], words: Sequence[str]) -> NDArray[numpy.int8]:
    """The place of each value in `words`; -1: absent, or another word."""

def read_times(text: bytes, spans: Annotated[NDArray[numpy.int32], dict(shape=(None, 2), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]:
    """
    Times as ns since 1970, -1 where malformed or absent: ISO 8601 in UTC ("...Z"), or a
    number whose length tells seconds from milli-, micro- and nanoseconds.
    """

def merge_rows(first: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], first_rows: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], second: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], second_rows: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple:
    """
    (numbers, rows): two lists of rows, each with ascending numbers, by number; of one
    number, the first list's rows come first.
    """

class MarketConfig:
    """What a market is made of; market.py fills it."""

    def __init__(self) -> None: ...

    def set_rules(self, arg: int, /) -> None: ...

    def set_schedule(self, arg0: int, arg1: int, /) -> None: ...

    def set_queue(self, arg0: int, arg1: float, /) -> None: ...

    def set_latency(self, arg0: int, arg1: int, /) -> None: ...

    def set_latency_samples(self, arg: Annotated[NDArray[numpy.int64], dict(shape=(None, None), order='C', writable=False)], /) -> None: ...

    def set_contract(self, arg0: float, arg1: float, arg2: float, arg3: bool, /) -> None: ...

    def set_fees(self, arg0: int, arg1: float, arg2: float, /) -> None: ...

    def set_policy(self, arg0: int, arg1: int, arg2: int, arg3: int, arg4: bool, arg5: int, arg6: int, arg7: int, /) -> None: ...

    def set_signals(self, arg0: int, arg1: float, arg2: int, /) -> None: ...

    @property
    def lanes(self) -> int: ...

    @lanes.setter
    def lanes(self, arg: int, /) -> None: ...

    @property
    def sample_every(self) -> int: ...

    @sample_every.setter
    def sample_every(self, arg: int, /) -> None: ...

    @property
    def keep_fills(self) -> bool: ...

    @keep_fills.setter
    def keep_fills(self, arg: bool, /) -> None: ...

    @property
    def keep_own_book(self) -> bool: ...

    @keep_own_book.setter
    def keep_own_book(self, arg: bool, /) -> None: ...

class Market:
    """n lanes in lockstep over one tape."""

    def __init__(self, columns: Columns, config: MarketConfig) -> None: ...

    def run(self, kernel: int, params: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], threads: int, progress: object | None = None) -> None:
        """Run a compiled model to the end of the tape."""

    def run_scalar(self, model: object, progress: object | None = None) -> None:
        """Run model(QuoteState) -> Quote to the end of the tape."""

    def run_batched(self, model: object, progress: object | None = None) -> None:
        """Run model(inventory, shared) -> quotes to the end of the tape."""

    def advance(self) -> bool:
        """To the next decision; False at the end."""

    def decide(self, quotes: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None:
        """Act on quotes of shape (n, 4)."""

    def inventory(self) -> NDArray[numpy.float64]: ...

    def shared(self) -> NDArray[numpy.float64]: ...

    def now(self) -> int: ...

    def submit(self, lane: int, side: int, price: int, size: int, lifetime: int) -> int: ...

    def cancel(self, lane: int, order_id: int) -> bool: ...

    def amend(self, lane: int, order_id: int, price: int, size: int) -> bool: ...

    def orders(self, lane: int) -> list: ...

    def fills(self) -> dict: ...

    def path(self) -> dict: ...

    def counters(self) -> dict: ...

    def faults(self) -> list: ...

def mid_at(columns: Columns, times: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> object:
    """
    The venue's mid in ticks just after each ascending time; NaN while a side is empty.
    """
