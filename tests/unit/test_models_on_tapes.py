"""The makers of this package that manage inventory, on a recorded and on a synthetic minute.

The recording belongs to the exchange and stays out of the repository: where the folder shared/data
beside it is absent, its half is skipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halfspread.codecs import import_files
from halfspread.instrument import Instrument
from halfspread.inventory import lean, lean_exponential, lean_tiered, seek, size_by_side
from halfspread.market import Replay
from halfspread.models import (
    InventoryControl,
    adaptive,
    fixed_spread,
    glft,
    pure_market_making,
    touch_market_making,
)
from halfspread.policy import OrderPolicy
from halfspread.synthetic import tape as synthetic_tape
from halfspread.tape import Tape

CAPTURE = (
    Path(__file__).resolve().parents[3] / "shared/data/binance_raw_ws/usdm_ethusdt_20240808.gz"
)
LIMIT = 40

MAKERS = {
    "pure_market_making": lambda: lean(
        pure_market_making(spread_bps=0.01, minimum_spread=2, size=10), strength=0.5, limit=LIMIT
    ),
    "touch_market_making": lambda: touch_market_making(offset=1, size=10),
    "adaptive": lambda: adaptive(half_spread=1, limit=LIMIT, volatility_weight=0.2, size=10),
    "exponential": lambda: lean_exponential(
        fixed_spread(half_spread=2, size=10), strength=0.9, limit=LIMIT
    ),
    "tiered": lambda: lean_tiered(fixed_spread(half_spread=2, size=10), strength=0.9, limit=LIMIT),
    "seek": lambda: seek(
        fixed_spread(half_spread=2, size=10), risk_aversion=1e-3, limit=LIMIT, horizon_s=10, size=10
    ),
    "sizes": lambda: size_by_side(glft(risk_aversion=1e-3, size=10), limit=LIMIT),
    "optimise": lambda: InventoryControl(LIMIT, size=10, inventory_cost=1.0, risk_aversion=1e-3),
}


@pytest.fixture(scope="module", params=["recorded", "synthetic"])
def minute(request):
    if request.param == "synthetic":
        return synthetic_tape(events=15_000, seed=4)
    if not CAPTURE.is_file():
        pytest.skip(f"no recorded data at {CAPTURE}")
    eth = Instrument("ETHUSDT", "0.01", "0.001")
    events, _ = import_files("binance", [CAPTURE], eth)
    tape = Tape.from_events(events, eth, venue="binance")
    first, _ = tape.span
    return tape.slice(first + 60 * 10**9, first + 120 * 10**9)


@pytest.mark.parametrize("name", MAKERS)
def test_it_trades_and_stays_within_its_limit(minute, name):
    orders = OrderPolicy(inventory_limit=LIMIT, inventory_play=5, levels=2, tolerance_ticks=1)
    run = Replay(minute, latency_ms=5, orders=orders).run(MAKERS[name]())
    assert not run.errors
    fills = run.fills
    assert len(fills["size"]) > 10
    assert fills["maker"].mean() > 0.9
    held = np.cumsum(fills["side"].astype(int) * fills["size"])
    assert np.abs(held).max() <= LIMIT


def test_the_programme_is_solved_now_and_then(minute):
    control = MAKERS["optimise"]()
    Replay(minute, latency_ms=5).run(control)
    statuses = {solve.status for solve in control.solves}
    assert statuses == {"Optimal"}
    assert 10 < len(control.solves) < 800
    assert all(0 <= solve.bid_depth < 1000 for solve in control.solves)


def test_a_play_in_the_inventory_saves_orders():
    """Tiers that follow every lot move their quotes more often than tiers that wait for five."""
    market = synthetic_tape(events=50_000, seed=4)
    maker = lean_tiered(touch_market_making(size=2), strength=1, limit=LIMIT)
    submits = {}
    for play in (0, 5):
        orders = OrderPolicy(inventory_limit=LIMIT, inventory_play=play)
        run = Replay(market, latency_ms=5, orders=orders).run(maker)
        submits[play] = int(run.counters["submits"][0])
    assert submits[5] < 0.97 * submits[0]
