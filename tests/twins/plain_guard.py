"""A guard in plain Python, written from docs/risk.md: what core/guard.hpp must equal."""

import math

STRENGTH = {"quoting": 0, "reducing": 1, "flattening": 2, "halted": 3}
ASKS_FOR = {
    "inventory": "reducing",
    "emergency": "flattening",
    "var": "reducing",
    "holding_time": "flattening",
    "drawdown": "flattening",
    "loss": "flattening",
    "volatility_spike": "flattening",
    "toxic_fills": "reducing",
    "stale_book": "reducing",
    "crossed_book": "reducing",
    "order_rate": "reducing",
    "price_band": "reducing",
    "end_of_day": "flattening",
    "clock_skew": "reducing",
}
STAGES = ("passive", "aggressive", "market")
NAN = math.nan


class PlainGuard:
    """`policy` is a GuardPolicy's core() or anything with the same fields; times are seconds."""

    def __init__(self, policy, start):
        self.policy = policy
        self.state, self.stage, self.reason = "quoting", "passive", "calm"
        self.active = dict.fromkeys(ASKS_FOR, False)
        self.now = self.opened = self.since = self.last_asked = self.stage_since = start
        self.looked = self.unwinding = self.pulled = False
        self.fills, self.good, self.weight, self.rate, self.asks = [], 0.0, 0.0, 0.0, 0
        self.mid = self.slow_mid = self.slow_volatility = NAN
        self.variance = self.known_s = 0.0
        self.baseline = self.peak = 0.0
        self.excess = self.goal = self.least = 0
        self.wanted, self.way = False, 0
        self.seconds = dict.fromkeys(STRENGTH, 0.0)

    @property
    def remaining(self):
        return max(abs(self.excess) - self.goal, 0) if self.wanted else 0

    def fill(self, side, price, size, now):
        if self.policy.toxic_ticks == math.inf:
            return
        if len(self.fills) == 64:
            self.mark(*self.fills.pop(0)[1:])
        self.fills.append((now + self.policy.toxic_horizon_s, side * size, price))

    def mark(self, lots, price):
        if not math.isnan(self.mid):
            self.good += lots * (self.mid - price)
            self.weight += abs(lots)

    def watch(self, reason, value, begins, ends):
        self.active[reason] = value >= begins or (self.active[reason] and not value <= ends)

    def look(self, now, mid, volatility):
        p = self.policy
        passed = now - self.now if self.looked else 0.0
        self.looked = True
        kept = 2 ** (-passed / p.reference_half_life_s)
        if not math.isnan(mid):
            first = math.isnan(self.slow_mid)
            self.last_mid = mid
            self.slow_mid = mid if first else kept * self.slow_mid + (1 - kept) * mid
        if p.reference_volatility > 0:
            self.slow_volatility = p.reference_volatility
        elif not math.isnan(volatility):
            self.variance = kept * self.variance + (1 - kept) * volatility**2
            self.known_s += passed
            known = self.known_s / p.reference_half_life_s
            if known >= 0.1:
                self.slow_volatility = math.sqrt(self.variance / (1 - 2**-known))
        return 2 ** (-passed / p.toxic_half_life_s), math.exp(-passed)

    last_mid = NAN

    def step(
        self, now, inventory, wealth, asks, mid, crossed, volatility, age, delay, left, tick_value
    ):
        p = self.policy
        kept_fills, kept_asks = self.look(now, mid, volatility)
        self.seconds[self.state] += now - self.now
        self.now = now
        self.excess = inventory - p.inventory_target
        held = abs(self.excess)

        calm = 1.0
        if p.tighten and volatility > 0 and self.slow_volatility > 0:
            calm = min(1.0, self.slow_volatility / volatility)
        limit = self.limit = p.inventory_limit * calm
        self.watch("inventory", held, p.reduce_at * limit, p.reduce_to * limit)
        self.watch("emergency", held, p.flatten_at * limit, p.flatten_to * limit)
        if p.value_at_risk < math.inf:
            var = p.var_multiple * held * tick_value * volatility * math.sqrt(p.var_horizon_s)
            self.watch("var", var, p.value_at_risk, p.over_at * p.value_at_risk)
        way = (self.excess > 0) - (self.excess < 0)
        if way != self.way or way == 0:
            self.opened = now
        self.way = way
        self.active["holding_time"] = way != 0 and now - self.opened >= p.holding_time_s
        if not math.isnan(wealth):
            self.peak = max(self.peak, wealth)
            if self.active["drawdown"] and held == 0:
                self.active["drawdown"], self.peak = False, wealth
            elif self.peak - wealth >= p.drawdown:
                self.active["drawdown"] = True
            if self.baseline - wealth >= p.loss:
                self.active["loss"] = True
        if self.slow_volatility > 0:
            spike = p.volatility_spike * self.slow_volatility
            self.watch("volatility_spike", volatility, spike, p.over_at * spike)
        if p.toxic_ticks < math.inf:
            self.good *= kept_fills
            self.weight *= kept_fills
            self.mid = self.last_mid
            while self.fills and self.fills[0][0] <= now:
                self.mark(*self.fills.pop(0)[1:])
            cost = -self.good / max(self.weight, p.toxic_lots)
            self.watch("toxic_fills", cost, p.toxic_ticks, p.over_at * p.toxic_ticks)
        self.active["stale_book"] = age >= p.stale_s
        self.active["crossed_book"] = crossed
        self.watch("clock_skew", abs(delay), p.skew_s, p.over_at * p.skew_s)
        self.rate = self.rate * kept_asks + asks - self.asks
        self.asks = asks
        self.watch("order_rate", self.rate, p.order_rate, p.over_at * p.order_rate)
        away = abs(self.last_mid - self.slow_mid)
        self.watch("price_band", away, p.price_band, p.over_at * p.price_band)
        self.active["end_of_day"] = 0 < p.end_of_day_s >= left
        return self.state != "halted" and self.decide()

    def demand(self):
        if self.unwinding and (self.active["inventory"] or self.active["var"]):
            return "flattening"
        asked = [ASKS_FOR[reason] for reason, on in self.active.items() if on]
        return max(asked, key=STRENGTH.get, default="quoting")

    def set_goal(self):
        self.wanted = self.state == "flattening" == self.demand()
        self.goal = 0
        flattens = {r for r, on in self.active.items() if on and ASKS_FOR[r] == "flattening"}
        if not self.wanted or flattens - {"emergency"}:
            return
        if self.unwinding and self.active["var"]:
            return
        part = self.policy.flatten_to if "emergency" in flattens else self.policy.reduce_to
        self.goal = math.floor(min(part * self.limit, 9e15))

    def decide(self):
        self.set_goal()
        next_state, why = self.state, "calm"
        at_goal = self.state == "flattening" and abs(self.excess) <= self.goal
        for reason, on in self.active.items():
            to = "halted" if reason == "loss" and at_goal else ASKS_FOR[reason]
            if on and STRENGTH[to] > STRENGTH[next_state]:
                next_state, why = to, reason
        new_stage, stuck = self.push()
        if stuck:
            to = "halted" if self.state == "flattening" else "flattening"
            if STRENGTH[to] > STRENGTH[next_state]:
                next_state, why = to, "stuck"
        if next_state != self.state:
            self.unwinding = why == "stuck"
            self.enter(next_state, why)
            self.set_goal()
            return True
        if new_stage:
            self.reason = "stuck"
            return True
        if self.state == "quoting":
            return False
        if STRENGTH[self.demand()] >= STRENGTH[self.state]:
            self.last_asked = self.now
            return False
        if self.now - self.last_asked < self.policy.cool_down_s:
            return False
        self.unwinding = False
        self.enter("reducing" if self.state == "flattening" else "quoting", "calm")
        return True

    def push(self):
        """(a new stage began, stuck)"""
        if self.state == "reducing":
            asked = self.active["inventory"] or self.active["var"]
            return False, asked and self.now - self.since >= self.policy.reduce_for_s
        if self.state != "flattening":
            return False, False
        left = self.remaining
        if left == 0:
            self.stage, self.stage_since, self.least = "passive", self.now, 0
            return False, False
        if self.least == 0 or (left < self.least and self.stage != "passive"):
            self.stage_since = self.now
        self.least = left if self.least == 0 else min(left, self.least)
        if self.now - self.stage_since < self.policy.patience_s:
            return False, False
        if self.stage == "market":
            return False, True
        self.stage, self.stage_since = STAGES[STAGES.index(self.stage) + 1], self.now
        return True, False

    def enter(self, state, why):
        self.pulled = False
        self.state, self.reason, self.stage, self.least = state, why, "passive", 0
        self.since = self.last_asked = self.stage_since = self.now

    def halt(self):
        if self.state == "halted":
            return False
        self.wanted = False
        self.enter("halted", "halt")
        return True

    def pull(self, any_open):
        if any_open or self.pulled or self.state != "halted":
            return False
        self.pulled, self.reason = True, "pulled"
        return True

    def resume(self, wealth):
        if self.state != "halted":
            return False
        self.active = dict.fromkeys(ASKS_FOR, False)
        self.unwinding = False
        if not math.isnan(wealth):
            self.baseline = self.peak = wealth
        self.enter("quoting", "resume")
        return True
