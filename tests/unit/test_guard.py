"""The guard in Python: its policy's checks, a run with it, its files, its page; by hand, too."""

import re
from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from halfspread.config import read_config
from halfspread.event import order_rows
from halfspread.guard import REASONS, STATES, in_words, table
from scripted_market import ASK, BID, Script

ROOT = Path(__file__).resolve().parents[2]
MODEL = hs.models.fixed_spread(half_spread=1, size=20)
WATCHFUL = hs.GuardPolicy(inventory_limit=100, holding_time="30s", patience="2s", end_of_day="20s")


@pytest.fixture(scope="module")
def tape():
    return hs.synthetic.tape(events=40_000, seed=2)


@pytest.fixture(scope="module")
def run(tape):
    return hs.Replay(tape, latency_ms=5, guard=WATCHFUL).run(MODEL)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("inventory_limit", 0, "inventory_limit must be > 0 or None, was 0"),
        ("inventory_target", 0.5, "inventory_target must be a whole number of lots, was 0.5"),
        ("reduce_to", 0.9, "reduce_to must be in [0, reduce_at), was 0.9"),
        ("flatten_to", -0.1, "flatten_to must be in [0, flatten_at), was -0.1"),
        ("reduce_at", 0.99, "reduce_at must be > 0 and at most flatten_at = 0.95"),
        ("flatten_at", 1.5, "flatten_at = 1.5 <= 1"),
        ("over_at", 0.0, "over_at must be in (0, 1], was 0.0"),
        ("value_at_risk", float("nan"), "value_at_risk must be > 0 or None, was nan"),
        ("var_confidence", 0.5, "var_confidence must be in (0.5, 1), was 0.5"),
        ("volatility_spike", 1.0, "volatility_spike must be > 1 or None, was 1.0"),
        ("loss", -5, "loss must be > 0 or None, was -5"),
        ("holding_time", "0s", "holding_time must be > 0 or None, was '0s'"),
        ("clock_skew", "0s", "clock_skew must be > 0 or None, was '0s'"),
        ("clock_skew", "late", "guard: clock_skew"),
        ("patience", "soon", "guard: patience"),
        ("cool_down", "-1s", "guard: cool_down"),
        ("toxic_lots", 0, "toxic_lots must be > 0 or None, was 0"),
    ],
)
def test_what_makes_no_sense_is_refused(field, value, words):
    with pytest.raises(hs.ConfigError) as caught:
        hs.GuardPolicy(**{field: value})
    assert words in str(caught.value)


def test_what_is_not_watched_is_infinite_in_the_core():
    core = hs.GuardPolicy().core()
    for name in ("inventory_limit", "value_at_risk", "loss", "drawdown", "stale_s", "skew_s"):
        assert getattr(core, name) == float("inf")
    assert core.end_of_day_s == 0
    full = hs.GuardPolicy(
        orders_per_second=3, stale_book="2s", clock_skew="40ms", end_of_day="1m"
    ).core()
    assert (full.order_rate, full.stale_s, full.skew_s, full.end_of_day_s) == (3, 2, 0.04, 60)
    assert full.var_multiple == pytest.approx(1.6448536)


def test_a_run_tells_what_its_guard_did(tape, run):
    assert set(run.guard) == {"time", "lane", "from", "to", "stage", "reason"}
    changes = in_words(run.guard)
    assert changes[-1]["reason"] == "end_of_day" or changes[-1]["to"] == "flattening"
    seconds = sum(run.counters[f"guard_{state}_seconds"][0] for state in STATES)
    first, last = tape.span
    assert seconds == pytest.approx((last - first) * 1e-9, abs=0.2)
    assert run.counters["inventory"][0] == 0, "the end of day was flat"
    state = "quoting"
    for change in changes:
        assert change["from"] == state
        row = "flattening, at its goal" if change["from"] == "flattening" else change["from"]
        if change["from"] != change["to"]:
            follows = {table()[change["reason"]][name] for name in (row, change["from"])}
            assert change["to"] in follows
        state = change["to"]


def test_without_a_guard_there_is_nothing_of_it(tape):
    run = hs.Replay(tape, latency_ms=5).run(MODEL)
    assert run.guard == {}
    assert not [name for name in run.counters if name.startswith("guard")]
    idle = hs.Replay(tape, latency_ms=5, guard=hs.GuardPolicy()).run(MODEL)
    for name, column in run.fills.items():
        np.testing.assert_array_equal(column, idle.fills[name])
    assert len(idle.guard["time"]) == 0


def test_lanes_have_guards_of_their_own(tape):
    model = hs.models.fixed_spread(half_spread=[1, 2, 3], size=20)
    market = hs.Replay(tape, latency_ms=5, guard=WATCHFUL, threads=2)
    together = market.run(model)
    assert set(together.guard["lane"]) == {0, 1, 2}
    for lane, half_spread in enumerate((1, 2, 3)):
        alone = market.run(hs.models.fixed_spread(half_spread=half_spread, size=20))
        mine = together.lane(lane).guard
        for name, column in alone.guard.items():
            np.testing.assert_array_equal(column, mine[name])


def test_it_is_saved_and_comes_back(run, tmp_path):
    again = hs.Run.load(run.save(tmp_path))
    for name, column in run.guard.items():
        np.testing.assert_array_equal(column, again.guard[name])
    assert "Guard</h2>" in again.report(tmp_path / "report.html").read_text()


def test_a_quiet_guard_is_saved_and_shown_too(tape, tmp_path, capsys):
    quiet = hs.Replay(tape, guard=hs.GuardPolicy()).run(MODEL)
    hs.Run.load(quiet.save(tmp_path)).summary()
    assert re.search(r"quoting\s+│\s+100\.?\d* %", capsys.readouterr().out)


def test_the_summary_has_a_table_of_it(run, capsys):
    run.summary()
    printed = capsys.readouterr().out
    assert "why, how often" in printed
    assert "holding time" in printed


def quiet_market(seconds=60):
    script = Script(10_000)
    for tenth in range(1, seconds * 10):
        script.heartbeat(tenth / 10)
    return script.tape()


def test_by_hand_a_halted_guard_is_left_by_resume_alone():
    market = hs.Replay(quiet_market(), guard=hs.GuardPolicy(loss=5, patience="1s", cool_down="0s"))
    seen, resumed = [], None
    for step, state in enumerate(market):
        if step == 2:
            assert market.submit(BID, 10_001, 10, "immediate")
        seen.append(market.guard_state[0])
        if seen[-1] == "halted":
            assert market.submit(ASK, 10_100, 1) is None
            assert not market.open_orders()
            if step > 300 and resumed is None:
                assert state.inventory == 0
                resumed = market.resume()
                assert market.submit(ASK, 10_100, 1) is not None
    assert resumed is True
    assert seen[300] == "halted"
    assert seen[-1] == "quoting"
    assert [state for i, state in enumerate(seen[:300]) if state != seen[i - 1] or i == 0] == [
        "quoting",
        "flattening",
        "halted",
    ]
    with pytest.warns(UserWarning, match="the guard halted 1 lane"):
        reasons = [REASONS[number] for number in market.result().guard["reason"]]
    assert reasons[-1] == "resume"
    assert market.resume() is False


def test_a_book_that_stops_is_stale():
    script = Script(10_000)
    for tenth in range(1, 50):
        script.heartbeat(tenth / 10)
    script.print_through(9.0, ASK, 1, ticks=1)
    script.heartbeat(15.0)
    script.heartbeat(30.0)
    market = hs.Replay(
        script.tape(), guard=hs.GuardPolicy(stale_book="2s", cool_down="1s"), decide_every="100ms"
    )
    run = market.run(MODEL)
    first = run.path["time"][0] / 1e9 // 1
    changes = [(round(c["time"] / 1e9 - first, 1), c["to"]) for c in in_words(run.guard)]
    # Rows at 4.9 and 15 s: a print is none of the book's.
    assert changes[:3] == [(6.9, "reducing"), (15.9, "quoting"), (17.0, "reducing")]


def skewed_tape(delay_s, kind=hs.Kind.level):
    """Ten rows a second for 20 s, which come on time but from 5 to 10 s, when they take that."""
    script = Script(10_000)
    for tenth in range(1, 200):
        if kind == hs.Kind.trade:
            script.print_through(tenth / 10, ASK, 1, ticks=1)
        else:
            script.heartbeat(tenth / 10)
    tape = script.tape()
    events = tape.events().copy()
    first = int(events["exchange_time"][0])
    late = (events["exchange_time"] > first + 5e9) & (events["exchange_time"] < first + 10e9)
    events["local_time"][late] += round(delay_s * 1e9)
    return hs.Tape.from_events(order_rows(events), tape.instrument)


@pytest.mark.parametrize("kind", [hs.Kind.level, hs.Kind.trade])
@pytest.mark.parametrize("delay_s", [0.35, -0.35])
def test_clocks_that_part_are_seen_by_any_row(delay_s, kind):
    guard = hs.GuardPolicy(clock_skew="300ms", cool_down="1s")
    market = hs.Replay(skewed_tape(delay_s, kind), guard=guard, decide_every="50ms")
    changes = in_words(market.run(MODEL).guard)
    assert [(c["to"], c["reason"]) for c in changes] == [
        ("reducing", "clock_skew"),
        ("quoting", "calm"),
    ]
    began, ended = ((c["time"] - market.tape.span[0]) / 1e9 for c in changes)
    assert began == pytest.approx(5.1 + delay_s, abs=0.11)
    assert ended == pytest.approx(10.0 + max(delay_s, 0.0) + 1.0, abs=0.21)
    patient = hs.GuardPolicy(clock_skew="400ms", cool_down="1s")
    assert not in_words(market.with_changes(guard=patient).run(MODEL).guard)


def test_made_up_worlds_have_the_skew_that_they_say():
    guard = hs.GuardPolicy(clock_skew="80ms")
    flow = hs.flows.ZeroIntelligence.sky_perfect(levels=8, speed=120)
    for feed_ms, reduces in ((79, False), (80, True)):
        market = hs.Simulated(
            flow, horizon="10s", warm_up="10s", feed_latency_ms=feed_ms, guard=guard
        )
        changes = in_words(market.run(MODEL).guard)
        assert [c["reason"] for c in changes] == ["clock_skew"] * reduces
    world = hs.Brownian("10s", volatility=1, fill_intensity=1, fill_decay=1, spread=2, guard=guard)
    assert not in_words(world.run(MODEL).guard)


def test_a_hand_halts_and_the_venue_confirms():
    market = hs.Replay(quiet_market(), guard=hs.GuardPolicy(), latency_ms=(30, 20))
    told = []
    for step, state in enumerate(market):
        market.quote(state.mid - 1, state.mid + 1)
        if step == 10:
            assert (market.orders_at_venue(), len(market.open_orders())) == (2, 2)
            assert market.halt() is True
            assert market.halt() is False
        told.append((*market.guard_state[::2], market.orders_at_venue()))
    assert told[9:12] == [("quoting", "calm", 2), ("halted", "halt", 2), ("halted", "pulled", 0)]
    assert set(told[12:]) == {("halted", "pulled", 0)}
    with pytest.warns(UserWarning, match="the guard halted 1 lane"):
        run = market.result()
    assert [c["reason"] for c in in_words(run.guard)] == ["halt", "pulled"]
    assert run.counters["submits"] == run.counters["cancels"] == 2


def test_a_config_may_have_a_guard(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "# A guarded maker.\n"
        "demo: {events: 20000}\n"
        "model: {model: fixed_spread, half_spread: 1}\n"
        "market: {guard: {inventory_limit: 30, patience: 2s}}\n"
    )
    assert read_config(path).replay().guard == hs.GuardPolicy(inventory_limit=30, patience="2s")
    path.write_text(path.read_text().replace("patience", "patients"))
    with pytest.raises(hs.ConfigError, match=r"market\.guard\.patients.*patience"):
        read_config(path)


def test_the_page_shows_the_table_of_the_code():
    """docs/risk.md holds what `halfspread.guard.table` says, state by state."""
    page = (ROOT / "docs" / "risk.md").read_text()
    rows = list(next(iter(table().values())))
    heads = "| reason | " + " | ".join(rows) + " |"
    lines = [heads, "|-" * (len(rows) + 1) + "|"]
    for reason, follows in table().items():
        lines.append(f"| `{reason}` | " + " | ".join(follows.values()) + " |")
    assert "\n".join(lines) in page, "\n".join(lines)
