"""Market: a recorded market with our lanes in it, for a model, a strategy or your own hands.

run = Replay(tape, latency_ms=5, decide_every="100ms").run(model)

market = Replay(tape, latency_ms=5)
for state in market:
    market.quote(state.mid - 3, state.mid + 3)
run = market.result()
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from halfspread import _core
from halfspread.decisions import check_decisions, decisions_on
from halfspread.duration import duration_ns, duration_text
from halfspread.errors import ConfigError
from halfspread.evaluate.money import check_money
from halfspread.evaluate.run import Run
from halfspread.guard import STATES, GuardPolicy
from halfspread.model_words import model_words
from halfspread.modelling import as_model
from halfspread.plain_model import Model, PlainModel, Raised
from halfspread.policy import (
    FEE_KINDS,
    QUEUES,
    RULES,
    SCHEDULES,
    Fees,
    Latency,
    OrderPolicy,
    Queue,
    latency_of,
    one_of,
    said,
    thread_count,
)
from halfspread.quote import Quote, QuoteState
from halfspread.signal_policy import SignalPolicy
from halfspread.signals import Track
from halfspread.stepped import Stepped
from halfspread.tape import Tape, open_tape

MOST_SAMPLES = 5_000  # of a path, and at most this over all lanes:
MOST_LANE_SAMPLES = 2_000_000
MOST_LANES_WITH_FILLS = 64


@dataclass
class Replay(Stepped):
    """A tape as a venue: what the market did is given, what it would have done to us is assumed.

    Args:
        tape: a Tape, or the path of one.
        latency_ms: to the venue and back, one number for both ways or (out, back).
        latency: instead of latency_ms, a Latency, which may hold measured samples.
        queue: a Queue or the name of its model.
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
        check_money(self.tape)
        if isinstance(self.queue, str):
            self.queue = Queue(self.queue)
        if self.latency is None:
            self.latency = latency_of(self.latency_ms)
        if self.fees is None:
            self.fees = Fees(self.tape.instrument.maker_fee, self.tape.instrument.taker_fee)
        one_of("rules", self.rules, RULES)
        if self.on is not None:
            one_of("on", self.on, SCHEDULES[1:])
        if duration_ns("decide_every", self.decide_every) == 0:
            raise ConfigError(f"decide_every must be > 0, was {self.decide_every!r}")
        self.threads = thread_count(self.threads)

    def run(self, model: Model | Callable[[QuoteState], Quote]) -> Run:
        """Run a model to the end of the tape, all its lanes in one pass.

        A decision at which the model raises, or answers a quote that is not finite, crossed, or of
        a size that is negative or less than one lot, pulls that lane's quotes and goes on; the
        first such decision of each lane is in `run.errors`, and a warning says so.
        """
        model = as_model(model)
        market = self._core_market(model.n)
        report = self._report_to()
        if model.compilable:
            compiled = model.compiled()
            threads = self.threads or min(os.cpu_count() or 1, -(-model.n // 16))
            market.run(compiled.address, compiled.params, threads, report)
        elif model.n > 1 and model.in_batches:
            market.run_batched(_by_array(model), report)
        else:
            lanes = map(model.lane, range(model.n)) if model.n > 1 else [model]
            market.run_scalar(
                [lane.function if isinstance(lane, PlainModel) else lane for lane in lanes], report
            )
        return self._result(market, model)

    def _core_market(self, n: int) -> Any:
        assert isinstance(self.tape, Tape)
        if self.on is None:
            check_decisions(self.tape, duration_ns("decide_every", self.decide_every))
        return _core.Market(self.tape.core, self._config(n))

    def _config(self, n: int) -> Any:
        assert isinstance(self.tape, Tape)
        assert isinstance(self.queue, Queue)
        assert self.latency is not None
        assert self.fees is not None
        instrument = self.tape.instrument
        config = _core.MarketConfig()
        config.lanes = n
        config.set_rules(RULES.index(self.rules))
        every = duration_ns("decide_every", self.decide_every)
        config.set_schedule(SCHEDULES.index(self.on or "every"), every)
        config.set_queue(QUEUES.index(self.queue.model), self.queue.exponent)
        if self.latency.samples is not None:
            config.set_latency_samples(self.latency.samples)
        else:
            config.set_latency(round(self.latency.out_ms * 1e6), round(self.latency.back_ms * 1e6))
        config.set_contract(
            float(instrument.tick),
            float(instrument.lot),
            float(instrument.contract_size),
            instrument.inverse,
        )
        config.set_fees(FEE_KINDS.index(self.fees.kind), self.fees.maker, self.fees.taker)
        config.set_policy(*self.orders.numbers())
        config.signals = self.signals.core()
        if self.forecast is not None:
            track = self.forecast
            _core.Track(track.times_ns, track.forecast, track.forecast_std).join(config)
        if self.guard is not None:
            config.guard = self.guard.core()
        config.keep_fills = n <= MOST_LANES_WITH_FILLS
        first, last = self.tape.span
        decisions = (last - first) // every if self.on is None else decisions_on(self.tape, self.on)
        samples = min(MOST_SAMPLES, max(MOST_LANE_SAMPLES // n, 200))
        config.sample_every = max(1, -(-decisions // samples))
        return config

    def _report_to(self) -> Callable[[int], None] | None:
        if self.progress is None:
            return None
        call, rows = self.progress, self._rows
        return lambda seen: call(seen / rows)

    @property
    def _rows(self) -> int:
        assert isinstance(self.tape, Tape)
        return max(len(self.tape), 1)

    def _result(self, market: Any, by: Model | str) -> Run:
        assert isinstance(self.tape, Tape)
        errors = [
            {
                "lane": row["lane"],
                "time": row["time"],
                "count": row["count"],
                "why": row["why"],
                "quote": Quote(*row["quote"]),
                "state": QuoteState(*row["state"]),
            }
            for row in market.faults()
        ]
        if errors:
            first = errors[0]
            warnings.warn(
                f"the model gave no usable quote in {len(errors)} lane(s); first in lane "
                f"{first['lane']}: {first['why']} (see run.errors)",
                stacklevel=3,
            )
        guard = market.guard()
        halted = set(guard["lane"][guard["to"] == STATES.index("halted")].tolist()) if guard else ()
        if halted:
            warnings.warn(
                f"the guard halted {len(halted)} lane(s), first lane {min(halted)} (see run.guard)",
                stacklevel=3,
            )
        fills = market.fills()
        fills["maker"] = fills["maker"].astype(bool)
        columns = self.tape.core
        return Run(
            instrument=self.tape.instrument,
            fills=fills,
            path=market.path(),
            counters=market.counters(),
            assumptions={
                "model": by if isinstance(by, str) else model_words(by),
                **self.assumptions(),
            },
            parameters={} if isinstance(by, str) else by.parameters,
            errors=errors,
            tape=self.tape,
            guard=guard,
            mid_at=lambda times: np.asarray(_core.mid_at(columns, times), np.float64),
        )

    def assumptions(self) -> dict[str, Any]:
        """Everything that the fills of a run rest on, in words and numbers."""
        assert isinstance(self.tape, Tape)
        assert isinstance(self.queue, Queue)
        assert self.fees is not None
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
            "latency": str(self.latency),
            "fees": f"maker {self.fees.maker:g}, taker {self.fees.taker:g} by {self.fees.kind}",
            "decide": every if self.on is None else f"on each {self.on} message",
            "orders": asdict(self.orders),
            "signals": said(self.signals),
            "forecast": "none"
            if self.forecast is None
            else f"a track of {len(self.forecast)} rows",
            "guard": None if self.guard is None else said(self.guard),
            "clock_offset_ns": self.tape.clock_offset_ns,
            "sources": [source["sha256"][:12] for source in self.tape.sources],
            "halfspread": installed_version(),
        }


@cache
def installed_version() -> str:
    """The package's version, looked up on disk once."""
    return version("halfspread")


def _by_array(model: Model) -> Callable[[Any, Any], Any]:
    """A model that takes all lanes at once, in the shape in which the core asks."""

    def quotes(lanes: Any, shared: Any) -> Any:
        inventory, steady = lanes.T
        state = QuoteState(*[inventory, *shared.tolist(), steady])
        raised: Raised = {}
        answer = model.broadcast(state, raised)
        sides = [np.broadcast_to(np.asarray(side, np.float64), inventory.shape) for side in answer]
        return np.ascontiguousarray(np.stack(sides, axis=1)), raised

    return quotes
