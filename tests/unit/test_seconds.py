"""What is told in seconds and kept in nanoseconds: budget, half-lives, inventory and quoting time.

Each is computed here once more, by hand, from moments that the test itself has chosen or seen.
"""

from __future__ import annotations

import numpy as np
import pytest

import halfspread as hs
from scripted_market import BID, SECOND, START, Script

TENTH = SECOND // 10
HALF_LIVES = {
    "half_life": "3s",
    "volatility_half_life": "2s",
    "fast_half_life": "1s",
    "slow_half_life": "5s",
    "order_flow_half_life": "4s",
}


def quiet(seconds):
    """A tape on which nothing changes, with a row at its end."""
    script = Script(1000)
    script.heartbeat(seconds)
    return script.tape()


def test_two_messages_per_second_are_two():
    orders = hs.OrderPolicy(messages_per_second=2, burst=1)
    market = hs.Replay(quiet(10), orders=orders)
    sent = []
    for _ in market:
        if market.submit(BID, 900, 1, "immediate") is not None:
            sent.append(market.now)
    assert sent == list(range(START + TENTH, START + 10 * SECOND, SECOND // 2))
    assert market.result().counters["throttled"][0] == 99 - len(sent)


def weighted_mean(values, half_life_s):
    """The mean of one value a second, the last weighing 1, those a half-life older half of it."""
    weights = 0.5 ** (np.arange(len(values))[::-1] / half_life_s)
    return np.average(values, weights=weights)


def test_half_lives_are_of_the_seconds_they_say():
    """A mid that moves and lots that join the bid, each second a random number of them."""
    rng = np.random.default_rng(5)
    moves, joined = rng.integers(-3, 4, 40), rng.integers(1, 9, 40)
    mids, market = 1000 + np.cumsum(moves), Script(1000)
    flowing = Script(1000)
    for i in range(40):
        market.move(i + 0.5, int(mids[i]))
        flowing.heartbeat(i + 0.5)
        flowing.rows[-1] = (*flowing.rows[-1][:3], 999, int(20 + joined[: i + 1].sum()))
        market.print_through(i + 0.6, -1, int(joined[i]))
    policy = hs.SignalPolicy(step="1s", warm_up=1, **HALF_LIVES)
    markets = [
        hs.Replay(script.tape(), signals=policy, decide_every="1s") for script in (market, flowing)
    ]
    for second, (state, flow) in enumerate(zip(*markets, strict=True)):
        if second < 5:
            continue
        n = second + 1
        expected = {
            "volatility": np.sqrt(weighted_mean(moves[1:n].astype(float) ** 2, 2)),
            "trade_flow": -weighted_mean(joined[:n], 3),
            "momentum": weighted_mean(mids[:n], 1) - weighted_mean(mids[:n], 5),
            "mean_reversion": weighted_mean(mids[:n], 5) - mids[second],
        }
        for name, value in expected.items():
            assert getattr(state, name) == pytest.approx(value, rel=1e-9), (name, second)
        assert flow.order_flow_imbalance == pytest.approx(weighted_mean(joined[:n], 4))


def test_inventory_seconds_are_the_integral_over_the_fills():
    market = hs.synthetic.tape(events=8_000, seed=4)
    run = hs.Replay(market, latency_ms=5).run(hs.models.fixed_spread(half_spread=1, size=3))
    order = np.argsort(run.fills["local_time"], kind="stable")
    lots = (run.fills["side"].astype(np.int64) * run.fills["size"])[order]
    first, last = market.span
    until = np.append(run.fills["local_time"][order][1:], run.path["time"][-1])
    held = np.abs(np.cumsum(lots)) * (until - run.fills["local_time"][order])
    seconds = held.sum() / 1e9
    assert seconds > 10
    assert run.counters["inventory_seconds"][0] == pytest.approx(seconds, rel=1e-12)
    mean = run.instrument.size(seconds / ((last - first) / 1e9))
    assert run.metrics()["mean_absolute_inventory"] == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize("by_hand", [False, True])
def test_quoting_time_is_that_in_which_orders_stood(by_hand):
    """Quotes far from all prints, from second 5 on: nothing before, the rest after."""

    def late(state):
        size = 1.0 if state.time > 4.95 else 0.0
        return hs.Quote(990.0, 1010.0, size, size)

    replay = hs.Replay(quiet(10))
    if by_hand:
        for state in replay:
            replay.quote(*late(state))
        run = replay.result()
    else:
        run = replay.run(late)
    # Decisions each 0.1 s, the last at 9.9 s: the quote of second 5 has stood 4.9 s by then.
    assert run.counters["quote_seconds"][0] == pytest.approx(4.9, abs=1e-9)
