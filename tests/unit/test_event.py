"""The record in Python is the record in C++; rows come out in order, and add up to a book."""

import re
import time
from pathlib import Path

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side, order_rows
from made_tapes import snapshot

CORE = Path(__file__).resolve().parents[2] / "core"
BID, ASK = Side.bid, Side.ask


def rows(*fields, **same):
    """EVENT rows from dictionaries, each over `same`."""
    events = np.zeros(len(fields), dtype=EVENT)
    for row, given in zip(events, fields, strict=True):
        for name, value in {"flags": Flag.both, **same, **given}.items():
            row[name] = value
    return events


def arrivals(*times, flags=Flag.both):
    """Rows at (exchange_time, local_time), numbered by size."""
    return rows(
        *({"exchange_time": e, "local_time": t, "size": i} for i, (e, t) in enumerate(times)),
        flags=flags,
    )


def told(events):
    """Each row as its number and the clocks it is on: E, L, or nothing for both."""
    clocks = {Flag.both: "", Flag.at_exchange: "E", Flag.at_local: "L"}
    return [f"{row['size']}{clocks[Flag(int(row['flags']) & Flag.both)]}" for row in events]


def enumerators(header, name):
    body = re.search(rf"enum class {name} : [\w:]+ {{(.*?)}}", header.read_text(), re.S)[1]
    return {key: int(value) for key, value in re.findall(r"(\w+) = (-?\d+)", body)}


def test_the_layout_is_that_of_the_header():
    text = (CORE / "event.hpp").read_text()
    record = re.search(r"struct Event {(.*?)};", text, re.S)[1]
    fields = re.findall(r"^    ([\w:]+) (\w+);", record, re.M)
    widths = {"Nanos": 8, "Lots": 8, "std::uint64_t": 8, "Ticks": 4, "std::uint32_t": 4,
              "std::uint16_t": 2, "Kind": 1, "Side": 1}  # fmt: skip

    assert [name for _, name in fields] == list(EVENT.names)
    assert [widths[kind] for kind, _ in fields] == [EVENT[name].itemsize for name in EVENT.names]
    assert EVENT.itemsize == 48
    offsets = dict(re.findall(r"offsetof\(Event, (\w+)\) == (\d+)", text))
    assert len(offsets) == 9
    assert all(EVENT.fields[name][1] == int(at) for name, at in offsets.items())


def test_the_names_are_those_of_the_header():
    text = (CORE / "event.hpp").read_text()
    assert enumerators(CORE / "event.hpp", "Kind") == {kind.name: kind.value for kind in Kind}
    assert enumerators(CORE / "units.hpp", "Side") == {side.name: side.value for side in Side}
    bits = {name: 1 << int(bit) for name, bit in re.findall(r"(\w+) = 1U << (\d+);", text)}
    assert bits == {flag.name: flag.value for flag in Flag}
    assert Flag.both == Flag.at_exchange | Flag.at_local
    assert "both = at_exchange | at_local;" in text
    assert "everything{std::numeric_limits<std::int32_t>::min()}" in text
    assert np.iinfo(np.int32).min == EVERYTHING


def test_rows_in_order_come_back_as_they_are():
    events = arrivals((1, 5), (1, 5), (2, 6), (2, 7))
    assert order_rows(events) is events


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([(2, 5), (1, 6)], ["1E", "0", "1L"], id="the one that was overtaken splits"),
        pytest.param([(5, 5), (1, 6), (2, 6)], ["0L", "1", "2", "0E"], id="as few as may be"),
        pytest.param([(1, 9), (2, 8)], ["0E", "1", "0L"], id="not in order of arrival"),
        pytest.param([(1, 1), (9, 2), (3, 3), (4, 4)], ["0", "1L", "2", "3", "1E"], id="a glitch"),
        pytest.param([(1, 1), (1, 1), (1, 1)], ["0", "1", "2"], id="ties stay"),
        pytest.param(
            [(3, 1), (3, 2), (1, 3), (1, 4)], ["2E", "3E", "0", "1", "2L", "3L"], id="2 + 2"
        ),
        pytest.param([], [], id="none"),
    ],
)
def test_rows_out_of_order_are_split(times, expected):
    assert told(order_rows(arrivals(*times))) == expected


def test_both_halves_keep_all_other_fields():
    late = {"exchange_time": 1, "local_time": 6, "flags": Flag.both | Flag.last | Flag.snapshot,
            "size": 1, "order_id": 2**63, "price": -7, "lane": 3, "detail": 4, "kind": 1,
            "side": -1}  # fmt: skip
    first, _, second = order_rows(rows({"exchange_time": 2, "local_time": 5}, late))
    assert first["flags"] == Flag.at_exchange | Flag.last | Flag.snapshot
    assert second["flags"] == Flag.at_local | Flag.last | Flag.snapshot
    first["flags"] = second["flags"]
    assert first == second
    assert all(first[name] == value for name, value in late.items() if name != "flags")


def test_a_row_on_one_clock_is_ordered_on_that_clock_only():
    events = rows(
        {"exchange_time": 5, "local_time": 9, "size": 0, "flags": Flag.at_exchange},
        {"exchange_time": 1, "local_time": 6, "size": 1, "flags": Flag.at_local},
        {"exchange_time": 3, "local_time": 4, "size": 2, "flags": Flag.at_exchange},
    )
    assert told(order_rows(events)) == ["1L", "2E", "0E"]


def test_a_row_on_no_clock_is_refused():
    with pytest.raises(ConfigError, match="row 1 is on neither clock, flags 4"):
        order_rows(rows({}, {"flags": Flag.last}))


def test_a_million_rows_out_of_order_take_a_small_multiple_of_sorting_them():
    random = np.random.default_rng(0)
    events = np.zeros(1_000_000, dtype=EVENT)
    events["exchange_time"] = random.integers(0, 10**15, len(events))
    events["local_time"] = events["exchange_time"] + random.integers(0, 10**15, len(events))
    events["flags"] = Flag.both
    start = time.process_time()
    for field in ("exchange_time", "local_time"):
        events[np.argsort(events[field], kind="stable")]
    between = time.process_time()
    order_rows(events)
    assert time.process_time() - between < 15 * (between - start)


def level(side, price, size, kind=Kind.level):
    return {"kind": kind, "side": side, "price": price, "size": size}


def clear(side, price=EVERYTHING):
    return {"kind": Kind.clear, "side": side, "price": price}


def order(kind, order_id, side=BID, price=10, size=1):
    return {"kind": kind, "order_id": order_id, "side": side, "price": price, "size": size}


def book(*given):
    """What a snapshot says after its first row, the clear: (side, price, size[, order_id])."""
    given = (level(BID, 0, 0), *given)
    told = snapshot(rows(*given, exchange_time=7, local_time=9, lane=1, detail=2))
    assert told[0]["kind"] == Kind.clear
    assert told[0]["side"] == Side.none
    assert told[0]["price"] == EVERYTHING
    assert np.all(told["flags"][:-1] == Flag.snapshot)
    assert told["flags"][-1] == Flag.snapshot | Flag.last
    for name in ("exchange_time", "local_time", "lane", "detail"):
        assert not told[name].any()
    fields = ("side", "price", "size", "order_id")
    return [
        tuple(int(row[name]) for name in fields[: 4 if row["kind"] == Kind.add else 3])
        for row in told[1:]
    ]


def test_a_snapshot_is_the_newest_levels_best_first():
    assert book() == []
    assert book(
        level(ASK, 12, 4), level(BID, 10, 1), level(BID, 9, 2), level(ASK, 11, 3),
        level(BID, 9, 5), level(ASK, 12, 0), {"kind": Kind.trade, "price": 11, "size": 1},
    ) == [(1, 10, 1), (1, 9, 5), (-1, 11, 3)]  # fmt: skip


def test_a_clear_removes_what_it_reaches():
    full = [level(side, side * -price, price) for side in (BID, ASK) for price in (1, 2, 3)]
    bids, asks = [(1, -1, 1), (1, -2, 2), (1, -3, 3)], [(-1, 1, 1), (-1, 2, 2), (-1, 3, 3)]
    assert book(*full) == bids + asks
    assert book(*full, clear(BID, -2)) == bids[2:] + asks
    assert book(*full, clear(ASK, 2)) == bids + asks[2:]
    assert book(*full, clear(ASK)) == bids
    assert book(*full, clear(Side.none)) == []
    assert book(*full, clear(Side.none), level(BID, 0, 9)) == [(1, 0, 9)]


def test_a_touch_removes_the_better_levels_and_sets_its_own():
    levels = [level(BID, 10, 1), level(BID, 9, 2), level(ASK, 12, 3)]
    assert book(*levels, level(BID, 9, 7, Kind.touch)) == [(1, 9, 7), (-1, 12, 3)]
    assert book(*levels, level(BID, 11, 7, Kind.touch))[:2] == [(1, 11, 7), (1, 10, 1)]
    assert book(*levels, level(BID, 10, 0, Kind.touch)) == [(1, 9, 2), (-1, 12, 3)]


def test_a_level_that_crosses_wins_over_older_ones():
    levels = [level(BID, 10, 1), level(BID, 9, 2), level(ASK, 12, 3), level(ASK, 13, 4)]
    assert book(*levels, level(ASK, 10, 5))[0] == (1, 9, 2)
    assert book(*levels, level(BID, 12, 5))[-1] == (-1, 13, 4)
    assert book(*levels, level(ASK, 10, 0))[0] == (1, 10, 1)


def test_orders_keep_their_place_in_the_queue():
    add, modify, execute, remove = Kind.add, Kind.modify, Kind.execute, Kind.remove
    three = [order(add, 1, size=5), order(add, 2, size=5), order(add, 3, ASK, 11, size=5)]
    rest = [(1, 10, 5, 1), (1, 10, 5, 2), (-1, 11, 5, 3)]
    assert book(*three) == rest
    assert book(*three, order(modify, 1, size=4))[0] == (1, 10, 4, 1)
    assert book(*three, order(modify, 1, size=6)) == [*rest[1:], (1, 10, 6, 1)]
    assert book(*three, order(modify, 1, price=9, size=5)) == [*rest[1:], (1, 9, 5, 1)]
    assert book(*three, order(execute, 1, size=2))[0] == (1, 10, 3, 1)
    assert book(*three, order(execute, 1, size=5)) == rest[1:]
    assert book(*three, order(remove, 2), order(execute, 9)) == [rest[0], rest[2]]
    assert book(*three, clear(BID, 10)) == rest[2:]
    assert book(*three, clear(BID, 11)) == rest
    assert book(*three, clear(Side.none)) == []
