"""Laws of signals: what comes later changes nothing before, and scales go through as units say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halfspread as hs
from halfspread import synthetic
from halfspread.event import Kind
from halfspread.signals.track import altered_after

INSTRUMENT = hs.Instrument("TEST", "0.1", "0.01")
ALL = hs.SignalPolicy(
    half_life="2s",
    fast_half_life="500ms",
    slow_half_life="4s",
    depth_levels=3,
    order_flow_half_life="1s",
    fill_sides=True,
    hawkes=hs.Hawkes(0.5, 2.0, 8.0, 0.5),
    mark_out_horizon="400ms",
    vpin_bucket_lots=20,
    vpin_buckets=8,
    round_trip_lots=15,
)
SCHEDULES = ({"decide_every": "110ms"}, {"on": "book"}, {"on": "trade"})
laws = settings(max_examples=25)


def states_of(tape, **schedule):
    market = hs.Replay(tape, signals=ALL, **schedule)
    return dict((market.now, state) for state in market)


def tape_of(seed, rows=3_000):
    return hs.Tape.from_events(synthetic.flow(events=rows, seed=seed), INSTRUMENT)


def columns_of(states):
    return dict(zip(hs.QuoteState._fields, np.array(list(states.values())).T, strict=True))


@laws
@given(seed=st.integers(0, 10_000), schedule=st.sampled_from(SCHEDULES))
def test_the_future_changes_no_earlier_signal(seed, schedule):
    tape = tape_of(seed)
    cut, other = altered_after(tape, np.random.default_rng(seed))
    here, there = states_of(tape, **schedule), states_of(other, **schedule)
    before = [time for time in here if time <= cut]
    assert before == [time for time in there if time <= cut]
    for time in before:
        np.testing.assert_array_equal(here[time], there[time])


@laws
@given(seed=st.integers(0, 10_000))
def test_the_mirrored_market_has_the_mirrored_signals(seed):
    tape = tape_of(seed)
    events = tape.events()
    events["side"] *= -1
    bounded = events["price"] != hs.event.EVERYTHING
    events["price"][bounded] = 2_000_000 - events["price"][bounded]
    mirrored = hs.Tape.from_events(events, INSTRUMENT)
    one, two = (columns_of(states_of(t, decide_every="110ms")) for t in (tape, mirrored))
    turned = ("imbalance", "depth_imbalance", "trade_flow", "order_flow_imbalance", "momentum")
    for name in (*turned, "mean_reversion"):
        np.testing.assert_allclose(one[name], -two[name], rtol=1e-9, atol=1e-9, err_msg=name)
    for name in (
        "volatility",
        "fill_intensity",
        "toxicity",
        "vpin",
        "fill_decay",
        "round_trip_cost",
    ):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-9, atol=1e-12, err_msg=name)
    swapped = {"buy_intensity": "sell_intensity", "bid_fill_intensity": "ask_fill_intensity"}
    for name, other in {
        **swapped,
        "bid_fill_decay": "ask_fill_decay",
        "bid_depth": "ask_depth",
    }.items():
        np.testing.assert_allclose(one[name], two[other], rtol=1e-9, err_msg=name)


@laws
@given(seed=st.integers(0, 10_000), times=st.integers(2, 50))
def test_lots_times_k_are_flows_times_k(seed, times):
    tape = tape_of(seed)
    events = tape.events()
    events["size"] *= times
    larger = hs.Tape.from_events(events, INSTRUMENT)
    one, two = (columns_of(states_of(t, decide_every="110ms")) for t in (tape, larger))
    for name in ("trade_flow", "order_flow_imbalance", "bid_size", "ask_depth"):
        expected = times * one[name]
        rounding = 1e-13 * np.nanmax(np.abs(expected))  # flows of both signs cancel
        np.testing.assert_allclose(two[name], expected, 1e-12, rounding, err_msg=name)
    for name in ("imbalance", "depth_imbalance", "toxicity", "momentum", "buy_intensity"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-10, err_msg=name)


@pytest.mark.parametrize("kind", [Kind.trade, Kind.level])
def test_without_any_trade_or_after_a_constant_price_all_is_finite_or_unknown(kind):
    events = tape_of(3).events()
    if kind == Kind.trade:
        events = events[events["kind"] != Kind.trade]
    else:
        first = np.flatnonzero(events["kind"] == Kind.trade)[0]
        quiet = events["kind"] == Kind.level
        quiet[:first] = False
        events = events[~quiet]
    columns = columns_of(states_of(hs.Tape.from_events(events, INSTRUMENT), decide_every="110ms"))
    for name, column in columns.items():
        assert not np.isinf(column).any(), name
    if kind == Kind.trade:
        fills = [f"{side}fill_{name}" for side in ("", "bid_") for name in ("intensity", "decay")]
        for name in (*fills, "toxicity", "vpin"):
            assert np.isnan(columns[name]).all(), name
        np.testing.assert_array_equal(columns["trade_flow"][-10:], 0.0)
    else:
        assert columns["volatility"][-1] < 1e-3
        assert columns["vpin"][-1] <= 1.0
