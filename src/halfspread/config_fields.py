"""Config fields: what a file can say of a market and a model, made of the classes that say it."""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import reduce
from inspect import signature
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, create_model

import halfspread.inventory  # noqa: F401  that its wrappers are in the registry
from halfspread.brownian import FILLS, Brownian
from halfspread.duration import some_duration_ns
from halfspread.flows import BY_NAME
from halfspread.market import Replay
from halfspread.modelling import registry
from halfspread.models import InventoryControl
from halfspread.moment import nanoseconds
from halfspread.policy import EXACT, QUEUES, RULES, SCHEDULES, Queue, latency_of, thread_count
from halfspread.simulated import SELF_TRADES, Simulated

SHIPPED = {
    name: definition
    for name, definition in sorted(registry.items())  # they are imported in any order
    if definition.function.__module__.startswith("halfspread.")
}
"""The models that a file can name: others come and go with the program that defines them."""

FEED = "feed"
"""A latency_ms: the median delay of the feed, as the calibration has it, to the venue and back."""
SOLVERS = {"InventoryControl": InventoryControl}
"""Makers in plain Python that a file can name: of one lane, with nothing around them."""


class Strict(BaseModel):
    """No unknown field, and no value of another type than it says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FromFeed(Strict):
    """Orders that take what the calibrated feed took, or a multiple of it, out and back each.

    Args:
        feed: median: always its median delay; samples: its delays one after another, laid over the
            market's span from its begin, and interpolated.
        multiple: of the feed's delay, > 0. A tape does not tell how long orders take: 1 is a lower
            bound, more is your assumption.
    """

    feed: Literal["median", "samples"]
    multiple: Annotated[float, Field(gt=0, le=1e6)] = 1.0


def feed_of(latency_ms: Any) -> FromFeed | None:
    """What a latency_ms takes from the calibration; None if it is in numbers."""
    if latency_ms == FEED:
        return FromFeed(feed="median")
    return latency_ms if isinstance(latency_ms, FromFeed) else None


def _some_time(value: str | float) -> str | float:
    some_duration_ns("decide_every", value)
    return value


def _some_latency(value: float | list[float]) -> float | list[float]:
    latency_of(value)
    return value


def _some_moment(value: str | int, info: ValidationInfo) -> str | int:
    nanoseconds(info.field_name or "", value)
    return value


def _market() -> type[BaseModel]:
    """What a Replay takes and a file can say."""
    hints: dict[str, Any] = get_type_hints(Replay)
    every, ways = hints["decide_every"], hints["latency_ms"]
    hints |= {
        "rules": Literal[RULES],
        "on": Literal[SCHEDULES[1:]] | None,
        "queue": Queue | Literal[(*QUEUES, EXACT)],
        "decide_every": Annotated[every, AfterValidator(_some_time)],
        "latency_ms": Annotated[ways, AfterValidator(_some_latency)] | Literal[FEED] | FromFeed,
        "threads": Annotated[int, AfterValidator(thread_count)] | None,
        **dict.fromkeys(
            ("start", "end"), Annotated[str | int, AfterValidator(_some_moment)] | None
        ),
    }
    entries: dict[str, Any] = {}
    for field in fields(Replay):
        if field.name in ("tape", "latency", "forecast", "progress"):
            continue
        make = field.default_factory
        default = field.default if make is MISSING else Field(default_factory=make)
        entries[field.name] = (hints[field.name], default)
    return create_model("Market", __base__=Strict, **entries)


def _beside(market: type, name: str, **own: Any) -> type[BaseModel]:
    """What a made-up market takes and a file can say beside what is in `market`.

    `own` are the types of entries that a file says in its own way, (type, default) of those that
    the market itself has not.
    """
    hints: dict[str, Any] = get_type_hints(market)
    left_out = {"instrument", "latency", "progress", *Market.model_fields}
    entries: dict[str, Any] = {
        field.name: (
            own.pop(field.name, hints[field.name]),
            ... if field.default is MISSING else field.default,
        )
        for field in fields(market)
        if field.name not in left_out
    }
    return create_model(name, __base__=Strict, **entries, **own)


def _world() -> type[BaseModel]:
    sides = float | Annotated[list[float], Field(min_length=2, max_length=2)]
    own = {"fills": Literal[FILLS], "fill_intensity": sides, "fill_decay": sides}
    return _beside(Brownian, "World", **own)


def _order_book() -> type[BaseModel]:
    own = {"flow": Literal[tuple(BY_NAME)], "self_trade": Literal[SELF_TRADES]}
    said: Any = str | dict[str, Any] | None
    laws = Field(default=None, description="the flow's parameters, or a file of them")
    scenario = Field(default=None, description="season, shocks, informed, or a file of them")
    return _beside(Simulated, "OrderBook", **own, laws=(said, laws), scenario=(said, scenario))


def _models() -> tuple[Any, Any]:
    """Any of our own models, told by its name; a wrapper has one inside. Then with the solvers."""
    kinds: list[Any] = []
    for name, definition in SHIPPED.items():
        entries: dict[str, Any] = {"model": (Literal[name], Field(default=...))}
        if definition.is_wrapper:
            entries["inner"] = ("AnyModel", Field(default=...))
        for parameter in definition.parameters:
            kind: Any = float | list[float]
            if parameter.default is None:
                kind |= None
            default = None if parameter.required else parameter.default
            entries[parameter.name] = (kind, Field(default=default))
        kinds.append(create_model(name, __base__=Strict, **entries))
    union: Any = reduce(or_, kinds)
    any_model = Annotated[union, Field(discriminator="model")]
    for kind in kinds:
        kind.model_rebuild(_types_namespace={"AnyModel": any_model})
    for name, solver in SOLVERS.items():
        entries = {"model": (Literal[name], Field(default=...))}
        for argument in signature(solver).parameters.values():
            default = ... if argument.default is argument.empty else argument.default
            number = int if isinstance(default, int) else float
            entries[argument.name] = (number, Field(default=default))
        union |= create_model(name, __base__=Strict, **entries)
    return any_model, Annotated[union, Field(discriminator="model")]


if TYPE_CHECKING:

    class Market(BaseModel):
        """Made by _market."""

    class World(BaseModel):
        """Made by _world."""

    class OrderBook(BaseModel):
        """Made by _order_book."""

    class AnyModel(BaseModel):
        """Made by _models."""

    class Quoting(BaseModel):
        """Made by _models."""
else:
    Market = _market()
    World = _world()
    OrderBook = _order_book()
    AnyModel, Quoting = _models()
