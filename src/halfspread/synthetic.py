"""Synthetic: a seeded market that looks like one: zero-intelligence orders and a drifting pressure.

    events = synthetic.flow(events=1_000_000, seed=0)     # an EVENT array
    tape = synthetic.tape("demo.tape", events=1_000_000)  # the same, written and opened

Nobody in it thinks: limit orders, market orders and cancellations arrive as Poisson processes. What
a maker can lose to is the pressure, a slowly mean-reverting number that tilts market orders to one
side, so that more of them fill a quote before the price moves on through it.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from halfspread.errors import ConfigError
from halfspread.event import EVENT, Events
from halfspread.instrument import Instrument
from halfspread.synthetic_process import RING, SIZES, simulate
from halfspread.synthetic_process import START as START
from halfspread.tape import Tape, write_tape

INSTRUMENT = Instrument("SYNTHETIC", tick="0.1", lot="0.001", maker_fee=0.0, taker_fee=0.0005)
SIZE_WEIGHTS = np.array([0.12, 0.12, 0.14, 0.18, 0.16, 0.14, 0.09, 0.04, 0.01])
"""The sizes that orders come in (lots), and how often: round numbers, and few large ones."""


class ZeroIntelligence(NamedTuple):
    """The market's laws. Rates are per second.

    A limit order to buy arrives i ticks below the best ask at the rate limit_rate / i**limit_decay,
    for i = 1 ... levels, and one to sell likewise above the best bid. Market orders arrive at the
    rate 2 * market_rate; one of them buys with the chance 1 / (1 + exp(-2 * pressure)). Each lot
    that rests, over the mean size of an order, is cancelled at the rate cancel_rate. All draw their
    size from SIZES. The pressure is an Ornstein-Uhlenbeck process of mean 0. A level further than
    `levels` ticks from the opposite best is not shown, as in a venue's feed of limited depth.

    With these numbers: about 200 rows a second, a spread of 1 tick for 85 % of the time and above 3
    for 2 %, 1.9 ticks of volatility per root second. The variance of the mid's changes grows in
    proportion to time up to half a minute, and is 1.3 times that over five minutes: with a pressure
    twice as strong a trader could follow the trend, with none there would be no trend at all.

    Source:
        R. Cont, S. Stoikov and R. Talreja, "A stochastic model for order book dynamics",
        Operations Research 58(3), 2010, pp. 549-563. Ours are its laws and, 120 times as fast, its
        Table 1: a minute's rates k = 1.92, alpha = 0.52, mu = 0.94, and theta = 0.47 to 0.81. Its
        orders all have one size, and its book no pressure and no end of what is shown.
    """

    price: int = 600_000
    """the first best bid, ticks, before the market has warmed up"""
    levels: int = 40
    """ticks that are shown, 2 to 256"""
    limit_rate: float = 3.84
    limit_decay: float = 0.52
    market_rate: float = 1.88
    cancel_rate: float = 1.2
    pressure_spread: float = 0.12
    """the pressure's standard deviation"""
    pressure_time: float = 60.0
    """seconds in which the pressure forgets all but 1 / e of itself"""
    feed_latency: float = 0.003
    """seconds from the venue to us, the median; messages never overtake each other"""
    feed_jitter: float = 0.4
    """standard deviation of the latency's logarithm"""


DEFAULT = ZeroIntelligence()


def flow(events: int = 1_000_000, seed: int = 0, market: ZeroIntelligence = DEFAULT) -> Events:
    """A market of at most `events` rows, ending with a whole message, as an EVENT array.

    It opens with a snapshot. A market order is one message: for each level that it takes from, the
    trade and then the level. The same arguments give the same bytes, and more events only go on.

    Args:
        events: rows, at least 10 for each of market.levels.
        seed: >= 0; another seed is another day.
        market: its market.
    Errors:
        ConfigError: an argument is out of its range.
    Cost:
        0.3 us a row, after seconds of compilation the first time ever.
    """
    if not 2 <= market.levels <= RING // 4:
        raise ConfigError(f"synthetic: levels must be in 2..{RING // 4}, was {market.levels}")
    if events < 10 * market.levels:
        raise ConfigError(f"synthetic: events must be >= {10 * market.levels}, was {events}")
    if seed < 0:
        raise ConfigError(f"synthetic: seed must be >= 0, was {seed}")
    for name, value in market._asdict().items():
        if not value > 0:
            raise ConfigError(f"synthetic: {name} must be > 0, was {value}")
    distances = np.cumsum(np.arange(1, market.levels + 1) ** -market.limit_decay)
    weights = SIZE_WEIGHTS / SIZE_WEIGHTS.sum()
    rows = np.zeros(events, EVENT)
    return rows[: simulate(rows, seed, market, (distances, np.cumsum(weights), SIZES @ weights))]


def tape(
    path: str | os.PathLike[str] | None = None,
    events: int = 1_000_000,
    seed: int = 0,
    market: ZeroIntelligence = DEFAULT,
) -> Tape:
    """The market of `flow` as a tape of INSTRUMENT: written to `path`, or in memory without one."""
    rows = flow(events, seed, market)
    if path is None:
        return Tape.from_events(rows, INSTRUMENT, venue="synthetic")
    return write_tape(path, rows, INSTRUMENT, venue="synthetic")
