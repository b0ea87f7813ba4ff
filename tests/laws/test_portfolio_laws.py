"""Laws of a portfolio: markets meet in the maker alone; without correlation each is for itself."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halfspread as hs
from halfspread.models import Asset, MultiAssetMaker
from twins.feeds import FEEDS

BTC = hs.Instrument("BTCUSDT", "0.1", "0.001", maker_fee=-0.00005, taker_fee=0.0007)
ETH = hs.Instrument("ETHUSDT", "0.01", "0.01", contract_size=10, maker_fee=0.0002)
feeds = st.tuples(st.sampled_from(sorted(FEEDS)), st.integers(0, 2))
quotes = st.tuples(st.floats(-3, 20), st.floats(0.5, 20), st.integers(0, 9), st.integers(0, 9))
options = st.fixed_dictionaries(
    {
        "latency_ms": st.sampled_from([0, 5, (40, 3)]),
        "rules": st.sampled_from(["halfspread", "hftbacktest"]),
    }
)


@cache
def tape_of(feed: tuple[str, int], instrument: hs.Instrument) -> hs.Tape:
    """The feed from a common time on; the second instrument's begins somewhat later."""
    events = FEEDS[feed[0]](feed[1]).copy()
    begin = 1_700_000_000_000_000_000 + (300_000_001 if instrument is ETH else 0)
    shift = begin - min(events["exchange_time"].min(), events["local_time"].min())
    for clock in ("exchange_time", "local_time"):
        events[clock] += shift
    return hs.Tape.from_events(events, instrument, venue="test")


def quote_of(state: hs.QuoteState, numbers: tuple[float, float, int, int]) -> hs.Quote:
    """Round the mid, leant by what is held of this instrument alone."""
    shift, width, bid_size, ask_size = numbers
    centre = state.mid + shift - 0.1 * state.inventory
    return hs.Quote(centre - width, centre + width, float(bid_size), float(ask_size))


def equal_bytes(one: hs.Run, two: hs.Run) -> bool:
    return all(
        getattr(one, table)[name].tobytes() == column.tobytes()
        for table in ("fills", "path", "counters")
        for name, column in getattr(two, table).items()
    )


@settings(max_examples=25, deadline=None)
@given(feed=feeds, other=feeds, own=quotes, theirs=quotes, given=options)
def test_quotes_of_one_never_touch_the_venue_of_another(feed, other, own, theirs, given):
    replays = {
        "BTC": hs.Replay(tape_of(feed, BTC), decide_every="90ms", **given),
        "ETH": hs.Replay(tape_of(other, ETH), decide_every="90ms"),
    }
    portfolio = hs.Portfolio(replays)
    numbers = {"BTC": own, "ETH": theirs}
    both = portfolio.run(
        lambda state: {name: quote_of(seen, numbers[name]) for name, seen in state.states.items()}
    )
    for name, market in portfolio.markets.items():
        for state in market:
            market.quote(*quote_of(state, numbers[name]))
        assert equal_bytes(both[name], market.result())


assets = st.builds(
    Asset,
    volatility=st.floats(0.01, 50),
    fill_intensity=st.floats(0.01, 5),
    fill_decay=st.floats(0.01, 5),
    size=st.sampled_from([0.1, 1.0, 3.0]),
)


def state_of(inventory: float) -> hs.QuoteState:
    values = dict.fromkeys(hs.QuoteState._fields, 0.0)
    return hs.QuoteState(**{**values, "inventory": float(inventory), "mid": 500_000.5})


@given(
    asset=assets,
    held=st.lists(st.integers(-50, 50), min_size=2, max_size=4),
    aversion=st.floats(1e-6, 0.1),
)
def test_without_correlation_and_with_equal_parameters_each_is_quoted_as_if_alone(
    asset, held, aversion
):
    names = [f"asset {i}" for i in range(len(held))]
    steps = hs.Instrument("X", "0.1", "0.1")
    states = {name: state_of(lots) for name, lots in zip(names, held, strict=True)}

    def quoted(members: list[str]) -> dict[str, hs.Quote]:
        maker = MultiAssetMaker(
            [asset] * len(members), np.eye(len(members)), aversion, symbols=members
        )
        seen = hs.PortfolioState(
            {name: states[name] for name in members}, dict.fromkeys(members, steps)
        )
        return maker(seen)

    together = quoted(names)
    for name in names:
        assert together[name] == pytest.approx(quoted([name])[name], rel=1e-12)


@given(
    asset=assets,
    held=st.tuples(st.integers(-50, 50), st.integers(-50, 50)),
    correlation=st.floats(-0.99, 0.99),
    aversion=st.floats(1e-6, 0.1),
)
def test_the_order_of_the_assets_does_not_matter(asset, held, correlation, aversion):
    steps = hs.Instrument("X", "0.1", "0.1")
    other = Asset(2 * asset.volatility, asset.fill_intensity, asset.fill_decay / 2, asset.size)
    matrix = [[1, correlation], [correlation, 1]]
    states = {"a": state_of(held[0]), "b": state_of(held[1])}
    seen = hs.PortfolioState(states, dict.fromkeys(states, steps))
    one = MultiAssetMaker([asset, other], matrix, aversion, symbols=["a", "b"])(seen)
    two = MultiAssetMaker([other, asset], matrix, aversion, symbols=["b", "a"])(seen)
    for name in states:
        assert one[name] == pytest.approx(two[name], rel=1e-9)
