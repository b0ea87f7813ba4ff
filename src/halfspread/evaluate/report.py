"""Report: a run as one page of HTML: numbers, charts, tables, and all that they rest on."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halfspread.evaluate import charts, metrics
from halfspread.evaluate.attribution import Part, by_hour, by_volatility
from halfspread.evaluate.findings import findings
from halfspread.evaluate.measure import BY_NAME, METRICS, lane_mark_outs
from halfspread.evaluate.page import chart as _chart
from halfspread.evaluate.page import keep, render
from halfspread.evaluate.page import section as _section
from halfspread.evaluate.page import table as _table
from halfspread.evaluate.page import text as _text
from halfspread.evaluate.summary import SECTIONS, best_first, guard_rows, lane_words, with_error
from halfspread.evaluate.words import (
    count,
    duration,
    flat,
    moment,
    number,
    parameter,
    percent,
    written,
)

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run

MOST_ROWS = 500
"""Lanes in the table, most profitable first; MOST_ROWS errors at most, too."""
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
COMPARED = (
    "profit",
    "profit_spread",
    "profit_inventory",
    "fees",
    "sharpe",
    "sharpe_error",
    "max_drawdown",
    "fills",
    "mean_absolute_inventory",
    "peak_inventory",
    "realised_half_spread",
    "win_rate",
)


def write(run: Run, path: Path, lane: int | None) -> Path:
    """Write the page to `path`, and return that."""
    return keep(path, page(run, lane))


def page(run: Run, lane: int | None = None) -> str:
    """The whole page, with `lane` in detail; by default the most profitable one."""
    if lane is None:
        lane = best_first([row["profit"] for row in run.measured])[0]
    shown = run.lane(lane)
    found = run.measured[lane]
    figures: dict[str, charts.Figure] = {}
    body = [
        "" if run.n == 1 else _whose(run, lane),
        _tiles(found),
        _errors(run),
        _guard(run),
        _comparison(run, lane, figures),
        _time_charts(shown, lane if run.n > 1 else None, figures),
        _attribution(shown),
        _numbers(found),
        _fills(shown, figures),
        _grounds(run, shown),
        _meanings(),
    ]
    lanes = f"{run.n:,} lanes" if run.n > 1 else "one lane"
    length = duration(found["seconds"])
    subtitle = f"{run.when} · {length} · {lanes} · money in {run.money_unit}"
    return render(_title(run), subtitle, "\n".join(body), figures)


def _title(run: Run) -> str:
    name = f"{run.model_name} on " if run.model_name else ""
    return f"{name}{run.instrument.symbol}"


def _spaced(name: str) -> str:
    return escape(name.replace("_", " "))


def _whose(run: Run, lane: int) -> str:
    """Whose numbers the headline and the charts in time show."""
    most = lane == best_first([row["profit"] for row in run.measured])[0]
    name = f": {run.lane_names[lane]}" if run.lane_names[lane] else ""
    words = f"Lane {lane}{', the most profitable' if most else ''}{name}"
    return f'<p class="soft whose">{escape(words)}</p>'


def _tiles(found: dict[str, Any]) -> str:
    """The headline."""

    def of(name: str) -> str:
        return _text(written(name, found[name]))

    colour = "gain" if found["profit"] > 0 else "loss" if found["profit"] < 0 else ""
    bins = f"{count(found['bins'])} bins of {duration(found['bin_seconds'])}"
    effective = found["effective_half_spread"] / found["mean_mid"] * 1e4
    tiles = (
        (
            "Profit",
            f'<span class="{colour}">{of("profit")}</span>',
            f"spread {of('profit_spread')}, inventory {of('profit_inventory')}, fees {of('fees')}",
        ),
        ("Sharpe ratio, annual", _text(with_error("sharpe", found)), f"on {bins}"),
        ("Deepest drawdown", of("max_drawdown"), f"it lasted {of('drawdown_seconds')}"),
        ("Fills", of("fills"), f"{of('fill_rate')} of orders; turnover {of('turnover')}"),
        (
            "Half spread kept after 5 s",
            of("realised_half_spread"),
            f"of {of('effective_half_spread')} at the fill ({_text(number(effective, 3))} bp)",
        ),
        (
            "Inventory, mean absolute",
            of("mean_absolute_inventory"),
            f"peak {of('peak_inventory')}, at the end {of('end_inventory')}",
        ),
        ("Holding time, median", of("holding_median"), f"mean {of('holding_mean')}"),
        ("Lots that gained", of("win_rate"), "of round trips, after fees"),
    )
    cells = (
        f'<div class="tile"><h3>{title}</h3><b>{value}</b><span class="soft">{more}</span></div>'
        for title, value, more in tiles
    )
    return f'<div class="tiles">{"".join(cells)}</div>'


def _errors(run: Run) -> str:
    if not run.errors:
        return ""
    rows = [
        (
            escape(lane_words(run, e["lane"])),
            moment(e["time"]),
            count(e["count"]),
            escape(str(e["why"])),
        )
        for e in run.errors[:MOST_ROWS]
    ]
    heads = ("lane", "first at", "how often", "why")
    which = "1 lane" if len(run.errors) == 1 else f"{len(run.errors):,} lanes"
    words = f"<p>The quotes of {which} were pulled at such decisions.</p>"
    return _section(
        "Decisions without a usable quote", words + _table(rows, heads, "left"), "warning"
    )


def _guard(run: Run) -> str:
    if not run.guard:
        return ""
    heads = ("state", "of the time", "began", "why, how often")
    lanes = "" if run.n == 1 else f'<p class="soft">All {run.n:,} lanes together.</p>'
    rows = ([escape(cell) for cell in row] for row in guard_rows(run))
    return _section("Guard", lanes + _table(rows, heads, "left"))


def _comparison(run: Run, shown: int, figures: dict[str, charts.Figure]) -> str:
    if run.n == 1:
        return ""
    rows, names = run.measured, run.varied
    given = (name for name in names if np.isfinite(run.parameters[name]).all())
    order = best_first([row["profit"] for row in rows])
    chart = _chart(
        "lanes",
        "Profit and peak inventory",
        charts.lanes(run, shown, next(given, None)),
        figures,
        "tall",
    )
    lines = []
    for lane in order[:MOST_ROWS]:
        words = str(lane) if names else lane_words(run, lane)
        cells: list[tuple[float, str]] = [(lane, escape(words))]
        settings = {name: float(run.parameters[name][lane]) for name in names}
        cells += [(value, parameter(name, value)) for name, value in settings.items()]
        cells += [
            (rows[lane][name], _text(written(name, rows[lane][name], 3))) for name in COMPARED
        ]
        tds = "".join(f'<td data-value="{value}">{text}</td>' for value, text in cells)
        lines.append(f'<tr class="{"shown" if lane == shown else ""}">{tds}</tr>')
    heads = ("lane", *names, *COMPARED)
    sorted_by = {"profit": ' aria-sort="descending"'}
    hints = {name: escape(metric.words) for name, metric in BY_NAME.items()}
    head = "".join(
        f'<th title="{hints.get(name, "")}"{sorted_by.get(name, "")}>{_spaced(name)}</th>'
        for name in heads
    )
    left = f" The {MOST_ROWS:,} most profitable of them are listed." if run.n > MOST_ROWS else ""
    note = (
        f'<p class="soft">Lane {shown} is shown in detail below. The best of {run.n:,} lanes is '
        f"best partly by luck: judge it on data it was not chosen on.{left} "
        "Click a heading to sort.</p>"
    )
    table = (
        f'<div class="scroll"><table class="lanes"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
    return _section(f"{run.n:,} lanes compared", note + chart + table, "long")


def _time_charts(run: Run, lane: int | None, figures: dict[str, charts.Figure]) -> str:
    drawn: tuple[tuple[str, str, Callable[[Run], charts.Figure | None], str], ...] = (
        ("price", "Price, our quotes and our fills", charts.price, "tall"),
        ("inventory", "Inventory", charts.inventory, ""),
        ("wealth", "Wealth and what it is made of", charts.wealth, ""),
        ("drawdown", "Drawdown", charts.drawdown, ""),
    )
    places = [
        _chart(name, title, draw(run), figures, kind, "no sample of the path")
        for name, title, draw, kind in drawn
    ]
    hint = f"Times are UTC; drag to zoom, double-click to go back. {charts.caption(run)}."
    words = f'<p class="soft">{hint}</p>'
    title = "In time" if lane is None else f"Lane {lane} in time"
    return _section(title, words + "".join(places), "long")


def _numbers(found: dict[str, Any]) -> str:
    blocks = (
        f"<div><h3>{title}</h3>"
        + _table(
            (label.replace("  ", "&emsp;"), _text(with_error(name, found)))
            for label, name in rows.items()
        )
        + "</div>"
        for title, rows in SECTIONS.items()
    )
    return _section("In numbers", f'<div class="columns">{"".join(blocks)}</div>')


def _attribution(run: Run) -> str:
    """Where the profit came from, by hour and by how much the market moved."""
    times = run.path["time"]
    if not run.keeps_fills or not len(run.fills["size"]) or times[0] == times[-1]:
        return ""
    heads = ("", *Part._fields[1:])
    tables = [
        _table(
            (
                (
                    escape(part.name),
                    duration(part.seconds),
                    count(part.fills),
                    *(_text(number(value, 4)) for value in part[3:]),
                )
                for part in parts
            ),
            heads,
        )
        for parts in (by_hour(run), by_volatility(run))
    ]
    words = (
        "<p class='soft'>Profit = spread + adverse + holding &minus; fees. Adverse is the move of "
        "the mid in the 5 s after each fill, holding the rest of what the inventory gained. Below, "
        "minutes are ranked by how much the mid moved in them.</p>"
    )
    return _section("Where the profit came from", words + "".join(tables))


def _fills(run: Run, figures: dict[str, charts.Figure]) -> str:
    if not run.keeps_fills:
        return _section("Fills", "<p>So many lanes keep no single fills: run one lane alone.</p>")
    if not len(run.fills["lane"]):
        return _section("Fills", "<p>There were none.</p>")
    marked, price = lane_mark_outs(run), run.instrument.price
    rows = []
    for row, horizon in enumerate(marked.horizons):
        pairs = ((marked.markout, marked.markout_error), (marked.impact, marked.impact_error))
        cells = [_estimate(price(values[row]), price(errors[row])) for values, errors in pairs]
        counts = count(marked.fills[row]), count(marked.left_out[row])
        rows.append((f"{horizon:g} s", *cells, *counts))
    heads = ("after", "mark-out", "impact in it", "fills", "left out")
    chart = _chart(
        "markouts",
        "What a fill was worth later",
        charts.mark_outs(run),
        figures,
        why_not="no fill could be marked out",
    )
    words = (
        '<p class="soft">side × (mid then − price), weighted by size; bars and ± are one standard '
        "error, fills near in time taken as one. Left out: the data end before.</p>"
    )
    left = f"<div>{chart}</div><div>{words}{_table(rows, heads)}</div>"
    return _section(
        "Fills", f'<div class="halves">{left}</div><h3>How they are spread</h3>{_spread(run)}'
    )


def _estimate(value: float, error: float) -> str:
    text = _text(number(value, 3))
    return f"{text} ± {number(error, 2)}" if np.isfinite(error) else text


def _spread(run: Run) -> str:
    """Percentiles of fills, by lots."""
    fills, size, price = run.fills, run.instrument.size, run.instrument.price
    lots, sides = fills["size"], fills["side"].astype(np.int64)
    trips = metrics.round_trips(sides * lots)
    held = metrics.holding_seconds(trips, fills["local_time"])
    ones = np.ones(len(lots))
    lines: list[tuple[str, Any, Any, Callable[[float], str]]] = [
        ("size of a fill", size(lots.astype(np.float64)), ones, lambda v: f"{v:.4g}"),
        ("holding time of a lot", held, trips.lots, duration),
    ]
    for row, horizon in enumerate(metrics.HORIZONS):
        values = price(sides * (run.mids_after[:, row] - fills["price"]))
        lines.append(
            (f"mark-out after {horizon:g} s, by lots", values, lots, lambda v: number(v, 3))
        )
    rows = []
    for label, values, weights, text in lines:
        at = metrics.weighted_quantiles(values, weights, SHARES)
        mean = metrics.weighted_mean(values, weights)
        rows.append((label, *(_text(text(float(value))) for value in (*at, mean))))
    return _table(rows, ("", *(percent(share)[:-4] + " %" for share in SHARES), "mean"))


def _grounds(run: Run, shown: Run) -> str:
    """What the result rests on: assumptions, parameters, data, counters."""
    blocks = [("Assumptions", run.all_assumptions)]
    if run.parameters:
        blocks.append(("Parameters", {k: parameter(k, v[0]) for k, v in shown.parameters.items()}))
    if run.data_check:
        blocks.append(("Data check", findings(run.data_check)))
    blocks.append(("Counters", {k: float(v[0]) for k, v in shown.counters.items()}))
    sections = (
        _section(
            title,
            _table(((_spaced(k), escape(v)) for k, v in flat(values)), kind="names left"),
        )
        for title, values in blocks
    )
    return f'<div class="grounds">{"".join(sections)}</div>'


def _meanings() -> str:
    rows = ((_spaced(metric.name), escape(metric.words)) for metric in METRICS)
    table = _table(rows, kind="names left")
    return f"<section><details><summary>What the numbers mean</summary>{table}</details></section>"
