"""The life cycle: when a strategy is told what, once each, and what its quotes come to."""

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.life_cycle import Fill, Market, drive, is_strategy

TAPE = synthetic.tape(events=20_000, seed=3)
OPTIONS = {"latency_ms": 20, "decide_every": "200ms"}


def at_the_touch(state):
    """Joins the best prices while inventory is small; NaN while a side is empty."""
    return hs.Quote(state.bid, state.ask, float(state.inventory < 9), float(state.inventory > -9))


class Diary:
    """Quotes as `at_the_touch` does, and writes down all that it is told."""

    def __init__(self):
        self.told, self.fills, self.ticks, self.stops = [], [], [], []

    def on_start(self, market):
        self.told.append(("start", market.now))
        assert market.inventory == 0
        with pytest.raises(hs.ConfigError, match="no state before its first tick"):
            _ = market.state

    def on_tick(self, market, state):
        self.told.append(("tick", market.now))
        self.ticks.append(state)
        assert market.state is state
        held = sum(fill.side * fill.size for fill in self.fills)
        assert state.inventory == held == market.inventory
        market.quote(*at_the_touch(state))

    def on_fill(self, market, fill):
        assert fill.local_time <= market.now or market.now >= TAPE.span[1]
        self.told.append(("fill", market.now))
        self.fills.append(fill)

    def on_stop(self, market, run):
        self.told.append(("stop", market.now))
        self.stops.append(run)
        assert market.inventory == run.counters["inventory"][0]


def same(one, two):
    """Fills, path and counters of two runs are the same bytes."""
    for name in ("fills", "path", "counters"):
        a, b = getattr(one, name), getattr(two, name)
        assert a.keys() == b.keys()
        for column in a:
            assert a[column].tobytes() == b[column].tobytes(), (name, column)


@pytest.mark.parametrize("rules", ["halfspread", "hftbacktest"])
@pytest.mark.parametrize("schedule", [{}, {"on": "book"}, {"on": "trade"}])
def test_a_life(schedule, rules):
    diary = Diary()
    run = hs.backtest(diary, hs.Replay(TAPE, rules=rules, **OPTIONS), **schedule)
    words = [word for word, _ in diary.told]
    assert words[0] == "start"
    assert words.count("start") == 1
    assert words[-1] == "stop"
    assert words.count("stop") == 1
    assert diary.stops == [run]
    times = [time for _, time in diary.told]
    assert times == sorted(times)
    assert times[0] == min(TAPE.events()["exchange_time"][0], TAPE.events()["local_time"][0])
    stepped = hs.Replay(TAPE, rules=rules, **{**OPTIONS, **schedule})
    expected = []
    for state in stepped:
        expected.append(stepped.now)
        stepped.quote(*at_the_touch(state))
    assert [time for word, time in diary.told if word == "tick"] == expected
    assert len(expected) == run.counters["decisions"][0] > 100
    same(run, stepped.result())


def test_each_fill_is_told_once_in_order_of_our_clock():
    diary = Diary()
    run = hs.backtest(diary, hs.Replay(TAPE, **OPTIONS))
    assert len(diary.fills) == len(run.fills["local_time"]) > 50
    assert all(isinstance(fill, Fill) for fill in diary.fills)
    assert [fill.local_time for fill in diary.fills] == sorted(run.fills["local_time"])
    for name in Fill._fields:
        told = np.array([getattr(fill, name) for fill in diary.fills])
        np.testing.assert_array_equal(np.sort(told), np.sort(run.fills[name]), name)


def test_a_fill_that_arrives_after_the_last_tick_is_told_before_the_stop():
    diary = Diary()
    run = hs.backtest(diary, hs.Replay(TAPE, latency_ms=(1, 60_000), decide_every="200ms"))
    words = [word for word, _ in diary.told]
    assert words[-2:] == ["fill", "stop"]
    late = [fill for fill in diary.fills if fill.local_time > TAPE.span[1]]
    assert len(late) > 0
    assert len(diary.fills) == len(run.fills["side"])


@pytest.mark.parametrize(
    "model", [hs.models.glft(risk_aversion=0.01, size=2), at_the_touch], ids=["glft", "plain"]
)
@pytest.mark.parametrize("schedule", [{}, {"on": "book"}])
def test_who_quotes_as_a_model_does_gives_its_run(model, schedule):
    class Quoting:
        def on_tick(self, market, state):
            market.quote(*model(state))

    market = hs.Replay(TAPE, latency_ms=20, orders=hs.OrderPolicy(inventory_limit=20))
    by_model, by_strategy = (hs.backtest(each, market, **schedule) for each in (model, Quoting()))
    same(by_model, by_strategy)
    assert len(by_model.fills["side"]) > 50
    assert by_strategy.assumptions["model"] == "strategy Quoting"
    own = {**by_strategy.assumptions, "model": by_model.assumptions["model"]}
    assert own == by_model.assumptions


class Failing(Diary):
    """Raises in one of its methods, the `at`-th time that it is called."""

    def __init__(self, method, at, error):
        super().__init__()
        self.method, self.left, self.error = method, at, error

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if name != "error" and name.startswith("on_") and name == self.method:

            def call(*words):
                self.left -= 1
                if self.left == 0:
                    raise self.error
                found(*words)

            return call
        return found


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize(
    ("method", "at"), [("on_start", 1), ("on_tick", 30), ("on_fill", 20), ("on_tick", 1)]
)
def test_it_stops_once_whatever_raises(method, at, kind):
    error = kind("no")
    strategy = Failing(method, at, error)
    market = hs.Replay(TAPE, **OPTIONS)
    with pytest.raises(kind) as caught:
        drive(strategy, market)
    assert caught.value is error
    assert len(strategy.stops) == 1
    (run,) = strategy.stops
    assert error.run is run
    same(run, market.result())
    told = {"on_tick": len(strategy.ticks), "on_fill": len(strategy.fills), "on_start": 0}
    assert told[method] == at - 1
    note = error.__notes__[-1]
    assert note.startswith(f"in {method} at 20")
    assert "Z, the state: " in note
    assert ("None" if method == "on_start" else "QuoteState(inventory=") in note
    assert str(np.datetime64(market.now, "ns")) in note


def test_an_error_of_the_stop_is_raised_and_the_run_is_on_it():
    error = ValueError("no")
    strategy = Failing("on_stop", 1, error)
    with pytest.raises(ValueError, match="no") as caught:
        hs.backtest(strategy, hs.Replay(TAPE, **OPTIONS))
    assert strategy.left == 0
    assert caught.value.run.counters["decisions"][0] == len(strategy.ticks)
    assert "in on_stop at" in error.__notes__[0]


def test_an_error_of_the_stop_after_another_does_not_hide_it():
    class Twice:
        def on_tick(self, market, state):
            raise ValueError("first")

        def on_stop(self, market, run):
            raise ValueError("second")

    with pytest.raises(ValueError, match="first") as caught:
        hs.backtest(Twice(), TAPE)
    assert caught.value.__notes__[-1] == "on_stop then raised ValueError('second')"


@pytest.mark.parametrize("method", ["on_start", "on_tick", "on_fill", "on_stop"])
def test_every_method_may_be_left_out(method):
    calls = []
    strategy = type("Single", (), {method: lambda self, *words: calls.append(words)})()
    run = hs.backtest(strategy, TAPE)
    assert run.counters["submits"][0] == 0
    assert bool(calls) == (method != "on_fill")  # nothing is quoted, so nothing fills


def test_who_inherits_has_what_it_leaves_out():
    class Quiet(hs.Strategy):
        def on_tick(self, market, state):
            market.quote(*at_the_touch(state))

    run = hs.backtest(Quiet(), hs.Replay(TAPE, **OPTIONS))
    same(run, hs.backtest(at_the_touch, hs.Replay(TAPE, **OPTIONS)))


def test_what_is_no_strategy_is_refused():
    class Misspelt:
        def on_tick(self, market, state): ...
        def on_fills(self, market, fills): ...

    with pytest.raises(hs.ConfigError, match=r"Misspelt.on_fills is none of on_start, on_tick"):
        hs.backtest(Misspelt(), TAPE)
    with pytest.raises(hs.ConfigError, match="must be an object, was the class Diary"):
        hs.backtest(Diary, TAPE)
    with pytest.raises(hs.ConfigError, match="must have one of on_start"):
        drive(at_the_touch, hs.Replay(TAPE))
    assert not is_strategy(at_the_touch)
    assert not is_strategy(hs.models.glft(risk_aversion=0.01))


def test_it_acts_by_hand_too_and_has_the_guard():
    class Hand:
        def on_start(self, market):
            self.order = None

        def on_tick(self, market, state):
            orders = market.open_orders()
            if state.bid == state.bid and not orders:
                self.order = market.submit(hs.Side.bid, int(state.bid) - 3, 2)
            elif orders and orders[0].state == "live":
                market.cancel(orders[0].order_id)

    run = hs.backtest(Hand(), hs.Replay(TAPE, **OPTIONS))
    assert run.counters["submits"][0] > 10 < run.counters["cancels"][0]


def test_progress_is_told():
    told = []
    run = hs.backtest(Diary(), TAPE, progress=told.append)
    assert run.counters["decisions"][0] > 0
    assert 20 <= len(told) <= 220
    assert told == sorted(told)
    assert 0.9 < told[-1] <= 1


def test_recent_trades_are_refused_unless_they_were_asked_for():
    market = hs.Replay(TAPE)
    with pytest.raises(hs.ConfigError, match=r"SignalPolicy\(recent_trades=...\) keeps none"):
        market.recent_trades()
    market = hs.Replay(TAPE, signals=hs.SignalPolicy(recent_trades=5))
    with pytest.raises(hs.ConfigError, match="step the market first"):
        market.recent_trades()
    next(iter(market))
    for n in (0, 6, 1.5):
        with pytest.raises(hs.ConfigError, match="recent_trades: n must be a whole number in 1 to"):
            market.recent_trades(n)


class Rehearsal:
    """A market of five ticks that no core stands behind: what the face is, and no more."""

    def __init__(self):
        self.at, self.wanted, self.seen = 0, [], None

    now = property(lambda self: self.at * 10**9)
    inventory = property(lambda self: max(self.at - 2, 0))

    @property
    def state(self):
        if self.seen is None:
            raise hs.ConfigError("the market has no state before its first tick")
        return self.seen

    def begin(self):
        self.at = 0

    def step(self):
        self.at += 1
        values = {**dict.fromkeys(hs.QuoteState._fields, 0.0), "inventory": float(self.inventory)}
        self.seen = hs.QuoteState(**values)._replace(bid=99.0, ask=101.0)
        return self.seen if self.at <= 5 else None

    def fills_after(self, seen):
        fills = [Fill(i * 10**9, i * 10**9, 1, 99, 1, True, 0.0, i) for i in range(3, self.at + 1)]
        return fills[seen:]

    def quote(self, *quote):
        self.wanted.append(quote)

    def result(self, by="by hand"):
        counters = {"inventory": np.array([self.inventory])}
        return type("Result", (), {"counters": counters, "by": by})()


def test_any_market_with_the_face_will_do():
    diary, market = Diary(), Rehearsal()
    run = drive(diary, market)
    words = [word for word, _ in diary.told]
    assert words == ["start", "tick", "tick", *["fill", "tick"] * 3, "fill", "stop"]
    assert len(market.wanted) == 5
    assert run.by == "strategy Diary"


def test_each_market_has_the_whole_face():
    face = {name for name in dir(Market) if not name.startswith("_")}
    assert face == {
        "amend", "cancel", "guard_state", "halt", "inventory", "now", "open_orders", "quote",
        "recent_trades", "state", "submit",
    }  # fmt: skip
    assert all(face <= set(dir(market)) for market in (hs.Replay, hs.Brownian, hs.Simulated))
