"""Life cycle: start, tick, fill, stop; one strategy for every market that has the common face.

class Calm:
    def on_tick(self, market, state):
        market.quote(state.mid - 3, state.mid + 3)

run = hs.backtest(Calm(), hs.Replay(tape, latency_ms=5), decide_every="100ms")

A backtest drives it here; a simulated, a paper and a live market drive the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run
from halfspread.event import Side
from halfspread.moment import moment_text
from halfspread.quote import QuoteState

TRADE = np.dtype(
    {
        "names": ["local_time", "size", "price", "aggressor"],
        "formats": [np.int64, np.int64, np.int32, np.int8],
        "offsets": [0, 8, 16, 20],
        "itemsize": 24,
    }
)
"""A public trade: when it reached us (ns), lots, ticks, and +1 for a buyer, -1 a seller, 0 unknown.
The core's records have this layout."""

METHODS = ("on_start", "on_tick", "on_fill", "on_stop")


@dataclass(frozen=True)
class Order:
    """One of our orders as the desk knows it, in ticks and lots."""

    order_id: int
    side: int
    price: int
    leaves: int
    state: str


class Fill(NamedTuple):
    """One of our fills, as the venue's message tells it: ns, ticks and lots."""

    local_time: int
    """when it reached us"""
    exchange_time: int
    """when it happened"""
    side: int
    """+1: we bought; -1: we sold"""
    price: int
    size: int
    maker: bool
    fee: float
    """money, paid > 0"""
    order_id: int


class Market(Protocol):
    """The common face: all that a strategy may use, whatever the market is.

    Time is the market's: `now`, in nanoseconds since 1970 UTC on our clock, or the state's seconds
    since the run began. A strategy that asks the machine for the time is right in no market but a
    live one.
    """

    @property
    def now(self) -> int:
        """The time, in nanoseconds since 1970 UTC, on our clock."""

    @property
    def state(self) -> QuoteState:
        """What the last tick saw. Before the first there is none: ConfigError."""

    @property
    def inventory(self) -> int:
        """Lots, long > 0."""

    def quote(self, bid: float, ask: float, bid_size: float = 1.0, ask_size: float = 1.0) -> None:
        """Want these quotes, in float ticks and lots; a side of size 0 is pulled."""

    def submit(
        self, side: Side | int, price: int, size: int, lifetime: str = "post_only"
    ) -> int | None:
        """Send an order by hand, in ticks and lots. None if the limit or the budget refuses it."""

    def cancel(self, order_id: int) -> bool:
        """Ask for an order's end. False if it is not live, or the budget refuses."""

    def amend(self, order_id: int, price: int, size: int) -> bool:
        """Ask for another price and another size still to fill. False if refused, as `cancel`."""

    def open_orders(self) -> list[Order]:
        """Our orders that may still fill."""

    def recent_trades(self, n: int | None = None) -> NDArray[Any]:
        """The last n public trades that we have seen, of dtype TRADE, the oldest first."""

    @property
    def guard_state(self) -> tuple[str, str, str]:
        """The guard's state, its stage of flattening, and the reason of its last change."""

    def halt(self) -> bool:
        """The kill switch: all orders are pulled, none is sent any more. False if it was halted."""


class DrivenMarket(Market, Protocol):
    """A market that `drive` can take through a strategy's life."""

    def begin(self) -> None:
        """Begin, at the time before the first tick."""

    def step(self) -> QuoteState | None:
        """To the next tick, and what it sees; None at the end, when all under way has arrived."""

    def fills_after(self, seen: int) -> Sequence[Fill]:
        """The fills that have reached us, in that order, but the first `seen`."""

    def result(self, by: str = "by hand") -> Run:
        """What came out so far."""


class Strategy(Protocol):
    """What decides, with a memory of its own. Every method may be left out.

    Any object with one of these methods is a strategy; a class that inherits from this one has
    those that it leaves out, which do nothing.
    """

    def on_start(self, market: Market) -> None:
        """Once, before the first tick. The market has its time; it has no state yet."""
        return

    def on_tick(self, market: Market, state: QuoteState) -> None:
        """At each decision of the market's schedule. Quotes stand until others are wanted."""
        return

    def on_fill(self, market: Market, fill: Fill) -> None:
        """Each fill once, in the order in which they reach us, before the tick that sees it."""
        return

    def on_stop(self, market: Market, run: Run) -> None:
        """Once, after the last tick or an error, with the run so far. No ask arrives any more."""
        return


def is_strategy(found: object) -> bool:
    """Whether it has a method of a Strategy.

    Errors:
        ConfigError: it is a class and not an object, or has an `on_` method that nothing calls.
    """
    if not any(callable(getattr(found, name, None)) for name in METHODS):
        return False
    if isinstance(found, type):
        raise ConfigError(f"strategy must be an object, was the class {found.__name__}")
    for name in dir(found):
        if name.startswith("on_") and name not in METHODS and callable(getattr(found, name)):
            owner = type(found).__name__
            raise ConfigError(f"strategy: {owner}.{name} is none of {', '.join(METHODS)}")
    return True


def drive(strategy: Strategy | object, market: DrivenMarket) -> Run:
    """Take a strategy through its life in a market: start, ticks and fills, stop.

    `on_start` comes once, before the first tick. At each tick, `on_fill` comes for each fill that
    has reached us since the last one, in that order, then `on_tick` with a state whose inventory
    holds them. What is under way at the end still arrives: its fills are told, at their own later
    times, before the stop. `on_stop` comes once.

    If a method raises, `on_stop` comes all the same, with the run so far, and the error is raised
    again: it has a note that names the method, the time and the state, and the run so far as its
    attribute `run`.

    Args:
        strategy: an object with one or more of the methods of Strategy.
        market: a market of one lane; a Replay is one.

    Returns:
        the market's result.
    """
    if not is_strategy(strategy):
        raise ConfigError(f"strategy must have one of {', '.join(METHODS)}, was {strategy!r}")
    on_tick, on_fill = _method(strategy, "on_tick"), _method(strategy, "on_fill")
    market.begin()
    method, seen, state = "on_start", 0, None
    try:
        _method(strategy, "on_start")(market)
        while True:
            method = "the market"
            state = market.step()
            method = "on_fill"
            for fill in market.fills_after(seen):
                seen += 1
                on_fill(market, fill)
            if state is None:
                break
            method = "on_tick"
            on_tick(market, state)
    except BaseException as error:
        run = market.result(_words(strategy))
        _note(error, method, market, state, run)
        try:
            _method(strategy, "on_stop")(market, run)
        except Exception as other:
            error.add_note(f"on_stop then raised {other!r}")
        raise
    run = market.result(_words(strategy))
    try:
        _method(strategy, "on_stop")(market, run)
    except BaseException as error:
        _note(error, "on_stop", market, state, run)
        raise
    return run


def _method(strategy: object, name: str) -> Callable[..., None]:
    return getattr(strategy, name, None) or _nothing


def _nothing(*_: object) -> None:
    """What a method that was left out does."""


def _words(strategy: object) -> str:
    """Its repr, or where that would be an address in memory its class's name."""
    plain = type(strategy).__repr__ is object.__repr__
    return f"strategy {type(strategy).__name__ if plain else repr(strategy)}"


def _note(
    error: BaseException, method: str, market: Market, state: QuoteState | None, run: Run
) -> None:
    """Write into an error where the strategy's life was, and hang the run so far on it."""
    error.add_note(f"in {method} at {moment_text(market.now)}Z, the state: {state}")
    error.run = run  # type: ignore[attr-defined]
