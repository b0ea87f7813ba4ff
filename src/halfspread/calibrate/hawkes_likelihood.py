"""Hawkes likelihood: twelve kinds that excite each other, some of whose events leave no trace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfspread.calibrate.record import CalibrationError, Floats, Ints

FIRST_STEPS = 30
"""Multiplicative, which no start can upset, before Newton's."""
MOST_STEPS = 60
SHORTEST = 1e-10
"""Of a step, as a share of the way to its end."""
CLOSE = 1e-9
"""Of the log-likelihood, relative: what a last step gains."""
MOST_LOOKS = 40
"""At the unseen events between two instants, each with what those of the look before bring on."""
SETTLED = 1e-4
"""Of their rate, relative: what a last look changes."""
CURVED = 1e-12
"""Added to a Hessian's diagonal, relative."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What an observer sees: instants, the kinds of events at each, the chance to see one after."""

    time: Floats
    """seconds, ascending, (instants,)"""
    kinds: NDArray[np.bool_]
    """none at the first instant, (instants, kinds)"""
    room: NDArray[np.float32]
    """the chance that an event of the kind would show, from each instant on, (instants, kinds)"""

    @property
    def counts(self) -> Ints:
        """Events of each kind."""
        counts: Ints = self.kinds.sum(axis=0)
        return counts


@dataclass(frozen=True, eq=False)
class Sums:
    """All that the likelihood needs of the past, for given decays."""

    past: tuple[Floats, ...]
    """of each kind, 1 and the decayed sums before each of its events, (events, 1 + decays kinds)"""
    exposure: Floats
    """their integrals over time, by the room of each kind, (kinds, 1 + decays kinds)"""
    whole: Floats
    """the same by time alone, (1 + decays kinds,)"""
    gaps: tuple[Floats, ...]
    """of each kind, the integral of its seen rate between its events: Exp(1) if the laws are so"""


def sums_of(seen: Seen, decays: Floats, theta: Floats) -> Sums:
    """The decayed sums of the events seen, and in the mean of those that were not.

    dA_jk / dt = -b_k A_jk + (1 - p_j) lambda_j,   A_jk += 1 where one of kind j is seen
    lambda_i   = mu_i + sum over j, k of a_kij A_jk

    with p the room. Between two instants the unseen come at the rate that lambda has there on
    average, what they bring on there among it.

    Args:
        theta: mu and the jumps, decay by decay, of each kind: (kinds, 1 + decays kinds).
    """
    kinds = len(theta)
    counts = seen.counts
    starts = np.concatenate([[0], np.cumsum(counts)])
    past, gaps, exposure, whole = _pass(
        seen.time, seen.kinds, seen.room, decays, theta, starts[:-1].copy(), int(starts[-1])
    )
    parts = [slice(starts[i], starts[i + 1]) for i in range(kinds)]
    if not np.isfinite(exposure).all():
        raise CalibrationError("what the events that are not seen bring on grows without bound")
    return Sums(tuple(past[p] for p in parts), exposure, whole, tuple(gaps[p] for p in parts))


@njit(cache=True)
def _pass(time, happened, room, decays, theta, places, events):  # type: ignore[no-untyped-def]
    kinds, count = len(theta), len(decays)
    width = 1 + count * kinds
    past, gaps = np.empty((events, width)), np.empty(events)
    exposure, whole = np.zeros((kinds, width)), np.zeros(width)
    sums, area = np.zeros(width), np.zeros(width)
    spent, unseen = np.zeros(kinds), np.zeros(kinds)
    for at in range(len(time)):
        if at > 0:
            for i in range(kinds):
                if happened[at, i]:
                    past[places[i]] = sums
                    past[places[i], 0] = 1.0
                    gaps[places[i]] = spent[i]
                    spent[i] = 0.0
                    places[i] += 1
            for i in range(kinds):
                if happened[at, i]:
                    for k in range(count):
                        sums[1 + k * kinds + i] += 1.0
        if at + 1 == len(time):
            break
        length = time[at + 1] - time[at]
        area[0] = length
        unseen[:] = 0.0
        for _ in range(MOST_LOOKS):
            for k in range(count):
                share = -np.expm1(-decays[k] * length) / decays[k]
                later = (length - share) / decays[k]
                for j in range(kinds):
                    place = 1 + k * kinds + j
                    area[place] = sums[place] * share + unseen[j] * later
            moved, total = 0.0, 0.0
            for j in range(kinds):
                if room[at, j] < 1.0:
                    rate = 0.0
                    for m in range(width):
                        rate += theta[j, m] * area[m]
                    rate *= (1.0 - room[at, j]) / length
                    moved += abs(rate - unseen[j])
                    total += rate
                    unseen[j] = rate
            if moved <= SETTLED * total:
                break
        for k in range(count):
            left = np.exp(-decays[k] * length)
            share = -np.expm1(-decays[k] * length) / decays[k]
            for j in range(kinds):
                place = 1 + k * kinds + j
                sums[place] = sums[place] * left + unseen[j] * share
        for m in range(width):
            whole[m] += area[m]
        for i in range(kinds):
            if room[at, i] > 0.0:
                rate = 0.0
                for m in range(width):
                    exposure[i, m] += room[at, i] * area[m]
                    rate += theta[i, m] * area[m]
                spent[i] += room[at, i] * rate
    return past, gaps, exposure, whole


def climb(past: Floats, exposure: Floats, start: Floats | None = None) -> Floats:
    """The theta >= 0 of greatest log-likelihood,   sum of ln(x theta) - E theta.

    It is concave. From FIRST_STEPS multiplicative steps, or from `start`, Newton's steps in what
    is free: a parameter at 0 that wants to be less is not.

    Args:
        past: x, of each event, (events, parameters); the first column is 1.
        exposure: E, (parameters,); those of 0 are left at 0.
    """
    there = exposure > 0
    x, theta = past[:, there] / exposure[there], np.zeros(len(exposure))
    counts: Floats = np.full(x.shape[1], len(x) / x.shape[1])
    if start is not None:
        counts = np.maximum(start[there] * exposure[there], 1e-6 * len(x) / x.shape[1])
    for _ in range(FIRST_STEPS if start is None else 2):
        counts *= (1 / (x @ counts)) @ x
    value = _value(x, counts)
    for _ in range(MOST_STEPS):
        rate = x @ counts
        slope = (1 / rate) @ x - 1
        free = (counts > 1e-9 * len(x)) | (slope > 0)
        scaled = x[:, free] / rate[:, None]
        bend = scaled.T @ scaled
        bend[np.diag_indices_from(bend)] += CURVED * np.trace(bend) + 1e-12
        way = np.zeros(len(counts))
        way[free] = np.linalg.solve(bend, slope[free])
        way[~free] = -counts[~free]
        step, gained = 1.0, 0.0
        while step > SHORTEST:
            there_counts = np.maximum(counts + step * way, 0.0)
            next_value = _value(x, there_counts)
            if next_value > value:
                gained, value, counts = next_value - value, next_value, there_counts
                break
            step /= 4
        if gained < CLOSE * max(abs(value), len(x)):
            break
    theta[there] = counts / exposure[there]
    return theta


def _value(x: Floats, counts: Floats) -> float:
    rate = x @ counts
    if rate.min() <= 0:
        return -np.inf
    return float(np.log(rate).sum() - counts.sum())


def covariance(past: Floats, theta: Floats) -> Floats:
    """Of the parameters that are above 0, by the Hessian; of the others 0."""
    free = theta > 0
    scaled = past[:, free] / (past @ theta)[:, None]
    found = np.zeros((len(theta), len(theta)))
    found[np.ix_(free, free)] = np.linalg.pinv(scaled.T @ scaled, hermitian=True)
    return found
