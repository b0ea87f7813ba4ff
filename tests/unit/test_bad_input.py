"""Bad input is a ConfigError that names the parameter and the value, not an error of Python's."""

from math import inf, nan

import numpy as np
import pytest

import halfspread as hs
from halfspread.inventory import risk
from halfspread.models.asset import Asset
from halfspread.models.guilbaud_pham import SpreadMarket, guilbaud_pham
from halfspread.models.imbalance_regimes import ImbalanceMarket, imbalance_regimes
from halfspread.models.multi_asset import MultiAssetMaker
from quote_states import STATE

ONE = Asset(1, 1, 1, 1)
TWO = MultiAssetMaker([ONE, ONE], np.eye(2), 0.1)
MODEL = hs.models.fixed_spread(half_spread=1)
SPREADS = SpreadMarket([[0, 1], [1, 0]], [[1, 1], [0, 1]])
REGIMES = ImbalanceMarket([[0, 1], [1, 0]], [1, 1], [1, 1], [0, 0], [0, 0])


def chain(**arguments):
    return hs.inventory.inventory_chain(MODEL, STATE, **{"limit": 5, **arguments})


def forecast_target(**change):
    numbers = {"forecast": 0.1, "forecast_std": 0.1, "horizon_s": 5, "risk_aversion": 0.1}
    return hs.inventory.target_from_forecast(**{**numbers, "volatility": 0.1, **change})


def brought(**arguments):
    return hs.inventory.expected(MODEL(STATE), STATE, **arguments)


CASES = {
    "target_from_drift: risk_aversion must be > 0, was -1": lambda: hs.inventory.target_from_drift(
        0.1, -1, 0.1
    ),
    "target_from_drift: risk_aversion must be > 0, was 0": lambda: hs.inventory.target_from_drift(
        0.1, 0, 0.1
    ),
    "target_from_drift: volatility must be >= 0, was -0.1": lambda: hs.inventory.target_from_drift(
        0.1, 1, -0.1
    ),
    "target_from_forecast: horizon_s must be > 0, was 0": lambda: forecast_target(horizon_s=0),
    "target_from_forecast: horizon_s must be > 0, was -5": lambda: forecast_target(horizon_s=-5),
    "target_from_forecast: risk_aversion must be > 0, was -1": lambda: forecast_target(
        risk_aversion=-1
    ),
    "target_from_forecast: forecast_std must be >= 0, was -1": lambda: forecast_target(
        forecast_std=-1
    ),
    "target_from_forecast: volatility must be >= 0, was -2": lambda: forecast_target(volatility=-2),
    "urgency: limit must be > 0, was 0": lambda: hs.inventory.urgency(1, 0, 0),
    "urgency: limit must be > 0, was -3": lambda: hs.inventory.urgency(1, 0, -3),
    "inventory_chain: limit must be > 0, was inf": lambda: chain(limit=inf),
    "inventory_chain: limit must be > 0, was nan": lambda: chain(limit=nan),
    "inventory_chain: step must be > 0, was 'a'": lambda: chain(step="a"),
    "fill_rates: fill_intensity must be >= 0, was -1": lambda: chain(fill_intensity=-1),
    "fill_rates: fill_decay must be >= 0, was nan": lambda: chain(fill_decay=nan),
    "forecast: horizon_s must be > 0, was inf": lambda: chain(fill_intensity=0.0).forecast(0, inf),
    "expected: risk_aversion must be >= 0, was -1": lambda: brought(risk_aversion=-1),
    "expected: adverse_selection must be >= 0, was nan": lambda: brought(adverse_selection=nan),
    "risk: inventory must be a finite number, was nan": lambda: risk.inventory_risk(nan, 1, 1),
    "risk: inventory must be a finite number, was inf": lambda: risk.inventory_risk(inf, 1, 1),
    "risk: inventories must be finite, was [nan, 2]": lambda: risk.portfolio_risk(
        [nan, 2], np.eye(2), 1
    ),
    "risk: inventories must be finite, was [nan, 1]": lambda: risk.historical_portfolio_risk(
        [nan, 1], [[1, 2]]
    ),
    "risk: cost must be a finite number, was nan": lambda: risk.liquidity_adjusted_var(nan, 1),
    "risk: inventory must be a finite number, was [1]": lambda: risk.liquidation_cost([1], 1, 1, 1),
    "risk: half_spread must be >= 0, was inf": lambda: risk.liquidation_cost(1, inf, 1, 1),
    "risk: inventory must be a finite number, was 'a'": lambda: risk.passive_seconds("a", 1, 1, 1),
    "risk: depth must be a finite number, was nan": lambda: risk.passive_seconds(1, 1, 1, nan),
    "risk: inventory must be a finite number, was -inf": lambda: risk.aggressive_seconds(
        -inf, 1, 1
    ),
    "guard: loss must be > 0 or None, was '5'": lambda: hs.GuardPolicy(loss="5"),
    "guard: over_at must be a number, was '5'": lambda: hs.GuardPolicy(over_at="5"),
    "guard: reduce_to must be a number, was None": lambda: hs.GuardPolicy(reduce_to=None),
    "guard: volatility_spike must be > 1 or None, was 'a'": lambda: hs.GuardPolicy(
        volatility_spike="a"
    ),
    "rebalance: limit must be > 0, was 'a'": lambda: hs.Rebalance(limit="a"),
    "rebalance: inventory must be a finite number, was nan": lambda: hs.Rebalance(limit=100).action(
        nan
    ),
    "rebalance: in_flight must be >= 0, was -5": lambda: hs.Rebalance(limit=100).action(99, -5),
    "asset: fill_intensity must be > 0, was 'a'": lambda: Asset(1, "a", 1, 1),
    "multi-asset: risk_aversion must be > 0, was 'a'": lambda: MultiAssetMaker(
        [ONE], [[1]], risk_aversion="a"
    ),
    "multi-asset: inventories must be of shape (..., 2), was [1]": lambda: TWO.depths([1]),
    "multi-asset: inventories must be of shape (..., 2), was 1": lambda: TWO.depths(1),
    "multi-asset: inventories must be finite, was [nan, 1]": lambda: TWO.depths([nan, 1]),
    "multi-asset: time_left_s must be >= 0, was -5": lambda: TWO.depths([1, 1], -5),
    "multi-asset: time_left_s must be >= 0, was nan": lambda: TWO.lean(nan),
    "multi-asset: limits must be a whole number >= 1, was 1.5": lambda: TWO.exact_depths(
        [1.5, 2], 10
    ),
    "multi-asset: limits must make 5000 inventories at most": lambda: TWO.exact_depths(
        [3, 10**6], 10
    ),
    "guilbaud_pham: limit must be a whole number in 1 to 1000, was 2.5": lambda: guilbaud_pham(
        SPREADS, 0.1, 2.5, 10.0
    ),
    "guilbaud_pham: horizon_s must be > 0, was 'a'": lambda: guilbaud_pham(SPREADS, 0.1, 2, "a"),
    "imbalance_regimes: limit must be a whole number in 1 to 1000, was 2.5": lambda: (
        imbalance_regimes(REGIMES, 2.5, 10.0)
    ),
}


@pytest.mark.parametrize("words", CASES)
def test_it_is_named_with_its_value(words):
    with pytest.raises(hs.ConfigError) as caught:
        CASES[words]()
    assert words in str(caught.value)


def test_so_is_that_of_the_linear_programme():
    pytest.importorskip("highspy")
    with pytest.raises(hs.ConfigError, match="limit must be in 1 to 1e\\+09 lots, was 'a'"):
        hs.models.InventoryControl(limit="a")


def test_what_is_not_known_yet_leaves_no_target():
    assert np.isnan(hs.inventory.target_from_drift(0.1, 0.01, nan))
    assert np.isnan(forecast_target(forecast=nan))


def test_a_quote_that_is_never_filled_takes_for_ever():
    assert risk.passive_seconds(1, 1.0, 1.0, depth=1e4) == inf
    assert risk.passive_seconds(0, 1.0, 1.0, depth=1e4) == 0


@pytest.mark.parametrize(
    "absurd",
    [
        hs.models.avellaneda_stoikov(risk_aversion=1e308, fill_decay=1, volatility=1),
        hs.models.glft(risk_aversion=1e-3, fill_intensity=1, fill_decay=1e-300, volatility=1),
        hs.models.glft_tanh(risk_aversion=1e-3, fill_intensity=1, fill_decay=1e-300, volatility=1),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:the model gave no usable quote")
def test_absurd_parameters_make_no_quote_and_say_so(absurd):
    """docs/decisions/0005: overflow is no quote, in plain Python too, and is in run.errors."""
    assert not np.isfinite(absurd(STATE)[:2]).all()
    run = hs.Replay(hs.synthetic.tape(events=4_000, seed=1)).run(absurd)
    assert run.counters["fills"][0] == 0
    assert [error["why"] for error in run.errors] == ["not finite"]
