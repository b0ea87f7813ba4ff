"""Laws of the kill switch: halted and pulled means that the venue holds nothing of ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import halfspread as hs
from halfspread import synthetic
from halfspread.guard import GuardPolicy, in_words
from halfspread.policy import QUEUES, RULES

DECISION_NS = 50_000_000
WAYS_MS = (0.0, 3.0, 40.0, 170.0)
EVENTS = synthetic.flow(events=4_000, seed=4)
TAPE = hs.Tape.from_events(EVENTS, hs.Instrument("TEST", "0.1", "0.01"))
LOSING = {"fees": hs.Fees(maker=1e-3), "decide_every": "50ms"}
WORLDS = ("replay", "brownian", "simulated")
REASONS = {
    "by hand": GuardPolicy(),
    "loss": GuardPolicy(loss=1e-6, patience="300ms", cool_down="1s"),
    # Stages give way before the answers come: it halts with orders under way.
    "stuck": GuardPolicy(holding_time="1s", patience="10ms", take_every="1ms"),
}


def jittered(seed: int) -> hs.Latency:
    """Ways of 1 to 60 ms; one ask in fifty is refused."""
    rng = np.random.default_rng(seed)
    asked = TAPE.span[0] + np.arange(2_000) * 50_000_000
    out, back = rng.integers(1, 60, (2, len(asked))) * 1_000_000
    refused = rng.random(len(asked)) < 0.02
    rows = [asked, np.where(refused, 0, asked + out), asked + out + back]
    return hs.Latency(samples=np.column_stack(rows))


@some.composite
def markets(draw):
    """A market with a guard that will halt or be halted, why, and the longest round trip, ns."""
    reason = draw(some.sampled_from(sorted(REASONS)))
    guard = REASONS[reason]
    orders = hs.OrderPolicy(
        levels=draw(some.integers(1, 3)),
        amend=draw(some.booleans()),
        taking=draw(some.booleans()),
    )
    out, back = draw(some.sampled_from(WAYS_MS)), draw(some.sampled_from(WAYS_MS))
    more = {"guard": guard, "orders": orders, "latency_ms": (out, back), **LOSING}
    round_trip = round((out + back) * 1e6)
    world = draw(some.sampled_from(WORLDS))
    seed = draw(some.integers(0, 1_000))
    if world == "brownian":
        made = hs.Brownian(
            "30s", volatility=1, fill_intensity=3, fill_decay=0.5, spread=2, seed=seed, **more
        )
        return made, reason, round_trip
    if world == "simulated":
        flow = hs.flows.ZeroIntelligence.sky_perfect(levels=8, speed=120)
        made = hs.Simulated(flow, horizon="30s", warm_up="20s", seed=seed, **more)
        return made, reason, round_trip
    rules = draw(some.sampled_from(RULES))
    if draw(some.booleans()):
        del more["latency_ms"]
        more["latency"], round_trip = jittered(seed), 120_000_000
    made = hs.Replay(TAPE, rules=rules, queue=draw(some.sampled_from(QUEUES)), **more)
    return made, reason, round_trip


@pytest.mark.filterwarnings("ignore:the guard halted")
@settings(max_examples=150, deadline=None)
@given(markets(), some.integers(0, 100), some.integers(1, 20))
def test_once_pulled_nothing_rests_nothing_is_sent_and_nothing_fills(case, step, size):
    market, reason, round_trip = case
    halted_at = sent = None
    pulled = False
    for number, state in enumerate(market):
        if not market.open_orders():
            assert market.orders_at_venue() == 0, "what the desk counts is never too few"
        guard, _, why = market.guard_state
        if guard == "halted" and halted_at is None:
            halted_at = market.now
        if why == "pulled":
            pulled = True
            assert market.orders_at_venue() == 0
            assert not market.open_orders()
        market.quote(state.mid - 1, state.mid + 1, size, size)
        if reason == "by hand" and number >= step and halted_at is None:
            assert market.halt()
            assert not market.halt()
            halted_at = market.now
        if halted_at is None:
            continue
        assert market.submit(hs.Side.bid, 1, 1) is None
        counts = {name: market._stepper.counters()[name][0] for name in ("submits", "amends")}
        sent = sent or counts
        assert counts == sent, "halted, nothing is sent"
        waited = market.now - halted_at
        # Refused asks come back late, and one at a time: only where none is refused is it timely.
        if market.latency.samples is None and waited > 2 * round_trip + 2 * DECISION_NS:
            assert pulled, "two round trips and a decision are enough"
    run = market.result()
    changes = in_words(run.guard)
    assert reason != "by hand" or [c["reason"] for c in changes][:1] == ["halt"]
    if pulled:
        told = [c["time"] for c in changes if c["reason"] == "pulled"]
        assert len(told) == 1
        assert not np.any(run.fills["local_time"] > told[0])
        assert market.orders_at_venue() == 0


def test_all_of_them_halt_with_orders_at_the_venue():
    """Else the law would hold of nothing."""
    for reason, guard in REASONS.items():
        market = hs.Replay(TAPE, guard=guard, latency_ms=170, **LOSING)
        held = 0
        for number, state in enumerate(market):
            if market.guard_state[0] == "halted":
                held = held or market.orders_at_venue() + len(market.open_orders())
            market.quote(state.mid - 1, state.mid + 1, 5, 5)
            if reason == "by hand" and number == 40:
                market.halt()
        assert market.guard_state == ("halted", "passive", "pulled"), reason
        assert (held > 0) == (reason != "loss"), "a loss halts it when it is flat, all pulled"


def test_a_hand_needs_a_guard_to_halt():
    market = hs.Replay(TAPE)
    market.begin()
    market.step()
    with pytest.raises(hs.ConfigError, match=r"halt: the market has no guard; GuardPolicy\(\) is"):
        market.halt()
