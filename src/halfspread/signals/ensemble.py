"""Ensemble: several features make one forecast of the mid's change, with its standard deviation.

ensemble = fit_ensemble(features, change, times, horizon_s=2.0)
print(ensemble.r_squared, ensemble.r_squared_error)         # out of sample
Replay(tape, forecast=ensemble.track(times, features))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError
from halfspread.signals.regression import METHODS, Linear
from halfspread.signals.track import Track
from halfspread.signals.validation import purged_folds, r_squared

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True)
class Ensemble:
    """A fitted forecast of the mid's change over a horizon; plain numbers, so it goes into YAML.

    With z the features, standardised by the training span, and w their weights,

        raw(z)       = intercept + w . z
        f_i(z)       = slope_i z_i              the forecast of feature i alone, about the intercept
        agreement(z) = |sum of v_i f_i| / sum of v_i |f_i|,  v_i = |w_i|, in [0, 1]
        forecast     = intercept + agreement(z) (raw(z) - intercept)

    so that features that contradict each other shrink the forecast to its mean. The standard
    deviation is that of the errors out of sample, the part of the forecast that disagreement took
    away added in squares.
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    """of each feature in training, in its units"""
    scale: tuple[float, ...]
    """the standard deviation of each feature in training"""
    weights: tuple[float, ...]
    """ticks per standard deviation of a feature"""
    slopes: tuple[float, ...]
    """ticks per standard deviation: of each feature alone"""
    intercept: float
    """ticks"""
    residual_std: float
    """ticks: of the errors out of sample"""
    horizon_s: float
    method: str
    penalty: float
    """what cross-validation chose"""
    r_squared: float
    """out of sample, against the mean change in training; below 0 is worse than no forecast"""
    r_squared_error: float
    """its standard error, by a block bootstrap"""
    train_rows: int
    test_rows: int

    def forecast(self, features: Mapping[str, ArrayLike]) -> tuple[Floats, Floats]:
        """The forecast and its standard deviation, ticks; NaN where a feature is not known.

        Raises:
            ConfigError: a feature is missing, or they differ in length.
        """
        values = _matrix({name: _given(features, name) for name in self.features})
        z = (values - np.array(self.mean)) / np.array(self.scale)
        moved = z @ np.array(self.weights)
        alone = z * np.array(self.slopes) * np.abs(self.weights)
        whole = np.abs(alone).sum(axis=1)
        agreement = np.divide(
            np.abs(alone.sum(axis=1)), whole, out=np.ones(len(z)), where=whole > 0
        )
        forecast = self.intercept + agreement * moved
        taken = (1.0 - agreement) * moved
        std = np.sqrt(self.residual_std**2 + taken**2)
        std[np.isnan(forecast)] = np.nan
        return forecast, std

    def track(self, times_ns: ArrayLike, features: Mapping[str, ArrayLike]) -> Track:
        """The forecasts as a track: each known from its time on, until the next.

        Args:
            times_ns: when the features of each row were known, on our clock.
            features: by name, of shape (n,).
        """
        return Track(np.asarray(times_ns), *self.forecast(features))

    def to_dict(self) -> dict[str, Any]:
        """Plain names, numbers and lists: what a JSON or YAML file holds."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ensemble:
        """The inverse of `to_dict`.

        Raises:
            ConfigError: a field is missing or unknown.
        """
        known = set(cls.__dataclass_fields__)
        if set(data) != known:
            raise ConfigError(f"ensemble: fields must be {sorted(known)}, were {sorted(data)}")
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
        }
        return cls(**values)


def fit_ensemble(
    features: Mapping[str, ArrayLike],
    forward_change: ArrayLike,
    times_ns: ArrayLike,
    horizon_s: float,
    *,
    method: str = "ridge",
    test_fraction: float = 0.3,
    folds: int = 5,
    embargo_s: float | None = None,
    penalties: ArrayLike = PENALTIES,
    l1_ratio: float = 0.5,
    seed: int = 0,
) -> Ensemble:
    """Fit weights on the first part of the time and judge the forecast on the rest.

    Minimises, over the training rows, (1/n) sum (y - intercept - w . z)^2 + penalty * R(w), with
    R = |w|_2^2 for "ridge", and l1_ratio |w|_1 + (1 - l1_ratio) / 2 |w|_2^2 for "elastic_net",
    whose loss is then halved. Mean and scale are those of the training rows alone. A training row
    whose label's interval [t, t + horizon] reaches into the rows it is judged on, or that lies
    less than the embargo after them, is dropped, in the test and in each fold of the
    cross-validation that chooses the penalty.

    Args:
        features: by name, of shape (n,); rows with a NaN are left out.
        forward_change: ticks, the mid at t + horizon minus the mid at t; shape (n,).
        times_ns: t on our clock, ascending; shape (n,).
        horizon_s: of the forecast, seconds, > 0.
        method: ridge (closed form) or elastic_net (coordinate descent).
        test_fraction: of the time, at the end, kept out of the fit; in (0, 1).
        folds: of the cross-validation, consecutive in time, >= 2.
        embargo_s: seconds, >= 0; None: the horizon. At least the features' memory is right.
        penalties: what cross-validation chooses from, each >= 0.
        l1_ratio: of the elastic net, in [0, 1].
        seed: of the bootstrap.

    Raises:
        ConfigError: an argument is out of its range, or too few rows are left to fit or judge.

    Source: Lopez de Prado, Advances in Financial Machine Learning (2018), ch. 7, for purging and
    embargo; Hoerl and Kennard (1970); Zou and Hastie (2005).
    """
    embargo_s = horizon_s if embargo_s is None else embargo_s
    choices = np.atleast_1d(np.asarray(penalties, dtype=np.float64))
    _check_all(method, horizon_s, test_fraction, folds, l1_ratio, embargo_s, choices)
    x, y, times = _rows(features, forward_change, times_ns)
    horizon, embargo = round(horizon_s * 1e9), round(embargo_s * 1e9)
    boundary = int(times[0] + (1 - test_fraction) * (times[-1] - times[0]))
    test = times >= boundary
    train = times + horizon < boundary
    folded = purged_folds(times, train, folds, horizon, embargo)
    for what, rows in (("training", train), ("test", test), *(("fold's", f[0]) for f in folded)):
        _enough(what, rows, x.shape[1])

    def score(penalty: float) -> float:
        fits = ((Linear.fit(x[on], y[on], penalty, method, l1_ratio), by) for on, by in folded)
        return sum(float((fit.errors(x[by], y[by]) ** 2).sum()) for fit, by in fits)

    penalty = float(min(choices.tolist(), key=score))
    fit = Linear.fit(x[train], y[train], penalty, method, l1_ratio)
    untested = Ensemble(
        features=tuple(features),
        mean=tuple(fit.mean.tolist()),
        scale=tuple(fit.scale.tolist()),
        weights=tuple(fit.weights.tolist()),
        slopes=tuple(fit.slopes(x[train], y[train]).tolist()),
        intercept=fit.intercept,
        residual_std=0.0,
        horizon_s=float(horizon_s),
        method=method,
        penalty=penalty,
        r_squared=0.0,
        r_squared_error=0.0,
        train_rows=int(train.sum()),
        test_rows=int(test.sum()),
    )
    wrong = y[test] - untested.forecast(dict(zip(features, x[test].T, strict=True)))[0]
    share, error = r_squared(wrong, y[test] - fit.intercept, times[test], horizon, seed)
    std = sqrt(float(np.mean(wrong**2)))
    return replace(untested, residual_std=std, r_squared=share, r_squared_error=error)


def _rows(
    features: Mapping[str, ArrayLike], forward_change: ArrayLike, times_ns: ArrayLike
) -> tuple[Floats, Floats, Times]:
    """The rows in which all is known: (n, features), changes and times."""
    if not features:
        raise ConfigError("features must not be empty")
    x, times = _matrix(features), np.asarray(times_ns)
    y = np.asarray(forward_change, dtype=np.float64)
    for name, column in (("forward_change", y), ("times_ns", times)):
        if column.shape != (len(x),):
            raise ConfigError(f"{name} must have the shape {(len(x),)}, had {column.shape}")
    if times.dtype.kind not in "iu" or (np.diff(times) < 0).any():
        raise ConfigError("times_ns must be whole numbers that don't descend")
    known = np.isfinite(x).all(axis=1) & np.isfinite(y)
    if not known.any():
        raise ConfigError("features and forward_change: no row in which all of them are known")
    return x[known], y[known], times[known].astype(np.int64)


def _matrix(features: Mapping[str, ArrayLike]) -> Floats:
    columns = {name: np.asarray(column, dtype=np.float64) for name, column in features.items()}
    length = len(next(iter(columns.values()), ()))
    for name, column in columns.items():
        if column.shape != (length,):
            raise ConfigError(f"features: {name!r} must have shape {(length,)}, had {column.shape}")
    return np.column_stack(list(columns.values()))


def _given(features: Mapping[str, ArrayLike], name: str) -> ArrayLike:
    if name not in features:
        raise ConfigError(f"features: {name!r} is missing")
    return features[name]


def _enough(what: str, rows: NDArray[np.bool_], features: int) -> None:
    least, count = 10 * features + 10, int(rows.sum())
    if count < least:
        raise ConfigError(f"fit_ensemble: {what} span must have {least} rows or more, had {count}")


def _check_all(
    method: str,
    horizon_s: float,
    test_fraction: float,
    folds: int,
    l1_ratio: float,
    embargo_s: float,
    penalties: Floats,
) -> None:
    for name, value, holds, rule in (
        ("method", method, method in METHODS, f"one of {', '.join(METHODS)}"),
        ("horizon_s", horizon_s, horizon_s > 0, "> 0"),
        ("test_fraction", test_fraction, 0 < test_fraction < 1, "in (0, 1)"),
        ("folds", folds, folds >= 2, ">= 2"),
        ("l1_ratio", l1_ratio, 0 <= l1_ratio <= 1, "in [0, 1]"),
        ("embargo_s", embargo_s, embargo_s >= 0, ">= 0"),
        ("penalties", penalties, len(penalties) > 0 and bool((penalties >= 0).all()), ">= 0"),
    ):
        if not holds:
            raise ConfigError(f"{name} must be {rule}, was {value!r}")
