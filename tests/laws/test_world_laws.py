"""Laws of calibrated worlds and of the scorecard: units, mirrors, and what must not matter."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import halfspread as hs
from halfspread.calibrate.level_changes import Cause, read_changes
from halfspread.calibrate.queue_reactive import queue_intensities
from halfspread.calibrate.zero_intelligence import zero_intelligence
from halfspread.realism.distance import Ruler, Values, between
from halfspread.realism.impact import response, touch_events
from halfspread.realism.sample import read_sample

FEW = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FLOW = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
QUEUES = hs.flows.QueueReactive(
    limit=[[2.0, 1.0, 0.8, 0.6, 0.5]] * 5,
    cancel=[[0.0, 0.3, 0.6, 0.9, 1.2]] * 5,
    market=[[0.0, 0.5, 0.3, 0.2, 0.1]] + [[0.0] * 5] * 4,
)


def changed(tape, slower=1, larger=1, mirrored=False):
    """The same market with other times and sizes, or bids for asks."""
    events = tape.events()
    start = events["exchange_time"][0]
    for clock in ("exchange_time", "local_time"):
        events[clock] = start + (events[clock] - start) * slower
    events["size"] *= larger
    if mirrored:
        events["side"] = -events["side"]
        priced = events["kind"] != hs.Kind.clear
        events["price"][priced] = 200_001 - events["price"][priced]
    return hs.Tape.from_events(events, tape.instrument)


@FEW
@given(seed=st.integers(0, 100), slower=st.integers(1, 7), larger=st.integers(1, 50))
def test_rates_are_a_second_and_sizes_are_the_unit(seed, slower, larger):
    tape = hs.simulate(FLOW, "3m", seed=seed)
    one = zero_intelligence(read_changes(tape))
    other = zero_intelligence(read_changes(changed(tape, slower, larger)))
    assert other.unit_lots == pytest.approx(larger * one.unit_lots)
    for name in ("limit_rates", "limit_errors", "cancel_rates", "cancel_errors"):
        assert np.array(getattr(other, name)) * slower == pytest.approx(
            np.array(getattr(one, name))
        )
    assert other.market_rate * slower == pytest.approx(one.market_rate)
    assert other.resting == pytest.approx(one.resting)


@FEW
@given(seed=st.integers(0, 100))
def test_bids_and_asks_are_alike(seed):
    tape = hs.simulate(FLOW, "3m", seed=seed)
    mirror = changed(tape, mirrored=True)
    one, other = (zero_intelligence(read_changes(each)) for each in (tape, mirror))
    assert other.limit_rates == pytest.approx(one.limit_rates)
    assert other.cancel_rates == pytest.approx(one.cancel_rates)
    samples = [read_sample(each, "made") for each in (tape, mirror)]
    kinds, signs = zip(*(touch_events(sample)[:2] for sample in samples), strict=True)
    assert np.array_equal(np.sort(kinds[0]), np.sort(kinds[1]))
    assert signs[0].sum() == -signs[1].sum()
    assert response(samples[1]) == pytest.approx(response(samples[0]), nan_ok=True)


@FEW
@given(seed=st.integers(0, 100), slower=st.integers(1, 5), larger=st.integers(1, 20))
def test_intensities_are_a_second_and_lengths_are_in_events(seed, slower, larger):
    tape = hs.simulate(QUEUES, "20m", seed=seed)
    pairs = zip(
        queue_intensities(read_changes(tape)),
        queue_intensities(read_changes(changed(tape, slower, larger))),
        strict=True,
    )
    for one, other in pairs:
        assert other.size_lots == pytest.approx(larger * one.size_lots)
        for name in ("limit", "cancel", "market"):
            scaled = np.array(getattr(other, name)) * slower
            assert scaled == pytest.approx(np.array(getattr(one, name)))


@FEW
@given(seed=st.integers(0, 1_000))
def test_what_comes_and_goes_is_what_rests(seed):
    """Lots of the book at the end = at the beginning + limit orders - market orders - cancelled."""
    changes = read_changes(hs.simulate(FLOW, "2m", seed=seed))
    signed = changes.after - changes.before
    by_cause = [int(signed[changes.cause == cause].sum()) for cause in Cause]
    books = {}
    for side, price, after in zip(changes.side, changes.price, changes.after, strict=True):
        books[side, price] = after
    assert sum(books.values()) == sum(by_cause)
    assert by_cause[Cause.limit] > 0 > by_cause[Cause.cancel]
    assert by_cause[Cause.market] < 0


numbers = st.lists(st.floats(-100, 100), min_size=2, max_size=60)


def made(values):
    return Values.of(np.array(values), np.arange(len(values)) / len(values))


@given(one=numbers, other=numbers, by=st.floats(0.1, 10), more=st.floats(-50, 50))
def test_distances_are_distances(one, other, by, more):
    a, b = made(one), made(other)
    ruler, back = Ruler(a, b), Ruler(b, a)
    distance = ruler.wasserstein(a, b)
    assert 0 <= ruler.l1(a, b) <= 1
    assert ruler.l1(a, b) == pytest.approx(back.l1(b, a), abs=1e-12)
    assert distance == pytest.approx(back.wasserstein(b, a), abs=1e-9)
    assert ruler.wasserstein(a, a) == 0
    if np.std(one + other) > 1e-3:
        moved = [made(np.array(values) * by + more) for values in (one, other)]
        assert Ruler(*moved).wasserstein(*moved) == pytest.approx(distance, rel=1e-6, abs=1e-6)
    curves = np.array(one[:2]), np.array(other[:2])
    assert between(*curves) == between(*curves[::-1]) >= 0
