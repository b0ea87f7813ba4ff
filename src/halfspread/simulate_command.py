"""Simulate command: the command `halfspread simulate`, and the laws that its files hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from halfspread.console import progress, show
from halfspread.errors import ConfigError

FLOWS = ("zero_intelligence (zi)", "queue_reactive (qr)", "hawkes")
EXAMPLES = """
    halfspread simulate zero_intelligence -o zi.tape --duration 1h --seed 1
    halfspread simulate zero_intelligence -o my.tape --laws laws.yaml
    halfspread calibrate --world queue_reactive btc.tape -o qr.yaml
    halfspread simulate queue_reactive -o qr.tape --laws qr.yaml
    halfspread simulate hawkes -o bad_day.tape --scenario bad_day.yaml
    halfspread inspect bad_day.tape

    # laws.yaml: rates a second, by distance from the opposite best
    limit_rates: [1.85, 1.51, 1.09, 0.88, 0.77]
    market_rate: 0.94
    cancel_rates: [0.71, 0.81, 0.68, 0.56, 0.47]    # of each order

    # bad_day.yaml: any part may be left out; times are since the tape begins
    season: [[0h, 2], [4h, 0.5], [8h, 2]]           # multiplies all rates
    shocks:
      # a burst; liquidity withdraws; four times the sellers; one sells
      # through five bids at once
      - {at: 10m, lasting: 2m, limit: 5, cancel: 5, market: 5}
      - {at: 20m, lasting: 2m, limit: 0.3, cancel: 3}
      - {at: 30m, lasting: 2m, market: 4, side: ask}
      - {at: 40m, side: ask, sweep_ticks: 5}
    # takers who know what it is worth: looks a second; how much that moves,
    # ticks a square root of a second
    informed: {rate: 0.5, volatility: 1}
"""


def simulate(
    flow: Annotated[str, typer.Argument(help=f"{', '.join(FLOWS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The tape to write.")],
    laws: Annotated[
        Path | None,
        typer.Option(help="YAML or JSON of its laws; queue_reactive has no others."),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="YAML of a season, shocks and informed takers: see below."),
    ] = None,
    duration: Annotated[str, typer.Option(help="Of the tape.")] = "1h",
    warm_up: Annotated[str, typer.Option(help="Before the tape begins.")] = "10m",
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 0,
) -> None:
    """Write the tape of a simulated market, which every other command reads.

    Without --laws zero_intelligence is Sky Perfect Communications as Cont, Stoikov and Talreja
    measured it, a second for a minute: about 80 orders and cancellations a second; and hawkes is
    made up, 28 a second that come in bursts. Where a scenario has informed takers, the tape has two
    columns more, which no command reads: what it was worth, and whose orders knew.
    """
    from halfspread import screens
    from halfspread.simulating import simulate as write

    public = _flow(flow, laws)
    if scenario is not None:
        public = _within(public, scenario)
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
    with _of_file(laws):
        return flows.named(name, read_yaml(laws))


def _within(public: Any, scenario: Path) -> Any:
    """The flow in the scenario of a file."""
    from halfspread import flows
    from halfspread.yaml_file import read_yaml

    with _of_file(scenario):
        return flows.Scenario.from_dict(public, read_yaml(scenario))


@contextmanager
def _of_file(path: Path) -> Iterator[None]:
    """An error inside names the file, once."""
    try:
        yield
    except (ConfigError, TypeError) as error:
        raise ConfigError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None


def _instrument(laws: Path | None) -> Any:
    """What the market trades: a file of laws may say."""
    from halfspread.instrument import Instrument
    from halfspread.simulating import INSTRUMENT
    from halfspread.yaml_file import read_yaml

    traded = None if laws is None else read_yaml(laws).get("instrument")
    if traded is None:
        return INSTRUMENT
    assert laws is not None
    with _of_file(laws):
        return Instrument.from_dict(traded)
