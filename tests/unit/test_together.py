"""Runs put together are the same runs, lane by lane."""

import numpy as np
import pytest

from halfspread.errors import ConfigError
from halfspread.evaluate.together import together
from runs import make_run


def same(one, other):
    return all(
        left == right or (left != left and right != right)
        for left, right in zip(one.values(), other.values(), strict=True)
    )


def apart(**more):
    """A run of three lanes, and the same as a run of one lane and a run of two."""
    whole = make_run(n=3, seed=1, **more)
    first, second, third = (whole.lane(lane) for lane in range(3))
    return whole, {"one": first, "two": together({"b": second, "c": third})}


def test_each_lane_is_as_it_was():
    whole, runs = apart()
    again = together(runs)
    assert again.n == 3
    for lane in range(3):
        assert same(again.metrics(lane), whole.metrics(lane))
        for name, column in whole.lane(lane).fills.items():
            np.testing.assert_array_equal(again.lane(lane).fills[name], column)
    for name, column in whole.fills.items():
        np.testing.assert_array_equal(np.sort(again.fills[name]), np.sort(column))
    assert again.assumptions["lanes"] == {"0": "one", "1 to 2": "two: 2 models"}
    assert again.lane_names == ["one", "two: b", "two: c"]
    assert again.assumptions["queue"] == "power3(3)"


def test_fills_are_in_time_order():
    assert np.all(np.diff(together(apart()[1]).fills["exchange_time"]) >= 0)


def test_errors_keep_their_lane():
    errors = [{"lane": lane, "time": 1, "count": lane, "why": "crossed"} for lane in (0, 2)]
    assert together(apart(errors=errors)[1]).errors == errors


def test_runs_that_do_not_belong_together_are_refused():
    with pytest.raises(ConfigError, match="there is no run"):
        together({})
    with pytest.raises(ConfigError, match="b has another time in its path"):
        together({"a": make_run(steps=600), "b": make_run(steps=500)})
    with pytest.raises(ConfigError, match="b has another mid in its path"):
        together({"a": make_run(seed=1), "b": make_run(seed=2)})
