"""Speed of the models: a quote, a solution, a linear programme, a calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
from speed_strategy import leaning
from timing import least, row

import halfspread as hs

SETS = 1000


def kernel() -> None:
    """A quote of a compiled model, in the core's loop shape."""
    import ctypes

    models = closed_forms() | tables()
    known = [6e5, 599999.5, 600000.5, 5, 7, 6e5, 0.1, 3.0, 0.5, 1.0, 0.4, 10.0, 90.0]
    shared = np.array(known + [0.1] * (len(hs.QuoteState._fields) - 2 - len(known)))
    for name, model in models.items():
        compiled = model.compiled()
        pointer = ctypes.POINTER(ctypes.c_double)
        call = ctypes.CFUNCTYPE(None, *[pointer] * 4, ctypes.c_int64)(compiled.address)
        lanes, quotes = np.zeros((model.n, 2)), np.zeros((model.n, 4))
        lanes[:, 0] = np.linspace(-10, 10, model.n)
        arrays = [a.ctypes.data_as(pointer) for a in (shared, lanes, compiled.params, quotes)]
        n, calls = model.n, 1_000_000 // model.n

        def seconds(lanes: int, c: Any = call, a: Any = arrays, k: int = calls) -> float:
            return least(5, lambda: [c(*a, lanes) for _ in range(k)])[0] / k

        # The core's call is not Python's, which a call of no lane measures.
        row(f"a quote of {name}", (seconds(n) - seconds(0)) / n * 1e9, None, "ns", "< 100")


FIGURES = {"fill_intensity": 0.9, "fill_decay": 0.3, "volatility": 0.3}
"""The market of the figures of Guéant, Lehalle and Fernandez-Tapia."""


def closed_forms() -> dict[str, Any]:
    """Models that are formulas, of as many lanes as there are sets."""
    return {
        "leaning": leaning(half=np.full(SETS, 0.5), lean=0.05, size=1),
        "avellaneda_stoikov": hs.models.avellaneda_stoikov(
            risk_aversion=np.full(SETS, 0.01), fill_decay=0.3
        ),
        "glft": hs.models.glft(
            risk_aversion=np.full(SETS, 0.01), fill_decay=0.3, fill_intensity=1.0
        ),
        "adaptive": hs.models.adaptive(half_spread=np.full(SETS, 2.0), limit=10),
        "avellaneda_stoikov_infinite": hs.models.avellaneda_stoikov_infinite(
            risk_aversion=np.full(SETS, 0.01), max_inventory=12
        ),
        "glft_tanh": hs.models.glft_tanh(
            risk_aversion=np.full(SETS, 0.01), fill_decay=0.3, fill_intensity=1.0
        ),
        "fodra_labadie": hs.models.fodra_labadie(terminal_penalty=np.full(SETS, 0.05)),
        "pure_market_making": hs.models.pure_market_making(spread_bps=np.full(SETS, 5.0)),
        "lean_exponential around glft": hs.inventory.lean_exponential(
            hs.models.glft(risk_aversion=np.full(SETS, 0.01)), strength=0.5, limit=10
        ),
        "lean_tiered, seek, size_by_side around fixed_spread": around(
            hs.models.fixed_spread(half_spread=np.full(SETS, 2.0))
        ),
    }


def tables() -> dict[str, Any]:
    """Models that read a solution."""
    return {
        "glft_exact": hs.models.glft_exact(
            risk_aversion=np.full(SETS, 0.01), max_inventory=20, horizon_s=600, **FIGURES
        ),
        "glft_exact without end": hs.models.glft_exact(
            risk_aversion=np.full(SETS, 0.01), max_inventory=20, **FIGURES
        ),
        "cartea_jaimungal, a table of 65 times": hs.models.cartea_jaimungal(
            running_penalty_rate=np.full(SETS, 1e-3),
            bid_intensity=0.9,
            ask_intensity=0.9,
            bid_decay=0.3,
            ask_decay=0.3,
            max_inventory=20,
            horizon_s=600,
        ),
        "touch_model, with sizes": hs.models.touch_model(
            spread=1,
            running_penalty_rate=np.full(SETS, 0.02),
            bid_intensity=1,
            ask_intensity=1,
            max_inventory=20,
            horizon_s=60,
            max_size=4,
            size_decay=0.1,
        ),
        "imbalance_touch": hs.models.imbalance_touch(
            order_rate=np.full(SETS, 0.5), jump=0.3, regime_rate=0.4, max_orders=15
        ),
        "spread_touch": hs.models.spread_touch(
            widen_rate=np.full(SETS, 0.5), narrow_rate=0.8, fill_rate=0.06, improved_fill_rate=0.2
        ),
        "forecast_touch, 21 forecasts": hs.models.forecast_touch(
            spread=1,
            bid_intensity=1,
            ask_intensity=1,
            reversion=0.5,
            forecast_horizon_s=2,
            most_forecast=1,
            max_inventory=10,
            horizon_s=10,
            jump=np.full(20, 0.1),
        ),
    }


def solvers() -> None:
    """From parameters to a table of quotes."""
    models = hs.models
    penalised = {
        "running_penalty_rate": 5e-4,
        "bid_intensity": 0.9,
        "ask_intensity": 0.9,
        "bid_decay": 0.3,
        "max_inventory": 50,
        "horizon_s": 600,
    }
    touch = {
        "spread": 1,
        "running_penalty_rate": 0.02,
        "bid_intensity": 1,
        "ask_intensity": 1,
        "max_inventory": 50,
        "horizon_s": 60,
        "max_size": 10,
        "size_decay": 0.1,
    }
    exact = {"risk_aversion": 0.01, "max_inventory": 50, **FIGURES}
    cases: dict[str, tuple[Any, dict[str, Any], str]] = {
        "glft_exact, 101 inventories, 65 times": (
            models.glft_exact,
            {"horizon_s": 600, **exact},
            "< 1",
        ),
        "glft_exact, 101 inventories, no end": (models.glft_exact, exact, "< 1"),
        "cartea_jaimungal, equal decays": (
            models.cartea_jaimungal,
            {"ask_decay": 0.3, **penalised},
            "< 1",
        ),
        "cartea_jaimungal, unequal decays": (
            models.cartea_jaimungal,
            {"ask_decay": 0.4, **penalised},
            "< 1",
        ),
        "touch_model, sizes of 1 to 10": (models.touch_model, touch, ""),
    }
    for name, (definition, case, goal) in cases.items():
        solve = definition.function
        seconds, _ = least(20, lambda s=solve, c=case: s(**c))
        row(f"solve {name}", seconds * 1e3, None, "ms", goal)
    indices = [
        models.Asset(5.83e-6, 9.1e-4, 1.79e4, 5e7),
        models.Asset(2.15e-5, 1.06e-3, 5.47e3, 1e7),
    ]
    maker = models.MultiAssetMaker(indices, [[1, 0.9], [0.9, 1]], risk_aversion=6e-5)
    seconds, _ = least(5, lambda: maker.exact_depths((4, 4), 7200.0))
    row("solve two assets exactly, 81 inventories", seconds * 1e3, None, "ms", "< 100")


def around(model: hs.modelling.BoundModel) -> hs.modelling.BoundModel:
    """All that an inventory may be given at once."""
    seeking = hs.inventory.seek(model, risk_aversion=0.01, limit=10, horizon_s=10)
    leaning = hs.inventory.lean_tiered(seeking, strength=0.5, limit=10)
    return hs.inventory.size_by_side(leaning, limit=10)


def programme(solves: int = 2000) -> None:
    """A linear programme solved again after a fill and other volatility: the median of many."""
    control = hs.models.InventoryControl(limit=10, volatility_spread=0.1, thin_book_spread=0.5)
    random = np.random.default_rng(0)
    state = hs.QuoteState(*[0.5] * len(hs.QuoteState._fields))._replace(mid=6e5)
    inventory = 0.0
    for time_s in range(solves):
        inventory = float(np.clip(inventory + random.choice([-1, 1]), -10, 10))
        noise = np.exp(0.1 * random.standard_normal())
        control(state._replace(inventory=inventory, time=time_s, volatility=0.3 * noise))
    median = np.median([solve.duration_s for solve in control.solves])
    row("a linear programme solved again, median", median * 1e6, None, "us", "< 150")


def calibration(rows: int) -> None:
    """All estimates of `halfspread calibrate`, on a tape that is open; kernels are cached."""
    tape = hs.synthetic.tape(events=rows, seed=0)
    hs.calibrate.calibrate_tape(hs.synthetic.tape(events=40_000, seed=1))
    seconds, _ = least(2, lambda: hs.calibrate.calibrate_tape(tape))
    row(f"calibration of a tape of {rows:,} rows", seconds, None, "s", "< 10")
