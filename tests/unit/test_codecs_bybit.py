"""Bybit: what u says of snapshots, gaps and restarts; trades that aren't the market's."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfspread.codecs import NO_TIME, Messages
from halfspread.codecs.bybit import Bybit, BybitTrades
from halfspread.codecs.bybit_old import BybitOld
from halfspread.errors import ConfigError
from halfspread.event import Flag, Kind, Side
from halfspread.instrument import Instrument
from venue_scripts import INSTRUMENT, VENUES

XRP = Instrument("XRPUSDT", tick="0.0001", lot="1")
T0 = 1_733_011_200_000


def book(kind, u, bids=(), asks=(), *, depth=50, ts=T0 + 5, cts=T0 + 3):
    """An order book message; bids and asks in (price, size)."""
    data = {"s": "XRPUSDT", "b": pairs(bids), "a": pairs(asks), "u": u, "seq": 9}
    said = {"topic": f"orderbook.{depth}.XRPUSDT", "ts": ts, "type": kind, "data": data}
    return said if cts is None else said | {"cts": cts}


def pairs(levels):
    return [[f"{price:.4f}", str(size)] for price, size in levels]


def trades(*some):
    """A publicTrade message of trades that differ from a buy of 2 at 1."""
    usual = {"T": T0, "s": "XRPUSDT", "S": "Buy", "v": "2", "p": "1.0000", "L": "PlusTick"}
    data = [usual | {"i": f"id-{n}"} | trade for n, trade in enumerate(some)]
    return {"topic": "publicTrade.XRPUSDT", "type": "snapshot", "ts": T0 + 1, "data": data}


def decode(*messages, depth=None):
    codec = Bybit(XRP, depth)
    texts = [json.dumps(message).encode() for message in messages]
    return codec.decode(Messages.of(texts, [NO_TIME] * len(texts))), codec.report


def told(rows):
    """Kinds and prices, short."""
    return ["clear" if row["kind"] == Kind.clear else int(row["price"]) for row in rows]


def test_exchange_time_is_the_matching_engines_and_receipt_the_push():
    rows, _ = decode(book("snapshot", 5, [(1, 2)]))
    assert set(rows["exchange_time"]) == {(T0 + 3) * 1_000_000}
    assert set(rows["local_time"]) == {(T0 + 5) * 1_000_000}
    rows, _ = decode(book("snapshot", 5, [(1, 2)], cts=None))
    assert set(rows["exchange_time"]) == {(T0 + 5) * 1_000_000}


def test_a_snapshot_replaces_the_book_whatever_its_u():
    rows, report = decode(
        book("snapshot", 5, [(1, 2)]), book("delta", 6, [(0.9, 1)]), book("snapshot", 6, [(0.8, 3)])
    )
    assert told(rows) == ["clear", 10000, 9000, "clear", 8000]
    assert (rows["flags"] & Flag.snapshot != 0).tolist() == [True, True, False, True, True]
    assert report.gaps == report.duplicates == 0


def test_deltas_before_a_snapshot_are_left_out():
    rows, report = decode(book("delta", 6, [(1, 2)]), book("snapshot", 7, [(1, 1)]))
    assert told(rows) == ["clear", 10000]
    assert report.stale == 1


def test_a_gap_drops_the_book_until_the_next_snapshot():
    start = (
        book("snapshot", 5, [(1, 2)]),
        book("delta", 7, [(0.9, 1)]),
        book("delta", 8, [(0.8, 1)]),
    )
    rows, report = decode(*start)
    assert told(rows) == ["clear", 10000, "clear"]
    assert rows[-1]["flags"] == Flag.both | Flag.last
    assert (report.gaps, report.stale) == (1, 2)
    rows, report = decode(*start, book("snapshot", 20, [(0.7, 1)]), book("delta", 21, [(0.6, 1)]))
    assert told(rows)[3:] == ["clear", 7000, 6000]


def test_old_deltas_are_duplicates():
    rows, report = decode(
        book("snapshot", 5, [(1, 2)]),
        *(book("delta", u, [(u / 10, 1)]) for u in (5, 6, 5, 6, 7, 4)),
    )
    assert told(rows) == ["clear", 10000, 6000, 7000]
    assert report.duplicates == 4


def test_u_of_one_is_a_restart_and_as_a_delta_an_invalid_book():
    rows, report = decode(
        book("snapshot", 5, [(1, 2)]), book("snapshot", 1, [(0.9, 1)]), book("delta", 2, [(0.8, 1)])
    )
    assert told(rows) == ["clear", 10000, "clear", 9000, 8000]
    assert report.gaps == 0
    rows, report = decode(
        book("snapshot", 5, [(1, 2)]), book("delta", 1), book("delta", 2, [(1, 1)])
    )
    assert told(rows) == ["clear", 10000, "clear"]
    assert (report.gaps, report.stale) == (1, 2)


def test_an_empty_snapshot_is_a_whole_message():
    rows, _ = decode(book("snapshot", 5))
    assert rows["flags"].tolist() == [Flag.both | Flag.snapshot | Flag.last]


def test_one_depth_is_followed():
    both = [book("snapshot", 5, [(1, 2)], depth=50), book("snapshot", 900, [(1, 2)], depth=1)]
    rows, report = decode(*both, *both)
    assert len(rows) == 4
    assert report.messages == {"orderbook.50": 2, "orderbook.1": 2}
    assert len(decode(*both, both[1], depth=1)[0]) == 4
    assert len(decode(*both, depth=200)[0]) == 0
    with pytest.raises(ConfigError, match="depth must be one of 1, 25, 50"):
        Bybit(XRP, 7)


def test_block_and_retail_trades_are_left_out_and_counted():
    rows, report = decode(trades({}, {"BT": True}, {"RPI": True}, {"S": "Sell", "BT": False}))
    assert rows["side"].tolist() == [Side.bid, Side.ask]
    assert report.excluded_trades == 2
    assert np.all(rows["flags"] == Flag.both | Flag.last)


def test_a_trade_told_twice_counts_once():
    rows, report = decode(trades({}, {}), trades({"i": "id-1"}, {"i": "new"}))
    assert len(rows) == 3
    assert report.duplicates == 1


def test_a_bad_trade_spoils_no_other():
    rows, report = decode(
        trades({}, {"p": "x"}, {"v": "0"}, {"S": "buy"}, {"T": "?"}), trades({"i": ""})
    )
    assert len(rows) == 2
    assert report.bad == 1
    assert [message for message, _ in report.faults] == [1]


def test_acknowledgements_and_other_topics_pass_by():
    ack = {"success": True, "ret_msg": "", "op": "subscribe"}
    other = json.loads(json.dumps(book("snapshot", 5, [(1, 2)])).replace("XRPUSDT", "BTCUSDT"))
    rows, report = decode(ack, {"topic": "tickers.XRPUSDT", "data": {"u": 3}}, other)
    assert len(rows) == 0
    assert report.messages == {"other": 2}
    assert report.other_symbols == {"BTCUSDT": 1}
    assert report.bad == 0


class PlainBook:
    """The rules of u, message by message: the twin of Bybit's."""

    def __init__(self):
        self.last, self.out = None, []

    def apply(self, kind, u, level):
        if kind == "snapshot":
            self.last = u
            self.out += ["clear", level]
        elif self.last is not None and (u == 1 or u > self.last + 1):
            self.last = None
            self.out.append("clear")
        elif self.last is not None and u == self.last + 1:
            self.last = u
            self.out.append(level)


@given(
    st.lists(
        st.tuples(st.sampled_from(["snapshot"] + ["delta"] * 4), st.integers(1, 9)), max_size=30
    ),
    st.integers(1, 30),
)
@settings(max_examples=200)
def test_any_order_of_messages_equals_the_plain_twin(messages, batch):
    plain, codec, rows = PlainBook(), Bybit(XRP), []
    said = [book(kind, u, [(n + 1, 1)]) for n, (kind, u) in enumerate(messages)]
    for n, (kind, u) in enumerate(messages):
        plain.apply(kind, u, (n + 1) * 10_000)
    for start in range(0, len(said), batch):
        texts = [json.dumps(message).encode() for message in said[start : start + batch]]
        rows.append(codec.decode(Messages.of(texts, [NO_TIME] * len(texts))))
    assert [name for piece in rows for name in told(piece)] == plain.out


def test_history_files_of_trades_have_two_shapes():
    text = b"id,timestamp,price,volume,side\n7,1672304484978,16578.50,0.001,sell\n"
    codec = BybitTrades(INSTRUMENT)
    rows = codec.decode(Messages.lines(text))
    assert rows[["price", "size", "side"]].tolist() == [(165785, 1, -1)]
    assert rows["exchange_time"].tolist() == [1_672_304_484_978_000_000]


def test_the_old_feed_names_the_symbols_it_has_beside():
    codec = BybitOld(INSTRUMENT)
    other = '1618677786.9: {"topic":"trade.XTZUSDT","data":[]}'
    rows = codec.decode(Messages.lines(b"\n".join([VENUES["bybit_v2"].text(), other.encode()])))
    assert len(rows) == len(VENUES["bybit_v2"].rows)
    assert codec.report.other_symbols == {"XTZUSDT": 1}


def test_the_old_feed_drops_what_does_not_ascend_and_counts_float_sizes():
    lines = list(VENUES["bybit_v2"].lines)
    codec = BybitOld(INSTRUMENT)
    doubled = [*lines, lines[-2]]
    rows = codec.decode(Messages.lines("\n".join(doubled).encode()))
    assert len(rows) == len(VENUES["bybit_v2"].rows)
    assert codec.report.duplicates == 1
    text = "\n".join(lines).replace("0.009", "0.008999999")
    codec = BybitOld(INSTRUMENT)
    assert np.array_equal(codec.decode(Messages.lines(text.encode())), rows)
    assert codec.report.off_lot == 1
