"""Flows: random orders of a public, in a true order book that has ours in it; and their tapes.

flow = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
tape = hs.simulate(flow, "1h", seed=1)                  # as of a venue: levels and trades
book = flow.start(seed=1)                               # or an event at a time, with our orders
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from halfspread import _core
from halfspread.errors import ConfigError
from halfspread.flow_checks import (
    MOST_ORDERS,
    is_number,
    market_key,
    numbers,
    refuse,
    refuse_price,
    some_weights,
    too_many,
    whole_sizes,
)
from halfspread.flow_checks import START as START
from halfspread.hawkes_flow import Hawkes as Hawkes
from halfspread.policy import whole
from halfspread.scenario import Informed as Informed
from halfspread.scenario import Scenario as Scenario
from halfspread.scenario import Shock as Shock


class Flow(Protocol):
    """Laws of the public's orders, from which markets are started."""

    def laws(self) -> Any:
        """The core's numbers."""

    def start(self, seed: int = 0, lane: int = 0, begin: int = START) -> Any:
        """A market at `begin`, ns."""


@dataclass(frozen=True)
class ZeroIntelligence:
    """Limit orders, market orders and cancellations at rates that nothing but the distance decides.

    Counted i = 1, 2, ... ticks from the opposite best price, each second and on each side: limit
    orders at the rate limit_rates[i - 1], market orders at market_rate, and for each order that
    rests a cancellation at cancel_rates[i - 1]; beyond the end of a table there are no limit
    orders, and cancellations as in its last entry. Where a side is empty, its best price is where
    it last was. A cancellation is of a whole order.

    Args:
        limit_rates: orders a second, >= 0, not all 0.
        market_rate: orders a second, >= 0.
        cancel_rates: a second, for each order, > 0.
        sizes: lots that an order may have, 1 to 2**53.
        size_weights: how often, >= 0, not all 0; as many as `sizes`.
        price: the first best bid, ticks.
    Errors:
        ConfigError: a parameter is out of its range.
    Source:
        R. Cont, S. Stoikov and R. Talreja, "A stochastic model for order book dynamics",
        Operations Research 58(3), 2010, pp. 549-563; there all orders have one size.
    """

    limit_rates: tuple[float, ...]
    market_rate: float
    cancel_rates: tuple[float, ...]
    sizes: tuple[int, ...] = (1,)
    size_weights: tuple[float, ...] = (1.0,)
    price: int = 100_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit_rates", some_weights("limit_rates", self.limit_rates))
        object.__setattr__(self, "cancel_rates", numbers("cancel_rates", self.cancel_rates))
        refuse("cancel_rates", self.cancel_rates, min(self.cancel_rates) > 0, "> 0")
        refuse("market_rate", self.market_rate, is_number(self.market_rate), "a number")
        refuse("market_rate", self.market_rate, 0 <= self.market_rate < np.inf, ">= 0")
        sizes, weights = whole_sizes(self.sizes, self.size_weights)
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "size_weights", weights)
        orders = 2 * sum(self.limit_rates) / min(self.cancel_rates)
        refuse("limit_rates", self.limit_rates, orders <= MOST_ORDERS, too_many(orders))
        lots = orders * max(self.sizes)
        refuse("sizes", self.sizes, lots <= 2**60, "such that at most 2**60 lots rest on average")
        refuse_price(self.price)

    @classmethod
    def sky_perfect(cls, levels: int = 30, speed: float = 1.0) -> ZeroIntelligence:
        """The paper's Table 1: Sky Perfect Communications, Tokyo; `speed` times as fast.

        A minute's rates of limit orders are 1.85, 1.51, 1.09, 0.88, 0.77 and then 1.92 / i**0.52 up
        to `levels`; of cancellations 0.71, 0.81, 0.68, 0.56, 0.47; of market orders 0.94.

        Errors:
            ConfigError: levels < 1, or speed <= 0.
        """
        levels = whole("levels", levels, 1)
        refuse("speed", speed, is_number(speed) and 0 < speed < np.inf, "> 0")
        limits = [1.85, 1.51, 1.09, 0.88, 0.77, *(1.92 / i**0.52 for i in range(6, levels + 1))]
        cancels = [0.71, 0.81, 0.68, 0.56, 0.47]
        return cls(
            limit_rates=tuple(rate * speed / 60 for rate in limits[:levels]),
            market_rate=0.94 * speed / 60,
            cancel_rates=tuple(rate * speed / 60 for rate in cancels),
        )

    def laws(self) -> _core.ZeroIntelligenceLaws:
        """The core's numbers."""
        return _core.ZeroIntelligenceLaws(
            self.limit_rates,
            self.market_rate,
            self.cancel_rates,
            self.sizes,
            self.size_weights,
            self.price,
        )

    def start(self, seed: int = 0, lane: int = 0, begin: int = START) -> _core.ZeroIntelligence:
        """A market of these laws at `begin`, ns. It opens with a made-up book: let it warm up.

        Errors:
            ConfigError: seed or lane is out of its range.
        """
        return _core.ZeroIntelligence(self.laws(), *market_key(seed, lane), begin)


@dataclass(frozen=True)
class QueueReactive:
    """Orders of one lot at rates that depend on the queue they join, leave or take from.

    Around a reference price p lie the queues: bids at p - (i - 1/2), asks at p + (i - 1/2) ticks,
    for depths i = 1 ... K. At depth i a queue of n lots gets, a second, limit[i - 1][n] limit
    orders, cancel[i - 1][n] cancellations and market[i - 1][n] market orders; a longer one what is
    at the tables' end. When the mid changes and the queue of depth 1 on that side is empty, p
    follows by one tick with the probability theta, and then, with the probability theta_reinit,
    all queues are drawn anew, each from the invariant law of its depth alone.

    Args:
        limit, cancel, market: K tables of one length, from the empty queue up; 1 to 16 depths.
            What is at n = 0 of cancel and market is not used.
        theta: in [0, 1].
        theta_reinit: in [0, 1].
        price: p - 1/2 at first, ticks.
    Errors:
        ConfigError: a parameter is out of its range; a queue would grow without end.
    Source:
        W. Huang, C.-A. Lehalle and M. Rosenbaum, "Simulating and analyzing order book data: the
        queue-reactive model", Journal of the American Statistical Association 110(509), 2015,
        pp. 107-122: model I, with its queue positions.
    """

    limit: tuple[tuple[float, ...], ...]
    cancel: tuple[tuple[float, ...], ...]
    market: tuple[tuple[float, ...], ...]
    theta: float = 0.7
    theta_reinit: float = 0.85
    price: int = 100_000

    def __post_init__(self) -> None:
        for name in ("limit", "cancel", "market"):
            tables = getattr(self, name)
            listed = tables.tolist() if isinstance(tables, np.ndarray) else tables
            refuse(name, tables, isinstance(listed, (list, tuple)), "a table of each depth")
            refuse(name, len(listed), 1 <= len(listed) <= 16, "of 1 to 16 depths")
            rows = tuple(numbers(f"{name}[{i}]", row) for i, row in enumerate(listed))
            for i, row in enumerate(rows):
                refuse(f"{name}[{i}]", min(row), min(row) >= 0, ">= 0")
            object.__setattr__(self, name, rows)
        shape = [len(row) for row in self.limit]
        for name in ("cancel", "market"):
            lengths = [len(row) for row in getattr(self, name)]
            refuse(name, f"{lengths} long", lengths == shape, f"{shape} long, as limit is")
        for i, (limit, cancel, market) in enumerate(
            zip(self.limit, self.cancel, self.market, strict=True)
        ):
            refuse(f"limit[{i}]", limit, len(limit) >= 2, "for 0 lots, 1 lot and more")
            refuse(f"limit[{i}][0]", limit[0], limit[0] > 0, "> 0")
            down = np.array(cancel) + np.array(market)
            refuse(f"cancel[{i}]", cancel, bool(np.all(down[1:] > 0)), "> 0 where market is 0")
            ends = limit[-1] < down[-1]
            refuse(f"limit[{i}][-1]", limit[-1], ends, f"< {down[-1]}, what leaves: else no end")
        for name in ("theta", "theta_reinit"):
            value = getattr(self, name)
            refuse(name, value, is_number(value) and 0 <= value <= 1, "from 0 to 1")
        refuse_price(self.price)

    def invariant(self, depth: int) -> NDArray[np.float64]:
        """How often a queue of that depth, alone, holds 0, 1, ... lots, up to its table's end.

        pi(n) is proportional to the product over j = 1 ... n of
        limit(j - 1) / (cancel(j) + market(j)).
        """
        refuse("depth", depth, 1 <= depth <= len(self.limit), f"from 1 to {len(self.limit)}")
        rows = self.limit[depth - 1], self.cancel[depth - 1], self.market[depth - 1]
        limit, cancel, market = map(np.array, rows)
        law = np.cumprod(np.concatenate([[1.0], limit[:-1] / (cancel + market)[1:]]))
        shares: NDArray[np.float64] = law / law.sum()
        return shares

    def laws(self) -> _core.QueueReactiveLaws:
        """The core's numbers."""
        return _core.QueueReactiveLaws(
            self.limit, self.cancel, self.market, self.theta, self.theta_reinit, self.price
        )

    def start(self, seed: int = 0, lane: int = 0, begin: int = START) -> _core.QueueReactive:
        """A market of these laws at `begin`, ns, its queues drawn from their invariant laws.

        Errors:
            ConfigError: seed or lane is out of its range.
        """
        return _core.QueueReactive(self.laws(), *market_key(seed, lane), begin)


Laws = TypeVar("Laws", ZeroIntelligence, QueueReactive, Hawkes)


def from_dict(kind: type[Laws], laws: Mapping[str, Any]) -> Laws:
    """The flow whose parameters a file holds, by their names.

    A file may also say where they come from (`source`, `aes`, `errors`), what the market trades
    (`instrument`), and what follows from them (`invariant`).

    Errors:
        ConfigError: a parameter is missing, unknown or out of its range.
    """
    known = {field.name for field in fields(kind)}
    beside = {"source", "aes", "errors", "instrument", "invariant"}
    for name in laws.keys() - known - beside:
        raise ConfigError(f"{name} is no parameter of {kind.__name__}: {', '.join(sorted(known))}")
    required = {field.name for field in fields(kind) if field.default is MISSING}
    for name in sorted(required - laws.keys()):
        raise ConfigError(f"{name} is missing: {kind.__name__} needs {', '.join(sorted(required))}")
    return kind(**{name: value for name, value in laws.items() if name in known})


BY_NAME: dict[str, Any] = {
    "zero_intelligence": ZeroIntelligence,
    "queue_reactive": QueueReactive,
    "hawkes": Hawkes,
}
"""The flows as commands and files name them."""
SHORT = {"zi": "zero_intelligence", "qr": "queue_reactive"}
KINDS = (*BY_NAME.values(), Scenario)


def full_name(name: str, parameter: str = "flow") -> str:
    """A flow's name, of what may be short or have hyphens.

    Errors:
        ConfigError: there is no such flow; `parameter` is what it was given as.

    >>> full_name("zi"), full_name("queue-reactive")
    ('zero_intelligence', 'queue_reactive')
    """
    full = str(name).replace("-", "_")
    full = SHORT.get(full, full)
    if full not in BY_NAME:
        known = ", ".join((*BY_NAME, *SHORT))
        raise ConfigError(f"{parameter} must be one of {known}, was {name!r}")
    return full


def named(name: str, laws: Mapping[str, Any] | None = None) -> Flow:
    """The flow of that name under the given laws, or its own.

    Without laws zero_intelligence is Sky Perfect Communications, a second for a minute, and hawkes
    a made-up stock.

    Errors:
        ConfigError: there is no such flow, it has no laws of its own, or those of `from_dict`.
    """
    name = full_name(name)
    if laws is not None:
        flow: Flow = from_dict(BY_NAME[name], laws)
        return flow
    if name == "zero_intelligence":
        return ZeroIntelligence.sky_perfect(speed=60)
    if name == "hawkes":
        return Hawkes.lively()
    raise ConfigError(f"{name} needs laws: a file of its parameters, as calibrate makes it")
