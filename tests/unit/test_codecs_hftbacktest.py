"""hftbacktest: rows to events and back without loss; both directions of every kind; odd rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfspread import synthetic
from halfspread.codecs import Report, import_files
from halfspread.codecs.hftbacktest import (
    BUY,
    CLEAR,
    DEPTH,
    EXCHANGE,
    LOCAL,
    ROW,
    SELL,
    SNAPSHOT,
    TRADE,
    events_from_rows,
    load_rows,
    rows_from_events,
    write_npz,
)
from halfspread.errors import CodecError, ConfigError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

BTC = Instrument("BTCUSDT", tick="0.1", lot="0.001")


def rows(*some):
    """Rows of (flags and kind, exch_ts, local_ts, px, qty)."""
    return np.array([(*row, 0, 0, 0.0) for row in some], dtype=ROW)


def test_the_layout_is_the_peers():
    types = pytest.importorskip("hftbacktest.types")
    assert types.event_dtype == ROW
    assert (types.DEPTH_EVENT, types.TRADE_EVENT) == (DEPTH, TRADE)
    assert (types.DEPTH_CLEAR_EVENT, types.DEPTH_SNAPSHOT_EVENT) == (CLEAR, SNAPSHOT)
    assert (types.EXCH_EVENT, types.LOCAL_EVENT) == (EXCHANGE, LOCAL)
    assert (types.BUY_EVENT, types.SELL_EVENT) == (BUY, SELL)


KINDS = st.sampled_from(
    [
        (Kind.level, Flag(0), st.sampled_from([1, -1])),
        (Kind.level, Flag.snapshot, st.sampled_from([1, -1])),
        (Kind.trade, Flag(0), st.sampled_from([1, 0, -1])),
        (Kind.touch, Flag(0), st.sampled_from([1, -1])),
        (Kind.clear, Flag(0), st.sampled_from([1, 0, -1])),
    ]
)


@given(st.data())
def test_events_come_back_as_they_were(data):
    events = np.zeros(data.draw(st.integers(1, 12)), dtype=EVENT)
    for i, event in enumerate(events):
        kind, flag, side = data.draw(KINDS)
        event["kind"], event["side"] = kind, data.draw(side)
        clocks = data.draw(st.sampled_from([Flag.both, Flag.at_exchange, Flag.at_local]))
        event["flags"] = flag | clocks | Flag.last
        event["exchange_time"], event["local_time"] = 1000 + i, 2000 + i
        event["price"] = data.draw(st.integers(1, 2**31 - 2))
        event["size"] = data.draw(st.integers(0, 10**12))
        if kind == Kind.clear:
            event["size"] = 0
            if event["side"] == 0 or data.draw(st.booleans()):
                event["price"] = EVERYTHING
    report = Report()
    back = events_from_rows(rows_from_events(events, BTC), BTC, report)
    assert back.tolist() == events.tolist()
    assert report.bad == report.off_tick == report.off_lot == 0
    again = rows_from_events(back, BTC)
    assert again.tobytes() == rows_from_events(events, BTC).tobytes()


def test_messages_end_where_times_change_and_a_clear_leads_its_snapshot():
    both = EXCHANGE | LOCAL
    events = events_from_rows(
        rows(
            (both | CLEAR | BUY, 1, 2, 99.0, 0),
            (both | SNAPSHOT | BUY, 1, 2, 99.5, 1),
            (both | DEPTH | SELL, 3, 4, 100.0, 1),
            (both | DEPTH | SELL, 3, 4, 100.1, 1),
            (both | TRADE | BUY, 3, 4, 100.0, 1),
            (both | TRADE | BUY, 3, 4, 100.0, 1),
            (EXCHANGE | DEPTH | SELL, 5, 6, 100.0, 1),
        ),
        BTC,
        Report(),
    )
    assert (events["flags"] & Flag.last != 0).tolist() == [
        False,
        True,
        False,
        True,
        True,
        True,
        True,
    ]
    assert (events["flags"] & Flag.snapshot != 0).tolist() == [True, True] + [False] * 5
    assert events["price"][0] == 990


def test_other_kinds_and_rows_on_no_clock_are_left_out():
    report = Report()
    events = events_from_rows(
        rows(
            (EXCHANGE | 10, 1, 2, 1.0, 1), (DEPTH | BUY, 1, 2, 1.0, 1), (LOCAL | 103, 1, 2, 1.0, 1)
        ),
        BTC,
        report,
    )
    assert len(events) == 0
    assert report.messages == {"kind 1": 1, "kind 10": 1, "kind 103": 1}


def test_numbers_out_of_range_are_bad_and_those_off_the_grid_rounded():
    report = Report()
    events = events_from_rows(
        rows(
            (EXCHANGE | DEPTH | BUY, 1, 2, np.nan, 1),
            (EXCHANGE | DEPTH | BUY, 1, 2, 1e12, 1),
            (EXCHANGE | DEPTH | BUY, 1, 2, 100.0, -1),
            (EXCHANGE | DEPTH | BUY, 1, 2, 100.04, 0.0011),
        ),
        BTC,
        report,
    )
    assert events[["price", "size"]].tolist() == [(1000, 1)]
    assert (report.bad, report.off_tick, report.off_lot) == (3, 1, 1)


def test_orders_have_no_level_two_rows():
    events = np.zeros(1, dtype=EVENT)
    events["kind"] = Kind.add
    with pytest.raises(ConfigError, match="event 0 is of kind 8"):
        rows_from_events(events, BTC)
    with pytest.raises(CodecError, match="dtype must be its event_dtype"):
        events_from_rows(events, BTC, Report())


@pytest.mark.parametrize("name", ["feed.npz", "feed.npy"])
def test_a_file_of_rows_is_imported(name, tmp_path):
    data = rows(
        (EXCHANGE | LOCAL | DEPTH | BUY, 1, 2, 99.0, 1),
        (EXCHANGE | LOCAL | DEPTH | SELL, 1, 2, 100.0, 1),
    )
    path = tmp_path / name
    np.savez_compressed(path, data=data) if name == "feed.npz" else np.save(path, data)
    events, check = import_files(None, path, BTC)
    assert events["side"].tolist() == [Side.bid, Side.ask]
    assert check.final_bid == (99.0, 1.0)
    assert check.messages == {"kind 1": 2}


def test_a_tape_written_for_the_peer_comes_back(tmp_path):
    tape = synthetic.tape(events=2_000, seed=3)
    path = write_npz(tmp_path / "feed.npz", tape.events(), tape.instrument)
    rows = load_rows(path)
    np.testing.assert_array_equal(rows, rows_from_events(tape.events(), tape.instrument))
    events, _ = import_files("hftbacktest", [path], tape.instrument)
    for name in set(EVENT.names) - {"flags"}:  # a row has no place for the end of a message
        np.testing.assert_array_equal(events[name], tape.events()[name])
    assert [file.name for file in tmp_path.iterdir()] == ["feed.npz"]


def test_what_the_peer_cannot_read_is_not_written(tmp_path):
    events = synthetic.tape(events=400, seed=3).events()
    events["kind"][5] = Kind.add
    (tmp_path / "feed.npz").write_bytes(b"older")
    with pytest.raises(ConfigError, match="event 5 is of kind"):
        write_npz(tmp_path / "feed.npz", events, BTC)
    assert (tmp_path / "feed.npz").read_bytes() == b"older"
