"""Laws of simulated markets: counted by hand, refused by name, written, read and run again."""

import json

import numpy as np
import pytest
import yaml

import halfspread as hs
from calibration_worlds import world
from halfspread.calibrate import CalibrationError
from halfspread.calibrate import level_changes as read
from halfspread.calibrate.level_changes import Cause, read_changes
from halfspread.calibrate.queue_reactive import queue_intensities
from halfspread.calibrate.reference_price import narrow_moves
from halfspread.calibrate.world import calibrate_world
from halfspread.calibrate.zero_intelligence import resting_seconds, zero_intelligence
from halfspread.event import Flag, Kind
from level_tapes import ASK, BID, LAST, NONE, tape_of


def moves_of(rows):
    """(cause, side, price, before, after, distance) of what comes after the opening."""
    changes = read_changes(tape_of([*rows, (9, Kind.level, BID, 50, 1)]))
    kept = changes.message > 0
    columns = (changes.cause, changes.side, changes.price, changes.before, changes.after)
    found = zip(*(column[kept].tolist() for column in (*columns, changes.distance)), strict=True)
    return [(Cause(cause).name, *rest) for cause, *rest in found][:-1]


@pytest.mark.parametrize(
    ("rows", "moves"),
    [
        ([(1, Kind.level, BID, 100, 8)], [("limit", BID, 100, 5, 8, 1)]),
        ([(1, Kind.level, ASK, 103, 2)], [("limit", ASK, 103, 0, 2, 3)]),
        ([(1, Kind.level, BID, 99, 1)], [("cancel", BID, 99, 7, 1, 2)]),
        (
            [(1, Kind.trade, ASK, 100, 2), (1.5, Kind.level, BID, 100, 2)],
            [("market", BID, 100, 5, 3, 1), ("cancel", BID, 100, 3, 2, 1)],
        ),
        (
            [(1, Kind.trade, ASK, 100, 2), (1.5, Kind.level, BID, 100, 6)],
            [
                ("limit", BID, 100, 5, 6, 1),
                ("limit", BID, 100, 6, 8, 1),
                ("market", BID, 100, 8, 6, 1),
            ],
        ),
        (
            [(1, Kind.trade, ASK, 100, 2), (3, Kind.level, BID, 100, 3)],
            [("cancel", 1, 100, 5, 3, 1)],
        ),
        (
            [(1, Kind.trade, NONE, 101, 4), (1, Kind.level, ASK, 101, 0)],
            [("market", ASK, 101, 4, 0, 1)],
        ),
        (  # a bid through the ask: the ask was taken, and the bid is counted from the next one
            [
                (1, Kind.level, ASK, 104, 9),
                (2, Kind.trade, BID, 101, 4),
                (2, Kind.level, BID, 101, 3),
            ],
            [
                ("limit", ASK, 104, 0, 9, 4),
                ("market", ASK, 101, 4, 0, 1),
                ("limit", BID, 101, 0, 3, 3),
            ],
        ),
        (
            [(1, Kind.level, BID, 100, 9, LAST | Flag.snapshot)],
            [("told", BID, 100, 5, 9, 1)],
        ),
        ([(1, Kind.clear, BID, 100, 0)], [("told", BID, 100, 5, 0, 1)]),
        ([(1, Kind.touch, BID, 99, 7)], [("told", BID, 100, 5, 0, 1)]),
    ],
)
def test_what_a_level_tells_is_named(rows, moves, monkeypatch):
    monkeypatch.setattr(read, "MOST_PUT_RIGHT", 1.0)
    assert moves_of(rows) == moves


def test_the_changes_are_the_book():
    tape = hs.simulate(hs.flows.ZeroIntelligence.sky_perfect(speed=60), "2m", seed=5)
    changes = read_changes(tape)
    books = {1: {}, -1: {}}
    for side, price, before, after in zip(
        changes.side, changes.price, changes.before, changes.after, strict=True
    ):
        assert books[side].get(price, 0) == before
        books[side][price] = after
    left = [{p: s for p, s in books[side].items() if s} for side in (1, -1)]
    assert (max(left[0]), min(left[1])) == (changes.bid[-1], changes.ask[-1])
    trades = tape.columns["kind"] == Kind.trade
    assert changes.taken() == changes.printed == tape.columns["size_lots"][trades].sum()


def test_resting_lots_are_integrated_by_distance():
    tape = tape_of(
        [(2, Kind.level, ASK, 101, 0), (5, Kind.level, ASK, 103, 1), (9, Kind.level, 1, 90, 1)]
    )
    found = resting_seconds(read_changes(tape), 4)
    # bids at 100 and 99: 1 and 2 ticks from 101, remembered till 5 s, then 3 and 4 from 103
    assert found[0].tolist() == [25.0, 35.0, 20.0, 28.0]
    # the ask at 101 till 2 s, the one at 103 from 5 s on, best bid 100
    assert found[1].tolist() == [8.0, 0.0, 4.0, 0.0]


def test_rates_are_lots_over_exposure(monkeypatch):
    monkeypatch.setattr("halfspread.calibrate.zero_intelligence.FEWEST", 2)
    rows = [
        (1, Kind.level, BID, 100, 8),  # a limit order of 3, at 1
        (2, Kind.level, BID, 99, 8),  # of 1, at 2
        (3, Kind.trade, ASK, 100, 2),
        (3, Kind.level, BID, 100, 6),
        (4, Kind.level, BID, 99, 6),  # a cancellation of 2, at 2
        (5, Kind.level, ASK, 101, 1),  # of 3, at 1
        (8, Kind.level, BID, 100, 5),  # of 1, at 1
    ]
    fit = zero_intelligence(read_changes(tape_of(rows)))
    assert fit.unit_lots == 2.0
    assert fit.limit_rates == pytest.approx((3 / (2 * 8 * 2), 1 / (2 * 8 * 2)))
    assert fit.limit_errors == pytest.approx((3 / 32, 1 / 32))
    assert (fit.market_rate, fit.market_error) == pytest.approx((2 / 32, 2 / 32))
    bids = 5 * 1 + 8 * 2 + 6 * 5
    asks = 4 * 5 + 1 * 3
    behind = 7 * 2 + 8 * 2 + 6 * 4
    together = (1 + 3 + 2) / (bids + asks + behind)  # few of each: one rate
    assert fit.cancel_rates == pytest.approx((together, together))
    assert fit.flow.sizes == (2,)
    assert fit.price == 100


def test_a_mean_between_two_sizes_is_kept():
    flow = hs.flows.ZeroIntelligence((2.0, 1.0), 0.5, (0.5,), sizes=(1, 4), size_weights=(3, 1))
    fit = zero_intelligence(read_changes(hs.simulate(flow, "30m", seed=2)))
    assert fit.unit_lots == pytest.approx(1.75, abs=0.1)
    assert fit.flow.sizes == (1, 2)
    assert np.dot(fit.flow.sizes, fit.flow.size_weights) == pytest.approx(fit.unit_lots)


QUEUES = hs.flows.QueueReactive(
    limit=[[2.0, 1.0, 0.8, 0.6, 0.5]] * 5,
    cancel=[[0.0, 0.3, 0.6, 0.9, 1.2]] * 5,
    market=[[0.0, 0.5, 0.3, 0.2, 0.1]] + [[0.0] * 5] * 4,
    theta=0.6,
    theta_reinit=0.4,
)


def test_the_invariant_law_of_a_lone_queue_is_that_of_the_tape():
    """An order of many units crosses many lengths: the law of time is kept, whatever the sizes."""
    flow = hs.flows.QueueReactive(QUEUES.limit, QUEUES.cancel, QUEUES.market, 0.0, 0.0)
    queues = queue_intensities(read_changes(hs.simulate(flow, "2h", seed=4)))
    fitted = hs.flows.QueueReactive(
        *([getattr(q, name) for q in queues] for name in ("limit", "cancel", "market"))
    )
    for depth in (2, 3):
        seconds = np.array(queues[depth - 1].seconds)
        law = fitted.invariant(depth)
        assert np.abs(law - seconds / seconds.sum())[:-1].max() < 0.01


def test_moves_between_one_tick_spreads():
    time = np.arange(6) * 10**9
    bid, ask = np.array([10, 10, 11, 11, 10, 10]), np.array([11, 12, 12, 13, 11, 11])
    assert narrow_moves(time, bid, ask) == (2, 0.4, 1.0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: calibrate_world("x", world(20)), hs.ConfigError, "world must be one of zero_int"),
        (lambda: calibrate_world("zi", tape_of([]), -1), hs.ConfigError, "seed must be >= 0"),
        (lambda: calibrate_world("zi", world(20)), CalibrationError, "no level behind the best"),
        (lambda: calibrate_world("zi", tape_of([])), CalibrationError, "less than a second"),
        (
            lambda: calibrate_world("zi", tape_of([(9, Kind.level, BID, 100, 6)])),
            CalibrationError,
            "1 limit orders; the rates need 100",
        ),
        (
            lambda: calibrate_world("qr", tape_of([(9, Kind.level, BID, 100, 6)])),
            CalibrationError,
            "1 events at depth 1; it needs 200",
        ),
        (
            lambda: calibrate_world(
                "qr",
                tape_of(
                    [
                        (1, Kind.level, ASK, 101, 0),
                        (1, Kind.level, ASK, 103, 9),
                        (9, Kind.level, BID, 50, 6),
                    ]
                ),
            ),
            CalibrationError,
            "the spread is one tick for 11% of the time",
        ),
        (
            lambda: calibrate_world(
                "zi", tape_of([(3, Kind.touch, BID, 100, i) for i in range(9)])
            ),
            CalibrationError,
            "of the changes of levels only set the book right",
        ),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("zero_intelligence", hs.flows.ZeroIntelligence.sky_perfect(speed=60)),
        ("queue_reactive", QUEUES),
        ("hawkes", hs.flows.Hawkes.lively()),
    ],
)
def test_the_file_runs(call, tmp_path, monkeypatch, name, flow):
    monkeypatch.setattr("halfspread.calibrate.reference_price.EVENTS", 5_000)
    coin = hs.Instrument("COIN", tick="0.5", lot="0.01")
    hs.simulate(flow, "20m", seed=1, path="a.tape", instrument=coin)
    call("calibrate", "a.tape", "--world", name, "-o", "laws.yaml", "--report", "laws.html")
    laws = yaml.safe_load((tmp_path / "laws.yaml").read_text())
    assert laws["instrument"]["symbol"] == "COIN"
    assert set(laws["errors"]) < set(laws)
    assert (tmp_path / "laws.yaml").read_text().startswith(f"# {name} flow of COIN, from ")
    assert "<title>" in (tmp_path / "laws.html").read_text()
    call("simulate", name, "--laws", "laws.yaml", "-o", "b.tape", "--duration", "5m")
    again = hs.open_tape("b.tape")
    assert (again.instrument.symbol, again.instrument.lot) == ("COIN", coin.lot)
    told = json.loads(call("calibrate", "a.tape", "--world", name, "--json").stdout)
    assert told["world"] == name
    shown = call("calibrate", "a.tape", "--world", name).output
    assert "laws of COIN" in shown


def test_a_tape_that_says_too_little_is_named_by_the_command(call):
    hs.simulate(hs.flows.Hawkes.lively(), "500ms", path="short.tape")
    with pytest.raises(hs.ConfigError, match=r"tape must be a Tape: .* was 'short.tape'"):
        calibrate_world("zi", "short.tape")
    for name in ("zi", "queue-reactive", "hawkes"):
        out = call("calibrate", "short.tape", "--world", name, status=2).output
        assert "error: short.tape: less than a second of a book" in out


def test_laws_of_a_bad_instrument_are_refused(call, tmp_path):
    (tmp_path / "laws.yaml").write_text(
        "limit_rates: [1]\nmarket_rate: 1\ncancel_rates: [1]\ninstrument: {symbol: X}\n"
    )
    out = call("simulate", "zero_intelligence", "--laws", "laws.yaml", "-o", "b.tape", status=2)
    assert "laws.yaml: instrument: field 'tick' is missing" in out.output
