"""A calibration's file fills what a model is not given, by name, and nothing that it is given."""

import numpy as np
import pytest

import halfspread as hs
from halfspread.config import read_config
from halfspread.errors import ConfigError

FOUND = """parameters:
  volatility: 81.0
  fill_intensity: 1.77
  fill_decay: 0.021
  bid_fill_intensity: 1.67
  bid_fill_decay: 0.0216
  ask_fill_intensity: 1.9
  ask_fill_decay: 0.0273
"""
EVEN = """parameters:
  volatility: 81.0
  fill_intensity: 1.77
  fill_decay: 0.021
  bid_fill_intensity: 1.77
  bid_fill_decay: 0.021
  ask_fill_intensity: 1.77
  ask_fill_decay: 0.021
"""
EXACT = "model: glft_exact, risk_aversion: 1e-6, max_inventory: 10"
SIDES = "model: cartea_jaimungal, running_penalty_rate: 1e-3, max_inventory: 10"
TOUCH = "model: touch_model, spread: 1, running_penalty_rate: 0, max_inventory: 9, horizon_s: 9"


@pytest.fixture
def bound(tmp_path):
    def bind(model, sweep="{}", found=FOUND):
        (tmp_path / "found.yaml").write_text(found)
        path = tmp_path / "c.yaml"
        path.write_text(
            f"demo: {{}}\ncalibration: found.yaml\nmodel: {{{model}}}\nsweep: {sweep}\n"
        )
        return read_config(path).swept_model()

    return bind


def test_parameters_without_a_default_are_filled(bound):
    assert bound(EXACT) == hs.models.glft_exact(
        risk_aversion=1e-6, max_inventory=10, volatility=81, fill_intensity=1.77, fill_decay=0.021
    )


def test_a_side_has_the_figures_of_the_orders_that_fill_it(bound):
    assert bound(SIDES) == hs.models.cartea_jaimungal(
        running_penalty_rate=1e-3,
        max_inventory=10,
        bid_intensity=1.67,
        bid_decay=0.0216,
        ask_intensity=1.9,
        ask_decay=0.0273,
    )


def test_with_the_figures_of_both_sides_it_leans_as_glft_exact(bound):
    """A and k by side are what the model means by them: with phi = g s^2 / 2 it is model B."""
    penalty = 1e-6 * 81.0**2 / 2
    neutral = bound(f"{EXACT}, fill_aversion: 0", found=EVEN)
    sides = bound(SIDES.replace("1e-3", repr(penalty)), found=EVEN)
    state = hs.QuoteState(*[np.nan] * len(hs.QuoteState._fields))._replace(mid=0.0)
    for held in range(-9, 10):
        one, other = (m(state._replace(inventory=float(held))) for m in (neutral, sides))
        assert one[:2] == pytest.approx(other[:2], rel=1e-9)


def test_what_is_given_or_swept_stays(bound):
    given = bound(f"{EXACT}, volatility: 5, fill_decay: 0.5", "{fill_intensity: [1, 2]}")
    assert given == hs.models.glft_exact(
        risk_aversion=1e-6, max_inventory=10, volatility=5, fill_intensity=[1, 2], fill_decay=0.5
    )
    sides = bound(f"{SIDES}, bid_decay: 0.5", "{ask_intensity: [1, 2]}")
    assert (sides.own["bid_decay"], sides.own["ask_intensity"]) == (0.5, (1.0, 2.0))
    assert sides.own["bid_intensity"] == 1.67


def test_each_layer_is_filled(bound):
    inner = f"{{{EXACT}}}"
    model = bound(f"model: lean, strength: 1, limit: 10, inner: {inner}")
    assert model.inner == bound(EXACT)
    around = "risk_aversion: 1e-6, limit: 10, horizon_s: 5, inner"
    seeking = bound(f"model: seek, {around}: {{model: fixed_spread, half_spread: 2}}")
    assert seeking.own["fill_decay"] == 0.021


@pytest.mark.parametrize(
    ("model", "missing", "found"),
    [
        (
            TOUCH,
            "bid_intensity",
            FOUND,
        ),
        (SIDES, "ask_intensity", FOUND.replace("ask_fill", "other_fill")),
        (EXACT, "volatility", FOUND.replace("volatility", "variance")),
        ("model: glft_exact, max_inventory: 10", "risk_aversion", FOUND),
    ],
)
def test_what_the_file_does_not_say_is_missing(bound, model, missing, found):
    """An intensity of the models at the touch counts all market orders: that is not A."""
    with pytest.raises(ConfigError, match=f"parameter '{missing}' is missing"):
        bound(model, found=found)


@pytest.mark.parametrize(
    ("model", "reason", "words"),
    [
        (EXACT, "both", "'fill_intensity' is missing: .*found.yaml has no fill_intensity"),
        (EXACT, "record", "'fill_intensity' is missing: .*found.yaml has no fill_intensity"),
        (SIDES, "asks", "'ask_intensity' is missing: .*found.yaml has no ask_fill_intensity"),
    ],
)
def test_what_could_not_be_calibrated_says_why(bound, model, reason, words):
    kept = "\n".join(line for line in FOUND.splitlines() if "fill_intensity" not in line)
    if reason == "asks":
        kept += "\n  bid_fill_intensity: 1.0"
    found = f"{kept}\nnot_calibrated:\n  {reason}: 7 orders; an intensity needs 50\n"
    words += ", not calibrated: 7 orders; an intensity needs 50"
    with pytest.raises(ConfigError, match=words):
        bound(model, found=found)
    with pytest.raises(ConfigError, match=r"'risk_aversion' is missing$"):
        bound("model: glft_exact, max_inventory: 10, fill_intensity: 1", found=found)
    given = f"{EXACT}, fill_intensity: 1"
    assert bound(given, "{fill_decay: [1, 2]}", found).n == 2


def test_a_file_as_it_is_written_feeds_solved_models(tmp_path):
    tape = hs.synthetic.tape(events=40_000, seed=1)
    found = hs.calibrate.calibrate_tape(tape)
    found.write(tmp_path / "found.yaml")
    for model in (EXACT, SIDES):
        path = tmp_path / "c.yaml"
        path.write_text(f"demo: {{events: 20000}}\ncalibration: found.yaml\nmodel: {{{model}}}\n")
        config = read_config(path)
        run = config.open_market().run(config.bound_model())
        assert run.counters["fills"][0] > 0
        assert not run.errors
    own = config.bound_model().own
    assert own["bid_intensity"] == found.bids.fit.intensity
    assert own["ask_decay"] == found.asks.fit.decay
