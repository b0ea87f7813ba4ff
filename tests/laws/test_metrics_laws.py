"""Laws of metrics: parts add up exactly, lots are conserved, lanes do not matter, extremes stay."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfspread.evaluate import metrics
from halfspread.evaluate.charts import decimate, wealth_parts
from halfspread.evaluate.measure import BY_NAME
from halfspread.evaluate.money import Money
from halfspread.instrument import Instrument
from runs import INVERSE, LINEAR, make_run

INSTRUMENTS = (
    LINEAR,
    INVERSE,
    Instrument("FUTURE", tick="0.25", lot="1", contract_size="50"),
    Instrument("XRPUSD", tick="0.0001", lot="1", contract_size="10", inverse=True),
)
SIDES = st.sampled_from([-1, 1])
LOTS = st.integers(1, 10**6)
PRICES = st.integers(1000, 2**31 - 1)
TRADES = st.lists(st.tuples(SIDES, LOTS, PRICES, st.integers(2000, 2**32 - 2)), max_size=40)
VALUES = st.floats(-1e9, 1e9) | st.just(float("nan"))


def by_holding(money, signed, mids, end):
    """What inventory earned, fill by fill: held lots times the change of their value."""
    held, earned = 0, 0
    marks = [int(money.value(np.array([round(2 * mid)]))[0]) for mid in (*mids, end)]
    for lots, now, then in zip(signed, marks, marks[1:], strict=False):
        held += int(lots)
        earned += held * (then - now)
    return earned


@given(st.sampled_from(INSTRUMENTS), TRADES, st.integers(2000, 2**32 - 2))
def test_profit_is_spread_and_inventory_exactly(instrument, trades, end):
    sides, lots, prices, halves = np.array(trades, dtype=np.int64).reshape(-1, 4).T
    money, signed, mids = Money(instrument), sides * lots, halves / 2
    parts = money.parts(signed, prices, mids, end / 2)
    assert parts.profit == parts.spread + parts.inventory
    assert parts.inventory == by_holding(money, signed, mids, end / 2)


@given(st.sampled_from(INSTRUMENTS), TRADES, st.integers(1000, 10**7))
def test_exact_money_is_the_plain_money(instrument, trades, end):
    sides, lots, prices, halves = np.array(trades, dtype=np.int64).reshape(-1, 4).T
    prices, halves = 1000 + prices % 10**6, 2000 + halves % 10**6
    tick, lot, size = (float(getattr(instrument, n)) for n in ("tick", "lot", "contract_size"))

    def worth(ticks):
        return -size * lot / (ticks * tick) if instrument.inverse else ticks * tick * lot * size

    signed = sides * lots
    plain = -np.sum(signed * worth(prices)) + signed.sum() * worth(end)
    money = Money(instrument)
    exact = money.coins(money.parts(signed, prices, halves / 2, float(end)).profit)
    scale = np.sum(np.abs(signed) * np.abs(worth(prices))) + abs(signed.sum() * worth(end))
    rounding = 1e-15 * np.sum(np.abs(signed)) * 2 if instrument.inverse else 0.0
    assert exact == pytest.approx(plain, abs=1e-12 * scale + rounding)


def matched_one_by_one(signed):
    """First in, first out with a queue of open lots: (bought, sold) -> lots."""
    queue, pieces = deque(), {}
    for row, lots in enumerate(signed):
        left = int(lots)
        while left and queue and (queue[0][1] > 0) != (left > 0):
            other, open_lots = queue[0]
            size = min(abs(open_lots), abs(left))
            pair = (other, row) if open_lots > 0 else (row, other)
            pieces[pair] = pieces.get(pair, 0) + size
            left -= size if left > 0 else -size
            queue[0] = (other, open_lots + (size if open_lots < 0 else -size))
            if queue[0][1] == 0:
                queue.popleft()
        if left:
            queue.append((row, left))
    return pieces, queue


FLOWS = st.lists(st.integers(-50, 50).filter(bool), max_size=60)


@given(FLOWS)
def test_round_trips_are_those_of_a_queue(flow):
    signed = np.array(flow, dtype=np.int64)
    trips = metrics.round_trips(signed)
    found = {
        (int(bought), int(sold)): int(lots)
        for lots, bought, sold in zip(trips.lots, trips.bought, trips.sold, strict=True)
    }
    assert found == matched_one_by_one(flow)[0]
    assert (trips.lots > 0).all()


@given(FLOWS, st.randoms(use_true_random=False))
def test_littles_law(flow, random):
    signed = np.array(flow, dtype=np.int64)
    times = np.sort(np.array([random.randrange(10**12) for _ in flow], dtype=np.int64))
    end = 10**12
    trips = metrics.round_trips(signed)
    closed = trips.lots @ metrics.holding_seconds(trips, times)
    still = sum(abs(lots) * (end - times[row]) * 1e-9 for row, lots in matched_one_by_one(flow)[1])
    held = np.abs(np.cumsum(signed)) @ np.diff(np.append(times, end)) * 1e-9 if flow else 0.0
    assert closed + still == pytest.approx(held)


@given(FLOWS, st.randoms(use_true_random=False))
def test_mean_inventory_is_the_integral(flow, random):
    times = np.sort(np.array([random.randrange(10**12) for _ in flow], dtype=np.int64))
    held = np.cumsum(flow) @ np.diff(np.append(times, 10**12)) if flow else 0
    mean = metrics.held_mean(times, np.array(flow, dtype=np.int64), 0, 10**12)
    assert mean == pytest.approx(held / 10**12, abs=1e-9)


@given(st.lists(VALUES, max_size=60))
def test_drawdown_is_the_largest_fall(wealth):
    values = np.array(wealth, dtype=np.float64)
    found = metrics.drawdown(np.arange(len(values), dtype=np.int64), values)
    known = [(0.0, -1), *((value, row) for row, value in enumerate(wealth) if value == value)]
    if len(known) == 1:
        assert np.isnan(found.amount)
        return
    falls = [early - late for i, (early, _) in enumerate(known) for late, _ in known[i:]]
    assert found.amount == max(falls)
    if found.amount > 0:
        assert found.peak <= found.trough
        assert found.recovery is None or found.recovery > found.trough


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(1, 9)), min_size=1), st.floats(0, 1))
def test_weighted_quantiles_are_those_of_repeated_values(pairs, at):
    values, weights = (np.array(column) for column in zip(*pairs, strict=True))
    repeated = np.sort(np.repeat(values, weights))
    wanted = repeated[max(int(np.ceil(at * len(repeated))) - 1, 0)]
    assert metrics.weighted_quantiles(values.astype(float), weights, (at,))[0] == wanted


@given(st.lists(VALUES, max_size=400), st.integers(10, 60))
def test_decimation_keeps_ends_extremes_and_gaps(values, most):
    series = np.array(values, dtype=np.float64)
    rows = decimate(series, most)
    kept = series[rows]
    assert len(rows) <= max(most, 0)
    assert (np.diff(rows) > 0).all()
    if len(series):
        assert (rows[0], rows[-1]) == (0, len(series) - 1)
        assert np.isnan(kept).any() == np.isnan(series).any()
    if np.isfinite(series).any():
        assert (np.nanmin(kept), np.nanmax(kept)) == (np.nanmin(series), np.nanmax(series))


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([LINEAR, INVERSE]), st.sampled_from([0.0, 0.1]))
def test_a_lane_is_its_row_and_order_is_nothing(seed, instrument, one_sided):
    n = 4
    run = make_run(n=n, steps=80, seed=seed, instrument=instrument, one_sided=one_sided)
    order = np.random.default_rng(seed).permutation(n)
    place = np.argsort(order)
    columns = {"bid", "ask", "inventory", "wealth"}
    shuffled = replace(
        run,
        fills={**run.fills, "lane": place[run.fills["lane"]]},
        path={k: v[:, order] if k in columns else v for k, v in run.path.items()},
        counters={name: column[order] for name, column in run.counters.items()},
        parameters={name: column[order] for name, column in run.parameters.items()},
    )
    table, other = run.table(), shuffled.table()
    for lane in range(n):
        alone = run.lane(lane).metrics()
        for name in BY_NAME:
            one, two = alone[name], table[name][lane].as_py()
            assert str(other[name][int(place[lane])].as_py()) == str(two)
            if BY_NAME[name].unit != "time":
                assert str(float(one)) == str(two)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([LINEAR, INVERSE]))
def test_parts_in_time_add_up_to_wealth(seed, instrument):
    run = make_run(steps=80, seed=seed, instrument=instrument)
    parts, found = wealth_parts(run), run.metrics()
    assert sum(parts.values()) == pytest.approx(run.path["wealth"][:, 0], nan_ok=True)
    assert parts["spread"][-1] == pytest.approx(found["profit_spread"])
    assert -parts["fees"][-1] == pytest.approx(found["fees"])
    assert parts["inventory"][-1] == pytest.approx(found["profit_inventory"], abs=1e-9)
