"""Several assets at once: how the inventory of one leans the quotes of those correlated with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfspread.errors import ConfigError
from halfspread.models.asset import Asset
from halfspread.models.glft import riskless_terms
from halfspread.parameter import checked, not_negative, positive
from halfspread.policy import check, whole
from halfspread.portfolio_state import PortfolioState, whole_lots
from halfspread.quote import Quote

Floats = NDArray[np.float64]

MOST_INVENTORIES = 5_000
"""Of `exact_depths`: the solver keeps the bands of a matrix of them by them."""


@dataclass(frozen=True, eq=False)
class Depths:
    """Distances of the quotes from the mids, in price, one an asset in the last axis."""

    bid: Floats
    ask: Floats


@dataclass(frozen=True, eq=False)
class MultiAssetMaker:
    """The closed form for a maker of d assets whose prices move together.

    bid depth_i = c_i + z_i S_ii / 2 + (S q)_i,   ask depth_i = c_i + z_i S_ii / 2 - (S q)_i

    S = D^(-1/2) M tanh(M t) D^(-1/2),   M = sqrt(g) (D^(1/2) V D^(1/2))^(1/2)
    D = diag(2 A_i k_i z_i C_i),  c_i and C_i as in `glft`,  V_ij = s_i s_j rho_ij

    with q the inventories, t the time left and g the risk aversion. S is d x d, in price per unit
    held: row i says how much lower asset i is quoted for a unit of each asset. The form expands
    the Hamiltonians to second order and is for small risks: where s sqrt(g / D) z is not small
    beside 1 / k it quotes too close (`exact_depths` is right, for few assets).

    Args:
        assets: one or more.
        correlation: (d, d), symmetric, ones on its diagonal, positive semidefinite.
        risk_aversion: g > 0, per currency.
        fill_aversion: x >= 0, per currency; None takes g (exponential utility), 0 is the maker
            who only pays for inventory.
        symbols: the assets' names in a `Portfolio`, which the maker then quotes, without horizon.

    Raises:
        ConfigError: a parameter is out of range; it is named.

    >>> one = Asset(volatility=0.3, fill_intensity=0.9, fill_decay=0.3, size=1)
    >>> maker = MultiAssetMaker([one, one], [[1, 0.8], [0.8, 1]], risk_aversion=0.01)
    >>> depths = maker.depths([5, 0])  # long of the first: both are sold more readily
    >>> bool(depths.ask[0] < depths.ask[1] < depths.bid[1] < depths.bid[0])
    True

    Source:
        P. Bergault, D. Evangelista, O. Guéant and D. Vieira, "Closed-form approximations in
        multi-asset market making", Applied Mathematical Finance 28(2), 2021.
    """

    assets: tuple[Asset, ...]
    correlation: Floats
    risk_aversion: float
    fill_aversion: float | None = None
    symbols: tuple[str, ...] = ()

    def __init__(
        self,
        assets: Sequence[Asset],
        correlation: ArrayLike,
        risk_aversion: float,
        fill_aversion: float | None = None,
        symbols: Sequence[str] = (),
    ) -> None:
        if not assets:
            raise ConfigError("multi-asset: assets must not be empty")
        matrix = np.array(correlation, dtype=np.float64)
        n = len(assets)
        if matrix.shape != (n, n):
            raise ConfigError(
                f"multi-asset: correlation must have shape {(n, n)}, had {matrix.shape}"
            )
        fair = np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1)
        if not fair or np.linalg.eigvalsh(matrix)[0] < -1e-12:
            raise ConfigError(
                "multi-asset: correlation must be symmetric and positive semidefinite, with ones "
                f"on its diagonal, was {matrix.tolist()}"
            )
        checked("multi-asset: risk_aversion", risk_aversion, positive)
        if fill_aversion is not None:
            checked("multi-asset: fill_aversion", fill_aversion, not_negative)
        if symbols and (len(symbols) != n or len(set(symbols)) != n):
            raise ConfigError(f"multi-asset: symbols must be {n} names, were {list(symbols)}")
        matrix.setflags(write=False)
        values = (tuple(assets), matrix, risk_aversion, fill_aversion, tuple(symbols))
        for name, value in zip(self.__dataclass_fields__, values, strict=True):
            object.__setattr__(self, name, value)

    def __call__(self, state: PortfolioState) -> dict[str, Quote]:
        """A quote for each instrument of a portfolio, in its own ticks and lots.

        Errors:
            ConfigError: the symbols are not the portfolio's names, or a size is no whole number of
                its instrument's lots.
        """
        if set(self.symbols) != set(state.states):
            raise ConfigError(
                f"multi-asset: symbols must be {sorted(state.states)}, were {sorted(self.symbols)}"
            )
        held = state.inventories
        depths = self.depths([held[symbol] for symbol in self.symbols])
        quotes = {}
        sides = zip(self.symbols, self.assets, depths.bid, depths.ask, strict=True)
        for symbol, asset, bid, ask in sides:
            instrument, mid = state.instruments[symbol], state.states[symbol].mid
            lots = whole_lots(instrument, asset.size)
            if lots is None:
                raise ConfigError(
                    f"multi-asset: size of {symbol} must be a whole number of lots of "
                    f"{instrument.lot}, was {asset.size!r}"
                )
            ticks = instrument.ticks_per_unit
            quotes[symbol] = Quote(mid - bid * ticks, mid + ask * ticks, float(lots), float(lots))
        return quotes

    @property
    def covariance(self) -> Floats:
        """V, (d, d): of the prices, per second."""
        volatility = self._column("volatility")
        return np.asarray(self.correlation * np.outer(volatility, volatility))

    def lean(self, time_left_s: float = inf) -> Floats:
        """S, (d, d): price per unit held; of no horizon where the time left is infinite.

        Errors:
            ConfigError: the time left is not >= 0.
        """
        check("multi-asset: time_left_s", time_left_s >= 0, ">= 0", time_left_s)
        curvature = self._riskless()[1]
        root = np.sqrt(curvature)
        values, vectors = np.linalg.eigh(self.covariance * np.outer(root, root))
        rates = np.sqrt(self.risk_aversion * np.maximum(values, 0.0))
        weights = rates if time_left_s == inf else rates * np.tanh(rates * time_left_s)
        return np.asarray((vectors * weights) @ vectors.T / np.outer(root, root))

    def depths(self, inventories: ArrayLike, time_left_s: float = inf) -> Depths:
        """The depths at inventories of shape (..., d), in units of each asset.

        Errors:
            ConfigError: another shape, an inventory that is not finite, or a time left not >= 0.
        """
        held = np.asarray(inventories, dtype=np.float64)
        fits = held.shape[-1:] == (len(self.assets),)
        check("multi-asset: inventories", fits, f"of shape (..., {len(self.assets)})", inventories)
        check("multi-asset: inventories", bool(np.isfinite(held).all()), "finite", inventories)
        half_spread, slope = self._far if time_left_s == inf else self._of(time_left_s)
        shift = held @ slope
        return Depths(half_spread + shift, half_spread - shift)

    def _of(self, time_left_s: float) -> tuple[Floats, Floats]:
        """The half spreads with nothing held, and S."""
        slope = self.lean(time_left_s)
        return self._riskless()[0] + self._column("size") * np.diag(slope) / 2, slope

    _far = cached_property(lambda self: self._of(inf))

    def exact_depths(self, limits: Sequence[int], horizon_s: float) -> Depths:
        """The optimal depths, by the full equation on a grid: for two assets, or three small ones.

        dT/dt = -(g/2) q'Vq + sum over i and both sides of z_i H_i((T(q) - T(q +- z_i e_i)) / z_i)
        H_i(p) = (A_i C_i / k_i) exp(-k_i p),   T = 0 where no time is left

        with t the time left; depth = p + c_i at the p of the last line.

        Args:
            limits: for each asset, how many orders of it may be held, long or short.
            horizon_s: seconds left, > 0.

        Returns:
            Depths of shape (2 limit_1 + 1, ..., d), by inventories from -limit to limit orders;
            NaN where the order would pass the limit.

        Raises:
            ConfigError: a limit that is no whole number >= 1, another number of them than assets,
                more than MOST_INVENTORIES inventories on the grid, or a horizon <= 0.
        """
        from scipy.integrate import solve_ivp

        if len(limits) != len(self.assets):
            raise ConfigError(
                f"multi-asset: limits must be {len(self.assets)} numbers >= 1, were {limits}"
            )
        limits = tuple(whole("multi-asset: limits", limit, 1) for limit in limits)
        if prod(2 * limit + 1 for limit in limits) > MOST_INVENTORIES:
            raise ConfigError(
                f"multi-asset: limits must make {MOST_INVENTORIES} inventories at most, "
                f"the product of 2 limit + 1, were {limits}"
            )
        checked("multi-asset: horizon_s", horizon_s, positive)
        gains = self._gains()
        unit = min(size / decay for _, decay, size in gains)  # of values; that of time: the horizon
        cost = self._risk_cost(limits) * (horizon_s / unit)
        sides = [(gain * horizon_s / unit, unit * decay / size) for gain, decay, size in gains]

        def slope(_: float, value: Floats) -> Any:
            value = value.reshape(cost.shape)
            total = -cost
            for i, (gain, decay) in enumerate(sides):
                steps = np.exp(decay * np.diff(value, axis=i))
                total[_along(i, slice(None, -1))] += gain * steps
                total[_along(i, slice(1, None))] += gain / steps
            total -= total[limits]  # what all grow alike: quotes are differences
            return total.ravel()

        band = cost[0].size  # how far an order of the first asset leads
        solved = solve_ivp(
            slope,
            (0.0, 1.0),
            np.zeros(cost.size),
            method="LSODA",
            t_eval=[1.0],
            rtol=1e-12,
            atol=1e-12,
            lband=band,
            uband=band,
        )
        if not solved.success:
            raise ConfigError(f"multi-asset: the equation has no solution here: {solved.message}")
        return self._depths_of(unit * solved.y[:, -1].reshape(cost.shape))

    def _depths_of(self, value: Floats) -> Depths:
        depths = Depths(*(np.full((*value.shape, value.ndim), np.nan) for _ in range(2)))
        riskless = self._riskless()[0]
        for i, asset in enumerate(self.assets):
            gained = np.diff(value, axis=i) / asset.size
            depths.bid[..., i][_along(i, slice(None, -1))] = riskless[i] - gained
            depths.ask[..., i][_along(i, slice(1, None))] = riskless[i] + gained
        return depths

    def _risk_cost(self, limits: tuple[int, ...]) -> Floats:
        """(g/2) q'Vq on the grid."""
        axes = [
            np.arange(-limit, limit + 1) * asset.size
            for limit, asset in zip(limits, self.assets, strict=True)
        ]
        held = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        return np.asarray(
            self.risk_aversion / 2 * np.einsum("...i,ij,...j", held, self.covariance, held)
        )

    def _gains(self) -> list[tuple[float, float, float]]:
        """Z H(0) = z A C / k, then k and z, of each asset."""
        curvature = self._riskless()[1]
        return [
            (float(c) / (2 * asset.fill_decay**2), asset.fill_decay, asset.size)
            for c, asset in zip(curvature, self.assets, strict=True)
        ]

    def _riskless(self) -> tuple[Floats, Floats]:
        """C and 2 A k z C of each asset."""
        aversion = self.risk_aversion if self.fill_aversion is None else self.fill_aversion
        terms = [
            riskless_terms(asset.fill_intensity, asset.fill_decay, asset.size, aversion)
            for asset in self.assets
        ]
        half_spreads, curvatures = np.array(terms).T
        return half_spreads, curvatures

    def _column(self, name: str) -> Floats:
        return np.array([getattr(asset, name) for asset in self.assets])


def _along(axis: int, cut: slice) -> tuple[slice, ...]:
    """An index that cuts one axis."""
    return (*[slice(None)] * axis, cut)
