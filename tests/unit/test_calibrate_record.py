"""The record of a tape: the touch of a plain book, prints in groups, time counted once."""

import numpy as np
import pytest

import halfspread as hs
from calibration_worlds import LAST, START, tape_of, world
from halfspread import _core
from halfspread.calibrate import CalibrationError, read_record
from halfspread.event import Flag, Kind

LEVEL, TRADE, TOUCH, CLEAR = Kind.level, Kind.trade, Kind.touch, Kind.clear


def plain_touches(events):
    """The touch after each message on the venue's clock, with the core's book asked at each row."""
    book, rows, last = _core.Book(), [], ((0, 0), (0, 0))
    for event in events:
        if not event["flags"] & Flag.at_exchange:
            continue
        side, price, size = (int(event[name]) for name in ("side", "price", "size"))
        if event["kind"] == Kind.level:
            book.set(side, price, size)
        if event["kind"] == Kind.clear:
            book.clear(side, price)
        now = tuple(book.best(side) or (0, 0) for side in (1, -1))
        if event["flags"] & Flag.last and now != last:
            last = now
            rows.append((int(event["exchange_time"]), *now[0], *now[1]))
    return np.array(rows)


def test_the_touch_is_that_of_a_plain_book():
    tape = hs.synthetic.tape(events=20_000, seed=3)
    log = _core.touches(tape.core)
    expected = plain_touches(tape.events())
    names = ("time", "bid", "bid_size", "ask", "ask_size")
    for name, column in zip(names, expected.T, strict=True):
        assert np.array_equal(log[name], column), name


def test_rows_that_only_we_see_are_not_the_venues():
    events = hs.synthetic.flow(events=5_000, seed=3)
    events["flags"][3000:] &= np.uint16(0xFFFF ^ Flag.at_exchange)
    tape = hs.Tape.from_events(events, hs.synthetic.INSTRUMENT)
    assert np.array_equal(_core.touches(tape.core)["time"], plain_touches(events)[:, 0])


def test_prints_of_one_instant_and_side_are_one_order():
    rows = [
        (0, LEVEL, 1, 100, 5, 0),
        (0, LEVEL, -1, 102, 5, LAST),
        (1, TRADE, 1, 102, 2, LAST),
        (1, TRADE, 1, 103, 3, LAST),
        (1, TRADE, -1, 100, 1, LAST),
        (1.5, TRADE, 1, 102, 1, LAST),
        (2, LEVEL, 1, 101, 4, LAST),
        (2, TRADE, -1, 100, 7, LAST),
        (9, LEVEL, 1, 101, 3, LAST),
    ]
    orders = read_record(tape_of(rows)).arrivals
    assert orders.side.tolist() == [1, -1, 1, -1]
    assert orders.lots.tolist() == [5, 1, 1, 7]
    assert orders.value.tolist() == [2 * 102 + 3 * 103, 100, 102, 700]
    assert orders.near.tolist() == [102, 100, 102, 100]
    assert orders.far.tolist() == [103, 100, 102, 100]
    assert orders.mid.tolist() == [101, 101, 101, 101], "the mid before the instant"
    assert orders.reach.tolist() == [2, 1, 1, 1]
    assert orders.spread.tolist() == [2, 2, 2, 2]


def test_a_print_without_a_side_is_counted_and_left_out():
    rows = [(0, LEVEL, 1, 100, 5, 0), (0, LEVEL, -1, 102, 5, LAST), (1, TRADE, 0, 101, 1, LAST)]
    record = read_record(tape_of([*rows, (3, LEVEL, 1, 99, 5, LAST)]))
    assert (len(record.arrivals.time), record.without_side) == (0, 1)


def test_all_time_with_two_sides_is_counted_once():
    tape = world(seconds=300, seed=4)
    record = read_record(tape)
    for width in (0.7, 13.0, 1000.0):
        edges = record.edges(width)
        table = record.exposure_by_spread(edges)
        assert table.sum() == pytest.approx(record.seconds, abs=1e-6)
        assert table.shape[0] == len(edges) - 1
        np.testing.assert_allclose(table[:-1].sum(axis=1), width, atol=1e-8)


def test_one_sided_time_is_not_counted():
    rows = [
        (0, LEVEL, 1, 100, 5, LAST),
        (1, LEVEL, -1, 102, 5, LAST),
        (4, CLEAR, -1, 102, 0, LAST),
        (6, LEVEL, -1, 103, 5, LAST),
        (10, LEVEL, 1, 100, 6, LAST),
    ]
    record = read_record(tape_of(rows))
    assert record.span == (START + 10**9, START + 10 * 10**9)
    table = record.exposure_by_spread(record.edges(100.0))
    np.testing.assert_allclose(table, [[0, 0, 3, 4]], atol=1e-8)
    mids = record.grid(1.0)
    assert np.isnan(mids[3:5]).all()
    assert mids[[0, 2, 5]].tolist() == [101, 101, 101.5]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(0, LEVEL, 1, 100, 5, LAST), (9, TRADE, -1, 100, 1, LAST)], "never has two sides"),
        ([(0, LEVEL, 1, 100, 5, 0), (0, LEVEL, -1, 101, 5, LAST)], "less than a second"),
    ],
)
def test_what_has_no_book_is_refused(rows, why):
    with pytest.raises(CalibrationError, match=why):
        read_record(tape_of(rows))
