"""Rebalance: thresholds round a target, what is due, what a run says of it."""

import numpy as np
import pytest

import halfspread as hs
from halfspread.inventory.rebalance import Alert, RebalanceAction, RebalanceStatistics, alerts

BUY, SELL = hs.Side.bid, hs.Side.ask


@pytest.mark.parametrize(
    ("inventory", "due"),
    [
        (79, None),
        (80, RebalanceAction(SELL, 20, "normal")),
        (94, RebalanceAction(SELL, 34, "normal")),
        (95, RebalanceAction(SELL, 45, "emergency")),
        (130, RebalanceAction(SELL, 80, "emergency")),
        (-80, RebalanceAction(BUY, 20, "normal")),
        (-95, RebalanceAction(BUY, 45, "emergency")),
    ],
)
def test_what_is_due(inventory, due):
    assert hs.Rebalance(limit=100).action(inventory) == due
    shifted = hs.Rebalance(limit=100, target=-40)
    assert shifted.action(inventory - 40) == due


def test_below_a_target_one_buys():
    """The document's own slip: long 30 of a target of 130 sold."""
    plan = hs.Rebalance(limit=100, target=130)
    assert plan.action(30).side == BUY


def test_what_is_under_way_is_not_sent_again():
    plan = hs.Rebalance(limit=100)
    assert plan.action(95, in_flight=30).lots == 15
    assert plan.action(95, in_flight=45) is None


def test_ratios_are_of_the_distance_and_not_clipped():
    plan = hs.Rebalance(limit=50, target=10)
    assert plan.ratio(60) == 1.0
    assert plan.ratio(-90) == -2.0


def test_it_is_the_guard_s_and_says_so():
    guard = hs.Rebalance(limit=100, target=5, cool_down="2s").guard(loss=10.0)
    assert guard == hs.GuardPolicy(
        inventory_limit=100, inventory_target=5, cool_down="2s", loss=10.0
    )
    with pytest.raises(hs.ConfigError, match="limit must be > 0, was 0"):
        hs.Rebalance(limit=0)
    with pytest.raises(hs.ConfigError, match=r"flatten_to must be in \[0, flatten_at\)"):
        hs.Rebalance(limit=1, emergency_to=0.99)


def tale():
    """A run that rebalances, as compiled and by hand."""
    tape = hs.synthetic.tape(events=60_000, seed=1)
    plan = hs.Rebalance(limit=100, cool_down="1s", patience="2s")
    market = hs.Replay(tape, latency_ms=5, guard=plan.guard())
    model = hs.models.fixed_spread(half_spread=1, size=30)
    run = market.run(model)
    for state in market:
        market.quote(*model(state))
    return plan, run, market.result()


def test_compiled_and_by_hand_it_does_the_same():
    plan, run, by_hand = tale()
    assert len(run.guard["time"]) > 10
    for name, column in run.guard.items():
        np.testing.assert_array_equal(column, by_hand.guard[name])
    np.testing.assert_array_equal(run.fills["local_time"], by_hand.fills["local_time"])
    for one in (run, by_hand):
        found = plan.statistics(one.path["inventory"][:, 0], one.lane(0).guard)
        assert isinstance(found, RebalanceStatistics)
        assert found.rebalances > 0
        assert found.current == one.counters["inventory"][0]
        assert found.lean == -np.clip(found.ratio, -1, 1)


def test_the_position_comes_back_from_each_rebalance():
    _, run, _ = tale()
    # The limit, the order that was under way when it was reached, and nothing more.
    assert run.counters["peak_inventory"][0] <= 80 + 2 * 30


def test_statistics_of_a_path():
    plan = hs.Rebalance(limit=10, target=2)
    found = plan.statistics([0, 5, -9, 4], {})
    assert found == RebalanceStatistics(4, 0.2, -0.2, 11, 0, 0)
    assert plan.statistics([], {}).current == 0


def test_alerts_say_when_where_how_grave_and_why():
    def column(*values):
        return np.array(values)

    changes = {
        "time": column(1, 2, 3, 4, 5, 6),
        "lane": column(0, 0, 1, 1, 0, 1),
        "from": column(0, 1, 2, 2, 1, 3),
        "to": column(1, 2, 2, 3, 0, 3),
        "stage": column(0, 0, 1, 0, 0, 0),
        "reason": column(1, 2, 14, 14, 0, 18),
    }
    assert list(alerts(changes)) == [
        Alert(1, 0, "warning", "inventory", "quoting to reducing (inventory)"),
        Alert(2, 0, "emergency", "emergency", "reducing to flattening (emergency)"),
        Alert(3, 1, "emergency", "stuck", "flattening: aggressive (stuck)"),
        Alert(4, 1, "alarm", "stuck", "flattening to halted (stuck)"),
        Alert(5, 0, "notice", "calm", "reducing to quoting (calm)"),
        Alert(6, 1, "notice", "pulled", "halted: no order (pulled)"),
    ]
    assert list(alerts({})) == []
