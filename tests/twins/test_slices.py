"""A slice equals the plain one, block by block in NumPy, on random tapes and on a recorded one."""

import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from halfspread import tape as tape_module
from halfspread import tape_rows, tape_slice
from halfspread.codecs import import_files
from halfspread.errors import ConfigError
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, order_rows
from halfspread.instrument import Instrument
from halfspread.tape import Tape
from made_tapes import BTC, START, market
from twins import plain_slice

RECORDED = Path(__file__).resolve().parents[3] / "shared/data/binance_raw_ws"


def random_rows(seed, n):
    """Rows of a book of levels (an even seed) or of orders at a few prices, in disorder.

    A third of them is on one clock.
    """
    random = np.random.default_rng(seed)
    events = np.zeros(n, dtype=EVENT)
    of_levels, of_orders = (
        {Kind.level, Kind.touch},
        {Kind.add, Kind.modify, Kind.remove, Kind.execute},
    )
    kinds = set(plain_slice.BOOK_KINDS) - (of_orders if seed % 2 == 0 else of_levels)
    events["kind"] = random.choice([*sorted(kinds), Kind.trade], n)
    events["side"] = random.choice([-1, 0, 1], n, p=[0.48, 0.04, 0.48])
    events["price"] = random.choice([*range(-6, 7), EVERYTHING, plain_slice.NO_ASK], n)
    events["size"] = random.integers(0, 4, n)
    events["order_id"] = random.integers(1, 9, n)
    events["flags"] = random.choice([1, 2, 3, 3, 3, 3], n) | Flag.last
    events["exchange_time"] = START + random.integers(0, n, n)
    events["local_time"] = events["exchange_time"] + random.integers(-2, 30, n)
    return order_rows(events)


def same(tape, events, begin, end, block=1 << 20):
    expected = plain_slice.slice_rows(events, begin, end, block)
    if len(expected):
        assert np.array_equal(tape.slice(begin, end).events(), expected)
        return True
    with pytest.raises(ConfigError, match="nothing from"):
        tape.slice(begin, end)
    return False


@pytest.mark.parametrize("seed", range(40))
def test_slices_of_random_tapes(seed):
    n = 10 + 11 * seed
    events = random_rows(seed, n)
    random = np.random.default_rng(seed)
    block = int(random.choice([1, 7, 64, 1 << 20]))
    with (
        mock.patch.object(tape_module, "BLOCK", block),
        mock.patch.object(tape_rows, "BLOCK", block),
        mock.patch.object(tape_slice, "BLOCK", block),
    ):
        tape = Tape.from_events(events, BTC)
        for _ in range(6):
            begin, end = sorted(START + random.integers(-20, n + 60, 2))
            same(tape, events, int(begin), int(end) + 1, block)


@pytest.mark.parametrize("clock", [Flag.at_exchange, Flag.at_local])
def test_a_tape_on_one_clock_alone(clock):
    events = market(3000)
    events["flags"] = clock | Flag.last
    tape = Tape.from_events(events, BTC)
    for begin in (0, 1, 5 * 10**9, 40 * 10**9):
        same(tape, events, START + begin, START + begin + 10**9)


@pytest.mark.skipif(not RECORDED.exists(), reason="needs the recorded data beside the repository")
def test_slices_of_a_recorded_market():
    instrument = Instrument("BTCUSDT", "0.1", "0.001")
    path = RECORDED / "usdm_btcusdt_20240808.gz"
    events = import_files("binance", [path], instrument)[0]
    tape = Tape.from_events(events, instrument)
    first, last = tape.span
    for k in range(5):
        begin = first + (last - first) * k // 5
        assert same(tape, events, begin, begin + 10**10)


def test_a_minute_late_in_a_long_tape_costs_a_pass_and_no_more():
    """Three million rows: the plain fold takes 7 s and more."""
    n = 3_000_000
    tape = Tape.from_events(market(n), BTC)
    middle = (tape.span[0] + 9 * tape.span[1]) // 10
    began = time.process_time()
    part = tape.slice(middle, middle + 10**9)
    assert time.process_time() - began < 1.0
    assert 50 < len(part) < 5000
