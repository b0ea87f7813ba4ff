"""The models of the touch: which side stands where, and that they run in a market."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.errors import ConfigError
from halfspread.models import imbalance_touch, spread_touch, touch_model
from halfspread.models.imbalance_regimes import ImbalanceMarket, imbalance_regimes
from quote_states import STATE

PRESSED = imbalance_touch(
    order_rate=0.5, jump=0.3, regime_rate=0.4, order_tilt=0.9, jump_tilt=0.9, regimes=3
)
SPREAD = spread_touch(
    widen_rate=0.5, narrow_rate=0.8, fill_rate=0.06, improved_fill_rate=0.2, rebate=0.16, fee=0.24
)


def flat(**fields):
    return STATE._replace(inventory=0.0, time_left=60.0, bid=1000.0, ask=1001.0, **fields)


def test_the_side_that_would_be_run_over_is_left_out():
    buying, selling, even = (PRESSED(flat(imbalance=i)) for i in (0.8, -0.8, 0.0))
    assert (buying.bid, buying.bid_size, buying.ask_size) == (1000.0, 1.0, 0.0)
    assert (selling.ask, selling.ask_size, selling.bid_size) == (1001.0, 1.0, 0.0)
    assert (even.bid, even.ask) == (1000.0, 1001.0)


def test_a_full_inventory_is_not_added_to():
    assert PRESSED(flat(imbalance=0.8)._replace(inventory=5.0)).bid_size == 0
    assert PRESSED(flat(imbalance=-0.8)._replace(inventory=5.0)).ask_size == 1


@pytest.mark.parametrize("inventory", [0.25, 1.0, 1.5, 4.0, 5.0, 30.0])
def test_what_reduces_stands_back_by_what_a_fill_at_the_touch_lacks(inventory):
    """Buyers press: an ask at the touch loses. Flat there is none, long it stands behind it."""
    assert PRESSED(flat(imbalance=0.8)).ask_size == 0
    long = PRESSED(flat(imbalance=0.8)._replace(inventory=inventory))
    short = PRESSED(flat(imbalance=-0.8)._replace(inventory=-inventory))
    assert long.ask_size == short.bid_size == 1
    assert long.ask - 1001 == pytest.approx(1000 - short.bid, abs=1e-9)
    z = 2 / 3  # of the last of three regimes
    whole = min(max(inventory, 1.0), 5.0)
    rates = np.array([0.4, 0.4])
    market = ImbalanceMarket(
        np.diag(rates, 1) + np.diag(rates, -1),
        *(0.5 * np.exp(0.9 * s * np.array([-z, 0, z])) for s in (1, -1)),
        *(0.3 * np.exp(0.9 * s * np.array([-z, 0, z])) for s in (1, -1)),
    )
    gain = imbalance_regimes(market, 5, 60.0).ask_gain[-1, 2]
    lacks = np.interp(whole, np.arange(-5, 6), np.maximum(-gain, 0.0))
    assert long.ask - 1001 == pytest.approx(lacks, abs=1e-6)
    assert lacks > 0.01


def test_at_a_tick_there_is_no_room_and_at_two_a_side_improves():
    """Long at a spread of two ticks: the ask improves by a tick, the bid does not."""
    one = SPREAD(flat()._replace(inventory=3.0, time_left=300.0))
    assert one.ask == 1001.0
    two = SPREAD(flat()._replace(inventory=3.0, time_left=300.0, ask=1002.0, mid=1001.0))
    assert two.ask == 1001.0
    assert two.bid_size == 0 or two.bid == 1000.0


def test_the_bids_of_a_short_are_the_asks_of_a_long():
    for held in range(-5, 6):
        state = flat()._replace(inventory=float(held), ask=1003.0, mid=1001.5, time_left=20.0)
        quote, mirror = SPREAD(state), SPREAD(state._replace(inventory=-float(held)))
        assert quote.bid_size == mirror.ask_size
        if quote.bid_size:
            assert quote.bid - 1000 == 1003 - mirror.ask


@pytest.mark.parametrize("model", [PRESSED, SPREAD], ids=["imbalance", "spread"])
def test_it_makes_a_market(model):
    tape = hs.synthetic.tape(events=30_000, seed=2)
    limit = hs.OrderPolicy(inventory_limit=5)
    run = hs.backtest(model, hs.Replay(tape, latency_ms=2, orders=limit))
    assert not run.errors
    assert run.counters["fills"][0] > 10
    assert np.abs(run.path["inventory"]).max() <= 5


def test_a_count_must_be_whole():
    with pytest.raises(ConfigError, match=r"max_orders must be >= 1 and whole, was 2\.5"):
        spread_touch(widen_rate=1, narrow_rate=1, fill_rate=1, improved_fill_rate=1, max_orders=2.5)
    wild = imbalance_touch(order_rate=1, jump=0, regime_rate=1, order_tilt=1000)
    with pytest.raises(ConfigError, match=r"order_tilt=1000\.0, jump_tilt=0\.0 are too large"):
        wild(flat(imbalance=0.0))


def test_posts_too_large_to_fill_change_nothing():
    rates = {"spread": 1.0, "bid_intensity": 1.0, "ask_intensity": 1.0, "horizon_s": 10.0}
    rates |= {
        "running_penalty_rate": 1e-6,
        "max_inventory": 8000.0,
        "size_decay": 0.1,
        "size": 80.0,
    }
    some, all_ = (touch_model.table(max_size=most, **rates) for most in (7000.0, 8000.0))
    np.testing.assert_array_equal(all_.bid_size, some.bid_size)
    assert not all_.bid_size[..., -1].any()
