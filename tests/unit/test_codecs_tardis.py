"""Tardis: where messages end, what a snapshot replaces, quotes with an empty side."""

import numpy as np

from halfspread.codecs import Messages
from halfspread.codecs.tardis import Tardis
from halfspread.event import EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

BTC = Instrument("BTCUSDT", tick="0.5", lot="0.001")
BOOK = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount"
TRADES = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
QUOTES = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount"
T0 = 1_582_329_602_000_000


def line(at, *rest):
    return ",".join(["binance", "BTCUSDT", str(T0 + at), str(T0 + at + 7), *map(str, rest)])


def decode(*lines):
    codec = Tardis(BTC)
    rows = codec.decode(Messages.lines("\n".join(lines).encode()))
    return np.concatenate([rows, codec.finish()]), codec.report


def test_lines_received_together_are_one_message():
    rows, report = decode(
        BOOK,
        line(1, "false", "bid", 10, 1),
        line(1, "false", "ask", 11, 0),
        line(2, "false", "bid", 9, 1),
    )
    assert (rows["flags"] & Flag.last != 0).tolist() == [False, True, True]
    assert rows["price"].tolist() == [20, 22, 18]
    assert rows["local_time"][0] - rows["exchange_time"][0] == 7000
    assert report.messages == {"book": 2}


def test_a_snapshot_after_changes_replaces_the_book():
    rows, _ = decode(
        BOOK,
        line(1, "true", "bid", 10, 1),
        line(1, "true", "ask", 11, 1),
        line(2, "true", "ask", 12, 1),
        line(3, "false", "bid", 9, 1),
        line(4, "true", "bid", 8, 1),
    )
    kinds = [Kind(kind).name for kind in rows["kind"]]
    assert kinds == ["clear", "level", "level", "level", "level", "clear", "level"]
    assert (rows["flags"] & Flag.snapshot != 0).tolist() == [True] * 4 + [False] + [True] * 2


def test_a_taker_that_is_not_known():
    rows, _ = decode(
        TRADES, *(line(i, i, side, 10, 1) for i, side in enumerate(["buy", "sell", "unknown"]))
    )
    assert rows["side"].tolist() == [Side.bid, Side.ask, Side.none]


def test_a_trade_told_twice_counts_once():
    rows, report = decode(TRADES, line(1, "a", "buy", 10, 1), line(2, "a", "buy", 10, 1))
    assert len(rows) == 1
    assert report.duplicates == 1


def test_quotes_are_touches_and_an_empty_side_is_a_clear():
    rows, report = decode(QUOTES, line(1, 2, 11, 10, 3), line(2, "", "", 10.5, 1))
    assert report.bad == 0
    assert [Kind(kind).name for kind in rows["kind"]] == ["touch", "touch", "touch", "clear"]
    assert rows["side"].tolist() == [1, -1, 1, -1]
    assert rows["price"].tolist() == [20, 22, 21, EVERYTHING]
    assert rows["size"].tolist() == [3000, 2000, 1000, 0]
    assert (rows["flags"] & Flag.last != 0).tolist() == [False, True, False, True]


def test_a_quote_with_a_bad_price_is_left_out_whole():
    rows, report = decode(QUOTES, line(1, 2, "x", 10, 3), line(2, 2, 11, 10, 3))
    assert len(rows) == 2
    assert report.faults == [(2, "ask_price is missing or no number")]


def test_lines_under_no_header_or_a_short_one():
    rows, report = decode(line(1, "false", "bid", 10, 1))
    assert len(rows) == 0
    assert report.faults == [(1, "no header line names amount")]
    _, report = decode(TRADES.replace(",price", ""), line(1, "a", "buy", 1))
    assert report.faults == [(2, "no header line names price")]
