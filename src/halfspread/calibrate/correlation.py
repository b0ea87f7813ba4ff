"""Correlation: of several instruments' mids, by changes over one scale on one grid of times."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from halfspread.calibrate.record import NANO, CalibrationError, Floats, Record
from halfspread.calibrate.volatility import FEWEST, STEP
from halfspread.errors import ConfigError


def correlation(records: Sequence[Record], scale_s: float) -> Floats:
    """The correlation of the mids' changes over `scale_s` seconds, (m, m), positive semidefinite.

    rho_ij = sum_t x_i x_j / sqrt(sum_t x_i^2 sum_t x_j^2),   x_i(t) = m_i(t + d) - m_i(t)

    with m the last mid at or before a time (previous tick), t on a grid of STEP over the span that
    all have in common, and d the scale. Changes at which any mid is not known are left out, which
    is what makes the matrix one of a Gram form. Over short scales it is too small, since one
    instrument moves before the other (Epps); take the scale over which inventory is held.

    Args:
        records: one an instrument, all on one exchange clock.
        scale_s: d, > 0; in whole steps of STEP.

    Errors:
        ConfigError: no record, or a scale that is no whole number of steps.
        CalibrationError: less than FEWEST of the scale in common, or a mid that never changes.
    Source:
        T. Epps, "Comovements in stock prices in the very short run", Journal of the American
        Statistical Association 74(366), 1979.
    """
    if not records:
        raise ConfigError("correlation: records must not be empty")
    lag = round(scale_s / STEP) if isfinite(scale_s) else 0
    if lag < 1 or abs(lag * STEP - scale_s) > 1e-9:
        raise ConfigError(f"correlation: scale_s must be a multiple of {STEP}, was {scale_s!r}")
    begin, end = (max(r.span[0] for r in records), min(r.span[1] for r in records))
    if (end - begin) * NANO < FEWEST * scale_s:
        raise CalibrationError(
            f"{max((end - begin) * NANO, 0):.1f} s in common; correlation needs "
            f"{FEWEST * scale_s:g} s"
        )
    times = np.arange(begin, end + 1, round(STEP / NANO), dtype=np.int64)
    mids = np.array([r.touches.mid_of(r.touches.row_at(times)) for r in records])
    changes = mids[:, lag:] - mids[:, :-lag]
    changes = changes[:, np.isfinite(changes).all(axis=0)]
    products = changes @ changes.T
    sizes = np.sqrt(np.diag(products))
    if changes.shape[1] == 0 or sizes.min() == 0:
        raise CalibrationError("a mid never changes")
    found: Floats = products / np.outer(sizes, sizes)
    np.fill_diagonal(found, 1.0)
    return found
