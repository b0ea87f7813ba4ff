"""Liquidate: bring a position home by a deadline, in a market that is stepped by hand."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from halfspread.errors import ConfigError
from halfspread.event import Flag, Kind, Side
from halfspread.inventory.schedule import AlmgrenChriss
from halfspread.quote import QuoteState

if TYPE_CHECKING:
    from halfspread.tape import Tape


@dataclass(frozen=True)
class Progress:
    """How far a liquidation has come. Prices in ticks, NaN while there is none.

    Args:
        seconds: since it began.
        seconds_left: until the deadline, < 0 past it.
        inventory: lots that are left, signed.
        planned: lots that the schedule would have left, signed.
        behind: lots by which more is left than planned; < 0 ahead of it.
        traded: lots that were brought home.
        takes: orders that took.
        price: the mean price of our fills that brought it home, by size, before fees.
        arrival: the mid when it began.
        twap: the time-weighted mean of the market's mid since then.
        vwap: the volume-weighted mean price of the public trades since then, as they reached us.
        slippage: ticks a lot by which our price is worse than the vwap; < 0 is better.
    """

    seconds: float
    seconds_left: float
    inventory: int
    planned: float
    behind: float
    traded: int
    takes: int
    price: float
    arrival: float
    twap: float
    vwap: float
    slippage: float


class Liquidation:
    """Follows a schedule: each slice passive first, then aggressive; flat by the deadline.

    A slice is offered at our own touch while its time lasts; what of it is left then is taken at
    the opposite touch by immediate orders. The schedule is pressed into the time before the
    deadline less `reserve_s`; what is left in the reserve is taken, and in its second half by
    market orders. One order is under way at a time, and never more than the position: however
    late an answer comes, the position can't change its sign by an order of ours.

    Lots are whole and plans are not: a lot that is planned in part is offered meanwhile, and taken
    in the reserve. Past the deadline, what the market had no size for is taken as soon as it has,
    by market orders; it is not done before nothing is held.

    Args:
        market: a Replay that is being stepped. Pull other orders first: they are not counted, and
            what they leave beyond 0 is taken back at once.
        schedule: in lots, seconds and ticks; its inventory is the position at the first step,
            sign and size, to the nearest lot.
        reserve_s: seconds before the deadline, > 0 and less than the schedule's horizon.
        take_every_s: the least time between two orders that take, >= 0.
    Errors:
        ConfigError: an argument is out of its range.
    """

    def __init__(
        self,
        market: Any,
        schedule: AlmgrenChriss,
        reserve_s: float = 5.0,
        take_every_s: float = 0.5,
    ) -> None:
        if not 0 < reserve_s < schedule.horizon:
            rule = f"> 0 and < the horizon of {schedule.horizon:g} s"
            raise ConfigError(f"liquidation: reserve_s must be {rule}, was {reserve_s!r}")
        if not (isfinite(take_every_s) and take_every_s >= 0):
            raise ConfigError(f"liquidation: take_every_s must be >= 0, was {take_every_s!r}")
        self.market = market
        self.schedule = schedule
        self.reserve_s = reserve_s
        self.take_every_s = take_every_s
        self.takes = 0
        self._start = nan
        self._next_take = 0.0
        self._order: int | None = None
        self._state: QuoteState | None = None
        self._arrival = self._last_mid = nan
        self._mid_time = self._mid_seconds = 0.0
        self._prints = _Prints(market.tape)
        self._fills_before = 0

    def step(self, state: QuoteState) -> bool:
        """Do what is due at this decision. True once nothing is held and no order is under way.

        Errors:
            ConfigError: at the first step, the position is not the schedule's inventory.
        """
        if self._state is None:
            self._begin(state)
        self._watch(state)
        order = self._own_order()
        left = abs(int(state.inventory))
        side = Side.ask if state.inventory > 0 else Side.bid
        if left == 0 or (order is not None and order.side != side):
            if order is not None:
                self.market.cancel(order.order_id)
            return left == 0 and order is None
        beyond = state.inventory * self.schedule.inventory < 0
        if beyond or self.seconds >= self.schedule.horizon - self.reserve_s:
            self._take(order, side, left, state)
            return False
        behind = left - self._most_left()
        if behind > 0:
            self._take(order, side, behind, state)
        else:
            self._offer(order, side, left - self._least_left(), state)
        return False

    @property
    def seconds(self) -> float:
        """The time since it began."""
        return 0.0 if self._state is None else self._state.time - self._start

    def progress(self) -> Progress:
        """How far it has come, at the last step."""
        if self._state is None:
            raise ConfigError("liquidation: step it before asking for its progress")
        inventory = int(self._state.inventory)
        planned = self.schedule.holding(self._scheduled_time(self.seconds))
        sign = 1 if self.schedule.inventory > 0 else -1
        known = self._mid_seconds > 0
        price, vwap = self._price(-sign), self._prints.mean(self.market.now)
        return Progress(
            seconds=self.seconds,
            seconds_left=self.schedule.horizon - self.seconds,
            inventory=inventory,
            planned=planned,
            behind=abs(inventory) - abs(planned),
            traded=round(abs(self.schedule.inventory)) - sign * inventory,
            takes=self.takes,
            price=price,
            arrival=self._arrival,
            twap=self._mid_time / self._mid_seconds if known else self._last_mid,
            vwap=vwap,
            slippage=sign * (vwap - price),
        )

    def _price(self, side: int) -> float:
        """The mean price of our fills of that side since it began; NaN if there was none."""
        fills = self.market.fills_after(self._fills_before)
        ours = [(fill.size, fill.price) for fill in fills if fill.side == side]
        lots = sum(size for size, _ in ours)
        return sum(size * price for size, price in ours) / lots if lots else nan

    def _scheduled_time(self, seconds: float) -> float:
        """Where the schedule stands, pressed into the time before the reserve."""
        return seconds * self.schedule.horizon / (self.schedule.horizon - self.reserve_s)

    def _most_left(self) -> int:
        """Lots that may be left, none of them behind: as planned at the schedule's last node."""
        return ceil(self._planned_at(self._node()) - 1e-9)

    def _least_left(self) -> int:
        """Lots that are not offered yet: as planned at its next node."""
        return floor(self._planned_at(self._node() + 1) + 1e-9)

    def _node(self) -> int:
        return int(self._scheduled_time(self.seconds) / self.schedule.step + 1e-9)

    def _planned_at(self, node: int) -> float:
        return abs(self.schedule.holding(node * self.schedule.step))

    def _begin(self, state: QuoteState) -> None:
        """Start the clocks, with a position that is the schedule's."""
        planned, held = self.schedule.inventory, int(state.inventory)
        if round(planned) != held:
            raise ConfigError(
                f"liquidation: schedule's inventory must be the position of {held} lots, "
                f"was {planned!r}"
            )
        self._start, self._arrival = state.time, state.mid
        self._prints.start(self.market.now)
        self._fills_before = len(self.market.fills_after(0))

    def _watch(self, state: QuoteState) -> None:
        if self._state is not None and not np.isnan(self._last_mid):
            passed = state.time - self._state.time
            self._mid_time += self._last_mid * passed
            self._mid_seconds += passed
        if not np.isnan(state.mid):
            self._last_mid = state.mid
        self._state = state

    def _own_order(self) -> Any:
        """Our order as the desk knows it; None when it is gone."""
        if self._order is None:
            return None
        for order in self.market.open_orders():
            if order.order_id == self._order:
                return order
        self._order = None
        return None

    def _offer(self, order: Any, side: Side, lots: int, state: QuoteState) -> None:
        """Rest `lots` at our own touch, if nothing is under way yet."""
        price = state.ask if side == Side.ask else state.bid
        if order is not None:
            if order.price != price or order.leaves > lots:
                self.market.cancel(order.order_id)
        elif lots > 0 and not np.isnan(price):
            self._order = self.market.submit(side, int(price), lots)

    def _take(self, order: Any, side: Side, lots: int, state: QuoteState) -> None:
        """Take `lots` at the opposite touch, once what rests is out of the way."""
        if order is not None:
            self.market.cancel(order.order_id)
            return
        if state.time < self._next_take:
            return
        price = state.bid if side == Side.ask else state.ask
        last_half = self.seconds >= self.schedule.horizon - self.reserve_s / 2
        if np.isnan(price) and not last_half:
            return
        limit = 0 if np.isnan(price) else int(price)
        lifetime = "market" if last_half else "immediate"
        self._order = self.market.submit(side, limit, lots, lifetime)
        if self._order is not None:
            self.takes += 1
            self._next_take = state.time + self.take_every_s


class _Prints:
    """The public trades of a tape as they reach us, and their mean price up to a time."""

    def __init__(self, tape: Tape) -> None:
        columns = tape.columns
        wanted = (columns["kind"] == Kind.trade) & (columns["flags"] & Flag.at_local > 0)
        rows = np.flatnonzero(wanted)
        self._times = columns["exchange_time"][rows] + columns["delay_ns"][rows]
        sizes = columns["size_lots"][rows].astype(np.float64)
        self._size = np.append(0.0, np.cumsum(sizes))
        self._value = np.append(0.0, np.cumsum(sizes * columns["price_ticks"][rows]))
        self._first = 0

    def start(self, now: int) -> None:
        """Forget the trades up to now."""
        self._first = int(np.searchsorted(self._times, now, side="right"))

    def mean(self, now: int) -> float:
        """The volume-weighted mean price in ticks; NaN if there was no trade."""
        last = int(np.searchsorted(self._times, now, side="right"))
        size = self._size[last] - self._size[self._first]
        return float((self._value[last] - self._value[self._first]) / size) if size > 0 else nan
