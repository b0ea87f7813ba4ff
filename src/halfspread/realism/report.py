"""Report: a scorecard of realism as one page of HTML: verdicts, numbers and plots."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from halfspread.evaluate.charts import BLUE, ORANGE, Figure
from halfspread.evaluate.page import chart, render, section, table, text
from halfspread.evaluate.words import NOTHING, duration, number, percent, span
from halfspread.realism.catalogue import GROUPS
from halfspread.realism.scorecard import ALIKE, MOST_ALIKE, MOST_OFF, OFF, UNREAL

if TYPE_CHECKING:
    from halfspread.realism.scorecard import Plot, Realism, Row

COLOURS = {ALIKE: "gain", OFF: "soft", UNREAL: "loss"}
READING = (
    "Distance: of distributions Wasserstein-1 in pooled standard deviations, its 99 % interval by "
    "the stationary bootstrap of time; L1, half the sum of the differences of shares; of curves "
    "the mean difference. Halves: the same between the first and the second half of the real tape,"
    " what the market differs from itself. Up to "
    f"{MOST_ALIKE:g} times that, or with an interval that reaches it, a fact is alike; up to "
    f"{MOST_OFF:g} times off; beyond, unreal. A short real tape differs much from itself: then "
    "alike says little."
)


def page(found: Realism) -> str:
    """The whole page."""
    figures: dict[str, Figure] = {}
    body = [_tiles(found), _failings(found), _table(found)]
    if found.warning:
        body.insert(1, section("Two markets", f"<p>{escape(found.warning)}</p>", "warning"))
    body += [_group(found, name, figures) for name in GROUPS]
    body.append(_numbers(found))
    title = f"How real {found.simulated} is"
    subtitle = f"{found.symbol} · {found.real} · {span(*found.span)}"
    return render(title, subtitle, "\n".join(body), figures)


def _tiles(found: Realism) -> str:
    count = len(found.rows)
    tiles = (
        ("Alike", f'<span class="gain">{found.count(ALIKE)}</span>', f"of {count} facts"),
        ("Off", str(found.count(OFF)), f"up to {MOST_OFF:g} times the market's own change"),
        ("Unreal", f'<span class="loss">{found.count(UNREAL)}</span>', "farther than that"),
        (
            "Compared",
            duration(found.seconds[1]),
            f"simulated, with {duration(found.seconds[0])} real; returns over {found.horizon:g} s",
        ),
    )
    cells = (
        f'<div class="tile"><h3>{name}</h3><b>{value}</b><span class="soft">{more}</span></div>'
        for name, value, more in tiles
    )
    return f'<div class="tiles">{"".join(cells)}</div>'


def _failings(found: Realism) -> str:
    if not found.failings:
        words = "<p>Nowhere that these data could tell.</p>"
        return section("Where it is unreal", words)
    rows = [
        (
            f'<span class="{COLOURS[row.verdict]}">{row.verdict}</span>',
            escape(row.title),
            escape(f"{row.words}: {_number(row.simulated)}, really {_number(row.real)}"),
            f'<span class="soft">{escape(row.number)}</span>',
        )
        for row in found.failings
    ]
    return section("Where it is unreal", table(rows, kind="left"))


def _table(found: Realism) -> str:
    heads = ("", "real", "simulated", "distance", "99 %", "L1", "halves", "ratio", "")
    rows = [
        (
            f'<span title="{escape(row.number)}">{escape(row.title)}</span>',
            text(_number(row.real)),
            text(_number(row.simulated)),
            number(row.distance, 3),
            _interval(row),
            number(row.l1, 2),
            number(row.halves, 3),
            _ratio(row.ratio),
            f'<span class="{COLOURS[row.verdict]}">{row.verdict}</span>',
        )
        for row in found.rows
    ]
    words = f'<p class="soft">{escape(READING)}</p>'
    return section("Scorecard", f'{words}<div class="wide">{table(rows, heads)}</div>', "long")


def _number(value: float) -> str:
    return number(value, 3)


def _interval(row: Row) -> str:
    if not math.isfinite(row.low):
        return NOTHING
    return f"{number(row.low, 2)} to {number(row.high, 2)}"


def _ratio(ratio: float) -> str:
    return f"{number(ratio, 2)} ×" if math.isfinite(ratio) else "∞"


def _group(found: Realism, group: str, figures: dict[str, Figure]) -> str:
    places = []
    for row in found.rows:
        if row.group != group:
            continue
        plot = chart(row.key, row.title, _figure(found.plots[row.key]), figures)
        verdict = f'<span class="{COLOURS[row.verdict]}">{row.verdict}</span>'
        values = f"{row.number}: {_number(row.simulated)}, really {_number(row.real)}"
        words = f'<p class="soft">{verdict} · {escape(values).replace(" -", " &minus;")}</p>'
        places.append(f"<div>{plot}{words}</div>")
    return section(group, f'<div class="halves">{"".join(places)}</div>', "long")


def _figure(plot: Plot) -> Figure | None:
    if not any(math.isfinite(y) for y in (*plot.real, *plot.simulated)):
        return None
    lines = [
        _line(plot, "real", plot.real, BLUE),
        _line(plot, "simulated", plot.simulated, ORANGE),
    ]
    across: Figure = {"title": {"text": plot.across}}
    if plot.is_curve and min(plot.x) > 0 and max(plot.x) >= 30 * min(plot.x):
        across |= {
            "type": "log",
            "tickvals": list(plot.x),
            "ticktext": [f"{x:g}" for x in plot.x],
        }
    up: Figure = {"title": {"text": plot.up or "share"}}
    if not plot.is_curve:
        up["rangemode"] = "tozero"
    return {"data": lines, "layout": {"xaxis": across, "yaxis": up, "hovermode": "closest"}}


def _line(plot: Plot, name: str, y: tuple[float, ...], colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers" if plot.is_curve or len(plot.x) == 1 else "lines",
        "name": name,
        "x": list(plot.x),
        "y": [value if math.isfinite(value) else None for value in y],
        "line": {"color": colour, "width": 2, **({} if plot.is_curve else {"shape": "hvh"})},
        "marker": {"size": 6, "color": colour},
        "hovertemplate": f"%{{x:.4g}}: %{{y:.4g}}<extra>{name}</extra>",
    }


def _numbers(found: Realism) -> str:
    rows = []
    for name, (real, simulated) in found.numbers.items():
        write = percent if name.startswith("share") else _number
        rows.append((escape(name), text(write(real)), text(write(simulated))))
    return section("More numbers", table(rows, ("", "real", "simulated")))
