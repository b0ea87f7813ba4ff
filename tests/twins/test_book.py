"""The core's book equals a dict of levels after every row, of recorded and of made-up markets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halfspread import _core, synthetic
from halfspread.codecs import import_files
from halfspread.event import EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument
from halfspread.tape import Tape

DATA = Path(__file__).resolve().parents[3] / "shared/data/binance_raw_ws"
THIN = "spot_nexousdt_20240724.dat.gz"
RECORDED = {
    "usdm_btcusdt_20240808.gz": Instrument("BTCUSDT", "0.1", "0.001"),
    "usdm_ethusdt_20240808.gz": Instrument("ETHUSDT", "0.01", "0.001"),
    "spot_btcusdt_20240808.gz": Instrument("BTCUSDT", "0.01", "0.00001"),
    "spot_ethusdt_20240808.gz": Instrument("ETHUSDT", "0.01", "0.0001"),
    THIN: Instrument("NEXOUSDT", "0.001", "0.01"),
    "cm_btcusd_perp_20240808.gz": Instrument("BTCUSD_PERP", "0.1", "1", 100, inverse=True),
}
MADE_UP = Instrument("TEST", "0.1", "0.01")
ROWS = 20_000


class DictBook:
    """Two dicts of price to lots; of levels that cross, the newer stays."""

    def __init__(self):
        self.sides = {Side.bid: {}, Side.ask: {}}

    def apply(self, kind, side, price, size):
        if kind == Kind.clear:
            for s in (side,) if side else self.sides:
                everything = price == EVERYTHING or not side
                self.erase(s, -s * 2**40 if everything else price)
        elif kind in (Kind.level, Kind.touch) and side:
            if kind == Kind.touch:
                self.erase(side, price + side)
            self.sides[side].pop(price, None)
            if size > 0:
                self.sides[side][price] = size
                self.erase(-side, price)

    def erase(self, side, bound):
        """What is at `bound` or better."""
        best = self.best(side)
        if best is not None and side * (best[0] - bound) >= 0:
            levels = self.sides[side].items()
            self.sides[side] = {p: size for p, size in levels if side * (p - bound) < 0}

    def best(self, side):
        levels = self.sides[side]
        if not levels:
            return None
        price = max(levels) if side == Side.bid else min(levels)
        return price, levels[price]

    def depth(self, side):
        return sorted(self.sides[side].items(), reverse=side == Side.bid)


def compare(events, instrument):
    """Walks the venue's first rows; returns the most levels that a side came to."""
    events = events[events["flags"] & Flag.at_exchange != 0][:ROWS]
    columns = Tape.from_events(events, instrument).core
    core, plain, most = _core.Book(), DictBook(), 0
    rows = zip(*(events[name].tolist() for name in ("kind", "side", "price", "size")), strict=True)
    for i, row in enumerate(rows):
        core.apply(columns, i, i + 1)
        plain.apply(*row)
        for side in plain.sides:
            assert core.best(side) == plain.best(side), (i, row)
        if i % 500 == 0 or i == len(events) - 1:
            for side in plain.sides:
                prices, sizes = core.depth(side, 10**6)
                assert list(zip(prices.tolist(), sizes.tolist(), strict=True)) == plain.depth(side)
                most = max(most, core.levels(side))
    return most


@pytest.mark.parametrize("name", RECORDED)
def test_on_a_recorded_market(name):
    if not (DATA / name).exists():
        pytest.skip(f"no recorded data at {DATA / name}")
    events = import_files("binance", [DATA / name], RECORDED[name])[0]
    assert len(events) > ROWS
    assert compare(events, RECORDED[name]) > (100 if name == THIN else 500)


def test_on_a_synthetic_market():
    assert compare(synthetic.flow(events=ROWS, seed=3), MADE_UP) > 10


@pytest.mark.parametrize("seed", range(3))
def test_on_no_market_at_all(seed):
    """Levels anywhere, so that books cross; touches; sides and stretches of them cleared."""
    rng = np.random.default_rng(seed)
    events = synthetic.flow(events=6_000, seed=seed).copy()
    n = len(events)
    kinds = [Kind.level, Kind.touch, Kind.clear, Kind.trade]
    events["kind"] = rng.choice(kinds, n, p=[0.88, 0.02, 0.005, 0.095])
    events["side"] = rng.choice([-1, 1], n)
    events["price"] = 10_000 + events["side"] * (5 - rng.geometric(0.05, n))
    events["size"] = rng.integers(0, 5, n)
    clears = np.flatnonzero(events["kind"] == Kind.clear)
    events["side"][clears] = rng.integers(-1, 2, len(clears))
    everything = clears[rng.random(len(clears)) < 0.3]
    events["price"][everything] = EVERYTHING
    assert compare(events, MADE_UP) > 20
