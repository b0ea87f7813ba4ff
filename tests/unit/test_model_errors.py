"""A model's errors are reported with lane, time, state and text; none of them ends the run."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

import halfspread as hs
from halfspread.event import Kind
from halfspread.inventory import lean
from halfspread.modelling import as_model, model, wrapper
from halfspread.quote import Quote
from halfspread.signal_policy import ASKED_BY
from made_tapes import BTC, market

pytestmark = pytest.mark.filterwarnings("ignore:the model gave no usable quote")


def errors_of(model, **options):
    """What a run over a minute of market reports, and the run."""
    run = hs.Replay(hs.Tape.from_events(market(4000), BTC), **options).run(model)
    return run.errors, run


def failing(at, error):
    """Quotes, and raises from decision `at` to the next."""
    seen = []

    def model(state):
        seen.append(state)
        if len(seen) == at:
            raise error
        return Quote(state.mid - 1, state.mid + 1)

    return model, seen


def test_the_row_of_an_exception_is_of_one_decision():
    model, seen = failing(3, ValueError("no"))
    ((row,), run) = errors_of(model)
    assert (row["lane"], row["count"], row["why"]) == (0, 1, "raised ValueError: no")
    np.testing.assert_array_equal(row["state"], seen[2])
    assert row["time"] - run.tape.span[0] == pytest.approx(seen[2].time * 1e9, abs=1e7)
    assert all(map(isnan, row["quote"][:2]))
    assert run.counters["model_errors"][0] == 1


def test_an_exception_while_signals_are_unknown_stays_the_first():
    def model(state):
        if state.time < 0.15:
            raise ValueError("early")
        return Quote(np.nan, state.mid) if state.time > 20 else Quote(state.mid - 1, state.mid + 1)

    ((row,), _) = errors_of(model)
    assert row["why"] == "raised ValueError: early"
    assert row["state"].time == pytest.approx(0.1)
    assert row["count"] > 1


def test_a_bad_quote_before_an_exception_stays_the_first():
    def model(state):
        if state.time > 20:
            raise ValueError("late")
        return Quote(state.mid + 1, state.mid)

    ((row,), _) = errors_of(model)
    assert row["why"] == "crossed"
    assert row["quote"].bid == row["state"].mid + 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((1.0, 2.0, 3.0), "TypeError: a model returns .* this one returned 3 numbers"),
        (None, "TypeError: .*NoneType"),
        (("low", 2.0), "TypeError: must be real number"),
    ],
)
def test_an_answer_that_is_no_quote_is_an_error_of_the_model(answer, why):
    ((row,), run) = errors_of(lambda _: answer)
    assert row["count"] == run.counters["decisions"][0]
    with pytest.raises(TypeError, match=why.removeprefix("TypeError: ")):
        raise TypeError(row["why"].removeprefix("raised TypeError: "))


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


def test_an_exception_without_text_is_reported_too():
    ((row,), _) = errors_of(failing(2, Mute())[0])
    assert row["why"] == "raised Mute: (no text)"


@pytest.mark.parametrize("error", [RuntimeError("deep"), ZeroDivisionError("zero")])
def test_a_wrapped_callable_of_many_lanes_keeps_its_text(error):
    def model(state):
        if state.time > 1:
            raise error
        return Quote(state.mid - 1, state.mid + 1)

    rows, run = errors_of(lean(model, strength=[0.1, 0.2], limit=5))
    assert [row["lane"] for row in rows] == [0, 1]
    assert {row["why"] for row in rows} == {f"raised {type(error).__name__}: {error}"}
    assert (run.counters["model_errors"] < run.counters["decisions"]).all()


def test_a_model_of_all_lanes_at_once_that_raises_is_reported_in_each():
    @hs.batched
    def model(state):
        if state.time.max() > 1:
            raise RuntimeError("all")
        return Quote(state.mid - 1, state.mid + 1)

    for inside in (lean(model, strength=[0.1, 0.2], limit=5), as_model(model, n=2)):
        rows, _ = errors_of(inside)
        assert [(row["lane"], row["why"]) for row in rows] == [
            (lane, "raised RuntimeError: all") for lane in (0, 1)
        ]


@wrapper
def stumbling(quote, state, at: float):
    """Raises while the inventory's lane has come to its time."""
    if state.time > at:
        raise (RuntimeError if at > 2 else ValueError)(f"at {at}")
    return quote


@pytest.mark.parametrize("mark", [lambda plain: plain, hs.batched])
def test_a_wrapper_that_raises_in_one_lane_is_reported_there_alone(mark):
    inside = mark(lambda state: Quote(state.mid - 1, state.mid + 1))
    rows, run = errors_of(stumbling(inside, at=[1.0, 1e9, 3.0]))
    assert [(row["lane"], row["why"]) for row in rows] == [
        (0, "raised ValueError: at 1.0"),
        (2, "raised RuntimeError: at 3.0"),
    ]
    early, never, late = run.counters["model_errors"]
    assert early > late > never == 0
    outside = lean(stumbling(inside, at=[1.0, 1e9, 3.0]), strength=0.1, limit=5)
    wrapped, again = errors_of(outside)
    assert [row["why"] for row in wrapped] == [row["why"] for row in rows]
    assert again.counters["model_errors"].tolist() == [early, never, late]


@pytest.mark.parametrize("lanes", [1, 2])
def test_an_interrupt_ends_the_run(lanes):
    for mark in (lambda plain: plain, hs.batched):
        inside = mark(failing(3, KeyboardInterrupt())[0])
        with pytest.raises(KeyboardInterrupt):
            errors_of(as_model(inside, n=lanes))


@pytest.mark.parametrize("ask", [2.0, -2.0])
def test_less_than_one_lot_is_said(ask):
    ((row,), run) = errors_of(lambda state: Quote(state.mid - 1, state.mid + ask, 0.5, 0.5))
    assert row["why"] == "less than one lot"
    assert row["count"] == run.counters["decisions"][0]


@model
def impatient(state, at: float):
    """Raises from its time on."""
    if state.time > at:
        raise ValueError("late")
    return Quote(state.mid - 1, state.mid + 1)


def test_a_compiled_model_that_raises_is_told_from_one_that_answers_nan():
    ((row,), run) = errors_of(impatient(at=[5.0, 1e9]))
    assert row["why"] == "raised an exception, which compiled code can't name"
    assert row["lane"] == 0
    assert row["state"].time == pytest.approx(5.1)
    assert all(map(isnan, row["quote"][:2]))
    assert run.counters["model_errors"].tolist() == [row["count"], 0]


def test_compiled_models_say_so_too():
    ((row,), _) = errors_of(hs.models.fixed_spread(half_spread=1, size=0.5))
    assert row["why"] == "less than one lot"


@model
def torn(state, at: float):
    """No bid from its time on."""
    return Quote(state.mid - 1 if state.time < at else np.nan, state.mid + 1)


@model
def as_far_as_they_reach(state, share: float):
    """Quotes by the fill decay, which is not known without a trade."""
    return Quote(state.mid - share / state.fill_decay, state.mid + share / state.fill_decay)


def test_only_what_a_model_reads_excuses_its_nan():
    events = market(4000)
    quiet = hs.Tape.from_events(events[events["kind"] != Kind.trade], BTC)
    words = "the model sent no order: it reads fill_decay, not known when the run ended"
    with pytest.warns(UserWarning, match=words):
        assert hs.Replay(quiet).run(as_far_as_they_reach(share=1)).errors == []
    run = hs.Replay(quiet).run(torn(at=20.0))
    (row,) = run.errors
    assert row["why"] == "not finite"
    assert 0 < row["count"] < run.counters["decisions"][0]
    assert isnan(row["state"].fill_decay)


def test_a_signal_that_was_not_asked_for_is_named_with_its_option():
    tape = hs.Tape.from_events(market(4000), BTC)
    words = r"it reads mean_reversion \(signals: slow_half_life\), forecast, not known there"
    with pytest.warns(UserWarning, match=words):
        hs.Replay(tape).run(hs.models.fodra_labadie(terminal_penalty=0.05))
    asked = hs.SignalPolicy(slow_half_life="5s")
    reverting = hs.models.fodra_labadie(terminal_penalty=0.05, reversion=0.5)
    run = hs.Replay(tape, signals=asked).run(reverting)
    assert run.errors == []
    assert set(ASKED_BY) < set(hs.QuoteState._fields)
    options = {option for words in ASKED_BY.values() for option in words.split(", ")}
    assert options <= set(hs.SignalPolicy.__dataclass_fields__)
