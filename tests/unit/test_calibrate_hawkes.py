"""A Hawkes flow's laws: events named by hand, the likelihood beside plain sums, laws of scale."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml

import halfspread as hs
from browser import Browser
from halfspread.calibrate import CalibrationError, calibrate_world
from halfspread.calibrate.hawkes_book import room_of, share_cancelled, sizes_of
from halfspread.calibrate.hawkes_events import CANCEL_DEEP, CANCEL_TOP, hawkes_events
from halfspread.calibrate.hawkes_flow_fit import hawkes_flow_fit
from halfspread.calibrate.hawkes_likelihood import Seen, climb, covariance, sums_of
from halfspread.calibrate.level_changes import read_changes
from halfspread.event import Kind
from halfspread.hawkes_flow import KINDS
from level_tapes import ASK, BID, tape_of

CHROMIUM = shutil.which("chromium")
SWAPPED = np.r_[6:12, 0:6]


def events_of(rows):
    return hawkes_events(read_changes(tape_of([*rows, (9, Kind.level, BID, 90, 1)])))


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([(1, Kind.level, BID, 100, 8)], {"bid limit_top": 3}),
        ([(1, Kind.level, BID, 98, 2)], {"bid limit_deep": 2}),
        ([(1, Kind.level, ASK, 103, 2)], {"ask limit_deep": 2}),
        ([(1, Kind.level, BID, 100, 2)], {"bid cancel_top": 3}),
        ([(1, Kind.level, BID, 99, 0)], {"bid cancel_deep": 7}),
        (
            [(1, Kind.trade, BID, 101, 4), (1, Kind.level, ASK, 101, 0)],
            {"bid market": 4},
        ),
        (  # two prices at one instant: one event
            [(1, Kind.level, BID, 98, 2, 3), (1, Kind.level, BID, 97, 3)],
            {"bid limit_deep": 5},
        ),
        (  # the ask went; its best is where it last was, and what comes better is inside
            [(1, Kind.level, ASK, 101, 0), (2, Kind.level, ASK, 101, 1)],
            {"ask cancel_top": 4, "ask limit_top": 1},
        ),
        (
            [
                (1, Kind.level, ASK, 104, 2),
                (2, Kind.level, ASK, 101, 0),
                (3, Kind.level, ASK, 102, 1),
            ],
            {"ask limit_deep": 2, "ask cancel_top": 4, "ask limit_inside": 1},
        ),
    ],
)
def test_what_an_order_did_is_its_kind(rows, kinds):
    events = events_of(rows)
    before_last = events.lots[:-1].sum(axis=0)
    found = {KINDS[i]: int(n) for i, n in enumerate(before_last) if n}
    assert found == kinds


def test_the_book_between_events():
    events = events_of([(1, Kind.level, ASK, 104, 2), (2, Kind.level, ASK, 101, 0)])
    assert events.time.tolist() == [0.0, 1.0, 2.0, 9.0]
    assert events.top.tolist() == [[5, 4], [5, 4], [5, 2], [5, 2]]
    assert events.deep.tolist() == [[7, 0], [7, 2], [7, 0], [8, 0]]
    assert events.spread.tolist() == [1, 1, 4, 4]
    assert events.price == 100
    assert events.behind.tolist() == [3, 10]


def test_orders_far_away_are_left_out():
    flow = hs.flows.Hawkes.lively()
    tape = hs.simulate(flow, "1m", seed=1)
    changes = read_changes(tape)
    farther = replace(changes, price=changes.price - 10_000 * (changes.side > 0))
    assert hawkes_events(changes).left_out == 0
    assert 0.3 < hawkes_events(farther).left_out < 0.7


def test_a_longer_tape_is_cut_and_says_so(monkeypatch):
    tape = hs.simulate(hs.flows.Hawkes.lively(), "5m", seed=1)
    whole = hawkes_events(read_changes(tape))
    monkeypatch.setattr("halfspread.calibrate.hawkes_events.MOST_EVENTS", 2_000)
    found = calibrate_world("hawkes", tape, decays=(1.0,))
    assert sum(kind.events for kind in found.excitation.kinds) <= 2_000 < whole.counts.sum()
    assert found.span[1] - found.span[0] == pytest.approx(found.excitation.seconds * 1e9)
    assert found.excitation.seconds < whole.seconds
    assert any("The tape is longer" in note for note in found.notes)


def test_a_share_is_told_by_cancellations_of_several_orders():
    """Orders of one lot, and of 20 of them each cancellation takes a quarter: 5."""
    rows, held = [], 5
    for step in range(1, 60):
        held += -5 if held == 20 else 1
        rows.append((0.1 * step, Kind.level, BID, 100, held))
    rows += [(8.0, Kind.level, BID, 99, 8), (8.1, Kind.level, BID, 99, 7)]
    events = events_of(rows)
    share, error = share_cancelled(events, CANCEL_TOP)
    assert (share, error) == (pytest.approx(0.25), pytest.approx(0.0, abs=1e-9))
    room = room_of(events, 0.1, 1.0)[:, KINDS.index("bid cancel_top")]
    assert room == pytest.approx(np.minimum(1, 0.1 * events.top[:, 0]))
    deep, untold = share_cancelled(events, CANCEL_DEEP)
    assert (deep, untold) == (pytest.approx(1 / 8), None)


def test_sizes_are_those_of_the_best_prices():
    rows = [
        (1, Kind.level, BID, 100, 8),
        (2, Kind.level, BID, 100, 11),
        (3, Kind.level, BID, 98, 99),
    ]
    assert sizes_of(events_of(rows)) == ((3,), (1.0,))


def made_up(instants=60, kinds=3, seed=0):
    rng = np.random.default_rng(seed)
    time = np.concatenate([[0.0], np.sort(rng.random(instants))]) * 10
    happened = rng.random((instants + 1, kinds)) < 0.5
    happened[0] = False
    return time, happened, rng


def test_sums_are_those_of_the_plain_program():
    time, happened, rng = made_up()
    decays = np.array([0.5, 20.0])
    theta = rng.random((3, 7)) * 0.3
    room = (rng.random(happened.shape) < 0.6).astype(np.float32)
    room[:, 0] = 1.0
    seen = Seen(time, happened, np.ones_like(room))
    sums = sums_of(seen, decays, theta)
    for i in range(3):
        rows = []
        for t in time[happened[:, i]]:
            past = [
                np.exp(-b * (t - time[happened[:, j] & (time < t)])).sum()
                for b in decays
                for j in range(3)
            ]
            rows.append([1.0, *past])
        assert sums.past[i] == pytest.approx(np.array(rows))
        whole = [time[-1]] + [
            ((1 - np.exp(-b * (time[-1] - time[happened[:, j]]))) / b).sum()
            for b in decays
            for j in range(3)
        ]
        assert sums.exposure[i] == pytest.approx(whole)
        assert sums.gaps[i].sum() <= theta[i] @ sums.whole


def test_the_unseen_come_in_the_mean():
    """A Poisson kind that is never seen, and one that it excites: A = mu (1 - e^-bt) / b."""
    time = np.linspace(0, 10, 2_001)
    happened = np.zeros((2_001, 2), dtype=bool)
    happened[-1, 1] = True
    room = np.tile(np.array([0.0, 1.0], dtype=np.float32), (2_001, 1))
    theta = np.array([[2.0, 0.0, 0.0], [1.0, 0.5, 0.0]])
    sums = sums_of(Seen(time, happened, room), np.array([1.5]), theta)
    assert sums.past[1][0, 1] == pytest.approx(2.0 * (1 - np.exp(-15.0)) / 1.5)
    area = 2.0 / 1.5 * (10 - (1 - np.exp(-15.0)) / 1.5)
    assert sums.exposure[1] == pytest.approx([10.0, area, 0.0], rel=1e-4)
    assert sums.exposure[0].tolist() == [0.0, 0.0, 0.0]


def test_the_climb_ends_where_scipy_does():
    from scipy.optimize import minimize

    rng = np.random.default_rng(3)
    past = np.column_stack([np.ones(400), rng.exponential(1.0, (400, 6))])
    exposure = np.array([80.0, 70, 90, 400, 60, 500, 80])
    ours = climb(past, exposure)
    theirs = minimize(
        lambda x: exposure @ x - np.log(past @ x).sum(),
        np.full(7, 0.5),
        jac=lambda x: exposure - (1 / (past @ x)) @ past,
        bounds=[(1e-12, None)] * 7,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5_000},
    )
    value = [np.log(past @ x).sum() - exposure @ x for x in (ours, theirs.x)]
    assert value[0] >= value[1] - 1e-6
    assert ours == pytest.approx(theirs.x, abs=2e-3)
    assert ours @ exposure == pytest.approx(400)
    assert (ours == 0).sum() >= 2
    assert np.all((np.diag(covariance(past, ours)) > 0) == (ours > 0))


@pytest.fixture(scope="module")
def lively():
    flow = hs.flows.Hawkes.lively()
    return hawkes_events(read_changes(hs.simulate(flow, "10m", seed=2)))


def test_slower_time_divides_rates_and_leaves_what_is_brought_on(lively):
    fast = hawkes_flow_fit(lively, (0.4, 40.0))
    slow = hawkes_flow_fit(replace(lively, time=lively.time * 4), (0.1, 10.0))
    assert np.array(slow.flow.baselines) * 4 == pytest.approx(fast.flow.baselines, rel=1e-3)
    assert slow.flow.branching == pytest.approx(fast.flow.branching, rel=1e-3, abs=1e-6)
    assert slow.radius == pytest.approx(fast.radius, rel=1e-3)


def test_sides_that_change_places_change_their_laws(lively):
    one = hawkes_flow_fit(lively, (0.4, 40.0))
    other = hawkes_flow_fit(
        replace(
            lively,
            kinds=lively.kinds[:, SWAPPED],
            lots=lively.lots[:, SWAPPED],
            top=lively.top[:, ::-1],
            deep=lively.deep[:, ::-1],
        ),
        (0.4, 40.0),
    )
    assert np.array(other.flow.baselines)[SWAPPED] == pytest.approx(one.flow.baselines, rel=1e-3)
    swapped = other.flow.branching[np.ix_(SWAPPED, SWAPPED)]
    assert swapped == pytest.approx(one.flow.branching, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda tape: calibrate_world("hawkes", tape),
            CalibrationError,
            r"\d+ events; the jumps of a Hawkes flow need 1,000",
        ),
        (
            lambda tape: calibrate_world("hawkes", tape, decays=()),
            hs.ConfigError,
            "decays must be",
        ),
        (
            lambda tape: calibrate_world("hawkes", tape, decays=(1.0, -2.0)),
            hs.ConfigError,
            "decays must be > 0",
        ),
        (
            lambda tape: calibrate_world("zi", tape, decays=(1.0,)),
            hs.ConfigError,
            "decays are of hawkes alone, world was 'zi'",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(call, error, words):
    tape = hs.simulate(hs.flows.Hawkes.lively(), "20s", seed=1)
    with pytest.raises(error, match=words):
        call(tape)


def test_laws_that_explode_are_refused_with_their_ratio(lively):
    """A rate that grows with no end in sight, remembered for long."""
    count = 3_000
    kinds = np.arange(count)[:, None] % 13 == np.arange(1, 13)
    events = replace(
        lively,
        time=10 * np.log1p(np.arange(count) / 10),
        kinds=kinds,
        lots=kinds.astype(np.int64),
        top=np.full((count, 2), 10),
        deep=np.full((count, 2), 10),
        spread=np.full(count, 2),
    )
    with pytest.raises(
        CalibrationError, match=r"the branching ratio is \d+\S*: such a Hawkes flow"
    ):
        hawkes_flow_fit(events, (0.01,))


def test_the_screen_and_the_file_say_what_is_not_told(call, tmp_path):
    hs.simulate(hs.flows.Hawkes.lively(), "10m", seed=1, path="a.tape")
    out = call("calibrate", "a.tape", "--world", "hawkes", "--decays", "0.4,40", "-o", "laws.yaml")
    assert "bid limit_inside" in out.output
    assert "branching ratio 0." in out.output
    laws = yaml.safe_load((tmp_path / "laws.yaml").read_text())
    assert laws["decays"] == [0.4, 40.0]
    jumps, errors = np.array(laws["jumps"]), np.array(laws["errors"]["jumps"], dtype=float)
    assert np.all(np.isnan(errors) == (jumps == 0))
    wrong = call("calibrate", "a.tape", "--world", "hawkes", "--decays", "x", status=2)
    assert "--decays must be numbers between commas" in wrong.output
    alone = call("calibrate", "a.tape", "--decays", "1", status=2)
    assert "--decays is of --world hawkes alone" in alone.output


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_page_opens_in_a_browser(tmp_path):
    tape = hs.simulate(hs.flows.Hawkes.lively(), "3m", seed=1)
    path = calibrate_world("hawkes", tape, decays=(1.0, 30.0)).report(tmp_path / "page.html")
    with Browser(CHROMIUM, tmp_path / "profile") as browser:
        browser.open(path.as_uri())
        assert browser.wait_for("!!window.Plotly")
        for chart in ("branching", "memory", "gaps"):
            browser.value(f"document.querySelector('#{chart}').scrollIntoView()")
            assert browser.wait_for(f"document.querySelector('#{chart} .main-svg') !== null")
        assert browser.errors() == []
