"""What a signal policy refuses, and what a market says of it."""

import pytest

import halfspread as hs
from calibration_worlds import world


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"volatility_half_life": 0}, "signals: volatility_half_life must be > 0, was 0"),
        ({"slow_half_life": "0s"}, "signals: slow_half_life must be > 0, was '0s'"),
        ({"order_flow_half_life": "x"}, "signals: order_flow_half_life must be a duration"),
        ({"mark_out_horizon": 0.0}, "signals: mark_out_horizon must be > 0, was 0.0"),
        ({"fast_half_life": 5}, "fast_half_life must be shorter than slow_half_life, None, was 5"),
        (
            {"fast_half_life": 5, "slow_half_life": 5},
            "fast_half_life must be shorter than slow_half_life, 5, was 5",
        ),
        ({"depth_levels": -1}, "signals: depth_levels must be a whole number in 0 to"),
        ({"vpin_bucket_lots": 0}, "signals: vpin_bucket_lots must be a whole number in 1 to"),
        ({"vpin_buckets": 0}, "signals: vpin_buckets must be a whole number in 1 to"),
        ({"round_trip_lots": 0}, "signals: round_trip_lots must be a whole number in 1 to"),
        ({"recent_trades": -1}, "signals: recent_trades must be a whole number in 0 to 1000000"),
    ],
)
def test_what_is_wrong_is_named(options, words):
    with pytest.raises(hs.ConfigError, match=words):
        hs.SignalPolicy(**options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"baseline": -1}, "hawkes: baseline must be >= 0, was -1"),
        ({"jump": (1, float("nan"))}, r"hawkes: jump must be >= 0, was \(1, nan\)"),
        ({"decay": 0}, "hawkes: decay must be > 0, was 0"),
        ({"cross_jump": (1, 2, 3)}, "hawkes: cross_jump must be a number or two"),
        (
            {"jump": 6, "cross_jump": 5},
            r"hawkes: branching ratio must be < 1 \(jumps over decays\)",
        ),
    ],
)
def test_what_is_wrong_of_hawkes_is_named(change, words):
    with pytest.raises(hs.ConfigError, match=words):
        hs.Hawkes(**{"baseline": 1, "jump": 2, "decay": 10, **change})


def test_sides_and_branching_ratio():
    both = hs.Hawkes(baseline=0.5, jump=2.0, decay=10.0, cross_jump=1.0)
    assert both.baseline == (0.5, 0.5)
    assert both.branching_ratio == pytest.approx(0.3)  # (2 + 1) / 10 by symmetry
    assert hs.Hawkes((0.5, 0.4), (2, 1), (8, 4)).branching_ratio == pytest.approx(0.25)
    assert hs.Hawkes((0.5, 0.4), (2, 1), (8, 4)).sides.tolist() == [[0.5, 2, 0, 8], [0.4, 1, 0, 4]]


def test_it_is_read_from_a_file(tmp_path):
    from halfspread.config import read_config

    path = tmp_path / "config.yaml"
    path.write_text("""# A config with signals
demo: {events: 2000}
market:
  signals:
    fast_half_life: 1s
    slow_half_life: 5s
    depth_levels: 3
    hawkes: {baseline: 0.5, jump: [2, 1], decay: 10}
model: {model: fixed_spread, half_spread: 2}
""")
    signals = read_config(path).replay().signals
    assert signals.hawkes == hs.Hawkes(0.5, (2.0, 1.0), 10.0)
    assert (signals.depth_levels, signals.slow_half_life) == (3, "5s")


@pytest.mark.parametrize("decay", [0.8, 2])
def test_intensity_as_measured_is_that_of_the_law(decay):
    """The mid moves here, to half ticks and whole ones, and the spread with it."""
    tape = world(seconds=2000, intensity=4.0, decay=decay, volatility=1.0, seed=1)
    signals = hs.SignalPolicy(half_life="600s")
    *_, last = hs.Replay(tape, signals=signals, decide_every="10s")
    assert last.fill_intensity == pytest.approx(4.0, rel=0.06)
    assert last.fill_decay == pytest.approx(decay, rel=0.03)
