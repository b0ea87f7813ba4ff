"""Heat map: a metric over two parameters of a sweep, as one page of HTML."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from halfspread.errors import ConfigError
from halfspread.evaluate.measure import BY_NAME
from halfspread.evaluate.page import keep, library
from halfspread.evaluate.words import written

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run

SHOWN = ("profit", "sharpe", "max_drawdown", "fills", "mean_absolute_inventory")
"""The metrics to choose from on the page; the first is shown at first."""
COLOURS = [[0, "#e5484d"], [0.5, "#f4f1ea"], [1, "#12a594"]]
"""Bad, in between, good."""
PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --ink: #1c2530; --paper: #fbfaf8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14181d; } }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--ink);
       background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0; } p { margin: 0.3rem 0 1rem; opacity: 0.75; }
select { font: inherit; margin-bottom: 0.5rem; }
#chart { height: 34rem; }
</style></head><body>
<h1>$title</h1><p>$subtitle</p>
<select id="metric" aria-label="metric">$options</select>
<div id="chart"></div>
<script type="text/plain" id="library">$library</script>
<script>
const figures = $figures, dark = matchMedia("(prefers-color-scheme: dark)");
function draw() {
    const figure = structuredClone(figures[document.getElementById("metric").value]);
    figure.layout.font = { color: getComputedStyle(document.body).color };
    Plotly.react("chart", figure.data, figure.layout, { responsive: true, displayModeBar: false });
}
async function load() {  // Plotly is packed
    const packed = await fetch("data:;base64," + document.getElementById("library").textContent);
    const library = packed.body.pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script"), text = await new Response(library).blob();
    script.src = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    await new Promise((resolve, reject) => { script.onload = resolve; script.onerror = reject; document.head.append(script); });
    document.getElementById("metric").onchange = dark.onchange = draw;
    draw();
}
load().catch((why) => { document.getElementById("chart").textContent = `No chart: $${why}`; });
</script></body></html>
""")


def heat_map(run: Run, path: str | Path) -> Path:
    """Write the page of a sweep over two parameters, every combination of whose values is a lane.

    Errors:
        ConfigError: other than two parameters vary, or combinations are missing or there twice.
    """
    names = run.varied
    if len(names) != 2:
        raise ConfigError(f"heat map: two parameters must vary, did: {', '.join(names) or 'none'}")
    figures = {name: _figure(run, names[0], names[1], name) for name in SHOWN}
    path = Path(path)
    page = PAGE.substitute(
        title=escape(f"{run.instrument.symbol}: {' and '.join(names)}"),
        subtitle=escape(f"{run.when}, {run.n:,} lanes, money in {run.money_unit}"),
        options="".join(f'<option value="{n}">{n.replace("_", " ")}</option>' for n in SHOWN),
        library=library(),
        figures=json.dumps(figures),
    )
    return keep(path, page)


def _figure(run: Run, down: str, across: str, metric: str) -> dict[str, Any]:
    """The chart of one metric; the value of each cell is written in it where there is room."""
    rows, row_of = np.unique(run.parameters[down], return_inverse=True)
    columns, column_of = np.unique(run.parameters[across], return_inverse=True)
    lanes = np.full((len(rows), len(columns)), -1)
    lanes[row_of, column_of] = np.arange(run.n)
    if run.n != lanes.size or np.any(lanes < 0):
        raise ConfigError(f"heat map: {run.n} lanes are no grid of {down} and {across}")
    values = np.array([row[metric] for row in run.measured], dtype=np.float64)[lanes]
    texts = [[written(metric, value, 3) for value in row] for row in values]
    better, shown = BY_NAME[metric].better, metric.replace("_", " ")
    heat = {
        "type": "heatmap",
        "x": _distinct(columns),
        "y": _distinct(rows),
        "z": [[value if np.isfinite(value) else None for value in row] for row in values.tolist()],
        "text": texts,
        "texttemplate": "%{text}" if lanes.size <= 200 else "",
        "hovertemplate": f"{across} %{{x}}<br>{down} %{{y}}<br>{shown} %{{text}}<extra></extra>",
        "colorscale": COLOURS,
        "reversescale": better < 0,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 12, "outlinewidth": 0},
    }
    if metric in ("profit", "sharpe"):
        heat["zmid"] = 0
    layout: dict[str, Any] = {
        "xaxis": _axis(across),
        "yaxis": _axis(down),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"t": 10, "r": 10},
    }
    return {"data": [heat], "layout": layout}


def _distinct(values: Any) -> list[str]:
    """The labels of a category axis: in three digits, or in as many as tell them apart."""
    for digits in range(3, 17):
        labels = [f"{value:.{digits}g}" for value in values]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{value:.17g}" for value in values]


def _axis(name: str) -> dict[str, Any]:
    title = {"text": name.replace("_", " "), "standoff": 14}
    return {"type": "category", "title": title, "automargin": True, "showgrid": False}
