"""World report: the laws of a simulated market as one page: rates with errors, and grounds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from halfspread.calibrate import hawkes_report
from halfspread.calibrate.inference import BAND
from halfspread.evaluate.charts import BLUE, GREEN, ORANGE, Figure
from halfspread.evaluate.page import chart, render, section, table, text
from halfspread.evaluate.words import duration, number, percent, span
from halfspread.flows import QueueReactive

if TYPE_CHECKING:
    from halfspread.calibrate.reference_price import ReferencePrice
    from halfspread.calibrate.world import World
    from halfspread.calibrate.zero_intelligence import ZeroIntelligenceFit

MOST_ROWS = 30
"""Of a table."""


def page(found: World) -> str:
    """The whole page."""
    figures: dict[str, Figure] = {}
    notes = "".join(f"<p>{escape(note)}</p>" for note in found.notes)
    parts = [section("What they rest on", notes)]
    if found.rates is not None:
        parts.append(_rates(found.rates, figures))
    parts += [_queue(found, i, figures) for i in range(len(found.queues))]
    if found.reference is not None:
        parts.insert(1, _reference(found.reference))
    if found.excitation is not None:
        parts += hawkes_report.sections(found.excitation, figures)
    length = duration((found.span[1] - found.span[0]) / 1e9)
    subtitle = f"{span(*found.span)} · {length} · {found.tape}"
    title = f"{found.world.replace('_', ' ')} laws of {found.instrument.symbol}"
    return render(title[:1].upper() + title[1:], subtitle, "\n".join(parts), figures)


def _pm(value: float, error: float) -> str:
    return f"{text(number(value))} ± {number(error, 2)}"


def _rates(fit: ZeroIntelligenceFit, figures: dict[str, Figure]) -> str:
    x = list(range(1, len(fit.limit_rates) + 1))
    lines = [
        _line("limit orders", x, fit.limit_rates, fit.limit_errors, BLUE),
        _line("cancellations of an order", x, fit.cancel_rates, fit.cancel_errors, ORANGE),
    ]
    plot = chart("rates", "By distance", _figure(lines, "ticks from the opposite best"), figures)
    heads = ("ticks away", "limit orders", "counted", "cancellations", "counted", "resting")
    columns = (fit.limit_rates, fit.limit_errors, fit.limit_orders, fit.cancel_rates)
    more = (fit.cancel_errors, fit.cancellations, fit.resting)
    rows = [
        (str(i), _pm(a, b), f"{c:,}", _pm(d, e), f"{f:,}", number(g, 3))
        for i, (a, b, c, d, e, f, g) in enumerate(zip(*columns, *more, strict=True), 1)
    ]
    words = (
        f"<p>Market orders of a side: {_pm(fit.market_rate, fit.market_error)} a second "
        f"({fit.market_orders:,} counted).</p><p class='soft'>A second and side, in orders of "
        f"{number(fit.unit_lots)} lots, ± a standard error; cancellations of each order that "
        f"rests. {min(MOST_ROWS, len(rows))} of {len(rows)} distances.</p>"
    )
    return section("Rates", words + plot + table(rows[:MOST_ROWS], heads), "long")


def _queue(found: World, place: int, figures: dict[str, Figure]) -> str:
    queue = found.queues[place]
    x = list(range(len(queue.limit)))
    lines = [
        _line("limit orders", x, queue.limit, queue.limit_errors, BLUE),
        _line("cancellations", x[1:], queue.cancel[1:], queue.cancel_errors[1:], ORANGE),
        _line("market orders", x[1:], queue.market[1:], queue.market_errors[1:], GREEN),
    ]
    across = f"queue, in events of {number(queue.size_lots)} lots"
    plot = chart(f"depth{place}", "A second", _figure(lines, across), figures)
    total = sum(queue.seconds) or 1.0
    law = _line("on the tape", x, [s / total for s in queue.seconds], (), BLUE)
    laws = [law]
    if isinstance(found.flow, QueueReactive):
        alone = found.flow.invariant(place + 1).tolist()
        laws.append(_line("of the intensities alone", x, alone, (), ORANGE))
    share = chart(f"law{place}", "Share of time", _figure(laws, across), figures)
    words = f"<p class='soft'>{queue.events:,} events; bars are 95 %.</p>"
    places = f'<div class="halves"><div>{plot}</div><div>{share}</div></div>'
    return section(f"Queue of depth {place + 1}", words + places)


def _reference(found: ReferencePrice) -> str:
    rows = [
        ("theta", _pm(found.theta, found.theta_error), ""),
        ("theta reinit", _pm(found.theta_reinit, found.theta_reinit_error), ""),
        (
            "moves of the mid a second",
            number(found.moves_a_second),
            number(found.moves_a_second_simulated),
        ),
        ("that undo the one before", percent(found.reversals), percent(found.reversals_simulated)),
    ]
    return section("Reference price", table(rows, ("", "tape", "simulated")))


def _line(
    name: str, x: list[int], y: Sequence[float], errors: Sequence[float], colour: str
) -> Figure:
    bars = {"type": "data", "array": [BAND * e for e in errors], "color": colour, "width": 0}
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": x,
        "y": list(y),
        "line": {"color": colour, "width": 1.5},
        "marker": {"size": 5, "color": colour},
        "hovertemplate": f"%{{x}}: %{{y:.4g}}<extra>{name}</extra>",
        **({"error_y": bars | {"thickness": 1.2}} if errors else {}),
    }


def _figure(lines: list[Figure], across: str) -> Figure:
    axes = {"xaxis": {"title": {"text": across}}, "yaxis": {"rangemode": "tozero"}}
    return {"data": lines, "layout": {**axes, "hovermode": "closest"}}
