"""Laws of a known Hawkes flow are found again from its tape; what can't be seen, with a bias."""

import numpy as np
import pytest

import halfspread as hs
from halfspread.calibrate import calibrate_world
from halfspread.calibrate.hawkes_events import hawkes_events
from halfspread.calibrate.level_changes import read_changes
from halfspread.flows import START, Hawkes
from halfspread.hawkes_flow import KINDS, spectral_radius

RATES = {
    "limit_top": 3.0,
    "limit_deep": 4.0,
    "limit_inside": 1.5,
    "cancel_top": 1.0,
    "cancel_deep": 1.0,
    "market": 1.0,
}
SLOW, FAST = 1.0, 30.0
PULLS = (
    ("market", "market", "own", 0.4, FAST),
    ("market", "limit_inside", "other", 0.5, FAST),
    ("limit_inside", "limit_top", "own", 0.5, FAST),
    ("limit_top", "limit_top", "own", 0.3, SLOW),
    ("limit_deep", "cancel_deep", "own", 0.2, FAST),
    ("cancel_top", "cancel_top", "own", 0.4, FAST),
    ("cancel_top", "market", "other", 0.3, FAST),
    ("cancel_deep", "limit_deep", "own", 0.5, FAST),
)


def seen_flow():
    """A wide spread, whole prices cancelled: all but half of the limit_inside leave a trace."""
    jumps, matrix = np.zeros((2, 12, 12)), np.zeros((12, 12))
    for side, other in (("bid", "ask"), ("ask", "bid")):
        for source, target, toward, brought_on, decay in PULLS:
            row = KINDS.index(f"{side if toward == 'own' else other} {target}")
            column = KINDS.index(f"{side} {source}")
            matrix[row, column] = brought_on
            jumps[int(decay == FAST), row, column] = brought_on * decay
    rates = np.array([*RATES.values()] * 2)
    baselines = tuple(rates - matrix @ rates)
    return Hawkes(baselines, (SLOW, FAST), jumps, top_cancelled=1.0, deep_cancelled=0.1)


@pytest.mark.parametrize("seed", [1, 2])
def test_laws_that_are_seen_are_found_again(seed):
    flow = seen_flow()
    tape = hs.simulate(flow, "1h", seed=seed)
    found = calibrate_world("hawkes", tape, decays=flow.decays)
    fit, rates = found.excitation, flow.mean_rates()
    assert all(kind.shown > (0.5 if "inside" in kind.kind else 0.95) for kind in fit.kinds)
    errors = np.array(fit.jump_errors, dtype=float)
    true, ours = np.array(flow.jumps), np.array(found.flow.jumps)
    apart = [
        (np.array(found.flow.baselines) - flow.baselines) / fit.baseline_errors,
        ((ours - true) / errors)[true > 0],
        [(kind.rate - rate) / kind.rate_error for kind, rate in zip(fit.kinds, rates, strict=True)],
    ]
    whole = np.concatenate(apart)
    assert np.abs(whole).max() < 4  # of 40 numbers; 3 for most by themselves
    assert np.mean(np.abs(whole) < 3) > 0.9
    assert np.std(whole) == pytest.approx(1, abs=0.35)
    assert np.mean(ours[true == 0] > 0) < 0.02
    assert np.abs((found.flow.branching - flow.branching)[flow.branching == 0]).max() < 0.05
    assert abs(fit.radius - spectral_radius(flow.branching)) < 3 * fit.radius_error
    assert min(kind.probability for kind in fit.kinds) > 1e-3
    assert found.flow.top_cancelled == 1.0
    assert abs(found.flow.deep_cancelled - 0.1) < 3 * fit.deep_error
    weights = np.array(flow.deep_weights) / sum(flow.deep_weights)
    assert found.flow.deep_weights == pytest.approx(weights, abs=0.01)


def test_events_of_a_tape_are_those_of_the_flow():
    """All but what the book had no room for: counted by the flow itself."""
    flow, warm_up, length = seen_flow(), 600 * 10**9, 1_800 * 10**9
    events = hawkes_events(read_changes(hs.simulate(flow, "30m", seed=4)))
    market = flow.start(seed=4, begin=START - warm_up)
    market.advance(START)
    before = np.array(market.counts)
    market.advance(START + length)
    counts = np.array(market.counts) - before
    for kind, count, seen in zip(KINDS, counts, events.counts, strict=True):
        assert seen <= count, kind
        if "limit_top" in kind or "limit_deep" in kind:
            assert seen == count, kind
        if "market" in kind:
            assert seen > 0.98 * count, kind


def test_what_is_not_seen_is_found_with_a_bias_of_first_order():
    """The made-up stock: five of six orders inside the spread have no room, a fifth of the
    cancellations at the best price takes nothing. Mean rates are found to 5 %, theirs to 15 %, the
    branching ratio, 0.45, to 0.05; without a reckoning of the unseen they would be sixth parts.
    """
    flow = Hawkes.lively()
    found = calibrate_world("hawkes", hs.simulate(flow, "2h", seed=1), decays=flow.decays)
    for kind, rate in zip(found.excitation.kinds, flow.mean_rates(), strict=True):
        inside = "inside" in kind.kind
        assert kind.rate == pytest.approx(rate, rel=0.15 if inside else 0.05), kind.kind
        assert kind.shown == pytest.approx(0.17, abs=0.03) if inside else kind.shown > 0.75
    assert found.excitation.radius == pytest.approx(0.45, abs=0.05)
    assert found.flow.top_cancelled == pytest.approx(flow.top_cancelled, rel=0.02)
    assert found.flow.deep_cancelled == pytest.approx(flow.deep_cancelled, rel=0.02)
    assert any("bid limit_inside 1" in note for note in found.notes)
