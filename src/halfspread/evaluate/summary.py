"""Summary: a run in the terminal, one lane in full or lanes side by side, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from halfspread.evaluate.findings import findings
from halfspread.evaluate.measure import BY_NAME, lane_mark_outs
from halfspread.evaluate.words import (
    NOTHING,
    count,
    flat,
    moment,
    number,
    parameter,
    percent,
    written,
)
from halfspread.guard import REASONS, STATES

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from halfspread.evaluate.run import Run

PULLED = REASONS.index("pulled")
MOST_LANES = 20
"""Lanes in the comparison; what the others came to is said in a line a metric."""
MOST_ERRORS = 10
NAME_LETTERS = 20
"""Of a lane's name on a line of the comparison."""
SECTIONS = {  # title: (what it says, the metric that says it)
    "money": {
        "profit": "profit",
        "  spread": "profit_spread",
        "  inventory": "profit_inventory",
        "  fees": "fees",
        "profit, bp of turnover": "profit_bp",
        "max drawdown": "max_drawdown",
        "  it lasted": "drawdown_seconds",
        "Sharpe, annual": "sharpe",
        "Sortino, annual": "sortino",
    },
    "fills": {
        "fills": "fills",
        "volume": "volume",
        "turnover": "turnover",
        "maker share": "maker_share",
        "  fills that took": "taker_fills",
        "  their fees": "taker_fees",
        "fill rate of orders": "fill_rate",
        "fills a quoting second": "fills_per_second",
        "time quoting": "quoting_share",
        "win rate": "win_rate",
    },
    "inventory": {
        "at the end": "end_inventory",
        "mean": "mean_inventory",
        "mean absolute": "mean_absolute_inventory",
        "peak": "peak_inventory",
        "holding time, mean": "holding_mean",
        "  median": "holding_median",
        "  90 %": "holding_p90",
    },
    "spread": {
        "quoted half spread": "quoted_half_spread",
        "effective": "effective_half_spread",
        "realised after 5 s": "realised_half_spread",
        "  of the quoted": "capture_of_quoted",
        "  of the effective": "capture_of_effective",
        "mid, mean": "mean_mid",
        "volatility a root second": "volatility",
        "volatility a year": "volatility_year",
    },
}
COMPARED = {
    "profit": "profit",
    "Sharpe": "sharpe",
    "±": "sharpe_error",
    "drawdown": "max_drawdown",
    "fills": "fills",
    "peak inv.": "peak_inventory",
    "realised half spread": "realised_half_spread",
}


def show(run: Run, console: Console | None) -> None:
    """Print `run` on `console`, by default standard output."""
    from rich.console import Console

    console = console or Console()
    for part in render(run):
        console.print(part)


def render(run: Run) -> Iterable[RenderableType]:
    """What `show` prints, from the heading to the assumptions."""
    from rich.text import Text

    lanes = f", {run.n:,} lanes" if run.n > 1 else ""
    yield Text(f"{run.instrument.symbol}{lanes}, {run.when}", style="bold")
    yield Text(f"money in {run.money_unit}, prices and sizes as {run.instrument.symbol} has them")
    if run.n == 1:
        yield from _one_lane(run)
    else:
        yield from _many_lanes(run)
    if run.guard:
        yield _guard(run)
    if run.errors:
        yield _errors(run)
    if run.data_check:
        yield _pairs("data check", findings(run.data_check))
    yield _pairs("assumptions", run.all_assumptions)


def with_error(name: str, found: dict[str, Any]) -> str:
    """The metric, and to two digits its standard error where it has one.

    >>> with_error("sharpe", {"sharpe": 2.0, "sharpe_error": 0.5})
    '2.00 ± 0.50'
    """
    value, error = written(name, found[name]), found.get(f"{name}_error", float("nan"))
    return value if not np.isfinite(error) else f"{value} ± {number(error, 2)}"


def lane_words(run: Run, lane: int) -> str:
    """A lane's number and, in a run of several, its name."""
    name = run.lane_names[lane] if run.n > 1 else ""
    return f"{lane}: {name}" if name else str(lane)


def best_first(values: list[float]) -> list[int]:
    """The lanes by falling value, those without one last, equals as they come.

    >>> best_first([1.0, float("nan"), 3.0])
    [2, 0, 1]
    """
    keys = np.where(np.isnan(values), -np.inf, values)
    return [int(lane) for lane in np.argsort(-keys, kind="stable")]


def _one_lane(run: Run) -> Iterable[RenderableType]:
    from rich.columns import Columns
    from rich.panel import Panel

    found = run.metrics()
    panels = []
    for title, rows in SECTIONS.items():
        table = _plain_table()
        for label, name in rows.items():
            table.add_row(label, with_error(name, found))
        panels.append(Panel(table, title=title, title_align="left"))
    yield Columns(panels)
    yield _mark_outs(run)
    if run.parameters:
        yield _pairs("parameters", {k: parameter(k, v[0]) for k, v in run.parameters.items()})


def _many_lanes(run: Run) -> Iterable[RenderableType]:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = run.measured
    order = best_first([row["profit"] for row in rows])
    title = "lanes, most profitable first"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    names = run.varied[:4]
    table.add_column("lane", justify="right")
    if not names:
        table.add_column("name", no_wrap=True)
    for label in (*names, *COMPARED):
        table.add_column(label.replace("_", " "), justify="right", min_width=5)
    best = {name: _best(name, rows) for name in COMPARED.values()}
    for lane in order[:MOST_LANES]:
        given = [parameter(name, run.parameters[name][lane]) for name in names]
        cells = [Text(words, no_wrap=True) for words in given]
        if not names:
            cells.append(Text(fill(run.lane_names[lane], NAME_LETTERS)))
        for name in COMPARED.values():
            text = written(name, rows[lane][name], 3)
            style = "bold green" if rows[lane][name] == best[name] else ""
            cells.append(Text(text, style, no_wrap=True))
        table.add_row(str(lane), *cells)
    yield table
    if run.n > MOST_LANES:
        yield _spread_of(rows, f"all {run.n:,} lanes")
    note = f"The best of {run.n:,} is best partly by luck: judge it on data it was not chosen on."
    yield Text(note, style="yellow")


def _best(name: str, rows: list[dict[str, Any]]) -> float:
    """The best value of a metric in any lane; NaN for one of which neither end is best."""
    better = BY_NAME[name].better
    values = [row[name] * better for row in rows if np.isfinite(row[name])]
    return max(values) * better if values and better else float("nan")


def _spread_of(rows: list[dict[str, Any]], title: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for label in ("", "least", "a quarter", "median", "three quarters", "most"):
        table.add_column(label, justify="right")
    for label, name in COMPARED.items():
        values = np.array([row[name] for row in rows])
        known = values[np.isfinite(values)]
        at = np.quantile(known, (0, 0.25, 0.5, 0.75, 1)) if len(known) else np.full(5, np.nan)
        table.add_row(label, *(written(name, value, 3) for value in at))
    return table


def _mark_outs(run: Run) -> Table:
    from rich.table import Table

    marked, price = lane_mark_outs(run), run.instrument.price
    table = Table(title="mark-outs: what a fill was worth later, in price", title_justify="left")
    for label in ("after", "mark-out", "±", "of it impact", "±", "fills", "left out"):
        table.add_column(label, justify="right")
    for row, horizon in enumerate(marked.horizons):
        numbers = (marked.markout, marked.markout_error, marked.impact, marked.impact_error)
        cells = [number(price(column[row]), 3) for column in numbers]
        table.add_row(
            f"{horizon:g} s", *cells, count(marked.fills[row]), count(marked.left_out[row])
        )
    return table


def guard_rows(run: Run) -> list[tuple[str, str, str, str]]:
    """Of each state of the lanes' guards: its share of time, how often it began, and why."""
    seconds = {state: run.counters[f"guard_{state}_seconds"].sum() for state in STATES}
    whole = sum(seconds.values())
    into, began = run.guard["to"], run.guard["from"] != run.guard["to"]
    rows = []
    for place, state in enumerate(STATES):
        reasons = np.bincount(run.guard["reason"][began & (into == place)], minlength=1)
        often = sorted(np.flatnonzero(reasons), key=lambda reason: (-reasons[reason], reason))
        why = [f"{REASONS[r].replace('_', ' ')} {reasons[r]:,}" for r in often]
        if state == "halted" and (pulled := np.sum(run.guard["reason"] == PULLED)):
            why.append(f"all orders pulled {pulled:,}")
        share = percent(seconds[state] / whole) if whole else NOTHING
        rows.append((state, share, count(reasons.sum()), ", ".join(why) or NOTHING))
    return rows


def _guard(run: Run) -> Table:
    from rich.table import Table

    table = Table(title="guard", title_justify="left")
    for label in ("state", "of the time", "began", "why, how often"):
        table.add_column(label, justify="left" if label[0] in "sw" else "right")
    for row in guard_rows(run):
        table.add_row(*row, style="red" if row[0] == "halted" and row[2] != "0" else "")
    return table


def _errors(run: Run) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="decisions without a usable quote", title_justify="left", style="red")
    for label in ("lane", "first at", "how often", "why"):
        table.add_column(label)
    for error in run.errors[:MOST_ERRORS]:
        lane = Text(lane_words(run, error["lane"]))
        cells = (lane, moment(error["time"]), count(error["count"]))
        table.add_row(*cells, Text(str(error["why"])))
    if len(run.errors) > MOST_ERRORS:
        table.add_row("", "", "", f"and {len(run.errors) - MOST_ERRORS:,} more lanes")
    return table


def _pairs(title: str, values: dict[str, Any]) -> RenderableType:
    from rich.panel import Panel
    from rich.text import Text

    table = _plain_table("left")
    for name, text in flat(values):
        table.add_row(Text(name), Text(text))
    return Panel(table, title=title, title_align="left", expand=False)


def _plain_table(second: Any = "right") -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify=second)
    return table
