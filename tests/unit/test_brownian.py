"""The Brownian world: what it refuses, how it is named in files, what its runs say."""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from halfspread.config import read_config
from halfspread.guard import in_words

GOOD = {"horizon": "10s", "volatility": 2.0, "fill_intensity": 5.0, "fill_decay": 0.3}
MODEL = hs.models.fixed_spread(half_spread=2)
SKY = hs.flows.ZeroIntelligence.sky_perfect(speed=60)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"volatility": -1}, "volatility must be in 0 to 1e"),
        ({"volatility": float("nan")}, "volatility must be in"),
        ({"volatility": "2"}, "volatility must be in 0 to 1e.* was '2'"),
        ({"drift": float("inf")}, "drift must be in"),
        ({"mean_reversion": -0.1}, "mean_reversion must be"),
        ({"jump_rate": -1}, "jump_rate must be"),
        ({"jump_size": -1}, "jump_size must be"),
        ({"variance_noise": -1}, "variance_noise must be"),
        ({"variance_reversion": 11}, "variance_reversion must be at most 1 / time_step = 10"),
        ({"variance_correlation": 1.1}, "variance_correlation must be in -1 to 1"),
        ({"impact_probability": 2}, "impact_probability must be in 0 to 1, was 2"),
        ({"impact": -1}, "impact must be"),
        ({"trade_lots": 0.5}, "trade_lots must be in 1 to"),
        ({"spread": 0.0}, "spread must be in"),
        ({"fill_intensity": -5.0}, "fill_intensity must be a number in 0 to .*was -5"),
        ({"fill_intensity": (1, 2, 3)}, "fill_intensity must be a number"),
        ({"fill_decay": 0}, "fill_decay must be a number in"),
        ({"fill_decay": "x"}, "fill_decay must be a number in"),
        ({"fills": "poisson"}, "fills must be one of exact, discrete, linear"),
        ({"horizon": "10.05s"}, "horizon must be a whole number of steps of 100ms"),
        ({"horizon": 0}, "horizon must be > 0"),
        ({"time_step": 0}, "time_step must be > 0"),
        ({"decide_every": 0}, "decide_every must be > 0"),
        ({"horizon": "1000h", "decide_every": "1us"}, "decide_every: 1us makes"),
        ({"lanes": 0}, "lanes must be a whole number"),
        ({"first_lane": -1}, "first_lane must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"threads": 0}, "threads must be"),
        ({"latency_ms": -1}, "latency_ms must be"),
        ({"signals": hs.SignalPolicy(depth_levels=3)}, "signals: depth_levels needs a book"),
        ({"guard": hs.GuardPolicy(inventory_limit=5)}, "spread must be given with a guard"),
    ],
)
def test_what_can_not_be_is_refused_by_name(wrong, message):
    with pytest.raises(hs.ConfigError, match=message):
        hs.Brownian(**{**GOOD, **wrong})


def test_lanes_are_the_models_or_the_worlds():
    many = hs.models.fixed_spread(half_spread=[1.0, 2.0, 3.0])
    assert hs.Brownian(**GOOD).run(many).n == 3
    run = hs.Brownian(**GOOD, lanes=3, first_lane=4).run(MODEL)
    assert run.lane_names == ["world 4", "world 5", "world 6"]
    assert run.path["mid"].shape == (101, 3)
    with pytest.raises(hs.ConfigError, match="lanes must be 1 or the model's 3, was 2"):
        hs.Brownian(**GOOD, lanes=2).run(many)


def test_the_first_decision_is_at_the_begin_and_none_at_the_end():
    seen = [(state.time, state.time_left, state.mid) for state in hs.Brownian(**GOOD)]
    assert len(seen) == 100
    assert seen[0] == (0.0, 10.0, 10_000.0)
    assert seen[-1][1] == pytest.approx(0.1)


def test_a_mid_is_a_real_number_and_a_touch_whole_ticks_around_it():
    world = hs.Brownian(**GOOD, spread=2.0)
    for state in world:
        assert state.bid == np.floor(state.mid - 1)
        assert state.ask == np.ceil(state.mid + 1)
        assert np.isnan(state.bid_size)
    assert any(state.mid % 0.5 for state in world)
    assert all(np.isnan(state.bid) for state in hs.Brownian(**GOOD))


def test_backtest_takes_it_and_its_changes():
    told = []
    run = hs.backtest(MODEL, hs.Brownian(**GOOD), decide_every="200ms", progress=told.append)
    assert run.counters["decisions"][0] == 50
    assert 0 < max(told) <= 1
    with pytest.raises(hs.ConfigError, match="on: this world decides by time, was 'trade'"):
        hs.backtest(MODEL, hs.Brownian(**GOOD), on="trade")


def test_a_guarded_lane_flattens_at_the_touch():
    policy = hs.GuardPolicy(end_of_day="4s", patience="200ms", stale_book="1s")
    world = hs.Brownian(**{**GOOD, "fill_decay": 2.0}, spread=1.0, guard=policy, seed=2)
    run = world.run(hs.models.fixed_spread(half_spread=0.5, size=5))
    assert run.counters["fills"][0] > run.counters["taker_fills"][0] > 0
    assert run.counters["inventory"][0] == 0
    assert "stale_book" not in {change["reason"] for change in in_words(run.guard)}


def test_runs_with_a_mid_a_lane_are_kept_whole(tmp_path):
    run = hs.Brownian(**GOOD, lanes=4).run(MODEL)
    assert run.has_own_mids
    back = hs.Run.load(run.save(tmp_path / "run"))
    assert np.array_equal(back.path["mid"], run.path["mid"])
    assert np.allclose(back.mids_after, run.mids_after, equal_nan=True)
    for lane in range(4):
        assert back.metrics(lane)["profit"] == run.metrics(lane)["profit"]
        assert run.lane(lane).path["mid"].shape == (101,)
    both = hs.together({"a": run, "b": hs.Brownian(**GOOD, seed=1).run(MODEL)})
    assert both.n == 5
    assert repr(both.metrics(2)) == repr(run.metrics(2))
    page = run.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "fill intensity" in page


def test_without_the_markets_own_mids_each_lane_reads_its_own_path():
    run = hs.Brownian(**GOOD, lanes=3).run(MODEL)
    coarse = hs.Run(run.instrument, run.fills, run.path, run.counters, run.assumptions)
    row = int(np.flatnonzero(run.fills["lane"] == 2)[0])
    time = run.fills["exchange_time"][row] + 10**9
    sample = np.searchsorted(run.path["time"], time, side="right") - 1
    assert coarse.mids_after[row, 1] == run.path["mid"][sample, 2]


def test_restore_refuses_what_save_did_not_give():
    world = hs.Brownian(**GOOD)
    with pytest.raises(hs.ConfigError, match="restore: saved must be what save"):
        world.restore("nonsense")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 7}, "its world.seed is 0, here it is 7"),
        ({"volatility": 3}, "its world.volatility is 2, here it is 3"),
        ({"horizon": "5s"}, "its span is"),
        ({"latency_ms": 1}, "its latency is 0 ms out, 0 ms back, here it is 1 ms out"),
        ({"orders": hs.OrderPolicy(inventory_limit=3)}, "its orders.inventory_limit is –"),
    ],
)
def test_restore_refuses_what_another_market_saved(changes, words):
    world = hs.Brownian(**GOOD)
    world.begin()
    world.step()
    with pytest.raises(hs.ConfigError, match=f"saved is of another market: {words}"):
        hs.Brownian(**{**GOOD, **changes}).restore(world.save())


def test_restore_refuses_a_market_of_another_kind():
    world, book = hs.Brownian(**GOOD), hs.Simulated(SKY, "10s")
    world.begin()
    with pytest.raises(hs.ConfigError, match="saved is of another market: its symbol is BROWNIAN"):
        book.restore(world.save())
    book.begin()
    faster = hs.Simulated(hs.flows.ZeroIntelligence.sky_perfect(speed=6), "10s")
    with pytest.raises(hs.ConfigError, match="saved is of another market: its flow is"):
        faster.restore(book.save())


CONFIG = """
brownian: {horizon: 10s, volatility: 2, fill_intensity: [5, 4], fill_decay: 0.3, lanes: 2}
model: {model: fixed_spread, half_spread: 2}
market: {latency_ms: 5, orders: {inventory_limit: 3}}
"""


def test_a_file_may_name_it(tmp_path):
    path = tmp_path / "world.yaml"
    path.write_text(CONFIG)
    config = read_config(path)
    run = config.open_market().run(config.bound_model())
    assert run.n == 2
    assert (run.counters["peak_inventory"] <= 3).all()
    assert run.assumptions["world"]["fill_intensity"] == (5.0, 4.0)
    assert run.assumptions["latency"] == "5 ms out, 5 ms back"


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ("volatility: 2", "volatility: -2", "volatility must be in"),
        ("volatility: 2", "volatile: 2", "volatile: unknown field; did you mean volatility"),
        ("latency_ms: 5", "queue: log", "market.queue: a brownian world has none"),
        ("latency_ms: 5", "latency_ms: feed", "latency_ms"),
        ("brownian:", "demo: {}\nbrownian:", "give one of tape, demo, brownian, simulated"),
    ],
)
def test_a_file_that_is_wrong_about_it_is_told_so(tmp_path, found, instead, message):
    path = tmp_path / "world.yaml"
    path.write_text(CONFIG.replace(found, instead))
    with pytest.raises(hs.ConfigError, match=message):
        read_config(path)


def test_a_refused_restore_leaves_the_market_as_it_was():
    world = hs.Brownian(**GOOD)
    for _ in range(3):
        world.begin() if world._stepper is None else world.step()
    before = world.state
    with pytest.raises(hs.ConfigError, match="restore"):
        world.restore(("junk", "junk"))
    assert world.state == before


def test_changes_reach_what_was_made_of_the_arguments():
    world = hs.Brownian(**{**GOOD, "latency_ms": 5}).with_changes(latency_ms=50)
    assert world.latency.out_ms == 50
    tape = hs.synthetic.tape(events=1_000, seed=1)
    assert hs.Replay(tape, latency_ms=5).with_changes(latency_ms=50).latency.out_ms == 50
    fees = hs.Instrument("X", "1", "1", maker_fee=0.1, taker_fee=0.2)
    assert hs.Brownian(**GOOD).with_changes(instrument=fees).fees.maker == 0.1


def test_a_zero_that_was_chosen_is_said():
    said = hs.Brownian(**{**GOOD, "mid": 0.0, "level": 0.0, "impact_probability": 0.0})
    world = said.assumptions()["world"]
    assert (world["mid"], world["level"], world["impact_probability"], world["seed"]) == (
        0,
        0,
        0,
        0,
    )
    assert "jump_rate" not in world
