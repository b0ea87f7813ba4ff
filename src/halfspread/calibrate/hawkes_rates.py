"""Hawkes rates: baselines and jumps of twelve kinds, some of whose events leave no trace."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from halfspread.calibrate.hawkes_likelihood import Seen, Sums, climb, covariance, sums_of
from halfspread.calibrate.record import Floats
from halfspread.hawkes_flow import spectral_radius

FEWEST_OF_A_KIND = 50
"""One with fewer has a rate that nothing excites, and brings on nothing."""
FULL_ROUND = 4
"""From which jumps are held to the whole of the Bayesian information criterion."""
ROUNDS = 14
"""Of the unseen events' mean, given laws, and of the laws, given it."""
CALM = 0.99
"""The branching ratio up to which laws of a round are believed, to reckon the unseen by."""
SETTLED = 1e-3
"""Of the rates, relative: what a last round changes."""


def fit_rates(
    seen: Seen,
    decays: Floats,
    progress: Callable[[float], None] | None = None,
    silent: NDArray[np.bool_] | None = None,
) -> tuple[Floats, Sums]:
    """Mu and the jumps of each kind, (kinds, 1 + decays kinds), and the sums that they rest on.

    Round by round: the laws, given the unseen events' mean; and that, given the laws. In each
    round the jumps that the tape can't tell from 0 are dropped, the weaker half first: of
    two that come together one may be told.

    Args:
        silent: kinds that bring on nothing; by default none.
    """
    kinds = seen.kinds.shape[1]
    rare = seen.counts < FEWEST_OF_A_KIND
    kept = np.ones((kinds, 1 + len(decays) * kinds), dtype=bool)
    dumb = rare if silent is None else rare | silent
    kept[:, 1:] = ~np.tile(dumb, len(decays)) & ~rare[:, None]
    theta: Floats = np.zeros(kept.shape)
    for part in range(ROUNDS):
        if progress is not None:
            progress(part / ROUNDS)
        sums = sums_of(seen, decays, _calmed(theta, decays))
        before, dropped = theta.copy(), False
        for i in range(kinds):
            past, exposure = sums.past[i], np.where(kept[i], sums.exposure[i], 0.0)
            if not len(past) or exposure[0] == 0:
                theta[i] = 0.0
                continue
            theta[i] = climb(past, exposure, before[i] if part else None)
            weak = _weak(past, theta[i], min(part, math.sqrt(math.log(len(past)))))
            dropped |= bool((weak & (theta[i] > 0)).any())
            kept[i] &= ~weak
        moved = sums.whole * np.abs(theta - before)
        settled = moved.sum() < SETTLED * (sums.whole * theta).sum()
        if part >= FULL_ROUND and settled and not dropped:
            break
    theta[~kept] = 0.0
    theta = np.array([[float(f"{x:.6g}") for x in row] for row in theta])
    return theta, sums_of(seen, decays, _calmed(theta, decays))


def branching_of(theta: Floats, decays: Floats) -> Floats:
    """How many events of kind i one of kind j brings on, (kinds, kinds)."""
    tables = theta[:, 1:].reshape(len(theta), len(decays), len(theta))
    matrix: Floats = (tables / decays[:, None]).sum(axis=1)
    return matrix


def _calmed(theta: Floats, decays: Floats) -> Floats:
    """The laws; where they come near to exploding, with jumps as small as CALM says."""
    radius = spectral_radius(branching_of(theta, decays))
    scale = np.full(theta.shape[1], min(1.0, CALM / max(radius, 1e-300)))
    scale[0] = 1.0
    calmed: Floats = theta * scale
    return calmed


def _weak(past: Floats, theta: Floats, errors: float) -> NDArray[np.bool_]:
    """Jumps that are at 0, and the weaker half of those less than so many errors above it."""
    spread = np.sqrt(np.diag(covariance(past, theta)))
    apart = np.where(theta > 0, theta / np.maximum(spread, 1e-300), 0.0)
    apart[0] = np.inf
    low = np.sort(apart[(apart > 0) & (apart < errors)])
    half = low[(len(low) - 1) // 2] if len(low) else 0.0
    weak: NDArray[np.bool_] = apart <= half if errors > 0 else np.zeros(len(theta), dtype=bool)
    return weak
