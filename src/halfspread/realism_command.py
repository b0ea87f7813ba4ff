"""Realism command: the command `halfspread realism`, and the table that it prints."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halfspread.console import progress, show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from halfspread.realism import Realism

EXAMPLES = """
    halfspread calibrate --world zero_intelligence btc.tape -o laws.yaml
    halfspread simulate zero_intelligence --laws laws.yaml -o sim.tape --duration 1h
    halfspread realism btc.tape sim.tape --report realism.html
"""
STYLES = {"alike": "green", "off": "yellow", "unreal": "red"}


def realism(
    real: Annotated[Path, typer.Argument(help="A recorded tape.")],
    simulated: Annotated[Path, typer.Argument(help="A simulated tape of the same market.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page of HTML.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstraps.")] = 0,
) -> None:
    """Say where a simulated market is unreal: stylised facts beside those of a recorded tape.

    Distances are read by the scale of the real tape's first half against its second.
    """
    from halfspread import screens
    from halfspread.realism import measure_realism
    from halfspread.tape import open_tape

    with progress() as tell:
        tell(0.0, "opening the tapes")
        found = measure_realism(open_tape(real), open_tape(simulated), seed, tell)
        written = [] if report is None else [found.report(report)]
    if as_json:
        print(json.dumps(found.to_dict(), indent=1))
        return
    show(screen(found))
    if written:
        show([screens.written_files(written)])


def screen(found: Realism) -> Iterable[RenderableType]:
    """The verdicts, a line a fact, and in words what is unreal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from halfspread.evaluate.words import duration, number

    heading = f"{found.simulated} against {found.real}, {found.symbol}"
    yield Text(heading, style="bold")
    lengths = [duration(seconds) for seconds in found.seconds]
    yield Text(f"{lengths[1]} simulated, {lengths[0]} real; returns over {found.horizon:g} s")
    if found.warning:
        yield Text(found.warning, style="yellow")
    columns = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    columns.add_column("fact")
    for name in ("real", "simulated", "distance", "halves", "ratio"):
        columns.add_column(name, justify="right", no_wrap=True)
    columns.add_column("verdict")
    for row in found.rows:
        values = (row.real, row.simulated, row.distance, row.halves)
        cells = [number(value, 3) for value in values]
        verdict = Text(row.verdict, style=STYLES[row.verdict])
        columns.add_row(row.title, *cells, number(row.ratio, 2), verdict)
    yield columns
    for row in found.failings:
        label = Text(f"{row.verdict}  ", style=STYLES[row.verdict])
        yield label.append(f"{row.title}: {row.words}", style="default")
    counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in STYLES)
    yield Text(f"{counts}. Halves: the real tape's first half against its second.", style="dim")
