"""A model in words: in full while its lanes are few, in short when they are many."""

from functools import partial

import numpy as np

import halfspread as hs
from halfspread.inventory import lean
from halfspread.model_words import model_words
from halfspread.modelling import as_model
from halfspread.models import InventoryControl, fixed_spread, glft


def test_a_wide_sweep_is_told_in_short():
    wide = glft(risk_aversion=np.geomspace(1e-3, 1, 256), size=2)
    assert model_words(wide) == "glft(risk_aversion=[0.001 .. 1], size=2, 256 lanes)"
    leaning = lean(wide, strength=[1.0] * 256, limit=list(range(1, 257)))
    inner = "glft(risk_aversion=[0.001 .. 1], size=2)"
    assert model_words(leaning) == f"lean({inner}, strength=1, limit=[1 .. 256], 256 lanes)"
    few = glft(risk_aversion=[0.1, 0.2])
    assert model_words(few) == repr(few)
    measured = glft(risk_aversion=1, volatility=[None, *range(1, 1300)])
    assert model_words(measured).endswith("volatility=[measured .. 1299], 1,300 lanes)")
    own = glft(risk_aversion=1, fill_aversion=[None, *range(1, 1300)])
    assert model_words(own).endswith("fill_aversion=[not given .. 1299], 1,300 lanes)")


def test_a_run_says_its_model_in_short_and_its_parameters_in_full():
    wide = np.linspace(1, 3, 100)
    run = hs.backtest(fixed_spread(half_spread=wide), hs.synthetic.tape(events=2_000, seed=1))
    assert run.assumptions["model"] == "fixed_spread(half_spread=[1 .. 3], 100 lanes)"
    assert run.model_name == "fixed_spread"
    np.testing.assert_array_equal(run.parameters["half_spread"], wide)


def test_what_has_no_lanes_of_parameters_is_told_as_it_is():
    batched = hs.batched(lambda state: hs.Quote(state.bid, state.ask))
    assert model_words(batched) == repr(batched)


class Patient:
    def __call__(self, state):
        return hs.Quote(state.bid, state.ask)


def quiet(state, half_spread=1.0):
    return hs.Quote(state.mid - half_spread, state.mid + half_spread)


def test_plain_python_is_told_without_its_place_in_memory():
    assert model_words(as_model(quiet)) == "quiet"
    assert model_words(as_model(quiet, n=3)) == "quiet in 3 lanes"
    assert model_words(as_model(hs.batched(quiet), n=2)) == "quiet in 2 lanes"
    assert model_words(as_model(partial(quiet, half_spread=2.0))) == (
        "functools.partial(<function quiet>, half_spread=2.0)"
    )
    assert model_words(as_model(Patient())).endswith("Patient object>")
    assert model_words(as_model(InventoryControl(limit=5))).startswith("InventoryControl(limit=5, ")
    assert model_words(lean(quiet, strength=1, limit=2)) == "lean(quiet, strength=1.0, limit=2.0)"
