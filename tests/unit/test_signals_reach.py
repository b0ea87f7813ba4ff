"""A and k as the signals measure them, against a market that follows their law at its spread."""

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.calibrate.intensity import intensity
from halfspread.calibrate.record import read_record
from halfspread.event import EVENT
from halfspread.signals import measure

SECOND = 1_000_000_000
INSTRUMENT = hs.Instrument("LAW", tick=1, lot=1)
FOREVER = hs.SignalPolicy(half_life="1000000s", fill_sides=True)
BID_PRICE, MINUTES = 100_000, 8
SECONDS = 60 * MINUTES


def law_tape(spreads, k, seed, orders=20_000):
    """Orders whose reach from the mid is exponential; a second of each spread, again and again.

    Returns the tape and A of a side, with which about so many orders reach the touch.
    """
    random = np.random.default_rng(seed)
    widths = np.resize(spreads, SECONDS)
    a = orders / 2 / np.exp(-k * widths / 2).sum()
    rows = [(0, hs.Kind.level, hs.Side.bid, BID_PRICE)]
    for second, width in enumerate(widths.tolist()):
        start = second * SECOND
        if second == 0 or width != widths[second - 1]:
            if second:
                rows.append((start, hs.Kind.level, hs.Side.ask, -BID_PRICE - widths[second - 1]))
            rows.append((start, hs.Kind.level, hs.Side.ask, BID_PRICE + width))
        for side, touch in ((hs.Side.bid, BID_PRICE + width), (hs.Side.ask, BID_PRICE)):
            count = random.poisson(a * np.exp(-k * width / 2))  # that get to the touch
            past = np.floor(random.exponential(1 / k, count)).astype(int)
            times = start + 1 + random.choice(SECOND - 1, count, replace=False)
            rows += [
                (int(time), hs.Kind.trade, side, touch + int(side) * int(excess))
                for time, excess in zip(times, past, strict=True)
            ]
    rows.append((SECONDS * SECOND, hs.Kind.trade, hs.Side.bid, BID_PRICE + widths[-1]))
    rows.sort(key=lambda row: row[0])
    events = np.zeros(len(rows), EVENT)
    for event, (time, kind, side, price) in zip(events, rows, strict=True):
        event["exchange_time"] = event["local_time"] = SECOND + time
        event["kind"], event["side"], event["price"] = kind, side, abs(price)
        event["size"] = 0 if price < 0 else 1
        event["flags"] = hs.Flag.both | hs.Flag.last
    return hs.Tape.from_events(events, INSTRUMENT), a


def errors_of(k, spreads, orders):
    """Standard errors of ln A and of k: k is that of a geometric law, and A = n / <exp(-k c)>."""
    of_decay = 2 * np.sinh(k / 2) / np.sqrt(orders)
    half = np.array(spreads) / 2
    slope = half @ np.exp(-k * half) / np.exp(-k * half).sum()
    return np.hypot(orders**-0.5, slope * of_decay), of_decay


@pytest.mark.parametrize("k", [0.3, 0.8, 2.0])
@pytest.mark.parametrize("spreads", [(1,), (2,), (5,), (1, 2, 5), (1, 1, 1, 40)])
def test_both_come_out_within_three_standard_errors(spreads, k):
    tape, a = law_tape(spreads, k, seed=sum(spreads))
    market = hs.Replay(tape, signals=FOREVER, decide_every="1s")
    *_, (state, now) = ((state, market.now) for state in market)
    batch = measure(tape, FOREVER, times=[now])
    for name, orders in (("fill", 20_000), ("bid_fill", 10_000), ("ask_fill", 10_000)):
        of_log_intensity, of_decay = errors_of(k, spreads, orders)
        found, decay = getattr(state, f"{name}_intensity"), getattr(state, f"{name}_decay")
        assert abs(np.log(found / a)) < 3 * of_log_intensity, (name, found, a)
        assert abs(decay - k) < 3 * of_decay, (name, decay)
        # So long a half-life costs digits: 1 - d^n is small. The twins agree to 1e-12 at others.
        assert found == pytest.approx(batch[f"{name}_intensity"][0], rel=1e-8)
        assert decay == pytest.approx(batch[f"{name}_decay"][0], rel=1e-12)


@pytest.mark.parametrize("k", [0.3, 0.8, 2.0])
@pytest.mark.parametrize("spread", [1, 2, 5])
def test_calibration_finds_the_same(spread, k):
    tape, a = law_tape((spread,), k, seed=spread)
    fit = intensity(read_record(tape), 0).fit
    assert abs(fit.decay - k) < 3 * fit.decay_error
    assert abs(fit.intensity - a) < 3 * fit.intensity_error


def test_with_fine_ticks_k_is_one_over_the_mean_distance_and_a_the_rate_of_arrivals():
    tape, _ = law_tape((1,), 1e-3, seed=1)
    found = measure(tape, FOREVER, times=[SECOND * (1 + SECONDS)])
    events = tape.events()
    trades = events[events["kind"] == hs.Kind.trade][:-1]
    distance = np.abs(trades["price"] - (BID_PRICE + 0.5))
    assert found["fill_decay"][0] == pytest.approx(1 / distance.mean(), rel=2e-3)
    assert found["fill_intensity"][0] == pytest.approx(len(trades) / SECONDS / 2, rel=2e-3)


def test_a_moment_of_an_empty_book_does_not_multiply_a():
    """One second in eight minutes with the ask 3000 ticks away: the mean spread is 7 ticks."""
    k = 0.8
    tape, a = law_tape((*[1] * (SECONDS - 1), 3000), k, seed=3)
    found = measure(tape, FOREVER, times=[SECOND * (1 + SECONDS)])["fill_intensity"][0]
    assert abs(np.log(found / a)) < 3 * errors_of(k, (1,), 20_000)[0]


def test_where_no_order_goes_past_the_touch_both_are_known():
    """The half tick alone bounds k: N orders, whose exponential weights are all but one here."""
    tape = synthetic.tape(events=40_000, seed=1)
    found = measure(tape, FOREVER, times=[tape.span[1]])
    n = np.expm1(found["fill_decay"][0]) / 2
    assert n == pytest.approx(round(n), rel=1e-3)
    assert n > 100
    for name in ("bid_fill", "ask_fill"):
        assert 0 < np.expm1(found[f"{name}_decay"][0]) / 2 < n
        assert found[f"{name}_intensity"][0] > 0
