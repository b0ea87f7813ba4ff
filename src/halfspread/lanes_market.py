"""Lanes market: what every market of n lanes has: a model run in it, and what came of that."""

from __future__ import annotations

import os
import warnings
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from math import isnan
from typing import Any, Self

import numpy as np

from halfspread import _core
from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run
from halfspread.evaluate.words import NOTHING, flat
from halfspread.guard import STATES, GuardPolicy
from halfspread.instrument import Instrument
from halfspread.model_words import model_words
from halfspread.modelling import as_model
from halfspread.plain_model import Model, PlainModel, Raised
from halfspread.policy import FEE_KINDS, Fees, Latency, OrderPolicy, check, said
from halfspread.quote import Quote, QuoteState
from halfspread.signal_policy import ASKED_BY, SignalPolicy
from halfspread.stepped import Stepped

MOST_SAMPLES = 5_000  # of a path, and at most this over all lanes:
MOST_LANE_SAMPLES = 2_000_000
LEAST_SAMPLES = 200
MOST_LANES_WITH_FILLS = 64
LANES_A_THREAD = 16  # at least, where the number of threads is not given
PARTS = {"orders": OrderPolicy, "signals": SignalPolicy}
OPTIONAL_PARTS = {"latency": Latency, "fees": Fees, "guard": GuardPolicy}
"""What a market takes as objects, by name."""


class LanesMarket(Stepped):
    """A market that runs a model in all its lanes, or is stepped in one."""

    latency: Latency | None
    fees: Fees | None
    orders: OrderPolicy
    guard: GuardPolicy | None
    threads: int | None
    progress: Callable[[float], None] | None
    _assumed: dict[str, str] | None = None

    @abstractmethod
    def with_changes(self, **changes: Any) -> Self:
        """The same market with other arguments."""

    @abstractmethod
    def assumptions(self) -> dict[str, Any]:
        """Everything that the fills of a run rest on, in words and numbers."""

    @abstractmethod
    def core_parts(self, n: int) -> tuple[Any, ...]:
        """What a core market of n lanes is made of: where its events come from; its config last."""

    def _core_market(self, n: int) -> Any:
        return _core.Market(*self.core_parts(n))

    def _lanes_of(self, model: Model) -> int:
        """How many lanes a model makes."""
        return model.n

    def run(self, model: Model | Callable[[QuoteState], Quote]) -> Run:
        """Run a model to the end of the market, in all lanes.

        A decision at which the model raises, or answers a quote that is not finite, crossed, or of
        a size that is negative or less than one lot, pulls that lane's quotes and goes on; the
        first such decision of each lane is in `run.errors`, and a warning says so.
        """
        model = as_model(model)
        n = self._lanes_of(model)
        market = self._core_market(n)
        report = self._report_to()
        if model.compilable:
            compiled = model.compiled()
            threads = self.threads or min(os.cpu_count() or 1, -(-n // LANES_A_THREAD))
            params = np.repeat(compiled.params, n // model.n, axis=0)
            reads_fills = not compiled.fields.isdisjoint({"fill_intensity", "fill_decay"})
            market.run(compiled.address, params, threads, report, reads_fills)
        elif n > 1 and model.in_batches:
            market.run_batched(_by_array(model), report)
        else:
            lanes = map(model.lane, range(model.n)) if model.n > 1 else [model] * n
            market.run_scalar(
                [lane.function if isinstance(lane, PlainModel) else lane for lane in lanes], report
            )
        return self._result(market, model)

    def save(self) -> Any:
        """All that the market is at this moment of its steps; later steps leave it alone."""
        return self._stepping().save(), self._state, self._rests_on()

    def restore(self, saved: Any) -> None:
        """Go on from what `save` gave, here or in another market made of the same arguments.

        It can be restored any number of times: each goes on alike as long as it is driven alike.
        A market that was never stepped takes it too.

        Errors:
            ConfigError: `saved` is nothing that save() gave, or of a market of other arguments.
        """
        try:
            core, state, rests_on = saved
            other = _difference(rests_on, self._rests_on())
            if not other:
                if self._stepper is None:
                    self.begin()
                self._stepping().restore(core)
        except (TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"restore: saved must be what save() gave, was {saved!r}") from error
        if other:
            raise ConfigError(f"restore: saved is of another market: {other}")
        self._state = state

    def begin(self) -> None:
        """Begin anew, in one lane, at the time before the first decision."""
        self._assumed = None
        super().begin()

    def _rests_on(self) -> dict[str, str]:
        """The assumptions in words, as they were at the begin."""
        if self._assumed is None:
            self._assumed = dict(flat(self.assumptions()))
        return self._assumed

    def _check_parts(self) -> None:
        for name, kind in (PARTS | OPTIONAL_PARTS).items():
            value, may_lack = getattr(self, name), name in OPTIONAL_PARTS
            rule = f"of halfspread.{kind.__name__}{', or None' if may_lack else ''}"
            check(name, isinstance(value, kind) or (may_lack and value is None), rule, value)

    def _common_config(self, n: int, decisions: int, instrument: Instrument) -> Any:
        """The core's config of n lanes, but for what the venue and its clock are."""
        assert self.latency is not None
        assert self.fees is not None
        config = _core.MarketConfig()
        config.lanes = n
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
        if self.guard is not None:
            config.guard = self.guard.core()
        config.keep_fills = n <= MOST_LANES_WITH_FILLS
        samples = min(MOST_SAMPLES, max(MOST_LANE_SAMPLES // n, LEAST_SAMPLES))
        config.sample_every = max(1, -(-decisions // samples))
        return config

    def _common_assumptions(self) -> dict[str, Any]:
        assert self.fees is not None
        return {
            "latency": str(self.latency),
            "fees": f"maker {self.fees.maker:g}, taker {self.fees.taker:g} by {self.fees.kind}",
            "orders": asdict(self.orders),
            "signals": said(self.signals),
            "guard": None if self.guard is None else said(self.guard),
            "halfspread": installed_version(),
        }

    def _report_to(self) -> Callable[[int], None] | None:
        if self.progress is None:
            return None
        call, rows = self.progress, self._rows
        return lambda seen: call(seen / rows)

    def _run_of(self, market: Any, by: Model | str, **more: Any) -> Run:
        """What came out of a core market, and what there is to say about it."""
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
                f"{first['lane']}: {first['why']}{_not_known(first, by)} (see run.errors)",
                stacklevel=4,
            )
        counters = market.counters()
        if not errors and not counters["submits"].any():
            absent = _absent(market.state(), by)
            if absent:
                warnings.warn(
                    f"the model sent no order: it reads {absent}, not known when the run ended",
                    stacklevel=4,
                )
        guard = market.guard()
        halted = set(guard["lane"][guard["to"] == STATES.index("halted")].tolist()) if guard else ()
        if halted:
            warnings.warn(
                f"the guard halted {len(halted)} lane(s), first lane {min(halted)} (see run.guard)",
                stacklevel=4,
            )
        fills, path = market.fills(), market.path()
        fills["maker"] = fills["maker"].astype(bool)
        parameters = {} if isinstance(by, str) else by.parameters
        lanes = path["inventory"].shape[1]
        return Run(
            fills=fills,
            path=path,
            counters=counters,
            assumptions={
                "model": by if isinstance(by, str) else model_words(by),
                **self.assumptions(),
            },
            parameters={k: np.repeat(v, lanes // len(v)) for k, v in parameters.items()},
            errors=errors,
            guard=guard,
            **more,
        )


def _difference(saved: dict[str, str], here: dict[str, str]) -> str:
    """The first of what two markets rest on that is not the same; empty where all is."""
    if saved == here:
        return ""
    for name in {**saved, **here}:
        theirs, ours = saved.get(name, NOTHING), here.get(name, NOTHING)
        if theirs != ours:
            return f"its {name} is {theirs}, here it is {ours}"
    return ""


def derived_anew(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes, and what was made of an argument that they change: it is made again."""
    return {"latency": None, **changes} if "latency_ms" in changes else changes


def instrument_fees(instrument: Instrument) -> Fees:
    """The instrument's own rates on the value traded."""
    return Fees(instrument.maker_fee, instrument.taker_fee)


@cache
def installed_version() -> str:
    """The package's version, looked up on disk once."""
    return version("halfspread")


def _not_known(error: dict[str, Any], by: Model | str) -> str:
    """What a compiled model reads that was not measured where it went wrong."""
    absent = _absent(error["state"], by) if error["why"] == "not finite" else ""
    return f"; it reads {absent}, not known there" if absent else ""


def _absent(state: QuoteState, by: Model | str) -> str:
    """What a compiled model reads and `state` lacks, and by which options it would be measured."""
    if isinstance(by, str) or not by.compilable:
        return ""
    reads = by.compiled().fields
    names = [name for name in QuoteState._fields if name in reads and isnan(getattr(state, name))]
    return ", ".join(
        f"{name} (signals: {ASKED_BY[name]})" if name in ASKED_BY else name for name in names
    )


def _by_array(model: Model) -> Callable[[Any, Any], Any]:
    """A model that takes all lanes at once, in the shape in which the core asks."""

    def quotes(lanes: Any, shared: Any) -> Any:
        inventory, steady = lanes.T
        numbers = shared.tolist() if shared.ndim == 1 else shared
        state = QuoteState(*[inventory, *numbers, steady])
        raised: Raised = {}
        answer = model.broadcast(state, raised)
        sides = [np.broadcast_to(np.asarray(side, np.float64), inventory.shape) for side in answer]
        return np.ascontiguousarray(np.stack(sides, axis=1)), raised

    return quotes
