"""A simulated market, read from its tape, has the laws of a plain one: waits, moves, the touch."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

import halfspread as hs
from twins.plain_flow import books_of, hawkes, queue_reactive, zero_intelligence

INTENSITIES = Path(__file__).resolve().parents[3] / "shared/data/worlds/hlr_intensities.json"

LIMITS = (1.85, 1.51, 1.09, 0.88, 0.77, *(1.92 / i**0.52 for i in range(6, 13)))
MARKET, CANCELS = 0.94, (0.71, 0.81, 0.68, 0.56, 0.47)
SECONDS = 1_500


def same_law(a, b):
    return ks_2samp(a, b).pvalue > 1e-3


def test_zero_intelligence_against_the_plain_one():
    times, mids, touches = zero_intelligence(LIMITS, MARKET, CANCELS, SECONDS, 50, seed=1)
    flow = hs.flows.ZeroIntelligence(LIMITS, MARKET, CANCELS)
    ours = books_of(hs.simulate(flow, SECONDS, seed=2, warm_up=50))
    our_times, our_mids = ours[:, 0], (ours[:, 1] + ours[:, 2]) / 2
    assert same_law(np.diff(times), np.diff(our_times))
    moved, our_moved = np.flatnonzero(np.diff(mids)) + 1, np.flatnonzero(np.diff(our_mids)) + 1
    assert same_law(np.diff(times[moved]), np.diff(our_times[our_moved]))
    assert same_law(np.diff(mids[moved]), np.diff(our_mids[our_moved]))
    seconds = np.searchsorted(our_times, np.arange(1, SECONDS, 5)) - 1
    assert same_law(touches[::5, 0], ours[seconds, 3])
    assert same_law(touches[::5, 1], ours[seconds, 2] - ours[seconds, 1])


def liquid(theta, theta_reinit):
    """Three depths of 0 to 20 lots that look like a liquid stock's."""
    n = np.arange(21)
    scales = (1.0, 1.5, 2.0)
    return hs.flows.QueueReactive(
        limit=[np.where(n == 0, scale, 0.6).tolist() for scale in scales],
        cancel=[np.where(n == 0, 0, 0.3 + 0.04 * n / scale).tolist() for scale in scales],
        market=[[0.0, *(0.2 / n[1:])], [0.0] * 21, [0.0] * 21],
        theta=theta,
        theta_reinit=theta_reinit,
    )


def measured(path):
    return hs.flows.from_dict(hs.flows.QueueReactive, json.loads(path.read_text()))


@pytest.mark.parametrize("reinit", [0.0, 0.85])
@pytest.mark.parametrize("laws", ["liquid", "france_telecom"])
def test_queue_reactive_against_the_plain_one(laws, reinit):
    flow = liquid(0.7, reinit)
    if laws == "france_telecom":
        if not INTENSITIES.exists():
            pytest.skip("no table of intensities beside the repository")
        flow = replace(measured(INTENSITIES), theta_reinit=reinit)
    seconds = 6_000
    depths = range(1, 4)
    tables = list(zip(flow.limit, flow.cancel, flow.market, strict=True))
    invariants = [flow.invariant(depth) for depth in depths]
    changes = queue_reactive(tables, invariants, 0.7, reinit, seconds, 100, seed=3)
    ours = books_of(hs.simulate(flow, 3 * seconds, seed=4, warm_up=100))
    mids = (ours[:, 1] + ours[:, 2]) / 2
    moved = np.flatnonzero(np.diff(mids)) + 1
    waits, our_waits = np.diff(changes[:, 0]), np.diff(ours[moved, 0])
    assert same_law(waits, our_waits)
    assert same_law(np.diff(changes[:, 1]), np.diff(mids[moved]))
    assert same_law(
        moves_over(30, changes, seconds),
        moves_over(30, np.column_stack([ours[:, 0], mids]), 3 * seconds),
    )


def moves_over(span, path, seconds):
    """The mid's moves over spans of so many seconds."""
    at = np.searchsorted(path[:, 0], np.arange(span, seconds, span)) - 1
    return np.diff(path[np.maximum(at, 0), 1])


def test_hawkes_against_the_plain_one():
    flow, seconds = hs.flows.Hawkes.lively(), 3_000
    plain = hawkes(flow, seconds, 60, seed=5)
    ours = books_of(hs.simulate(flow, seconds, seed=6, warm_up=60))
    mids = (ours[:, 1] + ours[:, 2]) / 2
    assert same_law(np.diff(plain[:, 0]), np.diff(ours[:, 0]))
    moved, our_moved = np.flatnonzero(np.diff(plain[:, 1])) + 1, np.flatnonzero(np.diff(mids)) + 1
    assert same_law(np.diff(plain[moved, 0]), np.diff(ours[our_moved, 0]))
    assert same_law(np.diff(plain[moved, 1]), np.diff(mids[our_moved]))
    for column, our_column in ((2, ours[:, 2] - ours[:, 1]), (3, ours[:, 3])):
        at = np.arange(5, seconds, 5)
        theirs = plain[np.searchsorted(plain[:, 0], at) - 1, column]
        assert same_law(theirs, our_column[np.searchsorted(ours[:, 0], at) - 1])
    assert same_law(
        moves_over(30, plain, seconds), moves_over(30, np.column_stack([ours[:, 0], mids]), seconds)
    )
