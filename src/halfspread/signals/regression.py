"""Regression with a penalty: ridge in closed form, the elastic net by coordinate descent.

The elastic net is twenty lines here because scikit-learn, which has it, would be a dependency of
forty megabytes for them; its answers are tested to satisfy the optimality conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

METHODS = ("ridge", "elastic_net")
MOST_SWEEPS = 10_000


@dataclass(frozen=True)
class Linear:
    """y ~ intercept + weights . (x - mean) / scale, by the rows that it was fitted to."""

    mean: Floats
    scale: Floats
    weights: Floats
    intercept: float

    @classmethod
    def fit(cls, x: Floats, y: Floats, penalty: float, method: str, l1_ratio: float) -> Linear:
        """The weights w of y against the standardised z, both centred.

        ridge:        minimises |y - z w|^2 / n + penalty |w|^2
        elastic_net:  minimises |y - z w|^2 / (2 n)
                                + penalty (l1_ratio |w|_1 + (1 - l1_ratio) |w|^2 / 2)
        A column that is constant has scale 1 and weighs nothing.
        """
        mean, scale = x.mean(axis=0), x.std(axis=0)
        scale = np.where(scale <= 1e-12 * np.abs(mean), 1.0, scale)
        z, intercept = (x - mean) / scale, float(y.mean())
        moments, target = z.T @ z / len(z), z.T @ (y - intercept) / len(z)
        if method == "ridge":
            inside = moments + penalty * np.eye(len(target))
            weights: Floats = np.linalg.lstsq(inside, target, rcond=None)[0].astype(np.float64)
        else:
            weights = _elastic_net(moments, target, penalty * l1_ratio, penalty * (1.0 - l1_ratio))
        return cls(mean, scale, weights, intercept)

    def errors(self, x: Floats, y: Floats) -> Floats:
        """Y minus what is said of it."""
        wrong: Floats = y - self.intercept - (x - self.mean) / self.scale @ self.weights
        return wrong

    def slopes(self, x: Floats, y: Floats) -> Floats:
        """The weight of each column alone, by least squares."""
        slopes: Floats = ((x - self.mean) / self.scale).T @ (y - self.intercept) / len(x)
        return slopes


def _elastic_net(moments: Floats, target: Floats, l1: float, l2: float) -> Floats:
    """Coordinate descent on the moments, until no weight moves by 1e-12 of the largest."""
    weights = np.zeros(len(target))
    for _ in range(MOST_SWEEPS):
        largest_move = 0.0
        for i in range(len(weights)):
            rest = target[i] - moments[i] @ weights + moments[i, i] * weights[i]
            new = np.sign(rest) * max(abs(rest) - l1, 0.0)
            new = new / (moments[i, i] + l2) if new else 0.0
            largest_move = max(largest_move, abs(new - weights[i]))
            weights[i] = new
        if largest_move <= 1e-12 * np.abs(weights).max(initial=1e-300):
            break
    return weights
