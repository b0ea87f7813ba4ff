"""Calibrate command: the command `halfspread calibrate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halfspread.console import progress, show
from halfspread.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfspread.calibrate import Calibration, World
    from halfspread.tape import Tape

CALIBRATE_EXAMPLES = """
        halfspread calibrate btc.tape -o btc_parameters.yaml --report calibration.html
        halfspread calibrate btc.tape --end 2024-08-08T23:56 -o first.yaml    # trade the rest
        halfspread calibrate --world queue_reactive btc.tape -o laws.yaml
        halfspread calibrate --world hawkes btc.tape -o laws.yaml --report laws.html
        halfspread simulate hawkes --laws laws.yaml -o sim.tape --duration 1h

        # glft.yaml, for halfspread backtest
        tape: another_day.tape
        calibration: btc_parameters.yaml    # fills fill_intensity, fill_decay, volatility
        model: {model: glft, risk_aversion: 1e-3, size: 10}
        market: {latency_ms: {feed: samples, multiple: 1.5}}    # how much slower is your guess
    """


def calibrate(
    tape: Annotated[Path, typer.Argument(help="A tape.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The YAML of parameters to write; samples of the feed's delays go beside it.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page of HTML.", show_default=False)
    ] = None,
    world: Annotated[
        str | None,
        typer.Option(
            help="Laws of zero_intelligence (zi), queue_reactive (qr) or hawkes, for simulate."
        ),
    ] = None,
    decays: Annotated[
        str | None,
        typer.Option(
            help="How fast a hawkes world forgets, a second, as 0.3,5,80: each a memory of 1/b s; "
            "any event excites any kind by a sum of such exponentials.",
            show_default="0.3,5,80,1300",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="From then on: ISO text such as 2024-08-08T23:54, UTC without a zone."),
    ] = None,
    end: Annotated[str | None, typer.Option(help="Until just before then, likewise.")] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstraps.")] = 0,
) -> None:
    """Estimate volatility, fill intensities, mark-outs, impact and more from a tape, with errors.

    What the data don't hold is said to be not calibrated, with the reason. With --start or --end,
    of a part of the tape, so that a backtest can trade the rest. With --world, the laws of a
    simulated market instead.
    """
    from halfspread import screens
    from halfspread.calibrate import Calibration, World
    from halfspread.calibrate.feed_delays import delays_path
    from halfspread.tape import open_tape

    if world is None and decays is not None:
        raise ConfigError("--decays is of --world hawkes alone")
    with progress() as tell:
        tell(0.0, "opening the tape")
        opened = _part(open_tape(tape), start, end)
        found = _estimated(opened, world, seed, tell, decays)
        written = [] if output is None else [found.write(output)]
        if output is not None and isinstance(found, Calibration) and found.latency is not None:
            written.append(delays_path(output))
        if report is not None:
            tell(1.0, "writing the report")
            written.append(found.report(report))
    if as_json:
        print(json.dumps(found.to_dict(), indent=1))
        return
    show(screens.world(found) if isinstance(found, World) else screens.calibration(found))
    if written:
        show([screens.written_files(written)])


def _part(tape: Tape, start: str | None, end: str | None) -> Tape:
    """The tape between two times, or all of it."""
    from halfspread.moment import moment_text

    if start is None and end is None:
        return tape
    first, last = tape.span
    return tape.slice(
        moment_text(first) if start is None else start,
        moment_text(last + 1) if end is None else end,
    )


def _estimated(
    tape: Tape, world: str | None, seed: int, tell: Callable[[float, str], None], decays: str | None
) -> Calibration | World:
    """The Calibration, or the World; an error names the tape."""
    from halfspread.calibrate import CalibrationError, calibrate_tape, calibrate_world

    try:
        if world is None:
            return calibrate_tape(tape, seed, tell)
        return calibrate_world(world, tape, seed, tell, _numbers(decays))
    except CalibrationError as error:
        raise CalibrationError(f"{tape.path}: {error}") from None


def _numbers(text: str | None) -> tuple[float, ...] | None:
    """Numbers between commas."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"--decays must be numbers between commas, was {text!r}") from None
