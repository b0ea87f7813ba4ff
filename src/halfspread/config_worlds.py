"""Config worlds: the made-up markets that a file's sections say."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from halfspread.brownian import Brownian
from halfspread.config_fields import FEED, Market, OrderBook, World, feed_of
from halfspread.errors import ConfigError
from halfspread.flows import Scenario, named
from halfspread.instrument import Instrument
from halfspread.simulated import Simulated
from halfspread.yaml_file import read_yaml


def check_made_up(what: str, kind: type[Brownian | Simulated], market: Market) -> None:
    """Raise a ConfigError if `market` says what such a market has not."""
    for name in market.model_fields_set - {field.name for field in fields(kind)}:
        raise ConfigError(f"market.{name}: {what} has none")
    if feed_of(dict(market)["latency_ms"]) is not None:
        raise ConfigError(f"market.latency_ms: {what} has no {FEED}")


def world_of(said: World, market: Market, **more: Any) -> Brownian:
    """The models' own world. Errors: its own."""
    return Brownian(**dict(said), **_shared(Brownian, market), **more)


def book_of(said: OrderBook, market: Market, folder: Path, **more: Any) -> Simulated:
    """The order book, whose laws and scenario may be in files of that folder.

    Where the laws say what is traded (`instrument`), as those that calibrate writes do, it is.

    Errors:
        ConfigError: its own, the flow's, or a file can't be read.
    """
    numbers = dict(said)
    laws, scenario = (
        read_yaml(folder / found) if isinstance(found := numbers.pop(name), str) else found
        for name in ("laws", "scenario")
    )
    flow = named(numbers.pop("flow"), laws)
    if laws is not None and (traded := laws.get("instrument")) is not None:
        more["instrument"] = Instrument.from_dict(traded)
    if scenario is not None:
        flow = Scenario.from_dict(flow, scenario)
    return Simulated(flow, **numbers, **_shared(Simulated, market), **more)


def _shared(kind: type[Brownian | Simulated], market: Market) -> dict[str, Any]:
    """What `market` says that a made-up market has too."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in market if name in names}
