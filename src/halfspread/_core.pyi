"""The C++ core of halfspread."""

from collections.abc import Sequence
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


class Columns:
    """A tape's columns, looked through once and kept."""

    def __init__(self, columns: dict, departures: Annotated[NDArray[numpy.uint8], dict(shape=(None, 40), order='C', device='cpu', writable=False)] | None = None) -> None: ...

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

def snapshots(columns: dict, stops: tuple[int, int]) -> tuple:
    """
    The book on the exchange's clock and on ours after the rows before their stops, each as
    the bytes of EVENT rows (n, 48): a clear, the levels, the resting orders; none where no
    row was of a book.
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

class Exchange:
    """
    A matching engine: price-time priority; docs/exchange.md has its rules.
    """

    def __init__(self, most_orders: int = 1000000) -> None: ...

    def apply(self, asks: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], display: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None, hashes: bool = False) -> tuple:
        """
        Apply submit, cancel and amend rows. Returns (events, ends, ids, hashes): the rows
        that came of them, how many had come after each ask, the id of each ask's order (0: refused)
        and the state's hash after each, if asked for.
        """

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def depth(self, side: int, count: int) -> tuple:
        """Prices and displayed sizes of the best `count` levels, best first."""

    def orders(self, side: int) -> dict:
        """Columns of a side's orders in the order in which they would trade."""

    def ahead(self, order_id: int) -> int | None:
        """
        The displayed lots before an order in its queue; None if it does not rest.
        """

    def copy(self) -> Exchange:
        """Another exchange that goes on as this one would."""

    def save(self) -> bytes:
        """The whole state, for this machine."""

    @staticmethod
    def load(saved: bytes) -> Exchange:
        """The exchange that was saved."""

class OrderReplay:
    """The book of an order-by-order tape, under the venue's own ids."""

    def __init__(self) -> None: ...

    def apply(self, rows: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], touches: bool = False) -> object:
        """
        Apply add, modify, remove, execute and clear rows; with `touches`, returns the best bid, its size,
        the best ask and its size after each, (n, 4); size 0 means none.
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, size) of the best level, or None."""

    def depth(self, side: int, count: int) -> tuple:
        """Prices and sizes of the best `count` levels, best first."""

    @property
    def orders(self) -> int:
        """How many orders rest."""

    @property
    def faults(self) -> dict:
        """How often the tape and the book disagreed, by reason."""

    def hash(self) -> int:
        """Of the orders by priority: id, price and size."""

class ZeroIntelligenceLaws:
    """Poisson rates by distance."""

    def __init__(self, limit_rates: Sequence[float], market_rate: float, cancel_rates: Sequence[float], sizes: Sequence[int], size_weights: Sequence[float], price: int) -> None:
        """Numbers that halfspread.flows has looked at."""

class ZeroIntelligence:
    """Poisson limit orders, market orders and cancellations."""

    def __init__(self, laws: ZeroIntelligenceLaws, seed: int, lane: int, begin: int) -> None:
        """The market of a seed and lane, opened."""

    def advance(self, until: int) -> int:
        """
        Let the public act up to and at `until`, ns. Returns how many orders and cancellations.
        """

    def rows(self, until: int, most: int) -> NDArray[numpy.uint8]:
        """
        The same, with the level and trade rows that come of it; stops early once there are `most`.
        """

    def events(self, until: int) -> NDArray[numpy.uint8]:
        """
        The same, with all rows: order by order, price by price, and what owners are told.
        """

    def snapshot(self) -> NDArray[numpy.uint8]:
        """The book as it stands, as rows."""

    def apply(self, ask: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.uint8], int]:
        """
        One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. Returns
        (what came of it, the order's id).
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def copy(self) -> ZeroIntelligence:
        """Another flow that goes on as this one would."""

    @property
    def now(self) -> int:
        """Of the last event, ns."""

    @property
    def next(self) -> int:
        """When the next event may come, ns."""

class QueueReactiveLaws:
    """Rates by depth and queue length."""

    def __init__(self, limit: Sequence[Sequence[float]], cancel: Sequence[Sequence[float]], market: Sequence[Sequence[float]], theta: float, theta_reinit: float, price: int) -> None:
        """Numbers that halfspread.flows has looked at."""

class QueueReactive:
    """Orders at rates that depend on the queues around a reference price."""

    def __init__(self, laws: QueueReactiveLaws, seed: int, lane: int, begin: int) -> None:
        """The market of a seed and lane, opened."""

    def advance(self, until: int) -> int:
        """
        Let the public act up to and at `until`, ns. Returns how many orders and cancellations.
        """

    def rows(self, until: int, most: int) -> NDArray[numpy.uint8]:
        """
        The same, with the level and trade rows that come of it; stops early once there are `most`.
        """

    def events(self, until: int) -> NDArray[numpy.uint8]:
        """
        The same, with all rows: order by order, price by price, and what owners are told.
        """

    def snapshot(self) -> NDArray[numpy.uint8]:
        """The book as it stands, as rows."""

    def apply(self, ask: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.uint8], int]:
        """
        One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. Returns
        (what came of it, the order's id).
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def copy(self) -> QueueReactive:
        """Another flow that goes on as this one would."""

    @property
    def now(self) -> int:
        """Of the last event, ns."""

    @property
    def next(self) -> int:
        """When the next event may come, ns."""

    @property
    def reference(self) -> float:
        """The reference price, ticks."""

class HawkesLaws:
    """Baselines, decays and jumps of twelve kinds."""

    def __init__(self, baselines: Sequence[float], decays: Sequence[float], jumps: Sequence[float], deep_weights: Sequence[float], top_cancelled: float, deep_cancelled: float, sizes: Sequence[int], size_weights: Sequence[float], opening_orders: int, price: int) -> None:
        """Numbers that halfspread.hawkes_flow has looked at."""

class HawkesFlow:
    """Orders that bring on and hold back each other."""

    def __init__(self, laws: HawkesLaws, seed: int, lane: int, begin: int) -> None:
        """The market of a seed and lane, opened."""

    def advance(self, until: int) -> int:
        """
        Let the public act up to and at `until`, ns. Returns how many orders and cancellations.
        """

    def rows(self, until: int, most: int) -> NDArray[numpy.uint8]:
        """
        The same, with the level and trade rows that come of it; stops early once there are `most`.
        """

    def events(self, until: int) -> NDArray[numpy.uint8]:
        """
        The same, with all rows: order by order, price by price, and what owners are told.
        """

    def snapshot(self) -> NDArray[numpy.uint8]:
        """The book as it stands, as rows."""

    def apply(self, ask: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.uint8], int]:
        """
        One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. Returns
        (what came of it, the order's id).
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def copy(self) -> HawkesFlow:
        """Another flow that goes on as this one would."""

    @property
    def now(self) -> int:
        """Of the last event, ns."""

    @property
    def next(self) -> int:
        """When the next event may come, ns."""

    @property
    def counts(self) -> list[int]:
        """How many events of each kind there were, with and without effect."""

class ZeroIntelligenceScenarioLaws:
    """A flow's laws, and its scenario."""

    def __init__(self, laws: ZeroIntelligenceLaws, season: Sequence[tuple[int, float]], shocks: Sequence[tuple[int, int, Sequence[float], int, int]], rate: float, volatility: float, step: int, size: int) -> None:
        """Numbers that halfspread.scenario has looked at."""

class ZeroIntelligenceInScenario:
    """A flow with a season, shocks and informed takers."""

    def __init__(self, laws: ZeroIntelligenceScenarioLaws, seed: int, lane: int, begin: int) -> None:
        """The market of a seed and lane, opened."""

    def advance(self, until: int) -> int:
        """
        Let the public act up to and at `until`, ns. Returns how many orders and cancellations.
        """

    def rows(self, until: int, most: int) -> NDArray[numpy.uint8]:
        """
        The same, with the level and trade rows that come of it; stops early once there are `most`.
        """

    def events(self, until: int) -> NDArray[numpy.uint8]:
        """
        The same, with all rows: order by order, price by price, and what owners are told.
        """

    def snapshot(self) -> NDArray[numpy.uint8]:
        """The book as it stands, as rows."""

    def apply(self, ask: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.uint8], int]:
        """
        One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. Returns
        (what came of it, the order's id).
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def copy(self) -> ZeroIntelligenceInScenario:
        """Another flow that goes on as this one would."""

    @property
    def now(self) -> int:
        """Of the last event, ns."""

    @property
    def next(self) -> int:
        """When the next event may come, ns."""

    def rows_with_truth(self, until: int, most: int) -> tuple[NDArray[numpy.uint8], NDArray[numpy.float64], NDArray[numpy.uint8]]:
        """
        As rows, and for each of them the efficient price, in ticks, and whether an informed order brought it on.
        """

    @property
    def efficient_price(self) -> float:
        """Ticks; NaN if nobody looks."""

class QueueReactiveScenarioLaws:
    """A flow's laws, and its scenario."""

    def __init__(self, laws: QueueReactiveLaws, season: Sequence[tuple[int, float]], shocks: Sequence[tuple[int, int, Sequence[float], int, int]], rate: float, volatility: float, step: int, size: int) -> None:
        """Numbers that halfspread.scenario has looked at."""

class QueueReactiveInScenario:
    """A flow with a season, shocks and informed takers."""

    def __init__(self, laws: QueueReactiveScenarioLaws, seed: int, lane: int, begin: int) -> None:
        """The market of a seed and lane, opened."""

    def advance(self, until: int) -> int:
        """
        Let the public act up to and at `until`, ns. Returns how many orders and cancellations.
        """

    def rows(self, until: int, most: int) -> NDArray[numpy.uint8]:
        """
        The same, with the level and trade rows that come of it; stops early once there are `most`.
        """

    def events(self, until: int) -> NDArray[numpy.uint8]:
        """
        The same, with all rows: order by order, price by price, and what owners are told.
        """

    def snapshot(self) -> NDArray[numpy.uint8]:
        """The book as it stands, as rows."""

    def apply(self, ask: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.uint8], int]:
        """
        One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. Returns
        (what came of it, the order's id).
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def copy(self) -> QueueReactiveInScenario:
        """Another flow that goes on as this one would."""

    @property
    def now(self) -> int:
        """Of the last event, ns."""

    @property
    def next(self) -> int:
        """When the next event may come, ns."""

    def rows_with_truth(self, until: int, most: int) -> tuple[NDArray[numpy.uint8], NDArray[numpy.float64], NDArray[numpy.uint8]]:
        """
        As rows, and for each of them the efficient price, in ticks, and whether an informed order brought it on.
        """

    @property
    def efficient_price(self) -> float:
        """Ticks; NaN if nobody looks."""

class HawkesScenarioLaws:
    """A flow's laws, and its scenario."""

    def __init__(self, laws: HawkesLaws, season: Sequence[tuple[int, float]], shocks: Sequence[tuple[int, int, Sequence[float], int, int]], rate: float, volatility: float, step: int, size: int) -> None:
        """Numbers that halfspread.scenario has looked at."""

class HawkesInScenario:
    """A flow with a season, shocks and informed takers."""

    def __init__(self, laws: HawkesScenarioLaws, seed: int, lane: int, begin: int) -> None:
        """The market of a seed and lane, opened."""

    def advance(self, until: int) -> int:
        """
        Let the public act up to and at `until`, ns. Returns how many orders and cancellations.
        """

    def rows(self, until: int, most: int) -> NDArray[numpy.uint8]:
        """
        The same, with the level and trade rows that come of it; stops early once there are `most`.
        """

    def events(self, until: int) -> NDArray[numpy.uint8]:
        """
        The same, with all rows: order by order, price by price, and what owners are told.
        """

    def snapshot(self) -> NDArray[numpy.uint8]:
        """The book as it stands, as rows."""

    def apply(self, ask: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.uint8], int]:
        """
        One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. Returns
        (what came of it, the order's id).
        """

    def best(self, side: int) -> tuple[int, int] | None:
        """(price, displayed size) of the best level, or None."""

    def hash(self) -> int:
        """Of the orders by priority and of the next id."""

    def copy(self) -> HawkesInScenario:
        """Another flow that goes on as this one would."""

    @property
    def now(self) -> int:
        """Of the last event, ns."""

    @property
    def next(self) -> int:
        """When the next event may come, ns."""

    def rows_with_truth(self, until: int, most: int) -> tuple[NDArray[numpy.uint8], NDArray[numpy.float64], NDArray[numpy.uint8]]:
        """
        As rows, and for each of them the efficient price, in ticks, and whether an informed order brought it on.
        """

    @property
    def efficient_price(self) -> float:
        """Ticks; NaN if nobody looks."""

def drift_values(upwards: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], downwards: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], after_bid: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], after_ask: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], earned: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], bid_rate: float, ask_rate: float, edge: float, pace: float, terminal: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], times: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]:
    """
    The (times, drifts, inventories) values; fewer times where they take too long to solve.
    """

def regime_values(moves: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], sell_rate: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], buy_rate: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], bid_edge: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], ask_edge: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], earned: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], pace: float, terminal: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], times: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]:
    """
    The (times, regimes, inventories) values; fewer times where they take too long to solve.
    """

def hjb_values(source: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], bid_gain: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], ask_gain: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], bid_decay: float, ask_decay: float, terminal: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], times: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple:
    """
    The (times, inventories) values at `times` left, ascending from 0, less (times,) levels.
    """

def hjb_limit(source: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], bid_gain: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], ask_gain: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], bid_decay: float, ask_decay: float) -> tuple:
    """
    The (inventories,) values far from the horizon, about one of them, and their growth.
    """

class SignalPolicy:
    """What is measured; policy.py fills it."""

    def __init__(self, step_ns: int, half_life_s: float, warm_up: int, volatility_half_life_s: float, fast_half_life_s: float, slow_half_life_s: float, depth_levels: int, order_flow_half_life_s: float, fill_sides: bool, hawkes: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], mark_out_horizon_ns: int, vpin_bucket_lots: int, vpin_buckets: int, round_trip_lots: int, recent_trades: int) -> None: ...

class Track:
    """Forecasts on our clock, read in place."""

    def __init__(self, time: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], forecast: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], forecast_std: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

    def join(self, config: MarketConfig) -> None:
        """Gives a market its forecasts."""

class GuardPolicy:
    """What a guard watches; guard.py fills it."""

    def __init__(self) -> None: ...

    @property
    def inventory_limit(self) -> float: ...

    @inventory_limit.setter
    def inventory_limit(self, arg: float, /) -> None: ...

    @property
    def inventory_target(self) -> int: ...

    @inventory_target.setter
    def inventory_target(self, arg: int, /) -> None: ...

    @property
    def reduce_at(self) -> float: ...

    @reduce_at.setter
    def reduce_at(self, arg: float, /) -> None: ...

    @property
    def reduce_to(self) -> float: ...

    @reduce_to.setter
    def reduce_to(self, arg: float, /) -> None: ...

    @property
    def flatten_at(self) -> float: ...

    @flatten_at.setter
    def flatten_at(self, arg: float, /) -> None: ...

    @property
    def flatten_to(self) -> float: ...

    @flatten_to.setter
    def flatten_to(self, arg: float, /) -> None: ...

    @property
    def tighten(self) -> bool: ...

    @tighten.setter
    def tighten(self, arg: bool, /) -> None: ...

    @property
    def reference_volatility(self) -> float: ...

    @reference_volatility.setter
    def reference_volatility(self, arg: float, /) -> None: ...

    @property
    def reference_half_life_s(self) -> float: ...

    @reference_half_life_s.setter
    def reference_half_life_s(self, arg: float, /) -> None: ...

    @property
    def over_at(self) -> float: ...

    @over_at.setter
    def over_at(self, arg: float, /) -> None: ...

    @property
    def cool_down_s(self) -> float: ...

    @cool_down_s.setter
    def cool_down_s(self, arg: float, /) -> None: ...

    @property
    def value_at_risk(self) -> float: ...

    @value_at_risk.setter
    def value_at_risk(self, arg: float, /) -> None: ...

    @property
    def var_multiple(self) -> float: ...

    @var_multiple.setter
    def var_multiple(self, arg: float, /) -> None: ...

    @property
    def var_horizon_s(self) -> float: ...

    @var_horizon_s.setter
    def var_horizon_s(self, arg: float, /) -> None: ...

    @property
    def holding_time_s(self) -> float: ...

    @holding_time_s.setter
    def holding_time_s(self, arg: float, /) -> None: ...

    @property
    def drawdown(self) -> float: ...

    @drawdown.setter
    def drawdown(self, arg: float, /) -> None: ...

    @property
    def loss(self) -> float: ...

    @loss.setter
    def loss(self, arg: float, /) -> None: ...

    @property
    def volatility_spike(self) -> float: ...

    @volatility_spike.setter
    def volatility_spike(self, arg: float, /) -> None: ...

    @property
    def toxic_ticks(self) -> float: ...

    @toxic_ticks.setter
    def toxic_ticks(self, arg: float, /) -> None: ...

    @property
    def toxic_horizon_s(self) -> float: ...

    @toxic_horizon_s.setter
    def toxic_horizon_s(self, arg: float, /) -> None: ...

    @property
    def toxic_half_life_s(self) -> float: ...

    @toxic_half_life_s.setter
    def toxic_half_life_s(self, arg: float, /) -> None: ...

    @property
    def toxic_lots(self) -> float: ...

    @toxic_lots.setter
    def toxic_lots(self, arg: float, /) -> None: ...

    @property
    def stale_s(self) -> float: ...

    @stale_s.setter
    def stale_s(self, arg: float, /) -> None: ...

    @property
    def skew_s(self) -> float: ...

    @skew_s.setter
    def skew_s(self, arg: float, /) -> None: ...

    @property
    def order_rate(self) -> float: ...

    @order_rate.setter
    def order_rate(self, arg: float, /) -> None: ...

    @property
    def price_band(self) -> float: ...

    @price_band.setter
    def price_band(self, arg: float, /) -> None: ...

    @property
    def end_of_day_s(self) -> float: ...

    @end_of_day_s.setter
    def end_of_day_s(self, arg: float, /) -> None: ...

    @property
    def reduce_for_s(self) -> float: ...

    @reduce_for_s.setter
    def reduce_for_s(self, arg: float, /) -> None: ...

    @property
    def patience_s(self) -> float: ...

    @patience_s.setter
    def patience_s(self, arg: float, /) -> None: ...

    @property
    def take_every_s(self) -> float: ...

    @take_every_s.setter
    def take_every_s(self, arg: float, /) -> None: ...

class Guard:
    """One lane's guard, fed by hand."""

    def __init__(self, policy: GuardPolicy, start: int) -> None: ...

    def fill(self, side: int, price: int, size: int, now: int) -> None: ...

    def step(self, now: int, inventory: int, wealth: float, asks: int, mid: float, crossed: bool, volatility: float, book_age_s: float, feed_delay_s: float, time_left_s: float, tick_value: float) -> bool:
        """To the next decision; True if the state or the stage changed."""

    def resume(self, wealth: float) -> bool: ...

    def halt(self) -> bool: ...

    def pull(self, any_open: bool) -> bool: ...

    @property
    def state(self) -> str: ...

    @property
    def stage(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def remaining(self) -> int: ...

    @property
    def seconds(self) -> list[float]: ...

def guard_table() -> dict:
    """reason -> the state that follows each of guard_rows()."""

def guard_rows() -> list[str]: ...

def guard_states() -> list[str]: ...

def guard_stages() -> list[str]: ...

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

    def set_policy(self, arg0: int, arg1: int, arg2: int, arg3: int, arg4: bool, arg5: int, arg6: int, arg7: int, arg8: float, arg9: bool, /) -> None: ...

    @property
    def signals(self) -> SignalPolicy: ...

    @signals.setter
    def signals(self, arg: SignalPolicy, /) -> None: ...

    @property
    def guard(self) -> GuardPolicy | None: ...

    @guard.setter
    def guard(self, arg: GuardPolicy | None, /) -> None: ...

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

class World:
    """A world's numbers; brownian.py fills and checks them."""

    def __init__(self) -> None: ...

    @property
    def seed(self) -> int: ...

    @seed.setter
    def seed(self, arg: int, /) -> None: ...

    @property
    def first_lane(self) -> int: ...

    @first_lane.setter
    def first_lane(self, arg: int, /) -> None: ...

    def set_times(self, arg0: int, arg1: int, arg2: int, /) -> None: ...

    def set_arrivals(self, arg0: int, arg1: Annotated[NDArray[numpy.float64], dict(shape=(2), order='C', device='cpu', writable=False)], arg2: Annotated[NDArray[numpy.float64], dict(shape=(2), order='C', device='cpu', writable=False)], /) -> None: ...

    @property
    def mid(self) -> float: ...

    @mid.setter
    def mid(self, arg: float, /) -> None: ...

    @property
    def volatility(self) -> float: ...

    @volatility.setter
    def volatility(self, arg: float, /) -> None: ...

    @property
    def drift(self) -> float: ...

    @drift.setter
    def drift(self, arg: float, /) -> None: ...

    @property
    def reversion(self) -> float: ...

    @reversion.setter
    def reversion(self, arg: float, /) -> None: ...

    @property
    def level(self) -> float: ...

    @level.setter
    def level(self, arg: float, /) -> None: ...

    @property
    def variance_reversion(self) -> float: ...

    @variance_reversion.setter
    def variance_reversion(self, arg: float, /) -> None: ...

    @property
    def variance_noise(self) -> float: ...

    @variance_noise.setter
    def variance_noise(self, arg: float, /) -> None: ...

    @property
    def variance_correlation(self) -> float: ...

    @variance_correlation.setter
    def variance_correlation(self, arg: float, /) -> None: ...

    @property
    def jump_rate(self) -> float: ...

    @jump_rate.setter
    def jump_rate(self, arg: float, /) -> None: ...

    @property
    def jump_size(self) -> float: ...

    @jump_size.setter
    def jump_size(self, arg: float, /) -> None: ...

    @property
    def mean_lots(self) -> float: ...

    @mean_lots.setter
    def mean_lots(self, arg: float, /) -> None: ...

    @property
    def impact(self) -> float: ...

    @impact.setter
    def impact(self, arg: float, /) -> None: ...

    @property
    def impact_probability(self) -> float: ...

    @impact_probability.setter
    def impact_probability(self, arg: float, /) -> None: ...

    @property
    def spread(self) -> float: ...

    @spread.setter
    def spread(self, arg: float, /) -> None: ...

class SimulatedPolicy:
    """A book's numbers; simulated.py fills them."""

    def __init__(self) -> None: ...

    @property
    def seed(self) -> int: ...

    @seed.setter
    def seed(self, arg: int, /) -> None: ...

    @property
    def first_lane(self) -> int: ...

    @first_lane.setter
    def first_lane(self, arg: int, /) -> None: ...

    def set_times(self, arg0: int, arg1: int, arg2: int, arg3: int, /) -> None: ...

    def set_self_trade(self, arg: int, /) -> None: ...

class Saved:
    """What a market was at a moment."""

    @property
    def lanes(self) -> int: ...

class Market:
    """n lanes in lockstep over one tape, or a world each."""

    @overload
    def __init__(self, columns: Columns, config: MarketConfig) -> None: ...

    @overload
    def __init__(self, world: World, config: MarketConfig) -> None: ...

    @overload
    def __init__(self, laws: ZeroIntelligenceLaws | QueueReactiveLaws | HawkesLaws | ZeroIntelligenceScenarioLaws | QueueReactiveScenarioLaws | HawkesScenarioLaws, policy: SimulatedPolicy, together: bool, config: MarketConfig) -> None: ...

    def run(self, kernel: int, params: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], threads: int, progress: object | None = None, reads_fills: bool = True) -> None:
        """
        Run a compiled model, that reads A and k or does not, to the end of the tape.
        """

    def run_scalar(self, models: list, progress: object | None = None) -> None:
        """Run each lane's model(QuoteState) -> Quote to the end of the tape."""

    def run_batched(self, model: object, progress: object | None = None) -> None:
        """
        Run model(lanes, shared) -> (quotes, {lane: exception}) to the end of the tape.
        """

    def advance(self) -> bool:
        """To the next decision; False at the end."""

    def decide(self, quotes: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None:
        """Act on quotes of shape (n, 4)."""

    def lane_states(self) -> NDArray[numpy.float64]: ...

    def shared(self) -> NDArray[numpy.float64]: ...

    def now(self) -> int: ...

    def rows_seen(self) -> int: ...

    def state(self) -> object:
        """The first lane's QuoteState."""

    def quote(self, bid: float, ask: float, bid_size: float, ask_size: float) -> None:
        """Act on one quote, in the only lane."""

    def fills_after(self, seen: int) -> list:
        """The fills that have reached us, but the first `seen`: a tuple each."""

    def recent_trades(self, most: int) -> bytes:
        """The last trades that we have seen, as the bytes of their records."""

    def submit(self, lane: int, side: int, price: int, size: int, lifetime: int) -> int: ...

    def cancel(self, lane: int, order_id: int) -> bool: ...

    def amend(self, lane: int, order_id: int, price: int, size: int) -> bool: ...

    def orders(self, lane: int) -> list: ...

    def fills(self) -> dict: ...

    def path(self) -> dict: ...

    def mid_changes(self) -> tuple:
        """
        Where the mids were: times, mids, and which block's they are from where on.
        """

    def counters(self) -> dict: ...

    def resume(self, lane: int) -> bool: ...

    def halt(self, lane: int) -> bool: ...

    def resting(self, lane: int) -> int: ...

    def guard_state(self, lane: int) -> tuple: ...

    def guard(self) -> dict: ...

    def faults(self) -> list: ...

    def save(self) -> Saved:
        """All of its state, which later steps leave alone."""

    def restore(self, saved: Saved) -> None:
        """Go on from a state that a market of the same making had."""

class Episodes:
    """n lanes of a market, from episode to episode."""

    @overload
    def __init__(self, tape: Columns, config: MarketConfig, fields: Sequence[int]) -> None: ...

    @overload
    def __init__(self, world: World, config: MarketConfig, fields: Sequence[int]) -> None: ...

    @overload
    def __init__(self, laws: ZeroIntelligenceLaws | QueueReactiveLaws | HawkesLaws | ZeroIntelligenceScenarioLaws | QueueReactiveScenarioLaws | HawkesScenarioLaws, policy: SimulatedPolicy, together: bool, config: MarketConfig, fields: Sequence[int]) -> None: ...

    @property
    def are_apart(self) -> bool: ...

    def begin(self, seed: int) -> None:
        """All lanes at their first decisions."""

    def step(self) -> None:
        """
        Act on `quotes`, then on to the next decisions; lanes of `anew` begin instead.
        """

    def reset(self) -> None:
        """Begin the next episodes of the lanes of `anew`."""

    def columns(self) -> dict:
        """Views of what lanes read and write, by name."""

class LearningWorld:
    """n lanes of a plain world, all at once."""

    def __init__(self, world: World, inventory_limit: float, lanes: int, fields: Sequence[int]) -> None: ...

    @property
    def are_apart(self) -> bool: ...

    @staticmethod
    def can_be(world: World) -> bool: ...

    @staticmethod
    def can_show(field: int) -> bool: ...

    def begin(self, seed: int) -> None:
        """All lanes at their first decisions."""

    def step(self) -> None:
        """
        Act on `quotes`, then on to the next decisions; lanes of `anew` begin instead.
        """

    def reset(self) -> None:
        """Begin the next episodes of the lanes of `anew`."""

    def columns(self) -> dict:
        """Views of what lanes read and write, by name."""

class OrderLevels:
    """Rows about orders in, rows about levels out."""

    def __init__(self, departs: bool = False) -> None: ...

    def take_departures(self) -> NDArray[numpy.uint8]:
        """
        Who left the queues since this was last asked, (n, 40): bytes of tape_levels.DEPARTURE.
        """

    def apply(self, rows: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)]) -> tuple:
        """
        (rows, ends) of whole messages: the rows about levels, on each clock, and how many of
        them had come after each row.
        """

    @property
    def faults(self) -> dict:
        """How often rows and book disagreed on the exchange's clock, by reason."""

class OrderFeed:
    """The book of a codec's rows about orders so far."""

    def __init__(self) -> None: ...

    def follow(self, rows: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], messages: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], reduces: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], levels: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], counts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], told: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], stamps: Annotated[NDArray[numpy.uint8], dict(shape=(None, 48), order='C', device='cpu', writable=False)], whole: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple:
        """
        Apply the rows of messages, ascending, and after those of message told[i] set the
        book right by what it is told: counts[i] of the levels, best first on each side; bit
        0 of whole[i] says that the bids are all told, bit 1 the asks. Returns the rows, those
        that say by how much an order shrank made whole; the level rows that set the book
        right, with the times and flags of stamps[i]; and the message of each.
        """

def world_mids(world: World, times: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], lanes: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> object:
    """
    The mids of lanes just after times that ascend for each lane, lane by lane.
    """

def mid_at(columns: Columns, times: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> object:
    """
    The venue's mid in ticks just after each ascending time; NaN while a side is empty.
    """

def touches(columns: Columns) -> dict:
    """
    The venue's best prices and sizes after each message that changed one: equal columns
    time (ns), bid, ask (ticks), bid_size, ask_size (lots; 0: that side is empty).
    """

def level_changes(columns: Columns, memory: int) -> dict:
    """
    Each change of a level on the exchange's clock, in order: equal columns message, side,
    price (ticks), before, after (lots), cause (0 told, 1 limit, 2 market, 3 cancel); and of
    each message that changed one: time (ns), bid, ask after it (ticks; -2**31 and
    2**31 - 1: none). Prints wait `memory` ns for their levels; 0: in their instant.
    """
