"""Calibration: all that was estimated of a tape, with errors, and the parameters for a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from halfspread.calibrate.feed_delays import FIELD, write_feed_delays
from halfspread.calibrate.hawkes import Hawkes, hawkes
from halfspread.calibrate.impact import Impact, impact
from halfspread.calibrate.intensity import Intensity, intensity
from halfspread.calibrate.latency import FeedLatency, feed_latency
from halfspread.calibrate.markout import MarkOut, mark_outs
from halfspread.calibrate.microprice import MicroPrice, micro_price
from halfspread.calibrate.record import CalibrationError, read_record
from halfspread.calibrate.volatility import Volatility, volatility
from halfspread.calibrate.waiting import Tutorial, Waiting, tutorial_fit, waiting
from halfspread.errors import ConfigError
from halfspread.evaluate.page import keep
from halfspread.evaluate.words import span
from halfspread.tape import StrPath, Tape
from halfspread.yaml_file import read_yaml

Progress = Callable[[float, str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Calibration:
    """What a tape says of the numbers that models need. None: not calibrated, for a stated reason.

    Ticks, lots and seconds throughout; `instrument` says what a tick and a lot are.
    """

    instrument: dict[str, Any]
    tape: str
    span: tuple[int, int]
    """ns, from the first touch with two sides to the last row"""
    orders: int
    """aggressor orders: prints of one instant and one side, taken together"""
    prints_without_side: int
    seed: int
    """of the bootstraps"""
    volatility: Volatility | None
    bids: Intensity | None
    """of sellers' orders, which fill bids"""
    asks: Intensity | None
    both: Intensity | None
    """of the two sides as one: the mean of a side"""
    waiting_bids: Waiting | None
    waiting_asks: Waiting | None
    tutorial: Tutorial | None
    """hftbacktest's regression, for comparison only"""
    touch_mark_out: MarkOut | None
    """of a maker who was first at the touch"""
    trade_mark_out: MarkOut | None
    """of all who were hit, by volume"""
    impact: Impact | None
    hawkes: Hawkes | None
    micro_price: MicroPrice | None
    latency: FeedLatency | None
    not_calibrated: dict[str, str]
    """what is None, and why"""

    @property
    def parameters(self) -> dict[str, float]:
        """What models call what was found: a parameter that a model leaves open is filled by name.

        volatility (ticks per root second); fill_intensity (per second and side), fill_decay (per
        tick), and the same of one side as bid_fill_intensity, ask_fill_decay and so on.
        """
        return {name: value for name, (value, _) in self._estimates().items()}

    @property
    def errors(self) -> dict[str, float]:
        """Their standard errors: of A and k those of the bootstrap."""
        return {name: error for name, (_, error) in self._estimates().items()}

    def _estimates(self) -> dict[str, tuple[float, float]]:
        found: dict[str, tuple[float, float]] = {}
        if self.volatility is not None:
            found["volatility"] = self.volatility.ticks, self.volatility.error
        for prefix, side in (("", self.both), ("bid_", self.bids), ("ask_", self.asks)):
            if side is not None:
                fit = side.fit
                found[f"{prefix}fill_intensity"] = fit.intensity, side.intensity_bootstrap
                found[f"{prefix}fill_decay"] = fit.decay, side.decay_bootstrap
        return found

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain values, `parameters` and `errors` included."""
        return {"parameters": self.parameters, "errors": self.errors, **asdict(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Calibration:
        """The inverse of `to_dict`, from JSON as well.

        Errors:
            ConfigError: a field is missing, unknown or of another type.
        """
        from pydantic import TypeAdapter, ValidationError

        kept = {name: value for name, value in data.items() if name not in ("parameters", "errors")}
        unknown = sorted(set(kept) - set(cls.__dataclass_fields__))
        if unknown:
            raise ConfigError(f"calibration: unknown field {unknown[0]!r}")
        try:
            return TypeAdapter(cls).validate_python(kept)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"calibration: {place}: {first['msg']}") from None

    def write(self, path: StrPath) -> Path:
        """Write the parameters as YAML, for `calibration:` in a config; returns the path.

        Where the tape has two clocks, samples of the feed's delays are written beside it, in the
        file that `feed_delays` names.
        """
        path = Path(path)
        head = (
            f"# Parameters of {self.instrument['symbol']} from {span(*self.span)}.\n"
            "# A config with   calibration: THIS FILE   takes them where a model leaves one open.\n"
            "# Ticks, lots, seconds; errors are standard errors of the bootstrap.\n"
        )
        body = {
            "tape": self.tape,
            "parameters": self.parameters,
            "errors": self.errors,
            "not_calibrated": self.not_calibrated,
        }
        if self.latency is not None:
            shares = zip(self.latency.shares, self.latency.milliseconds, strict=True)
            body["feed_latency_ms"] = {f"{share:g}": value for share, value in shares}
            body[FIELD] = write_feed_delays(path, self.latency).name
        path.write_text(head + yaml.safe_dump(body, sort_keys=False), encoding="utf-8")
        return path

    def report(self, path: StrPath) -> Path:
        """Write all of it as one page of HTML; returns the path."""
        from halfspread.calibrate.report import page

        return keep(Path(path), page(self))


def read_feed_latency(path: StrPath) -> float:
    """The median delay of the feed, ms, in a file that `Calibration.write` wrote.

    Errors:
        ConfigError: it can't be read, or the tape that was calibrated told of no delay.
    """
    found = read_yaml(Path(path)).get("feed_latency_ms")
    median = found.get("0.5") if isinstance(found, dict) else None
    if not isinstance(median, int | float) or not 0 <= median < math.inf:
        raise ConfigError(f"{path}: has no feed_latency_ms of 0.5, the median of the feed's delays")
    return float(median)


def read_parameters(path: StrPath) -> dict[str, float]:
    """The parameters in a file that `Calibration.write` wrote.

    Errors:
        ConfigError: it can't be read, has no `parameters`, or one is no finite number.
    """
    data = read_yaml(Path(path))
    found = data.get("parameters")
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: has no 'parameters'; halfspread calibrate writes such a file")
    for name, value in found.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ConfigError(f"{path}: parameters.{name} must be a finite number, was {value!r}")
    return {name: float(value) for name, value in found.items()}


def calibrate_tape(tape: Tape, seed: int = 0, progress: Progress | None = None) -> Calibration:
    """Estimate all that a tape can tell; what it can't is None, with the reason.

    Args:
        tape: with a book of two sides, trades, or both; the more of each the better.
        seed: of the bootstraps, >= 0.
        progress: told the fraction done and the step, now and then.
    Errors:
        ConfigError: seed < 0.

    >>> import halfspread as hs
    >>> found = hs.calibrate.calibrate_tape(hs.synthetic.tape(events=40_000, seed=1))
    >>> sorted(found.parameters)[-3:], found.not_calibrated
    (['fill_decay', 'fill_intensity', 'volatility'], {})
    """
    if seed < 0:
        raise ConfigError(f"seed must be >= 0, was {seed}")
    tell: Progress = progress or (lambda done, step: None)
    missing: dict[str, str] = {}

    def attempt(name: str, done: float, estimate: Callable[[], T]) -> T | None:
        tell(done, name.replace("_", " "))
        try:
            return estimate()
        except CalibrationError as error:
            missing[name] = str(error)
            return None

    record = attempt("record", 0.0, lambda: read_record(tape))
    found: dict[str, Any] = {}
    if record is not None:
        marks = attempt("mark_out", 0.05, lambda: mark_outs(record, seed))
        found = {
            "volatility": attempt("volatility", 0.1, lambda: volatility(record)),
            "bids": attempt("bids", 0.15, lambda: intensity(record, 1, seed)),
            "asks": attempt("asks", 0.2, lambda: intensity(record, -1, seed)),
            "both": attempt("both", 0.25, lambda: intensity(record, 0, seed)),
            "tutorial": attempt("tutorial", 0.3, lambda: tutorial_fit(record)),
            "touch_mark_out": marks[0] if marks else None,
            "trade_mark_out": marks[1] if marks else None,
            "impact": attempt("impact", 0.35, lambda: impact(record)),
            "micro_price": attempt("micro_price", 0.4, lambda: micro_price(record)),
            "hawkes": attempt("hawkes", 0.45, lambda: hawkes(record)),
        }
        for name, side, done in (("bids", 1, 0.7), ("asks", -1, 0.8)):
            near = found[name].nearest if found[name] is not None else 0.5
            wait = partial(waiting, record, side, near, seed)
            found[f"waiting_{name}"] = attempt(f"waiting_{name}", done, wait)
    found["latency"] = attempt("latency", 0.95, lambda: feed_latency(tape))
    estimates = {name: None for name in Calibration.__dataclass_fields__ if name not in found}
    heading = {
        "instrument": tape.instrument.to_dict(),
        "tape": Path(tape.path).name,
        "span": record.span if record is not None else tape.span,
        "orders": len(record.arrivals.time) if record is not None else 0,
        "prints_without_side": record.without_side if record is not None else 0,
        "seed": seed,
        "not_calibrated": missing,
    }
    tell(1.0, "done")
    return Calibration(**{**estimates, **found, **heading})
