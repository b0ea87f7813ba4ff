"""Scenario: what a flow's market goes through: a time of day, shocks, and takers who know more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from halfspread import _core
from halfspread.duration import duration_ns, some_duration_ns
from halfspread.errors import ConfigError
from halfspread.flow_checks import START, is_number, market_key, refuse
from halfspread.policy import whole

FLOWS = ("ZeroIntelligence", "QueueReactive", "Hawkes")
SIDES = {"both": (0, 1), "bid": (0,), "ask": (1,)}
CLASSES = ("limit", "cancel", "market")
DAY = 86_400 * 10**9
MOST_TIMES = 1e6


@dataclass(frozen=True)
class Informed:
    """Takers who know the efficient price: what the instrument is worth, which no one else sees.

    It is a Brownian motion that begins at the first mid and moves every `step`. At the times of a
    Poisson process one of them looks at the book. Where the efficient price is above the best ask
    they buy, where it is below the best bid they sell, by an immediate order that pays no more than
    it is worth; else they do nothing. So the mid follows the efficient price, and who is filled by
    them loses what the mid then moves.

    Args:
        rate: looks a second, > 0.
        volatility: of the efficient price, ticks a square root of a second, >= 0.
        size: lots of an order at most, 1 to 2**53.
        step: of the efficient price, text as "100ms", or seconds.
    Errors:
        ConfigError: a parameter is out of its range.
    Source:
        L. Glosten and P. Milgrom, "Bid, ask and transaction prices in a specialist market with
        heterogeneously informed traders", Journal of Financial Economics 14(1), 1985, pp. 71-100.
    """

    rate: float
    volatility: float
    size: int = 1
    step: str | float = "100ms"

    def __post_init__(self) -> None:
        good = is_number(self.rate) and 0 < self.rate <= MOST_TIMES
        refuse("informed.rate", self.rate, good, "> 0 and at most 1e6 a second")
        good = is_number(self.volatility) and 0 <= self.volatility <= MOST_TIMES
        refuse("informed.volatility", self.volatility, good, "from 0 to 1e6 ticks")
        whole("informed.size", self.size, 1, 2**53)
        step = some_duration_ns("informed.step", self.step)
        refuse("informed.step", self.step, step >= 10**6, "at least 1ms")


@dataclass(frozen=True)
class Shock:
    """For a while the public's orders come more or less often; or one order sweeps a side.

    Args:
        at: since the market's beginning (00:00), text as "10m", or seconds.
        lasting: for how long the rates are multiplied.
        limit, cancel, market: by how much, limit orders, cancellations and market orders, > 0.
        side: of the orders whose rates are multiplied: both, bid or ask. A market order of the
            bid's buys.
        sweep_ticks: at `at`, a market order takes all there is at so many prices, from the best
            on: of the asks if the side is bid, of the bids if it is ask.
    Errors:
        ConfigError: a parameter is out of its range.
    """

    at: str | float
    lasting: str | float = 0
    limit: float = 1.0
    cancel: float = 1.0
    market: float = 1.0
    side: str = "both"
    sweep_ticks: int = 0

    def __post_init__(self) -> None:
        at, lasting = duration_ns("shock.at", self.at), duration_ns("shock.lasting", self.lasting)
        refuse("shock.at", self.at, at <= 366 * DAY, "within a year")
        refuse("shock.lasting", self.lasting, lasting <= 366 * DAY, "at most a year")
        for name in CLASSES:
            times = getattr(self, name)
            good = is_number(times) and 0 < times <= MOST_TIMES
            refuse(f"shock.{name}", times, good, "> 0 and at most 1e6")
        refuse("shock.side", self.side, self.side in SIDES, f"one of {', '.join(SIDES)}")
        whole("shock.sweep_ticks", self.sweep_ticks, 0, 2**20)
        paced = any(getattr(self, name) != 1 for name in CLASSES)
        refuse("shock.lasting", self.lasting, not paced or lasting > 0, "> 0 where rates change")
        refuse("shock", self, paced or self.sweep_ticks, "of other rates, or sweep_ticks > 0")
        named = self.side != "both" or not self.sweep_ticks
        refuse("shock.side", self.side, named, "bid or ask: who sweeps")

    @classmethod
    def burst(cls, at: str | float, lasting: str | float, times: float) -> Shock:
        """A burst of activity and of volatility: all rates `times` as high."""
        return cls(at, lasting, limit=times, cancel=times, market=times)

    @classmethod
    def withdrawal(
        cls, at: str | float, lasting: str | float, limit: float = 0.3, cancel: float = 3.0
    ) -> Shock:
        """Liquidity withdraws: fewer limit orders, more cancellations."""
        return cls(at, lasting, limit=limit, cancel=cancel)

    @classmethod
    def one_sided(cls, at: str | float, lasting: str | float, side: str, times: float) -> Shock:
        """The market orders of buyers (bid) or of sellers (ask) come `times` as often."""
        return cls(at, lasting, market=times, side=side)

    @classmethod
    def gap(cls, at: str | float, side: str, ticks: int) -> Shock:
        """A buyer (bid) or a seller (ask) takes the other side's best `ticks` prices at once."""
        whole("shock.sweep_ticks", ticks, 1, 2**20)
        return cls(at, side=side, sweep_ticks=ticks)

    def row(self) -> tuple[int, int, list[float], int, int]:
        """As the core takes it."""
        times = [
            getattr(self, name) if side in SIDES[self.side] else 1.0
            for name in CLASSES
            for side in (0, 1)
        ]
        sweeper = {"both": 0, "bid": 1, "ask": -1}[self.side] if self.sweep_ticks else 0
        at, lasting = duration_ns("at", self.at), duration_ns("lasting", self.lasting)
        return START + at, lasting, times, sweeper, self.sweep_ticks


@dataclass(frozen=True)
class Scenario:
    """A flow whose market has a time of day, shocks and informed takers: a flow itself.

    Args:
        flow: a ZeroIntelligence, QueueReactive or Hawkes.
        season: points (time of day, multiplier) in order of time: all rates of the flow are
            multiplied by the line through them, as it stands when each second begins; before the
            first and after the last point by theirs. A market opens at 00:00 UTC.
        shocks: what happens when. At one time their multipliers multiply.
        informed: takers who know the efficient price. Neither season nor shocks touch their rate.
    Errors:
        ConfigError: a parameter is out of its range.

    Example:
        >>> import halfspread as hs
        >>> from halfspread.flows import Informed, Scenario, Shock
        >>> day = Scenario(
        ...     hs.flows.ZeroIntelligence.sky_perfect(speed=60),
        ...     season=(("0h", 2.0), ("4h", 0.5), ("8h", 2.0)),
        ...     shocks=(Shock.withdrawal("20s", "10s"), Shock.gap("30s", "ask", ticks=5)),
        ...     informed=Informed(rate=2.0, volatility=1.0),
        ... )
        >>> tape = hs.simulate(day, "1m", seed=1)
        >>> sorted(set(tape.columns) - set(hs.simulate(day.flow, "1m", seed=1).columns))
        ['efficient_price_ticks', 'informed']
    """

    flow: Any
    season: tuple[tuple[str | float, float], ...] = ()
    shocks: tuple[Shock, ...] = ()
    informed: Informed | None = None

    def __post_init__(self) -> None:
        kind = type(self.flow).__name__
        refuse("flow", self.flow, kind in FLOWS, f"one of {', '.join(FLOWS)}")
        for name in ("season", "shocks"):
            given = getattr(self, name)
            listed = isinstance(given, Sequence) and not isinstance(given, str)
            refuse(name, given, listed, "a sequence, of points or of Shock")
        points = list(self.season)
        for point in points:
            pair = isinstance(point, Sequence) and not isinstance(point, str) and len(point) == 2
            refuse("season", point, pair, "points (time of day, multiplier)")
            good = is_number(point[1]) and 0 < point[1] <= MOST_TIMES
            refuse("season", point[1], good, "of multipliers > 0 and at most 1e6")
        times = [duration_ns("season", time) for time, _ in points]
        rises = all(a < b for a, b in pairwise(times))
        refuse(
            "season",
            self.season,
            rises and all(time <= DAY for time in times),
            "in order of time, within a day",
        )
        object.__setattr__(self, "season", tuple((time, times) for time, times in points))
        for shock in self.shocks:
            refuse("shocks", shock, isinstance(shock, Shock), "of Shock")
        in_time = sorted(self.shocks, key=lambda shock: shock.row()[0])
        object.__setattr__(self, "shocks", tuple(in_time))
        known = self.informed is None or isinstance(self.informed, Informed)
        refuse("informed", self.informed, known, "an Informed")

    def start(self, seed: int = 0, lane: int = 0, begin: int = START) -> Any:
        """A market of these laws at `begin`, ns. It opens with the flow's book: let it warm up.

        Its `efficient_price`, in ticks, is what the informed know; NaN without them.

        Errors:
            ConfigError: seed or lane is out of its range.
        """
        market = getattr(_core, f"{type(self.flow).__name__}InScenario")
        return market(self.laws(), *market_key(seed, lane), begin)

    def laws(self) -> Any:
        """The core's numbers."""
        informed = self.informed or Informed(1.0, 0.0)
        return getattr(_core, f"{type(self.flow).__name__}ScenarioLaws")(
            self.flow.laws(),
            season=[(duration_ns("season", time), times) for time, times in self.season],
            shocks=[shock.row() for shock in self.shocks],
            rate=informed.rate if self.informed else 0.0,
            volatility=informed.volatility,
            step=duration_ns("step", informed.step),
            size=informed.size,
        )

    @classmethod
    def from_dict(cls, flow: Any, scenario: Mapping[str, Any]) -> Scenario:
        """The flow in the scenario that a file holds: season, shocks and informed, by their names.

        Errors:
            ConfigError: a parameter is missing, unknown or out of its range.
        """
        known = {"season", "shocks", "informed"}
        for name in scenario.keys() - known:
            raise ConfigError(f"{name} is no part of a scenario: {', '.join(sorted(known))}")
        shocks, season = scenario.get("shocks", ()), scenario.get("season", ())
        refuse("shocks", shocks, isinstance(shocks, Sequence), "a list")
        refuse("season", season, isinstance(season, Sequence), "points (time of day, multiplier)")
        informed = scenario.get("informed")
        return cls(
            flow,
            season=tuple(season),
            shocks=tuple(_of(Shock, "shock", shock) for shock in shocks),
            informed=None if informed is None else _of(Informed, "informed", informed),
        )


def _of(kind: Any, name: str, values: Any) -> Any:
    """A Shock or Informed of the values by name."""
    refuse(name, values, isinstance(values, Mapping), "names and values")
    known = [field.name for field in fields(kind)]
    for key in values.keys() - set(known):
        raise ConfigError(f"{name}: {key} is no parameter: {', '.join(known)}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"{name}: {error}") from None
