"""What the core's 64 bits can't take is refused at the door, by name, with its value."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.evaluate.money import Money
from halfspread.event import EVENT
from halfspread.policy import LARGEST_TICKS

INSTRUMENT = hs.Instrument("TEST", tick=1, lot=1)
MODEL = hs.models.fixed_spread(half_spread=1)
EARLIEST, LATEST, LARGEST = -(2**60), 2**62, 2**53
HUGE, SECOND = 2**63 - 1, 10**9

# Books of these tapes have bids only: there is no mid to quote around.
pytestmark = pytest.mark.filterwarnings("ignore:the model sent no order")


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
            f"spacing_ticks must be a whole number in 1 to {LARGEST_TICKS}, was {2**31}",
        ),
        (
            lambda: hs.OrderPolicy(tolerance_ticks=2**31),
            f"tolerance_ticks must be a whole number in 0 to {LARGEST_TICKS}, was {2**31}",
        ),
        (lambda: hs.SignalPolicy(step="1001h"), "step must be at most '1000h', was '1001h'"),
    ],
)
def test_an_option_too_large_is_refused(make, why):
    with pytest.raises(hs.ConfigError, match=why):
        make()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"latency_ms": "a"}, "latency_ms must be one number or two, was 'a'"),
        ({"latency_ms": -5}, "latency_ms must be in 0 to 1e10, was -5"),
        ({"latency_ms": (1, np.nan)}, r"latency_ms must be in 0 to 1e10, was \(1, nan\)"),
        ({"threads": 1.5}, "threads must be a whole number in 1 to 4096, was 1.5"),
        ({"threads": 0}, "threads must be a whole number in 1 to 4096, was 0"),
    ],
)
def test_an_option_of_a_replay_that_makes_no_sense_is_refused(options, why):
    with pytest.raises(hs.ConfigError, match=why):
        hs.Replay(tape_of(SECOND), **options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("levels", 1.5),
        ("levels", "2"),
        ("inventory_limit", 2.7),
        ("inventory_limit", np.nan),
        ("spacing_ticks", 1.5),
        ("burst", 1.5),
    ],
)
def test_an_order_policy_takes_whole_numbers_only(name, value):
    with pytest.raises(hs.ConfigError, match=f"orders: {name} must be a whole number.*, was "):
        hs.OrderPolicy(**{name: value})


def test_a_whole_float_is_as_good_as_an_integer():
    orders = hs.OrderPolicy(levels=2.0, inventory_limit=3.0)
    assert orders == hs.OrderPolicy(levels=2, inventory_limit=3)
    assert hs.Replay(tape_of(SECOND), orders=orders, threads=2.0).run(MODEL).n == 1


@pytest.mark.parametrize(
    ("verb", "arguments", "why"),
    [
        ("submit", (1, 1.7, 1), "submit: price must be a whole number in .*, was 1.7"),
        ("submit", (1, 2**31, 1), "submit: price must be a whole number in .*, was 2147483648"),
        ("submit", (1, 1, 1.5), "submit: size must be a whole number in .*, was 1.5"),
        ("submit", (1, 1, 0), "submit: size must be a whole number in .*, was 0"),
        ("cancel", (-1,), "cancel: order_id must be a whole number >= 0, was -1"),
        ("amend", (-1, 1, 1), "amend: order_id must be a whole number >= 0, was -1"),
        ("amend", (1, 1.7, 1), "amend: price must be a whole number in .*, was 1.7"),
        ("amend", (1, 1, 0.5), "amend: size must be a whole number in .*, was 0.5"),
    ],
)
def test_an_ask_by_hand_that_makes_no_sense_is_refused(verb, arguments, why):
    market = hs.Replay(tape_of(SECOND))
    next(iter(market))
    with pytest.raises(hs.ConfigError, match=why):
        getattr(market, verb)(*arguments)


@pytest.mark.parametrize(("contract_size", "fits"), [(4_611 * 50, True), (4_612 * 50, False)])
def test_a_lot_worth_more_coins_than_are_counted_is_refused(contract_size, fits):
    """The smallest price is 100 ticks of 0.5; a clear may name less, and 0 and less don't count."""
    instrument = hs.Instrument("INV", "0.5", 1, contract_size=contract_size, inverse=True)
    events = np.concatenate([tape_of().events()] * 2)
    events["kind"][4:] = [hs.Kind.clear, hs.Kind.level, hs.Kind.level, hs.Kind.trade]
    events["price"][4:] = [5, 0, -7, 101]
    tape = hs.Tape.from_events(events, instrument)
    if fits:
        hs.Replay(tape)
        return
    why = (
        r"contract_size 230600 \* lot 1 / price 50 makes .* 4,612\.0 coins, .* 4,611\.7 is the most"
    )
    with pytest.raises(hs.ConfigError, match=why):
        hs.Replay(tape)


def test_values_beyond_what_is_counted_stay_at_the_most():
    money = Money(hs.Instrument("INV", 1, 1, contract_size=1e6, inverse=True))
    assert money.value(np.array([1, 2, -1, 2000])).tolist() == [
        -(2**62),
        -(2**62),
        2**62,
        -(10**18),
    ]


def test_the_slowest_budget_and_the_widest_limit_are_taken():
    orders = hs.OrderPolicy(
        inventory_limit=np.inf, messages_per_second=5e-324, burst=HUGE, maximum_age="1000000h"
    )
    replay = hs.Replay(tape_of(SECOND), orders=orders, latency_ms=1e10, decide_every="100ms")
    assert replay.run(MODEL).counters["decisions"] == 9
