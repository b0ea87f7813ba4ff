"""Numbers of a calibration that can be known: bands, impact, a Hawkes fit as a signal."""

from importlib import import_module
from math import sqrt

import numpy as np
import pytest

import halfspread as hs
from calibration_worlds import LAST, tape_of
from halfspread.calibrate import Record, hawkes, read_record
from halfspread.calibrate.impact import FEWEST
from halfspread.calibrate.record import Arrivals, Touches
from halfspread.signals import measure

SECOND = 10**9


def test_a_band_of_a_mark_out_has_the_width_of_95_in_a_hundred():
    """Independent fills: 2 * 1.96 standard errors wide, a little less by 30 blocks."""
    curve = import_module("halfspread.calibrate.markout")._curve
    rng = np.random.default_rng(6)
    n = 4_000
    side, ones = rng.choice([-1, 1], n), np.ones(n)
    time = np.arange(n, dtype=np.int64) * SECOND
    widths = []
    for seed in range(40):
        after = 100.0 + 3 * rng.standard_normal((n, 5))
        found = curve(side, 100 * ones, 100 * ones, ones, after, time, seed)
        widths += list((np.array(found.high) - np.array(found.low)) / (3 / sqrt(n)))
    assert np.mean(widths) == pytest.approx(2 * 1.96, rel=0.06), "of 90 % it would be 3.29"


def test_glosten_and_harris_find_what_prices_were_made_of():
    """What comes back, what stays, and what stays for each lot, of the order itself."""
    harris = import_module("halfspread.calibrate.impact")._glosten_harris
    rng = np.random.default_rng(7)
    n = 4 * FEWEST
    sign, lots = rng.choice([-1, 1], n), rng.integers(1, 30, n)
    change = -1 * np.diff(sign, prepend=0) + 4 * sign + 2 * sign * lots
    price = 50_000 + np.cumsum(change)
    none = np.zeros(n, dtype=np.int64)
    orders = Arrivals(none, sign, lots, price * lots, price, price, none, price * 1.0, none)
    fit = harris(Record(Touches(none, none, none, none, none), orders, (0, 1), 0))
    assert dict(zip(fit.names, fit.values, strict=True)) == pytest.approx(
        {"reversal": -1, "sign": 4, "size": 2}
    )


def test_the_fit_of_hawkes_is_what_a_market_measures():
    """The intensity of greatest likelihood is, on average, the rate at which orders came."""
    tape = hs.synthetic.tape(events=40_000, seed=6)
    fit = hawkes(read_record(tape))
    signal = fit.signal()
    assert signal.baseline == (fit.buys_of_both.baseline, fit.sells_of_both.baseline)
    assert signal.cross_jump == (fit.buys_of_both.excitation[1], fit.sells_of_both.excitation[1])
    times = range(tape.span[0] + 10**9, tape.span[1], 10**7)
    seen = measure(tape, hs.SignalPolicy(hawkes=signal), times=list(times))
    for name, side in (("buy_intensity", fit.buys_of_both), ("sell_intensity", fit.sells_of_both)):
        assert np.nanmean(seen[name]) == pytest.approx(side.orders / (len(times) / 100), rel=0.03)


def test_an_order_is_its_prints_of_a_side_and_meets_the_mid_before_it():
    """At two seconds a buy sweeps two prices, a sell takes one, and the book moves with them."""
    trade, touch = hs.Kind.trade, hs.Kind.touch
    rows = [
        (0.0, touch, 1, 100, 10, 0),
        (0.0, touch, -1, 102, 10, LAST),
        (2.0, touch, 1, 104, 10, 0),
        (2.0, touch, -1, 106, 10, LAST),
        (2.0, trade, 1, 102, 3, LAST),
        (2.0, trade, 1, 105, 4, LAST),
        (2.0, trade, -1, 100, 2, LAST),
        (5.0, touch, -1, 107, 10, LAST),
    ]
    found = read_record(tape_of(rows)).arrivals
    assert found.side.tolist() == [1, -1]
    assert found.lots.tolist() == [7, 2]
    assert (found.near.tolist(), found.far.tolist()) == ([102, 100], [105, 100])
    assert found.mid.tolist() == [101, 101], "what the orders did is not in it"
    assert found.reach.tolist() == [4, 1]
