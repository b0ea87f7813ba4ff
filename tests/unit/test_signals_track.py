"""A track is read at or before a decision's time, and one that knows the future is found out."""

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.signals import Track, check_causality, measure

INSTRUMENT = hs.Instrument("TEST", "0.1", "0.01")


@pytest.fixture(scope="module")
def tape():
    return hs.Tape.from_events(synthetic.flow(events=12_000, seed=5), INSTRUMENT)


@pytest.mark.parametrize("schedule", [{"decide_every": "30ms"}, {"on": "book"}])
def test_a_decision_reads_the_last_row_until_its_time(tape, schedule):
    random = np.random.default_rng(1)
    first, last = tape.span
    some = random.integers(first, last, 300)
    times = np.sort(np.concatenate([some, some[:50], [first + 30_000_000 * 7]]))
    track = Track(times, random.normal(size=len(times)), random.random(len(times)))
    market = hs.Replay(tape, forecast=track, **schedule)
    seen = [(market.now, state.forecast, state.forecast_std) for state in market]
    for now, forecast, std in seen:
        before = np.flatnonzero(times <= now)
        row = before[-1] if len(before) else None
        expected = (track.forecast[row], track.forecast_std[row]) if len(before) else (np.nan,) * 2
        np.testing.assert_array_equal((forecast, std), expected)
    exactly = [now for now, *_ in seen if now in set(times.tolist())]
    assert exactly or schedule == {"on": "book"}


@hs.model
def leaning_on_the_forecast(state: hs.QuoteState) -> hs.Quote:
    centre = state.mid + state.forecast
    return hs.Quote(centre - 2, centre + 2)


@pytest.mark.parametrize("lanes", [1, 40])
def test_until_the_first_row_nothing_is_quoted_and_it_is_no_error(tape, lanes):
    first, last = tape.span
    late = Track([(first + last) // 2], [0.5], 1.0)
    if lanes == 1:
        run = hs.Replay(tape, forecast=late).run(leaning_on_the_forecast())
    else:
        leaning = hs.lean(leaning_on_the_forecast(), strength=np.linspace(0.1, 1, lanes), limit=10)
        run = hs.Replay(tape, forecast=late, threads=3).run(leaning)
    assert run.errors == []
    bids = run.path["bid"]
    half = run.path["time"] <= late.times_ns[0]
    assert np.isnan(bids[half]).all()
    assert np.isfinite(bids[~half]).mean() > 0.9
    assert run.assumptions["forecast"] == "a track of 1 rows"


@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
def test_a_forecast_that_nobody_asked_for_is_an_error(tape):
    run = hs.Replay(tape).run(leaning_on_the_forecast())
    assert run.errors[0]["why"] == "not finite"
    assert np.isnan(run.errors[0]["state"].forecast)


def test_a_row_that_is_wrong_is_named():
    for columns, words in (
        (
            ([1, 3, 2], [0, 0, 0], 1),
            r"track: times_ns\[2\] must be not before the row above, was 2",
        ),
        (
            ([1, 2], [0, np.inf], 1),
            r"track: forecast\[1\] must be finite, or NaN for none, was inf",
        ),
        (([1, 2], [0, 0], [1, -1]), r"track: forecast_std\[1\] must be >= 0, was -1"),
        (([1, 2], [0, 0, 0], 1), r"track: forecast must have the shape \(2,\), had \(3,\)"),
        (([1.5], [0], 1), "track: times_ns must be a row of whole numbers, was float64"),
        (([], [], 1), "track: times_ns must be a row of whole numbers"),
    ):
        with pytest.raises(hs.ConfigError, match=words):
            Track(*columns)


def test_its_columns_can_not_be_changed():
    mine = np.array([1, 2])
    track = Track(mine, [0.0, 1.0], 1.0)
    mine[0] = 7
    assert track.times_ns.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        track.forecast[0] = 3.0


def honest(tape):
    times = np.arange(tape.span[0], tape.span[1], 50_000_000)
    return Track(times, measure(tape, times=times)["imbalance"], 1.0)


def test_an_honest_track_passes(tape):
    check_causality(honest, tape)


def knows_the_next_mid(tape):
    times = np.arange(tape.span[0], tape.span[1], 50_000_000)
    mids = measure(tape, times=times)["mid"]
    return Track(times, np.append(np.diff(mids), 0.0), 1.0)


def knows_the_mean(tape):
    track = honest(tape)
    sizes = tape.events()["size"]
    return Track(track.times_ns, track.forecast * sizes.mean(), 1.0)


@pytest.mark.parametrize("cheat", [knows_the_next_mid, knows_the_mean])
def test_one_that_knows_the_future_is_found_out(tape, cheat):
    with pytest.raises(hs.ConfigError, match=r"check_causality: forecast\[\d+\].*knows the future"):
        check_causality(cheat, tape, cuts=5)


def test_before_its_first_row_neither_forecast_nor_deviation_is_known():
    forecast, std = Track([10, 20], [0.5, -0.25], [1.0, 2.0]).at([9, 10, 25])
    np.testing.assert_array_equal(forecast, [np.nan, 0.5, -0.25])
    np.testing.assert_array_equal(std, [np.nan, 1.0, 2.0])


def test_a_check_of_nothing_is_refused(tape):
    with pytest.raises(hs.ConfigError, match="no row of the track lies before a cut"):
        check_causality(lambda tape: Track([tape.span[1] + 1], [0.0], 1.0), tape)
    short = hs.Tape.from_events(tape.events(0, 50), INSTRUMENT)
    with pytest.raises(hs.ConfigError, match="needs 100 rows and a cut, had 50 and 3"):
        check_causality(honest, short)
