"""Reference price: how often it follows the mid, matched by simulation to the moves of a tape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halfspread import _core
from halfspread.calibrate.level_changes import LevelChanges
from halfspread.calibrate.record import NANO, CalibrationError, Floats, Ints
from halfspread.flows import START, QueueReactive
from halfspread.simulating import simulate

FEWEST_MOVES = 50
EVENTS = 400_000
"""Of a simulation, about."""
WARM_UP = 60.0
"""Seconds."""
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST_ERROR = 0.5
"""An error that is as large says that nothing is known of a number from 0 to 1."""
NEAR = 0.1
"""How far around the best of the grid it is looked again."""


@dataclass(frozen=True)
class ReferencePrice:
    """theta and theta_reinit, and the moments of the mid that they were matched to."""

    theta: float
    theta_error: float
    theta_reinit: float
    theta_reinit_error: float
    moves: int
    """changes of the mid, from one tick's spread to the next, on the tape"""
    moves_a_second: float
    moves_a_second_simulated: float
    reversals: float
    """the share of moves that undo the one before"""
    reversals_simulated: float

    @property
    def matched(self) -> bool:
        """Whether both moments of the flow are within a tenth of the tape's."""
        rate = abs(self.moves_a_second_simulated / self.moves_a_second - 1)
        return rate < 0.1 and abs(self.reversals_simulated - self.reversals) < 0.1


def narrow_moves(time: Ints, bid: Ints, ask: Ints) -> tuple[int, float, float]:
    """Moves of the mid between spreads of one tick: how many, a second, and the share of reversals.

    Args:
        time: ns of each row; the best prices from then on, ticks.
    """
    narrow = np.flatnonzero(ask - bid == 1)
    steps = np.diff(bid[narrow])
    signs = np.sign(steps[steps != 0])
    seconds = (int(time[-1]) - int(time[0])) * NANO
    reversals = float(np.mean(signs[1:] != signs[:-1])) if len(signs) > 1 else float("nan")
    return len(signs), len(signs) / seconds, reversals


def reference_price(
    changes: LevelChanges,
    flow: Callable[[float, float], QueueReactive],
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> ReferencePrice:
    """Choose theta and theta_reinit so that a simulated mid moves as often and reverts as often.

    Moments m: the logarithm of the moves a second, and the share of reversals, of the mid where the
    spread is one tick. Simulations on a grid of both parameters give m(theta, theta_reinit) as a
    quadratic, those around its best as a plane; the parameters are where the weighted distance to
    the tape's moments is least. Errors are of first order, diag((J' S^-1 J)^-1)^1/2, with J the
    slopes of a quadratic through all simulations and S the moments' variances, of a Poisson count
    and of a binomial share.

    Args:
        flow: the flow of (theta, theta_reinit), its intensities given.
        seed: of the simulations.
    Errors:
        CalibrationError: the mid moved fewer than FEWEST_MOVES times.
    Source:
        Huang, Lehalle and Rosenbaum (2015), section 3.2, match the reversals and the volatility.
    """
    first = changes.first
    count, rate, reversals = narrow_moves(
        changes.time[first:], changes.bid[first:], changes.ask[first:]
    )
    if count < FEWEST_MOVES:
        raise CalibrationError(f"the mid moved {count} times; theta needs {FEWEST_MOVES}")
    target = np.array([np.log(rate), reversals])
    weights = np.array([count, count / max(reversals * (1 - reversals), 0.01)])
    tried: list[tuple[float, float]] = []
    moments: list[Floats] = []

    def look(points: list[tuple[float, float]], total: int) -> None:
        for point in points:
            found = _simulated(flow(*point), seed)
            if np.isfinite(found).all():
                tried.append(point)
                moments.append(found)
            if progress is not None:
                progress(min(len(tried) / total, 1.0))

    coarse = [(a, b) for a in GRID for b in GRID]
    look(coarse, len(coarse) + 9)
    best = _nearest(np.array(tried), np.array(moments), target, weights, quadratic=True)
    around = [
        tuple(np.clip([best[0] + a, best[1] + b], 0, 1).tolist())
        for a in (-NEAR, 0, NEAR)
        for b in (-NEAR, 0, NEAR)
    ]
    begun = len(tried)
    look(list(dict.fromkeys(around)), len(coarse) + 9)
    points, seen = np.array(tried[begun:]), np.array(moments[begun:])
    best = _nearest(points, seen, target, weights, quadratic=False)
    all_slopes = _slopes(np.array(tried), np.array(moments), quadratic=True)
    a, b = best
    gradient = np.array([[0, 1, 0, 2 * a, b, 0], [0, 0, 1, 0, a, 2 * b]]) @ all_slopes
    bend = gradient @ np.diag(weights) @ gradient.T
    errors = np.minimum(np.sqrt(np.diag(np.linalg.pinv(bend))), MOST_ERROR)
    got = _simulated(flow(*best), seed + 1)
    return ReferencePrice(
        theta=float(best[0]),
        theta_error=float(errors[0]),
        theta_reinit=float(best[1]),
        theta_reinit_error=float(errors[1]),
        moves=count,
        moves_a_second=rate,
        moves_a_second_simulated=float(np.exp(got[0])),
        reversals=reversals,
        reversals_simulated=float(got[1]),
    )


def _simulated(flow: QueueReactive, seed: int) -> Floats:
    """The moments of a flow, from about EVENTS events."""
    tables = zip(flow.limit, flow.cancel, flow.market, strict=True)
    rates = [np.add(limit, np.add(cancel, market)) for limit, cancel, market in tables]
    rate = 2 * sum(float(np.dot(flow.invariant(i + 1), row)) for i, row in enumerate(rates))
    seconds = max(EVENTS / rate, 10.0)
    tape = simulate(flow, seconds, seed, warm_up=WARM_UP)
    log = _core.touches(tape.core)
    there = (log["bid_size"] > 0) & (log["ask_size"] > 0)
    time = np.append(log["time"][there], START + round(seconds / NANO))
    bid, ask = (
        np.append(log[name][there], log[name][there][-1]).astype(np.int64)
        for name in ("bid", "ask")
    )
    _, moves, reversals = narrow_moves(time, bid, ask)
    return np.array([np.log(moves) if moves > 0 else np.nan, reversals])


def _design(points: Floats, quadratic: bool) -> Floats:
    a, b = points.T
    columns = [np.ones_like(a), a, b]
    if quadratic:
        columns += [a * a, a * b, b * b]
    return np.column_stack(columns)


def _slopes(points: Floats, moments: Floats, quadratic: bool) -> Floats:
    found = np.linalg.lstsq(_design(points, quadratic), moments, rcond=None)[0]
    return found.astype(np.float64)


def _nearest(
    points: Floats, moments: Floats, target: Floats, weights: Floats, quadratic: bool
) -> Floats:
    """Where in [0, 1]^2 the fitted moments are nearest to the target."""
    corners = np.array([[0.0, 0.0], [1.0, 1.0]])
    if not quadratic:  # a plane holds near by only
        corners = np.array([points.min(axis=0), points.max(axis=0)])
    low, high = corners
    unit = np.stack(np.meshgrid(np.arange(201), np.arange(201), indexing="ij"), axis=-1) / 200
    grid = low + (high - low) * unit.reshape(-1, 2)
    fitted = _design(grid.astype(np.float64), quadratic) @ _slopes(points, moments, quadratic)
    cost = ((fitted - target) ** 2 * weights).sum(axis=1)
    found: Floats = grid[int(np.argmin(cost))].astype(np.float64)
    return found
