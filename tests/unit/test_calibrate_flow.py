"""Hawkes, impact, micro-price, mark-outs, latency: against plain sums and other libraries."""

import math
from importlib import import_module

import numpy as np
import pytest

import halfspread as hs
from calibration_worlds import LAST, START, simulated_hawkes, tape_of, world
from halfspread.calibrate import (
    CalibrationError,
    MicroPrice,
    feed_latency,
    fit_process,
    hawkes,
    impact,
    mark_outs,
    micro_price,
    read_record,
    run_mark_out,
    tutorial_fit,
)
from halfspread.calibrate.impact import imbalance_flow
from halfspread.calibrate.inference import regress, stationary_weights
from halfspread.calibrate.microprice import MOVES, mirrored, settle, transitions
from halfspread.errors import ConfigError
from runs import make_run

likelihood = import_module("halfspread.calibrate.hawkes")._likelihood


def plain_likelihood(times, source, end, theta):
    """The double sum."""
    mu, b = theta[0], theta[-1]
    value = -mu * end
    for i, now in enumerate(times):
        if source[i] == 0:
            past = times < now
            value += math.log(
                mu + (theta[1 + source[past]] * np.exp(-b * (now - times[past]))).sum()
            )
        value -= theta[1 + source[i]] / b * (1 - math.exp(-b * (end - now)))
    return value


@pytest.fixture(scope="module")
def flow():
    rng = np.random.default_rng(0)
    times = np.sort(np.round(rng.random(80) * 30, 1))  # ties on purpose
    return times, rng.integers(0, 2, 80)


def test_the_likelihood_is_the_double_sum(flow):
    theta = np.array([0.7, 0.9, 0.4, 2.3])
    assert likelihood(*flow, 30.0, theta)[0] == pytest.approx(
        plain_likelihood(*flow, 30.0, theta), rel=1e-12
    )


def test_its_slope_and_bend_are_those_of_differences(flow):
    theta, step = np.array([0.7, 0.9, 0.4, 2.3]), 1e-5
    _, slope, bend = likelihood(*flow, 30.0, theta)
    for i, shift in enumerate(np.eye(4) * step):
        ends = [likelihood(*flow, 30.0, theta + sign * shift) for sign in (1, -1)]
        assert slope[i] == pytest.approx((ends[0][0] - ends[1][0]) / (2 * step), rel=1e-6)
        np.testing.assert_allclose(bend[i], (ends[0][1] - ends[1][1]) / (2 * step), rtol=1e-5)


def test_hawkes_finds_what_made_the_orders():
    times, _ = simulated_hawkes([0.8], [[1.2]], 2.0, 6000.0, seed=3)
    found = fit_process(times, np.zeros(len(times), dtype=np.int64), 1, 6000.0)
    values = (found.baseline, *found.excitation, found.decay)
    for value, truth, error in zip(values, (0.8, 1.2, 2.0), found.errors, strict=True):
        assert abs(value - truth) < 3 * error
        assert error < 0.2 * truth
    assert found.branching[0] == pytest.approx(0.6, abs=0.05)
    assert found.probability > 0.01, "the time-changed gaps are Exp(1)"


def test_poisson_flow_called_hawkes_has_no_branching_and_a_wrong_one_is_refused():
    rng = np.random.default_rng(1)
    even = np.cumsum(rng.gamma(20.0, 0.05, 5000))
    found = fit_process(even, np.zeros(5000, dtype=np.int64), 1, even[-1])
    assert found.branching[0] < 0.1
    assert found.probability < 1e-6, "gaps that are too even are no Hawkes process"


def test_two_sides_excite_each_other():
    matrix = [[0.6, 0.9], [0.2, 0.8]]
    times, sides = simulated_hawkes([0.5, 0.3], matrix, 2.0, 5000.0, seed=7)
    tape = world(
        seconds=5000, volatility=0.3, decay=2.0, times=(times[sides == 0], times[sides == 1])
    )
    found = hawkes(read_record(tape))
    np.testing.assert_allclose(found.buys_of_both.branching, [0.3, 0.45], atol=0.07)
    np.testing.assert_allclose(found.sells_of_both.branching, [0.4, 0.1], atol=0.07)
    radius = np.abs(np.linalg.eigvals(np.array(matrix) / 2.0)).max()
    assert found.spectral_radius == pytest.approx(radius, abs=0.06)


def test_the_regression_is_statsmodels():
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=(2, 400))
    noise = np.convolve(rng.normal(size=405), np.ones(6), mode="valid") * (1 + np.abs(x))
    y = 0.3 + 2 * x - z + noise
    found = regress(y, {"x": x, "z": z})
    theirs = api.OLS(y, api.add_constant(np.column_stack([x, z]))).fit(
        cov_type="HAC", cov_kwds={"maxlags": found.lags, "use_correction": False}
    )
    np.testing.assert_allclose(found.values, theirs.params, rtol=1e-10)
    np.testing.assert_allclose(found.errors, theirs.bse, rtol=1e-10)
    assert found.r_squared == pytest.approx(theirs.rsquared, rel=1e-10)


def test_order_flow_imbalance_is_that_of_its_definition():
    record = read_record(hs.synthetic.tape(events=5000, seed=1))
    t, flow = record.touches, imbalance_flow(record)
    for i in range(1, len(t.time)):
        e = 0
        e += t.bid_size[i] if t.bid[i] >= t.bid[i - 1] else 0
        e -= t.bid_size[i - 1] if t.bid[i] <= t.bid[i - 1] else 0
        e -= t.ask_size[i] if t.ask[i] <= t.ask[i - 1] else 0
        e += t.ask_size[i - 1] if t.ask[i] >= t.ask[i - 1] else 0
        assert flow[i] == e


def test_kyles_lambda_is_found():
    """Each order moves the mid by a tick to its side: lambda is a tick over its lots."""
    rng = np.random.default_rng(0)
    rows, bid = (
        [(0.0, hs.Kind.touch, 1, 1000, 10, 0), (0.0, hs.Kind.touch, -1, 1001, 10, LAST)],
        1000,
    )
    for second in range(600):
        for place in np.sort(rng.random(rng.poisson(3))):
            side, time = int(rng.choice((-1, 1))), second + float(place)
            rows.append((time, hs.Kind.trade, side, bid + (side > 0), 5, LAST))
            bid += side
            first = (time + 1e-4, hs.Kind.touch, -1, bid + 1, 10, 0)
            other = (time + 1e-4, hs.Kind.touch, 1, bid, 10, LAST)
            rows += [first, other]
    found = impact(read_record(tape_of(rows)))
    slope, error = found.binned[0].volume.values[1], found.binned[0].volume.errors[1]
    assert slope == pytest.approx(0.2, abs=max(3 * error, 1e-3))
    fitted = dict(zip(found.glosten_harris.names, found.glosten_harris.values, strict=True))
    assert fitted["sign"] + 5 * fitted["size"] == pytest.approx(1.0, abs=0.05)


def test_what_comes_at_the_end_of_a_bin_is_of_that_bin():
    """All happens at the edges, on whole seconds: flow and change of the mid agree exactly."""
    signs, bid = np.random.default_rng(1).choice((-1, 1), 200), 1000
    rows = [(0.0, hs.Kind.touch, 1, bid, 10, 0), (0.0, hs.Kind.touch, -1, bid + 1, 10, LAST)]
    for second, side in enumerate(signs.tolist(), start=1):
        rows.append((second, hs.Kind.trade, side, bid + (side > 0), 4, LAST))
        bid += side
        touches = [(second, hs.Kind.touch, -1, bid + 1, 10), (second, hs.Kind.touch, 1, bid, 10)]
        rows += [(*touches[0], 0), (*touches[1], LAST)]
    binned = impact(read_record(tape_of(rows))).binned[0]
    assert binned.volume.values[1] == pytest.approx(1 / 4)
    assert (binned.volume.r_squared, binned.imbalance.r_squared) == pytest.approx((1.0, 1.0))


def chain():
    """Three states of the imbalance, one spread: bids heavier, the mid goes up sooner."""
    counts = np.zeros((1 + len(MOVES), 3, 3))
    counts[0] = [[60, 20, 5], [15, 70, 15], [5, 20, 60]]
    counts[2] = [[2, 6, 4], [1, 3, 2], [0, 1, 1]]
    counts[3] = [[1, 1, 0], [2, 3, 1], [4, 6, 2]]
    return counts


SETTLED = 1 / 9
"""Ticks, of the third state of `chain`: the linear system by hand; 200,000 walks agree."""


def test_the_micro_price_of_three_states():
    counts = chain()
    assert np.array_equal(mirrored(counts, 3), counts), "the chain is its own mirror image"
    total, first = settle(counts)
    chance = counts / counts.sum(axis=(0, 2))[None, :, None]
    stays = np.linalg.inv(np.eye(3) - chance[0])
    one = stays @ np.tensordot(MOVES, chance[1:].sum(axis=2), axes=1)
    jumps = stays @ chance[1:].sum(axis=0)
    np.testing.assert_allclose(first, one, atol=1e-14)
    term, summed = one.copy(), np.zeros(3)
    for _ in range(600):
        summed += term
        term = jumps @ term
    np.testing.assert_allclose(total, summed, atol=1e-13)
    assert total[2] == pytest.approx(SETTLED, rel=1e-10)
    assert total[0] == pytest.approx(-total[2], abs=1e-14)
    assert total[1] == pytest.approx(0.0, abs=1e-14)


def test_walks_through_the_chain_settle_there():
    counts = chain()
    total, _ = settle(counts)
    flat = counts.transpose(1, 0, 2).reshape(3, -1)
    reach = np.cumsum(flat / flat.sum(axis=1, keepdims=True), axis=1)
    rng = np.random.default_rng(0)
    state, price = np.full(200_000, 2), np.zeros(200_000)
    gains = np.append(0.0, MOVES)
    for _ in range(60):
        drawn = (rng.random(len(state))[:, None] > reach[state]).sum(axis=1)
        price += gains[drawn // 3]
        state = drawn % 3
    error = price.std() / math.sqrt(len(price))
    assert abs(price.mean() - total[2]) < 4 * error


def test_transitions_are_counted():
    before, after = np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1])
    counts = transitions(before, after, np.array([0.0, 0.0, -0.5, 1.0]), 2)
    assert counts.sum() == 4
    assert (counts[0, 0, 1], counts[2, 1, 0], counts[4, 1, 1]) == (2, 1, 1)


def test_the_micro_price_is_antisymmetric_and_a_track():
    record = read_record(hs.synthetic.tape(events=60_000, seed=2))
    found = micro_price(record)
    table = np.array(found.table)
    np.testing.assert_allclose(table, -table[:, ::-1], atol=1e-9)
    assert table[0, -1] > 0.02, "more bids than asks: up"
    assert np.all(np.isfinite(table))
    wide = len(table) + 1
    values = found.adjustment([0.95, -0.95, 0.0, np.nan, 0.5], [1, 1, 1, 1, wide])
    assert values.tolist()[:2] == [table[0, -1], table[0, 0]]
    assert values.tolist()[3:] == [0.0, 0.0]
    assert found.adjustment([-1.0, 1.0], 1).tolist() == [table[0, 0], table[0, -1]]
    times, ticks = found.track(record)
    assert len(times) == len(ticks) == record.touches.two_sided.sum()
    assert np.all(np.diff(times) >= 0)
    row = 1000
    t = record.touches
    imbalance = (t.bid_size[row] - t.ask_size[row]) / (t.bid_size[row] + t.ask_size[row])
    assert ticks[row] == found.adjustment(imbalance, t.spread[row])
    assert isinstance(found, MicroPrice)


def test_mark_outs_are_plain_means():
    record = read_record(hs.synthetic.tape(events=30_000, seed=4))
    first, every = mark_outs(record)
    o, t = record.arrivals, record.touches
    for j, horizon in enumerate(first.horizons_s):
        worth, weights, near = [], [], []
        for i in range(len(o.time)):
            then = o.time[i] + round(horizon * 1e9)
            if then > record.span[1] or o.row[i] < 0:
                continue
            mid = t.mid[np.searchsorted(t.time, then, side="right") - 1]
            worth.append(-o.side[i] * (mid - o.value[i] / o.lots[i]))
            near.append(-o.side[i] * (mid - o.near[i]))
            weights.append(o.lots[i])
        assert every.realised[j] == pytest.approx(np.average(worth, weights=weights), rel=1e-9)
        assert first.realised[j] == pytest.approx(np.mean(near), rel=1e-9)
        assert every.realised[j] == pytest.approx(every.effective + every.impact[j], abs=0.3)
        assert first.low[j] < first.realised[j] < first.high[j]


def test_the_mark_out_of_a_run_is_that_of_its_makers_fills():
    run = make_run(n=2, steps=3000, seed=3)
    found = run_mark_out(run, lane=1)
    ours = (run.fills["lane"] == 1) & run.fills["maker"]
    side, price, size = (run.fills[name][ours].astype(float) for name in ("side", "price", "size"))
    for at, realised in enumerate(found.realised):
        worth = side * (run.mids_after[ours, at] - price)
        known = np.isfinite(worth)
        assert realised == pytest.approx(np.average(worth[known], weights=size[known]), rel=1e-12)
        assert found.fills[at] == known.sum()
    with pytest.raises(ConfigError, match="lane must be in 0 to 1, was 2"):
        run_mark_out(run, lane=2)
    with pytest.raises(CalibrationError, match="a mark-out needs 20"):
        run_mark_out(make_run(steps=20, seed=1))


def test_the_bootstrap_has_the_errors_of_arch():
    bootstrap = pytest.importorskip("arch.bootstrap")
    rng = np.random.default_rng(5)
    values = np.convolve(rng.normal(size=309), np.ones(10) / 10, mode="valid")
    weights = stationary_weights(300, 20, seed=1, draws=4000)
    assert np.all(weights.sum(axis=1) == 300)
    ours = (weights @ values / 300).std(ddof=1)
    theirs = bootstrap.StationaryBootstrap(20, values, seed=np.random.default_rng(0))
    drawn = theirs.apply(np.mean, 4000)
    assert ours == pytest.approx(float(np.std(drawn, ddof=1)), rel=0.06)
    independent = stationary_weights(300, 1, seed=1, draws=4000) @ values / 300
    assert independent.std(ddof=1) == pytest.approx(values.std() / math.sqrt(300), rel=0.05)


def test_feed_latency_is_that_of_the_two_clocks():
    tape = hs.synthetic.tape(events=20_000, seed=1)
    found = feed_latency(tape)
    delay = tape.columns["delay_ns"][(tape.columns["flags"] & LAST) != 0] / 1e6
    assert found.milliseconds[found.shares.index(0.5)] == pytest.approx(np.median(delay))
    assert found.messages == len(delay)
    asked, venue, answered = np.array(found.samples).T
    assert np.array_equal(venue - asked, answered - venue)
    run = hs.backtest(
        hs.models.fixed_spread(half_spread=2), hs.Replay(tape, latency=found.policy())
    )
    assert int(run.counters["submits"][0]) > 0


def test_a_tape_of_one_clock_has_no_latency():
    events = hs.synthetic.flow(events=2000, seed=1)
    events["local_time"] = events["exchange_time"]
    tape = hs.Tape.from_events(events, hs.synthetic.INSTRUMENT)
    with pytest.raises(CalibrationError, match="one clock"):
        feed_latency(tape)


def test_the_tutorials_regression():
    """Per 100 ms the farthest depth from the mid at its beginning, in half ticks, of both sides."""
    record = read_record(world(seconds=400, seed=8))
    deep = {}
    for time, side, far in zip(
        *(getattr(record.arrivals, n) for n in ("time", "side", "far")), strict=True
    ):
        cell = (time - START) // 10**8
        mid = record.touches.mid_of(record.touches.row_at(np.array([START + cell * 10**8])))[0]
        deep[cell] = max(deep.get(cell, -1.0), side * (far - mid))
    counts = np.zeros(70)
    for depth in deep.values():
        index = round(depth * 2) - 1
        if 0 <= index < 70:
            counts[:index] += 1
    counts = counts[: int(np.argmax(counts == 0))]
    slope, constant = np.polyfit(np.arange(len(counts)) + 0.5, np.log(counts / record.seconds), 1)
    found = tutorial_fit(record)
    assert (found.half_ticks, found.decay) == (len(counts), pytest.approx(-slope))
    assert found.intensity == pytest.approx(math.exp(constant))


def test_hawkes_needs_orders():
    with pytest.raises(CalibrationError, match="needs 200"):
        hawkes(read_record(world(seconds=20, seed=1)))
