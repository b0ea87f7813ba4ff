"""Each metric on numbers worked out by hand, and what it does when there is nothing to measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halfspread.evaluate import metrics
from halfspread.evaluate.measure import BY_NAME, METRICS, lane_mark_outs
from halfspread.evaluate.money import Money, Parts, exact_sum
from runs import INVERSE, LINEAR, START, make_run, one_fill

SECOND = 1_000_000_000
NAN = float("nan")


def seconds(*values):
    return np.array([round(value * SECOND) for value in values], dtype=np.int64)


def array(*values):
    return np.array(values, dtype=np.float64)


def test_parts_of_a_bought_and_sold_lot():
    signed, prices = np.array([2, -2]), np.array([99, 104])
    parts = Money(LINEAR).parts(signed, prices, array(100.0, 103.0), NAN)
    assert parts == Parts(profit=20, spread=8, inventory=12)  # half ticks a lot
    assert Money(LINEAR).coins(parts.profit) == pytest.approx(2 * 5 * 0.1 * 0.001)


def test_what_is_left_is_valued_at_the_last_mid():
    money = Money(LINEAR)
    assert money.parts(np.array([3]), np.array([99]), array(100.5), 98.0) == (-6, 9, -15)
    assert money.parts(np.array([3]), np.array([99]), array(100.5), NAN) is None


def test_a_fill_without_a_mid_earns_no_spread():
    parts = Money(LINEAR).parts(np.array([1, -1]), np.array([99, 104]), array(NAN, 103.0), 103.0)
    assert parts == (10, 2, 8)


def test_inverse_money_is_that_of_the_contract():
    money, lots, prices = Money(INVERSE), np.array([7]), np.array([600_000])
    assert -money.coins(int(lots @ money.value(2 * prices))) == pytest.approx(700 / 60_000)
    assert money.traded(prices, lots) == pytest.approx(700 / 60_000)
    assert money.value(np.array([0])) == 0


def test_inverse_value_rounds_halves_away_from_zero():
    class Half:
        tick, lot, contract_size, inverse = 1.0, 1.0, 2.5e-15, True

    assert Money(Half()).value(np.array([2])).tolist() == [-3]


def test_sums_beyond_64_bits_are_exact():
    big = np.array([2**62, 2**62, -(2**61)])
    assert exact_sum(np.array([3, 3, 1]), big) == 6 * 2**62 - 2**61


def test_bins_are_the_widest_that_fit():
    assert metrics.bin_width(START + np.arange(0, 3_600_001, 100) * 1_000_000) == 60
    assert metrics.bin_width(seconds(*range(0, 90_000, 10))) == 300
    assert metrics.bin_width(seconds(*range(0, 70, 7))) == 7  # never narrower than a sample
    assert np.isnan(metrics.bin_width(seconds(5)))


def test_bin_edges_take_the_last_sample_and_whole_bins_only():
    times = seconds(0, 0.9, 1.1, 2.0, 3.4)
    assert metrics.bin_edges(times, 1.0).tolist() == [0, 1, 3, 3]
    assert len(metrics.bin_edges(times[:1], 1.0)) == 0


def test_sharpe_of_known_bins():
    changes = array(1.0, 3.0, 2.0, -1.0)
    ratio = 1.25 / np.std(changes, ddof=1)
    found = metrics.sharpe(changes, 60.0)
    assert found.value == pytest.approx(ratio * np.sqrt(365 * 1440))
    standard = (changes - 1.25) / np.std(changes)
    skewness, kurtosis = np.mean(standard**3), np.mean(standard**4)
    error = np.sqrt((1 - skewness * ratio + (kurtosis - 1) / 4 * ratio**2) / 3)
    assert found.error == pytest.approx(error * np.sqrt(365 * 1440))


def test_sharpe_error_is_that_of_many_samples():
    rng = np.random.default_rng(1)
    samples = rng.normal(0.1, 1.0, (4000, 250))
    found = [metrics.sharpe(row, metrics.YEAR) for row in samples]
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("changes", [[], [1.0], [2.0, 2.0, 2.0], [NAN, NAN, 1.0]])
def test_no_sharpe_without_two_bins_and_a_deviation(changes):
    assert all(np.isnan(metrics.sharpe(array(*changes), 1.0)))


def test_sortino_counts_losses_only():
    assert metrics.sortino(array(3.0, -1.0, 2.0, -1.0), metrics.YEAR).value == pytest.approx(
        0.75 / np.sqrt(0.5)
    )
    assert np.isnan(metrics.sortino(array(1.0, 2.0), 1.0)).all()


def test_the_error_of_sortino_is_its_spread_over_many_runs():
    random = np.random.default_rng(6)
    found = [metrics.sortino(random.normal(0.2, 1, 400), metrics.YEAR) for _ in range(600)]
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.1)


def test_drawdown_and_its_dates():
    times = seconds(0, 1, 2, 3, 4, 5)
    found = metrics.drawdown(times, array(0.0, 4.0, 1.0, 3.0, 4.0, 2.0))
    assert found == (3.0, SECOND, 2 * SECOND, 4 * SECOND)
    never_back = metrics.drawdown(times, array(0.0, 4.0, 1.0, NAN, 3.0, 2.0))
    assert never_back == (3.0, SECOND, 2 * SECOND, None)


def test_drawdown_from_the_start_and_none_at_all():
    times = seconds(0, 1, 2)
    assert metrics.drawdown(times, array(-1.0, -3.0, -2.0)) == (3.0, 0, SECOND, None)
    assert metrics.drawdown(times, array(0.0, 1.0, 1.0)) == (0.0, None, None, None)
    assert np.isnan(metrics.drawdown(times, array(NAN, NAN, NAN)).amount)


def test_means_over_time():
    times = seconds(0, 1, 4, 10)
    assert metrics.time_mean(times, array(2.0, 4.0, NAN, 9.0)) == pytest.approx((2 + 12) / 4)
    assert metrics.held_mean(seconds(2, 5), np.array([4, -4]), 0, 10 * SECOND) == pytest.approx(1.2)
    assert np.isnan(metrics.time_mean(times[:1], array(1.0)))


def test_realised_volatility_of_a_walk():
    rng = np.random.default_rng(2)
    mids = np.cumsum(rng.normal(0.0, 0.5, 100_000))
    times = seconds(*np.arange(100_000) * 0.25)
    assert metrics.realised_volatility(times, mids, 1.0) == pytest.approx(1.0, rel=0.02)
    assert np.isnan(metrics.realised_volatility(times, np.full_like(mids, NAN), 1.0))


def test_round_trips_are_first_in_first_out():
    signed = np.array([2, 3, -4, -3, 2])
    trips = metrics.round_trips(signed)
    pieces = sorted(zip(trips.lots, trips.bought, trips.sold, strict=True))
    assert pieces == [(1, 1, 3), (2, 0, 2), (2, 1, 2), (2, 4, 3)]
    assert metrics.holding_seconds(trips, seconds(0, 1, 5, 7, 8)).tolist() == [5, 4, 6, 1]
    assert len(metrics.round_trips(np.array([1, 1])).lots) == 0


def test_win_rate_is_after_fees_and_by_lots():
    money, signed = Money(LINEAR), np.array([1, -1, 3, -3])
    prices, trips = np.array([100, 101, 100, 100]), metrics.round_trips(signed)
    assert metrics.win_rate(trips, money, signed, prices, np.zeros(4)) == 0.25
    fees = np.full(4, 0.00006)
    assert metrics.win_rate(trips, money, signed, prices, fees) == 0.0
    none = metrics.round_trips(signed[:1])
    assert np.isnan(metrics.win_rate(none, money, signed[:1], prices[:1], fees[:1]))


def test_clustered_error_is_the_plain_one_when_each_is_alone():
    values, ones = array(1.0, 2.0, 4.0, 9.0), np.ones(4)
    found = metrics.clustered_mean(values, ones, np.arange(4))
    assert found == pytest.approx((4.0, np.std(values, ddof=1) / 2))
    doubled = metrics.clustered_mean(np.repeat(values, 2), np.ones(8), np.repeat(np.arange(4), 2))
    assert doubled == pytest.approx(found)
    assert np.isnan(metrics.clustered_mean(values, ones, np.zeros(4, dtype=int)).error)


def test_weighted_quantiles():
    values, weights = array(5.0, 1.0, NAN, 3.0), np.array([1, 2, 9, 1])
    assert metrics.weighted_quantiles(values, weights, (0.0, 0.5, 0.75, 1.0)).tolist() == [
        1,
        1,
        3,
        5,
    ]
    assert np.isnan(metrics.weighted_quantiles(array(), array(), (0.5,))).all()


def test_mark_outs_of_two_fills():
    after = np.array([[101.0, 102, 103, NAN, NAN], [99.0, 98, 97, 96, NAN]])
    found = metrics.mark_outs(
        seconds(0, 100),
        np.array([1, -1]),
        array(99.0, 101.0),
        array(100.0, 100.0),
        np.array([1, 3]),
        after,
    )
    assert found.markout[:4] == pytest.approx([2, (3 + 9) / 4, (4 + 12) / 4, 5])
    assert found.impact[:4] == pytest.approx([1, 2, 3, 4])
    assert found.fills.tolist() == [2, 2, 2, 1, 0]
    assert found.left_out.tolist() == [0, 0, 0, 1, 2]
    assert np.isnan(found.markout[4])


def test_mark_outs_are_effective_plus_impact():
    run = make_run(steps=900, seed=5)
    found, fills = lane_mark_outs(run), run.fills
    effective = fills["side"] * (fills["mid"] - fills["price"])
    for row in range(5):
        known = np.isfinite(run.mids_after[:, row])
        given = np.average(effective[known], weights=fills["size"][known])
        assert found.markout[row] == pytest.approx(given + found.impact[row])


def test_fills_that_precede_the_move_against_us_are_adverse():
    kind, cruel = (make_run(adverse=ticks, seed=6, steps=3000).metrics() for ticks in (0.0, 8.0))
    assert abs(kind["markout_1s"] - kind["effective_half_spread"]) < 0.03
    assert cruel["markout_1s"] < 0 < cruel["effective_half_spread"]


def test_a_run_measured_by_hand():
    run = make_run(seed=7, steps=1200)
    found, fills, path = run.metrics(), run.fills, run.path
    sides, size = fills["side"].astype(int), fills["size"] * 0.001
    price, mid = fills["price"] * 0.1, fills["mid"] * 0.1
    assert found["profit"] == pytest.approx(path["wealth"][-1, 0])
    assert found["profit_spread"] == pytest.approx((sides * (mid - price) * size).sum())
    assert found["fees"] == pytest.approx(fills["fee"].sum())
    assert found["turnover"] == pytest.approx((price * size).sum())
    assert found["volume"] == pytest.approx(size.sum())
    assert found["profit_bp"] == pytest.approx(found["profit"] / found["turnover"] * 1e4)
    assert found["maker_share"] == pytest.approx(size[fills["maker"]].sum() / size.sum())
    orders = len(set(fills["order_id"].tolist()))
    assert found["fill_rate"] == orders / run.counters["accepted"][0]
    assert found["end_inventory"] == pytest.approx(path["inventory"][-1, 0] * 0.001)
    assert found["capture_of_quoted"] == found["markout_5s"] / found["quoted_half_spread"]
    assert found["mean_inventory"] == pytest.approx(path["inventory"].mean() * 0.001, abs=2e-4)


def test_no_fills():
    found = make_run(fill_chance=0.0).metrics()
    zero = (
        "profit",
        "profit_spread",
        "profit_inventory",
        "fees",
        "max_drawdown",
        "fills",
        "turnover",
    )
    assert [found[name] for name in zero] == [0.0] * len(zero)
    unknown = (
        "sharpe",
        "sortino",
        "sortino_error",
        "win_rate",
        "holding_mean",
        "effective_half_spread",
        "markout_1s",
    )
    assert all(np.isnan(found[name]) for name in unknown)


def test_one_fill():
    found = one_fill().metrics()
    assert found["profit"] == pytest.approx(2 * -8.5 * 0.0001)
    assert found["profit_spread"] == pytest.approx(2 * 1.0 * 0.0001)
    assert found["profit_inventory"] == pytest.approx(2 * -9.5 * 0.0001)
    assert found["markout_5s"] == pytest.approx(0.1)
    assert found["markout_60s"] == pytest.approx(-0.85)
    assert np.isnan(found["markout_0.1s"])  # the path is sampled every second
    assert np.isnan(found["markout_5s_error"])
    assert np.isnan(found["win_rate"])
    assert found["mean_inventory"] == pytest.approx(0.002 * 80 / 90)
    assert found["mean_absolute_inventory"] == pytest.approx(0.002 * 80 / 90)
    assert found["peak_inventory"] == found["end_inventory"] == 0.002
    assert found["max_drawdown"] == pytest.approx(2 * 9.5 * 0.0001)
    assert found["drawdown_start"] == np.datetime64(START + 49 * SECOND, "ns")
    assert found["drawdown_trough"] == np.datetime64(START + 50 * SECOND, "ns")
    assert found["drawdown_seconds"] == pytest.approx(41)
    assert found["quoted_half_spread"] == pytest.approx(0.1)
    assert found["fill_rate"] == pytest.approx(1 / 12)


def test_an_inverse_run():
    run = make_run(instrument=INVERSE, seed=8, steps=900, price=600_000)
    found = run.metrics()
    assert found["profit"] == pytest.approx(run.path["wealth"][-1, 0], rel=1e-6)
    total = found["profit_spread"] + found["profit_inventory"] - found["fees"]
    assert found["profit"] == pytest.approx(total)
    assert 0 < found["turnover"] < 10


def test_every_metric_is_documented():
    text = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    missing = [metric.name for metric in METRICS if f"`{metric.name}`" not in text]
    assert not missing
    assert list(make_run().metrics()) == list(BY_NAME)
