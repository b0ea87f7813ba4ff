"""Report: a calibration as one page of HTML: numbers with errors, plots, and what they rest on."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from halfspread.calibrate import charts
from halfspread.calibrate.exponential import Exponential
from halfspread.calibrate.goodness import LEVEL
from halfspread.calibrate.hawkes import Process
from halfspread.calibrate.intensity import Intensity
from halfspread.calibrate.latency import FeedLatency
from halfspread.evaluate.charts import Figure
from halfspread.evaluate.page import chart, render, section, table, text
from halfspread.evaluate.words import duration, number, percent, span

if TYPE_CHECKING:
    from halfspread.calibrate.calibration import Calibration
    from halfspread.calibrate.inference import Regression

Figures = dict[str, Figure]
SIDES = {"bids": "bids, hit by sells", "asks": "asks, hit by buys"}


def page(found: Calibration) -> str:
    """The whole page."""
    figures: Figures = {}
    parts = (
        _parameters(found),
        _missing(found),
        _volatility(found, figures),
        _intensity(found, figures),
        _waiting(found),
        _mark_outs(found, figures),
        _impact(found, figures),
        _hawkes(found, figures),
        _micro_price(found, figures),
        _latency(found.latency),
    )
    length = duration((found.span[1] - found.span[0]) / 1e9)
    subtitle = f"{span(*found.span)} · {length} · {found.orders:,} aggressor orders · {found.tape}"
    title = f"Calibration of {found.instrument['symbol']}"
    return render(title, subtitle, "\n".join(parts), figures)


def _pm(value: float, error: float) -> str:
    return f"{text(number(value))} ± {number(error, 2)}"


def _soft(words: str) -> str:
    return f'<p class="soft">{escape(words)}</p>'


def _parameters(found: Calibration) -> str:
    units = {"volatility": "ticks per root second", "intensity": "per second", "decay": "per tick"}
    errors = found.errors
    rows = []
    for name, value in found.parameters.items():
        unit = units[name.rsplit("_", 1)[-1]]
        rows.append((escape(name.replace("_", " ")), _pm(value, errors[name]), unit))
    if not rows:
        return ""
    instrument = found.instrument
    words = (
        f"A tick is {instrument['tick']}, a lot {instrument['lot']}. ± is one standard error, of "
        "the intensities by the stationary bootstrap. Bars and bands in the plots are 95 %."
    )
    return section("Parameters", _soft(words) + table(rows, ("", "value", "unit")))


def _missing(found: Calibration) -> str:
    if not found.not_calibrated:
        return ""
    rows = [(escape(k.replace("_", " ")), escape(v)) for k, v in found.not_calibrated.items()]
    return section("Not calibrated", table(rows, ("", "why"), "names left"), "warning")


def _volatility(found: Calibration, figures: Figures) -> str:
    vol = found.volatility
    if vol is None:
        return ""
    plot = chart("signature", "Signature plot", charts.signature(vol), figures)
    confirmed = (
        "no longer one contradicts it" if vol.levels_off else "the longest that fits: not confirmed"
    )
    slow = "" if vol.two_scale is None else f" By two scales it is {number(vol.two_scale)}."
    words = f"Taken at {vol.scale_s:g} s (the full dot): {confirmed}.{slow}"
    return section("Volatility of the mid", _soft(words) + plot)


def _intensity(found: Calibration, figures: Figures) -> str:
    sides = {n: s for n, s in (("bids", found.bids), ("asks", found.asks)) if s is not None}
    if not sides:
        return ""
    plot = chart(
        "intensity", "How often a depth is reached", charts.intensities(sides), figures, "tall"
    )
    clock = chart(
        "clock", "Through the day", charts.by_time(sides), figures, why_not="one period only"
    )
    rows = [_law(SIDES[name], side) for name, side in sides.items()]
    heads = (
        "",
        "A per second",
        "A through",
        "k per tick",
        "range, ticks",
        "exponential",
        "dispersion",
    )
    parts = [
        (escape(f"{name}, spread {part.label}"), *_fit(part.fit))
        for name, side in sides.items()
        for part in side.by_spread
    ]
    words = (
        "lambda(d) = A exp(-k d), by the likelihood of how far orders reached, on the longest "
        "range on which the data don't refuse it, and says nothing of what lies outside; p is the "
        "probability of a misfit as large, were it true, by blocks of time. “Through” is the A of "
        "orders that fill only when traded through. “Refused”: on every range p is below "
        f"{LEVEL:g}; the fit then is a summary of the depths that 95 % of orders don't reach past, "
        "and no more than that. Dispersion: the variance of a count near the touch over its mean."
    )
    tables = table(rows, heads) + "<h3>By spread</h3>"
    tables += table(parts, ("", "A per second", "k per tick", "orders", "time"))
    return section("Fill intensity", _soft(words) + plot + tables + clock, "long")


def _law(name: str, side: Intensity) -> tuple[str, ...]:
    held = f"not refused, p = {number(side.probability, 2)}" if side.holds else "refused"
    return (
        escape(name),
        _pm(side.fit.intensity, side.intensity_bootstrap),
        number(side.through),
        _pm(side.fit.decay, side.decay_bootstrap),
        f"{side.nearest:g} to {side.farthest:g}",
        held,
        number(side.dispersion, 3),
    )


def _fit(fit: Exponential) -> tuple[str, ...]:
    errors = _pm(fit.intensity, fit.intensity_error), _pm(fit.decay, fit.decay_error)
    return (*errors, f"{fit.orders:,}", duration(fit.seconds))


def _waiting(found: Calibration) -> str:
    rows = []
    for name, waits in (("bids", found.waiting_bids), ("asks", found.waiting_asks)):
        if waits is not None:
            fit = waits.fit
            errors = waits.intensity_bootstrap, waits.decay_bootstrap
            words = f"waits of virtual {name}, {waits.window_s:g} s, traded through"
            rows.append((words, _pm(fit.intensity, errors[0]), _pm(fit.decay, errors[1])))
    if found.tutorial is not None:
        fitted = found.tutorial
        words = (
            f"hftbacktest's tutorial: A of both sides, k per HALF tick, {fitted.half_ticks} depths"
        )
        rows.append((words, number(fitted.intensity), number(fitted.decay)))
    if not rows:
        return ""
    words = (
        "Other definitions give other numbers. An order that stays where it was put meets a mid "
        "that comes to it: k is smaller, and A with it, since a wait is at most one fill."
    )
    return section("The same by other methods", _soft(words) + table(rows, ("", "A", "k"), "names"))


def _mark_outs(found: Calibration, figures: Figures) -> str:
    curves = {"first at the touch": found.touch_mark_out, "all who were hit": found.trade_mark_out}
    there = {name: curve for name, curve in curves.items() if curve is not None}
    if not there:
        return ""
    plot = chart("markout", "What was left of the half spread", charts.mark_out(there), figures)
    rows = []
    for name, curve in there.items():
        rows.append((name, "at the fill", text(number(curve.effective, 3)), "", ""))
        ends = zip(
            curve.horizons_s, curve.realised, curve.low, curve.high, curve.impact, strict=True
        )
        for horizon, value, low, high, moved in ends:
            band = f"{text(number(low, 3))} to {text(number(high, 3))}"
            rows.append(
                ("", f"{horizon:g} s", text(number(value, 3)), band, text(number(moved, 3)))
            )
    words = (
        "Ticks, the maker's gain > 0, before fees. First at the touch: one lot at the first price"
        " of each aggressor order. All: by volume, at the order's mean price, so that few large "
        "orders weigh much."
    )
    heads = ("", "after", "mark-out", "95 % band", "impact in it")
    return section("Mark-outs of public trades", _soft(words) + plot + table(rows, heads))


def _impact(found: Calibration, figures: Figures) -> str:
    if found.impact is None:
        return ""
    plots, rows = [], []
    for binned in found.impact.binned:
        for kind, name in (("imbalance", "order-flow imbalance"), ("volume", "signed volume")):
            fit: Regression = getattr(binned, kind)
            label = f"{name}, {binned.width_s:g} s"
            plots.append(
                chart(f"{kind}{binned.width_s:g}", label, charts.impact(binned, kind), figures)
            )
            slope = _pm(fit.values[1], fit.errors[1])
            rows.append((label, slope, percent(fit.r_squared), f"{fit.rows:,}"))
    fitted = found.impact.glosten_harris
    if fitted is not None:
        for name, value, error in zip(fitted.names, fitted.values, fitted.errors, strict=True):
            label = f"single orders (Glosten-Harris): {name}"
            rows.append((label, _pm(value, error), percent(fitted.r_squared), f"{fitted.rows:,}"))
    words = (
        "Ticks per lot (Glosten-Harris' reversal and sign: ticks), Newey-West errors. The mid's "
        "change and the flow are of the same time: this explains, it does not predict."
    )
    places = f'<div class="halves">{"".join(f"<div>{plot}</div>" for plot in plots)}</div>'
    numbers = table(rows, ("", "slope", "explains", "rows"))
    return section("Price impact", _soft(words) + numbers + places, "long")


def _hawkes(found: Calibration, figures: Figures) -> str:
    fitted = found.hawkes
    if fitted is None:
        return ""
    plot = chart("hawkes", "Time-changed gaps", charts.residuals(fitted), figures)
    rows = [
        _process(name, process)
        for name, process in (
            ("buys", fitted.buys),
            ("sells", fitted.sells),
            ("buys, by buys and sells", fitted.buys_of_both),
            ("sells, by sells and buys", fitted.sells_of_both),
        )
    ]
    heads = ("", "baseline per second", "decay per second", "branching", "KS distance", "p")
    words = (
        "How many aggressor orders each brings on (branching), and how fast that fades. p is the "
        "probability of such gaps were the model true. A rate with a shape through the day makes "
        "branching too large. Spectral radius of the two together: "
        f"{number(fitted.spectral_radius, 3)}."
    )
    return section("Clustering of orders (Hawkes)", _soft(words) + table(rows, heads) + plot)


def _process(name: str, fit: Process) -> tuple[str, ...]:
    errors = fit.errors or (float("nan"),) * (2 + len(fit.excitation))
    return (
        name,
        _pm(fit.baseline, errors[0]),
        _pm(fit.decay, errors[-1]),
        ", ".join(number(ratio, 3) for ratio in fit.branching),
        number(fit.distance, 3),
        number(fit.probability, 2),
    )


def _micro_price(found: Calibration, figures: Figures) -> str:
    if found.micro_price is None:
        return ""
    plot = chart("micro", "Micro-price", charts.micro_price(found.micro_price), figures)
    seen = sum(sum(row) for row in found.micro_price.updates)
    words = (
        f"Fitted on {seen:,} changes of the touch and their mirror images; "
        f"{found.micro_price.left_out:,} with a larger move or a wider spread are left out. Fit on"
        " one day, use on another."
    )
    return section("Where the mid will settle", _soft(words) + plot)


def _latency(found: FeedLatency | None) -> str:
    if found is None:
        return ""
    rows = [
        (percent(share), f"{number(delay, 3)} ms")
        for share, delay in zip(found.shares, found.milliseconds, strict=True)
    ]
    offset = found.clock_offset_ns
    repaired = (
        f" The import added {offset / 1e6:,.1f} ms to receive times: the least delay is assumed."
    )
    words = (
        f"Receive time less venue time of {found.messages:,} messages.{repaired if offset else ''}"
        " This is the feed alone: not the way of an order, nor the queue at the matching engine, "
        "nor refusals."
    )
    return section("Feed latency", _soft(words) + table(rows, ("share of messages", "below")))
