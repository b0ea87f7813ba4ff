"""The five ways in which a maker fails, scripted: what the guard does, and what it costs at most.

Wrong signals, a position blown past its limit by a gap in price, one-sided toxic flow, a jump of
ten sigma, a venue that fills nothing. Each runs twice, compiled and stepped by hand, to the same
end.
"""

import warnings

import numpy as np
import pytest

import halfspread as hs
from halfspread.guard import STATES, in_words
from scripted_market import ASK, BID, SECOND, START, Script


def play(script, model, guard, **options):
    """Run compiled and by hand; the run, and (second, from, to, stage, reason) of each change."""
    market = hs.Replay(script.tape(), guard=guard, decide_every="100ms", **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = market.run(model)
        for state in market:
            market.quote(*model(state))
        by_hand = market.result()
    for name, column in run.guard.items():
        np.testing.assert_array_equal(column, by_hand.guard[name], err_msg=name)
    for name, column in run.fills.items():
        np.testing.assert_array_equal(column, by_hand.fills[name], err_msg=name)
    halted = (run.guard["to"] == STATES.index("halted")).any()
    assert any("guard halted" in str(note.message) for note in caught) == halted
    changes = [
        ((c["time"] - START) / SECOND, c["from"], c["to"], c["stage"], c["reason"])
        for c in in_words(run.guard)
    ]
    return run, changes


def states(changes):
    """The states in order, with the reasons that led there."""
    return [(to, reason) for _, old, to, _, reason in changes if old != to]


def worst(run):
    return float(np.nanmin(run.path["wealth"]))


def final(run):
    return int(run.counters["inventory"][0])


@hs.model
def hopeful(state: hs.QuoteState, forecast: float, size: float) -> hs.Quote:
    """Believes that the price is about to rise, and quotes round where it will be."""
    return hs.Quote(state.mid + forecast - 2, state.mid + forecast + 2, size, size)


# ------------------------------------------------------------------------------ 1 wrong signals


def falling_market(until=120):
    """A tick down each second; sellers sweep us all the time, buyers hardly ever."""
    script = Script(10_000)
    for second in range(1, until):
        script.print_through(second + 0.45, ASK, 4)
        if second % 10 == 0:
            script.print_through(second + 0.65, BID, 2)
        script.move(second + 0.75, 10_000 - second)
    return script


def test_wrong_signals_cost_the_limit_of_loss_and_no_more():
    guard = hs.GuardPolicy(inventory_limit=20, loss=150, patience="3s", cool_down="2s")
    model = hopeful(forecast=1.0, size=4.0)
    unguarded = hs.Replay(falling_market().tape()).run(model)
    assert worst(unguarded) < -5_000
    run, changes = play(falling_market(), model, guard)
    assert states(changes)[0] == ("reducing", "inventory")
    assert states(changes)[-2:] == [("flattening", "loss"), ("halted", "loss")]
    assert final(run) == 0
    assert run.counters["peak_inventory"][0] <= 20
    # Beyond the limit: 20 lots times the ticks that fall in the patience of 3 s, and the spread.
    assert -150 - 20 * (5 + 2) <= worst(run) <= -150


# --------------------------------------------------------------- 2 a gap past the inventory limit


def test_a_gap_past_the_limit_is_unwound_in_part_and_quickly():
    """One sweep fills five levels at once, and the book opens thirty ticks lower."""
    script = Script(10_000)
    script.print_through(3.05, ASK, 200, ticks=40)
    script.move(3.06, 9_970)
    for tenth in range(31, 600):
        script.heartbeat(tenth / 10)
    guard = hs.GuardPolicy(inventory_limit=40, flatten_to=0.5, patience="2s", cool_down="3s")
    orders = hs.OrderPolicy(levels=5, spacing_ticks=1)
    model = hs.models.fixed_spread(half_spread=3, size=12)
    run, changes = play(script, model, guard, orders=orders)
    assert run.counters["peak_inventory"][0] == 60 > 40
    assert [(old, to, stage, reason) for _, old, to, stage, reason in changes] == [
        ("quoting", "flattening", "passive", "emergency"),
        ("flattening", "flattening", "aggressive", "stuck"),
        ("flattening", "reducing", "passive", "calm"),
        ("reducing", "quoting", "passive", "calm"),
    ]
    assert final(run) == 20
    assert (np.diff(run.path["inventory"][:, 0][run.path["time"] > START + 4 * SECOND]) <= 0).all()
    # 60 lots bought at 9,997 to 9,993, the gap, the spread of 1 on the 40 that were taken off.
    assert worst(run) == pytest.approx(-(60 * 25 + 40 * 1), abs=1)
    assert run.counters["guard_takes"][0] == 2, "20 lots are shown, 40 had to go"


# ---------------------------------------------------------------------- 3 one-sided toxic flow


def test_toxic_flow_is_noticed_and_left_alone():
    """Each sale to us is followed by a fall of three ticks, and the price comes back slowly."""
    script = Script(10_000)
    for k in range(60):
        at = 1 + 2 * k
        script.print_through(at + 0.45, ASK, 2)
        script.move(at + 0.75, script.mid - 3)
    guard = hs.GuardPolicy(
        toxic_ticks=1.0,
        toxic_horizon="500ms",
        toxic_half_life="20s",
        toxic_lots=4,
        loss=400,
        patience="1s",
    )
    model = hs.models.fixed_spread(half_spread=2, size=2)
    unguarded = hs.Replay(script.tape()).run(model)
    run, changes = play(script, model, guard)
    assert states(changes)[0] == ("reducing", "toxic_fills")
    assert changes[0][0] < 8
    assert run.counters["fills"][0] <= unguarded.counters["fills"][0] / 3
    peak = run.counters["peak_inventory"][0]
    assert peak <= 16
    assert worst(unguarded) < -5_000
    # The limit, two falls in the second of patience, and the spread.
    assert -400 - peak * (3 + 3 + 2) <= worst(run) < -400
    assert states(changes)[1:] == [
        ("quoting", "calm"),
        ("flattening", "loss"),
        ("halted", "loss"),
    ]
    assert final(run) == 0


# ------------------------------------------------------------------------------ 4 a ten-sigma jump


def test_a_jump_of_ten_sigma_flattens_at_once_and_quoting_comes_back():
    rng = np.random.default_rng(4)
    script = Script(10_000)
    script.print_through(30.05, ASK, 3)  # we are long 3 when it comes
    for half_second in range(2, 400):
        at = half_second / 2
        jump = -10 * 2 if at == 40 else 0
        script.move(at + 0.02, script.mid + int(rng.choice([-1, 0, 1])) + jump)
    guard = hs.GuardPolicy(
        volatility_spike=1.5,
        reference_half_life="4m",
        price_band=15,
        cool_down="5s",
        patience="1s",
    )
    signals = hs.SignalPolicy(step="500ms", half_life="20s")
    model = hs.models.fixed_spread(half_spread=2, size=3)
    run, changes = play(script, model, guard, signals=signals)
    spike = next(change for change in changes if change[0] > 39)
    assert spike[0] <= 41
    assert spike[1:3] == ("quoting", "flattening")
    assert spike[4] == "volatility_spike"
    flat = run.fills["local_time"][run.fills["side"] == -1][0]
    assert flat <= START + 44 * SECOND
    assert states(changes)[-1] == ("quoting", "calm")
    # Three lots and three that the jump itself fills, the jump, and a walk of 10 s and of patience.
    assert worst(run) >= -6 * (20 + 6)
    assert run.counters["peak_inventory"][0] == 6
    assert final(run) == 0


# ------------------------------------------------------------------- 5 a venue that fills nothing


def refusing(script, after):
    """Latency of 1 ms until `after` seconds; from then on the venue refuses whatever is asked."""
    times = START + np.array([0.0, after - 0.001, after, 1_000.0]) * SECOND
    times = np.rint(times).astype(np.int64)
    there = times + 1_000_000
    there[2:] = 0
    return hs.Latency(samples=np.stack([times, there, times + 2_000_000], axis=1))


def test_a_venue_that_fills_nothing_ends_in_a_halt_with_an_alarm():
    script = Script(10_000)
    script.print_through(3.05, ASK, 5)
    for tenth in range(1, 900):
        script.heartbeat(tenth / 10)
    guard = hs.GuardPolicy(holding_time="5s", patience="4s", take_every="500ms")
    model = hs.models.fixed_spread(half_spread=2, size=5)
    run, changes = play(script, model, guard, latency=refusing(script, 6.0))
    assert [(to, stage, reason) for _, _, to, stage, reason in changes] == [
        ("flattening", "passive", "holding_time"),
        ("flattening", "aggressive", "stuck"),
        ("flattening", "market", "stuck"),
        ("halted", "passive", "stuck"),
    ]
    assert np.diff([change[0] for change in changes]) == pytest.approx([4, 4, 4], abs=0.3)
    assert final(run) == 5, "it can't be helped, but it is known"
    assert run.counters["rejected"][0] > 10
    assert run.counters["guard_halted_seconds"][0] == pytest.approx(89.9 - changes[-1][0], abs=0.2)
    assert worst(run) >= -5 * 1 - 1e-9


def test_an_empty_book_is_as_bad_as_a_venue_that_refuses():
    script = Script(10_000)
    script.print_through(3.05, ASK, 5)
    for price in (9_997, 9_998, 9_999):
        script._row(6.0, hs.Kind.level, BID, price, 0)
    for tenth in range(61, 600):
        script._row(tenth / 10, hs.Kind.level, ASK, 10_003, 20 + tenth)
    guard = hs.GuardPolicy(holding_time="5s", patience="4s")
    model = hs.models.fixed_spread(half_spread=2, size=5)
    run, changes = play(script, model, guard, latency_ms=1)
    assert states(changes)[-1] == ("halted", "stuck")
    assert final(run) == 5
    assert run.counters["expired"][0] >= 2, "market orders that met nobody"
