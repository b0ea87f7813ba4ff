"""States to quote in, the shipped models with parameters that suit, and a kernel's caller."""

from __future__ import annotations

import ctypes

import numpy as np

from halfspread.inventory import lean, lean_exponential, lean_tiered, seek, size_by_side
from halfspread.models import (
    adaptive,
    avellaneda_stoikov,
    avellaneda_stoikov_infinite,
    cartea_jaimungal,
    fixed_spread,
    fodra_labadie,
    forecast_touch,
    glft,
    glft_exact,
    glft_tanh,
    imbalance_touch,
    pure_market_making,
    spread_touch,
    touch_market_making,
    touch_model,
)
from halfspread.quote import Quote, QuoteState

STATE = QuoteState(
    inventory=3.0,
    mid=1000.5,
    bid=1000.0,
    ask=1001.0,
    bid_size=7.0,
    ask_size=4.0,
    micro_price=1000.64,
    imbalance=3 / 11,
    volatility=0.3,
    trade_flow=-0.2,
    fill_intensity=0.9,
    fill_decay=0.3,
    time=40.0,
    time_left=20.0,
    momentum=0.6,
    mean_reversion=-0.9,
    depth_imbalance=0.2,
    order_flow_imbalance=1.5,
    buy_intensity=0.8,
    sell_intensity=1.1,
    toxicity=0.15,
    vpin=0.3,
    bid_fill_intensity=1.0,
    bid_fill_decay=0.32,
    ask_fill_intensity=0.8,
    ask_fill_decay=0.28,
    forecast=0.25,
    forecast_std=0.5,
    bid_depth=30.0,
    ask_depth=26.0,
    round_trip_cost=1.6,
    steady_inventory=2.0,
)

SHIPPED = {
    "fixed_spread": fixed_spread(half_spread=2.5, size=3),
    "avellaneda_stoikov": avellaneda_stoikov(risk_aversion=0.01, size=2),
    "avellaneda_stoikov_infinite": avellaneda_stoikov_infinite(
        risk_aversion=0.01, max_inventory=10, size=2
    ),
    "glft": glft(risk_aversion=0.01, drift=1e-4, impact=0.1, fill_decay=0.25),
    "glft_tanh": glft_tanh(risk_aversion=0.01, fill_aversion=0, drift=1e-4, volatility=0.5),
    "imbalance_touch": imbalance_touch(
        order_rate=0.5, jump=0.3, regime_rate=0.4, order_tilt=0.8, jump_tilt=0.8, max_orders=15
    ),
    "spread_touch": spread_touch(
        widen_rate=0.5, narrow_rate=0.8, fill_rate=0.06, improved_fill_rate=0.2, max_orders=15
    ),
    "spread_touch with a fee beyond half the spread": spread_touch(
        widen_rate=0.5,
        narrow_rate=0.8,
        fill_rate=0.06,
        improved_fill_rate=0.2,
        rebate=-2.5,
        max_orders=15,
    ),
    "spread_touch with market orders": spread_touch(
        widen_rate=0.5,
        narrow_rate=0.8,
        fill_rate=0.06,
        improved_fill_rate=0.2,
        inventory_aversion=[0.01, 0.05],
        max_orders=15,
        market_orders=1,
    ),
    "glft_exact": glft_exact(
        risk_aversion=0.01,
        fill_intensity=0.9,
        fill_decay=0.3,
        volatility=0.3,
        max_inventory=10,
        horizon_s=60,
        drift=1e-3,
        impact=0.1,
    ),
    "glft_exact without end": glft_exact(
        risk_aversion=[0.01, 0.02],
        fill_intensity=0.9,
        fill_decay=0.3,
        volatility=0.3,
        max_inventory=[8, 20],
        size=2,
        fill_aversion=0,
    ),
    "cartea_jaimungal": cartea_jaimungal(
        running_penalty_rate=1e-3,
        quartic_penalty_rate=1e-5,
        bid_intensity=0.8,
        ask_intensity=1.0,
        bid_decay=0.3,
        ask_decay=0.35,
        max_inventory=10,
        horizon_s=30,
        terminal_penalty=0.01,
        bid_jump=0.1,
        ask_jump=0.2,
    ),
    "touch_model": touch_model(
        spread=1,
        running_penalty_rate=0.02,
        bid_intensity=1.0,
        ask_intensity=1.2,
        max_inventory=10,
        horizon_s=30,
        max_size=4,
        size_decay=0.1,
    ),
    "fodra_labadie": fodra_labadie(terminal_penalty=0.05, reversion=0.02),
    "fodra_labadie by forecast": fodra_labadie(terminal_penalty=0.05, fill_decay=0.3, size=2),
    "forecast_touch": forecast_touch(
        spread=1,
        bid_intensity=0.8,
        ask_intensity=1.0,
        reversion=0.5,
        forecast_horizon_s=2,
        most_forecast=1,
        max_inventory=6,
        horizon_s=10,
        jump=0.1,
        noise=0.05,
        terminal_penalty=0.1,
    ),
    "lean": lean(avellaneda_stoikov(risk_aversion=0.01), strength=0.5, limit=10, target=1),
    "lean around a table": lean(
        glft_exact(
            risk_aversion=[0.01, 0.02],
            fill_intensity=0.9,
            fill_decay=0.3,
            volatility=0.3,
            max_inventory=10,
        ),
        strength=0.5,
        limit=10,
    ),
    "lanes": glft(risk_aversion=np.geomspace(1e-3, 1, 5), size=[1, 2, 3, 4, 5]),
    "lanes inside": lean(glft(risk_aversion=[0.01, 0.02, 0.1]), strength=0.5, limit=10),
    "lanes outside": lean(glft(risk_aversion=0.01), strength=[0.1, 0.2], limit=10),
    "lanes in both": lean(glft(risk_aversion=[0.01, 0.1]), strength=[0.1, 0.2], limit=[5, 10]),
    "leaning twice": lean(
        lean(fixed_spread(half_spread=2), strength=1, limit=4), strength=0.5, limit=8
    ),
    "pure_market_making": pure_market_making(spread_bps=40, micro_weight=0.5, size=2),
    "touch_market_making": touch_market_making(offset=1, minimum_spread=4),
    "adaptive": adaptive(half_spread=2, limit=10, stiffness=[0, 3], size=4),
    "lean_exponential": lean_exponential(fixed_spread(half_spread=2), strength=0.8, limit=10),
    "lean_tiered": lean_tiered(glft(risk_aversion=0.01), strength=0.8, limit=10, target=-1),
    "seek": seek(fixed_spread(half_spread=3), risk_aversion=0.01, limit=10, horizon_s=20),
    "size_by_side": size_by_side(fixed_spread(half_spread=2, size=4), limit=12, target=2),
    "all of it": size_by_side(
        lean_tiered(
            seek(adaptive(half_spread=2, limit=10), risk_aversion=0.01, limit=10, horizon_s=20),
            strength=0.3,
            limit=10,
        ),
        limit=12,
    ),
}

Doubles = ctypes.POINTER(ctypes.c_double)
KERNEL = ctypes.CFUNCTYPE(None, Doubles, Doubles, Doubles, Doubles, ctypes.c_int64)


def random_states(n: int, seed: int) -> QuoteState:
    """A state of n rows: inventories of both signs, the rest around STATE."""
    random = np.random.default_rng(seed)
    near = [field * random.uniform(0.5, 1.5, n) for field in STATE]
    inventory = random.integers(-12, 13, n).astype(float)
    steady = inventory + random.uniform(-1, 1, n)
    state = QuoteState(*near)._replace(inventory=inventory, steady_inventory=steady)
    half_spread = 0.5 * random.integers(1, 5, n)
    return state._replace(bid=state.mid - half_spread, ask=state.mid + half_spread)


def run_kernel(model, state: QuoteState, inventory) -> np.ndarray:
    """The [n][4] quotes of the compiled kernel, called as the core calls it."""
    compiled = model.compiled()
    n = len(compiled.params)
    assert n == model.n
    assert compiled.params.flags.c_contiguous
    assert compiled.params.dtype == np.float64
    shared = np.array(state[1:-1], dtype=np.float64)
    lanes = np.full((n, 2), state.steady_inventory, dtype=np.float64)
    lanes[:, 0] = inventory
    quotes = np.full((n, 4), np.nan)
    arrays = (shared, lanes, compiled.params, quotes)
    KERNEL(compiled.address)(*(array.ctypes.data_as(Doubles) for array in arrays), n)
    return quotes


def depths(quote: Quote, mid: float) -> tuple[float, float]:
    """How far below the mid the bid is, and how far above it the ask."""
    return mid - quote.bid, quote.ask - mid
