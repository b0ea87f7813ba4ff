"""Target: the inventory worth holding, and depths that go there."""

from __future__ import annotations

from math import e, isnan, sqrt

from halfspread.errors import ConfigError
from halfspread.modelling import given, wrapper
from halfspread.parameter import checked, not_negative, positive
from halfspread.quote import Quote, QuoteState


def target_from_drift(drift: float, risk_aversion: float, volatility: float) -> float:
    """The inventory at which a drift just pays for the risk: m / (g s^2), lots.

    It does not depend on the time left: how fast to go there does, and that is the lean's affair.
    A drift or a volatility that is not known, NaN, leaves no target: NaN. It checks its arguments,
    which compiled code can't: in a model of one's own take `worth_holding`.

    Args:
        drift: m, ticks per second.
        risk_aversion: g > 0, per tick and lot.
        volatility: s >= 0, ticks per root second. At 0 the target is 0: a mid that stands still
            does not drift.
    Errors:
        ConfigError: the risk aversion is not > 0, or the volatility < 0.
    Source:
        O. Guéant, C.-A. Lehalle and J. Fernandez-Tapia, "Dealing with the inventory risk",
        Mathematics and Financial Economics 7, 2013, section 5.

    >>> target_from_drift(0.002, 0.01, 0.3)
    2.2222222222222223
    """
    checked("target_from_drift: risk_aversion", risk_aversion, positive)
    _check_market("target_from_drift: volatility", volatility)
    return worth_holding(drift, risk_aversion, volatility)


def worth_holding(drift: float, risk_aversion: float, volatility: float) -> float:
    """`target_from_drift` for compiled models: arithmetic alone, g > 0 and s >= 0 are assumed."""
    risk = risk_aversion * volatility**2
    return drift / risk if drift != 0 and risk != 0 else 0.0


def _check_market(name: str, value: float) -> None:
    """Refuse what a market can't have said: it is >= 0, or not known."""
    if not (value >= 0 or isnan(value)):
        raise ConfigError(f"{name} must be >= 0, was {value!r}")


def confidence(forecast: float, forecast_std: float) -> float:
    """How much of a forecast to believe, in [0, 1]: f^2 / (f^2 + std^2).

    With t = f / std it is t^2 / (1 + t^2): a forecast of one standard deviation is halved, one of
    three keeps nine tenths. A forecast of 0 has confidence 0.

    Args:
        forecast: f, ticks.
        forecast_std: its standard deviation, ticks; that it is >= 0 is assumed, not checked, since
            compiled models call this.

    >>> confidence(0.3, 0.3), confidence(-0.6, 0.3), confidence(0.0, 0.0)
    (0.5, 0.8, 0.0)
    """
    if forecast == 0:
        return 0.0
    if abs(forecast_std) <= abs(forecast):
        return 1 / (1 + (forecast_std / forecast) ** 2)
    return (forecast / forecast_std) ** 2 / (1 + (forecast / forecast_std) ** 2)


def target_from_forecast(
    forecast: float,
    forecast_std: float,
    horizon_s: float,
    risk_aversion: float,
    volatility: float,
) -> float:
    """The inventory that a forecast of the mid's change is worth: c f / (h g s^2), lots.

    c is the forecast's `confidence`: its variance, not a count of signals that agree, says how far
    to trust it.

    Args:
        forecast: f, ticks, the mid's expected change over the horizon.
        forecast_std: >= 0, ticks, its standard deviation.
        horizon_s: h > 0, seconds: f / h is the drift.
        risk_aversion: g > 0, per tick and lot.
        volatility: s >= 0, ticks per root second.
    Errors:
        ConfigError: an argument is out of its range. NaN, a forecast, deviation or volatility that
            is not known, is none: the target is NaN then.

    >>> target_from_forecast(0.3, 0.3, 10.0, 0.01, 0.5)
    6.0
    """
    checked("target_from_forecast: horizon_s", horizon_s, positive)
    checked("target_from_forecast: risk_aversion", risk_aversion, positive)
    _check_market("target_from_forecast: forecast_std", forecast_std)
    _check_market("target_from_forecast: volatility", volatility)
    believed = forecast * confidence(forecast, forecast_std)
    return worth_holding(believed / horizon_s, risk_aversion, volatility)


def urgency(inventory: float, target: float, limit: float) -> float:
    """How far inventory is from its target, in limits: 0 there, 1 at a limit away and beyond.

    Args:
        inventory, target: lots.
        limit: lots, > 0.
    Errors:
        ConfigError: the limit is not > 0.

    >>> urgency(3.0, -2.0, 10.0), urgency(30.0, 0.0, 10.0)
    (0.5, 1.0)
    """
    return min(abs(inventory - target) / checked("urgency: limit", limit, positive), 1.0)


@wrapper(
    risk_aversion=positive,
    limit=positive,
    horizon_s=positive,
    size=positive,
    forecast_std=not_negative,
    fill_intensity=positive,
    fill_decay=positive,
    volatility=not_negative,
)
def seek(
    quote: Quote,
    state: QuoteState,
    risk_aversion: float,
    limit: float,
    horizon_s: float,
    size: float = 1.0,
    drift: float = 0.0,
    forecast_std: float | None = None,
    fill_intensity: float | None = None,
    fill_decay: float | None = None,
    volatility: float | None = None,
) -> Quote:
    """Set the depths of a model that does not lean so that inventory goes to its target.

    bid = inner bid - slope * (u + D/2)
    ask = inner ask - slope * (u - D/2)
    u = inventory - target, within [-limit, limit]

    target = (m + c f / h) / (g s^2), within [-limit, limit]
    slope = s sqrt(e g / (2 A k D))

    with f the state's forecast, c its `confidence`, h its horizon, m a drift known otherwise, g the
    risk aversion, s the volatility, D the size of an order and A exp(-k d) the rate at which a
    quote at distance d fills. u is `urgency` with a sign, in lots: above the target both quotes are
    lower. Around `fixed_spread(half_spread=1/k)` it is what `glft` quotes for the same drift with
    fill_aversion=0, while |u| < limit; around a model that leans already it would lean twice.

    While the forecast is not known (warming up, or none), the target is that of the drift alone.

    Args:
        quote: the quote of the model inside.
        state: reads inventory, forecast and what is left None below.
        risk_aversion: g > 0, per tick and lot.
        limit: lots, > 0: the largest target, and where the lean levels off.
        horizon_s: h > 0, seconds over which the forecast is made.
        size: D > 0, lots of an order.
        drift: m, ticks per second.
        forecast_std: >= 0, ticks; None takes the state's, 0 believes the forecast whole.
        fill_intensity: A > 0, per second and side; None takes the state's.
        fill_decay: k > 0, per tick; None takes the state's.
        volatility: s >= 0, ticks per root second; None takes the state's. At 0 the target is 0.
    Source:
        O. Guéant, "Optimal market making", Applied Mathematical Finance 24(2), 2017, (4.6) and
        (4.7) with x = 0, about the target of its section on drift.
    """
    sigma = given(volatility, state.volatility)
    rate = given(fill_intensity, state.fill_intensity)
    decay = given(fill_decay, state.fill_decay)
    deviation = given(forecast_std, state.forecast_std)
    slope = sigma * sqrt(e * risk_aversion / (2 * rate * decay * size))
    change = drift
    if not (isnan(state.forecast) or isnan(deviation)):
        change += state.forecast * confidence(state.forecast, deviation) / horizon_s
    target = min(max(worth_holding(change, risk_aversion, sigma), -limit), limit)
    away = min(max(state.inventory - target, -limit), limit)
    bid = quote.bid - slope * (away + size / 2)
    ask = quote.ask - slope * (away - size / 2)
    return Quote(bid, ask, quote.bid_size, quote.ask_size)
