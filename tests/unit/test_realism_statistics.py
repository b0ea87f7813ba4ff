"""Statistics of realism: each against SciPy, a plain sum, or a market made by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import halfspread as hs
from halfspread.realism import facts
from halfspread.realism.catalogue import FACTS, GROUPS
from halfspread.realism.distance import CELLS, Ruler, Values, between, resampled
from halfspread.realism.impact import KINDS, fill_times, next_move, response, touch_events
from halfspread.realism.sample import Sample, read_sample
from halfspread.realism.series import autocorrelation, hill, kurtosis, variation, weibull_shape
from level_tapes import ASK, BID, BOTH, tape_of

RANDOM = np.random.default_rng(5)
Kind = hs.Kind


def values(numbers):
    return Values.of(np.asarray(numbers, float), np.arange(len(numbers)) / len(numbers))


def test_autocorrelation_is_the_plain_sum():
    x = np.cumsum(RANDOM.normal(size=200))
    centred = x - x.mean()
    plain = [
        sum(centred[t] * centred[t + k] for t in range(200 - k)) / (centred**2).sum()
        for k in (1, 7)
    ]
    assert autocorrelation(x, (1, 7)) == pytest.approx(plain)
    statsmodels = pytest.importorskip("statsmodels.tsa.stattools")
    assert autocorrelation(x, range(1, 10)) == pytest.approx(statsmodels.acf(x, nlags=9)[1:])
    assert np.isnan(autocorrelation(np.ones(5), (1,))).all()
    assert np.isnan(autocorrelation(np.array([1.0, 2.0]), (2,))).all()


def test_tails():
    x = RANDOM.standard_t(4, size=5_000)
    assert kurtosis(x) == pytest.approx(stats.kurtosis(x, fisher=False))
    assert np.isnan(kurtosis(np.ones(9)))
    pareto = RANDOM.pareto(3.0, size=200_000) + 1
    assert hill(pareto) == pytest.approx(3.0, abs=0.1)
    assert np.isnan(hill(np.arange(50.0)))


def test_waits():
    x = RANDOM.weibull(0.6, size=3_000) * 7
    shape, _, _ = stats.weibull_min.fit(x, floc=0)
    assert weibull_shape(x) == pytest.approx(shape, abs=1e-4)
    assert weibull_shape(RANDOM.exponential(size=20_000)) == pytest.approx(1, abs=0.03)
    assert variation(np.array([1.0, 3.0])) == 0.5


def test_wasserstein_is_scipys():
    one, other = RANDOM.normal(size=400), RANDOM.normal(0.3, 2, size=300)
    ruler = Ruler(values(one), values(other))
    scale = np.concatenate([one, other]).std()
    plain = stats.wasserstein_distance(one / scale, other / scale)
    assert ruler.wasserstein(values(one), values(other)) == pytest.approx(plain)


def test_weights_of_cells_are_those_of_values():
    one, other = values(RANDOM.normal(size=400)), values(RANDOM.normal(1, 1, size=500))
    ruler = Ruler(one, other)
    weights = RANDOM.integers(0, 4, (1, CELLS)).astype(float)
    plain = stats.wasserstein_distance(
        one.value, other.value, weights[0][one.cell], weights[0][other.cell]
    )
    points = np.unique(np.concatenate([one.value, other.value]))
    laws = [resampled(sample, points, weights)[0].cumsum()[1:-1] for sample in (one, other)]
    assert np.abs(laws[0] - laws[1]) @ np.diff(points) == pytest.approx(plain)
    even = resampled(one, ruler.edges, np.ones((1, CELLS)))
    assert even[0] == pytest.approx(ruler.shares(one))


def test_l1_counts_shares():
    one, other = values([1, 1, 2, 2]), values([1, 2, 2, 5])
    assert Ruler(one, other).l1(one, other) == 0.25
    assert Ruler(one, other).centres.tolist() == [1, 2, 5]


def test_a_sample_is_no_way_from_itself():
    sample = values(RANDOM.normal(size=1_000))
    found = Ruler(sample, sample).apart(sample, sample, seed=1)
    assert (found.wasserstein, found.l1, found.wasserstein_high, found.l1_high) == (0, 0, 0, 0)


def test_intervals_hold_the_truth():
    """Of shifted normal samples the distance is the shift over the pooled deviation."""
    held, trials = 0, 60
    for _ in range(trials):
        one, other = values(RANDOM.normal(size=600)), values(RANDOM.normal(1, 1, size=600))
        found = Ruler(one, other).apart(one, other, seed=3)
        held += found.wasserstein_low <= 1 / np.sqrt(1.25) <= found.wasserstein_high
    assert held >= 0.9 * trials


def test_curves_are_apart_by_their_mean_difference():
    assert between(np.array([1.0, 2.0, np.nan]), np.array([2.0, 4.0, 9.0])) == 1.5
    assert np.isnan(between(np.array([np.nan]), np.array([1.0])))


def sample_of(rows):
    """The sample of a tape by hand, from a second after its snapshot on."""
    from halfspread.calibrate.level_changes import read_changes
    from halfspread.calibrate.record import read_record

    tape = tape_of(rows)
    return Sample("hand-made", read_record(tape), read_changes(tape), 1.0)


MARKET = [  # bids 100 x 5, 99 x 7; ask 101 x 4
    (1, Kind.level, ASK, 102, 9),  # behind the touch: no event
    (2, Kind.level, BID, 100, 8),  # LO0, +1
    (3, Kind.trade, BID, 101, 4),
    (3, Kind.level, ASK, 101, 0),  # MO1, +1: 100.5 to 101
    (4, Kind.level, BID, 101, 2),  # LO1, +1: to 101.5
    (5, Kind.level, BID, 101, 0),  # CA1, -1: back to 101
    (6, Kind.level, ASK, 102, 6),  # CA0, +1
    (7, Kind.trade, ASK, 100, 3),
    (7, Kind.level, BID, 100, 5),  # MO0, -1
    (9, Kind.level, BID, 50, 1),
]


def test_events_at_the_touch_are_told_apart():
    kind, sign, _ = touch_events(sample_of(MARKET))
    names = [KINDS[k] for k in kind]
    expected = [("LO0", 1), ("MO1", 1), ("LO1", 1), ("CA1", -1), ("CA0", 1), ("MO0", -1)]
    assert list(zip(names, sign.tolist(), strict=True)) == expected


def test_of_a_message_that_moves_the_mid_the_events_that_did_are_told_apart():
    batch = [
        (2, Kind.level, BID, 100, 0, BOTH),  # the mid falls to 100
        (2, Kind.level, ASK, 101, 3),  # which this did not do
    ]
    kind, sign, _ = touch_events(sample_of([(1, Kind.level, ASK, 102, 9), *batch, *MARKET[-1:]]))
    assert [KINDS[k] for k in kind] == ["CA1", "CA0"]
    assert sign.tolist() == [-1, 1]


def test_depth_is_of_a_side_in_coins():
    still = [(1, Kind.level, ASK, 102, 9), (1, Kind.level, BID, 90, 20)]
    still.append((11, Kind.level, BID, 1, 1))
    sample = sample_of(still)
    ticks, logs = facts.profile(sample, None)
    coins = dict(zip(ticks.tolist(), (np.exp(logs) / sample.lot).tolist(), strict=True))
    assert coins[1] == pytest.approx((5 + 4) / 2)
    assert coins[2] == pytest.approx((7 + 9 * 10 / 11) / 2)
    assert np.isnan(coins[3])


def test_responses_are_means_of_signed_moves(monkeypatch):
    monkeypatch.setattr("halfspread.realism.impact.FEWEST", 1)
    found = response(sample_of(MARKET))
    after_one = dict(zip(KINDS, found[:, 0], strict=True))
    assert after_one["LO0"] == 0
    assert after_one["MO1"] == 0.5
    assert after_one["LO1"] == 0.5
    assert after_one["CA1"] == 0.5, "the bid went, and the mid with it"
    assert after_one["CA0"] == 0
    assert np.isnan(after_one["MO0"])
    assert found[KINDS.index("LO0"), 1] == 0.5, "two events later"


def test_fill_times_by_hand(monkeypatch):
    monkeypatch.setattr("halfspread.realism.impact.ORDERS", 1)
    rows = [
        (1, Kind.trade, ASK, 100, 5),
        (1.5, Kind.level, BID, 100, 3),  # all five before us; we are next
        (2, Kind.trade, ASK, 100, 1),
        (2.5, Kind.level, BID, 100, 2),  # ours
        (3, Kind.level, ASK, 101, 8),
        (20, Kind.level, BID, 50, 1),
    ]
    waits, when = fill_times(sample_of(rows), 4.0)
    assert waits.tolist() == [2.5, 4.0]
    assert when.tolist() == [0.0, 0.0]
    through = [(1.5, Kind.trade, ASK, 99, 1), (1.5, Kind.level, BID, 99, 6), rows[-1]]
    assert fill_times(sample_of(through), 4.0)[0][0] == 1.5
    crossed = [
        (2.5, Kind.level, BID, 100, 0),
        (2.5, Kind.level, ASK, 100, 3),
        rows[-1],
    ]
    assert fill_times(sample_of(crossed), 4.0)[0][0] == 2.5


def test_next_moves_follow_imbalance():
    """Nine bid for one asked before every rise, nine for five before every fall."""
    rows, price = [], 100
    for turn in range(200):
        up = turn % 2 == 0
        time = 1 + turn
        rows += [
            (time, Kind.level, BID, price, 9 if up else 1),
            (time, Kind.level, ASK, price + 1, 1 if up else 9),
        ]
        if up:
            rows += [
                (time + 0.5, Kind.level, ASK, price + 1, 0),
                (time + 0.5, Kind.level, ASK, price + 2, 5),
            ]
        else:
            rows += [(time + 0.5, Kind.level, ASK, price + 1, 5)]
    found = next_move(sample_of([*rows, (300, Kind.level, BID, 50, 1)]))
    assert found[[9, 6, 1]].tolist() == [1, 0, 1]
    assert found[5] == 1, "the opening"
    assert np.isnan(found[2])


@pytest.fixture(scope="module")
def sample():
    flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
    return read_sample(hs.simulate(flow, "20m", seed=3), "simulated")


def test_order_flow_is_cont_kukanov_and_stoikovs(sample):
    at = facts.Scales(5.0, (1,), 60.0)
    touches, first = sample.record.touches, sample.record.span[0]
    sums = np.zeros(int(sample.seconds / 5))
    for row in range(1, len(touches.time)):
        if not (touches.two_sided[row] and touches.two_sided[row - 1]):
            continue
        flow = 0
        if touches.bid[row] >= touches.bid[row - 1]:
            flow += touches.bid_size[row]
        if touches.bid[row] <= touches.bid[row - 1]:
            flow -= touches.bid_size[row - 1]
        if touches.ask[row] <= touches.ask[row - 1]:
            flow -= touches.ask_size[row]
        if touches.ask[row] >= touches.ask[row - 1]:
            flow += touches.ask_size[row - 1]
        cell = int((touches.time[row] - first) / 5e9)
        if cell < len(sums):
            sums[cell] += flow
    assert facts.order_flow(sample, at) == pytest.approx(sums)


def test_shuffled_signs_have_no_memory(sample):
    arrivals = sample.record.arrivals
    runs = np.repeat(RANDOM.choice([-1, 1], len(arrivals.side) // 10 + 1), 10)[: len(arrivals.side)]
    at = facts.Scales(1.0, (1,), 60.0)
    curve = facts.lagged(facts.signs)

    def of(side):
        record = replace(sample.record, arrivals=replace(arrivals, side=side))
        return curve(replace(sample, record=record), at)[1]

    assert of(runs)[0] > 0.8
    assert np.abs(of(RANDOM.permutation(runs))).max() < 0.1


def test_every_fact_is_measured_of_a_sample(sample):
    at = facts.scales(sample, 600.0)
    assert at.window == 60.0
    assert 1 in at.multiples
    assert len({fact.key for fact in FACTS}) == len(FACTS)
    for fact in FACTS:
        assert fact.group in GROUPS
        assert (fact.values is None) != (fact.curve is None)
        shown = fact.values(sample, at).value if fact.values else fact.curve(sample, at)[1]
        assert np.isfinite(shown).any(), fact.key
        assert np.isfinite(fact.headline(shown)), fact.key


def test_a_flow_without_memory_has_none_of_its_own(sample):
    at = facts.Scales(10.0, (1,), 60.0)
    assert np.abs(facts.lagged(facts.signs)(sample, at)[1]).max() < 0.1
    waits = np.diff(sample.record.arrivals.time)
    assert weibull_shape(waits.astype(float)) == pytest.approx(1, abs=0.1)
