"""LOBSTER's and Bitstamp's files: told books, pairs and days of files, what is wrong in them."""

import numpy as np
import pytest

from halfspread.codecs import Messages, import_files
from halfspread.codecs.bitstamp import Bitstamp
from halfspread.codecs.lobster import Lobster
from halfspread.errors import CodecError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument
from order_scripts import BITSTAMP, bitstamp_line
from venue_scripts import INSTRUMENT

STOCK = Instrument("X", "0.01", "1")
MESSAGES = b"""34200.1,1,11,5,1000100,1
34200.2,1,12,7,1000300,-1
34200.3,1,13,4,1000200,-1
34200.4,4,13,4,1000200,-1
34200.5,3,11,5,1000100,1
34200.6,3,99,2,1000300,-1
"""
NO_BID = b"-9999999999,0"
BOOKS = b"""1000300,9,1000100,5
1000300,16,1000100,5
1000200,4,1000100,5
1000300,16,1000100,5
1000300,16,1000000,8
1000300,14,1000000,8
"""


def lobster(messages=MESSAGES, books=BOOKS, **options):
    codec = Lobster(STOCK, 0, **options)
    return codec, codec.decode(Messages.lines(messages), books and Messages.lines(books))


def of(rows, *kinds):
    return rows[np.isin(rows["kind"], kinds)][["kind", "side", "price", "size"]].tolist()


def test_the_told_book_sets_the_orders_book_right():
    codec, rows = lobster()
    level = Kind.level
    assert of(rows, Kind.level) == [
        (level, -1, 10_003, 9),  # rested before the first message
        (level, -1, 10_003, 0),  # out of the file's sight, then in it again
        (level, -1, 10_003, 16),
        (level, 1, 10_000, 8),  # seen for the first time
    ]
    assert codec.report.settled == 4
    assert np.all(rows["flags"][rows["kind"] == level] & Flag.snapshot)
    told = np.concatenate(codec.report.touch_prices)
    assert (
        told.tolist()
        == [[10_001, 10_003]] * 2 + [[10_001, 10_002], [10_001, 10_003]] + [[10_000, 10_003]] * 2
    )


def test_a_message_that_sets_levels_right_ends_with_them():
    _, rows = lobster()
    added = rows[rows["order_id"] == 11][0]
    assert not added["flags"] & Flag.last
    assert rows["flags"][1] & Flag.last


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_pair_cut_into_batches(cut):
    _, whole = lobster()
    codec = Lobster(STOCK, 0)
    messages, books = Messages.lines(MESSAGES), Messages.lines(BOOKS)
    parts = (slice(cut), slice(cut, None))
    rows = [codec.decode(messages.pick(part), books.pick(part)) for part in parts]
    assert np.array_equal(np.concatenate(rows), whole)


def test_a_side_without_levels_is_told_empty():
    books = BOOKS.replace(b"1000100,5", NO_BID, 1)
    codec, rows = lobster(books=books)
    assert (Kind.level, 1, 10_001, 0) in of(rows, Kind.level)
    assert codec.report.bad == 0


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"34200.1,8,11,5,1000100,1", "type is none of 1 to 7"),
        (b"-1,1,11,5,1000100,1", "time is no time of a day"),
        (b"34200.1,1,11,5,1000100,2", "direction is neither 1 nor -1"),
        (b"34200.1,1,0,5,1000100,1", "order is no number above 0"),
        (b"34200.1,1,11,0,1000100,1", r"size is not from 1 to 2**53 lots"),
        (b"34200.1,1,11,5,99999999999999,1", "price is too large"),
        (b"34200.1,7,0,0,5,-1", "price of a halt is none of -1, 0, 1"),
        (b"34200.1,1,11,5,1000100", "does not have 6 columns"),
    ],
)
def test_a_bad_message_is_left_out_and_named(line, why):
    codec, rows = lobster(MESSAGES + line + b"\n", None)
    assert np.array_equal(rows, lobster(books=None)[1])
    assert codec.report.faults == [(7, why)]


def test_a_bad_line_of_the_book_file_costs_its_book_only():
    codec, rows = lobster(books=BOOKS.replace(b"1000300,16,1000100,5", b"1000300,x,1000100,5", 1))
    (message, why) = codec.report.faults[0]
    assert message == 2
    assert why.startswith("its line of the book file: ")
    assert len(rows[rows["order_id"] > 0]) == 6


def files_of(folder, day, messages=MESSAGES, books=BOOKS):
    paths = [
        folder / f"X_{day}_34200000_57600000_{what}_1.csv" for what in ("message", "orderbook")
    ]
    paths[0].write_bytes(messages)
    if books is not None:
        paths[1].write_bytes(books)
    return paths


def test_days_chain_in_new_york_time(tmp_path):
    winter, summer = files_of(tmp_path, "2012-03-09"), files_of(tmp_path, "2012-03-12")
    events, check = import_files(None, [*winter, *summer], STOCK)
    starts = events["exchange_time"][[0, -1]].astype("datetime64[ns]").astype(str)
    assert starts[0].startswith("2012-03-09T14:30:00.1")
    assert starts[1].startswith("2012-03-12T13:30:00.6")
    clear = events[events["kind"] == Kind.clear]
    assert clear[["side", "price"]].tolist() == [(Side.none, EVERYTHING)]
    assert check.touch_agreed == check.touch_told == 12
    assert check.settled == 8


def test_parts_of_a_day_go_on(tmp_path):
    lines, books = MESSAGES.splitlines(True), BOOKS.splitlines(True)
    first = files_of(tmp_path, "2012-06-21", b"".join(lines[:3]), b"".join(books[:3]))
    later = tmp_path / "later"
    later.mkdir()
    second = files_of(later, "2012-06-21", b"".join(lines[3:]), b"".join(books[3:]))
    # Two files of one name: their books are told apart by their turn.
    events, check = import_files(None, [first[0], first[1]], STOCK)
    assert len(events) > 0
    assert check.touch_told == 3
    events, check = import_files(None, [first[0], second[0]], STOCK)
    assert np.array_equal(events["order_id"], lobster(books=None)[1]["order_id"])


@pytest.mark.parametrize(
    ("books", "why"),
    [
        (BOOKS[:60], "ends before its message file does"),
        (BOOKS + BOOKS, "has more lines than its message file"),
    ],
)
def test_files_that_do_not_pair(tmp_path, books, why):
    _, check = import_files(None, files_of(tmp_path, "2012-06-21", books=books), STOCK)
    name, _, said = check.faults[-1]
    assert (name, said) == ("X_2012-06-21_34200000_57600000_orderbook_1.csv", why)


def test_a_file_alone_that_cannot_be(tmp_path):
    _, book = files_of(tmp_path, "2012-06-21")
    with pytest.raises(CodecError, match="is a book file, whose message file is not among"):
        import_files(None, book, STOCK)
    nameless = tmp_path / "messages.csv"
    nameless.write_bytes(MESSAGES)
    with pytest.raises(CodecError, match="its name holds no date"):
        import_files(None, nameless, STOCK)


def test_bitstamp_is_told_from_its_content(tmp_path):
    path = tmp_path / "raw.log"
    path.write_text("\n".join(bitstamp_line(*message) for message in BITSTAMP) + "\n")
    events, check = import_files(None, path, INSTRUMENT)
    assert check.venue == "bitstamp"
    assert check.settled == 3
    assert (check.touch_agreed, check.touch_told) == (2, 2)
    assert check.rows == {"level": 3, "trade": 1, "add": 3, "modify": 2, "remove": 2}
    assert check.order_faults == {}
    assert events.dtype == EVENT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('order_made {"id": 1}', "is none of an order, a trade, a book"),
        ('order_created {"id": 1, "order_type": 2, "price": "1", "amount": "1"}',
         "order_type is neither 0 nor 1"),
        ('order_created {"id": 1, "order_type": 1, "price": "1", "amount": "0"}', "amount is zero"),
        ('trade {"id": 1, "price": 100, "amount": 0}', "amount is not from 1 to 2**53 lots"),
        ("order_book {}", "bids is no array of [price, size]"),
        ('order_created {"id', "is not a whole JSON object"),
    ],
)  # fmt: skip
def test_a_bad_line_of_bitstamp(text, why):
    codec = Bitstamp(INSTRUMENT)
    rows = codec.decode(Messages.lines(f"1430438404518 {text}\n".encode()))
    assert not len(rows)
    assert codec.report.faults == [(1, why)]


def test_a_trade_of_bitstamp_counts_once():
    line = bitstamp_line(6, "trade", (501, Side.none, 1001, 1)).encode()
    codec = Bitstamp(INSTRUMENT)
    assert len(codec.decode(Messages.lines(line + b"\n" + line))) == 1
    assert codec.report.duplicates == 1
    assert codec.report.off_tick == 0
