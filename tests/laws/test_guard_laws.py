"""Laws of the guard: what no sequence of inventories, prices and losses makes it do."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import halfspread as hs
from halfspread import _core, synthetic
from halfspread.guard import GuardPolicy, in_words, table

SECOND = 1_000_000_000
TABLE = table()
FLAT = "flattening, at its goal"

number = some.floats


def maybe(values):
    """One of them, or not watched."""
    return some.none() | values


def unsure(values):
    """One of them, or not known."""
    return values | some.just(nan)


@some.composite
def policies(draw) -> GuardPolicy:
    flatten_at = draw(number(0.6, 1.0))
    return GuardPolicy(
        inventory_limit=draw(maybe(number(5, 50))),
        inventory_target=draw(some.integers(-5, 5)),
        reduce_at=flatten_at - 0.1,
        reduce_to=draw(number(0.0, 0.4)),
        flatten_at=flatten_at,
        flatten_to=draw(number(0.0, 0.5)),
        tighten=draw(some.booleans()),
        cool_down=draw(number(0, 3)),
        value_at_risk=draw(maybe(number(1, 100))),
        holding_time=draw(maybe(number(0.5, 10))),
        drawdown=draw(maybe(number(1, 100))),
        loss=draw(maybe(number(1, 200))),
        volatility_spike=draw(maybe(number(1.1, 4))),
        toxic_ticks=draw(maybe(number(0.1, 3))),
        stale_book=draw(maybe(number(0.5, 3))),
        clock_skew=draw(maybe(number(0.01, 1))),
        orders_per_second=draw(maybe(number(1, 30))),
        price_band=draw(maybe(number(1, 20))),
        end_of_day=draw(maybe(number(0.5, 10))),
        reduce_for=draw(maybe(number(0.5, 5))),
        patience=draw(number(0.2, 4)),
    )


SEEN = some.tuples(
    number(0.05, 2.0),  # seconds since the last step
    some.integers(-60, 60),  # inventory
    unsure(number(-300, 300)),  # wealth
    some.integers(0, 20),  # asks since the last step
    unsure(number(900, 1100)),  # mid
    some.booleans(),  # crossed
    unsure(number(0.1, 10)),  # volatility
    number(0, 5),  # age of the book
    unsure(number(-2, 2)),  # the newest row's delay
    number(0, 30),  # time left
)
DAYS = some.lists(SEEN, min_size=1, max_size=60)


def steps(policy, day):
    """(state before, guard, what it was told, whether it changed) of each step."""
    guard, now, asks = _core.Guard(policy.core(), 10 * SECOND), 10 * SECOND, 0
    for passed, inventory, wealth, asked, mid, crossed, volatility, age, delay, left in day:
        now, asks = now + round(passed * SECOND), asks + asked
        before = guard.state
        if inventory % 3 == 0:
            guard.fill(1 if inventory > 0 else -1, 1000, 1 + abs(inventory), now)
        told = (now, inventory, wealth, asks, mid, crossed, volatility, age, delay, left, 0.2)
        yield before, guard, told, guard.step(*told)


@settings(max_examples=300)
@given(policy=policies(), day=DAYS)
def test_it_never_leaves_halted_by_itself(policy, day):
    halted = False
    for _, guard, _, changed in steps(policy, day):
        assert not (halted and (changed or guard.state != "halted"))
        halted = guard.state == "halted"
    assert guard.resume(0.0) == halted
    assert guard.state == "quoting" or not halted


@settings(max_examples=300)
@given(policy=policies(), day=DAYS)
def test_every_change_is_one_of_the_table(policy, day):
    for before, guard, _, changed in steps(policy, day):
        assert changed or guard.state == before
        if not changed or guard.state == before:
            continue  # nothing, or another stage
        rows = [before, *([FLAT] if before == "flattening" else [])]
        assert guard.state in {TABLE[guard.reason][row] for row in rows}
        assert guard.stage == "passive"


@settings(max_examples=300)
@given(policy=policies(), day=DAYS)
def test_what_is_left_to_bring_home_never_passes_the_target(policy, day):
    for _, guard, told, _ in steps(policy, day):
        excess = abs(told[1] - policy.inventory_target)
        assert 0 <= guard.remaining <= excess
        assert guard.remaining == 0 or guard.state == "flattening"
        limit = policy.inventory_limit
        if limit is not None and excess >= policy.flatten_at * limit:
            assert guard.state in ("flattening", "halted"), "past the emergency's threshold"


@settings(max_examples=100)
@given(policy=policies(), day=DAYS, other=DAYS)
def test_what_comes_later_changes_nothing_before(policy, day, other):
    def tale(days):
        return [(g.state, g.stage, g.reason, g.remaining) for _, g, _, _ in steps(policy, days)]

    assert tale(day + other)[: len(day)] == tale(day)


@settings(max_examples=100)
@given(policy=policies(), day=DAYS)
def test_all_time_is_spent_in_some_state(policy, day):
    *_, (_, guard, told, _) = steps(policy, day)
    assert sum(guard.seconds) == pytest.approx((told[0] - 10 * SECOND) / SECOND, rel=1e-12)


@pytest.mark.filterwarnings("ignore:the guard halted")
@settings(max_examples=25)
@given(
    seed=some.integers(0, 10_000),
    limit=some.integers(20, 200),
    flatten_to=number(0.0, 0.5),
    loss=maybe(number(1, 50)),
    latency_ms=some.sampled_from([0.0, 3.0, 40.0]),
)
def test_in_a_market_flattening_goes_home_and_no_further(seed, limit, flatten_to, loss, latency_ms):
    """Once what rested before is gone, a round trip later, inventory only comes nearer zero."""
    tape = hs.Tape.from_events(
        synthetic.flow(events=6_000, seed=seed), hs.Instrument("TEST", "0.1", "0.01")
    )
    guard = GuardPolicy(
        inventory_limit=limit,
        flatten_to=flatten_to,
        loss=loss,
        holding_time="3s",
        patience="300ms",
        take_every="100ms",
        cool_down="1s",
    )
    market = hs.Replay(tape, guard=guard, latency_ms=latency_ms, decide_every="50ms")
    run = market.run(hs.models.fixed_spread(half_spread=1, size=limit // 4))
    times, held = run.path["time"], run.path["inventory"][:, 0]
    changes = [c for c in in_words(run.guard) if c["from"] != c["to"]]
    for change, after in zip(changes, [*changes[1:], None], strict=True):
        assert change["from"] != "halted"
        if change["to"] not in ("flattening", "halted"):
            continue
        begin = change["time"] + round(2 * latency_ms * 1e6) + 100_000_000
        end = after["time"] if after else times[-1]
        there = held[(times >= begin) & (times <= end)]
        assert np.all(np.diff(np.abs(there)) <= 0)
        assert np.all(there * there[:1] >= 0)
