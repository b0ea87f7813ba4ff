"""The steady inventory of a state follows the inventory with a play, and equals it without one."""

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.modelling import as_model

INSTRUMENT = hs.Instrument("TEST", "0.1", "0.01")


@pytest.fixture(scope="module")
def tape():
    return hs.Tape.from_events(synthetic.flow(events=20_000, seed=3), INSTRUMENT)


@pytest.mark.parametrize("play", [0.0, 2.5, 4.0, 100.0])
def test_it_follows_each_fill_with_a_play(tape, play):
    seen = []

    def quote(state):
        seen.append(
            (np.atleast_1d(state.time), state.inventory.copy(), state.steady_inventory.copy())
        )
        return hs.Quote(state.mid - 1, state.mid + 1, np.array([3.0, 2.0, 1.0]), 3.0)

    market = hs.Replay(tape, orders=hs.OrderPolicy(inventory_play=play, inventory_limit=30))
    run = market.run(as_model(hs.batched(quote), 3))
    fills = run.fills
    arrival = fills["local_time"] - tape.span[0]
    order = np.argsort(arrival, kind="stable")
    next_fill, held, steady = 0, np.zeros(3), np.zeros(3)
    for time, inventory, followed in seen:
        while next_fill < len(order) and arrival[order[next_fill]] <= np.rint(time[0] * 1e9):
            row = order[next_fill]
            lane = fills["lane"][row]
            held[lane] += fills["side"][row] * fills["size"][row]
            steady[lane] = min(max(steady[lane], held[lane] - play), held[lane] + play)
            next_fill += 1
        np.testing.assert_array_equal(inventory, held)
        np.testing.assert_array_equal(followed, steady)
    assert next_fill > 100
    assert np.ptp(held) > 0 or play == 100.0


def test_a_play_below_zero_is_refused():
    with pytest.raises(hs.ConfigError, match="inventory_play must be >= 0, was -1"):
        hs.OrderPolicy(inventory_play=-1)
