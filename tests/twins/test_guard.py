"""The compiled guard and the plain one agree at every step of random days with random policies."""

import math
from dataclasses import replace

import numpy as np
import pytest

from halfspread import _core
from halfspread.guard import REASONS, STATES, GuardPolicy
from twins.plain_guard import PlainGuard

SECOND = 1_000_000_000
NAN = math.nan


def random_policy(rng):
    """Half of the reasons watched, with thresholds that the days below reach now and then."""
    choices = {
        "inventory_limit": float(rng.integers(10, 60)),
        "value_at_risk": 10 ** rng.uniform(0, 2),
        "holding_time": rng.uniform(5, 60),
        "drawdown": rng.uniform(5, 100),
        "loss": rng.uniform(20, 400),
        "volatility_spike": rng.uniform(1.2, 4),
        "toxic_ticks": rng.uniform(0.2, 3),
        "stale_book": rng.uniform(0.5, 4),
        "clock_skew": rng.uniform(0.05, 0.3),
        "orders_per_second": rng.uniform(3, 30),
        "price_band": rng.uniform(3, 30),
        "end_of_day": rng.uniform(1, 30),
        "reduce_for": rng.uniform(2, 20),
        "reference_volatility": rng.uniform(0.5, 3),
    }
    watched = {name: f"{value}s" for name, value in choices.items() if rng.random() < 0.5}
    for name in watched:
        if name not in ("holding_time", "stale_book", "clock_skew", "end_of_day", "reduce_for"):
            watched[name] = choices[name]
    return GuardPolicy(
        inventory_target=int(rng.integers(-5, 6)),
        reduce_at=0.7,
        reduce_to=rng.uniform(0.2, 0.65),
        flatten_at=rng.uniform(0.75, 1.0),
        flatten_to=rng.uniform(0.0, 0.7),
        tighten=bool(rng.random() < 0.5),
        reference_half_life=f"{rng.uniform(5, 100)}s",
        over_at=rng.uniform(0.5, 1.0),
        cool_down=f"{rng.choice([0.0, 1.05, 5.05])}s",
        toxic_horizon=f"{rng.uniform(0.0, 3.0)}s",
        toxic_half_life=f"{rng.uniform(1, 30)}s",
        toxic_lots=rng.uniform(0.5, 20),
        patience=f"{rng.uniform(0.5, 8)}s",
        **watched,
    )


class Day:
    """A random day: inventory that drifts and jumps, wealth, volatility, gaps in what is known."""

    def __init__(self, rng, steps):
        self.rng, self.steps = rng, steps
        self.now, self.inventory, self.wealth, self.asks, self.mid = 10 * SECOND, 0, 0.0, 0, 1000.0
        self.volatility, self.age, self.delay = 1.0, 0.0, 0.005

    def __iter__(self):
        rng = self.rng
        for step in range(self.steps):
            passed = rng.choice([0.1, 0.1, 0.1, 0.5, 3.0])
            self.now += round(passed * SECOND)
            fills = []
            for _ in range(rng.poisson(0.5 if rng.random() < 0.9 else 100)):
                side, size = int(rng.choice([-1, 1])), int(rng.integers(1, 6))
                if rng.random() < 0.4:
                    side = -1 if self.inventory > 0 else 1
                self.inventory += side * size
                price = int(self.mid - side * rng.integers(0, 4))
                fills.append((side, price, size, self.now))
            if rng.random() < 0.02:
                self.inventory = 0
            move = float(rng.integers(-4, 5)) / 2 * (8 if rng.random() < 0.01 else 1)
            self.mid += move
            self.wealth += 0.2 * self.inventory * move - 0.05
            self.volatility *= math.exp(0.1 * rng.standard_normal())
            self.asks += int(rng.poisson(2 if rng.random() < 0.95 else 30))
            self.age = 0.0 if rng.random() < 0.7 else self.age + passed
            if rng.random() < 0.1:
                self.delay = float(rng.normal(0, 0.15))
            yield (
                fills,
                (
                    self.now,
                    self.inventory,
                    NAN if rng.random() < 0.05 else self.wealth,
                    self.asks,
                    NAN if rng.random() < 0.05 else self.mid,
                    bool(rng.random() < 0.01),
                    NAN if step < 5 or rng.random() < 0.05 else self.volatility,
                    self.age,
                    NAN if rng.random() < 0.05 else self.delay,
                    (self.steps - step) * 0.6,
                    0.2,
                ),
            )


@pytest.mark.parametrize("seed", range(60))
def test_the_guard_equals_the_plain_one(seed):
    rng = np.random.default_rng(seed)
    policy = random_policy(rng).core()
    fast, plain = _core.Guard(policy, 10 * SECOND), PlainGuard(policy, 10.0)
    for step, (fills, (now, *seen)) in enumerate(Day(rng, 400)):
        for side, price, size, at in fills:
            fast.fill(side, price, size, at)
            plain.fill(side, price, size, at / SECOND)
        changed = fast.step(now, *seen)
        assert changed == plain.step(now / SECOND, *seen), step
        found = (fast.state, fast.stage, fast.reason, fast.remaining)
        assert found == (plain.state, plain.stage, plain.reason, plain.remaining), step
        any_open = bool(rng.random() < 0.5)
        assert fast.pull(any_open) == plain.pull(any_open)
        if rng.random() < 0.02:
            assert fast.resume(seen[1]) == plain.resume(seen[1])
        if rng.random() < 0.003:
            assert fast.halt() == plain.halt()
        assert (fast.state, fast.reason) == (plain.state, plain.reason), step
    assert fast.seconds == pytest.approx([plain.seconds[state] for state in STATES], abs=1e-6)


def test_the_days_see_every_state_and_every_reason():
    """Else the twins would agree on nothing much."""
    states, reasons = set(), set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        guard = _core.Guard(random_policy(rng).core(), 10 * SECOND)
        for fills, seen in Day(rng, 400):
            for fill in fills:
                guard.fill(*fill)
            if guard.step(*seen):
                reasons.add(guard.reason)
            states.add((guard.state, guard.stage))
            if rng.random() < 0.001 and guard.halt():
                reasons.add(guard.reason)
            for by_hand in (lambda g=guard: g.pull(False), lambda g=guard, w=seen[2]: g.resume(w)):
                if by_hand():
                    reasons.add(guard.reason)
    assert reasons == set(REASONS)
    assert {state for state, _ in states} == set(STATES)
    assert ("flattening", "market") in states


def test_a_planted_error_is_seen():
    rng = np.random.default_rng(0)
    policy = replace(random_policy(rng), inventory_limit=20.0, cool_down="1s")
    off = replace(policy, cool_down="1.5s")
    fast, plain = _core.Guard(policy.core(), 10 * SECOND), PlainGuard(off.core(), 10.0)
    same = [
        fast.step(now, *seen) == plain.step(now / SECOND, *seen)
        for _, (now, *seen) in Day(rng, 400)
    ]
    assert not all(same)
