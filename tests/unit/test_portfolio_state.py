"""Portfolio state: units and money of each inventory; the maker that converts by each's steps."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.models import Asset, MultiAssetMaker
from halfspread.portfolio_state import PortfolioState


def state_of(inventory=0.0, mid=1000.0):
    values = dict.fromkeys(hs.QuoteState._fields, 0.0)
    return hs.QuoteState(**{**values, "inventory": float(inventory), "mid": mid})


BTC = hs.Instrument("BTCUSDT", "0.1", "0.001")
ETH = hs.Instrument("ETHUSDT", "0.01", "0.01", contract_size=10)


def test_a_state_counts_in_units_and_money():
    state = PortfolioState(
        {"BTC": state_of(5, 600_000.0), "ETH": state_of(-3, 250_000.0)}, {"BTC": BTC, "ETH": ETH}
    )
    assert state.inventories == pytest.approx({"BTC": 0.005, "ETH": -0.3})
    assert state.values == pytest.approx({"BTC": 300.0, "ETH": -750.0})
    flat = PortfolioState({"BTC": state_of(0, float("nan"))}, {"BTC": BTC})
    assert flat.values == {"BTC": 0.0}


def test_the_maker_converts_by_each_instruments_own_steps():
    assets = [Asset(6.0, 0.8, 0.05, 0.01), Asset(0.4, 0.6, 0.7, 0.2)]
    maker = MultiAssetMaker(assets, [[1, 0.8], [0.8, 1]], 0.01, symbols=["BTC", "ETH"])
    states = {"ETH": state_of(-3, 250_000.0), "BTC": state_of(5, 600_000.0)}
    quotes = maker(PortfolioState(states, {"BTC": BTC, "ETH": ETH}))
    depths = maker.depths([0.005, -0.3])
    assert quotes["BTC"].bid == pytest.approx(600_000 - depths.bid[0] / 0.1)
    assert quotes["BTC"].ask == pytest.approx(600_000 + depths.ask[0] / 0.1)
    assert quotes["ETH"].bid == pytest.approx(250_000 - depths.bid[1] / 0.01)
    assert quotes["ETH"].ask == pytest.approx(250_000 + depths.ask[1] / 0.01)
    assert (quotes["BTC"].bid_size, quotes["ETH"].ask_size) == (10, 2)
    with pytest.raises(hs.ConfigError, match=r"symbols must be \['BTC'\], were \['BTC', 'ETH'\]"):
        maker(PortfolioState({"BTC": states["BTC"]}, {"BTC": BTC}))
    odd = MultiAssetMaker([Asset(6.0, 0.8, 0.05, 0.0105)], [[1]], 0.01, symbols=["BTC"])
    with pytest.raises(
        hs.ConfigError, match=r"size of BTC must be a whole number of lots .*0.0105"
    ):
        odd(PortfolioState({"BTC": states["BTC"]}, {"BTC": BTC}))
    with pytest.raises(hs.ConfigError, match="symbols must be 2 names"):
        MultiAssetMaker(assets, np.eye(2), 0.01, symbols=["BTC", "BTC"])


def test_an_asset_in_ticks_is_in_units():
    found = Asset.in_ticks(ETH, volatility=30, fill_intensity=0.6, fill_decay=0.07, size=2)
    numbers = (found.volatility, found.fill_intensity, found.fill_decay, found.size)
    assert numbers == pytest.approx((0.3, 0.6, 7.0, 0.2))
