"""Made up: what markets that are made up as they go have in common: a market of its own a lane."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from halfspread.decisions import MOST_DECISIONS
from halfspread.duration import duration_ns, duration_text, some_duration_ns
from halfspread.errors import ConfigError
from halfspread.evaluate.run import Run
from halfspread.instrument import Instrument
from halfspread.lanes_market import LanesMarket, derived_anew, instrument_fees
from halfspread.plain_model import Model
from halfspread.policy import check, latency_of, thread_count, whole

MOST_LANES = 1_000_000


class MadeUp(LanesMarket):
    """A market that is made up as it goes, for a horizon, decided on by time alone."""

    horizon: str | float
    instrument: Instrument
    lanes: int
    first_lane: int
    seed: int
    latency_ms: Any
    decide_every: str | float

    def _check_lanes(self) -> None:
        self.lanes = whole("lanes", self.lanes, 1, MOST_LANES)
        self.first_lane = whole("first_lane", self.first_lane, 0, 2**32 - 1 - MOST_LANES)
        self.seed = whole("seed", self.seed, 0, 2**64 - 1)
        self.threads = thread_count(self.threads)
        self._check_parts()
        is_one = isinstance(self.instrument, Instrument)
        check("instrument", is_one, "an Instrument", self.instrument)
        if self.latency is None:
            self.latency = latency_of(self.latency_ms)
        if self.fees is None:
            self.fees = instrument_fees(self.instrument)

    def _check_decisions(self) -> None:
        every = some_duration_ns("decide_every", self.decide_every)
        decisions = some_duration_ns("horizon", self.horizon) // every
        if decisions > MOST_DECISIONS:
            raise ConfigError(
                f"decide_every: {duration_text(every)} makes {decisions:,} decisions, and "
                f"{MOST_DECISIONS:,} is the most"
            )

    def with_changes(self, **changes: Any) -> Self:
        """The same world with other arguments."""
        if changes.get("on") is not None:
            raise ConfigError(f"on: this world decides by time, was {changes['on']!r}")
        if "instrument" in changes and self.fees == instrument_fees(self.instrument):
            changes.setdefault("fees", None)
        return replace(self, **derived_anew(changes))  # type: ignore[type-var]

    def _lanes_of(self, model: Model) -> int:
        if model.n > 1 and self.lanes not in (1, model.n):
            raise ConfigError(f"lanes must be 1 or the model's {model.n}, was {self.lanes}")
        return max(model.n, self.lanes)

    def _scheduled_config(self, n: int) -> Any:
        """The core's config of n lanes that decide every so often."""
        every = duration_ns("decide_every", self.decide_every)
        decisions = duration_ns("horizon", self.horizon) // every
        config = self._common_config(n, decisions, self.instrument)
        config.set_schedule(0, every)
        return config


def numbered(run: Run, word: str, first: int) -> Run:
    """The run, its lanes called by their numbers where no parameter tells them apart."""
    if run.n == 1 or run.varied:
        return run
    return replace(run, names=tuple(f"{word} {first + i}" for i in range(run.n)))
