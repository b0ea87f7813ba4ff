"""The data check: the book against a dict, the clock's repair, what strict refuses."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfspread import _core
from halfspread.codecs import Report, book_check
from halfspread.codecs.check import SMALLEST_DELAY_NS, data_check, repair_clock
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, order_rows
from halfspread.instrument import Instrument
from halfspread.tape import Tape

BTC = Instrument("BTCUSDT", tick="0.1", lot="0.001")


def rows(*some):
    """Rows of (kind, side, price, size, last)."""
    events = np.zeros(len(some), dtype=EVENT)
    for event, (kind, side, price, size, last) in zip(events, some, strict=True):
        event["kind"], event["side"], event["price"], event["size"] = kind, side, price, size
        event["flags"] = Flag.both | (Flag.last if last else 0)
    return events


def plain_check(events, at):
    """`book_check` by two dicts."""
    sides = {1: {}, -1: {}}
    messages = whole = crossed = 0
    touches = []
    for i, event in enumerate(events):
        kind, side, price = int(event["kind"]), int(event["side"]), int(event["price"])
        for on in (1, -1) if kind == Kind.clear else ():
            if side in (0, on):
                gone = [p for p in sides[on] if price == EVERYTHING or (p - price) * on >= 0]
                for p in gone:
                    del sides[on][p]
        if kind in (Kind.level, Kind.touch) and side:
            if kind == Kind.touch:
                sides[side] = {p: s for p, s in sides[side].items() if (p - price) * side <= 0}
            sides[side][price] = int(event["size"])
            if not event["size"]:
                del sides[side][price]
        bid, ask = max(sides[1], default=None), min(sides[-1], default=None)
        of_book = kind in (Kind.level, Kind.touch, Kind.clear)
        if of_book and event["flags"] & Flag.last:
            messages += 1
            if bid is not None and ask is not None:
                whole += 1
                crossed += bid >= ask
        if i in at:
            touches.append([EVERYTHING if p is None else p for p in (bid, ask)])
    return {
        "messages": messages,
        "whole": whole,
        "crossed": crossed,
        "final_bid": max(sides[1].items(), default=None),
        "final_ask": min(sides[-1].items(), default=None),
        "final_levels": (len(sides[1]), len(sides[-1])),
        "touches": touches,
    }


ROW = st.one_of(
    st.tuples(
        st.sampled_from([Kind.level, Kind.level, Kind.level, Kind.touch]),
        st.sampled_from([1, -1]),
        st.integers(-3, 12) | st.sampled_from([2**31 - 2, 2 - 2**31, 40_000, -40_000]),
        st.integers(0, 2),
        st.booleans(),
    ),
    st.tuples(
        st.just(Kind.clear), st.sampled_from([1, -1]), st.integers(0, 10), st.just(0), st.booleans()
    ),
    st.tuples(
        st.just(Kind.clear),
        st.sampled_from([1, 0, -1]),
        st.just(EVERYTHING),
        st.just(0),
        st.booleans(),
    ),
    st.tuples(st.just(Kind.trade), st.sampled_from([1, -1]), st.just(5), st.just(1), st.just(True)),
)


@given(st.lists(ROW, max_size=60), st.sets(st.integers(0, 59)))
def test_the_book_equals_the_dicts(some, places):
    events = rows(*some)
    at = np.array(sorted(place for place in places if place < len(events)), dtype=np.int64)
    result = book_check(events, at)
    result["touches"] = result["touches"].tolist()
    assert result == plain_check(events, set(at.tolist()))


@given(st.lists(ROW, min_size=1, max_size=40), st.data())
def test_a_tape_is_checked_as_its_rows_are(some, data):
    events = rows(*some)
    times = st.lists(st.integers(0, 9), min_size=len(events), max_size=len(events))
    events["exchange_time"], events["local_time"] = data.draw(times), data.draw(times)
    tape = Tape.from_events(order_rows(events), BTC)
    found = _core.check_book(tape.core)
    in_time = events[np.argsort(events["exchange_time"], kind="stable")]
    expected = plain_check(in_time, set())
    del expected["touches"]
    assert found == expected


def test_no_rows_make_an_empty_book():
    result = book_check(np.zeros(0, dtype=EVENT))
    assert (result["whole"], result["final_bid"], result["final_levels"]) == (0, None, (0, 0))


def timed(*times):
    """Rows of (exchange_time, local_time, flags)."""
    events = np.zeros(len(times), dtype=EVENT)
    for event, (exchange, local, flags) in zip(events, times, strict=True):
        event["exchange_time"], event["local_time"], event["flags"] = exchange, local, flags
    return events


def test_a_clock_that_runs_behind_is_moved_by_one_offset():
    events = timed((100, 40, Flag.both), (200, 150, Flag.both), (300, 290, Flag.both))
    offset, drift = repair_clock(events)
    assert offset == 60 + SMALLEST_DELAY_NS
    assert (events["local_time"] - events["exchange_time"]).min() == SMALLEST_DELAY_NS
    assert np.diff(events["local_time"]).tolist() == [110, 140]
    assert drift == pytest.approx(50e-6)


def test_a_clock_that_runs_well_is_left_alone():
    events = timed((100, 100, Flag.both), (200, 250, Flag.both))
    assert repair_clock(events) == (0, 50e-6)
    assert events["local_time"].tolist() == [100, 250]


def test_rows_on_one_clock_say_nothing_of_the_offset():
    events = timed((100, 0, Flag.at_exchange), (200, 230, Flag.both), (0, 250, Flag.at_local))
    assert repair_clock(events)[0] == 0
    assert repair_clock(events[:1]) == (0, 0.0)


def test_the_numbers():
    events = rows(
        (Kind.level, 1, 1000, 5, False),
        (Kind.level, -1, 1002, 7, True),
        (Kind.trade, 1, 1002, 3, True),
        (Kind.trade, -1, 1000, 1, True),
        (Kind.level, -1, 1000, 9, True),
        (Kind.level, 1, 1000, 0, True),
    )
    events["exchange_time"] = [10, 10, 20, 15, 30, 30]
    events["local_time"] = events["exchange_time"] + 2_000_000
    report = Report()
    report.messages["depth"] += 3
    report.publish_delay.append(np.full(3, 1_500_000))
    report.touch_rows.append(np.array([1, 4]))
    report.touch_prices.append(np.array([[1000, 1002], [1000, 1001]], dtype=np.int32))
    check = data_check(events, report, BTC, venue="binance", faults=[("a", 1, "b")])
    assert (check.whole_books, check.crossed) == (2, 1)
    assert (check.touch_told, check.touch_agreed) == (2, 1)
    assert (check.prices, check.taker_buy, check.taker_sell) == ((100.0, 100.2), 0.003, 0.001)
    assert (check.final_bid, check.final_ask, check.final_levels) == (None, (100.0, 0.009), (0, 2))
    assert (check.out_of_order, check.span) == ((1, 1), (10, 30))
    assert check.rows == {"level": 4, "trade": 2}
    assert check.delay_ms == (1.5, 1.5, 1.5)
    assert check.complaints == ["1 crossed books"]
    assert not check.sound
    assert json.loads(json.dumps(check.to_dict(), allow_nan=False))["faults"] == [["a", 1, "b"]]
