"""Databento: records made by the vendor's own package, and the rows they must become."""

import sys
from datetime import date
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfspread.codecs import Messages, import_files
from halfspread.codecs.databento import Databento
from halfspread.codecs.dbn import Header, cut
from halfspread.errors import CodecError, ConfigError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

dbn = pytest.importorskip("databento_dbn")

ES = Instrument("ESH4", "0.25", "1", 50)
SECOND = 10**9
TICK = 250_000_000
"""in billionths"""
START = 1_703_545_200 * SECOND
BID, ASK, NONE = Side.bid, Side.ask, Side.none
LAST, SNAPSHOT = 128, 32
ACTIONS = {a.value: a for a in dbn.Action.variants()}
SIDES = {"B": dbn.Side.BID, "A": dbn.Side.ASK, "N": dbn.Side.NONE}
BOTH, END = Flag.both, Flag.both | Flag.last


def head(schema="mbo", symbol="ESH4"):
    """The header of a file in which number 7 is the symbol."""
    days = {"start_date": date(2023, 12, 25), "end_date": date(2023, 12, 26)}
    mapping = SimpleNamespace(raw_symbol=symbol, intervals=[SimpleNamespace(**days, symbol="7")])
    metadata = dbn.Metadata(
        "GLBX.MDP3", START, dbn.SType.RAW_SYMBOL, dbn.SType.INSTRUMENT_ID,
        dbn.Schema.from_str(schema), symbols=[symbol], mappings=[mapping],
    )  # fmt: skip
    return bytes(metadata)


def order(us, action, side, price, size, number, flags=LAST, late=5, instrument=7):
    """One mbo record, `us` microseconds after START; price in ticks."""
    return bytes(
        dbn.MBOMsg(
            1, instrument, START + us * 1000, number, price * TICK, size,
            ACTIONS[action], SIDES[side], START + (us + late) * 1000, flags=flags,
        )
    )  # fmt: skip


def row(us, kind, side, price, size, number=0, flags=END, late=5, at=None):
    exchange = START + (us if at is None else at) * 1000
    return (exchange, START + (us + late) * 1000, size, number, price, 0, 0, flags, kind, side)


RECORDS = [
    order(0, "A", "B", 100, 5, 1, SNAPSHOT),
    order(1, "A", "A", 102, 7, 2, SNAPSHOT | LAST),
    order(10, "A", "B", 101, 3, 3),
    # A sale of 6 lots: all of order 3, 3 of order 1, which the venue then changes to 2.
    order(20, "T", "A", 101, 3, 99, 0),
    order(20, "F", "B", 101, 3, 3, 0),
    order(20, "T", "A", 100, 3, 99, 0),
    order(20, "F", "B", 100, 3, 1, 0),
    order(20, "C", "B", 101, 3, 3, 0),
    order(20, "M", "B", 100, 2, 1, LAST, late=8),
    order(25, "A", "B", 90, 9, 55, instrument=8),
    # The aggressor rested before, at another price: its fill is none of a resting order.
    order(30, "T", "B", 102, 2, 1, 0),
    order(30, "F", "B", 102, 2, 1, 0),
    order(30, "F", "A", 102, 2, 2, 0),
    order(30, "C", "B", 100, 2, 1, 0),
    order(30, "M", "A", 102, 5, 2, LAST),
    order(40, "R", "N", 0, 0, 0),
    # An auction's fill has no side.
    order(50, "T", "N", 100, 1, 0, 0),
    order(50, "F", "N", 100, 1, 4, 0),
    order(50, "A", "B", 100, 1, 5, LAST),
]
ROWS = np.array(
    [
        row(0, Kind.clear, NONE, EVERYTHING, 0, 0, BOTH | Flag.snapshot, late=6, at=6),
        row(0, Kind.add, BID, 100, 5, 1, BOTH | Flag.snapshot, late=6, at=6),
        row(0, Kind.add, ASK, 102, 7, 2, END | Flag.snapshot, late=6, at=6),
        row(10, Kind.add, BID, 101, 3, 3),
        row(20, Kind.trade, ASK, 101, 3, late=8),
        row(20, Kind.execute, BID, 101, 3, 3, BOTH, late=8),
        row(20, Kind.trade, ASK, 100, 3, late=8),
        row(20, Kind.execute, BID, 100, 3, 1, BOTH, late=8),
        row(20, Kind.modify, BID, 100, 2, 1, late=8),
        row(30, Kind.trade, BID, 102, 2),
        row(30, Kind.execute, ASK, 102, 2, 2, BOTH),
        row(30, Kind.remove, BID, 100, 2, 1, BOTH),
        row(30, Kind.modify, ASK, 102, 5, 2),
        row(40, Kind.clear, NONE, EVERYTHING, 0),
        row(50, Kind.trade, NONE, 100, 1),
        row(50, Kind.add, BID, 100, 1, 5),
    ],
    dtype=EVENT,
)


def decoded(records, cuts=(), schema="mbo"):
    codec = Databento(ES, Header.of(head(schema)))
    places = [0, *sorted(cuts), len(records)]
    batches = [cut(b"".join(records[a:b]))[0] for a, b in pairwise(places)]
    return codec, np.concatenate([*map(codec.decode, batches), codec.finish()])


def test_orders_come_out_as_rows():
    codec, rows = decoded(RECORDS)
    for i, (got, expected) in enumerate(zip(rows.tolist(), ROWS.tolist(), strict=False)):
        assert got == expected, i
    assert len(rows) == len(ROWS)
    assert codec.report.other_symbols == {"8": 1}
    assert codec.report.bad == 0
    assert codec.fed == len(RECORDS)


@given(cuts=st.sets(st.integers(0, len(RECORDS))))
@settings(max_examples=30)
def test_the_cut_into_batches_changes_nothing(cuts):
    whole, _ = decoded(RECORDS)
    codec, rows = decoded(RECORDS, cuts)
    assert np.array_equal(rows, ROWS)
    assert codec.report.messages == whole.report.messages


@given(data=st.data())
@settings(max_examples=100)
def test_no_bytes_make_it_raise(data):
    text = bytearray(b"".join(RECORDS))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    codec = Databento(ES, Header.of(head()))
    messages, used = cut(bytes(text))
    rows = np.concatenate([codec.decode(messages), codec.finish()])
    assert used <= len(text)
    assert np.all(rows["size"] >= 0)
    assert np.all((rows["price"] > EVERYTHING) | (rows["kind"] == Kind.clear))
    assert np.all((rows["side"] != 0) | np.isin(rows["kind"], (Kind.clear, Kind.trade)))


def test_trades():
    told = ((START, 100 * TICK, 4, "B"), (START + 1, 100 * TICK + 1, 2, "N"))
    records = [
        bytes(dbn.TradeMsg(1, 7, time, price, size, ACTIONS["T"], SIDES[side], 0, START + 9))
        for time, price, size, side in told
    ]
    codec, rows = decoded(records, schema="trades")
    assert rows["side"].tolist() == [1, 0]
    assert rows["size"].tolist() == [4, 2]
    assert rows["price"].tolist() == [100, 100]
    assert (rows["local_time"] - rows["exchange_time"]).tolist() == [9, 8]
    assert codec.report.off_tick == 1


def ten(us, action, bids, asks):
    """An mbp-10 record with these levels, ticks and lots, best first."""
    empty = dbn.UNDEF_PRICE
    sides = [[*side, *[(None, 0)] * (10 - len(side))] for side in (bids, asks)]
    levels = [
        dbn.BidAskPair(
            empty if bid is None else bid * TICK, empty if ask is None else ask * TICK,
            b_size, a_size, 1, 1,
        )
        for (bid, b_size), (ask, a_size) in zip(*sides, strict=True)
    ]  # fmt: skip
    return bytes(
        dbn.MBP10Msg(
            1, 7, START + us * 1000, 100 * TICK, 3, ACTIONS[action], SIDES["B"], 0,
            START + us * 1000, flags=LAST, levels=levels,
        )
    )  # fmt: skip


@pytest.mark.parametrize("cuts", [(), (1,), (1, 2, 3)])
def test_ten_levels_come_out_as_their_changes(cuts):
    records = [
        ten(0, "A", [(100, 5), (99, 6)], [(102, 7)]),
        ten(1, "T", [(100, 5), (99, 6)], [(102, 7)]),
        ten(2, "M", [(100, 4), (98, 1)], [(102, 7), (103, 2)]),
        ten(3, "C", [], [(103, 2)]),
    ]
    _, rows = decoded(records, cuts, schema="mbp-10")
    told = rows[["kind", "side", "price", "size", "flags"]].tolist()
    level, both = Kind.level, Flag.both
    assert sorted(told[:3]) == sorted(
        [(level, 1, 100, 5, both), (level, 1, 99, 6, both), (level, -1, 102, 7, END)]
    )
    assert told[3] == (Kind.trade, 1, 100, 3, END)
    assert sorted(entry[:4] for entry in told[4:8]) == sorted(
        [(level, 1, 99, 0), (level, 1, 100, 4), (level, 1, 98, 1), (level, -1, 103, 2)]
    )
    assert sorted(entry[:4] for entry in told[8:]) == sorted(
        [(level, 1, 100, 0), (level, 1, 98, 0), (level, -1, 102, 0)]
    )
    assert [entry[4] & Flag.last != 0 for entry in told] == [
        False, False, True, True, False, False, False, True, False, False, True,
    ]  # fmt: skip


def test_files_are_told_from_their_content_and_chain(tmp_path):
    for name in ("a.dbn", "b.dbn"):
        (tmp_path / name).write_bytes(head() + b"".join(RECORDS))
    events, check = import_files(None, [tmp_path / "a.dbn"], ES)
    assert np.array_equal(events["order_id"], ROWS["order_id"])
    assert check.venue == "databento"
    assert check.final_bid == (25.0, 1.0)
    events, check = import_files(None, [tmp_path / "a.dbn", tmp_path / "b.dbn"], ES)
    assert check.rows["clear"] == 4


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"DBN\x03\xff\xff", "does not begin with a whole DBN header"),
        (head("ohlcv-1s"), "its schema is ohlcv-1s; read are mbo, mbp-10, trades"),
        (head(symbol="NQH4") + RECORDS[2], "nothing about ESH4; there is NQH4"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, content, why):
    path = tmp_path / "a.dbn"
    path.write_bytes(content)
    with pytest.raises(CodecError, match=why) as error:
        import_files("databento", path, ES)
    assert str(path) in str(error.value)


def test_a_torn_file_keeps_what_came_before(tmp_path):
    path = tmp_path / "a.dbn"
    path.write_bytes(head() + b"".join(RECORDS)[:-10])
    _, check = import_files(None, path, ES)
    assert check.bad == 1
    assert check.faults[-1] == ("a.dbn", 19, "ends within a record: 46 bytes are left over")
    assert check.rows["add"] == 3


def test_a_torn_file_gives_the_message_that_was_under_way(tmp_path):
    torn, after = tmp_path / "a.dbn", tmp_path / "b.dbn"
    torn.write_bytes(head() + b"".join(RECORDS[:8]) + RECORDS[8][:20])
    after.write_bytes(head() + order(1_000_000, "A", "B", 90, 1, 9))
    events, check = import_files(None, [torn, after], ES)
    assert check.bad == 1
    trades = events[events["kind"] == Kind.trade]
    assert trades["price"].tolist() == [101, 100]
    assert set(trades["local_time"].tolist()) == {START + 25_000}
    assert events["local_time"][-1] == START + 1_000_005_000


def test_a_record_of_another_kind_is_a_fault():
    trade = bytes(dbn.TradeMsg(1, 7, START, 1, 4, ACTIONS["T"], SIDES["B"], 0, START + 9))
    codec, rows = decoded([*RECORDS[:3], trade, *RECORDS[3:]])
    assert np.array_equal(rows, ROWS)
    assert codec.report.bad == 1
    assert codec.report.faults == [(4, "is no record of mbo")]


def test_without_the_vendors_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "databento_dbn", None)
    with pytest.raises(ConfigError, match=r"pip install 'halfspread\[databento\]'"):
        Header.of(b"DBN\x03")


def test_an_empty_text_has_no_record():
    assert len(cut(b"")[0].spans) == 0
    codec = Databento(ES, Header.of(head()))
    assert len(codec.decode(Messages.of([], []))) == len(codec.finish()) == 0
