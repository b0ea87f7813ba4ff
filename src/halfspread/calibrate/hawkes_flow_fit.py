"""Hawkes flow fit: baselines, jumps and shares of a flow of twelve kinds, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfspread.calibrate.hawkes_book import (
    depths_of,
    opening_orders,
    room_of,
    share_cancelled,
    sizes_of,
)
from halfspread.calibrate.hawkes_events import CANCEL_DEEP, CANCEL_TOP, HawkesEvents
from halfspread.calibrate.hawkes_likelihood import Seen, Sums, covariance
from halfspread.calibrate.hawkes_rates import branching_of, fit_rates
from halfspread.calibrate.inference import kolmogorov_tail
from halfspread.calibrate.record import CalibrationError, Floats, Ints
from halfspread.flow_checks import numbers, refuse
from halfspread.hawkes_flow import KINDS, MOST_DECAYS, Hawkes, spectral_radius

DECAYS = (0.3, 5.0, 80.0, 1300.0)
"""A second: memories of 3 s, 0.2 s, 12 ms and 0.8 ms, whose mixtures are many a kernel."""
FEWEST = 1_000
"""Events, without which there is nothing to fit."""
SELDOM = 0.5
"""Of the time, below which a kind has too little room to believe what it brings on unseen."""
POINTS = 200
"""Of a plot of residuals."""


@dataclass(frozen=True)
class KindFit:
    """What the fit rests on, of one kind."""

    kind: str
    events: int
    shown: float
    """the share of its events that leave a trace on the tape"""
    rate: float
    """events a second in the long run, those that leave none among them"""
    rate_error: float
    brought_on: float
    """the share of its events that others brought on: 1 - baseline / rate"""
    distance: float
    """Kolmogorov-Smirnov's, between time-changed gaps and Exp(1)"""
    probability: float
    """of such a distance or a larger one, were the laws true"""
    residuals: tuple[float, ...]
    """quantiles of the time-changed gaps at (i + 1/2) / n; those of Exp(1) are -log(1 - that)"""


@dataclass(frozen=True)
class HawkesFlowFit:
    """A Hawkes flow with standard errors; None where a jump sits on its bound 0."""

    flow: Hawkes
    baseline_errors: tuple[float, ...]
    """0 where a baseline sits on its bound 0"""
    jump_errors: tuple[tuple[tuple[float | None, ...], ...], ...]
    branching_errors: tuple[tuple[float, ...], ...]
    """of `flow.branching`"""
    radius: float
    """of the branching matrix: the branching ratio"""
    radius_error: float
    top_error: float | None
    deep_error: float | None
    """of the shares cancelled; None: not told by the tape"""
    kinds: tuple[KindFit, ...]
    silent: tuple[str, ...]
    """kinds taken to bring on nothing, since with what they bring on unseen the flow explodes"""
    log_likelihood: float
    poisson_log_likelihood: float
    """of constant rates of what has room"""
    seconds: float


def hawkes_flow_fit(
    events: HawkesEvents,
    decays: Sequence[float] = DECAYS,
    progress: Callable[[float], None] | None = None,
) -> HawkesFlowFit:
    """Fit a Hawkes flow's laws to a tape's events; jumps >= 0, the decays given.

    log L_i = sum over events of ln lambda_i - integral of p_i lambda_i dt
    lambda_i(t) = mu_i + sum over j, k of a_kij A_jk(t)

    Not every event of a flow shows. The chance p that one would is known from the book: of a
    cancellation min(1, share orders), of an order inside the spread 1 where there is room, of a
    market order 1 where the other side has orders; of others 1. What shows comes at the rate
    p lambda. What doesn't excites too: A holds it in the mean, given what was seen so far
    (`hawkes_likelihood.sums_of`), from the laws of the round before. The mean is not told by what
    came later: the fit is of first order where much is unseen. Where the laws explode so, the kinds
    that have room for less than SELDOM of the time are taken to bring on nothing.

    The shares are those of `hawkes_book.share_cancelled`, sizes and depths as often as on the tape.

    Errors are of the Hessian, the shares and the unseen events' mean taken as known.

    Errors:
        ConfigError: decays are none that a flow can have.
        CalibrationError: fewer than FEWEST events, or laws that explode.
    Source:
        Y. Ogata, "The asymptotic behaviour of maximum likelihood estimators for stationary point
        processes", Annals of the Institute of Statistical Mathematics 30, 1978; T. Ozaki,
        "Maximum likelihood estimation of Hawkes' self-exciting point processes", 31, 1979.
    """
    steps = _checked(decays)
    counts = events.counts
    if counts.sum() < FEWEST:
        raise CalibrationError(
            f"{int(counts.sum())} events; the jumps of a Hawkes flow need {FEWEST:,}"
        )
    top, top_error = share_cancelled(events, CANCEL_TOP)
    deep, deep_error = share_cancelled(events, CANCEL_DEEP)
    seen = Seen(events.time, events.kinds, room_of(events, top, deep))
    theta, sums = fit_rates(seen, steps, progress)
    silent: NDArray[np.bool_] = np.zeros(len(KINDS), dtype=bool)
    if spectral_radius(branching_of(theta, steps)) >= 1:
        spent = np.diff(events.time) @ seen.room[:-1] / events.seconds
        silent = np.tile(spent.reshape(2, -1).mean(axis=0) < SELDOM, 2)
        theta, sums = fit_rates(seen, steps, progress, silent)
    matrix = branching_of(theta, steps)
    radius = spectral_radius(matrix)
    if radius >= 1:
        raise CalibrationError(
            f"the branching ratio is {radius:.4g}: such a Hawkes flow explodes; it must be below 1"
        )
    flow = _flow(events, theta, steps, top, deep)
    spreads = [covariance(past, row) for past, row in zip(sums.past, theta, strict=True)]
    errors = np.sqrt([np.diag(spread) for spread in spreads])
    per_kind = np.array([_brought(steps, spread) for spread in spreads])
    told = np.where(theta > 0, errors, np.nan)
    return HawkesFlowFit(
        flow=flow,
        baseline_errors=tuple(errors[:, 0].tolist()),
        jump_errors=_nones(_jumps(told, len(steps))),
        branching_errors=tuple(tuple(np.sqrt(np.diag(spread)[1:]).tolist()) for spread in per_kind),
        radius=radius,
        radius_error=_radius_error(matrix, per_kind),
        top_error=top_error,
        deep_error=deep_error,
        kinds=_kinds(flow, counts, theta, sums, per_kind),
        silent=tuple(kind for kind, is_one in zip(KINDS, silent, strict=True) if is_one),
        log_likelihood=_log_likelihood(sums, theta),
        poisson_log_likelihood=_poisson(counts, sums.exposure[:, 0]),
        seconds=events.seconds,
    )


def _checked(decays: Sequence[float]) -> Floats:
    steps = np.array(numbers("decays", decays))
    refuse("decays", tuple(decays), len(steps) > 0 and steps.min() > 0, "> 0")
    refuse("decays", f"{len(steps)} of them", len(steps) <= MOST_DECAYS, f"at most {MOST_DECAYS}")
    return steps


def _flow(events: HawkesEvents, theta: Floats, decays: Floats, top: float, deep: float) -> Hawkes:
    depths = depths_of(events)
    sizes, size_weights = sizes_of(events)
    return Hawkes(
        baselines=tuple(theta[:, 0].tolist()),
        decays=tuple(decays.tolist()),
        jumps=_jumps(theta, len(decays)),  # type: ignore[arg-type]
        deep_weights=depths,
        top_cancelled=float(f"{top:.6g}"),
        deep_cancelled=float(f"{deep:.6g}"),
        sizes=sizes,
        size_weights=size_weights,
        opening_orders=opening_orders(events, len(depths) + 1),
        price=events.price,
    )


def _log_likelihood(sums: Sums, theta: Floats) -> float:
    parts = zip(sums.past, sums.exposure, theta, strict=True)
    return float(sum(np.log(past @ row).sum() - spent @ row for past, spent, row in parts))


def _poisson(counts: Ints, spent: Floats) -> float:
    """The log-likelihood of constant rates."""
    there = (counts > 0) & (spent > 0)
    n, seconds = counts[there], spent[there]
    return float((n * (np.log(n / seconds) - 1)).sum())


def _jumps(theta: Floats, decays: int) -> Floats:
    """(decays, kinds, kinds): what is excited, what happened."""
    jumps = theta[:, 1:].reshape(len(theta), decays, len(theta))
    return np.ascontiguousarray(jumps.transpose(1, 0, 2))


def _nones(cube: Floats) -> tuple[tuple[tuple[float | None, ...], ...], ...]:
    return tuple(
        tuple(tuple(None if np.isnan(x) else float(x) for x in row) for row in table)
        for table in cube
    )


def _brought(decays: Floats, spread: Floats) -> Floats:
    """The covariance of mu and of a row of the branching matrix, (1 + kinds, 1 + kinds)."""
    kinds = (len(spread) - 1) // len(decays)
    to_rows = np.zeros((1 + kinds, len(spread)))
    to_rows[0, 0] = 1.0
    for k, decay in enumerate(decays):
        to_rows[1:, 1 + k * kinds : 1 + (k + 1) * kinds] = np.eye(kinds) / decay
    found: Floats = to_rows @ spread @ to_rows.T
    return found


def _radius_error(matrix: Floats, per_kind: Floats) -> float:
    """To first order: d rho = u' dK v / u'v, with u and v the eigenvectors of rho."""
    values, right = np.linalg.eig(matrix)
    at = int(np.argmax(np.abs(values)))
    others, left = np.linalg.eig(matrix.T)
    twin = int(np.argmin(np.abs(others - values[at])))
    v, u = np.real(right[:, at]), np.real(left[:, twin])
    scale = float(u @ v)
    if abs(scale) < 1e-12:
        return float("nan")
    spread = sum(u[i] ** 2 * float(v @ per_kind[i][1:, 1:] @ v) for i in range(len(u)))
    return float(np.sqrt(spread)) / abs(scale)


def _kinds(
    flow: Hawkes, counts: Ints, theta: Floats, sums: Sums, per_kind: Floats
) -> tuple[KindFit, ...]:
    """What the fit rests on, kind by kind."""
    rates = flow.mean_rates()
    inverse = np.linalg.inv(np.eye(len(rates)) - flow.branching)
    weights = np.append(1.0, rates)
    own = np.array([weights @ spread @ weights for spread in per_kind])
    errors = np.sqrt(inverse**2 @ own)
    found = []
    for i, kind in enumerate(KINDS):
        gaps = np.sort(sums.gaps[i])
        distance, residuals = exponential_distance(gaps) if len(gaps) else (0.0, ())
        expected = float(sums.whole @ theta[i])
        found.append(
            KindFit(
                kind=kind,
                events=int(counts[i]),
                shown=float(counts[i] / expected) if expected > 0 else 1.0,
                rate=float(rates[i]),
                rate_error=float(errors[i]),
                brought_on=float(1 - flow.baselines[i] / rates[i]) if rates[i] > 0 else 0.0,
                distance=distance,
                probability=kolmogorov_tail(distance, len(gaps)) if len(gaps) else 1.0,
                residuals=residuals,
            )
        )
    return tuple(found)


def exponential_distance(gaps: Floats) -> tuple[float, tuple[float, ...]]:
    """Kolmogorov and Smirnov's between sorted gaps and Exp(1), and POINTS of their quantiles."""
    ranks, law = np.arange(1, len(gaps) + 1) / len(gaps), -np.expm1(-gaps)
    distance = float(np.maximum(ranks - law, law - ranks + 1 / len(gaps)).max())
    drawn = min(POINTS, len(gaps))
    places = ((np.arange(drawn) + 0.5) / drawn * len(gaps)).astype(np.int64)
    return distance, tuple(gaps[places].tolist())
