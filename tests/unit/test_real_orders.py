"""Recorded order-level data through its codecs: counts, touches, and the book after each message.

The files belong to the exchanges and stay out of the repository: they lie in a folder shared/data
beside it, and where that is absent these tests are skipped.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from halfspread import _core
from halfspread.backtesting import backtest
from halfspread.codecs import Messages, import_files
from halfspread.codecs.codec import as_bytes
from halfspread.codecs.files import pieces
from halfspread.codecs.lobster import Lobster
from halfspread.codecs.to_tape import import_tape
from halfspread.event import EVENT, Flag, Kind, Side
from halfspread.instrument import Instrument
from halfspread.market import Replay
from halfspread.models import fixed_spread
from halfspread.tape import Tape

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded data at {DATA}")

AMZN = "AMZN_2012-06-21_34200000_57600000_{}_1.csv.gz"
AAPL = "AAPL_2012-06-21_34200000_57600000_{}_10.first998rows.csv.gz"
HOUR = "AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"
STOCK = {name: Instrument(name, "0.01", "1") for name in ("AMZN", "AAPL")}
ES = Instrument("ESH4", "0.25", "1", 50)
ES_FILES = [
    DATA / "databento_mbo" / f"esh4-glbx-mdp3-{day}.mbo.dbn.zst" for day in (20231224, 20231225)
]
BITSTAMP = DATA / "bitstamp_l3" / "bitstamp_btcusd_2015-05-01_00-05h.log.xz"
BTC = Instrument("BTCUSD", "0.01", "0.00000001")


def lobster(name):
    """The two files of one day."""
    return [DATA / "lobster" / name.format(what) for what in ("message", "orderbook")]


def table(path):
    """A CSV file of whole numbers."""
    text = b"".join(piece for piece, _ in pieces(path)).decode()
    return np.array([line.split(",") for line in text.split()], np.int64)


def folded(events):
    """The rows about levels as a tape's columns, and how many had come after each event."""
    fold = _core.OrderLevels()
    rows, ends = fold.apply(as_bytes(events))
    return Tape.from_events(rows.view(EVENT)[:, 0], BTC).columns, ends


@pytest.mark.parametrize(("name", "symbol"), [(AMZN, "AMZN"), (AAPL, "AAPL")])
def test_lobster_gives_its_own_book_after_every_message(name, symbol):
    paths = lobster(name)
    events, check = import_files(None, paths, STOCK[symbol])
    told = table(paths[1])
    assert check.touch_told == check.touch_agreed == len(told)
    assert check.bad == check.crossed == check.gaps == 0

    # The row after which a touch is compared is the last of its message.
    codec = Lobster(STOCK[symbol], 0)
    texts = [b"".join(piece for piece, _ in pieces(path)) for path in paths]
    rows = codec.decode(*(Messages.lines(text) for text in texts))
    assert np.array_equal(rows["order_id"], events["order_id"])
    assert np.array_equal(rows["size"], events["size"])
    message_ends = np.concatenate(codec.report.touch_rows)
    columns, ends = folded(rows)
    book, start, depth = _core.Book(), 0, told.shape[1] // 4
    for line, end in zip(told, ends[message_ends].tolist(), strict=True):
        book.apply(columns, start, end)
        start = end
        for side, first in ((-1, 0), (1, 2)):
            prices, sizes = book.depth(side, depth + 1)
            there = line[first + 1 :: 4] > 0
            assert prices.tolist() == (line[first::4][there] // 100).tolist()
            assert sizes.tolist() == line[first + 1 :: 4][there].tolist()


def test_lobster_counts():
    _, check = import_files(None, lobster(AMZN), STOCK["AMZN"])
    assert check.messages == {
        "new": 27_845, "partial_cancel": 16, "delete": 18_235, "execution": 8_974,
        "hidden_execution": 2_445,
    }  # fmt: skip
    assert sum(check.messages.values()) == 57_515
    assert check.rows["trade"] == 8_974 + 2_445
    assert check.prices == (220.51, 226.03)
    assert check.final_bid == (220.51, 249.0)
    assert check.final_ask == (220.64, 100.0)
    assert check.final_levels == (1, 1)
    opening = np.datetime64(check.span[0], "ns")
    assert str(opening).startswith("2012-06-21T13:30:00.0174596")  # 9:30 in New York


def test_lobster_without_a_book_file_knows_what_its_messages_tell():
    _, check = import_files("lobster", DATA / "lobster" / HOUR, STOCK["AAPL"])
    assert check.messages == {
        "new": 44_256, "partial_cancel": 469, "delete": 41_004, "execution": 4_067,
        "hidden_execution": 2_201,
    }  # fmt: skip
    assert check.order_faults["unknown_order"] == 84
    assert check.crossed == check.bad == 0


def es_records():
    """The second file's records, by the vendor's own layout."""
    dbn = pytest.importorskip("databento_dbn")
    raw = b"".join(piece for piece, _ in pieces(ES_FILES[1]))
    start = 8 + int.from_bytes(raw[4:8], "little")
    return np.frombuffer(raw[start:], np.dtype(dbn.MBOMsg._dtypes))


def test_databento_counts():
    pytest.importorskip("databento_dbn")
    events, check = import_files(None, ES_FILES[1], ES)
    actions = {"A": 29_216, "C": 17_999, "M": 12_233, "F": 6_371, "T": 2_973}
    assert check.messages == {f"mbo {letter}": n for letter, n in actions.items()}
    assert check.prices == (4800.25, 4811.75)
    assert check.rows["trade"] == 2_973
    assert check.out_of_order == (0, 0)
    assert check.order_faults.get("known_order", 0) == 0
    # Crossed in the auction before the opening only.
    columns, _ = folded(events)
    opened = np.datetime64("2023-12-25T23:00:00.000070", "ns").astype(np.int64)
    after = columns["exchange_time"] > opened
    state = _core.check_book(columns)
    before = _core.check_book({name: column[~after] for name, column in columns.items()})
    assert state["crossed"] == before["crossed"] > 0


def test_databento_gives_the_book_that_adds_changes_and_cancels_make():
    """By the vendor's word, T and F change no book: a plain book of A, C and M is the reference."""
    records = es_records()
    events, _ = import_files("databento", ES_FILES[1], ES)
    columns, _ = folded(events)
    last = (columns["flags"] & Flag.last != 0) & (columns["kind"] != Kind.trade)
    message_ends = dict(zip(columns["exchange_time"][last], np.flatnonzero(last) + 1, strict=True))
    orders, sizes = {}, {b"B": defaultdict(int), b"A": defaultdict(int)}
    book, start, compared = _core.Book(), 0, 0
    ends = records["flags"] & 128 != 0
    fields = (records[name].tolist() for name in ("order_id", "action", "side", "price", "size"))
    times = records["ts_event"].tolist()
    for i, (order, action, side, price, size) in enumerate(zip(*fields, strict=True)):
        if action in (b"A", b"C", b"M"):
            if order in orders:
                of, at, was = orders.pop(order)
                sizes[of][at] -= was
                if not sizes[of][at]:
                    del sizes[of][at]
            if action != b"C":
                orders[order] = side, price, size
                sizes[side][price] += size
        # Several messages may bear one time: the book is the same after the last of them.
        final = ends[i] and (i + 1 == len(records) or times[i + 1] != times[i])
        if not final or times[i] not in message_ends:
            continue
        book.apply(columns, start, message_ends[times[i]])
        start = message_ends[times[i]]
        bids, asks = sizes[b"B"], sizes[b"A"]
        if max(bids) < min(asks) and i % 50 < 10:
            for side, levels, best in ((1, bids, sorted(bids)[::-1]), (-1, asks, sorted(asks))):
                prices, held = book.depth(side, 10)
                assert [price * 250_000_000 for price in prices.tolist()] == best[:10]
                assert held.tolist() == [levels[price] for price in best[:10]]
                assert book.levels(side) == len(levels)
            compared += 1
    assert compared > 5_000


def test_databento_files_chain():
    pytest.importorskip("databento_dbn")
    _, check = import_files("databento", ES_FILES, ES)
    assert check.rows["clear"] == 2
    assert check.order_faults.get("known_order", 0) == 0
    assert check.final_levels == import_files("databento", ES_FILES[1], ES)[1].final_levels


def test_bitstamp_counts():
    _, check = import_files(None, BITSTAMP, BTC)
    assert check.messages == {
        "order_created": 24_894, "order_changed": 602, "order_deleted": 24_918, "trade": 575,
        "order_book": 5_011,
    }  # fmt: skip
    assert check.rows["trade"] == 575
    assert check.prices == (234.18, 237.57)
    assert check.off_tick == check.off_lot == check.bad == check.duplicates == 0
    # Before each told book: without setting the book right it is the same 4,953 times.
    assert (check.touch_agreed, check.touch_told) == (4_995, 5_010)


def test_bitstamp_has_the_told_book_after_each():
    events, _ = import_files(None, BITSTAMP, BTC)
    columns, ends = folded(events)
    book, start, row, wrong = _core.Book(), 0, 0, Counter()
    seen = 0
    local = events["local_time"]
    lines = b"".join(piece for piece, _ in pieces(BITSTAMP)).decode().splitlines()
    for line in lines:
        time, event, text = line.split(" ", 2)
        if event != "order_book":
            row += 1
            continue
        told = json.loads(text)
        right = events["flags"][row : row + 200] & Flag.snapshot != 0
        row += int(np.argmin(right)) if not right.all() else len(right)
        assert row == 0 or local[row - 1] <= int(time) * 10**6
        if row == 0:
            continue
        book.apply(columns, start, int(ends[row - 1]))
        start = int(ends[row - 1])
        seen += 1
        for name, side in (("bids", Side.bid), ("asks", Side.ask)):
            prices, sizes = book.depth(side, len(told[name]))
            levels = [(round(float(p) * 100), round(float(s) * 10**8)) for p, s in told[name]]
            if list(zip(prices.tolist(), sizes.tolist(), strict=True)) != levels:
                wrong[name] += 1
    assert seen == 5_011
    assert not wrong


@pytest.mark.parametrize("what", ["lobster", "databento", "bitstamp"])
def test_the_levels_of_a_tape_replay(what, tmp_path):
    if what == "databento":
        pytest.importorskip("databento_dbn")
    paths = {"lobster": lobster(AMZN), "databento": ES_FILES[1], "bitstamp": BITSTAMP}[what]
    instrument = {"lobster": STOCK["AMZN"], "databento": ES, "bitstamp": BTC}[what]
    tape, _ = import_tape(paths, instrument, tmp_path / "a.tape", format=what)
    assert tape.holds_orders
    by_level, _ = import_tape(paths, instrument, tmp_path / "b.tape", format=what, levels=True)
    assert np.array_equal(by_level.events(), tape.levels().events())
    model = fixed_spread(half_spread=4, size=10)
    run = backtest(model, Replay(by_level, latency_ms=1), decide_every="1s")
    assert len(run.fills)
