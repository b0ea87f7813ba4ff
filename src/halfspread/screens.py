"""Screens: what the commands print: a tape, its data check, makers compared, the files written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halfspread.evaluate.findings import findings
from halfspread.evaluate.measure import BY_NAME
from halfspread.evaluate.summary import best_first
from halfspread.evaluate.words import NOTHING, count, duration, flat, number, percent, span, written
from halfspread.event import Flag, Kind
from halfspread.quote import QuoteState

if TYPE_CHECKING:
    from rich.console import RenderableType

    from halfspread.calibrate import Calibration, World
    from halfspread.calibrate.hawkes_flow_fit import HawkesFlowFit
    from halfspread.codecs import Check
    from halfspread.evaluate.run import Run
    from halfspread.instrument import Instrument
    from halfspread.tape import Tape

COMPARED = {  # what a column is called: the metric in it
    "profit": "profit",
    "spread": "profit_spread",
    "inventory": "profit_inventory",
    "fees": "fees",
    "fills": "fills",
    "held": "mean_absolute_inventory",
    "kept": "realised_half_spread",
}
SHOWN = 6
"""Of a table of rates."""
SAMPLES = 10_000
"""How often the market is looked at for statistics, at even steps of time."""


def makers(run: Run, names: Iterable[str]) -> Iterable[RenderableType]:
    """The lanes of a run by name, most profitable first."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("maker", no_wrap=True)
    for label in COMPARED:
        table.add_column(label, justify="right", no_wrap=True)
    labels, rows = list(names), run.measured
    for lane in best_first([row["profit"] for row in rows]):
        cells = [Text(labels[lane], style="bold")]
        for name in COMPARED.values():
            value = rows[lane][name]
            gains = BY_NAME[name].unit == "money" and name == "profit"
            style = ("green" if value > 0 else "red") if gains else ""
            cells.append(Text(written(name, value, 3), style=style))
        table.add_row(*cells)
    yield table
    table = Table.grid(padding=(0, 2))
    table.add_row("profit", f"spread + inventory - fees, in {run.money_unit}", style="dim")
    table.add_row("spread", "what the fills' distance from the mid brought", style="dim")
    table.add_row("inventory", "what holdings gained while the mid moved", style="dim")
    table.add_row("held", f"mean absolute inventory, {run.instrument.size_unit}", style="dim")
    table.add_row("kept", "of the half spread 5 seconds after a fill, in price", style="dim")
    yield table


def tape(tape: Tape, facts: dict[str, Any]) -> Iterable[RenderableType]:
    """What is on a tape: its heading, its counts, its market and the check made at its import."""
    from rich.columns import Columns
    from rich.text import Text

    instrument, size = tape.instrument, sum(column.nbytes for column in tape.columns.values())
    yield Text(f"{instrument.symbol}{f' on {tape.venue}' if tape.venue else ''}", style="bold")
    seconds = (tape.span[1] - tape.span[0]) / 1e9
    yield Text(f"{span(*tape.span)}, {duration(seconds)}; {tape.rows:,} rows, {size / 1e6:,.1f} MB")
    if tape.holds_orders:
        yield Text(
            "Order by order, under the venue's ids; market and book by the levels they make."
        )
    rows = {name: count(value) for name, value in facts["rows"].items()}
    yield Columns([_box("rows", rows), _box("book", _book(facts["book"], instrument))])
    market = _box("market", _market(facts["market"], instrument))
    yield Columns([market, _box("instrument", dict(flat(instrument.to_dict())))])
    if tape.sources:
        yield _box("made of", {s["name"]: f"sha256 {s['sha256'][:12]}" for s in tape.sources})
    if tape.check is None:
        yield Text("It carries no data check: it was not made by an import.", style="dim")
    else:
        yield _box("data check at import", findings(tape.check))


def tape_facts(tape: Tape) -> dict[str, Any]:
    """The same in plain values: counts, the book replayed once, and the market at even steps."""
    from halfspread import _core
    from halfspread.market import Replay

    columns = tape.columns
    step = max((tape.span[1] - tape.span[0]) // SAMPLES, 1)
    levels = tape.levels()
    looks = np.array(list(Replay(levels, decide_every=f"{step}ns")), dtype=np.float64)
    seen = QuoteState(*looks.reshape(-1, len(QuoteState._fields)).T)
    spreads = np.asarray(seen.ask) - np.asarray(seen.bid)
    trades = (columns["kind"] == Kind.trade) & (columns["flags"] & Flag.at_exchange != 0)
    sides, lots = columns["side"][trades], columns["size_lots"][trades].astype(np.int64)
    market = {
        "spread_ticks_mean": _over(np.mean, spreads),
        "spread_ticks_median": _over(np.median, spreads),
        "spread_ticks_p90": _over(lambda values: np.quantile(values, 0.9), spreads),
        "spread_one_tick": _over(lambda values: np.mean(values == 1), spreads),
        "two_sided": float(np.mean(np.isfinite(spreads))) if len(spreads) else None,
        "bid_lots_median": _over(np.median, seen.bid_size),
        "ask_lots_median": _over(np.median, seen.ask_size),
        "volatility_ticks": _over(np.median, seen.volatility),
        "fill_intensity": _over(np.median, seen.fill_intensity),
        "fill_decay": _over(np.median, seen.fill_decay),
        "bought_lots": int(lots[sides > 0].sum()),
        "sold_lots": int(lots[sides < 0].sum()),
    }
    described = tape.describe()
    rows = described.pop("kinds")
    return {**described, "rows": rows, "market": market, "book": _core.check_book(levels.core)}


def calibration(found: Calibration) -> Iterable[RenderableType]:
    """The parameters with their errors, what else was found in a line each, and what was not."""
    from rich.columns import Columns
    from rich.text import Text

    yield Text(f"{found.instrument['symbol']}, {found.tape}", style="bold")
    yield Text(f"{span(*found.span)}; {found.orders:,} aggressor orders")
    errors = found.errors
    values = {
        name: f"{number(value)} ± {number(errors[name], 2)}"
        for name, value in found.parameters.items()
    }
    boxes = [_box("parameters: ticks, seconds", values)] if values else []
    more = _more_found(found)
    if more:
        boxes.append(_box("and", more))
    yield Columns(boxes)
    if found.not_calibrated:
        rows = {name.replace("_", " "): why for name, why in found.not_calibrated.items()}
        yield _box("not calibrated", rows)


def world(found: World) -> Iterable[RenderableType]:
    """The laws of a simulated market, the first of each table, and what they rest on."""
    from rich.text import Text

    yield Text(f"{found.world} laws of {found.instrument.symbol}, {found.tape}", style="bold")
    yield Text(span(*found.span))
    if found.excitation is not None:
        yield _kinds(found.excitation)
    else:
        yield _rates(found)
    for note in found.notes:
        yield Text(note, style="dim")


def _kinds(fit: HawkesFlowFit) -> RenderableType:
    """A Hawkes flow's kinds: what is seen, comes by itself and is brought on."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), header_style="dim")
    for head in ("", "events", "seen", "a second", "by itself", "brought on", "p of gaps"):
        table.add_column(head, no_wrap=not head)
    for i, kind in enumerate(fit.kinds):
        baseline = f"{number(fit.flow.baselines[i], 3)} ± {number(fit.baseline_errors[i], 1)}"
        rate = f"{number(kind.rate, 3)} ± {number(kind.rate_error, 1)}"
        seen, brought = f"{kind.shown:.0%}", f"{kind.brought_on:.0%}"
        cells = f"{kind.events:,}", seen, rate, baseline, brought, f"{kind.probability:.1g}"
        table.add_row(kind.kind, *cells)
    return table


def _rates(found: World) -> RenderableType:
    values = {}
    for name, errors in found.errors.items():
        value: Any = getattr(found.flow, name)
        for depth, table in enumerate(value if isinstance(errors, list) else [value]):
            pair = (table, errors[depth]) if isinstance(errors, list) else (table, errors)
            label = f"{name}[{depth}]" if isinstance(errors, list) else name
            if isinstance(pair[0], tuple):
                several = zip(pair[0][:SHOWN], pair[1], strict=False)
                values[label] = ", ".join(f"{number(a, 3)} ± {number(b, 1)}" for a, b in several)
            elif depth < SHOWN:
                values[label] = f"{number(pair[0])} ± {number(pair[1], 2)}"
    return _box("a second; by distance or by queue length", values)


def _more_found(found: Calibration) -> dict[str, str]:
    rows = {}
    if found.volatility is not None:
        rows["volatility at"] = f"{found.volatility.scale_s:g} s"
    if found.both is not None:
        ends = f"{found.both.nearest:g} to {found.both.farthest:g} ticks"
        rows["exponential"] = f"{'not refused' if found.both.holds else 'refused'} on {ends}"
    if found.touch_mark_out is not None:
        marked = found.touch_mark_out
        rows["half spread at the touch"] = f"{number(marked.effective, 3)} ticks"
        for horizon, value in zip(marked.horizons_s, marked.realised, strict=True):
            if horizon in (1.0, 30.0):
                rows[f"  kept after {horizon:g} s"] = f"{number(value, 3)} ticks"
    if found.hawkes is not None:
        ratios = (found.hawkes.buys.branching[0], found.hawkes.sells.branching[0])
        rows["Hawkes branching, buys, sells"] = ", ".join(number(ratio, 2) for ratio in ratios)
    if found.impact is not None:
        first = found.impact.binned[0]
        rows["Kyle's lambda, 1 s"] = f"{number(first.volume.values[1], 3)} ticks / lot"
    if found.latency is not None:
        middle = found.latency.milliseconds[found.latency.shares.index(0.5)]
        rows["feed latency, median"] = f"{middle:.3g} ms"
    return rows


def check(found: Check) -> Iterable[RenderableType]:
    """A data check, and in a line whether the data are sound."""
    from rich.text import Text

    yield _box("data check", findings(found.to_dict()))
    if found.sound:
        yield Text("Sound: nothing that --strict would refuse.", style="green")
    else:
        yield Text(f"--strict would refuse it: {', '.join(found.complaints)}.", style="yellow")


def written_files(paths: Iterable[Path]) -> RenderableType:
    """Where things are now."""
    from rich.text import Text

    return Text("\n").join(Text.assemble("wrote ", (str(path), "bold")) for path in paths)


def _over(statistic: Any, values: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(statistic(known)) if len(known) else None


def _market(facts: dict[str, Any], instrument: Instrument) -> dict[str, str]:
    def text(name: str, scale: float = 1.0) -> str:
        value = facts[name]
        return NOTHING if value is None else number(value * scale, 3)

    def size(name: str) -> str:
        return f"{text(name, float(instrument.lot))} {instrument.size_unit}"

    def share(name: str) -> str:
        value = facts[name]
        return NOTHING if value is None else percent(value)

    return {
        "spread, mean": f"{text('spread_ticks_mean')} ticks",
        "  median, 90 %": f"{text('spread_ticks_median')}, {text('spread_ticks_p90')} ticks",
        "  one tick wide": share("spread_one_tick"),
        "both sides there": share("two_sided"),
        "at the bid, median": size("bid_lots_median"),
        "at the ask, median": size("ask_lots_median"),
        "volatility, online median": f"{text('volatility_ticks')} ticks / √s",
        "fills at d, online median": (
            f"{text('fill_intensity')} exp(-{text('fill_decay')} d) / s (calibrate fits the tape)"
        ),
        "bought by takers": size("bought_lots"),
        "sold by takers": size("sold_lots"),
    }


def _book(facts: dict[str, Any], instrument: Instrument) -> dict[str, str]:
    rows = {"messages": count(facts["messages"]), "  crossed after": count(facts["crossed"])}
    for side, levels in zip(("bid", "ask"), facts["final_levels"], strict=True):
        touch = facts[f"final_{side}"]
        best = f"{instrument.price(touch[0])} x {instrument.size(touch[1]):g}" if touch else NOTHING
        rows[f"last {side}"] = best
        rows[f"  {side} levels"] = count(levels)
    return rows


def _box(title: str, rows: dict[str, str]) -> RenderableType:
    from rich.panel import Panel
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    for name, text in rows.items():
        table.add_row(name, text)
    return Panel(table, title=title, title_align="left", expand=False)
