"""Simulated: a flow's order book as a market: our orders in its queues, a public that reacts.

run = backtest(model, Simulated(flows.ZeroIntelligence.sky_perfect(speed=60), "1h", lanes=8))

Each lane has a book of its own, lane i the same whatever the number of lanes or threads; or all
lanes are makers in one book.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.duration import duration_ns, duration_text, some_duration_ns
from halfspread.evaluate.run import Run
from halfspread.flows import KINDS, START, Flow
from halfspread.guard import GuardPolicy
from halfspread.instrument import Instrument
from halfspread.made_up import MadeUp, numbered
from halfspread.plain_model import Model
from halfspread.policy import LONGEST_LATENCY_MS, Fees, Latency, OrderPolicy, check, one_of
from halfspread.signal_policy import SignalPolicy
from halfspread.simulating import INSTRUMENT

SELF_TRADES = ("allow", "cancel_resting", "cancel_taking", "cancel_both")
LONGEST = "8784h"
"""Of a horizon or a warm-up: a year."""


@dataclass
class Simulated(MadeUp):
    """An order book that a flow of random orders fills, with our orders among them.

    An order of ours stands in its queue behind those that came before it, is met by the public's
    orders, takes theirs, and moves prices; the public acts on the book as it then is. What states
    show is what the venue publishes, our own orders counted: `mid`, `bid`, sizes and depth are of
    the whole book. docs/simulated.md says what is unreal about it.

    Args:
        flow: the public's laws: of `halfspread.flows`.
        horizon: how long it goes on, up to a year.
        warm_up: from the flow's made-up first book to the begin.
        shared_book: all lanes are makers in one book, the one of `first_lane`. Of asks that arrive
            in one instant, a draw for that instant says whose come first. Else a book a lane.
        self_trade: what happens when an order of a lane would take one of its own: allow,
            cancel_resting, cancel_taking, cancel_both.
        instrument: what is traded.
        lanes: of a model that has one lane, each with a book of its own. A model of n lanes has n
            of them anyway.
        first_lane: the number of the first, so that many lanes can be run in parts; lane i is the
            market of `simulate(flow, ..., lane=i)` as long as we send nothing.
        seed: >= 0; another seed is another set of markets.
        latency_ms, latency: of our asks and their answers, as Replay's.
        feed_latency_ms: how long what the venue publishes takes to us, >= 0. At the begin we know
            the book of so long ago.
        fees: a Fees; without it the instrument's maker and taker rates.
        orders, signals, guard, threads, progress: as Replay's.
        decide_every: the time between decisions, the first at the begin.
    Errors:
        ConfigError: a parameter out of its range.

    >>> from halfspread.flows import ZeroIntelligence
    >>> from halfspread.models import fixed_spread
    >>> market = Simulated(ZeroIntelligence.sky_perfect(speed=60), "1m", lanes=2)
    >>> run = market.run(fixed_spread(half_spread=1))
    >>> run.n, bool((run.counters["fills"] > 0).all())
    (2, True)
    """

    flow: Flow
    horizon: str | float
    warm_up: str | float = "10m"
    shared_book: bool = False
    self_trade: str = "cancel_resting"
    instrument: Instrument = INSTRUMENT
    lanes: int = 1
    first_lane: int = 0
    seed: int = 0
    latency_ms: float | Sequence[float] = 0.0
    latency: Latency | None = None
    feed_latency_ms: float = 0.0
    fees: Fees | None = None
    orders: OrderPolicy = field(default_factory=OrderPolicy)
    signals: SignalPolicy = field(default_factory=SignalPolicy)
    guard: GuardPolicy | None = None
    decide_every: str | float = "100ms"
    threads: int | None = None
    progress: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        check("flow", isinstance(self.flow, KINDS), "of halfspread.flows", self.flow)
        for name, least in (("horizon", 1), ("warm_up", 0)):
            value = getattr(self, name)
            length = some_duration_ns(name, value) if least else duration_ns(name, value)
            check(name, length <= duration_ns(name, LONGEST), f"at most {LONGEST}", value)
        self._check_decisions()
        check("shared_book", isinstance(self.shared_book, bool), "True or False", self.shared_book)
        one_of("self_trade", self.self_trade, SELF_TRADES)
        feed = self.feed_latency_ms
        is_number = isinstance(feed, float | int | np.number) and not isinstance(feed, bool)
        in_range = is_number and 0 <= feed <= LONGEST_LATENCY_MS
        check("feed_latency_ms", in_range, "in 0 to 1e10", feed)
        self._check_lanes()

    def core_parts(self, n: int) -> tuple[Any, ...]:
        """The laws of the flow and of the simulation, whether lanes share a book, the config."""
        policy = _core.SimulatedPolicy()
        policy.seed, policy.first_lane = self.seed, self.first_lane
        horizon = duration_ns("horizon", self.horizon)
        warm_up = duration_ns("warm_up", self.warm_up)
        policy.set_times(START, horizon, warm_up, round(self.feed_latency_ms * 1e6))
        policy.set_self_trade(SELF_TRADES.index(self.self_trade))
        return self.flow.laws(), policy, self.shared_book, self._scheduled_config(n)

    @property
    def _rows(self) -> int:
        return max(duration_ns("horizon", self.horizon) // 10**6, 1)

    def _result(self, market: Any, by: Model | str) -> Run:
        times, mids, starts = market.mid_changes()

        def mid_at(
            when: NDArray[np.int64], lanes: NDArray[np.int64] | None = None
        ) -> NDArray[np.float64]:
            """The mid just after each time, in ticks, of each lane's book."""
            found = np.full(len(when), np.nan)
            books = np.zeros(len(when), np.int64) if lanes is None else lanes
            for book in np.unique(books):
                mine = books == book
                rows = slice(starts[book], starts[book + 1])
                places = np.searchsorted(times[rows], when[mine], side="right") - 1
                found[mine] = np.append(mids[rows], np.nan)[places]
            return found

        run = self._run_of(
            market, by, instrument=self.instrument, mid_at=mid_at if len(times) else None
        )
        if self.shared_book:
            return numbered(run, "maker", 0)
        return numbered(run, "book", self.first_lane)

    def assumptions(self) -> dict[str, Any]:
        """Everything that the fills of a run rest on, in words and numbers."""
        end = START + duration_ns("horizon", self.horizon)
        first, last = (np.datetime64(time, "ns") for time in (START, end))
        return {
            "symbol": self.instrument.symbol,
            "venue": "a simulated order book, made up as it went",
            "span": f"{first}Z to {last}Z",
            "flow": flow_words(self.flow),
            "book": "one for all lanes" if self.shared_book else "one a lane",
            "seed": self.seed,
            "first_lane": self.first_lane,
            "warm_up": duration_text(duration_ns("warm_up", self.warm_up)),
            "queue": "our orders are in the book, and the public meets them",
            "self_trade": self.self_trade,
            "feed_latency": f"{self.feed_latency_ms:g} ms",
            **self._common_assumptions(),
            "decide": duration_text(duration_ns("decide_every", self.decide_every)),
        }


def flow_words(flow: Flow) -> str:
    """A flow in a line, its tables counted, with a digest of all its numbers.

    >>> from halfspread.flows import ZeroIntelligence
    >>> flow_words(ZeroIntelligence.sky_perfect(levels=9)).partition(" #")[0]
    'ZeroIntelligence(limit_rates: 9, market_rate=0.0156667, cancel_rates: 5, price=100000)'
    """
    return f"{_words(flow)} #{sha256(repr(flow).encode()).hexdigest()[:12]}"


def _words(part: Any) -> str:
    """What differs from the defaults, and the price; what is within in the same way."""
    parts = []
    for entry in fields(part):
        value = getattr(part, entry.name)
        if value == entry.default and entry.name != "price":
            continue
        if is_dataclass(value):
            parts.append(_words(value))
        elif isinstance(value, tuple):
            parts.append(f"{entry.name}: {len(value)}")
        else:
            number = f"{value:g}" if isinstance(value, float | int) else value
            parts.append(f"{entry.name}={number}")
    return f"{type(part).__name__}({', '.join(parts)})"
