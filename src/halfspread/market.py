"""Market: a recorded market with our lanes in it, for a model, a strategy or your own hands.

run = Replay(tape, latency_ms=5, decide_every="100ms").run(model)

market = Replay(tape, latency_ms=5)
for state in market:
    market.quote(state.mid - 3, state.mid + 3)
run = market.result()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from halfspread import _core
from halfspread.decisions import check_decisions, decisions_on
from halfspread.duration import duration_ns, duration_text, some_duration_ns
from halfspread.evaluate.money import check_money
from halfspread.evaluate.run import Run
from halfspread.guard import GuardPolicy
from halfspread.lanes_market import LanesMarket, derived_anew, instrument_fees
from halfspread.plain_model import Model
from halfspread.policy import (
    EXACT,
    QUEUES,
    RULES,
    SCHEDULES,
    Fees,
    Latency,
    OrderPolicy,
    Queue,
    check,
    latency_of,
    one_of,
    thread_count,
)
from halfspread.signal_policy import SignalPolicy
from halfspread.signals import Track
from halfspread.tape import Tape, open_tape
from halfspread.tape_queues import with_queues


@dataclass
class Replay(LanesMarket):
    """A tape as a venue: what the market did is given, what it would have done to us is assumed.

    Args:
        tape: a Tape, or the path of one: of levels, or for an exact queue of orders.
        latency_ms: to the venue and back, one number for both ways or (out, back).
        latency: instead of latency_ms, a Latency, which may hold measured samples.
        queue: a Queue or the name of its model. "exact" takes a tape that tells of every order
            by its id, and puts ours behind those that were there (docs/assumptions.md).
        fees: a Fees; without it the instrument's maker and taker rates on the value traded.
        orders: how quotes are kept, and the inventory limit.
        signals: how volatility, flow and intensity are measured, and what else is.
        forecast: forecasts made elsewhere, which a state has as forecast and forecast_std.
        guard: a GuardPolicy: when a lane reduces, flattens, halts. None: never.
        rules: "halfspread", or "hftbacktest" for that engine's semantics to the last tie-break
            (docs/assumptions.md lists where they differ, and why).
        decide_every: the time between decisions, which are a billion at most; or
        on: "book" or "trade": decide after each such message instead.
        start, end: the span of the tape to use, as dates, text or nanoseconds.
        threads: blocks of lanes run in parallel; the result does not depend on it.
        progress: called now and then with the fraction done.
    """

    tape: Tape | str | Path
    latency_ms: float | Sequence[float] = 0.0
    latency: Latency | None = None
    queue: Queue | str = "power3"
    fees: Fees | None = None
    orders: OrderPolicy = field(default_factory=OrderPolicy)
    signals: SignalPolicy = field(default_factory=SignalPolicy)
    forecast: Track | None = None
    guard: GuardPolicy | None = None
    rules: str = "halfspread"
    decide_every: str | float = "100ms"
    on: str | None = None
    start: Any = None
    end: Any = None
    threads: int | None = None
    progress: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.tape, Tape):
            self.tape = open_tape(self.tape)
        if self.start is not None or self.end is not None:
            first, last = self.tape.span
            self.tape = self.tape.slice(
                first if self.start is None else self.start,
                last + 1 if self.end is None else self.end,
            )
        self._check_parts()
        one_of("rules", self.rules, RULES)
        if isinstance(self.queue, str):
            self.queue = Queue(self.queue)
        if self.queue.model == EXACT:
            is_ours = self.rules == RULES[0]
            check("queue", is_ours, f"one of {', '.join(QUEUES)} under these rules", EXACT)
            self.tape = with_queues(self.tape)
        check_money(self.tape)
        if self.latency is None:
            self.latency = latency_of(self.latency_ms)
        if self.fees is None:
            self.fees = instrument_fees(self.tape.instrument)
        if self.on is not None:
            one_of("on", self.on, SCHEDULES[1:])
        some_duration_ns("decide_every", self.decide_every)
        self.threads = thread_count(self.threads)

    def core_parts(self, n: int) -> tuple[Any, ...]:
        """The tape and the core's config of n lanes."""
        assert isinstance(self.tape, Tape)
        if self.on is None:
            check_decisions(self.tape, duration_ns("decide_every", self.decide_every))
        return self.tape.core, self._config(n)

    def _config(self, n: int) -> Any:
        assert isinstance(self.tape, Tape)
        assert isinstance(self.queue, Queue)
        every = duration_ns("decide_every", self.decide_every)
        first, last = self.tape.span
        decisions = (last - first) // every if self.on is None else decisions_on(self.tape, self.on)
        config = self._common_config(n, decisions, self.tape.instrument)
        config.set_rules(RULES.index(self.rules))
        config.set_schedule(SCHEDULES.index(self.on or "every"), every)
        config.set_queue((*QUEUES, EXACT).index(self.queue.model), self.queue.exponent)
        if self.forecast is not None:
            track = self.forecast
            _core.Track(track.times_ns, track.forecast, track.forecast_std).join(config)
        return config

    def with_changes(self, **changes: Any) -> Replay:
        """The same market with other arguments; a `decide_every` takes the place of an `on`."""
        if "decide_every" in changes:
            changes.setdefault("on", None)
        return replace(self, **{"start": None, "end": None, **derived_anew(changes)})

    @property
    def _rows(self) -> int:
        assert isinstance(self.tape, Tape)
        return max(len(self.tape), 1)

    def _result(self, market: Any, by: Model | str) -> Run:
        assert isinstance(self.tape, Tape)
        columns = self.tape.core
        return self._run_of(
            market,
            by,
            instrument=self.tape.instrument,
            tape=self.tape,
            mid_at=lambda times: np.asarray(_core.mid_at(columns, times), np.float64),
        )

    def assumptions(self) -> dict[str, Any]:
        """Everything that the fills of a run rest on, in words and numbers."""
        assert isinstance(self.tape, Tape)
        assert isinstance(self.queue, Queue)
        power = self.queue.model.startswith("power")
        first, last = (np.datetime64(time, "ns") for time in self.tape.span)
        every = duration_text(duration_ns("decide_every", self.decide_every))
        return {
            "symbol": self.tape.instrument.symbol,
            "venue": self.tape.venue,
            "span": f"{first}Z to {last}Z",
            "events": len(self.tape),
            "rules": self.rules,
            "queue": f"{self.queue.model}({self.queue.exponent:g})" if power else self.queue.model,
            **self._common_assumptions(),
            "decide": every if self.on is None else f"on each {self.on} message",
            "forecast": "none"
            if self.forecast is None
            else f"a track of {len(self.forecast)} rows",
            "clock_offset_ns": self.tape.clock_offset_ns,
            "sources": [source["sha256"][:12] for source in self.tape.sources],
        }
