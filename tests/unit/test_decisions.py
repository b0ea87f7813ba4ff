"""A replay refuses times that make it decide without an end in sight, and takes all others."""

import numpy as np
import pytest

import halfspread as hs
from halfspread import decisions
from halfspread.decisions import MOST_DECISIONS, decisions_on
from halfspread.lanes_market import MOST_SAMPLES
from made_tapes import BTC, SECOND, START, market

YEARS = 60 * 365 * 86_400 * SECOND
MODEL = hs.models.fixed_spread(half_spread=1)


def tape(events):
    return hs.Tape.from_events(events, BTC, path="bad.tape")


@pytest.mark.parametrize("field", ["exchange_time", "local_time", "both"])
def test_a_far_future_time_is_named_with_its_gap(field):
    events = market(1000)
    for name in ("exchange_time", "local_time") if field == "both" else (field,):
        events[name][997:] += YEARS
    replay = hs.Replay(tape(events), decide_every="10ms")
    span = max(events[name][-1] for name in ("exchange_time", "local_time")) - START
    why = (
        rf"decide_every: one decision each 10ms makes {span // 10**7:,} on bad\.tape, and "
        rf"1,000,000,000 is the most\. The largest gap is before row 997, "
        r"from 2024-08-08T00:00:\S+ to 2084-\S+: "
    )
    with pytest.raises(hs.ConfigError, match=why):
        replay.run(MODEL)
    with pytest.raises(hs.ConfigError, match="decide_every"):
        next(iter(replay))
    hs.backtest(MODEL, replay, decide_every="1h")
    assert hs.backtest(MODEL, replay, on="book").counters["submits"] > 0


def test_the_gap_is_that_of_one_clock():
    events = np.zeros(5, hs.EVENT)
    events["kind"], events["flags"] = hs.Kind.trade, hs.Flag.both
    events["flags"][2] = hs.Flag.at_local
    events["exchange_time"] = [1, 2, 9, 3, 3]
    events["local_time"] = [1, 2, YEARS, YEARS, YEARS]
    with pytest.raises(
        hs.ConfigError, match=r"before row 2, from 1970-01-01T00:00:00\.000000002 to"
    ):
        hs.Replay(tape(events)).run(MODEL)


def test_the_gap_may_be_a_delay():
    events = market(1000)
    events["local_time"] += YEARS
    with pytest.raises(hs.ConfigError, match="is the delay of row 0, from 2024-08-08T00:00:00"):
        hs.Replay(tape(events)).run(MODEL)


def test_a_far_past_time_is_named_too_and_can_be_left_out():
    events = market(1000)
    events["exchange_time"][0] = events["local_time"][0] = 0
    with pytest.raises(hs.ConfigError, match=r"before row 1, from 1970-01-01T00:00:00\.0+ to 2024"):
        hs.Replay(tape(events)).run(MODEL)
    assert hs.Replay(tape(events), start="2024-08-08").run(MODEL).counters["submits"] > 0


def test_a_billion_decisions_are_not_too_many():
    events = market(5)
    last = events["exchange_time"][0] + MOST_DECISIONS * 10**6
    events["exchange_time"][-1] = events["local_time"][-1] = last
    next(iter(hs.Replay(tape(events), decide_every="1ms")))
    events["local_time"][-1] += 10**6
    with pytest.raises(hs.ConfigError, match="makes 1,000,000,001 on"):
        next(iter(hs.Replay(tape(events), decide_every="1ms")))


@pytest.mark.parametrize("begin", [0, -2 * SECOND, -SECOND, -20 * 365 * 86_400 * SECOND])
def test_the_clock_may_stand_anywhere(begin):
    """1970 itself, a tape across it, and one long before are as good as any time."""
    events = market(2000)
    moved = events.copy()
    for name in ("exchange_time", "local_time"):
        moved[name] += begin - START
    model = hs.models.glft(risk_aversion=1e-3)
    one, other = (hs.Replay(tape(rows), latency_ms=5).run(model) for rows in (events, moved))
    assert one.counters["fills"] == other.counters["fills"] > 0
    np.testing.assert_array_equal(one.path["time"] - START, other.path["time"] - begin)
    np.testing.assert_array_equal(one.path["wealth"], other.path["wealth"])
    np.testing.assert_array_equal(one.path["bid"], other.path["bid"])


def test_a_time_that_the_core_cannot_take_is_an_error_of_the_tape():
    events = market(100)
    events["exchange_time"][98:] = events["local_time"][98:] = 2**63 - 1
    with pytest.raises(hs.TapeError, match=r"^bad\.tape: can't be replayed: .* row 98$"):
        hs.Replay(tape(events), on="book").run(MODEL)


@pytest.mark.parametrize("on", ["book", "trade"])
def test_a_path_has_its_samples_though_few_rows_end_such_a_message(on, monkeypatch):
    monkeypatch.setattr(decisions, "BLOCK", 1_000)
    events = market(5 * MOST_SAMPLES)
    is_trade = events["kind"] == hs.Kind.trade
    events["flags"][np.flatnonzero(~is_trade)[3::2]] = hs.Flag.both
    for name in ("exchange_time", "local_time"):
        events[name][1::2] = events[name][::2]
    run = hs.Replay(tape(events), on=on).run(MODEL)
    made = int(run.counters["decisions"][0])
    assert made <= decisions_on(tape(events), on) <= made + 1
    kept = len(run.path["time"])
    assert min(made, MOST_SAMPLES) / 2 < kept <= MOST_SAMPLES + 1
