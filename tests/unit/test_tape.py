"""A tape takes only rows that it can hold, gives any of them back, is cut and joined."""

import datetime
import json
from itertools import pairwise

import numpy as np
import pytest

from halfspread.errors import ConfigError, TapeError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind
from halfspread.instrument import Instrument
from halfspread.tape import Tape, write_tape
from halfspread.tape_chain import concatenate
from halfspread.tape_rows import BLOCK
from made_tapes import BTC, CHECK, SECOND, SOURCES, START, market, written


@pytest.mark.parametrize(
    ("field", "value", "column", "dtype"),
    [
        ("size", 2**31, "size_lots", "int64"),
        ("local_time", 2**62, "delay_ns", "int64"),
        ("order_id", 2**64 - 1, "order_id", "uint64"),
        ("lane", 2**32 - 1, "lane", "uint32"),
        ("detail", 1, "detail", "uint32"),
    ],
)
def test_columns_are_as_wide_as_they_must_be(tmp_path, field, value, column, dtype):
    events = market(10)
    events[field][-1] = value
    tape = written(tmp_path / "a.tape", [events[:5], events[5:]])
    assert str(tape.columns[column].dtype) == dtype
    assert np.array_equal(tape.events(), events)


def test_rows_are_taken_as_in_a_list():
    events = market(1_100_000)
    tape, edge = Tape.from_events(events, BTC), BLOCK
    for start, stop in (
        (0, 5),
        (edge - 2, edge + 2),
        (-3, None),
        (5, 2),
        (0, -1_099_000),
        (9, 10**9),
    ):
        assert np.array_equal(tape.events(start, stop), events[start:stop])


@pytest.mark.parametrize(
    ("row", "field", "value", "why"),
    [
        (7, "kind", 99, "kind 99 is not one of halfspread.event.Kind"),
        (7, "side", 2, "side 2 is not -1, 0 or 1"),
        (7, "side", -128, "side -128 is not -1, 0 or 1"),
        (7, "size", -1, "size -1 is negative"),
        (7, "flags", 256 + 3, "flags 259 don't fit a tape's 8 bits"),
        (7, "flags", 4, "it is on neither clock, flags 4"),
        (7, "exchange_time", -(2**63), "doesn't fit 64 bits"),
        (7, "exchange_time", 1, "exchange_time 1 comes after .*; event.order_rows"),
        (7, "local_time", 1, "local_time 1 comes after .*; event.order_rows"),
        (5, "local_time", 1, "local_time 1 comes after .*; event.order_rows"),
    ],
)
def test_a_row_that_no_tape_can_hold_is_named(tmp_path, row, field, value, why):
    events = market(10)
    events[field][row] = value
    with pytest.raises(TapeError, match=rf"a\.tape, row {row}: .*{why}"):
        written(tmp_path / "a.tape", [events[:5], events[5:]])
    assert list(tmp_path.iterdir()) == []


def test_each_clock_has_its_own_order(tmp_path):
    events = market(10)
    events["flags"][5], events["local_time"][5] = Flag.at_exchange, 0
    events["flags"][6], events["exchange_time"][6] = Flag.at_local, 0
    assert np.array_equal(written(tmp_path / "a.tape", events).events(), events)
    events["flags"] = Flag.at_local
    events["local_time"][5] = events["local_time"][4]
    tape = written(tmp_path / "a.tape", events)
    assert tape.span == (events["local_time"][0], events["local_time"][-1])


def test_other_integers_are_taken_if_they_fit(tmp_path):
    events = market(10)
    wide = events.astype([(name, "i8" if name != "order_id" else "u8") for name in EVENT.names])
    assert np.array_equal(written(tmp_path / "a.tape", wide).events(), events)
    wide["price"][4] = 2**31
    with pytest.raises(TapeError, match="row 4: price 2147483648 doesn't fit EVENT"):
        written(tmp_path / "a.tape", wide)
    with pytest.raises(ConfigError, match=r"must be of the dtype .*EVENT, was float64"):
        written(tmp_path / "a.tape", np.zeros(3))


def test_a_callers_mistake_names_the_argument(tmp_path):
    with pytest.raises(ConfigError, match="sources: each has a name and a sha256, one was"):
        written(tmp_path / "a.tape", sources=[{"name": "day.gz"}])
    with pytest.raises(ConfigError, match="check must be plain JSON"):
        written(tmp_path / "a.tape", check={"mean": float("nan")})
    with pytest.raises(TapeError, match="there are no events to write"):
        written(tmp_path / "a.tape", [])
    with pytest.raises(TapeError, match=r"can't be written: .*No such file or directory"):
        written(tmp_path / "nowhere" / "a.tape")
    (tmp_path / "folder.tape").mkdir()
    with pytest.raises(TapeError, match=r"can't be written: .*Is a directory"):
        written(tmp_path / "folder.tape")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.tape"]


def test_a_slice_begins_with_the_book_and_keeps_each_clock(tmp_path):
    events = market(6)
    events["exchange_time"] = START + np.array([0, 0, 0, 4, 5, 6])
    events["local_time"] = START + np.array([2, 2, 2, 6, 7, 8])
    events["kind"][3:] = Kind.level, Kind.trade, Kind.level
    events["side"][3:] = 1
    events["price"][3:], events["size"][3:] = 599_998, 4
    events["size"][1:3] = 1, 2
    tape = written(tmp_path / "a.tape", events, sources=SOURCES, clock_offset_ns=3, check=CHECK)

    part = tape.slice(START + 5, START + 7)
    rows = [
        (int(row["exchange_time"] - START), int(row["local_time"] - START), Kind(row["kind"]).name,
         int(row["price"]), int(row["size"]), int(row["flags"]))
        for row in part.events()
    ]  # fmt: skip
    exchange, local = Flag.at_exchange | Flag.snapshot, Flag.at_local | Flag.snapshot
    assert rows == [
        (5, 5, "clear", EVERYTHING, 0, exchange),
        (5, 5, "level", 599_999, 1, exchange),
        (5, 5, "level", 599_998, 4, exchange),
        (5, 5, "level", 600_001, 2, exchange | Flag.last),
        (5, 5, "clear", EVERYTHING, 0, local),
        (5, 5, "level", 599_999, 1, local),
        (5, 5, "level", 600_001, 2, local | Flag.last),
        (4, 6, "level", 599_998, 4, Flag.at_local | Flag.last),
        (5, 7, "trade", 599_998, 4, Flag.at_exchange | Flag.last),
        (6, 8, "level", 599_998, 4, Flag.at_exchange | Flag.last),
    ]
    assert (part.instrument, part.venue, part.clock_offset_ns) == (BTC, "binance", 3)
    assert (part.sources, part.check) == (tuple(SOURCES), None)
    assert part.span == (START + 5, START + 6)

    settled = tape.slice(START + 3, START + 4).events()
    assert np.all(settled["flags"] & Flag.both == Flag.both)
    assert np.array_equal(tape.slice(START, START + 100).events(), events)
    saved = part.write(tmp_path / "part.tape")
    assert np.array_equal(saved.events(), part.events())


@pytest.mark.parametrize(
    "start",
    [
        START + 1_500_000_007,
        np.int64(START + 1_500_000_007),
        "2024-08-08T00:00:01.500000007",
        "2024-08-08 00:00:01.500000007Z",
        "2024-08-08T02:00:01.500000007+02:00",
    ],
)
def test_a_slice_takes_times_as_they_come(tmp_path, start):
    tape = written(tmp_path / "a.tape")
    expected = tape.slice(START + 1_500_000_007, START + 2 * SECOND).events()
    utc = datetime.UTC
    for stop in ("2024-08-08T00:00:02", datetime.datetime(2024, 8, 8, 0, 0, 2, tzinfo=utc)):
        assert np.array_equal(tape.slice(start, stop).events(), expected)
    assert expected["local_time"][0] == START + 1_500_000_007


def test_a_slice_takes_a_timestamp_of_pandas_to_the_nanosecond(tmp_path):
    pandas = pytest.importorskip("pandas")
    tape = written(tmp_path / "a.tape")
    part = tape.slice(pandas.Timestamp("2024-08-08T00:00:01.500000007"), START + 2 * SECOND)
    assert part.events()["local_time"][0] == START + 1_500_000_007


def test_a_slice_that_cannot_be_says_why(tmp_path):
    tape = written(tmp_path / "a.tape")
    for start in ("yesterday", 1.5, None, 2**63):
        with pytest.raises(ConfigError, match="start must be nanoseconds, ISO text or a datetime"):
            tape.slice(start, START)
    with pytest.raises(ConfigError, match=r"start must come before stop, was '2024.*' to 0"):
        tape.slice("2024-08-08", 0)
    with pytest.raises(ConfigError, match="nothing from '2023-01-01' to '2023-01-02' in Tape"):
        tape.slice("2023-01-01", "2023-01-02")


def test_tapes_that_chain_become_one(tmp_path):
    events = market(1000)
    cuts = [0, 300, 301, 1000]
    parts = [
        written(tmp_path / f"{a}.tape", events[a:b], sources=[SOURCES[0] | {"name": str(a)}])
        for a, b in pairwise(cuts)
    ]
    whole = concatenate([parts[0].path, *parts[1:]], tmp_path / "whole.tape")
    assert np.array_equal(whole.events(), events)
    assert [source["name"] for source in whole.sources] == ["0", "300", "301"]
    assert (whole.instrument, whole.venue, whole.check) == (BTC, "binance", None)


def test_tapes_that_do_not_chain_say_which_and_why(tmp_path):
    first = written(tmp_path / "first.tape", market(100))
    later = market(100, start=START + 100 * SECOND)

    def refused(why, second=later, instrument=BTC, **more):
        path = tmp_path / "second.tape"
        write_tape(path, second, instrument, **{"venue": "binance", **more})
        with pytest.raises(TapeError, match=rf"second\.tape: does not chain: {why} .*first\.tape"):
            concatenate([first, path], tmp_path / "whole.tape")
        assert not (tmp_path / "whole.tape").exists()

    refused("its first exchange_time, 2024-08-08T00:00:00.*, is before the last of", market(100))
    slow = later.copy()
    slow["exchange_time"] -= 100 * SECOND
    slow["flags"] = Flag.at_local
    slow["local_time"] = first.events()["local_time"][-1] - 1
    refused("its first local_time, .*, is before the last of", slow)
    refused("its venue is 'okx', and 'binance' in", venue="okx")
    refused("its clock_offset_ns is 5, and 0 in", clock_offset_ns=5)
    other = Instrument("BTCUSDT", tick="0.01", lot="0.001", taker_fee=0.0005)
    refused("its tick is '0.01', and '0.1' in", instrument=other)
    with pytest.raises(ConfigError, match="tapes: there must be at least one"):
        concatenate([], tmp_path / "whole.tape")


def test_it_describes_itself(tmp_path):
    tape = written(tmp_path / "a.tape", market(3), sources=SOURCES, check=CHECK)
    path = tmp_path / "a.tape"
    when = "2024-08-08 00:00:00 to 00:00:00 UTC"
    assert repr(tape) == f"Tape({path}: BTCUSDT on binance, 3 rows, {when})"
    described = json.loads(json.dumps(tape.describe()))
    assert described == {
        "path": str(path), "instrument": BTC.to_dict(), "venue": "binance", "rows": 3,
        "first": "2024-08-08T00:00:00.000000000", "last": "2024-08-08T00:00:00.000000000",
        "seconds": 0.0, "of": "levels", "bytes": 3 * 23, "kinds": {"level": 2, "clear": 1},
        "columns": {name: str(column.dtype) for name, column in tape.columns.items()},
        "sources": SOURCES, "clock_offset_ns": 0, "check": CHECK,
    }  # fmt: skip
    days = market(10)
    days["exchange_time"][-1] += 86_400 * SECOND
    days["local_time"][-1] += 86_400 * SECOND
    in_memory = repr(Tape.from_events(days, BTC))
    assert in_memory.startswith(
        "Tape(a tape in memory: BTCUSDT, 10 rows, 2024-08-08 00:00:00 to 2024"
    )


def orders_tape(path, ids=(11, 12)):
    """Two orders, one of them executed, at one time each."""
    events = np.zeros(3, dtype=EVENT)
    events["kind"] = Kind.add, Kind.add, Kind.execute
    events["order_id"] = *ids, ids[0]
    events["side"], events["price"], events["size"] = 1, 100, (5, 7, 5)
    events["exchange_time"] = events["local_time"] = START + np.arange(3)
    events["flags"] = Flag.both | Flag.last
    return written(path, events)


def test_a_tape_keeps_order_ids_as_narrow_as_may_be(tmp_path):
    narrow = orders_tape(tmp_path / "narrow.tape")
    wide = orders_tape(tmp_path / "wide.tape", (11, 2**40))
    for tape, dtype, last in ((narrow, "uint32", 12), (wide, "uint64", 2**40)):
        assert tape.holds_orders
        assert tape.columns["order_id"].dtype == dtype
        assert tape.events()["order_id"].tolist() == [11, last, 11]
        begins = tape.slice(START + 1, START + 3).events()
        assert begins["order_id"].tolist() == [0, 11, last, 11]
        assert tape.describe()["of"] == "orders"


def test_the_levels_of_orders(tmp_path):
    tape = orders_tape(tmp_path / "a.tape")
    levels = tape.levels()
    assert levels.events()[["kind", "side", "price", "size"]].tolist() == [
        (Kind.level, 1, 100, size) for size in (5, 12, 7)
    ]
    assert not levels.holds_orders
    assert levels.levels() is levels
    assert (levels.venue, levels.sources) == (tape.venue, tape.sources)


def test_orders_are_not_replayed_as_if_they_were_levels(tmp_path):
    tape = orders_tape(tmp_path / "a.tape")
    with pytest.raises(ConfigError, match="tells of orders: its levels"):
        _ = tape.core
    assert tape.levels().core is not None
    both = np.concatenate([tape.events(), tape.levels().events()])
    both["exchange_time"] = both["local_time"] = START
    with pytest.raises(ConfigError, match="slice its levels"):
        Tape.from_events(both, BTC).slice(START, START + 1)
