"""Simulate command: the command `halfspread simulate`, and the laws that its files hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from halfspread.console import progress, show
from halfspread.errors import ConfigError

FLOWS = ("zero_intelligence", "queue_reactive")
EXAMPLES = """
    halfspread simulate zero_intelligence -o zi.tape --duration 1h --seed 1
    halfspread simulate zero_intelligence -o my.tape --laws laws.yaml
    halfspread inspect zi.tape

    # laws.yaml: rates a second
    limit_rates: [1.85, 1.51, 1.09, 0.88, 0.77]     # by distance from the opposite best
    market_rate: 0.94
    cancel_rates: [0.71, 0.81, 0.68, 0.56, 0.47]    # of each order
"""


def simulate(
    flow: Annotated[str, typer.Argument(help=f"{' or '.join(FLOWS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The tape to write.")],
    laws: Annotated[
        Path | None,
        typer.Option(help="YAML or JSON of its laws; queue_reactive has no others."),
    ] = None,
    duration: Annotated[str, typer.Option(help="Of the tape.")] = "1h",
    warm_up: Annotated[str, typer.Option(help="Before the tape begins.")] = "10m",
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 0,
) -> None:
    """Write the tape of a simulated market, which every other command reads.

    Without --laws zero_intelligence is Sky Perfect Communications as Cont, Stoikov and Talreja
    measured it, a second for a minute: about 80 orders and cancellations a second.
    """
    from halfspread import screens
    from halfspread.simulating import simulate as write

    public = _flow(flow, laws)
    with progress() as tell:
        tape = write(
            public,
            duration,
            seed,
            output,
            warm_up=warm_up,
            instrument=_instrument(laws),
            progress=lambda done: tell(done, "simulating"),
        )
    show([screens.written_files([output]), repr(tape)])


def _flow(name: str, laws: Path | None) -> Any:
    """The flow of that name under the laws of a file, or its own."""
    from halfspread import flows
    from halfspread.yaml_file import read_yaml

    if laws is None:
        return flows.named(name)
    try:
        return flows.named(name, read_yaml(laws))
    except ConfigError as error:
        raise ConfigError(f"{laws}: {str(error).removeprefix(f'{laws}: ')}") from None


def _instrument(laws: Path | None) -> Any:
    """What the market trades: a file of laws may say."""
    from halfspread.instrument import Instrument
    from halfspread.simulating import INSTRUMENT
    from halfspread.yaml_file import read_yaml

    traded = None if laws is None else read_yaml(laws).get("instrument")
    if traded is None:
        return INSTRUMENT
    try:
        return Instrument.from_dict(traded)
    except (ConfigError, TypeError) as error:
        raise ConfigError(f"{laws}: {error}") from None
