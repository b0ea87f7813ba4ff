"""Charts: what a report draws, as Plotly figures in plain dictionaries; thinned, spikes kept."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halfspread.evaluate import metrics
from halfspread.evaluate.measure import lane_mark_outs
from halfspread.evaluate.money import Floats, Ints, Money
from halfspread.evaluate.words import duration, number

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run

Figure = dict[str, Any]

MOST_POINTS = 2000
"""A series."""
BLUE, ORANGE, GREEN, PURPLE, GREY = "#3b82f6", "#f08c00", "#12a594", "#9b6cf0", "#8b94a3"
RED = "#e5484d"
SCALE = [[0, BLUE], [0.5, GREEN], [1, "#f2b200"]]
"""Seen as well on white as on black, and by the colour-blind; blue buys, orange sells."""


def decimate(values: Floats, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Rows to draw, ascending, at most `most`: a stretch's least, its greatest, its first gap.

    The first row, the last, and the extremes of the whole are always among them.
    """
    length = len(values)
    if length <= most:
        return np.arange(length)
    stretches = (most - 2) // 3
    width = -(-length // stretches)
    padded = np.full(stretches * width, np.inf)
    gaps = np.zeros(stretches * width, dtype=bool)
    gaps[:length] = ~np.isfinite(values)
    padded[:length] = np.where(gaps[:length], np.inf, values)
    starts = np.arange(stretches) * width
    least = starts + padded.reshape(stretches, width).argmin(axis=1)
    padded[np.isinf(padded)] = -np.inf
    greatest = starts + padded.reshape(stretches, width).argmax(axis=1)
    gap_rows = gaps.reshape(stretches, width)
    first_gaps = (starts + gap_rows.argmax(axis=1))[gap_rows.any(axis=1)]
    rows = np.concatenate([[0, length - 1], least, greatest, first_gaps])
    kept: NDArray[np.intp] = np.unique(rows[rows < length])
    return kept


def price(run: Run) -> Figure | None:
    """The mid, our best quotes, and our fills at their prices."""
    path, scale = run.path, run.instrument.price
    if not len(path["time"]):
        return None
    lines = (
        ("mid", path["mid"], GREY, 1.4),
        ("our bid", path["bid"][:, 0], BLUE, 1.0),
        ("our ask", path["ask"][:, 0], ORANGE, 1.0),
    )
    data = [
        _steps(path["time"], scale(values), name, colour, width=width)
        for name, values, colour, width in lines
    ]
    data += _fill_marks(run)
    return _in_time(run, data, "price")


def inventory(run: Run) -> Figure | None:
    """What was held, in coins."""
    if not len(run.path["time"]):
        return None
    held = run.instrument.size(run.path["inventory"][:, 0])
    line = _steps(run.path["time"], held, "inventory", PURPLE, fill="tozeroy")
    return _in_time(run, [line], run.instrument.size_unit)


def wealth(run: Run) -> Figure | None:
    """Wealth, and where fills were kept, what spread, inventory and fees made of it."""
    times, worth = run.path["time"], run.path["wealth"][:, 0]
    if not len(times):
        return None
    data = [_line(times, worth, "wealth", GREY, width=2.2)]
    if run.keeps_fills:
        parts = wealth_parts(run)
        colours = {"spread": GREEN, "inventory": PURPLE, "fees": ORANGE}
        data += [_line(times, values, name, colours[name]) for name, values in parts.items()]
    return _in_time(run, data, run.money_unit)


def wealth_parts(run: Run) -> dict[str, Floats]:
    """What spread, inventory and fees have brought up to each sample; their sum is wealth."""
    fills, money = run.fills, Money(run.instrument)
    signed, prices = fills["side"].astype(np.int64) * fills["size"], fills["price"].astype(np.int64)
    known = np.isfinite(fills["mid"])
    halves = np.where(known, np.rint(2 * np.where(known, fills["mid"], 0)), 2 * prices)
    margin = money.value(halves.astype(np.int64)) - money.value(2 * prices)
    gained = np.cumsum(np.append(0.0, signed * margin.astype(np.float64))) * money.atom
    paid = np.cumsum(np.append(0.0, fills["fee"]))
    order = np.argsort(fills["local_time"], kind="stable")
    seen = np.searchsorted(fills["local_time"][order], run.path["time"], side="right")
    spread, fees = gained[seen], -paid[seen]
    return {"spread": spread, "inventory": run.path["wealth"][:, 0] - spread - fees, "fees": fees}


def drawdown(run: Run) -> Figure | None:
    """How far wealth was below its highest so far."""
    times = run.path["time"]
    if not len(times):
        return None
    depth = metrics.underwater(run.path["wealth"][:, 0])
    line = _line(times, depth, "below the peak", ORANGE, fill="tozeroy")
    return _in_time(run, [line], run.money_unit)


def mark_outs(run: Run) -> Figure | None:
    """The mark-out curve, from the effective half spread at the fill on, with standard errors."""
    marked, scale = lane_mark_outs(run), run.instrument.price
    known = marked.fills > 0
    if not known.any():
        return None
    fills = run.fills
    at_fill = fills["side"] * (fills["mid"] - fills["price"])
    start = scale(metrics.weighted_mean(at_fill, fills["size"]))
    labels = ["at the fill", *(f"{h:g} s" for h in marked.horizons[known])]
    values = np.append(start, scale(marked.markout[known]))
    errors = np.append(np.nan, scale(marked.markout_error[known]))
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "mark-out",
        "x": labels,
        "y": _plain(values),
        "error_y": {"type": "data", "array": _plain(errors), "color": BLUE, "thickness": 1.4},
        "line": {"color": BLUE, "width": 2},
        "marker": {"size": 8, "color": BLUE},
        "customdata": [number(value, 3) for value in values],
        "hovertemplate": "%{x}: %{customdata}<extra></extra>",
    }
    across = {"type": "category", "title": {"text": "time after the fill"}}
    figure = _figure([line], across, "price")
    figure["layout"]["showlegend"] = False
    return figure


def lanes(run: Run, shown: int, by: str | None) -> Figure | None:
    """Profit against peak inventory, a dot a lane, coloured by a parameter; a ring at `shown`."""
    rows = run.measured
    peaks = [row["peak_inventory"] for row in rows]
    profits = [row["profit"] for row in rows]
    marker: Figure = {"size": 8, "color": BLUE, "opacity": 0.85}
    texts = [f"lane {lane}<br>{escape(name)}" for lane, name in enumerate(run.lane_names)]
    if by is not None:
        values = np.asarray(run.parameters[by], dtype=np.float64)
        marker |= _colours(values, by.replace("_", " "))
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": peaks,
        "y": profits,
        "text": texts,
        "marker": marker,
        "hovertemplate": "%{text}<br>profit %{y:.4g}<br>peak %{x:.4g}<extra></extra>",
    }
    ring = {
        "type": "scatter",
        "mode": "markers",
        "x": [peaks[shown]],
        "y": [profits[shown]],
        "marker": {"size": 16, "color": RED, "symbol": "circle-open", "line": {"width": 2.5}},
        "hoverinfo": "skip",
    }
    across = {"title": {"text": "peak inventory"}}
    figure = _figure([dots, ring], across, f"profit, {run.money_unit}")
    figure["layout"]["showlegend"] = False
    return figure


def _colours(values: Floats, title: str) -> Figure:
    """A scale of colours, by logarithm where the values span more than a factor of 30."""
    steep = values.min() > 0 and values.max() / values.min() > 30
    bar: Figure = {"title": {"text": title}, "thickness": 12, "outlinewidth": 0}
    if steep:
        low, high = math.floor(math.log10(values.min())), math.ceil(math.log10(values.max()))
        powers = range(low, high + 1)
        bar |= {"tickvals": list(powers), "ticktext": [f"{10.0**power:g}" for power in powers]}
        values = np.log10(values)
    return {"color": _plain(values), "colorscale": SCALE, "colorbar": bar}


def _fill_marks(run: Run) -> Iterable[Figure]:
    fills, scale = run.fills, run.instrument.price
    for side, name, colour, symbol in (
        (1, "bought", BLUE, "triangle-up"),
        (-1, "sold", ORANGE, "triangle-down"),
    ):
        rows = np.flatnonzero(fills["side"] == side)
        drawn = rows[decimate(fills["price"][rows].astype(np.float64))]
        total = f" ({len(drawn):,} of {len(rows):,})" if len(drawn) < len(rows) else ""
        sizes = run.instrument.size(fills["size"][drawn])
        edges = scale(side * (fills["mid"][drawn] - fills["price"][drawn]))
        notes = [
            f"{name} {size:g}, {number(edge, 3)} from the mid"
            for size, edge in zip(sizes, edges, strict=True)
        ]
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": name + total,
            "x": _milliseconds(fills["exchange_time"][drawn]),
            "y": _plain(scale(fills["price"][drawn])),
            "text": notes,
            "hovertemplate": "%{x|%H:%M:%S.%L}  %{y}<br>%{text}<extra></extra>",
            "marker": {
                "symbol": symbol,
                "size": 9 if len(rows) < 300 else 6,
                "color": colour,
                "line": {"width": 0.6, "color": "rgba(255,255,255,0.7)"},
            },
        }


def _steps(times: Ints, values: Floats, name: str, colour: str, **more: Any) -> Figure:
    """A line that keeps each value until the next."""
    trace = _line(times, values, name, colour, **more)
    trace["line"]["shape"] = "hv"
    return trace


def _line(
    times: Ints, values: Floats, name: str, colour: str, width: float = 1.4, fill: str | None = None
) -> Figure:
    rows = decimate(np.asarray(values, dtype=np.float64))
    trace: Figure = {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": _milliseconds(times[rows]),
        "y": _rounded(np.asarray(values)[rows]),
        "line": {"color": colour, "width": width},
        "hovertemplate": f"%{{x|%H:%M:%S.%L}}  {name} %{{y}}<extra></extra>",
    }
    if fill is not None:
        trace["fill"] = fill
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        trace["fillcolor"] = f"rgba({red},{green},{blue},0.18)"
    return trace


def _in_time(run: Run, data: list[Figure], unit: str) -> Figure:
    first, last = _milliseconds(run.path["time"][[0, -1]])
    return _figure(data, {"type": "date", "range": [first, last]}, unit)


def _figure(data: list[Figure], across: Figure, unit: str) -> Figure:
    layout = {"xaxis": across, "yaxis": {"title": {"text": unit}}, "hovermode": "closest"}
    return {"data": data, "layout": layout}


def _milliseconds(times: Ints) -> list[float]:
    """Since 1970 UTC, to the microsecond: Plotly's dates."""
    found: list[float] = (np.rint(times / 1e3) / 1e3).tolist()
    return found


def _rounded(values: Floats) -> list[float | None]:
    """To a hundred-thousandth of their span, or a little finer: what a screen can show."""
    known = values[np.isfinite(values)]
    reach = float(np.ptp(known)) if len(known) else 0.0
    if reach == 0:
        return _plain(values)
    return _plain(np.round(values, 5 - math.floor(math.log10(reach))))


def _plain(values: Any) -> list[float | None]:
    numbers = np.asarray(values, dtype=np.float64).tolist()
    return [value if math.isfinite(value) else None for value in numbers]


def caption(run: Run) -> str:
    """What the time charts leave out, in words.

    Plotly draws no more than MOST_POINTS of a series here; the rest is in the files of `Run.save`.
    """
    samples, step = len(run.path["time"]), metrics.sampling_step(run.path["time"])
    text = f"{samples:,} samples, one every {duration(step)}"
    if samples > MOST_POINTS:
        text += f"; at most {MOST_POINTS:,} points a line are drawn, with its highs and lows"
    return text
