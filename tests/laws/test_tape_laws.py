"""Laws of rows and tapes: nothing is lost, each clock keeps its order, slices show what was."""

import tempfile
from itertools import pairwise
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from halfspread import tape as tape_module
from halfspread import tape_rows, tape_slice
from halfspread.errors import ConfigError, TapeError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, order_rows
from halfspread.instrument import Instrument
from halfspread.tape import Tape, open_tape, tape_from_parquet, write_tape
from halfspread.tape_chain import concatenate
from made_tapes import snapshot

BTC = Instrument("BTCUSDT", tick="0.1", lot="0.001", contract_size="100", inverse=True)
CLOCKS = ((Flag.at_exchange, "exchange_time"), (Flag.at_local, "local_time"))
NEVER = 2**31 - 1
CHECK = {"gaps": 0, "notes": ['ü "quoted"', {"seal": "00000000"}]}
SOURCES = [{"name": "day.gz", "sha256": "0" * 64}]
clocks = st.sampled_from([Flag.both, Flag.both, Flag.both, Flag.at_exchange, Flag.at_local])


@st.composite
def any_rows(draw):
    """Rows over all that a tape can hold, in any order."""
    n = draw(st.integers(1, 30))
    events = np.zeros(n, dtype=EVENT)
    for name in ("exchange_time", "order_id", "price", "lane", "detail"):
        events[name] = draw(arrays.arrays(EVENT[name], n, fill=st.nothing()))
    delays = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=n, max_size=n))
    reached = [int(t) + d for t, d in zip(events["exchange_time"], delays, strict=True)]
    events["local_time"] = np.array([min(max(t, -(2**63)), 2**63 - 1) for t in reached])
    for name, values in (
        ("size", st.integers(0, 2**63 - 1)),
        ("kind", st.sampled_from(Kind)),
        ("side", st.sampled_from([-1, 0, 1])),
        ("flags", st.builds(lambda clock, rest: clock | rest << 2, clocks, st.integers(0, 63))),
    ):
        events[name] = draw(st.lists(values, min_size=n, max_size=n))
    return events


def of_levels_or_orders(rows):
    """Without the rows about levels, where there are some about orders: no slice takes both."""
    if not (rows["kind"] >= Kind.add).any():
        return rows
    return rows[~np.isin(rows["kind"], (Kind.level, Kind.touch))]


@st.composite
def market_rows(draw, latest=8):
    """Rows that change a small book, with many ties and much disorder on both clocks."""
    side = st.sampled_from([-1, 1])
    price = st.integers(-3, 3)
    row = st.one_of(
        st.tuples(st.just(Kind.level), side, price, st.integers(0, 3)),
        st.tuples(
            st.just(Kind.level), st.sampled_from([-1, 0, 1]), price | st.just(NEVER), st.just(1)
        ),
        st.tuples(st.just(Kind.touch), side, price | st.just(EVERYTHING), st.integers(0, 3)),
        st.tuples(st.just(Kind.clear), side, price | st.just(EVERYTHING), st.just(0)),
        st.tuples(st.just(Kind.clear), st.just(0), price | st.just(EVERYTHING), st.just(0)),
        st.tuples(st.sampled_from([Kind.add, Kind.modify]), side, price, st.integers(1, 3)),
        st.tuples(st.sampled_from([Kind.remove, Kind.execute]), side, price, st.integers(0, 2)),
        st.tuples(st.just(Kind.trade), side, price, st.just(1)),
    )
    times = st.integers(0, latest)
    drawn = draw(st.lists(st.tuples(row, times, times, clocks, st.integers(1, 4)), max_size=25))
    events = np.zeros(len(drawn), dtype=EVENT)
    for event, (fields, exchange, local, clock, order_id) in zip(events, drawn, strict=True):
        event["kind"], event["side"], event["price"], event["size"] = fields
        event["exchange_time"], event["local_time"] = exchange, local
        event["flags"], event["order_id"] = clock | Flag.last, order_id
    return events


def view(events, clock):
    """The rows on one clock, told without their clocks."""
    rows = events[events["flags"] & clock != 0]
    rows["flags"] &= 0xFFFF ^ Flag.both.value
    return rows


class PlainBook:
    """A book in a few words: what a snapshot must agree with, row by row."""

    def __init__(self, events=()):
        self.levels = {1: {}, -1: {}}
        self.orders = []  # [order_id, side, price, size]
        for event in events:
            self.apply(
                *(int(event[name]) for name in ("kind", "side", "price", "size", "order_id"))
            )

    def apply(self, kind, side, price, size, order_id):
        if kind == Kind.clear:
            for s in (1, -1):
                if side in (s, 0):
                    bound = -NEVER * s if side == 0 or price == EVERYTHING else price
                    self.erase(s, bound)
                    self.orders = [o for o in self.orders if o[1] != s or (o[2] - bound) * s < 0]
        elif kind in (Kind.level, Kind.touch):
            if side == 0 or price in (EVERYTHING, NEVER):
                return
            if kind == Kind.touch:
                self.erase(side, price + side)
            self.levels[side].pop(price, None)
            if size:
                self.levels[side][price] = size
                self.erase(-side, price)
        elif kind in (Kind.add, Kind.modify, Kind.remove, Kind.execute):
            self.order(kind, side, price, size, order_id)

    def erase(self, side, bound):
        levels = self.levels[side]
        self.levels[side] = {p: q for p, q in levels.items() if (p - bound) * side < 0}

    def order(self, kind, side, price, size, order_id):
        found = next((o for o in self.orders if o[0] == order_id), None)
        if found and kind == Kind.execute:
            found[3] -= size
        elif found and kind == Kind.modify and found[2] == price and found[3] >= size:
            found[1], found[3] = side, size
        else:
            self.orders = [o for o in self.orders if o is not found]
            if kind in (Kind.add, Kind.modify):
                self.orders.append([order_id, side, price, size])
        self.orders = [o for o in self.orders if o[3] > 0]

    def told(self):
        levels = [
            (side, price, self.levels[side][price])
            for side in (1, -1)
            for price in sorted(self.levels[side], reverse=side == 1)
        ]
        return levels, [tuple(order) for order in self.orders]


def told(rows):
    """A snapshot's rows, if there are any, as `PlainBook.told` puts them."""
    levels, orders = (rows[rows["kind"] == kind] for kind in (Kind.level, Kind.add))
    assert len(rows) == bool(len(rows)) + len(levels) + len(orders)
    return (
        levels[["side", "price", "size"]].tolist(),
        orders[["order_id", "side", "price", "size"]].tolist(),
    )


@given(market_rows())
def test_ordered_rows_are_the_same_on_each_clock(events):
    ordered = order_rows(events)
    for clock, field in CLOCKS:
        before, after = view(events, clock), view(ordered, clock)
        assert np.array_equal(before[np.argsort(before[field], kind="stable")], after)
        assert np.all(after[field][1:] >= after[field][:-1])
    assert order_rows(ordered) is ordered


@given(market_rows())
def test_as_few_rows_as_may_be_are_split(events):
    events["size"] = np.arange(len(events))
    common = events[events["flags"] & Flag.both == Flag.both]
    common = common[np.argsort(common["local_time"], kind="stable")]
    length = []  # of the longest common subsequence that ends at each row
    for i, row in enumerate(common):
        key = (row["exchange_time"], row["size"])
        before = [k for k in range(i) if (common["exchange_time"][k], common["size"][k]) < key]
        length.append(1 + max((length[k] for k in before), default=0))
    splits = len(common) - max(length, default=0)
    assert len(order_rows(events)) == len(events) + splits


@given(market_rows(), market_rows())
def test_a_snapshot_is_the_book(before, after):
    both = np.concatenate([before, after])
    assert told(snapshot(both)) == PlainBook(both).told()
    folded = snapshot(np.concatenate([snapshot(before), after]))
    assert np.array_equal(folded, snapshot(both))


@given(any_rows())
def test_a_tape_gives_back_what_was_written(events):
    events = order_rows(events)
    with tempfile.TemporaryDirectory() as folder:
        path, archive, again = (Path(folder) / name for name in ("a.tape", "a.parquet", "b.tape"))
        tape = write_tape(path, events, BTC, venue="v", sources=SOURCES, check=CHECK)
        assert np.array_equal(tape.events(), events)
        assert np.array_equal(open_tape(path).events(), events)
        assert open_tape(path).instrument == BTC
        tape.to_parquet(archive)
        tape_from_parquet(archive, again)
        assert again.read_bytes() == path.read_bytes()


@given(any_rows(), st.data())
def test_what_no_tape_can_hold_is_refused_with_its_row(events, data):
    events = order_rows(events)
    row = data.draw(st.integers(0, len(events) - 1))
    field, value = data.draw(
        st.sampled_from([("size", -1), ("kind", 7), ("kind", 255), ("side", 2), ("side", -128)])
        | st.tuples(st.just("flags"), st.integers(256, 2**16 - 1))
        | st.tuples(st.just("flags"), st.integers(0, 63).map(lambda rest: rest << 2))
    )
    events[field][row] = value
    with pytest.raises(TapeError, match=field if value else "neither clock") as refused:
        Tape.from_events(events, BTC)
    assert refused.value.row == row


@pytest.mark.parametrize("block", [1, 3, 1 << 20])
@given(
    events=market_rows().map(of_levels_or_orders), start=st.integers(0, 9), length=st.integers(1, 4)
)
def test_a_slice_shows_each_clock_what_the_tape_does(block, events, start, length):
    with (
        mock.patch.object(tape_module, "BLOCK", block),
        mock.patch.object(tape_rows, "BLOCK", block),
        mock.patch.object(tape_slice, "BLOCK", block),
    ):
        slice_shows_what_the_tape_does(events, start, length)


def slice_shows_what_the_tape_does(events, start, length):
    sentinel = np.zeros(1, dtype=EVENT)
    sentinel["flags"], sentinel["exchange_time"], sentinel["local_time"] = Flag.both, 99, 99
    tape = Tape.from_events(order_rows(np.concatenate([events, sentinel])), BTC)
    cuts = (start, start + length, 100)
    whole = tape.events()
    for begin, end in pairwise(cuts):
        inside = {
            c: (whole["flags"] & c != 0) & (begin <= whole[f]) & (whole[f] < end) for c, f in CLOCKS
        }
        try:
            part = tape.slice(begin, end).events()
        except ConfigError:
            assert not any(rows.any() for rows in inside.values())
            continue
        kept = np.sum(inside[Flag.at_exchange] | inside[Flag.at_local])
        assert np.all(part["flags"][: len(part) - kept] & Flag.snapshot)
        for clock, field in CLOCKS:
            seen, expected = view(part, clock), view(whole[inside[clock]], clock)
            assert np.array_equal(seen[len(seen) - len(expected) :], expected)
            rows = view(whole, clock)
            for t in range(begin + 1, min(end, 12) + 1):
                sliced = PlainBook(seen[seen[field] < t])
                assert sliced.told() == PlainBook(rows[rows[field] < t]).told()


@given(market_rows().map(of_levels_or_orders), st.integers(1, 8))
def test_slices_that_meet_chain(events, cut):
    edges = np.zeros(2, dtype=EVENT)
    edges["flags"] = Flag.both
    edges["exchange_time"] = edges["local_time"] = (0, 9)
    tape = Tape.from_events(order_rows(np.concatenate([edges[:1], events, edges[1:]])), BTC)
    with tempfile.TemporaryDirectory() as folder:
        joined = concatenate([tape.slice(0, cut), tape.slice(cut, 10)], Path(folder) / "a.tape")
        for clock, _ in CLOCKS:
            told = PlainBook(view(joined.events(), clock)).told()
            assert told == PlainBook(view(tape.events(), clock)).told()
