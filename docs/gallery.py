"""Gallery: the quotes of each model against inventory, drawn when the documentation is built.

`.. quotes:: glft glft_tanh` puts a chart on a page: depths below and above the mid at many
inventories, far from the end and close to it, and beside it against the time left. All models quote
in the same state, STATE.
"""

import json
from importlib.resources import files
from math import nan
from pathlib import Path

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import halfspread as hs
from halfspread.modelling import as_model
from halfspread.quote import QuoteState

INVENTORIES = np.arange(-10.0, 10.5, 0.5)
TIMES_LEFT = {"60 s left": (60.0, "solid"), "3 s left": (3.0, "dot")}
TIMES = np.geomspace(0.5, 120.0, 60)
HELD = 5.0
COLOURS = ("#3b82f6", "#f08c00", "#12a594", "#9b6cf0", "#e5484d", "#8b94a3")
MARKET = {"volatility": 0.6, "fill_intensity": 0.9, "fill_decay": 0.3}
STATE = QuoteState(**dict.fromkeys(QuoteState._fields, nan))._replace(
    mid=1000.0,
    bid=999.5,
    ask=1000.5,
    bid_size=5.0,
    ask_size=5.0,
    micro_price=1000.0,
    imbalance=0.0,
    time=0.0,
    momentum=0.0,
    mean_reversion=0.0,
    forecast=0.0,
    forecast_std=1.0,
    **MARKET,
)
models = hs.models


def first_of_two(other):
    """A maker of two assets that move together, as quotes of the first while `other` is held."""
    one = models.Asset(0.6, 0.9, 0.3, 1.0)
    maker = models.MultiAssetMaker([one, one], [[1, 0.8], [0.8, 1]], risk_aversion=0.01)

    def quote(state):
        depths = maker.depths([state.inventory, other], state.time_left)
        return hs.Quote(state.mid - depths.bid[0], state.mid + depths.ask[0])

    return quote


SOLVED = {"max_inventory": 10, **MARKET}
SIDES = {"bid_intensity": 0.9, "ask_intensity": 0.9}
MODELS = {
    "fixed_spread": models.fixed_spread(half_spread=3),
    "pure_market_making": models.pure_market_making(spread_bps=60),
    "touch_market_making": models.touch_market_making(),
    "avellaneda_stoikov": models.avellaneda_stoikov(risk_aversion=0.01),
    "avellaneda_stoikov_infinite": models.avellaneda_stoikov_infinite(
        risk_aversion=0.01, max_inventory=12
    ),
    "glft": models.glft(risk_aversion=0.01),
    "glft_tanh": models.glft_tanh(risk_aversion=0.01),
    "glft_exact": models.glft_exact(risk_aversion=0.01, horizon_s=600, **SOLVED),
    "cartea_jaimungal": models.cartea_jaimungal(
        running_penalty_rate=2e-3,
        bid_decay=0.3,
        ask_decay=0.3,
        max_inventory=10,
        horizon_s=600,
        **SIDES,
    ),
    "touch_model": models.touch_model(
        spread=1, running_penalty_rate=2e-3, max_inventory=10, horizon_s=600, **SIDES
    ),
    "fodra_labadie": models.fodra_labadie(terminal_penalty=0.05),
    "forecast_touch": models.forecast_touch(
        spread=1,
        reversion=0.5,
        forecast_horizon_s=2,
        most_forecast=1,
        max_inventory=10,
        horizon_s=60,
        jump=0.1,
        noise=0.05,
        running_penalty_rate=2e-3,
        **SIDES,
    ),
    "InventoryControl": as_model(models.InventoryControl(limit=10, risk_aversion=0.05)),
    "first_of_two": as_model(first_of_two(0.0)),
    "first_of_two_long_5_of_the_other": as_model(first_of_two(5.0)),
    "adaptive": models.adaptive(half_spread=3, limit=10),
    "imbalance_touch": models.imbalance_touch(
        order_rate=0.9, jump=0.3, regime_rate=0.4, max_orders=9, running_penalty=0.001
    ),
    "spread_touch": models.spread_touch(
        widen_rate=0.5, narrow_rate=0.8, fill_rate=0.1, improved_fill_rate=0.3, max_orders=9
    ),
    "lean": hs.lean(models.fixed_spread(half_spread=3), strength=1, limit=10),
    "lean_exponential": hs.inventory.lean_exponential(
        models.fixed_spread(half_spread=3), strength=1, limit=10
    ),
    "lean_tiered": hs.inventory.lean_tiered(
        models.fixed_spread(half_spread=3), strength=1, limit=10
    ),
}


def figure(names):
    """A Plotly figure of the quotes of these models, less the mid.

    Against inventory, and, beside it, against the time left, of those that it moves.
    """
    traces, later = [], []
    for name, colour in zip(names, COLOURS, strict=False):
        drawn = []
        for when, (time_left, dash) in TIMES_LEFT.items():
            held = {"inventory": INVENTORIES, "steady_inventory": INVENTORIES}
            sides = quoted(name, time_left=time_left, **held)
            if any(np.array_equal(sides, before, equal_nan=True) for before in drawn):
                continue
            drawn.append(sides)
            for i, side in enumerate(sides):
                told = {
                    "name": name if len(names) > 1 else when,
                    "legendgroup": name + when,
                    "showlegend": i == 0 and (len(names) == 1 or len(drawn) == 1),
                    "hovertemplate": "%{y:.2f} ticks at %{x} lots",
                }
                traces.append(line(INVENTORIES, side, colour, dash) | told)
        if len(drawn) == 1 and len(names) == 1:
            traces = [trace | {"name": name} for trace in traces]
        if len(drawn) > 1:
            for side in quoted(name, time_left=TIMES, inventory=HELD, steady_inventory=HELD):
                told = {
                    "name": name,
                    "xaxis": "x2",
                    "showlegend": False,
                    "hovertemplate": "%{y:.2f} ticks, %{x:.3g} s left",
                }
                later.append(line(TIMES, side, colour, "solid") | told)
    return {"data": traces + later, "layout": layout(bool(later))}


def quoted(name, **changes):
    """What a model quotes where the state is changed so: bid and ask less mid, NaN where none."""
    quote = MODELS[name].broadcast(STATE._replace(**changes))
    return [
        np.where(size > 0, price - STATE.mid, nan)
        for price, size in ((quote.bid, quote.bid_size), (quote.ask, quote.ask_size))
    ]


def line(x, y, colour, dash):
    """A trace; no number is a gap."""
    return {
        "x": np.round(x, 4).tolist(),
        "y": [None if value != value else round(value, 4) for value in y],
        "mode": "lines",
        "line": {"color": colour, "dash": dash, "width": 2},
    }


def layout(two):
    """Of one panel, or of two that share the quotes' axis."""
    axes = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.6)"}
    found = {
        "height": 340,
        "margin": {"l": 55, "r": 10, "t": 10, "b": 45},
        "xaxis": {"title": {"text": "inventory, lots"}, **axes},
        "yaxis": {"title": {"text": "quotes less mid, ticks"}, **axes},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#8b94a3"},
        "legend": {"orientation": "h", "y": 1.12},
    }
    if two:
        title = {"text": f"time left, s, {HELD:g} lots held"}
        found["xaxis"]["domain"], domain = [0, 0.62], [0.68, 1]
        found["xaxis2"] = {"title": title, "type": "log", "domain": domain, **axes}
    return found


class QuotesDirective(SphinxDirective):
    """`.. quotes:: name ...`; without a name, all of them."""

    optional_arguments = 30

    def run(self):
        """A place for the chart and its figure."""
        names = self.arguments or list(MODELS)
        drawn = json.dumps(figure(names), separators=(",", ":"))
        place = f'<div class="quotes"><script type="application/json">{drawn}</script></div>'
        return [nodes.raw("", place, format="html")]


def add_library(app):
    """Plotly's own JavaScript beside the pages, and the few lines that draw."""
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    library = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    (folder / "plotly.min.js").write_bytes(library)
    (folder / "quotes.js").write_text(
        'for (const place of document.querySelectorAll(".quotes")) {\n'
        "  const figure = JSON.parse(place.firstElementChild.textContent);\n"
        "  Plotly.newPlot(place, figure.data, figure.layout, "
        "{displayModeBar: false, responsive: true});\n}\n"
    )


def add_scripts(app, pagename, templatename, context, doctree):
    """Load them on pages with a chart only: the library is 5 MB."""
    if doctree is not None and any(
        'class="quotes"' in node.astext() for node in doctree.findall(nodes.raw)
    ):
        for name in ("plotly.min.js", "quotes.js"):
            app.add_js_file(name, loading_method="defer")


def setup(app):
    """Add the directive."""
    app.add_directive("quotes", QuotesDirective)
    app.connect("builder-inited", add_library)
    app.connect("html-page-context", add_scripts)
