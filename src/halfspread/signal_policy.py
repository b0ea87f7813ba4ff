"""Signal policy: what is measured between events for models to read, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.duration import duration_ns
from halfspread.policy import LARGEST_LOTS, LARGEST_TICKS, LARGEST_WHOLE, check, set_whole

LONGEST_STEP_NS = 1000 * 3600 * 10**9
MOST_RECENT_TRADES = 1_000_000


ASKED_BY = {
    "momentum": "fast_half_life, slow_half_life",
    "mean_reversion": "slow_half_life",
    **dict.fromkeys(("depth_imbalance", "bid_depth", "ask_depth"), "depth_levels"),
    "round_trip_cost": "round_trip_lots",
    "order_flow_imbalance": "order_flow_half_life",
    **dict.fromkeys(("buy_intensity", "sell_intensity"), "hawkes"),
    "toxicity": "mark_out_horizon",
    "vpin": "vpin_bucket_lots",
    **dict.fromkeys(("bid_fill_intensity", "bid_fill_decay"), "fill_sides"),
    **dict.fromkeys(("ask_fill_intensity", "ask_fill_decay"), "fill_sides"),
}
"""The options of a SignalPolicy by which a field of the state is asked for."""


@dataclass(frozen=True)
class Hawkes:
    """Intensities of trades that excite themselves and each other, by exponential kernels.

    lambda_i(t) = baseline_i + the sum of jump_i exp(-decay_i (t - s)) over the arrivals s <= t of
    side i + the sum of cross_jump_i exp(-decay_i (t - s)) over those of the other side

    Args:
        baseline: arrivals per second without any excitement, >= 0. Each of the four is a number,
            or (of trades by buyers, of trades by sellers).
        jump: per second, what an arrival adds to its own side's intensity, >= 0.
        decay: per second, how fast that fades, > 0.
        cross_jump: per second, what an arrival adds to the other side's intensity, >= 0.
    """

    baseline: float | Sequence[float]
    jump: float | Sequence[float]
    decay: float | Sequence[float]
    cross_jump: float | Sequence[float] = 0.0

    def __post_init__(self) -> None:
        for name in ("baseline", "jump", "decay", "cross_jump"):
            given = getattr(self, name)
            sides = tuple(np.atleast_1d(np.asarray(given, dtype=float)).tolist())
            check(f"hawkes: {name}", len(sides) in (1, 2), "a number or two", given)
            least = ("> 0", lambda x: x > 0) if name == "decay" else (">= 0", lambda x: x >= 0)
            check(
                f"hawkes: {name}", all(isfinite(x) and least[1](x) for x in sides), least[0], given
            )
            object.__setattr__(self, name, sides if len(sides) == 2 else sides * 2)
        ratio = self.branching_ratio
        check("hawkes: branching ratio", ratio < 1, "< 1 (jumps over decays)", round(ratio, 6))

    @property
    def sides(self) -> NDArray[np.float64]:
        """(2, 4): baseline, jump, cross_jump and decay of buyers, then of sellers."""
        return np.array([self.baseline, self.jump, self.cross_jump, self.decay], float).T.copy()

    @property
    def branching_ratio(self) -> float:
        """How many arrivals one arrival brings about, on average, over all time: below 1."""
        (_, a, c, b), (_, d, e, g) = self.sides.tolist()
        return float(np.abs(np.linalg.eigvals([[a / b, c / b], [e / g, d / g]])).max())


@dataclass(frozen=True)
class SignalPolicy:
    """How what a model reads is measured (docs/signals.md has the formulas).

    What is left at None, 0 or False is not measured, and NaN in the state.

    Args:
        step: the grid on which mids, flow and arrivals are sampled.
        half_life: of the exponentially weighted means that have none of their own.
        warm_up: grid cells before a value is known; until then it is NaN and nothing is quoted
            that depends on it.
        volatility_half_life: of the squared moves; None: half_life.
        fast_half_life: of the momentum's fast mean of the mid, shorter than the slow one.
        slow_half_life: of the slow mean of the mid, for mean reversion and momentum.
        depth_levels: levels a side in bid_depth, ask_depth and depth_imbalance.
        round_trip_lots: the size whose round_trip_cost is measured.
        order_flow_half_life: of the order-flow imbalance.
        fill_sides: measure fill intensity and decay of each side too.
        hawkes: the parameters of the intensities of trades.
        mark_out_horizon: after which a trade is marked, for the toxicity.
        vpin_bucket_lots: lots in a bucket of VPIN.
        vpin_buckets: buckets in its mean.
        recent_trades: public trades kept for `recent_trades()` of a market in one's own hands.
    """

    step: str | float = "100ms"
    half_life: str | float = "60s"
    warm_up: int = 10
    volatility_half_life: str | float | None = None
    fast_half_life: str | float | None = None
    slow_half_life: str | float | None = None
    depth_levels: int = 0
    order_flow_half_life: str | float | None = None
    fill_sides: bool = False
    hawkes: Hawkes | None = None
    mark_out_horizon: str | float | None = None
    vpin_bucket_lots: int | None = None
    vpin_buckets: int = 50
    round_trip_lots: int | None = None
    recent_trades: int = 0

    def __post_init__(self) -> None:
        for name in ("step", "half_life", *_OPTIONAL_TIMES):
            value = getattr(self, name)
            some = value is None or duration_ns(f"signals: {name}", value) > 0
            check(f"signals: {name}", some, "> 0", value)
        step = duration_ns("signals: step", self.step)
        check("signals: step", step <= LONGEST_STEP_NS, "at most '1000h'", self.step)
        ranges = {
            "warm_up": (1, LARGEST_WHOLE),
            "depth_levels": (0, LARGEST_TICKS),
            "vpin_buckets": (1, LARGEST_TICKS),
            "recent_trades": (0, MOST_RECENT_TRADES),
        }
        for name in ("vpin_bucket_lots", "round_trip_lots"):
            if getattr(self, name) is not None:
                ranges[name] = (1, LARGEST_LOTS)
        set_whole(self, "signals", **ranges)
        if self.fast_half_life is not None:
            fast, slow = self._ns("fast_half_life"), self._ns("slow_half_life")
            rule = f"shorter than slow_half_life, {self.slow_half_life!r}"
            check("signals: fast_half_life", fast < slow, rule, self.fast_half_life)

    def _ns(self, name: str) -> int:
        value = getattr(self, name)
        return 0 if value is None else duration_ns(f"signals: {name}", value)

    def core(self) -> Any:
        """What the core takes."""
        hawkes = np.zeros(8) if self.hawkes is None else self.hawkes.sides.ravel()
        return _core.SignalPolicy(
            step_ns=self._ns("step"),
            half_life_s=self._ns("half_life") * 1e-9,
            warm_up=self.warm_up,
            volatility_half_life_s=self._ns("volatility_half_life") * 1e-9,
            fast_half_life_s=self._ns("fast_half_life") * 1e-9,
            slow_half_life_s=self._ns("slow_half_life") * 1e-9,
            depth_levels=self.depth_levels,
            order_flow_half_life_s=self._ns("order_flow_half_life") * 1e-9,
            fill_sides=self.fill_sides,
            hawkes=hawkes,
            mark_out_horizon_ns=self._ns("mark_out_horizon"),
            vpin_bucket_lots=self.vpin_bucket_lots or 0,
            vpin_buckets=self.vpin_buckets,
            round_trip_lots=self.round_trip_lots or 0,
            recent_trades=self.recent_trades,
        )


_OPTIONAL_TIMES = (
    "volatility_half_life",
    "fast_half_life",
    "slow_half_life",
    "order_flow_half_life",
    "mark_out_horizon",
)
