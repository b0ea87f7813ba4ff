"""Config: the YAML of a backtest or a sweep, checked to its last field before anything runs.

    config = read_config("glft.yaml")
    run = config.open_market().run(config.bound_model())

The fields of `market` are those of `Replay` and of its policies, the fields of `model` those of the
models: each is said once, in its own class. docs/schema/config.schema.json is made of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from inspect import cleandoc
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, PrivateAttr, ValidationError, model_validator

from halfspread.brownian import Brownian
from halfspread.complaints import complaints, near
from halfspread.config_calibration import calibrated, fed_replay
from halfspread.config_fields import (
    FEED,
    SOLVERS,
    FromFeed,
    Market,
    OrderBook,
    Quoting,
    Strict,
    World,
    feed_of,
)
from halfspread.config_fields import SHIPPED as SHIPPED
from halfspread.config_worlds import book_of, check_made_up, world_of
from halfspread.errors import ConfigError
from halfspread.guard import GuardPolicy
from halfspread.lanes_market import LanesMarket
from halfspread.market import Replay
from halfspread.modelling import as_model, from_dict, registry
from halfspread.moment import nanoseconds
from halfspread.plain_model import Model
from halfspread.policy import Fees, OrderPolicy, Queue
from halfspread.signal_policy import Hawkes, SignalPolicy
from halfspread.simulated import Simulated
from halfspread.tape import Tape, open_tape
from halfspread.yaml_file import read_yaml


class Demo(Strict):
    """A synthetic market in the place of a tape.

    Args:
        events: rows, 400 or more.
        seed: >= 0; another seed is another day.
    """

    events: int = 200_000
    seed: int = 0


class Range(Strict):
    """Evenly spaced values of a parameter, both ends among them.

    Args:
        from, to: the ends.
        points: how many values, both ends counted.
        scale: linear or log: even in the value or in its logarithm.
    """

    first: float = Field(alias="from")
    last: float = Field(alias="to")
    points: int = Field(ge=2)
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _has_logarithms(self) -> Range:
        if self.scale == "log" and min(self.first, self.last) <= 0:
            raise ConfigError("from and to must be > 0 on a log scale")
        return self

    def values(self) -> list[float]:
        """The points, to 12 digits."""
        space = np.linspace if self.scale == "linear" else np.geomspace
        return [float(f"{value:.12g}") for value in space(self.first, self.last, self.points)]


class Config(Strict):
    """A backtest or a sweep. Paths are relative to the file's folder.

    Args:
        tape: the tape to replay; or instead of it
        demo: a synthetic market; or
        brownian: the models' own world, with the numbers of a Brownian that `market` has not; or
        simulated: an order book, with what a Simulated has that `market` has not. Its `flow` is a
            name, and `laws` its parameters or a file of them.
        model: a model's name and parameters, as its to_dict() says them; a list makes lanes.
        calibration: a file of `halfspread calibrate`; its parameters fill those of the model that
            are not given, by name (A and k of each side those of cartea_jaimungal). What is given
            or swept stays as it is. With `latency_ms: feed` in the market, orders take as long as
            its feed did, in the median; with `{feed: samples}` what it took by and by.
        market: what is assumed of the venue, and how orders are kept.
        sweep: parameters of the model and their values; each combination is a lane.
        report: a page of HTML to write.
        output: the folder to save the run in.
    """

    tape: str | None = None
    demo: Demo | None = None
    brownian: World | None = None
    simulated: OrderBook | None = None
    model: Quoting
    calibration: str | None = None
    market: Market = Field(default_factory=Market)
    sweep: dict[str, Range | Annotated[list[float], Field(min_length=1)]] = Field(default={})
    report: str | None = None
    output: str | None = None
    _folder: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _fits_together(self) -> Config:
        if [self.tape, self.demo, self.brownian, self.simulated].count(None) != 3:
            raise ConfigError("give one of tape, demo, brownian, simulated")
        if self.brownian is not None:
            check_made_up("a brownian world", Brownian, self.market)
            world_of(self.brownian, self.market)
        if self.simulated is not None:
            check_made_up("a simulated market", Simulated, self.market)
        if feed_of(dict(self.market)["latency_ms"]) is not None and self.calibration is None:
            raise ConfigError(f"market.latency_ms: {FEED} needs a calibration")
        start, end = dict(self.market)["start"], dict(self.market)["end"]
        if None not in (start, end) and nanoseconds("start", start) >= nanoseconds("end", end):
            raise ConfigError(f"market.start must be before market.end, was {start!r} to {end!r}")
        return self

    @property
    def output_path(self) -> Path | None:
        """Where to save the run, from where the program runs."""
        return None if self.output is None else self._folder / self.output

    @property
    def report_path(self) -> Path | None:
        """Where to write the page, from where the program runs."""
        return None if self.report is None else self._folder / self.report

    def open(self) -> Tape:
        """The tape, or the synthetic market. Errors: those of `open_tape`."""
        if self.tape is not None:
            return open_tape(self._folder / self.tape)
        from halfspread import synthetic

        assert self.demo is not None
        return synthetic.tape(events=self.demo.events, seed=self.demo.seed)

    def open_market(self, **more: Any) -> LanesMarket:
        """The tape's or the made-up one, with `more` arguments. Errors: its own, and `open`'s."""
        if self.simulated is not None:
            return book_of(self.simulated, self.market, self._folder, **more)
        if self.brownian is not None:
            return world_of(self.brownian, self.market, **more)
        return self.replay(**more)

    def replay(self, **more: Any) -> Replay:
        """The market, with `more` arguments of a Replay. Errors: those of `open` and of Replay."""
        market = dict(self.market)
        feed = feed_of(market["latency_ms"])
        if feed is None:
            return Replay(self.open(), **market, **more)
        assert self.calibration is not None
        return fed_replay(feed, self._folder / self.calibration, self.open(), **market, **more)

    def bound_model(self) -> Model:
        """The model as it stands, the sweep not looked at."""
        return _bound(self._calibrated(self.model.model_dump(exclude_unset=True)))

    def _calibrated(self, data: dict[str, Any]) -> dict[str, Any]:
        """A model's dictionary, with what it leaves open taken from the calibration."""
        if self.calibration is None:
            return data
        return calibrated(data, self._folder / self.calibration)

    def swept_model(self) -> Model:
        """The model with a lane for each combination of `axes`; the last one varies fastest."""
        data = deepcopy(self.model.model_dump(exclude_unset=True))
        places = dict(_parameters(data))
        for name in self.sweep:
            if name not in places:
                nearest = near(name, places)
                raise ConfigError(f"sweep.{name}: the model has no such parameter{nearest}")
        columns = zip(*product(*self.axes.values()), strict=True)
        for name, column in zip(self.sweep, columns, strict=True):
            layer, parameter = places[name]
            layer[parameter] = list(column)
        return _bound(self._calibrated(data))

    @property
    def axes(self) -> dict[str, list[float]]:
        """The values of each parameter that is swept."""
        entries = self.sweep.items()
        return {k: v.values() if isinstance(v, Range) else v for k, v in entries}


def read_config(path: str | Path) -> Config:
    """The config in the YAML file at `path`.

    Errors:
        ConfigError: it can't be read; or a field is unknown, ill-typed or out of its range: says
            which, and the nearest name that there is.
    """
    path = Path(path)
    data = read_yaml(path)
    try:
        config = Config.model_validate_json(json.dumps(data))
    except ValidationError as error:
        found = complaints(error, Config.model_json_schema())
        raise ConfigError(f"{path}: {'; '.join(found)}") from None
    config._folder = path.parent
    try:
        if config.simulated is not None:
            book_of(config.simulated, config.market, path.parent)
        config.swept_model()
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return config


def schema() -> dict[str, Any]:
    """The JSON schema of a config file, for editors and other programs."""
    whole = Config.model_json_schema()
    functions = {name: definition.function for name, definition in SHIPPED.items()}
    documented = (
        Replay,
        Brownian,
        Simulated,
        Queue,
        Fees,
        OrderPolicy,
        SignalPolicy,
        Hawkes,
        GuardPolicy,
        FromFeed,
        Demo,
        Range,
    )
    owners = {owner.__name__: owner for owner in documented} | functions
    owners |= {"Market": owners.pop("Replay"), "World": owners.pop("Brownian")}
    owners |= {"OrderBook": owners.pop("Simulated")}
    owners |= SOLVERS
    for name, node in {**whole["$defs"], "Config": whole}.items():
        words, notes = _notes((owners | {"Config": Config})[name].__doc__)
        node["description"] = words
        for field, entry in node["properties"].items():
            entry.pop("title", None)
            if field in notes:
                entry["description"] = notes[field]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, **whole, "title": "halfspread config"}


def _notes(text: str | None) -> tuple[str, dict[str, str]]:
    """The first sentence of a docstring, and what its Args say of each name."""
    head, _, rest = cleandoc(text or "").partition("\nArgs:\n")
    block = re.match(r"(?:    .*\n?)*", rest)
    notes: dict[str, str] = {}
    for entry in re.split(r"\n(?=    \S)", block[0] if block else ""):
        names, _, words = entry.partition(":")
        for name in names.split(","):
            notes[name.strip()] = " ".join(words.split())
    return " ".join(head.split("\n\n")[0].split()), notes


def _parameters(data: dict[str, Any]) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Where each of `Model.parameters` is in a model's dictionary: its layer, its name there."""
    layers = [data]
    while "inner" in layers[-1]:
        layers.append(layers[-1]["inner"])
    if data["model"] in SOLVERS:
        return
    taken: set[str] = set()
    for layer in reversed(layers):
        for parameter in registry[layer["model"]].parameters:
            name = parameter.name
            while name in taken:
                name = f"{layer['model']}.{name}"
            taken.add(name)
            yield name, (layer, parameter.name)


def _bound(data: dict[str, Any]) -> Model:
    try:
        if data["model"] in SOLVERS:
            values = {name: value for name, value in data.items() if name != "model"}
            return as_model(SOLVERS[data["model"]](**values))
        return from_dict(data)
    except ConfigError as error:
        raise ConfigError(f"model: {error}") from None
