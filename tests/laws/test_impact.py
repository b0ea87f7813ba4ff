"""Impact and round trips in the simulated markets: what the page says of them is so."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sphinx")

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def impact():
    spec = importlib.util.spec_from_file_location("impact", DOCS / "impact.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bounds(values):
    """Three standard errors to either side of the mean."""
    error = values.std() / np.sqrt(len(values))
    return values.mean() - 3 * error, values.mean() + 3 * error


def test_the_page_has_the_tables_that_the_script_prints(impact):
    page = (DOCS / "simulated.md").read_text(encoding="utf-8")
    assert [row for row in impact.tables() if row not in page] == []


UNINFORMED = ("zero intelligence", "queue-reactive", "Hawkes")


@pytest.mark.parametrize("flow", UNINFORMED)
def test_a_metaorder_moves_the_market_and_the_move_stays(impact, flow):
    moved = impact.displacement(flow, 30, lanes=100)
    assert bounds(moved[30])[0] > 1
    least, most = bounds(moved[120] - moved[31])
    assert least < 0 < most, "on average nothing comes back: unreal, and said so"
    ten, forty = (impact.displacement(flow, lots, lots + 2, 100)[lots] for lots in (10, 40))
    assert 2.5 < forty.mean() / ten.mean() < 6.5, "near linear"
    assert np.all(moved[0] == 0)


def test_among_the_informed_it_is_concave_and_decays(impact):
    moved = impact.displacement("Hawkes, informed", 40)
    assert bounds(moved[40])[0] > 0
    assert bounds(moved[40] - moved[120])[0] > 0
    ten = impact.displacement("Hawkes, informed", 10, 12)[10]
    assert moved[40].mean() / ten.mean() < 2.5


@pytest.mark.parametrize("flow", [*UNINFORMED, "Hawkes, informed"])
@pytest.mark.parametrize("trip", [(10, 1, 1), (10, 10, 10), (10, 1, 10), (10, 10, 1), (30, 2, 2)])
def test_a_small_round_trip_makes_no_money_on_average(impact, flow, trip):
    assert bounds(impact.profit(flow, *trip, lanes=400))[1] < 0


@pytest.mark.parametrize(
    ("flow", "trip"), [("zero intelligence", (100, 10, 1)), ("queue-reactive", (100, 1, 100))]
)
def test_a_large_one_may_and_the_page_says_so(impact, flow, trip):
    assert bounds(impact.profit(flow, *trip, lanes=200))[0] > 0


@pytest.mark.parametrize("trip", [(100, 10, 1), (100, 1, 100), (100, 1, 1)])
def test_among_the_informed_no_large_one_does(impact, trip):
    assert bounds(impact.profit("Hawkes, informed", *trip, lanes=200))[1] < 0
