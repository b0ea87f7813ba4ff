"""Hawkes flow: orders of twelve kinds that bring on and hold back each other, in a true book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.flow_checks import (
    START,
    is_number,
    market_key,
    numbers,
    refuse,
    refuse_price,
    some_weights,
    whole_sizes,
)
from halfspread.policy import whole

ACTS = ("limit_top", "limit_deep", "limit_inside", "cancel_top", "cancel_deep", "market")
KINDS = tuple(f"{side} {act}" for side, act in product(("bid", "ask"), ACTS))
"""The twelve kinds of events in their order. A `bid market` is a buyer's market order."""
MOST_DECAYS = 16
POWER_LAW_DECAYS = tuple(4.0**k for k in range(9))
"""A second: memories from a second down to 15 microseconds."""

MADE_UP_RATES = {
    "limit_top": 4.0,
    "limit_deep": 3.0,
    "limit_inside": 1.0,
    "cancel_top": 3.0,
    "cancel_deep": 2.2,
    "market": 1.0,
}
"""Of each side, a second."""
MADE_UP_BRANCHING = (
    ("market", "market", "own", 0.35),
    ("market", "limit_top", "own", 0.15),
    ("market", "limit_inside", "own", 0.1),
    ("market", "limit_inside", "other", 0.3),
    ("market", "cancel_top", "other", 0.3),
    ("market", "limit_top", "other", 0.1),
    ("limit_top", "limit_top", "own", 0.3),
    ("limit_top", "cancel_top", "own", 0.25),
    ("limit_deep", "limit_deep", "own", 0.15),
    ("limit_deep", "cancel_deep", "own", 0.4),
    ("limit_inside", "limit_inside", "own", 0.1),
    ("limit_inside", "limit_top", "own", 0.4),
    ("limit_inside", "cancel_top", "own", 0.2),
    ("cancel_top", "cancel_top", "own", 0.2),
    ("cancel_top", "limit_top", "own", 0.15),
    ("cancel_deep", "cancel_deep", "own", 0.15),
    ("cancel_deep", "limit_deep", "own", 0.2),
)
"""What happened, what it excites, of its own side or the other, and how many it brings on."""


@dataclass(frozen=True)
class Hawkes:
    """Orders and cancellations as one Hawkes process of twelve kinds.

    An event of kind i comes, a second, at the rate

        lambda_i(t) = max(0, mu_i + sum over decays k and over earlier events, of a kind j at s,
                                    of a_kij exp(-b_k (t - s)))

    Each side has six kinds: limit orders at its best price (limit_top), some ticks behind it
    (limit_deep) and between the best prices, anywhere as likely (limit_inside); cancellations of
    orders at the best price (cancel_top) or behind it (cancel_deep); and market orders of the
    buyers (bid) or the sellers (ask).

    The rates don't ask the book, so that the events are a Hawkes process to the letter; what an
    event does depends on the book. Of n orders of the public's a cancellation takes n times a
    share, rounded up or down at random, any as likely: so long queues shrink and short ones grow.
    What the book has no room for, a limit_inside where the spread is one tick or a market order for
    an empty side, leaves it as it is. Our own orders excite as the public's do.

    Args:
        baselines: mu, 12 rates a second in the order of KINDS, >= 0, not all 0.
        decays: b, 1 to 16 a second, > 0.
        jumps: a, a second: for each decay 12 rows, of what is excited, of 12 columns, of what
            happened. Negative ones hold back.
        deep_weights: how often a limit_deep is 1, 2, ... ticks behind the best, >= 0, not all 0.
        top_cancelled, deep_cancelled: the share of the orders at the best price, and behind it,
            that a cancellation takes, in (0, 1].
        sizes: lots that a limit or market order may have, 1 to 2**53.
        size_weights: how often, >= 0, not all 0; as many as `sizes`.
        opening_orders: at each price of the first book, 1 to 1,000.
        price: the first best bid, ticks.
    Errors:
        ConfigError: a parameter is out of its range; or the process explodes: the spectral radius
            of `branching`, of what excites alone, is 1 or more.
    Source:
        A. Hawkes, "Spectra of some self-exciting and mutually exciting point processes", Biometrika
        58(1), 1971, pp. 83-90; J. Large, "Measuring the resiliency of an electronic limit order
        book", Journal of Financial Markets 10(1), 2007, pp. 1-25. That a radius below 1 keeps a
        process with rates cut off at 0 stable: P. Bremaud and L. Massoulie, "Stability of nonlinear
        Hawkes processes", Annals of Probability 24(3), 1996.
    """

    baselines: tuple[float, ...]
    decays: tuple[float, ...]
    jumps: tuple[tuple[tuple[float, ...], ...], ...]
    deep_weights: tuple[float, ...] = tuple(0.75**i for i in range(10))
    top_cancelled: float = 0.1
    deep_cancelled: float = 0.1
    sizes: tuple[int, ...] = (1,)
    size_weights: tuple[float, ...] = (1.0,)
    opening_orders: int = 5
    price: int = 100_000

    def __post_init__(self) -> None:
        for name in ("baselines", "deep_weights"):
            object.__setattr__(self, name, some_weights(name, getattr(self, name)))
        refuse("baselines", self.baselines, len(self.baselines) == len(KINDS), "12 rates")
        object.__setattr__(self, "decays", numbers("decays", self.decays))
        refuse("decays", self.decays, min(self.decays) > 0, "> 0")
        most = f"at most {MOST_DECAYS}"
        refuse("decays", f"{len(self.decays)} of them", len(self.decays) <= MOST_DECAYS, most)
        object.__setattr__(self, "jumps", _cube(self.jumps, len(self.decays)))
        for name in ("top_cancelled", "deep_cancelled"):
            share = getattr(self, name)
            refuse(name, share, is_number(share) and 0 < share <= 1, "> 0 and at most 1")
        sizes, weights = whole_sizes(self.sizes, self.size_weights)
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "size_weights", weights)
        whole("opening_orders", self.opening_orders, 1, 1_000)
        refuse_price(self.price)
        radius = spectral_radius(self._branching(np.maximum(self.jumps, 0.0)))
        below = "such that the branching matrix of what excites has a spectral radius < 1"
        refuse("jumps", f"{radius:.4g}", radius < 1, below)

    @property
    def branching(self) -> NDArray[np.float64]:
        """How many events of kind i one of kind j brings on itself, (12, 12), [i, j]: K.

        K_ij is the sum over k of a_kij / b_k, were no rate ever cut off at 0.
        """
        return self._branching(np.array(self.jumps))

    def mean_rates(self) -> NDArray[np.float64]:
        """Events a second of each kind in the long run, (12,): (1 - K)^-1 mu.

        Where jumps are negative rates are cut off at 0, and the true means are higher.
        """
        return np.asarray(
            np.linalg.solve(np.eye(len(KINDS)) - self.branching, self.baselines), np.float64
        )

    def _branching(self, jumps: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.tensordot(1 / np.array(self.decays), jumps, 1), np.float64)

    def start(self, seed: int = 0, lane: int = 0, begin: int = START) -> _core.HawkesFlow:
        """A market of these laws at `begin`, ns. It opens with a made-up book: let it warm up.

        Its `counts` are the events of each kind until `now`.

        Errors:
            ConfigError: seed or lane is out of its range.
        """
        return _core.HawkesFlow(self.laws(), *market_key(seed, lane), begin)

    def laws(self) -> _core.HawkesLaws:
        """The core's numbers."""
        return _core.HawkesLaws(
            self.baselines,
            self.decays,
            np.ravel(self.jumps).tolist(),
            self.deep_weights,
            self.top_cancelled,
            self.deep_cancelled,
            self.sizes,
            self.size_weights,
            self.opening_orders,
            self.price,
        )

    @classmethod
    def lively(cls, speed: float = 1.0) -> Hawkes:
        """A made-up stock whose orders come in bursts: 28 events a second, `speed` times as fast.

        Bids and asks have the same laws; what an event brings on comes to 60 % within some 25 ms
        and to 40 % within some seconds (MADE_UP_RATES, MADE_UP_BRANCHING). Buyers bring on buyers,
        and cancellations of asks; the spread is one tick six times in seven.

        Errors:
            ConfigError: speed <= 0.
        """
        refuse("speed", speed, is_number(speed) and 0 < speed < np.inf, "> 0")
        matrix = np.zeros((len(KINDS), len(KINDS)))
        for side, other in (("bid", "ask"), ("ask", "bid")):
            for source, target, toward, brought_on in MADE_UP_BRANCHING:
                excited = side if toward == "own" else other
                row, column = KINDS.index(f"{excited} {target}"), KINDS.index(f"{side} {source}")
                matrix[row, column] = brought_on
        rates = np.array([MADE_UP_RATES[act] for act in ACTS] * 2)
        decays = (40.0 * speed, 0.4 * speed)
        jumps = [share * decay * matrix for share, decay in zip((0.6, 0.4), decays, strict=True)]
        baselines = tuple(speed * (rates - matrix @ rates))
        return cls(baselines, decays, jumps, top_cancelled=0.25, deep_cancelled=0.03)  # type: ignore[arg-type]

    @classmethod
    def from_power_laws(
        cls,
        baselines: Mapping[str, float],
        kernels: Mapping[tuple[str, str], tuple[float, float, float]],
        decays: Sequence[float] = POWER_LAW_DECAYS,
        **others: Any,
    ) -> Hawkes:
        """Of kernels alpha (1 + gamma t)^-beta, each as a sum of exponentials of the same decays.

        A power law is the mean of exp(-u gamma t) over u of a Gamma law of shape beta: an
        integral, here a sum over the decays, scaled to bring on as many events as the power law,
        alpha / ((beta - 1) gamma). With the default decays, gamma from 1,000 to 14,000 a second and
        beta from 1.7 to 2.02 it is followed to 5 % for 0.3 s and is 15 % too low after 1 s.

        Args:
            baselines: mu of kinds, by name; 0 where none is given.
            kernels: by (what happened, what it excites): alpha (a second; negative holds back),
                beta > 1, gamma > 0 (a second).
            decays: ascending, a second, each the same multiple of the one before.
            others: further parameters.
        Errors:
            ConfigError: a name is none of KINDS; a number is out of its range.
        """
        steps = np.array(numbers("decays", decays))
        refuse("decays", decays, len(steps) > 1 and min(steps) > 0, "> 0 and two or more")
        ratios = steps[1:] / steps[:-1]
        even = ratios[0] > 1 and np.allclose(ratios, ratios[0])
        refuse("decays", decays, even, "ascending, each the same multiple of the one before")
        place = {kind: i for i, kind in enumerate(KINDS)}
        mu, jumps = np.zeros(len(KINDS)), np.zeros((len(steps), len(KINDS), len(KINDS)))
        for kind, rate in baselines.items():
            refuse("baselines", kind, kind in place, f"of {', '.join(KINDS)}")
            mu[place[kind]] = rate
        for pair, law in kernels.items():
            for kind in pair:
                refuse("kernels", kind, kind in place, f"between {', '.join(KINDS)}")
            alpha, beta, scale = law
            good = all(map(is_number, law)) and beta > 1 and scale > 0
            refuse(f"kernels[{pair}]", law, good, "alpha, beta > 1 and gamma > 0")
            source, target = pair
            jumps[:, place[target], place[source]] = alpha * _mixture(beta, scale, steps)
        return cls(tuple(mu), tuple(steps), jumps, **others)  # type: ignore[arg-type]


def spectral_radius(matrix: NDArray[np.float64]) -> float:
    """The largest absolute value of an eigenvalue; of a branching matrix < 1 where it is stable."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _cube(jumps: Any, count: int) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """The jumps as tuples of tuples of tuples; a ConfigError if they are not count x 12 x 12."""
    try:
        cube = np.array(jumps, dtype=np.float64)
    except (TypeError, ValueError):
        cube = np.zeros(0)
    shape = (count, len(KINDS), len(KINDS))
    refuse("jumps", f"of shape {cube.shape}", cube.shape == shape, f"of shape {shape}")
    refuse("jumps", "not finite", bool(np.isfinite(cube).all()), "finite")
    return tuple(tuple(tuple(row) for row in table) for table in cube.tolist())


def _mixture(beta: float, scale: float, decays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of exponentials that add up to (1 + scale t)^-beta, its integral kept."""
    weights = np.exp(beta * np.log(decays / scale) - decays / scale)
    weights *= 1 / ((beta - 1) * scale) / np.sum(weights / decays)
    kept: NDArray[np.float64] = weights
    return kept
