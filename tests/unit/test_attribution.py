"""Attribution: the parts of a profit in time add up, and say what they say they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import halfspread as hs
from halfspread.errors import ConfigError
from halfspread.evaluate.attribution import Part, by_hour, by_volatility
from runs import INVERSE, make_run, one_fill

MONEY = ("profit", "spread", "adverse", "holding", "fees")


@pytest.fixture(scope="module")
def run():
    tape = hs.synthetic.tape(events=60_000, seed=3)
    return hs.backtest(hs.models.fixed_spread(half_spread=1), hs.Replay(tape, latency_ms=5))


def total(parts: list[Part], name: str) -> float:
    return sum(getattr(part, name) for part in parts)


def in_hours(run):
    return by_hour(run)


def in_regimes(run):
    return by_volatility(run, width_s=20.0)


@pytest.mark.parametrize("split", [in_hours, in_regimes])
@pytest.mark.parametrize("which", ["market", "made", "inverse"])
def test_the_parts_add_up_to_the_runs(run, split, which):
    if which == "made":
        run = make_run(n=1, seed=4, steps=900)
    if which == "inverse":
        run = make_run(n=1, seed=5, steps=900, instrument=INVERSE)
    parts, found = split(run), run.metrics()
    assert total(parts, "profit") == pytest.approx(found["profit"], rel=1e-9, abs=1e-12)
    assert total(parts, "spread") == pytest.approx(found["profit_spread"], rel=1e-9, abs=1e-12)
    held = total(parts, "adverse") + total(parts, "holding")
    assert held == pytest.approx(found["profit_inventory"], rel=1e-9, abs=1e-12)
    assert total(parts, "fees") == pytest.approx(found["fees"], rel=1e-9, abs=1e-12)
    assert total(parts, "fills") == found["fills"]
    assert total(parts, "seconds") == pytest.approx(found["seconds"])
    for part in parts:
        gains = part.spread + part.adverse + part.holding - part.fees
        assert part.profit == pytest.approx(gains, rel=1e-9, abs=1e-9)


def test_adverse_is_the_move_against_the_fills(run):
    """By hand: side * (mid 5 s later - mid) * size, from the run's own columns."""
    fills, after = run.fills, run.mids_after[:, 2]
    moved = np.nan_to_num(after - fills["mid"]) * fills["side"] * fills["size"]
    instrument = run.instrument
    coins = moved.sum() * float(instrument.tick) * float(instrument.lot)
    assert total(by_hour(run), "adverse") == pytest.approx(coins, rel=1e-9)
    assert coins < 0


def test_an_hour_is_named_by_its_start():
    run = make_run(n=1, seed=4, steps=900)
    assert [part.name for part in by_hour(run)] == ["2024-08-08T10h"]


def test_wild_stretches_move_more_than_calm_ones(run):
    calm, wild = by_volatility(run, width_s=5.0, regimes=2)
    assert (calm.name, wild.name) == ("calmest", "wildest")
    names = [part.name for part in by_volatility(run, width_s=5.0, regimes=4)]
    assert names == ["calmest", "regime 2", "regime 3", "wildest"]


def test_the_calm_half_of_a_day_is_the_calmest(run):
    path, half = run.path, len(run.path["time"]) // 2
    shaken = np.where(np.arange(len(path["time"])) // 10 % 2, 3.0, -3.0)  # each second
    shaken[half:] = 0.0
    day = replace(run, path={**path, "mid": 10_000.0 + shaken})
    calm, wild = by_volatility(day, width_s=5.0, regimes=2)
    late = np.sum(run.fills["local_time"] > path["time"][half])
    assert calm.fills == pytest.approx(late, abs=5)
    assert abs(len(run.fills["local_time"]) - 2 * late) > 30, "else they are told apart by nothing"
    assert calm.fills + wild.fills == len(run.fills["local_time"])


def test_what_cannot_be_attributed_says_so(run):
    with pytest.raises(ConfigError, match="needs one lane with its fills, this run has 2 lanes"):
        by_hour(make_run(n=2, steps=20))
    with pytest.raises(ConfigError, match="width_s must be > 0, was 0"):
        by_volatility(run, width_s=0)
    with pytest.raises(ConfigError, match="regimes must be >= 2, was 1"):
        by_volatility(run, regimes=1)
    with pytest.raises(ConfigError, match="needs a run of some length"):
        by_hour(make_run(n=1, steps=1))


def test_a_fill_at_the_end_has_no_later_mid():
    part = by_hour(one_fill())[0]
    for name in MONEY:
        assert np.isfinite(getattr(part, name))
