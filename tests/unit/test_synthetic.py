"""The synthetic market: a whole book at every message, honest messages, plausible numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from halfspread import synthetic
from halfspread.errors import ConfigError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side
from halfspread.synthetic import SIZES, ZeroIntelligence, flow
from halfspread.tape import open_tape

ROWS = 60_000


@pytest.fixture(scope="module")
def events() -> np.ndarray:
    return flow(events=ROWS, seed=1)


def messages(events: np.ndarray) -> Iterator[np.ndarray]:
    ends = np.flatnonzero(events["flags"] & Flag.last) + 1
    return iter(np.split(events, ends[:-1]))


def mids(events: np.ndarray, every_ns: int) -> np.ndarray:
    """The mid at the first message of each interval."""
    book: dict[int, dict[int, int]] = {1: {}, -1: {}}
    found, last = [], None
    for message in messages(events):
        for row in message[message["kind"] == Kind.level].tolist():
            book[row[9]][row[4]] = row[2]
            if row[2] == 0:
                del book[row[9]][row[4]]
        interval = int(message["exchange_time"][0]) // every_ns
        if interval != last:
            found.append((max(book[1]) + min(book[-1])) / 2)
            last = interval
    return np.array(found)


def test_the_same_arguments_give_the_same_bytes(events: np.ndarray) -> None:
    assert flow(events=ROWS, seed=1).tobytes() == events.tobytes()
    assert flow(events=ROWS, seed=2).tobytes() != events.tobytes()


def test_a_longer_market_goes_on_where_the_shorter_ends(events: np.ndarray) -> None:
    short = flow(events=ROWS // 2, seed=1)
    assert ROWS // 2 - 100 < len(short) <= ROWS // 2
    np.testing.assert_array_equal(short, events[: len(short)])


def test_it_is_an_event_array_that_opens_with_a_snapshot(events: np.ndarray) -> None:
    assert events.dtype == EVENT
    snapshot = next(messages(events))
    clear = snapshot[0]
    assert (clear["kind"], clear["side"], clear["price"]) == (Kind.clear, Side.none, EVERYTHING)
    assert np.all(snapshot["kind"][1:] == Kind.level)
    assert set(snapshot["side"][1:]) == {Side.bid, Side.ask}
    assert np.all(snapshot["flags"] & Flag.snapshot)
    assert not np.any(events["flags"][len(snapshot) :] & Flag.snapshot)
    assert events["flags"][-1] & Flag.last


def test_clocks_run_forward_and_a_message_has_one_time(events: np.ndarray) -> None:
    assert np.all(events["flags"] & Flag.both == Flag.both)
    delay = events["local_time"] - events["exchange_time"]
    for clock in ("exchange_time", "local_time"):
        assert np.all(np.diff(events[clock]) >= 0)
        assert all(len(set(message[clock])) == 1 for message in messages(events))
    assert events["exchange_time"][0] == synthetic.START
    assert delay.min() > 0
    assert 2e6 < np.median(delay) < 5e6
    assert np.std(delay) > 5e5


def test_every_message_is_one_order_and_leaves_a_whole_book(events: np.ndarray) -> None:
    """No level is repeated, no trade goes past the best or is not followed by its level."""
    book: dict[int, dict[int, int]] = {1: {}, -1: {}}
    for number, message in enumerate(messages(events)):
        traded = None
        changes = []
        for row in message[["kind", "side", "price", "size"]].tolist():
            kind, side, price, size = row
            if kind == Kind.trade:
                best = min(book[-1]) if side == Side.bid else max(book[1])
                assert price == best
                traded = row
            elif kind == Kind.level:
                before = book[side].pop(price, 0)
                assert size != before
                if size > 0:
                    book[side][price] = size
                if traded is not None:
                    assert (side, price, before - size) == (-traded[1], traded[2], traded[3])
                    traded = None
                elif number > 0:
                    changes.append((side, price, size - before))
        assert traded is None
        assert max(book[1]) < min(book[-1])
        added = [lots for _, _, lots in changes if lots > 0]
        assert number == 0 or len(added) <= 1
        assert set(added) <= set(SIZES.tolist())


def test_levels_are_hidden_beyond_the_depth() -> None:
    laws = ZeroIntelligence(levels=10)
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for message in messages(flow(events=20_000, seed=3, market=laws)):
        for kind, side, price, size in message[["kind", "side", "price", "size"]].tolist():
            if kind == Kind.level:
                levels = bids if side == Side.bid else asks
                levels[price] = size
                if size == 0:
                    del levels[price]
        assert sum(price < min(asks) - 10 for price in bids) <= (max(bids) < min(asks) - 10)
        assert sum(price > max(bids) + 10 for price in asks) <= (min(asks) > max(bids) + 10)


def test_numbers_are_plausible() -> None:
    events = flow(events=400_000, seed=4)
    seconds = np.ptp(events["exchange_time"]) / 1e9
    assert 150 < len(events) / seconds < 250
    assert 0.01 < np.mean(events["kind"] == Kind.trade) < 0.06
    changes = np.diff(mids(events, every_ns=10**9))
    assert 1.0 < changes.std() < 4.0
    assert abs(np.corrcoef(changes[1:], changes[:-1])[0, 1]) < 0.1


def test_pressure_makes_prices_drift() -> None:
    """A minute's buying less selling goes with the minute's change of the mid, and it persists."""
    laws = ZeroIntelligence(pressure_spread=0.8, pressure_time=120.0)
    events = flow(events=400_000, seed=5, market=laws)
    trades = events[events["kind"] == Kind.trade]
    minute = (trades["exchange_time"] - synthetic.START) // (60 * 10**9)
    bought = np.bincount(minute, weights=trades["side"] * trades["size"])
    moves = np.diff(mids(events, every_ns=60 * 10**9))
    n = min(len(bought), len(moves))
    assert np.corrcoef(bought[:n], moves[:n])[0, 1] > 0.5
    assert np.corrcoef(moves[1:], moves[:-1])[0, 1] > 0.2


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"events": 10}, "events must be >= 400, was 10"),
        ({"seed": -1}, "seed must be >= 0, was -1"),
        ({"market": ZeroIntelligence(levels=1)}, "levels must be in 2..256, was 1"),
        ({"market": ZeroIntelligence(market_rate=0.0)}, "market_rate must be > 0, was 0.0"),
    ],
)
def test_a_bad_argument_is_named(arguments: dict[str, object], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        flow(**arguments)


def test_tape(tmp_path: object, events: np.ndarray) -> None:
    written = synthetic.tape(tmp_path / "demo.tape", events=ROWS, seed=1)
    in_memory = synthetic.tape(events=ROWS, seed=1)
    for tape in (written, in_memory, open_tape(tmp_path / "demo.tape")):
        assert tape.instrument == synthetic.INSTRUMENT
        np.testing.assert_array_equal(tape.events(), events)
