"""Volatility: ticks per root second from squared mid changes, over scales; where it levels off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halfspread.calibrate.inference import block_seconds
from halfspread.calibrate.record import CalibrationError, Floats, Record

STEP = 0.1
"""Seconds between mids."""
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
FEWEST = 30
"""Scales that must fit the data one after another."""


@dataclass(frozen=True)
class Volatility:
    """The signature plot, what was chosen from it, and a check."""

    ticks: float
    """per root second, at the chosen scale"""
    error: float
    scale_s: float
    """the chosen scale"""
    levels_off: bool
    """whether a longer scale was there to confirm it"""
    two_scale: float | None
    """ticks per root second, by two scales: free of noise that comes and goes within STEP"""
    scales_s: tuple[float, ...]
    signature: tuple[float, ...]
    """ticks per root second, a number a scale"""
    errors: tuple[float, ...]


def volatility(record: Record) -> Volatility:
    """Realised volatility of the mid.

    s(d)^2 = mean over t of (m(t + d) - m(t))^2 / d,     t on a grid of STEP
    error(s) = error(s^2) / (2 s)

    with m the mid in ticks, d the scale in seconds. The error of s^2 is that of the mean of blocks
    of max(block_seconds, 2 d) seconds. The chosen scale is the shortest that no longer one
    contradicts: s^2 differs from that of each longer scale by less than 2 standard errors of the
    difference, by the same blocks. Bounces of the mid make short scales too large, trends make long
    ones so.

    two_scale^2 = (s(d)^2 - STEP / d * s(STEP)^2) / (1 - STEP / d)

    Errors:
        CalibrationError: shorter than FEWEST of the shortest scales, or the mid never changes.
    Source:
        L. Zhang, P. Mykland and Y. Aït-Sahalia, "A tale of two time scales", Journal of the
        American Statistical Association 100(472), 2005.
    """
    mids = record.grid(STEP)
    fitting = [scale for scale in SCALES if scale * FEWEST <= record.seconds]
    found = [_cells(mids, round(scale / STEP), scale) for scale in fitting]
    kept = [i for i, (_, counts) in enumerate(found) if counts.sum() >= FEWEST]
    if not kept:
        why = f"{record.seconds:.1f} s of mids; volatility needs {SCALES[0] * FEWEST:g} s"
        raise CalibrationError(why)
    cells, scales = [found[i] for i in kept], [fitting[i] for i in kept]
    squares = [float(sums.sum() / counts.sum()) for sums, counts in cells]
    if max(squares) == 0:
        raise CalibrationError("the mid never changes")
    widths = [max(round(block_seconds(record.seconds, 2 * scale)), 1) for scale in scales]

    def confirmed(i: int) -> bool:
        """Whether no longer scale than the i-th contradicts it."""
        longer = range(i + 1, len(scales))
        gaps = (_error(_deviations(*cells[j]) - _deviations(*cells[i]), widths[j]) for j in longer)
        return squares[i] > 0 and all(
            abs(squares[j] - squares[i]) <= 2 * gap for j, gap in zip(longer, gaps, strict=True)
        )

    chosen = next((i for i in range(len(scales)) if confirmed(i)), len(scales) - 1)
    share, root = STEP / scales[chosen], np.sqrt(squares)
    slow = (squares[chosen] - share * squares[0]) / (1 - share) if scales[chosen] > STEP else 0.0
    errors = [
        _error(_deviations(*cell), width) / (2 * r) if r > 0 else 0.0
        for cell, width, r in zip(cells, widths, root.tolist(), strict=True)
    ]
    return Volatility(
        ticks=float(root[chosen]),
        error=errors[chosen],
        scale_s=scales[chosen],
        levels_off=chosen < len(scales) - 1,
        two_scale=math.sqrt(slow) if slow > 0 else None,
        scales_s=tuple(scales),
        signature=tuple(root.tolist()),
        errors=tuple(errors),
    )


def _cells(mids: Floats, lag: int, scale: float) -> tuple[Floats, Floats]:
    """Sums of squared changes over the scale, by the second in which they begin; their counts."""
    squares = (mids[lag:] - mids[:-lag]) ** 2 / scale
    known = np.isfinite(squares)
    second = np.arange(len(squares)) // round(1 / STEP)
    length = -(-len(mids) // round(1 / STEP))
    sums = np.bincount(second, weights=np.where(known, squares, 0.0), minlength=length)
    counts = np.bincount(second, weights=known, minlength=length)
    return sums.astype(np.float64), counts.astype(np.float64)


def _deviations(sums: Floats, counts: Floats) -> Floats:
    """What each second adds to the mean's deviation from itself."""
    apart: Floats = (sums - counts * (sums.sum() / counts.sum())) / counts.sum()
    return apart


def _error(deviations: Floats, width: int) -> float:
    """The standard error of their sum, by blocks of `width` of them."""
    blocks = np.add.reduceat(deviations, np.arange(0, len(deviations), width))
    return math.sqrt(float((blocks**2).sum()) * len(blocks) / max(len(blocks) - 1, 1))
