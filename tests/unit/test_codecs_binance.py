"""Binance: snapshot and diffs merged in every order they can come; trades; tickers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfspread.codecs import Messages
from halfspread.codecs.binance import Binance
from halfspread.codecs.check import data_check
from halfspread.event import Flag, Kind, Side
from halfspread.instrument import Instrument

BTC = Instrument("BTCUSDT", tick="0.1", lot="0.001")
T0 = 1_723_161_256_000


def diff(u, before, bids=(), asks=(), *, at=None, spot=False, first=None, symbol="BTCUSDT"):
    """A depth update that ends at id u and follows id `before`."""
    at = T0 + u if at is None else at
    data = {"e": "depthUpdate", "E": at, "s": symbol, "U": before + 1 if first is None else first}
    data |= {"u": u, "b": levels(bids), "a": levels(asks)}
    return {"stream": "btcusdt@depth", "data": data if spot else data | {"T": at - 1, "pu": before}}


def snapshot(u, bids=(), asks=(), at=None):
    """A REST answer; spot's tells no time."""
    times = {} if at is None else {"E": at, "T": at}
    return {"lastUpdateId": u, **times, "bids": levels(bids), "asks": levels(asks)}


def trade(i, price=100.0, size=1.0, *, market="MARKET", maker=False, event="trade"):
    """A trade of 1 at 100, bought by the taker."""
    data = {
        "e": event,
        "E": T0 + i,
        "T": T0 + i,
        "s": "BTCUSDT",
        "a" if event == "aggTrade" else "t": i,
    }
    data |= {"p": f"{price:.2f}", "q": f"{size:.3f}", "X": market, "m": maker}
    return {"stream": "btcusdt@trade", "data": data}


def ticker(u, bid, ask):
    """The best prices as of id u."""
    prices = {"b": f"{bid:.2f}", "B": "1.000", "a": f"{ask:.2f}", "A": "1.000"}
    return {"stream": "btcusdt@bookTicker", "data": {"u": u, "s": "BTCUSDT", **prices}}


def levels(pairs):
    return [[f"{price:.2f}", f"{size:.3f}"] for price, size in pairs]


def lines(*messages):
    """Messages received a millisecond apart."""
    times = [(T0 + 50 + i) * 1_000_000 for i in range(len(messages))]
    return Messages.of([json.dumps(message).encode() for message in messages], times)


def decode(*messages, awaits_snapshot=True):
    codec = Binance(BTC, awaits_snapshot)
    return np.concatenate([codec.decode(lines(*messages)), codec.finish()]), codec.report


def book(rows):
    """The levels that rows leave, by a dict: {(side, price): size}."""
    held = {}
    for row in rows:
        if row["kind"] == Kind.clear:
            held.clear()
        elif row["kind"] == Kind.level:
            held[int(row["side"]), int(row["price"])] = int(row["size"])
            if not row["size"]:
                del held[int(row["side"]), int(row["price"])]
    return held


@pytest.mark.parametrize("spot", [False, True])
def test_diffs_newer_than_the_snapshot_are_applied_again(spot):
    rows, report = decode(
        diff(10, 5, [(99, 1)], spot=spot),
        diff(20, 10, [(99, 2)], spot=spot),
        diff(30, 20, [(99, 3)], [(101, 7)], spot=spot),
        snapshot(20, [(99, 2), (98, 4)], [(102, 1)]),
        diff(40, 30, [(98, 0)], spot=spot),
    )
    assert book(rows) == {(1, 990): 3000, (-1, 1010): 7000, (-1, 1020): 1000}
    assert report.stale == 2
    assert report.gaps == 0
    merged = rows[rows["flags"] & Flag.snapshot != 0]
    assert len(merged) == 1 + 3 + 2
    assert (merged["flags"] & Flag.last != 0).tolist() == [False] * 5 + [True]
    assert set(merged["exchange_time"]) == {(T0 + 30 - (not spot)) * 1_000_000}
    assert set(merged["local_time"]) == {(T0 + 53) * 1_000_000}


def test_before_the_snapshot_nothing_is_told_if_one_is_awaited():
    rows, _ = decode(diff(10, 5, [(99, 1)]), trade(1))
    assert rows["kind"].tolist() == [Kind.trade]
    rows, _ = decode(diff(10, 5, [(99, 1)]), trade(1), awaits_snapshot=False)
    assert rows["kind"].tolist() == [Kind.level, Kind.trade]


def test_a_snapshot_too_old_for_the_diffs_is_left_out():
    rows, report = decode(diff(30, 20, [(99, 1)]), snapshot(15, [(99, 5)]), snapshot(25, [(98, 5)]))
    assert report.old_snapshots == 1
    assert book(rows) == {(1, 990): 1000, (1, 980): 5000}


def test_a_gap_drops_the_book_until_the_next_snapshot():
    first, after = (
        [snapshot(10, [(99, 1)], at=T0), diff(20, 10, [(98, 1)])],
        diff(40, 30, [(97, 1)]),
    )
    rows, report = decode(*first, after)
    assert report.gaps == 1
    assert book(rows) == {}
    assert rows[-1]["kind"] == Kind.clear
    assert rows[-1]["flags"] == Flag.both | Flag.last
    rows, report = decode(*first, after, snapshot(35, [(96, 1)]), diff(50, 40, [(95, 1)]))
    assert report.gaps == 1
    assert book(rows) == {(1, 970): 1000, (1, 960): 1000, (1, 950): 1000}


def test_without_snapshots_a_gap_starts_from_an_unknown_book_again():
    rows, report = decode(diff(20, 10, [(98, 1)]), diff(40, 30, [(97, 1)]), awaits_snapshot=False)
    assert report.gaps == 1
    assert book(rows) == {(1, 970): 1000}


def test_duplicates_are_left_out():
    told = diff(20, 10, [(98, 1)]), diff(30, 20, [(97, 1)])
    rows, report = decode(snapshot(10, at=T0), *told, *told, diff(40, 30, [(96, 1)]))
    assert report.duplicates == 2
    assert report.gaps == 0
    assert len(rows) == 4


def test_a_whole_book_needs_no_snapshot():
    rows, report = decode(
        snapshot(10, [(99, 1), (50, 1)], at=T0), diff(20, 10), snapshot(20, [(99, 1)], at=T0)
    )
    assert report.messages["REST_snapshot"] == 2
    assert book(rows) == {(1, 990): 1000, (1, 500): 1000}


def test_a_spot_snapshot_takes_the_time_of_the_last_diff_it_covers_or_of_the_next():
    rows, _ = decode(diff(10, 5, spot=True, at=T0 + 7), snapshot(10, [(99, 1)]))
    assert set(rows["exchange_time"]) == {(T0 + 7) * 1_000_000}
    rows, _ = decode(
        snapshot(10, [(99, 1)]), trade(1), diff(11, 10, [(98, 1)], spot=True, at=T0 + 9)
    )
    assert rows["kind"].tolist() == [Kind.trade, Kind.clear, Kind.level, Kind.level]
    assert set(rows["exchange_time"][1:]) == {(T0 + 9) * 1_000_000}
    rows, _ = decode(snapshot(10, [(99, 1)]))
    assert set(rows["exchange_time"]) == {(T0 + 50) * 1_000_000}


def test_trades_of_no_market_are_left_out_and_counted():
    rows, report = decode(
        trade(1), trade(2, market="INSURANCE_FUND"), trade(3, 0, 0, market="NA"), trade(4)
    )
    assert rows["price"].tolist() == [1000, 1000]
    assert report.excluded_trades == 2
    assert report.trade_gaps == report.bad == 0


def test_the_taker_is_the_other_side_of_the_maker():
    rows, _ = decode(trade(1, maker=False), trade(2, maker=True))
    assert rows["side"].tolist() == [Side.bid, Side.ask]


def test_trade_ids_that_repeat_or_skip():
    rows, report = decode(trade(1), trade(2), trade(2), trade(1), trade(5), trade(6))
    assert len(rows) == 4
    assert (report.duplicates, report.trade_gaps) == (2, 1)


def test_trades_and_their_aggregates_are_not_added():
    rows, report = decode(trade(1), trade(1, event="aggTrade"), trade(2))
    assert len(rows) == 2
    assert report.messages["aggTrade"] == 1
    rows, _ = decode(trade(1, event="aggTrade"), trade(2, event="aggTrade"))
    assert len(rows) == 2


def test_a_ticker_checks_the_update_that_covers_it():
    messages = [
        snapshot(10, [(99, 1)], [(101, 1)], at=T0),
        ticker(15, 99.5, 101),
        diff(20, 10, [(99.5, 1)]),  # the ticker's id is in 11..20, and it agrees
        diff(30, 20, [(99.6, 1)]),  # the last ticker is older
        ticker(35, 99.7, 101),
        diff(40, 30, [(99.8, 1)]),  # disagrees
        ticker(60, 99.8, 101),
        diff(50, 40),  # the ticker is of a later update
    ]
    codec = Binance(BTC)
    events = codec.decode(lines(*messages))
    check = data_check(events, codec.report, BTC)
    assert (check.touch_agreed, check.touch_told) == (1, 2)


def test_transaction_time_comes_before_event_time():
    rows, _ = decode(diff(20, 10, [(98, 1)], at=T0 + 3), awaits_snapshot=False)
    assert rows["exchange_time"].tolist() == [(T0 + 2) * 1_000_000]
    rows, _ = decode(diff(20, 10, [(98, 1)], at=T0 + 3, spot=True), awaits_snapshot=False)
    assert rows["exchange_time"].tolist() == [(T0 + 3) * 1_000_000]
    rows, _ = decode(diff(20, 10, [(98, 1)], at=T0 * 1000 + 7, spot=True), awaits_snapshot=False)
    assert rows["exchange_time"].tolist() == [T0 * 1_000_000 + 7000]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"u": "x"}, "u is missing or no number"),
        ({"u": 1.5}, "u is not a whole number"),
        ({"E": None, "T": None}, "T or E is missing or no time"),
        ({"b": [["1"]]}, "b is no array of [price, size]"),
        ({"a": None}, "a is no array of [price, size]"),
    ],
)
def test_a_bad_update_is_a_gap_and_says_why(change, why):
    bad = diff(30, 20, [(97, 1)])
    bad["data"] |= change
    messages = (snapshot(10, at=T0), diff(20, 10, [(98, 1)]), bad, diff(40, 30))
    rows, report = decode(*messages)
    assert report.faults == [(3, why)]
    assert (report.bad, report.gaps) == (1, 1)
    assert book(rows) == {}


def test_off_tick_and_off_lot_are_rounded_and_counted():
    rows, report = decode(diff(20, 10, [(98.04, 1), (97, 0.0004)]), awaits_snapshot=False)
    assert rows["price"].tolist() == [980, 970]
    assert rows["size"].tolist() == [1000, 0]
    rows, report = decode(trade(1, 100.06))
    assert rows["price"].tolist() == [1001]
    assert report.off_tick == 1
    assert report.faults == [(1, "1 prices off tick")]


class PlainBook:
    """Binance's rules, message by message: the twin of BinanceBook."""

    def __init__(self, awaits_snapshot):
        self.awaits, self.whole, self.last, self.history, self.out = (
            awaits_snapshot,
            False,
            None,
            [],
            [],
        )

    def diff(self, u, before, level):
        if self.last is not None and u <= self.last:
            return
        if self.last is not None and before > self.last:
            if self.whole or not self.awaits:
                self.out.append("clear")
            self.whole, self.history = False, []
        self.last = u
        if self.whole or not self.awaits:
            self.out.append(level)
        if not self.whole:
            self.history.append((u, before, level))

    def snapshot(self, u, level):
        newer = [held for held in self.history if held[0] > u]
        if self.whole or (newer and newer[0][1] > u) or not self.history:
            return
        self.out += ["clear", level, *(held[2] for held in newer)]
        self.whole, self.history = True, []
        self.last = newer[-1][0] if newer else u


@given(st.data())
@settings(max_examples=200)
def test_any_order_of_diffs_and_snapshots_equals_the_plain_twin(data):
    awaits = data.draw(st.booleans())
    plain, messages, last = PlainBook(awaits), [], 10
    for n in range(data.draw(st.integers(1, 25))):
        level = 100 + n
        what = data.draw(st.sampled_from(["next"] * 6 + ["gap", "again", "snapshot"]))
        if what == "snapshot" and messages:
            u = data.draw(st.integers(last - 4, last))
            messages.append(snapshot(u, [(level, 1)], at=T0))
            plain.snapshot(u, level)
            continue
        before = last + (what == "gap")
        u = data.draw(st.integers(before + 1, before + 3))
        if what == "again":
            before, u = last - 3, data.draw(st.integers(last - 2, last))
        messages.append(diff(u, before, [(level, 1)]))
        plain.diff(u, before, level)
        last = max(last, u)
    codec, batches, start = Binance(BTC, awaits), [], 0
    every = lines(*messages)
    while start < len(messages):
        stop = start + data.draw(st.integers(1, len(messages) - start))
        batches.append(codec.decode(every.pick(slice(start, stop))))
        start = stop
    rows = np.concatenate([*batches, codec.finish()])
    told = ["clear" if row["kind"] == Kind.clear else int(row["price"]) // 10 for row in rows]
    assert told == plain.out
