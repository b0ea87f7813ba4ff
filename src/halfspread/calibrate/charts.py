"""Charts: what a calibration's report draws, as Plotly figures in plain dictionaries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from halfspread.calibrate.hawkes import Hawkes
from halfspread.calibrate.impact import Binned
from halfspread.calibrate.inference import BAND
from halfspread.calibrate.intensity import Intensity
from halfspread.calibrate.markout import MarkOut
from halfspread.calibrate.microprice import MicroPrice
from halfspread.calibrate.record import Floats
from halfspread.calibrate.volatility import Volatility
from halfspread.evaluate.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, Figure

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED)


def signature(found: Volatility) -> Figure:
    """Volatility by scale; the one chosen is a full dot."""
    chosen = found.scales_s.index(found.scale_s)
    line = _line("volatility", found.scales_s, found.signature, BLUE)
    line["mode"] = "lines+markers"
    line["error_y"] = _bars([BAND * error for error in found.errors], BLUE)
    symbols = ["circle" if i == chosen else "circle-open" for i in range(len(found.scales_s))]
    line["marker"] = {"size": 9, "color": BLUE, "symbol": symbols}
    figure = _figure([line], "seconds between mids", "ticks per root second")
    figure["layout"]["xaxis"] |= {"type": "log", "tickvals": list(found.scales_s)}
    figure["layout"]["xaxis"]["ticktext"] = [f"{scale:g}" for scale in found.scales_s]
    figure["layout"]["yaxis"]["rangemode"] = "tozero"
    return figure


def intensities(sides: dict[str, Intensity]) -> Figure:
    """Rates against depth: what was counted, and the exponential with its band."""
    data: list[Figure] = []
    reach = max(side.farthest for side in sides.values())
    for (name, side), colour in zip(sides.items(), COLOURS, strict=False):
        depths, rates = np.array(side.curve.depths), np.array(side.curve.rates)
        errors = np.array(side.curve.errors)
        shown = depths <= max(2 * reach, 5)
        x: Floats = np.linspace(side.nearest, side.farthest, 50, dtype=np.float64)
        law = side.fit.intensity * np.exp(-side.fit.decay * x)
        scale = side.intensity_bootstrap / side.fit.intensity, side.decay_bootstrap
        spread = BAND * np.hypot(scale[0], (x - side.nearest) * scale[1])
        data += _band(x, law * np.exp(-spread), law * np.exp(spread), colour)
        data.append(_line(f"{name}, fitted", x.tolist(), law.tolist(), colour))
        dots = _line(name, depths[shown].tolist(), rates[shown].tolist(), colour)
        dots["mode"], dots["marker"] = "markers", {"size": 7, "color": colour}
        dots["error_y"] = _bars((BAND * errors[shown]).tolist(), colour)
        data.append(dots)
    figure = _figure(data, "ticks from the mid", "orders that reach it, per second")
    figure["layout"]["yaxis"]["type"] = "log"
    return figure


def by_time(sides: dict[str, Intensity]) -> Figure | None:
    """A by the time of day."""
    data = []
    for (name, side), colour in zip(sides.items(), COLOURS, strict=False):
        parts = side.by_time
        line = _line(name, [part.label for part in parts], [p.fit.intensity for p in parts], colour)
        line["mode"], line["marker"] = "lines+markers", {"size": 6, "color": colour}
        line["error_y"] = _bars([BAND * p.fit.intensity_error for p in parts], colour)
        data.append(line)
    labels = sorted({part.label for side in sides.values() for part in side.by_time})
    if len(labels) < 2:
        return None
    figure = _figure(data, "UTC", "A, per second")
    figure["layout"]["xaxis"] |= {"type": "category", "categoryarray": labels}
    figure["layout"]["yaxis"]["rangemode"] = "tozero"
    return figure


def mark_out(curves: dict[str, MarkOut]) -> Figure:
    """What a fill was worth later, with bands."""
    data: list[Figure] = []
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        labels = ["at the fill", *(f"{horizon:g} s" for horizon in curve.horizons_s)]
        places = list(range(len(labels)))
        low, high = (curve.effective, *curve.low), (curve.effective, *curve.high)
        data += _band(np.array(places), np.array(low), np.array(high), colour)
        line = _line(name, places, (curve.effective, *curve.realised), colour)
        line["mode"], line["marker"] = "lines+markers", {"size": 7, "color": colour}
        line["text"] = labels
        data.append(line)
    longest = max(curves.values(), key=lambda curve: len(curve.horizons_s))
    labels = ["at the fill", *(f"{horizon:g} s" for horizon in longest.horizons_s)]
    figure = _figure(data, "time after the fill", "ticks")
    figure["layout"]["xaxis"] |= {"tickvals": list(range(len(labels))), "ticktext": labels}
    return figure


def impact(found: Binned, kind: str) -> Figure:
    """Changes of the mid against flow, and the regression's line."""
    dots = np.array(found.dots)
    x = dots[:, 0 if kind == "imbalance" else 1]
    fit = found.imbalance if kind == "imbalance" else found.volume
    cloud = _line("bins", x.tolist(), dots[:, 2].tolist(), BLUE)
    cloud["mode"], cloud["marker"] = "markers", {"size": 5, "color": BLUE, "opacity": 0.5}
    ends = np.array([x.min(), x.max()])
    law = fit.values[0] + fit.values[1] * ends
    figure = _figure(
        [cloud, _line("regression", ends.tolist(), law.tolist(), ORANGE)],
        "order-flow imbalance, lots" if kind == "imbalance" else "bought less sold, lots",
        "change of the mid, ticks",
    )
    figure["layout"]["showlegend"] = False
    return figure


def residuals(found: Hawkes) -> Figure:
    """Quantiles of the time-changed gaps against those of Exp(1): on the diagonal if it is true."""
    data, most = [], 0.0
    for name, process, colour in (("buys", found.buys, BLUE), ("sells", found.sells, ORANGE)):
        count = len(process.residuals)
        law = -np.log1p(-(np.arange(count) + 0.5) / count)
        dots = _line(name, law.tolist(), process.residuals, colour)
        dots["mode"], dots["marker"] = "markers", {"size": 5, "color": colour}
        data.append(dots)
        most = max(most, float(law[-1]))
    diagonal = _line("Exp(1)", [0.0, most], [0.0, most], GREY)
    diagonal["line"]["dash"] = "dash"
    return _figure([diagonal, *data], "quantiles of Exp(1)", "of the time-changed gaps")


def micro_price(found: MicroPrice) -> Figure:
    """What to add to the mid, by imbalance, a line a spread."""
    count = len(found.table[0])
    x = ((np.arange(count) + 0.5) / count * 2 - 1).tolist()
    data = []
    for spread, (row, colour) in enumerate(zip(found.table, COLOURS, strict=False), start=1):
        line = _line(f"{spread} tick{'s' if spread > 1 else ''}", x, row, colour)
        line["mode"], line["marker"] = "lines+markers", {"size": 6, "color": colour}
        data.append(line)
    return _figure(data, "imbalance at the touch", "micro-price less mid, ticks")


def _line(name: str, x: Sequence[Any], y: Sequence[float], colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": _plain(y),
        "line": {"color": colour, "width": 2},
        "hovertemplate": f"%{{x}}: %{{y:.4g}}<extra>{name}</extra>",
    }


def _band(x: Floats, low: Floats, high: Floats, colour: str) -> list[Figure]:
    """The area between two lines, without a name."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    ring = {
        "type": "scatter",
        "mode": "lines",
        "x": [*x.tolist(), *x[::-1].tolist()],
        "y": _plain([*low.tolist(), *high[::-1].tolist()]),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.15)",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return [ring]


def _bars(errors: Sequence[float], colour: str) -> Figure:
    return {"type": "data", "array": _plain(errors), "color": colour, "thickness": 1.2, "width": 0}


def _figure(data: list[Figure], across: str, up: str) -> Figure:
    axes = {"xaxis": {"title": {"text": across}}, "yaxis": {"title": {"text": up}}}
    return {"data": data, "layout": {**axes, "hovermode": "closest"}}


def _plain(values: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]
