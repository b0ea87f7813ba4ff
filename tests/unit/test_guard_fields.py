"""Each field of a guard's policy reaches the core, in the core's units, and moves no other."""

from dataclasses import fields

import pytest

import halfspread as hs

INTO_THE_CORE = {
    "inventory_limit": (70, "inventory_limit", 70),
    "inventory_target": (-3, "inventory_target", -3),
    "reduce_at": (0.7, "reduce_at", 0.7),
    "reduce_to": (0.3, "reduce_to", 0.3),
    "flatten_at": (0.9, "flatten_at", 0.9),
    "flatten_to": (0.4, "flatten_to", 0.4),
    "tighten": (True, "tighten", True),
    "reference_volatility": (2.5, "reference_volatility", 2.5),
    "reference_half_life": ("2m", "reference_half_life_s", 120),
    "over_at": (0.6, "over_at", 0.6),
    "cool_down": ("7s", "cool_down_s", 7),
    "value_at_risk": (40, "value_at_risk", 40),
    "var_confidence": (0.99, "var_multiple", pytest.approx(2.3263478740408408)),
    "var_horizon": ("3s", "var_horizon_s", 3),
    "holding_time": ("90s", "holding_time_s", 90),
    "drawdown": (11, "drawdown", 11),
    "loss": (12, "loss", 12),
    "volatility_spike": (4, "volatility_spike", 4),
    "toxic_ticks": (2.5, "toxic_ticks", 2.5),
    "toxic_horizon": ("4s", "toxic_horizon_s", 4),
    "toxic_half_life": ("33s", "toxic_half_life_s", 33),
    "toxic_lots": (5, "toxic_lots", 5),
    "stale_book": ("2s", "stale_s", 2),
    "clock_skew": ("40ms", "skew_s", 0.04),
    "orders_per_second": (9, "order_rate", 9),
    "price_band": (50, "price_band", 50),
    "end_of_day": ("5m", "end_of_day_s", 300),
    "reduce_for": ("20s", "reduce_for_s", 20),
    "patience": ("3s", "patience_s", 3),
    "take_every": ("250ms", "take_every_s", 0.25),
}
"""Of each field a value, and what the core calls it and is told."""


@pytest.mark.parametrize("name", [field.name for field in fields(hs.GuardPolicy)])
def test_each_field_reaches_the_core_and_moves_no_other(name):
    given, own, told = INTO_THE_CORE[name]
    plain, changed = hs.GuardPolicy().core(), hs.GuardPolicy(**{name: given}).core()
    names = {one for _, one, _ in INTO_THE_CORE.values()}
    assert names == {one for one in dir(plain) if not one.startswith("_")}
    assert {one for one in names if getattr(changed, one) != getattr(plain, one)} == {own}
    assert getattr(changed, own) == told
