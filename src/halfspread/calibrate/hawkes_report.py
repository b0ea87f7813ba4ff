"""Hawkes report: the laws of a Hawkes flow on a page: kinds, what brings on what, and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfspread.evaluate.charts import BLUE, GREEN, GREY, ORANGE, Figure
from halfspread.evaluate.page import chart, section, table, text
from halfspread.evaluate.words import number, percent
from halfspread.hawkes_flow import ACTS, KINDS

if TYPE_CHECKING:
    from halfspread.calibrate.hawkes_flow_fit import HawkesFlowFit

SHADES = [[0.0, "rgba(68, 119, 170, 0)"], [1.0, "rgb(68, 119, 170)"]]
STRONGEST = 20
"""Of the table of what brings on what."""


def sections(fit: HawkesFlowFit, figures: dict[str, Figure]) -> list[str]:
    """The parts of the page."""
    return [_kinds(fit), _branching(fit, figures), _memory(fit, figures), _gaps(fit, figures)]


def _pm(value: float, error: float) -> str:
    return f"{text(number(value, 3))} ± {number(error, 2)}"


def _kinds(fit: HawkesFlowFit) -> str:
    heads = ("", "events seen", "of all", "a second", "by itself", "brought on", "distance", "p")
    rows = [
        (
            kind.kind,
            f"{kind.events:,}",
            percent(kind.shown),
            _pm(kind.rate, kind.rate_error),
            _pm(fit.flow.baselines[i], fit.baseline_errors[i]),
            percent(kind.brought_on),
            number(kind.distance, 2),
            number(kind.probability, 2),
        )
        for i, kind in enumerate(fit.kinds)
    ]
    words = (
        "<p class='soft'>A second is the mean rate of the laws, events that the book has no room "
        "for among them; by itself the baseline. Distance and p are Kolmogorov and Smirnov's of "
        "time-changed gaps from Exp(1).</p>"
    )
    return section("Kinds", words + table(rows, heads), "long")


def _branching(fit: HawkesFlowFit, figures: dict[str, Figure]) -> str:
    matrix, errors = fit.flow.branching, np.array(fit.branching_errors)
    heat = {
        "type": "heatmap",
        "x": list(KINDS),
        "y": list(KINDS),
        "z": matrix.tolist(),
        "colorscale": SHADES,
        "hovertemplate": "%{x} brings on %{z:.3g} %{y}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 12, "outlinewidth": 0},
    }
    axes = {
        "xaxis": {"type": "category", "automargin": True, "side": "top"},
        "yaxis": {"type": "category", "automargin": True, "autorange": "reversed"},
    }
    plot = chart(
        "branching", "What one of a column brings on", {"data": [heat], "layout": axes}, figures
    )
    order = np.argsort(-matrix, axis=None)[:STRONGEST]
    rows = []
    for place in order.tolist():
        i, j = divmod(place, len(KINDS))
        if matrix[i, j] > 0:
            rows.append((KINDS[j], KINDS[i], _pm(float(matrix[i, j]), float(errors[i, j]))))
    words = (
        f"<p>Branching ratio {_pm(fit.radius, fit.radius_error)}: the spectral radius of how many "
        "events each brings on by itself.</p>"
    )
    return section("Who brings on whom", words + plot + table(rows, ("one", "brings on", "")))


def _memory(fit: HawkesFlowFit, figures: dict[str, Figure]) -> str:
    """Each decay's part of what is brought on."""
    flow, rates = fit.flow, fit.flow.mean_rates()
    parts = np.array(flow.jumps) @ rates / np.array(flow.decays)[:, None]
    names = [f"{number(1e3 / decay, 3)} ms" for decay in flow.decays]
    data = []
    for side, colour in (("bid", BLUE), ("ask", ORANGE)):
        chosen = parts[:, : len(ACTS)] if side == "bid" else parts[:, len(ACTS) :]
        shares = chosen.sum(axis=1) / max(float(rates.sum()), 1e-300)
        data.append(
            {
                "type": "bar",
                "name": f"{side}s",
                "x": names,
                "y": shares.tolist(),
                "marker": {"color": colour},
            }
        )
    axes = {"xaxis": {"title": {"text": "memory, 1 / decay"}, "type": "category"}}
    layout = {**axes, "barmode": "stack", "yaxis": {"title": {"text": "of all events"}}}
    figure = {"data": data, "layout": layout}
    return section("How long it remembers", chart("memory", "Brought on", figure, figures))


def _gaps(fit: HawkesFlowFit, figures: dict[str, Figure]) -> str:
    """Quantiles of the time-changed gaps against those of Exp(1), of the bids' kinds and asks'."""
    data, most = [], 0.0
    for i, kind in enumerate(fit.kinds):
        count = len(kind.residuals)
        if not count:
            continue
        law = -np.log1p(-(np.arange(count) + 0.5) / count)
        most = max(most, float(law[-1]))
        colour = GREEN if "market" in kind.kind else BLUE if i < len(ACTS) else ORANGE
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": kind.kind,
                "x": law.tolist(),
                "y": list(kind.residuals),
                "line": {"color": colour, "width": 1.2},
            }
        )
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "name": "Exp(1)",
        "x": [0.0, most],
        "y": [0.0, most],
        "line": {"color": GREY, "width": 1.5, "dash": "dash"},
    }
    axes = {
        "xaxis": {"title": {"text": "quantiles of Exp(1)"}},
        "yaxis": {"title": {"text": "of the time-changed gaps"}},
    }
    figure = {"data": [diagonal, *data], "layout": {**axes, "hovermode": "closest"}}
    return section("Do the laws hold?", chart("gaps", "On the dashes if so", figure, figures))
