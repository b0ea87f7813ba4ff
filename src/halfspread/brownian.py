"""Brownian: the models' own world: a made-up mid, and orders that come at a rate by distance.

run = backtest(model, Brownian(horizon="10m", volatility=2, fill_intensity=1, fill_decay=0.3))

Each lane has a market of its own: lane i is the same whatever the number of lanes or threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.duration import duration_ns, duration_text, some_duration_ns
from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run
from halfspread.guard import GuardPolicy
from halfspread.instrument import Instrument
from halfspread.made_up import MadeUp, numbered
from halfspread.plain_model import Model
from halfspread.policy import Fees, Latency, OrderPolicy, one_of
from halfspread.signal_policy import SignalPolicy

FILLS = ("exact", "discrete", "linear")
BEGIN = 1_704_067_200_000_000_000
"""2024-01-01 00:00 UTC, in ns: when every world begins."""
LARGEST_MID = 1e9  # ticks; the core's mid goes no farther
MOST_ORDERS_A_SECOND = 1e8
LEAST_SPREAD = 1e-9
NOT_NEGATIVE = (
    "volatility",
    "mean_reversion",
    "jump_rate",
    "jump_size",
    "impact",
    "variance_reversion",
    "variance_noise",
)
DEPTH_SIGNALS = ("depth_levels", "round_trip_lots", "order_flow_half_life")
"""What needs a book."""


def _of_made_up() -> Instrument:
    return Instrument("BROWNIAN", tick="0.01", lot="1")


@dataclass
class Brownian(MadeUp):
    """The world of the papers: a diffusing mid, and quotes that fill at the rate A exp(-k d).

    d(mid) = drift dt + mean_reversion (level - mid) dt + volatility sqrt(w) dW + jumps + impacts
    dw     = variance_reversion (1 - w) dt + variance_noise sqrt(w) dW'

    The mid is a real number, which states have as it is; it moves on a grid of `time_step`, by
    jumps at their own times, and by the impact of orders. Orders of the public come on each side by
    a Poisson process; one reaches all our quotes up to a distance, so that a quote at the distance
    d from the mid is met at the rate fill_intensity * exp(-fill_decay * d) a second. There is no
    queue. docs/worlds.md says what is unreal about it.

    Args:
        horizon: how long it goes on, a whole number of steps.
        volatility: ticks per root second, >= 0.
        fill_intensity: A, orders a second that come on each side, >= 0: one number, or (of those
            that fill bids, of those that fill asks).
        fill_decay: k, per tick, > 0: one number, or two as above.
        fills: "exact": orders at exact times; a quote beyond the mid is met at the rate A.
            "discrete": at most one order a side and step, at the end of the step h, by the chance
            1 - exp(-A exp(-k d) h). "linear": by the chance min(1, A exp(-k d) h), as in the
            papers' tables. In these two, A exp(-k d) also holds beyond the mid.
        drift: ticks a second.
        mean_reversion: a second, >= 0: of the mid towards
        level: in ticks; None: where the mid begins.
        jump_rate: jumps a second, >= 0, normal with the standard deviation
        jump_size: in ticks, >= 0.
        variance_reversion: a second, >= 0, of the variance's multiple w to 1, where it begins
            (Heston; the Feller condition is 2 variance_reversion >= variance_noise^2).
        variance_noise: per root second, >= 0.
        variance_correlation: of its Brownian motion with the mid's, in [-1, 1].
        trade_lots: mean size of an order, >= 1: geometric on 1, 2 ... What our best quote leaves
            of it goes on to our next.
        impact: ticks by which an order then moves the mid its way, >= 0, by the chance of
        impact_probability: in [0, 1].
        spread: ticks, > 0, of a touch that stands around the mid, rounded outwards: any size can
            be taken there, and post-only quotes don't cross it. None: no touch; quotes may stand
            anywhere, also beyond the mid as in the papers, and orders that take expire.
        mid: where it begins, in ticks.
        instrument: what is traded. The mid's own digits are lost where a tick is coarse: quotes are
            whole ticks, and inventory is valued at half ticks.
        time_step: of the mid's grid, and of fills that are not exact; None: decide_every.
        lanes: of a model that has one lane, each with a market of its own. A model of n lanes has
            n of them anyway.
        first_lane: the number of the first, so that many lanes can be run in parts.
        seed: >= 0; another seed is another set of markets.
        latency_ms, latency: as Replay's. What the market does, we see at once.
        fees: a Fees; without it the instrument's maker and taker rates.
        orders, signals, guard, threads, progress: as Replay's. Guards need a spread.
        decide_every: the time between decisions, the first at the begin.
    Errors:
        ConfigError: a parameter out of its range; a signal that needs a book, a guard a touch.
    Source:
        M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative
        Finance 8(3), 2008; S. Heston, "A closed-form solution for options with stochastic
        volatility", Review of Financial Studies 6(2), 1993.

    >>> from halfspread.models import fixed_spread
    >>> world = Brownian("1m", volatility=2, fill_intensity=1, fill_decay=0.5, lanes=3)
    >>> run = world.run(fixed_spread(half_spread=2))
    >>> run.n, bool((run.counters["fills"] > 0).all())
    (3, True)
    """

    horizon: str | float
    volatility: float
    fill_intensity: float | Sequence[float]
    fill_decay: float | Sequence[float]
    fills: str = "exact"
    drift: float = 0.0
    mean_reversion: float = 0.0
    level: float | None = None
    jump_rate: float = 0.0
    jump_size: float = 0.0
    variance_reversion: float = 0.0
    variance_noise: float = 0.0
    variance_correlation: float = 0.0
    trade_lots: float = 1.0
    impact: float = 0.0
    impact_probability: float = 1.0
    spread: float | None = None
    mid: float = 10_000.0
    instrument: Instrument = field(default_factory=_of_made_up)
    time_step: str | float | None = None
    lanes: int = 1
    first_lane: int = 0
    seed: int = 0
    latency_ms: float | Sequence[float] = 0.0
    latency: Latency | None = None
    fees: Fees | None = None
    orders: OrderPolicy = field(default_factory=OrderPolicy)
    signals: SignalPolicy = field(default_factory=SignalPolicy)
    guard: GuardPolicy | None = None
    decide_every: str | float = "100ms"
    threads: int | None = None
    progress: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        self._check_times()
        self._check_numbers()
        self.fill_intensity = self._sides("fill_intensity", 0.0, MOST_ORDERS_A_SECOND)
        self.fill_decay = self._sides("fill_decay", 1e-9, 1e9)
        one_of("fills", self.fills, FILLS)
        self._check_lanes()
        for name in DEPTH_SIGNALS:
            if (value := getattr(self.signals, name)) not in (0, None):
                raise ConfigError(f"signals: {name} needs a book, this world has none, was {value}")
        if self.guard is not None and self.spread is None:
            raise ConfigError("spread must be given with a guard, which may have to take, was None")

    def _check_times(self) -> None:
        some_duration_ns("decide_every", self.decide_every)
        step = self._step_ns
        if some_duration_ns("horizon", self.horizon) % step:
            rule = f"a whole number of steps of {duration_text(step)}"
            raise ConfigError(f"horizon must be {rule}, was {self.horizon!r}")
        self._check_decisions()

    def _check_numbers(self) -> None:
        ranges = dict.fromkeys(NOT_NEGATIVE, (0.0, LARGEST_MID))
        ranges |= dict.fromkeys(("drift", "mid", "level"), (-LARGEST_MID, LARGEST_MID))
        ranges |= {"variance_correlation": (-1, 1), "impact_probability": (0, 1)}
        ranges |= {"trade_lots": (1, LARGEST_MID), "spread": (LEAST_SPREAD, LARGEST_MID)}
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            if value is None and name in ("level", "spread"):
                continue
            if not (isinstance(value, float | int | np.number) and least <= value <= most):
                raise ConfigError(f"{name} must be in {least:g} to {most:g}, was {value!r}")
        step = self._step_ns * 1e-9
        if self.variance_reversion * step > 1:
            rule = f"at most 1 / time_step = {1 / step:g}"
            raise ConfigError(f"variance_reversion must be {rule}, was {self.variance_reversion!r}")

    def _sides(self, name: str, least: float, most: float) -> tuple[float, float]:
        given = getattr(self, name)
        try:
            sides = np.atleast_1d(np.asarray(given, dtype=float))
        except (TypeError, ValueError):
            sides = np.zeros(0)
        in_range = bool(np.all((sides >= least) & (sides <= most)))
        if sides.shape not in {(1,), (2,)} or not in_range:
            rule = f"a number in {least:g} to {most:g}, or one a side"
            raise ConfigError(f"{name} must be {rule}, was {given!r}")
        return float(sides[0]), float(sides[-1])

    @property
    def _step_ns(self) -> int:
        if self.time_step is None:
            return duration_ns("decide_every", self.decide_every)
        return some_duration_ns("time_step", self.time_step)

    @property
    def _rows(self) -> int:
        return duration_ns("horizon", self.horizon) // self._step_ns

    def core_parts(self, n: int) -> tuple[Any, ...]:
        """The core's numbers of the world, and its config of n lanes."""
        return self._world(), self._scheduled_config(n)

    def _world(self) -> Any:
        world = _core.World()
        world.seed, world.first_lane = self.seed, self.first_lane
        world.set_times(BEGIN, duration_ns("horizon", self.horizon), self._step_ns)
        sides = (np.array(self.fill_intensity), np.array(self.fill_decay))
        world.set_arrivals(FILLS.index(self.fills), *sides)
        world.reversion = self.mean_reversion
        world.level = self.mid if self.level is None else self.level
        world.mean_lots = self.trade_lots
        world.spread = float("nan") if self.spread is None else self.spread
        for name in (
            *("mid", "volatility", "drift", "jump_rate", "jump_size", "impact"),
            *("variance_reversion", "variance_noise", "variance_correlation"),
            "impact_probability",
        ):
            setattr(world, name, getattr(self, name))
        return world

    def mids(
        self, times: NDArray[np.int64], lanes: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """The mid of each lane just after each time, in ticks: a lane a time.

        Args:
            times: ns since 1970, ascending for each lane.
            lanes: from 0, each lane's times together; None: the first lane's all.
        """
        if lanes is None:
            lanes = np.zeros(len(times), np.int64)
        return np.asarray(_core.world_mids(self._world(), times, lanes), np.float64)

    def _result(self, market: Any, by: Model | str) -> Run:
        run = self._run_of(market, by, instrument=self.instrument, mid_at=self.mids)
        return numbered(run, "world", self.first_lane)

    def assumptions(self) -> dict[str, Any]:
        """Everything that the fills of a run rest on, in words and numbers."""
        end = BEGIN + duration_ns("horizon", self.horizon)
        first, last = (np.datetime64(time, "ns") for time in (BEGIN, end))
        skipped = {"horizon", "instrument", "latency", "latency_ms", "fees", "orders", "signals"}
        skipped |= {"guard", "decide_every", "threads", "progress", "lanes"}
        said = {
            f.name: (getattr(self, f.name), f.default)
            for f in fields(self)
            if f.name not in skipped
        }
        numbers = {k: v for k, (v, usual) in said.items() if v not in (0.0, None) or v != usual}
        return {
            "symbol": self.instrument.symbol,
            "venue": "the models' own world, made up as it went",
            "span": f"{first}Z to {last}Z",
            "world": {"seed": self.seed, **numbers, "time_step": duration_text(self._step_ns)},
            "queue": "none: a quote fills at a rate by its distance from the mid",
            **self._common_assumptions(),
            "decide": duration_text(duration_ns("decide_every", self.decide_every)),
        }
