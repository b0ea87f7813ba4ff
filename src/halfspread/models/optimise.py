"""Optimise: inventory control by a linear programme, solved again when the market has moved."""

from __future__ import annotations

from math import inf, isfinite, isnan
from time import perf_counter
from typing import NamedTuple

from halfspread.errors import ConfigError
from halfspread.models.linear_programme import OPTIMAL, Programme, Side
from halfspread.parameter import is_finite
from halfspread.quote import Quote, QuoteState

RANGES = {
    "limit": (1, 1e9, "lots"),
    "size": (1, 1e9, "lots"),
    "target": (-1e9, 1e9, "lots"),
    "horizon_s": (1e-3, 86_400, "seconds"),
    "inventory_cost": (0, 1e6, "ticks a lot"),
    "risk_aversion": (0, 1e3, "per tick and lot"),
    "volatility_spread": (0, 1e3, "root seconds"),
    "waiting_spread": (0, 1e6, "ticks per second"),
    "thin_book_spread": (0, 1e6, "ticks"),
    "move_ticks": (1e-3, 1e6, "ticks"),
    "shortest_s": (0, 86_400, "seconds"),
    "longest_s": (1e-3, 86_400, "seconds"),
    "iteration_limit": (0, 1e6, "iterations"),
}
"""The least and the most that each parameter may be, and its unit."""


class Solve(NamedTuple):
    """One call of the solver."""

    time_s: float
    """the state's time"""
    status: str
    """the solver's word: "Optimal" is the only good one"""
    iterations: int
    marginal_value: float
    """ticks that one more lot would be worth, the programme's dual: < 0 when long"""
    bid_depth: float
    """ticks below the mid"""
    ask_depth: float
    """ticks above the mid"""
    bought: float
    """lots that the bid is expected to buy by the horizon"""
    sold: float
    """lots that the ask is expected to sell by the horizon"""
    duration_s: float
    """what it took; a clock's number, which is in no result"""


class InventoryControl:
    """A model that finds both depths at once, by a linear programme, and remembers them meanwhile.

    It maximises, over the expected lots bought and sold by the horizon,

    profit = sum over sides of lots * (depth - base) - a |x| - b s^2 h x^2 / 2
    lots = h D A exp(-k depth),   x = inventory + bought - sold - target
    base = c_v s + c_w / A + c_t D / (D + book),   book = (bid_size + ask_size) / 2

    with a the inventory cost, b the risk aversion, s the volatility, h the horizon, D the size, A
    and k of each side, and c the three spreads: wider when volatile, when fills are rare, and when
    the book at the touch is thin. A side's profit is concave in its lots and the cost convex in
    x, so straight pieces of both make an honest linear programme: they fill in their order. Its
    dual v is what one more lot would be worth, and at that price each side has a best depth alone:

    bid depth = greatest(0, 1/k + base - v),   ask depth = greatest(0, 1/k + base + v)

    Flat, v = 0; long, v < 0 and both quotes are lower. v comes in steps of at most
    (6/k + base) / 23 ticks, finer where the costs are lower than that. A side that could pass the
    limit is cut to its room, or not quoted.

    A solver's object is kept and its numbers changed, so a solve starts from the last one's basis.
    It is solved again when inventory has changed, and after the time in which the volatility, an
    exponentially weighted mean, makes a move of `move_ticks`: (move_ticks/s)^2 seconds, within
    [shortest_s, longest_s]. Between solves the depths follow the mid. A solve that fails pulls both
    quotes and is tried again at the next decision: nothing stale is left. Neither is anything
    quoted while the mid, s, A or k is not known.

    It is plain Python and of one lane: `Replay(...).run(InventoryControl(limit=10))`. A run whose
    time starts again begins anew, with no basis, so a run gives the same quotes each time.

    Args:
        limit: lots, >= 1: no side takes |inventory| past it.
        size: D, lots, >= 1.
        target: lots, the inventory at which nothing is to be paid.
        horizon_s: h, seconds.
        inventory_cost: a, ticks a lot: what it costs to be rid of a lot at the end.
        risk_aversion: b, per tick and lot.
        volatility_spread: c_v, root seconds.
        waiting_spread: c_w, ticks for each second of 1/A.
        thin_book_spread: c_t, ticks when the book is empty.
        move_ticks: ticks of movement that are worth a new solve.
        shortest_s: seconds between solves, at least, unless inventory changes.
        longest_s: seconds between solves, at most.
        iteration_limit: the solver gives up after so many; 0 makes each solve fail.
    Errors:
        ConfigError: a parameter is out of its range in RANGES, or highspy is not installed.
    Source:
        A control by linear programming that circulates with a cost of alpha (inventory) and beta
        (price) and a base spread of gamma (volatility), delta (liquidity) and zeta (depth), mended:
        a fill model gives the programme an inside, the price risk is that of inventory and not of a
        quote's distance, signs are stated, and a failed solve pulls quotes. The concave profit is
        that of O. Guéant, "Optimal market making", Applied Mathematical Finance 24(2), 2017.
    """

    def __init__(
        self,
        limit: float,
        *,
        size: float = 1.0,
        target: float = 0.0,
        horizon_s: float = 10.0,
        inventory_cost: float = 0.5,
        risk_aversion: float = 0.01,
        volatility_spread: float = 0.0,
        waiting_spread: float = 0.0,
        thin_book_spread: float = 0.0,
        move_ticks: float = 1.0,
        shortest_s: float = 0.1,
        longest_s: float = 10.0,
        iteration_limit: int = 1000,
    ) -> None:
        values = {name: value for name, value in locals().items() if name in RANGES}
        for name, value in values.items():
            low, high, unit = RANGES[name]
            if not (is_finite(value) and low <= value <= high):
                raise ConfigError(
                    f"InventoryControl: {name} must be in {low:g} to {high:g} {unit}, was {value!r}"
                )
        if shortest_s > longest_s:
            raise ConfigError(
                f"InventoryControl: shortest_s must be <= longest_s, was {shortest_s!r}"
            )
        self.limit, self.size, self.target, self.horizon_s = limit, size, target, horizon_s
        self.inventory_cost, self.risk_aversion = inventory_cost, risk_aversion
        self.volatility_spread, self.waiting_spread = volatility_spread, waiting_spread
        self.thin_book_spread = thin_book_spread
        self.move_ticks, self.shortest_s, self.longest_s = move_ticks, shortest_s, longest_s
        self.solves: list[Solve] = []
        """Every solve of the run so far."""
        self._text = ", ".join(f"{name}={value!r}" for name, value in values.items())
        self._programme = Programme(limit, int(iteration_limit))
        self._solved_inventory = self._solve_at = self._time = inf

    def __repr__(self) -> str:
        return f"InventoryControl({self._text})"

    def __call__(self, state: QuoteState) -> Quote:
        """The quote for a state of floats; solves first where that is due."""
        if state.time < self._time:
            self._programme.forget()
            self.solves = []
        self._time = state.time
        nothing = Quote(state.mid, state.mid, 0.0, 0.0)
        sides = self._sides(state)
        known = state.mid + state.volatility + sum(side.most * side.decay for side in sides)
        if not isfinite(known):
            return nothing
        failed = not self.solves or self.solves[-1].status != OPTIMAL
        moved = state.inventory != self._solved_inventory or state.time >= self._solve_at
        if failed or moved:
            self.solves.append(self._solve(state, sides))
        last = self.solves[-1]
        if last.status != OPTIMAL:
            return nothing
        return Quote(
            state.mid - last.bid_depth,
            state.mid + last.ask_depth,
            max(min(self.size, self.limit - state.inventory), 0.0),
            max(min(self.size, self.limit + state.inventory), 0.0),
        )

    def base_half_spread(self, state: QuoteState, intensity: float) -> float:
        """What a fill must bring, in ticks, before it is worth anything."""
        book = (state.bid_size + state.ask_size) / 2
        waiting_s = 1 / intensity if intensity > 0 else inf
        spread = self.volatility_spread * state.volatility
        if self.waiting_spread > 0:
            spread += self.waiting_spread * waiting_s
        if self.thin_book_spread > 0:
            spread += self.thin_book_spread * self.size / (self.size + book)
        return spread

    def wait_s(self, volatility: float) -> float:
        """Seconds until the next solve at this volatility, ticks per root second."""
        wait = (self.move_ticks / volatility) ** 2 if volatility > 0 else inf
        return min(max(wait, self.shortest_s), self.longest_s)

    def _sides(self, state: QuoteState) -> tuple[Side, Side]:
        """Bid and ask: each side's own A and k or, while they are not known, those of both."""
        bid_rate, bid_decay = state.bid_fill_intensity, state.bid_fill_decay
        if isnan(bid_rate + bid_decay):
            bid_rate, bid_decay = state.fill_intensity, state.fill_decay
        ask_rate, ask_decay = state.ask_fill_intensity, state.ask_fill_decay
        if isnan(ask_rate + ask_decay):
            ask_rate, ask_decay = state.fill_intensity, state.fill_decay
        lots = self.size * self.horizon_s
        return (
            Side(bid_rate * lots, bid_decay, self.base_half_spread(state, bid_rate)),
            Side(ask_rate * lots, ask_decay, self.base_half_spread(state, ask_rate)),
        )

    def _solve(self, state: QuoteState, sides: tuple[Side, Side]) -> Solve:
        """Solve now, and say when to do it again."""
        start = perf_counter()
        curvature = self.risk_aversion * state.volatility**2 * self.horizon_s
        status, iterations, value = self._programme.solve(
            sides, self.inventory_cost, curvature, state.inventory - self.target
        )
        self._solved_inventory = state.inventory
        self._solve_at = state.time + self.wait_s(state.volatility)
        bid, ask = sides
        bid_depth, ask_depth = bid.depth(value), ask.depth(-value)
        return Solve(
            time_s=state.time,
            status=status,
            iterations=iterations,
            marginal_value=value,
            bid_depth=bid_depth,
            ask_depth=ask_depth,
            bought=bid.lots(bid_depth),
            sold=ask.lots(ask_depth),
            duration_s=perf_counter() - start,
        )
