"""What the core's 64 bits can't take is refused at the door, by name, with its value."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.event import EVENT
from halfspread.policy import LARGEST_TICKS

INSTRUMENT = hs.Instrument("TEST", tick=1, lot=1)
MODEL = hs.models.fixed_spread(half_spread=1)
EARLIEST, LATEST, LARGEST = -(2**60), 2**62, 2**53
HUGE, SECOND = 2**63 - 1, 10**9


def tape_of(time=0, delay=0, size=1):
    """Rows at 0 and at `time`; the second row's size, and the delay from it on, are as told."""
    events = np.zeros(4, EVENT)
    events["kind"], events["side"] = hs.Kind.level, hs.Side.bid
    events["flags"] = hs.Flag.both | hs.Flag.last
    events["price"], events["size"] = range(100, 104), [1, size, 1, 1]
    events["exchange_time"] = sorted([0, time, time, time])
    events["local_time"] = events["exchange_time"] + np.array([0, delay, delay, delay])
    return hs.Tape.from_events(events, INSTRUMENT, path="odd.tape")


@pytest.mark.parametrize(
    ("odd", "column", "rule", "row"),
    [
        ({"time": EARLIEST - 1}, "exchange_time", "from 1933 to 2116", 0),
        ({"time": LATEST + 1}, "exchange_time", "from 1933 to 2116", 1),
        ({"time": HUGE}, "exchange_time", "from 1933 to 2116", 1),
        ({"delay": LATEST + 1}, "delay_ns", "from 1933 to 2116", 1),
        ({"size": LARGEST + 1}, "size_lots", r"0 to 2\*\*53", 1),
        ({"size": HUGE}, "size_lots", r"0 to 2\*\*53", 1),
    ],
)
def test_a_tape_that_the_core_cannot_take_is_refused_by_column_and_row(odd, column, rule, row):
    tape = tape_of(**odd)
    with pytest.raises(hs.TapeError, match=rf"odd\.tape.*column {column}.*{rule}.*in row {row}"):
        hs.Replay(tape, on="book").run(MODEL)


@pytest.mark.parametrize("time", [EARLIEST, -1, LATEST])
@pytest.mark.parametrize("delayed", [False, True])
def test_times_just_within_are_taken(time, delayed):
    delay = (LATEST - max(time, 0)) * delayed
    run = hs.Replay(tape_of(time, delay), on="book").run(MODEL)
    assert run.path["time"][-1] == max(time, 0) + delay


def test_sizes_and_delays_beyond_32_bits_are_read_as_they_are():
    events = tape_of(SECOND, 3 * SECOND, size=LARGEST).events()
    for name in ("exchange_time", "local_time"):
        events[name][2:] += SECOND
    tape = hs.Tape.from_events(events, INSTRUMENT)
    assert [tape.columns[name].dtype for name in ("size_lots", "delay_ns")] == [np.int64] * 2
    states = hs.Replay(tape, decide_every="1500ms")
    seen = [(state.time, state.bid, state.bid_size) for state in states]
    assert seen == [(1.5, 100, 1), (3.0, 100, 1), (4.5, 101, LARGEST)]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: hs.Latency(out_ms=2e10), "out_ms must be in 0 to 1e10, was 20000000000"),
        (lambda: hs.Latency(back_ms=np.inf), "latency: back_ms must be in 0 to 1e10, was inf"),
        (
            lambda: hs.OrderPolicy(spacing_ticks=2**31),
            f"spacing_ticks must be in 1 to {LARGEST_TICKS}, was {2**31}",
        ),
        (
            lambda: hs.OrderPolicy(tolerance_ticks=2**31),
            f"tolerance_ticks must be in 0 to {LARGEST_TICKS}, was {2**31}",
        ),
        (lambda: hs.SignalPolicy(step="1001h"), "step must be at most '1000h', was '1001h'"),
    ],
)
def test_an_option_too_large_is_refused(make, why):
    with pytest.raises(hs.ConfigError, match=why):
        make()


def test_the_slowest_budget_and_the_widest_limit_are_taken():
    orders = hs.OrderPolicy(
        inventory_limit=np.inf, messages_per_second=5e-324, burst=HUGE, maximum_age="1000000h"
    )
    replay = hs.Replay(tape_of(SECOND), orders=orders, latency_ms=1e10, decide_every="100ms")
    assert replay.run(MODEL).counters["decisions"] == 9
