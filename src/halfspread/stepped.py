"""Stepped: one lane of the core in a person's or a strategy's hands, decision by decision.

for state in market:
    market.quote(state.mid - 3, state.mid + 3)
run = market.result()
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run
from halfspread.event import Side
from halfspread.life_cycle import TRADE, Fill, Order
from halfspread.policy import LARGEST_LOTS, LARGEST_TICKS, one_of, whole
from halfspread.quote import QuoteState
from halfspread.signal_policy import SignalPolicy

LIFETIMES = ("post_only", "good_till_cancel", "immediate", "fill_or_kill", "market")
ORDER_STATES = ("none", "sent", "live", "cancelling", "amending")
REPORTS = 200
"""How often a whole tape's progress is told."""


class Stepped(ABC):
    """A market of one lane that is stepped. It has the face of `life_cycle.Market`."""

    signals: SignalPolicy
    _stepper: Any = None
    _state: QuoteState | None = None
    _report: Callable[[int], None] | None = None
    _next_report: int = 0

    @abstractmethod
    def _core_market(self, n: int) -> Any:
        """A market of n lanes, at its beginning."""

    @abstractmethod
    def _report_to(self) -> Callable[[int], None] | None:
        """Who is told how many rows have passed."""

    @abstractmethod
    def _result(self, market: Any, by: Any) -> Run:
        """What came out of a core market, by a model or in words."""

    @property
    @abstractmethod
    def _rows(self) -> int:
        """How many rows there are to pass."""

    def begin(self) -> None:
        """Begin anew, in one lane, at the time before the first decision."""
        self._stepper = self._core_market(1)
        self._stepper.now()  # lanes are made when they are first asked
        self._state, self._report, self._next_report = None, self._report_to(), 0

    def step(self) -> QuoteState | None:
        """To the next decision, and what it sees; None at the end."""
        stepper = self._stepping()
        more = stepper.advance()
        state: QuoteState = stepper.state()
        self._state = state
        if self._report is not None and (seen := stepper.rows_seen()) >= self._next_report:
            self._next_report = seen + self._rows // REPORTS + 1
            self._report(seen)
        return state if more else None

    def __iter__(self) -> Iterator[QuoteState]:
        """Step from decision to decision, in one lane; act by quote, submit, cancel and amend."""
        self.begin()
        while (state := self.step()) is not None:
            yield state

    def quote(self, bid: float, ask: float, bid_size: float = 1.0, ask_size: float = 1.0) -> None:
        """Want these quotes, in float ticks and lots; a side of size 0 is pulled."""
        self._stepping().quote(bid, ask, bid_size, ask_size)

    def submit(
        self, side: Side | int, price: int, size: int, lifetime: str = "post_only"
    ) -> int | None:
        """Send an order by hand, in ticks and lots. None if the limit or the budget refuses it.

        Args:
            side: Side.bid buys, Side.ask sells.
            lifetime: post_only, good_till_cancel, immediate, fill_or_kill, market (at any price).
        """
        if side not in (1, -1):
            raise ConfigError(f"submit: side must be Side.bid or Side.ask, was {side!r}")
        place = one_of("submit: lifetime", lifetime, LIFETIMES)
        price = whole("submit: price", price, -LARGEST_TICKS, LARGEST_TICKS)
        size = whole("submit: size", size, 1, LARGEST_LOTS)
        order_id: int = self._stepping().submit(0, int(side), price, size, place)
        return order_id or None

    def cancel(self, order_id: int) -> bool:
        """Ask for an order's end. False if it is not live, or the budget refuses."""
        done: bool = self._stepping().cancel(0, whole("cancel: order_id", order_id, 0))
        return done

    def amend(self, order_id: int, price: int, size: int) -> bool:
        """Ask for another price and another size still to fill. False if refused, as `cancel`."""
        price = whole("amend: price", price, -LARGEST_TICKS, LARGEST_TICKS)
        size = whole("amend: size", size, 1, LARGEST_LOTS)
        order_id = whole("amend: order_id", order_id, 0)
        done: bool = self._stepping().amend(0, order_id, price, size)
        return done

    @property
    def now(self) -> int:
        """The time, in nanoseconds since 1970 UTC, on our clock."""
        now: int = self._stepping().now()
        return now

    @property
    def state(self) -> QuoteState:
        """What the last decision saw; after the end, what stands then."""
        self._stepping()
        if self._state is None:
            raise ConfigError("the market has no state before its first tick")
        return self._state

    @property
    def inventory(self) -> int:
        """Lots, long > 0."""
        self._stepping()
        return 0 if self._state is None else int(self._state.inventory)

    def open_orders(self) -> list[Order]:
        """Our orders that may still fill."""
        rows = self._stepping().orders(0)
        return [Order(**{**row, "state": ORDER_STATES[row["state"]]}) for row in rows]

    def orders_at_venue(self) -> int:
        """How many orders of ours the venue holds now, by its own books: we don't know that yet."""
        held: int = self._stepping().resting(0)
        return held

    def fills_after(self, seen: int) -> list[Fill]:
        """Our fills that have reached us, in that order, but the first `seen`."""
        rows = self._stepping().fills_after(seen)
        return [Fill(*row) for row in rows] if rows else []

    def recent_trades(self, n: int | None = None) -> NDArray[Any]:
        """The last n public trades that we have seen, the oldest first; fewer if there were fewer.

        SignalPolicy(recent_trades=...) says how many are kept. Fields: local_time (ns, when it
        reached us), price (ticks), size (lots), aggressor (+1 a buyer, -1 a seller, 0 unknown).
        """
        kept = self.signals.recent_trades
        if kept == 0:
            raise ConfigError("recent_trades: SignalPolicy(recent_trades=...) keeps none")
        most = kept if n is None else whole("recent_trades: n", n, 1, kept)
        return np.frombuffer(self._stepping().recent_trades(most), TRADE)

    @property
    def guard_state(self) -> tuple[str, str, str]:
        """The guard's state, its stage of flattening, and the reason of its last change."""
        found: tuple[str, str, str] = self._stepping().guard_state(0)
        return found

    def halt(self) -> bool:
        """The kill switch: every order is pulled, and until `resume` none is sent.

        When the venue has said of each order that it is gone, the guard's reason is "pulled". False
        if it was halted.

        Errors:
            ConfigError: the market has no guard.
        """
        stepper = self._stepping()
        if not self.guard_state[0]:
            raise ConfigError(
                "halt: the market has no guard; GuardPolicy() is one, and watches nothing"
            )
        done: bool = stepper.halt(0)
        return done

    def resume(self) -> bool:
        """Let a halted guard quote again, losses counted from here. False if it was not halted."""
        done: bool = self._stepping().resume(0)
        return done

    def result(self, by: str = "by hand") -> Run:
        """What came out of the steps taken so far; `by` names who took them."""
        return self._result(self._stepping(), by)

    def _stepping(self) -> Any:
        if self._stepper is None:
            raise ConfigError("step the market first: for state in market: ...")
        return self._stepper
