"""World: the laws of a simulated market estimated from a tape, and the file that runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from halfspread.calibrate.hawkes_events import hawkes_events
from halfspread.calibrate.hawkes_flow_fit import DECAYS, HawkesFlowFit, hawkes_flow_fit
from halfspread.calibrate.hawkes_words import notes_of
from halfspread.calibrate.level_changes import LevelChanges, read_changes
from halfspread.calibrate.queue_reactive import QueueIntensities, queue_intensities
from halfspread.calibrate.record import NANO
from halfspread.calibrate.reference_price import ReferencePrice, reference_price
from halfspread.calibrate.zero_intelligence import ZeroIntelligenceFit, zero_intelligence
from halfspread.errors import ConfigError
from halfspread.evaluate.page import keep
from halfspread.evaluate.words import number, percent, span
from halfspread.flows import Hawkes, QueueReactive, ZeroIntelligence, full_name
from halfspread.hawkes_flow import KINDS
from halfspread.instrument import Instrument
from halfspread.policy import check
from halfspread.tape import StrPath, Tape

ORDER = (
    "baselines: a second, of " + ", ".join(KINDS[:6]) + ",",
    "and the asks' six. jumps: for each decay a row for each kind that is excited, in it a column",
    "for each kind that happened.",
)
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class World:
    """Laws of a flow with standard errors. `write` makes the file that `simulate --laws` reads."""

    world: str
    tape: str
    span: tuple[int, int]
    """ns"""
    instrument: Instrument
    """what the simulated market trades: of a queue-reactive one the lot is a mean event size"""
    flow: ZeroIntelligence | QueueReactive | Hawkes
    errors: dict[str, Any]
    """of the flow's parameters, by name"""
    rates: ZeroIntelligenceFit | None
    queues: tuple[QueueIntensities, ...]
    """by depth"""
    reference: ReferencePrice | None
    notes: tuple[str, ...]
    """what the laws rest on or leave out"""
    excitation: HawkesFlowFit | None = None
    """of a Hawkes flow: what it rests on, kind by kind, and its tests"""

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain values."""
        return {**asdict(self), "instrument": self.instrument.to_dict()}

    def write(self, path: StrPath) -> Path:
        """Write the YAML for `halfspread simulate --laws`; returns the path."""
        path = Path(path)
        symbol = self.instrument.symbol
        head = [f"# {self.world} flow of {symbol}, from {span(*self.span)} of {self.tape}."]
        head += [f"# {note}" for note in self.notes]
        if self.excitation is not None:
            head += [f"# {line}" for line in ORDER]
        head.append(f"# Run it:  halfspread simulate {self.world} --laws {path.name} -o a.tape")
        laws = {name: _listed(value) for name, value in asdict(self.flow).items()}
        body = {"instrument": self.instrument.to_dict(), **laws, "errors": self.errors}
        if self.queues:
            body["aes"] = [queue.size_lots for queue in self.queues]
        text = yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=100)
        path.write_text("\n".join(head) + "\n" + text, encoding="utf-8")
        return path

    def report(self, path: StrPath) -> Path:
        """Write the laws as one page of HTML; returns the path."""
        from halfspread.calibrate.world_report import page

        return keep(Path(path), page(self))


def calibrate_world(
    world: str,
    tape: Tape,
    seed: int = 0,
    progress: Progress | None = None,
    decays: Sequence[float] | None = None,
) -> World:
    """Estimate the laws of a simulated market from a tape of levels or of orders.

    Args:
        world: zero_intelligence (zi), queue_reactive (qr) or hawkes.
        seed: of the simulations that theta and theta_reinit are matched by, >= 0.
        progress: told the fraction done and the step, now and then.
        decays: of a Hawkes flow's kernels, a second; by default DECAYS of `hawkes_flow_fit`.
    Errors:
        ConfigError: there is no such world, decays are given to one that has none, or the laws
            found are none that a flow can have.
        CalibrationError: the tape doesn't hold what an estimate needs.

    >>> import halfspread as hs
    >>> tape = hs.simulate(hs.flows.ZeroIntelligence.sky_perfect(speed=60), "10m", seed=1)
    >>> found = hs.calibrate.calibrate_world("zero_intelligence", tape)
    >>> abs(found.flow.market_rate - 0.94) < 3 * found.errors["market_rate"]
    True
    """
    kind = full_name(world, "world")
    check("tape", isinstance(tape, Tape), "a Tape: halfspread.open_tape(path)", tape)
    if seed < 0:
        raise ConfigError(f"seed must be >= 0, was {seed}")
    if decays is not None and kind != "hawkes":
        raise ConfigError(f"decays are of hawkes alone, world was {world!r}")
    tell: Progress = progress or (lambda done, step: None)
    tell(0.0, "reading the changes of levels")
    changes = read_changes(tape)
    tell(0.1, "counting")
    if kind == "zero_intelligence":
        found = _zero_intelligence(tape, changes)
    elif kind == "queue_reactive":
        found = _queue_reactive(tape, changes, seed, tell)
    else:
        found = _hawkes(tape, changes, DECAYS if decays is None else decays, tell)
    tell(1.0, "done")
    return found


def _zero_intelligence(tape: Tape, changes: LevelChanges) -> World:
    fit = zero_intelligence(changes)
    errors = {
        "limit_rates": list(fit.limit_errors),
        "market_rate": fit.market_error,
        "cancel_rates": list(fit.cancel_errors),
    }
    notes = [
        f"Rates a second of orders of {number(fit.unit_lots)} lots, the mean of limit orders.",
        f"{percent(fit.share)} of the limit orders are within {len(fit.limit_rates)} ticks of the "
        "opposite best, which the table reaches.",
        *_source_notes(changes),
    ]
    return World(
        world="zero_intelligence",
        tape=Path(tape.path).name,
        span=changes.span,
        instrument=tape.instrument,
        flow=fit.flow,
        errors=errors,
        rates=fit,
        queues=(),
        reference=None,
        notes=tuple(notes),
    )


def _queue_reactive(tape: Tape, changes: LevelChanges, seed: int, tell: Progress) -> World:
    queues = queue_intensities(changes)
    price = int(changes.bid[changes.first])

    def flow(theta: float, theta_reinit: float) -> QueueReactive:
        return QueueReactive(
            limit=tuple(queue.limit for queue in queues),
            cancel=tuple(queue.cancel for queue in queues),
            market=tuple(queue.market for queue in queues),
            theta=float(theta),
            theta_reinit=float(theta_reinit),
            price=price,
        )

    reference = reference_price(
        changes, flow, seed, lambda done: tell(0.1 + 0.9 * done, "matching theta by simulation")
    )
    unit = queues[0].size_lots
    notes = [
        f"A lot of the flow is {number(unit)} lots of the tape, the mean event at the best price; "
        "aes has the other depths'.",
        *_source_notes(changes),
    ]
    grown = ", ".join(str(depth) for depth, queue in enumerate(queues, 1) if queue.grows)
    if grown:
        notes.append(
            f"The longest queues of depth {grown} grew on average: the flow sends them fewer limit "
            "orders, to bound them."
        )
    if not reference.matched:
        notes.append(
            "No theta makes the mid of such a flow move as the tape's: "
            f"{reference.moves_a_second_simulated:.3g} moves a second for "
            f"{reference.moves_a_second:.3g}, {percent(reference.reversals_simulated)} reversals "
            f"for {percent(reference.reversals)}."
        )
    errors: dict[str, Any] = {
        name: [list(getattr(queue, f"{name}_errors")) for queue in queues]
        for name in ("limit", "cancel", "market")
    }
    errors |= {"theta": reference.theta_error, "theta_reinit": reference.theta_reinit_error}
    lots = Decimal(f"{unit:.6g}")
    traded = {**tape.instrument.to_dict(), "lot": f"{tape.instrument.lot * lots:f}"}
    return World(
        world="queue_reactive",
        tape=Path(tape.path).name,
        span=changes.span,
        instrument=Instrument.from_dict(traded),
        flow=flow(reference.theta, reference.theta_reinit),
        errors=errors,
        rates=None,
        queues=queues,
        reference=reference,
        notes=tuple(notes),
    )


def _hawkes(tape: Tape, changes: LevelChanges, decays: Sequence[float], tell: Progress) -> World:
    events = hawkes_events(changes)
    fit = hawkes_flow_fit(events, decays, lambda done: tell(0.2 + 0.8 * done, "climbing"))
    errors = {
        "baselines": list(fit.baseline_errors),
        "jumps": _listed(fit.jump_errors),
        "top_cancelled": fit.top_error,
        "deep_cancelled": fit.deep_error,
    }
    begin = changes.span[0]
    return World(
        world="hawkes",
        tape=Path(tape.path).name,
        span=(begin, begin + round(fit.seconds / NANO)),
        instrument=tape.instrument,
        flow=fit.flow,
        errors=errors,
        rates=None,
        queues=(),
        reference=None,
        notes=(*notes_of(fit, events), *_source_notes(changes)),
        excitation=fit,
    )


def _source_notes(changes: LevelChanges) -> list[str]:
    """How single orders were told apart."""
    if changes.of_orders:
        return ["The tape tells of single orders: each was counted."]
    if changes.printed == 0:
        return ["The tape has no prints: whatever left counts as cancelled."]
    share = changes.taken() / changes.printed
    return [
        "The tape tells of levels: what changed between two messages counts as one order a level; "
        f"{percent(share)} of what was printed is found in levels."
    ]


def _listed(value: Any) -> Any:
    """Tuples as lists."""
    return [_listed(entry) for entry in value] if isinstance(value, tuple) else value
