"""Scorecard: a simulated tape against a real one, fact by fact, and both halves of the real one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halfspread.calibrate.record import NANO, Floats
from halfspread.errors import ConfigError
from halfspread.evaluate.page import keep
from halfspread.instrument import Instrument
from halfspread.policy import check
from halfspread.realism.catalogue import FACTS
from halfspread.realism.distance import Apart, Ruler, between
from halfspread.realism.facts import Fact, Scales, scales
from halfspread.realism.sample import Sample, halves, read_sample
from halfspread.realism.series import hill, variation, weibull_shape
from halfspread.tape import StrPath, Tape

Progress = Callable[[float, str], None]
ALIKE, OFF, UNREAL = "alike", "off", "unreal"
MOST_ALIKE, MOST_OFF = 1.25, 4.0
"""Times as far apart as the two halves of the real tape."""
LEAST_L1 = 0.03
"""Distributions that overlap by all but so much are alike."""
MOST_CROSSED = 0.5
"""Of two curves' mean distance what is left where signs count: below, neither is the higher one."""


@dataclass(frozen=True)
class Row:
    """A fact, measured on both tapes."""

    key: str
    title: str
    group: str
    number: str
    """what `real` and `simulated` are"""
    real: float
    simulated: float
    distance: float
    """Wasserstein-1 in pooled standard deviations, or the mean difference of two curves"""
    low: float
    high: float
    """the 99 % interval of a distribution's; NaN for curves"""
    l1: float
    """half the sum of the differences of shares; NaN for curves"""
    halves: float
    """the same distance between the two halves of the real tape"""
    ratio: float
    verdict: str
    words: str


@dataclass(frozen=True)
class Plot:
    """What is drawn of a fact: the same x for both tapes."""

    x: tuple[float, ...]
    real: tuple[float, ...]
    simulated: tuple[float, ...]
    across: str
    up: str
    is_curve: bool


@dataclass(frozen=True)
class Realism:
    """How real a simulated tape is: rows, plots, and what they were measured on."""

    real: str
    simulated: str
    symbol: str
    span: tuple[int, int]
    seconds: tuple[float, float]
    """of the two tapes"""
    horizon: float
    """seconds, of a return"""
    seed: int
    rows: tuple[Row, ...]
    plots: dict[str, Plot]
    numbers: dict[str, tuple[float, float]]
    """more statistics, of the real and the simulated tape"""
    warning: str
    """where the tapes can hardly be compared: why; else nothing"""

    def count(self, verdict: str) -> int:
        """How many facts have that verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def failings(self) -> tuple[Row, ...]:
        """The facts that are not alike, the most unreal first."""
        found = [row for row in self.rows if row.verdict != ALIKE]
        return tuple(sorted(found, key=lambda row: -row.ratio))

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain values; what is not known is None."""
        found: dict[str, Any] = _known(asdict(self))
        return found

    def report(self, path: StrPath) -> Path:
        """Write all of it as one page of HTML; returns the path."""
        from halfspread.realism.report import page

        return keep(Path(path), page(self))


def measure_realism(
    real: Tape, simulated: Tape, seed: int = 0, progress: Progress | None = None
) -> Realism:
    """Compare a simulated tape with a real one, stylised fact by stylised fact.

    Each distance between the tapes is set beside the same distance between the first and the second
    half of the real tape: it is what a market differs from itself. Up to MOST_ALIKE times that (or
    where the bootstrap's interval reaches down to it) a fact is alike, up to MOST_OFF times off,
    beyond unreal. The tapes should be of one market: ticks and coins are compared as they are.

    Args:
        real, simulated: tapes of levels or of orders, with trades.
        seed: of the bootstraps, >= 0.
        progress: told the fraction done and the step, now and then.
    Errors:
        TapeError: a tape is too short, too quiet, one-sided or tells no levels.
        ConfigError: seed < 0.

    >>> import halfspread as hs
    >>> flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    >>> one, other = (hs.simulate(flow, "20m", seed=seed) for seed in (1, 2))
    >>> hs.measure_realism(one, other).count("unreal")
    0
    """
    for name, tape in (("real", real), ("simulated", simulated)):
        check(name, isinstance(tape, Tape), "a Tape: halfspread.open_tape(path)", tape)
    if seed < 0:
        raise ConfigError(f"seed must be >= 0, was {seed}")
    tell: Progress = progress or (lambda done, step: None)
    tell(0.0, "reading the tapes")
    levels = real.levels()
    ours = read_sample(levels, "real", real.holds_orders)
    theirs = read_sample(simulated.levels(), "simulated", simulated.holds_orders)
    parts = halves(levels, "real", ours.record.span, real.holds_orders)
    shortest = min(sample.seconds for sample in (ours, theirs, *parts))
    at = scales(ours, shortest)
    rows, plots = [], {}
    for place, fact in enumerate(FACTS):
        tell(0.1 + 0.9 * place / len(FACTS), fact.title)
        row, plot = _measured(fact, (ours, theirs, *parts), at, seed)
        rows.append(row)
        plots[fact.key] = plot
    tell(1.0, "done")
    return Realism(
        real=Path(real.path).name,
        simulated=Path(simulated.path).name,
        symbol=real.instrument.symbol,
        span=ours.record.span,
        seconds=(ours.seconds, theirs.seconds),
        horizon=at.horizon,
        seed=seed,
        rows=tuple(rows),
        plots=plots,
        numbers=_numbers(ours, theirs, at),
        warning=_warning(real.instrument, simulated.instrument),
    )


def _measured(fact: Fact, samples: tuple[Sample, ...], at: Scales, seed: int) -> tuple[Row, Plot]:
    """The fact of (real, simulated, first half, second half)."""
    if fact.values is not None:
        real, other, first, second = (fact.values(sample, at) for sample in samples)
        ruler = Ruler(real, other)
        apart = ruler.apart(real, other, seed)
        base, base_l1 = ruler.wasserstein(first, second), ruler.l1(first, second)
        numbers = fact.headline(real.value), fact.headline(other.value)
        apart_by = numbers[1] - numbers[0]
        if abs(apart_by) <= 0.02 * max(abs(numbers[0]), abs(numbers[1])):
            apart_by = 0.0
        x, one, two = ruler.centres, ruler.shares(real), ruler.shares(other)
        in_reach = apart.wasserstein_low <= base and apart.l1_low <= base_l1
        is_alike = in_reach or apart.l1 < LEAST_L1
    else:
        assert fact.curve is not None
        (x, one), (_, two), (_, third), (_, fourth) = (fact.curve(sample, at) for sample in samples)
        nothing = float("nan")
        apart = Apart(between(one, two), nothing, nothing, nothing, nothing, nothing)
        base = between(third, fourth)
        numbers = fact.headline(one), fact.headline(two)
        apart_by = _mean_of(two - one)
        if abs(apart_by) <= MOST_CROSSED * apart.wasserstein:
            apart_by = 0.0
        is_alike = apart.wasserstein < fact.least
    ratio = _ratio(apart.wasserstein, base)
    verdict = ALIKE if is_alike or ratio <= MOST_ALIKE else OFF if ratio <= MOST_OFF else UNREAL
    if not math.isfinite(apart.wasserstein):
        verdict = UNREAL
    row = Row(
        key=fact.key,
        title=fact.title,
        group=fact.group,
        number=fact.number,
        real=numbers[0],
        simulated=numbers[1],
        distance=apart.wasserstein,
        low=apart.wasserstein_low,
        high=apart.wasserstein_high,
        l1=apart.l1,
        halves=base,
        ratio=ratio,
        verdict=verdict,
        words=_words(fact, verdict, numbers, apart_by),
    )
    curve = fact.curve is not None
    plot = Plot(_listed(x), _listed(one), _listed(two), fact.across, fact.up, curve)
    return row, plot


def _warning(real: Instrument, simulated: Instrument) -> str:
    if real.tick == simulated.tick and real.symbol == simulated.symbol:
        return ""
    return (
        f"The real tape is of {real.symbol} with a tick of {real.tick}, the simulated one of "
        f"{simulated.symbol} with {simulated.tick}: ticks and coins are compared as they are."
    )


def _ratio(distance: float, base: float) -> float:
    if distance == 0:
        return 0.0
    if not math.isfinite(distance):
        return math.inf
    return distance / base if base > 0 else math.inf


def _words(fact: Fact, verdict: str, numbers: tuple[float, float], apart_by: float) -> str:
    """What the verdict means, in a sentence; `apart_by`: how much more there is simulated."""
    if verdict == ALIKE:
        return "no more unlike than the market is itself"
    for which, name in ((1, "simulated"), (0, "real")):
        if not math.isfinite(numbers[which]):
            return f"there is nothing like it in the {name} tape"
    if apart_by == 0:
        return "about the same on average, but of another shape"
    return fact.lower if apart_by < 0 else fact.higher


def _mean_of(curve: Floats) -> float:
    known = curve[np.isfinite(curve)]
    return float(known.mean()) if len(known) else 0.0


def _numbers(real: Sample, other: Sample, at: Scales) -> dict[str, tuple[float, float]]:
    """Statistics that need no plot, of both tapes."""
    mine, its = more_numbers(real, at), more_numbers(other, at)
    return {name: (mine[name], its[name]) for name in mine}


def more_numbers(sample: Sample, at: Scales) -> dict[str, float]:
    """The tail index, waits, rates and shares of a sample."""
    arrivals, cause = sample.record.arrivals, sample.changes.cause
    waits = np.diff(np.unique(arrivals.time)).astype(np.float64)
    change = np.diff(sample.record.grid(at.horizon))
    place = ((arrivals.time - sample.record.span[0]) * NANO / at.horizon).astype(np.int64)
    inside = (place >= 0) & (place < len(change))
    lots = np.bincount(place[inside], arrivals.lots[inside], minlength=len(change))
    known = np.isfinite(change)
    found = {
        "tail index of returns (Hill, largest 5 %)": hill(change[known]),
        "correlation of volume and absolute return": float(
            np.corrcoef(np.abs(change[known]), lots[known])[0, 1]
        ),
        "waits of market orders: deviation / mean": variation(waits),
        "waits of market orders: Weibull shape": weibull_shape(waits),
        "market orders a second": len(arrivals.time) / sample.seconds,
        "changes of the mid a second": len(sample.moves[0]) / sample.seconds,
    }
    for which, name in ((1, "limit orders"), (2, "market orders"), (3, "cancellations")):
        share = float(np.mean(cause == which))
        found[f"share of {name} among what changes levels"] = share
    return found


def _listed(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


def _known(value: Any) -> Any:
    """The same with None for what is no finite number."""
    if isinstance(value, dict):
        return {name: _known(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_known(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
