"""Tables: what they are made of, and how they are read between, at and beyond their nodes."""

from __future__ import annotations

from math import inf, isnan, nan

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.table import QuoteTable, Regimes
from halfspread.table_reading import read_table
from quote_states import STATE, depths

HORIZON = 9.0
LOTS = np.array([-2.0, 0.0, 2.0])
BID = np.array([[1.0, 2.0, nan], [2.0, 4.0, nan], [3.0, 8.0, nan], [4.0, 16.0, nan]])
ASK = np.array([[nan, 2.5, 1.5], [nan, 4.5, 2.5], [nan, 8.5, 3.5], [nan, 16.5, 4.5]])


def table(**changed) -> QuoteTable:
    return QuoteTable(
        **{
            "inventories": LOTS,
            "bid_depth": BID,
            "ask_depth": ASK,
            "horizon_s": HORIZON,
            "bid_size": 3.0,
            "ask_size": 4.0,
            **changed,
        }
    )


def read(inventory, time_left=0.0, case=None, **state):
    state = STATE._replace(inventory=inventory, time_left=time_left, **state)
    return read_table(state, (case or table()).flat())


def test_the_nodes_of_time_are_denser_near_the_horizon():
    np.testing.assert_allclose(table().times_left, [0, 1, 4, 9])
    np.testing.assert_array_equal(
        QuoteTable(LOTS, BID[0], ASK[0]).times_left, [0], "none without a horizon"
    )


@pytest.mark.parametrize("j", range(4))
def test_at_the_nodes_it_is_what_was_put_in(j):
    quote = read(0.0, table().times_left[j])
    assert depths(quote, STATE.mid) == (BID[j, 1], ASK[j, 1])
    assert (quote.bid_size, quote.ask_size) == (3.0, 4.0)


def test_between_the_nodes_it_is_linear():
    assert depths(read(-0.5), STATE.mid)[0] == 1.75
    assert depths(read(0.5), STATE.mid)[1] == 2.25
    assert depths(read(0.0, 2.5), STATE.mid) == (6.0, 6.5)
    assert depths(read(-1.0, 2.5), STATE.mid)[0] == (2 + 4 + 3 + 8) / 4
    assert depths(read(0.0, 50.0), STATE.mid) == (16.0, 16.5), "beyond the horizon: the last node"
    assert depths(read(0.0, -1.0), STATE.mid) == (2.0, 2.5)


def test_a_side_without_a_depth_is_not_quoted():
    quote = read(2.0)
    assert (quote.bid_size, quote.ask_size) == (0.0, 4.0)
    assert quote.ask == STATE.mid + 1.5
    assert read(1.9, 0.5).bid_size == 0.0
    short = read(-2.0)
    assert (short.ask_size, short.bid) == (0.0, STATE.mid - 1.0)


def test_at_the_bound_the_price_that_is_not_quoted_goes_on_as_it_came():
    """The bid's depths are 1 and 2 before the bound, the ask's 1.5 and 2.5; later 4 and 16."""
    for share in (0.1, 0.5, 1.0):
        assert depths(read(2 * share), STATE.mid)[0] == pytest.approx(2 + share)
        assert depths(read(-2 * share), STATE.mid)[1] == pytest.approx(2.5 + share)
        assert depths(read(2 * share, HORIZON), STATE.mid)[0] == pytest.approx(16 + 12 * share)
    assert read(50.0).bid == read(2.0).bid
    two = QuoteTable([0, 1], [1, nan], [nan, 1])
    assert (read(1.0, case=two).bid, read(0.0, case=two).ask) == (-inf, inf)
    gap = table(bid_depth=np.where(LOTS == 0, nan, BID))
    assert read(2.0, case=gap).bid == read(0.5, case=gap).bid == -inf


def test_beyond_the_table_only_what_reduces_is_quoted():
    full = table(bid_depth=np.nan_to_num(BID, nan=9.0), ask_depth=np.nan_to_num(ASK, nan=9.0))
    assert read(2.0, case=full).bid_size == 3.0
    long, short = read(7.0, case=full), read(-7.0, case=full)
    assert (long.bid, long.bid_size, long.ask) == (STATE.mid - 9.0, 0.0, STATE.mid + 1.5)
    assert (short.ask, short.ask_size, short.bid) == (STATE.mid + 9.0, 0.0, STATE.mid - 1.0)


@pytest.mark.parametrize(
    ("reference", "below", "above"),
    [
        ("mid", STATE.mid, STATE.mid),
        ("touch", STATE.bid, STATE.ask),
        ("micro", STATE.micro_price, STATE.micro_price),
    ],
)
def test_depths_are_from_the_reference(reference, below, above):
    quote = read(0.0, case=table(reference=reference))
    assert (quote.bid, quote.ask) == (below - 2.0, above + 2.5)


def test_sizes_may_vary_too():
    sizes = np.arange(12.0).reshape(4, 3)
    quote = read(0.0, 2.5, case=table(ask_size=sizes))
    assert (quote.bid_size, quote.ask_size) == (3.0, 5.5)


def test_regimes_of_spread_and_imbalance():
    regimes = Regimes(spreads=3, imbalances=2)
    depth = np.arange(6.0).reshape(6, 1, 1) + np.zeros((6, 1, 3))
    case = QuoteTable(LOTS, depth, depth, regimes=regimes)
    for wide, spread in ((0.0, 0), (1.0, 0), (2.0, 1), (2.9, 2), (3.0, 2), (9.0, 2)):
        for imbalance, part in ((-1.0, 0), (-0.1, 0), (0.0, 1), (1.0, 1)):
            quote = read(0.0, case=case, ask=STATE.bid + wide, imbalance=imbalance)
            assert depths(quote, STATE.mid)[0] == 2 * spread + part
    assert isnan(read(0.0, case=case, ask=nan).bid)
    assert isnan(read(0.0, case=case, imbalance=nan).ask)


def test_regimes_of_the_forecast():
    depth = np.arange(5.0).reshape(5, 1, 1) + np.zeros((5, 1, 3))
    case = QuoteTable(LOTS, depth, depth, regimes=Regimes(forecasts=5, most_forecast=2.0))
    for forecast, regime in (
        (-9.0, 0),
        (-1.6, 0),
        (-1.4, 1),
        (0.0, 2),
        (0.4, 2),
        (0.6, 3),
        (7.0, 4),
    ):
        assert depths(read(0.0, case=case, forecast=forecast), STATE.mid) == (regime, regime)
    assert isnan(read(0.0, case=case, forecast=nan).bid)
    with pytest.raises(ConfigError, match=r"most_forecast must be > 0 .* was 0.0 with 5"):
        Regimes(forecasts=5)


@pytest.mark.parametrize("unknown", ["mid", "inventory", "time_left"])
def test_what_is_not_known_is_not_quoted(unknown):
    state = STATE._replace(inventory=0.0)._replace(**{unknown: nan})
    quote = read_table(state, table().flat())
    assert isnan(quote.bid)
    assert isnan(quote.ask)
    assert quote.bid_size == quote.ask_size == 0.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inventories": [0.0]}, "inventories must be a row of two or more"),
        ({"inventories": [0.0, 1.0, 3.0]}, "inventories must be .* evenly spaced"),
        ({"inventories": [2.0, 0.0, -2.0]}, "inventories must be .* ascending"),
        ({"inventories": [0.0, 1.0, inf]}, "inventories must be finite"),
        ({"horizon_s": None}, "4 times don't go with a horizon_s of None"),
        ({"horizon_s": 0.0}, "4 times don't go with a horizon_s of 0.0"),
        ({"bid_depth": BID[0], "ask_depth": ASK[0]}, "1 times don't go with"),
        ({"ask_depth": ASK[:2]}, r"ask_depth must have shape \(1, 4, 3\), had \(2, 3\)"),
        ({"ask_depth": np.full((4, 3), inf)}, "ask_depth must be finite"),
        ({"bid_size": -1.0}, "bid_size must be >= 0"),
        ({"bid_size": np.ones(3)}, r"bid_size must have shape \(1, 4, 3\)"),
        ({"reference": "last"}, "reference must be one of mid, touch, micro, was 'last'"),
        ({"regimes": Regimes(2)}, r"bid_depth must have shape \(2, 4, 3\)"),
    ],
)
def test_a_mistake_is_named(changed, message):
    with pytest.raises(ConfigError, match=message):
        table(**changed)


def test_regimes_are_at_least_one():
    with pytest.raises(ConfigError, match="spreads must be >= 1, was 0"):
        Regimes(spreads=0)


def test_less_than_a_lot_between_nodes_is_not_quoted():
    depth = np.ones(3)
    table = QuoteTable([-2, 0, 2], depth, depth, bid_size=[2.0, 1.0, 0.0], ask_size=[0.0, 1.0, 2.0])
    sizes = [
        tuple(read_table(STATE._replace(inventory=q), table.flat())[2:]) for q in (-1.0, 0.0, 1.0)
    ]
    assert sizes == [(1.5, 0.0), (1.0, 1.0), (0.0, 1.5)]
    with pytest.raises(ConfigError, match="ask_size must be 0 or at least one lot"):
        QuoteTable([-2, 0, 2], depth, depth, bid_size=[2.0, 1.0, 0.0], ask_size=0.5)
