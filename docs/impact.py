"""Impact: what a metaorder does to each flow's market, and what round trips of it bring.

`python docs/impact.py` prints the tables of docs/simulated.md; `.. impact::` draws the curves when
the documentation is built. A market with the order is compared with the same one without it: the
public's random numbers are the same, so that what differs is the order's doing.
"""

import json

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import halfspread as hs

LANES, WARM_UP = 200, "2m"
CURVE_LOTS, SECONDS, TIMES = 30, 120, (5, 15, 30, 60, 120)
SIZES = (5, 10, 20, 40, 80)
TRIPS = (  # lots, bought a second, sold a second
    (10, 1, 1),
    (10, 10, 10),
    (30, 1, 1),
    (30, 10, 1),
    (30, 1, 30),
    (100, 1, 1),
    (100, 10, 1),
    (100, 1, 100),
)
COLOURS = ("#3b82f6", "#f08c00", "#12a594", "#9b6cf0")


def queues():
    """A made-up queue-reactive flow: 8 to 15 lots a queue, a market order each 2.5 s and side."""
    n = np.arange(41)
    limit, cancel, market = [], [], []
    for scale in (1.0, 1.5, 2.0):
        limit.append(np.where(n == 0, scale, 0.6).tolist())
        cancel.append(np.where(n == 0, 0.0, 0.3 + 0.04 * n / scale).tolist())
        market.append(np.where((n == 0) | (scale > 1), 0.0, 0.2 / np.maximum(n, 1)).tolist())
    return hs.flows.QueueReactive(limit, cancel, market)


FLOWS = {
    "zero intelligence": hs.flows.ZeroIntelligence.sky_perfect(speed=60),
    "queue-reactive": queues(),
    "Hawkes": hs.flows.Hawkes.lively(),
    "Hawkes, informed": hs.flows.Scenario(
        hs.flows.Hawkes.lively(), informed=hs.flows.Informed(rate=2.0, volatility=0.5, size=3)
    ),
}


@hs.model
def round_trip(state: hs.QuoteState, lots: float, bought: float, sold: float) -> hs.Quote:
    """Takes `bought` lots a decision until it has `lots`, then takes `sold` the other way.

    sold < 0 means that it keeps them.
    """
    done = lots / bought - 1e-9
    buy = max(min(bought, lots - state.inventory), 0.0) if state.time < done else 0.0
    sell = max(min(sold, state.inventory), 0.0) if state.time > done else 0.0
    bid = state.ask + 1000.0 if buy > 0.0 else state.bid - 3000.0
    ask = state.bid - 2000.0 if sell > 0.0 else state.ask + 3000.0
    return hs.Quote(bid, ask, buy, sell)


def run(flow, seconds, lots, bought, sold, lanes=LANES):
    """Each lane's market with such a trip in it, a decision a second."""
    market = hs.Simulated(
        FLOWS[flow],
        seconds,
        warm_up=WARM_UP,
        seed=1,
        lanes=lanes,
        orders=hs.OrderPolicy(taking=True),
        decide_every="1s",
    )
    return market.run(round_trip(lots=lots, bought=bought, sold=sold))


def displacement(flow, lots, seconds=SECONDS, lanes=LANES):
    """(seconds + 1, lanes) of the mid, in ticks, less that of the market without the order."""
    mids = (run(flow, seconds, size, 1, -1, lanes).path["mid"] for size in (lots, 0))
    return next(mids) - next(mids)


def profit(flow, lots, bought, sold, lanes=LANES):
    """What a round trip brings, in ticks a lot, by lane; no fees."""
    seconds = round(lots / bought + 1.5 * lots / sold + 30)
    done = run(flow, seconds, lots, bought, sold, lanes)
    assert not done.counters["inventory"].any()
    return done.path["wealth"][-1] / 0.01 / (done.counters["volume_lots"] / 2)


def words(values, digits=1):
    """The mean and its standard error."""
    error = values.std() / np.sqrt(len(values))
    return f"{values.mean():.{digits}f} ± {error:.{digits}f}"


def tables():
    """The rows of the page's tables."""
    rows = []
    for flow in FLOWS:
        moved = displacement(flow, CURVE_LOTS)
        rows.append([flow, *(words(moved[time]) for time in TIMES)])
    for flow in FLOWS:
        peaks = (displacement(flow, lots, lots + 5)[lots] for lots in SIZES)
        rows.append([flow, *map(words, peaks)])
    for trip in TRIPS:
        found = (words(profit(flow, *trip), 2) for flow in FLOWS)
        rows.append([*map(str, trip), *found])
    return ["| " + " | ".join(row) + " |" for row in rows]


def figure(lanes=100):
    """A Plotly figure of the mean displacement over time."""
    traces = []
    for flow, colour in zip(FLOWS, COLOURS, strict=True):
        for lots, dash in ((15, "dot"), (CURVE_LOTS, "solid")):
            moved = displacement(flow, lots, lanes=lanes).mean(axis=1)
            traces.append(
                {
                    "x": list(range(len(moved))),
                    "y": np.round(moved, 3).tolist(),
                    "name": f"{flow}, {lots} lots",
                    "mode": "lines",
                    "line": {"color": colour, "dash": dash, "width": 2},
                }
            )
    axes = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.6)"}
    layout = {
        "height": 430,
        "margin": {"l": 55, "r": 10, "t": 10, "b": 45},
        "xaxis": {"title": {"text": "seconds; a lot is bought each until all are"}, **axes},
        "yaxis": {"title": {"text": "mid, less that without the order, ticks"}, **axes},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#8b94a3"},
        "legend": {"orientation": "h", "yanchor": "top", "y": -0.2, "entrywidth": 160},
    }
    return {"data": traces, "layout": layout}


class ImpactDirective(SphinxDirective):
    """`.. impact::`: the curves, where the gallery's script draws them."""

    def run(self):
        """A place for the chart and its figure."""
        drawn = json.dumps(figure(), separators=(",", ":"))
        place = f'<div class="quotes"><script type="application/json">{drawn}</script></div>'
        return [nodes.raw("", place, format="html")]


def setup(app):
    """Add the directive."""
    app.add_directive("impact", ImpactDirective)


if __name__ == "__main__":
    print("\n".join(tables()))
