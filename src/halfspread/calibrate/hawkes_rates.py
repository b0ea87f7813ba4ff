"""Hawkes rates: baselines and jumps of twelve kinds, some of whose events leave no trace."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from halfspread.calibrate.hawkes_likelihood import Seen, Sums, climb, covariance, sums_of
from halfspread.calibrate.record import Floats

FEWEST_OF_A_KIND = 50
"""One with fewer has a rate that nothing excites, and brings on nothing."""
FULL_ROUND = 4
"""From which jumps are held to the whole of the Bayesian information criterion."""
ROUNDS = 10
"""Of the unseen events' mean, given laws, and of the laws, given it."""
SETTLED = 1e-3
"""Of the rates, relative: what a last round changes."""


def fit_rates(
    seen: Seen, decays: Floats, progress: Callable[[float], None] | None = None
) -> tuple[Floats, Sums]:
    """Mu and the jumps of each kind, (kinds, 1 + decays kinds), and the sums that they rest on.

    Round by round: the laws, given the unseen events' mean; and that, given the laws. In each
    round the jumps that the tape can't tell from 0 are dropped, the weakest first.
    """
    kinds = seen.kinds.shape[1]
    rare = seen.counts < FEWEST_OF_A_KIND
    kept = np.ones((kinds, 1 + len(decays) * kinds), dtype=bool)
    kept[:, 1:] = ~np.tile(rare, len(decays)) & ~rare[:, None]
    theta = np.zeros(kept.shape)
    for part in range(ROUNDS):
        if progress is not None:
            progress(part / ROUNDS)
        sums = sums_of(seen, decays, theta)
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
    theta = np.array([float(f"{x:.6g}") for x in np.where(kept, theta, 0.0).flat])
    theta = theta.reshape(kept.shape)
    return theta, sums_of(seen, decays, theta)


def _weak(past: Floats, theta: Floats, errors: float) -> NDArray[np.bool_]:
    """Which jumps are less than so many standard errors above 0."""
    weak = theta < errors * np.sqrt(np.diag(covariance(past, theta)))
    weak[0] = False
    found: NDArray[np.bool_] = weak
    return found
