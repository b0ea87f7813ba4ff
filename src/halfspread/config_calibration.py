"""Calibrated: a model's dictionary and a market's latency, filled from a calibration's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from halfspread.config_fields import SOLVERS, FromFeed
from halfspread.market import Replay
from halfspread.modelling import registry
from halfspread.tape import Tape

OWN_NAMES = {
    "cartea_jaimungal": {
        "bid_intensity": "bid_fill_intensity",
        "ask_intensity": "ask_fill_intensity",
        "bid_decay": "bid_fill_decay",
        "ask_decay": "ask_fill_decay",
    }
}
"""What a model calls A and k of a side, and what a file does.

Only where it is the same number: the rate of reaching a distance d from the mid is A exp(-k d). An
intensity of `touch_model` or `forecast_touch` counts all market orders, which A is not.
"""


def calibrated(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """`data`, in each of its layers what is missing or None taken from the file, where it has it.

    Errors:
        ConfigError: those of `read_parameters`.
    """
    from halfspread.calibrate import read_parameters

    found = read_parameters(path)
    layer: dict[str, Any] | None = data
    while layer is not None and layer["model"] not in SOLVERS:
        own_names = OWN_NAMES.get(layer["model"], {})
        for parameter in registry[layer["model"]].parameters:
            may_be_open = parameter.required or parameter.default is None
            name = own_names.get(parameter.name, parameter.name)
            if may_be_open and layer.get(parameter.name) is None and name in found:
                layer[parameter.name] = found[name]
        layer = layer.get("inner")
    return data


def fed_replay(feed: FromFeed, path: Path, tape: Tape, **arguments: Any) -> Replay:
    """A Replay whose orders take what the feed of the calibration at `path` took.

    Errors:
        ConfigError: those of Replay, of `read_feed_latency` and of `read_feed_delays`.
    """
    from halfspread.calibrate import read_feed_delays, read_feed_latency

    if feed.feed == "median":
        latency_ms = feed.multiple * read_feed_latency(path)
        return Replay(tape, **{**arguments, "latency_ms": latency_ms})
    delays = read_feed_delays(path)
    market = Replay(tape, **{**arguments, "latency_ms": 0.0})
    assert isinstance(market.tape, Tape)
    market.latency = delays.latency(market.tape.span, feed.multiple)
    return market
