"""Catalogue: the stylised facts of a scorecard, in order, with what to say where they fail."""

from __future__ import annotations

import numpy as np

from halfspread.calibrate.level_changes import Cause
from halfspread.calibrate.record import Floats
from halfspread.realism import facts
from halfspread.realism.facts import Fact, power
from halfspread.realism.impact import KINDS

PRICES, ORDERS, BOOK, IMPACT = "Prices", "Order flow", "Book", "Impact and fills"
GROUPS = (PRICES, ORDERS, BOOK, IMPACT)
NOISE = 0.03
"""An autocorrelation, or a probability, that is none."""
FACTOR = 0.1
"""A logarithm of ten per cent."""
RESPONSES = dict(
    zip(
        KINDS,
        (
            "market orders that leave the mid",
            "market orders that move the mid",
            "limit orders at the best price",
            "limit orders between the prices",
            "cancellations that leave the mid",
            "cancellations that move the mid",
        ),
        strict=True,
    )
)


def _first(curve: Floats) -> float:
    return float(curve[0])


def _first_bands(curve: Floats) -> float:
    """Over lags 1 to 7."""
    return float(curve[:3].mean())


def _last(curve: Floats) -> float:
    known = curve[np.isfinite(curve)]
    return float(known[-1]) if len(known) else float("nan")


def _exp_first(curve: Floats) -> float:
    return float(np.exp(curve[0]))


def _exp_last(curve: Floats) -> float:
    return float(np.exp(_last(curve)))


def _rise(curve: Floats) -> float:
    known = curve[np.isfinite(curve)]
    return float(known[-1] - known[0]) if len(known) > 1 else float("nan")


def _sum_of_exps(curve: Floats) -> float:
    return float(np.nansum(np.exp(curve)))


FACTS: tuple[Fact, ...] = (
    Fact(
        "returns",
        "Returns",
        PRICES,
        "standard deviation, ticks",
        "the mid moves too little",
        "the mid moves too much",
        "change of the mid, ticks",
        values=facts.returns,
        headline=lambda x: float(np.std(x)),
    ),
    Fact(
        "tails",
        "Tails of returns, by horizon",
        PRICES,
        "kurtosis of the shortest",
        "the tails are too thin: large moves are missing",
        "the tails are too fat",
        "seconds",
        curve=facts.tails,
        headline=_exp_first,
        least=FACTOR,
        up="log kurtosis",
    ),
    Fact(
        "return_memory",
        "Autocorrelation of returns",
        PRICES,
        "at lag 1",
        "a move is undone too often: the price reverts",
        "moves go on too long: the price trends",
        "lag, horizons",
        curve=facts.lagged(lambda s, at: s.returns(at.horizon)),
        headline=_first,
        least=NOISE,
        up="autocorrelation",
    ),
    Fact(
        "volatility_memory",
        "Autocorrelation of absolute returns",
        PRICES,
        "mean of the bands of lags 1 to 7",
        "volatility does not cluster: quiet and wild times do not last",
        "volatility clusters too much",
        "lag, horizons",
        curve=facts.lagged(lambda s, at: np.abs(s.returns(at.horizon))),
        headline=_first_bands,
        least=NOISE,
        up="autocorrelation",
    ),
    Fact(
        "signature",
        "Volatility signature",
        PRICES,
        "variance a second at the longest horizon, ticks²",
        "the price does not get far enough over longer times",
        "the price gets too far over longer times",
        "seconds",
        curve=facts.signature,
        headline=_exp_last,
        least=FACTOR,
        up="log variance a second, ticks²",
    ),
    Fact(
        "sign_memory",
        "Autocorrelation of trade signs",
        ORDERS,
        "mean of the bands of lags 1 to 7",
        "trade signs are not correlated enough: nobody splits a large order",
        "trade signs follow each other too long",
        "lag, market orders",
        curve=facts.lagged(facts.signs),
        headline=_first_bands,
        least=NOISE,
        up="autocorrelation",
    ),
    Fact(
        "flow_memory",
        "Autocorrelation of order-flow imbalance",
        ORDERS,
        "at lag 1",
        "pressure on one side does not last",
        "pressure on one side lasts too long",
        "lag, horizons",
        curve=facts.lagged(facts.order_flow),
        headline=_first,
        least=NOISE,
        up="autocorrelation",
    ),
    Fact(
        "message_waits",
        "Waits between changes of the book",
        ORDERS,
        "median, ms",
        "the book changes too often",
        "the book changes too seldom",
        "log₁₀ ms",
        values=facts.messages,
        headline=power(np.median),
    ),
    Fact(
        "order_waits",
        "Waits between market orders",
        ORDERS,
        "median, ms",
        "market orders come too often",
        "market orders come too seldom, or do not bunch",
        "log₁₀ ms",
        values=facts.orders,
        headline=power(np.median),
    ),
    Fact(
        "trade_size",
        "Sizes of market orders",
        ORDERS,
        "median, coins",
        "market orders are too small, or all of one size",
        "market orders are too large, or all of one size",
        "log₁₀ coins",
        values=facts.trade_size,
        headline=power(np.median),
    ),
    Fact(
        "volume",
        "Volume in ten horizons",
        ORDERS,
        "mean, coins",
        "too little is traded",
        "too much is traded, or too evenly",
        "coins",
        values=facts.volume,
        headline=lambda x: float(np.mean(x)),
    ),
    Fact(
        "limit_distance",
        "Where limit orders are put",
        ORDERS,
        "median, ticks from the opposite best",
        "limit orders come too near",
        "limit orders come too far out",
        "log₁₀ ticks from the opposite best",
        values=facts.distances(Cause.limit),
        headline=power(np.median),
    ),
    Fact(
        "cancel_distance",
        "Where orders are cancelled",
        ORDERS,
        "median, ticks from the opposite best",
        "cancellations come too near",
        "cancellations come too far out",
        "log₁₀ ticks from the opposite best",
        values=facts.distances(Cause.cancel),
        headline=power(np.median),
    ),
    Fact(
        "spread",
        "Spread",
        BOOK,
        "mean, ticks",
        "the spread is too narrow",
        "the spread is too wide",
        "ticks",
        values=facts.spread,
        headline=lambda x: float(np.mean(x)),
    ),
    Fact(
        "touch_size",
        "Size at the best prices",
        BOOK,
        "median, coins",
        "too little rests at the touch",
        "too much rests at the touch",
        "log₁₀ coins",
        values=facts.touch_size,
        headline=power(np.median),
    ),
    Fact(
        "imbalance",
        "Imbalance at the touch",
        BOOK,
        "standard deviation",
        "the sides of the touch are too even",
        "the sides of the touch are too uneven",
        "(bid − ask) / (bid + ask)",
        values=facts.imbalance,
        headline=lambda x: float(np.std(x)),
    ),
    Fact(
        "profile",
        "Depth by price",
        BOOK,
        "mean of a side within ten ticks, coins",
        "the book is too thin",
        "the book is too thick",
        "ticks from the opposite best",
        curve=facts.profile,
        headline=_sum_of_exps,
        least=FACTOR,
        up="log mean size, coins",
    ),
    *(
        Fact(
            kind,
            f"Impact of {name}",
            IMPACT,
            "after the most events, ticks",
            f"after {name} the price goes too little their way",
            f"after {name} the price goes too much their way",
            "events later",
            curve=facts.responses(place),
            headline=_last,
            least=0.01,
            up="ticks, in the event's direction",
        )
        for place, (kind, name) in enumerate(RESPONSES.items())
    ),
    Fact(
        "next_move",
        "Next move of the mid by imbalance",
        IMPACT,
        "P(up), from the lowest bin to the highest",
        "imbalance says too little of the next move",
        "imbalance says too much of the next move",
        "imbalance at the touch",
        curve=facts.moves_next,
        headline=_rise,
        least=NOISE,
        up="P(next move is up)",
    ),
    Fact(
        "fills",
        "Time to first fill at the touch",
        IMPACT,
        "median, s",
        "an order at the touch is filled too soon",
        "an order at the touch waits too long",
        "log₁₀ s",
        values=facts.fills,
        headline=power(np.median),
    ),
)
