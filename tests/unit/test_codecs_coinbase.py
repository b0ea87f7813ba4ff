"""Coinbase: Python literals, the maker's side, a snapshot that tells no time."""

import numpy as np

from halfspread.codecs import Messages
from halfspread.codecs.coinbase import Coinbase
from halfspread.event import Side
from halfspread.instrument import Instrument

BTC = Instrument("BTC-USD", tick="0.01", lot="0.00000001")
HEAD = "_id,asks,bids,changes,price,product_id,side,size,time,trade_id,type"


def decode(*lines):
    codec = Coinbase(BTC)
    rows = codec.decode(Messages.lines("\n".join([HEAD, *lines]).encode()))
    return np.concatenate([rows, codec.finish()]), codec.report


def change(*changes, time="2018-04-17T00:55:04.358Z"):
    return f'x,,,"{[list(one) for one in changes]}",,BTC-USD,,,{time},,l2update'


def test_the_taker_is_the_other_side_of_the_maker_and_an_earlier_match_is_left_out():
    match = "x,,,,8042.91,BTC-USD,sell,0.65350000,2018-04-17T00:54:57.887Z,{}.0,{}"
    rows, report = decode(match.format(1, "last_match"), match.format(2, "match"))
    assert rows[["price", "size", "side"]].tolist() == [(804291, 65_350_000, Side.bid)]
    assert report.messages == {"match": 1, "other": 1}
    assert rows["exchange_time"].tolist() == [1_523_926_497_887_000_000]


def test_a_snapshot_waits_for_a_time():
    snapshot = "x,\"[['2', '1']]\",\"[['1', '1']]\",,,BTC-USD,,,,,snapshot"
    rows, _ = decode(snapshot, change(("buy", "1.00", "0")))
    assert len(rows) == 4
    assert len(set(rows["exchange_time"].tolist())) == 1
    rows, report = decode(change(("buy", "1.00", "0")), snapshot)
    assert len(rows) == 1
    assert report.faults == [(3, "time is missing")]


def test_levels_that_no_ticks_can_hold_are_left_out_and_counted():
    rows, report = decode(change(("sell", "99999999.00", "1"), ("sell", "8000.00", "2")))
    assert rows["price"].tolist() == [800_000]
    assert report.too_large == 1


def test_a_change_that_names_no_side_is_bad():
    rows, report = decode(change(("8000.00", "2")))
    assert len(rows) == 0
    assert report.faults == [(2, "a change names no side")]
