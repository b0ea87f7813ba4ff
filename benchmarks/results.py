"""Results on real captures, as measured: prints the tables of docs/results.md.

    python benchmarks/results.py [FOLDER]    # default: shared/data/binance_raw_ws, beside us

The first third of each tape is for calibration only, the rest is traded. Each model runs as the
signals measure on the way, and with what the first third said; nothing is chosen by its result.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from forecasting import Forecasting, forecast

import halfspread as hs
from halfspread.calibrate.inference import block_seconds, stationary_weights
from halfspread.codecs import import_files

FOLDER = Path(__file__).resolve().parents[2] / "shared/data/binance_raw_ws"
BITCOIN = hs.Instrument("BTCUSDT", "0.1", "0.001", maker_fee=0.0002, taker_fee=0.0005)
MARKETS = {  # files, instrument, lots in an order
    "USD-M BTCUSDT": (["usdm_btcusdt_20240808.gz"], BITCOIN, 10),
    "USD-M ETHUSDT": (
        ["usdm_ethusdt_20240808.gz"],
        replace(BITCOIN, symbol="ETHUSDT", tick="0.01"),
        100,
    ),
    "COIN-M BTCUSD": (
        ["cm_btcusd_perp_20240808.gz", "cm_btcusd_perp_20240809.gz"],
        hs.Instrument(
            "BTCUSD_PERP", "0.1", "1", 100, inverse=True, maker_fee=0.0002, taker_fee=0.0005
        ),
        5,
    ),
    "spot NEXOUSDT": (
        ["spot_nexousdt_20240724.dat.gz"],
        hs.Instrument("NEXOUSDT", "0.001", "0.01", maker_fee=0.001, taker_fee=0.001),
        5_000,
    ),
}
COLUMNS = ("model", "fills", "spread", "inventory", "fees", "profit", "95 %", "bp", "peak")
ORDERS = 10
"""The inventory limit, in orders."""
BIN_S = 5.0
TAKER = "spread_touch with market orders"
"""The one model that takes: its desk lets it."""
IN_PART = ("imbalance_touch", "spread_touch", TAKER, "fodra_labadie")
"""Those of the calibrated makers that have guesses too: see `at_the_touch`, and a reversion."""
FORESEEING = "forecast_touch"
"""The one model whose states have the forecast."""


def measuring(size: float) -> dict[str, Any]:
    """The makers that run with what they measure on the way, or with nothing."""
    models, limit = hs.models, ORDERS * size
    touch = models.touch_market_making(size=size)
    aversion = 0.01 / size
    return {
        "touch_market_making": touch,
        "lean": hs.lean(touch, strength=1, limit=limit),
        "lean_exponential": hs.inventory.lean_exponential(touch, strength=1, limit=limit),
        "lean_tiered": hs.inventory.lean_tiered(touch, strength=1, limit=limit),
        "size_by_side": hs.inventory.size_by_side(touch, limit=limit),
        "pure_market_making": models.pure_market_making(spread_bps=5, size=size),
        "avellaneda_stoikov_infinite": models.avellaneda_stoikov_infinite(
            risk_aversion=aversion, max_inventory=limit, size=size
        ),
        "avellaneda_stoikov": models.avellaneda_stoikov(risk_aversion=aversion / 1000, size=size),
        "glft": models.glft(risk_aversion=aversion, size=size),
        "glft_tanh": models.glft_tanh(risk_aversion=aversion, size=size),
        "adaptive": models.adaptive(half_spread=0.5, limit=limit, size=size),
        "InventoryControl": models.InventoryControl(limit=limit, size=size),
    }


def calibrated(size: float, found: dict[str, float], foreseen: Forecasting) -> dict[str, Any]:
    """The makers with what was found.

    The risk aversion is that at which the closed form leans by 1/k at the limit.
    """
    models, limit = hs.models, ORDERS * size
    intensity, decay, volatility = (
        found[name] for name in ("fill_intensity", "fill_decay", "volatility")
    )
    curvature = 2 * intensity * decay * size / np.e
    aversion = curvature / (decay * limit * volatility) ** 2
    known = {"fill_intensity": intensity, "fill_decay": decay, "volatility": volatility}
    risk = {"risk_aversion": aversion, "size": size}
    sides = {"bid_intensity": intensity, "ask_intensity": intensity, "size": size}
    penalty = aversion * volatility**2 / 2
    return {
        "avellaneda_stoikov": models.avellaneda_stoikov(
            fill_decay=decay, volatility=volatility, **risk
        ),
        "glft": models.glft(**risk, **known),
        "glft_tanh": models.glft_tanh(**risk, **known),
        "fixed_spread": models.fixed_spread(half_spread=1 / decay, size=size),
        "seek around fixed_spread": hs.inventory.seek(
            models.fixed_spread(half_spread=1 / decay, size=size),
            limit=limit,
            horizon_s=60,
            **risk,
            **known,
        ),
        "glft_exact": models.glft_exact(max_inventory=limit, **risk, **known),
        "cartea_jaimungal": models.cartea_jaimungal(
            running_penalty_rate=penalty,
            bid_decay=decay,
            ask_decay=decay,
            max_inventory=limit,
            horizon_s=60,
            **sides,
        ),
        "fodra_labadie": models.fodra_labadie(
            terminal_penalty=1 / (2 * decay * limit), fill_decay=decay, reversion=1e-3, size=size
        ),
        **at_the_touch(intensity, penalty, size),
        FORESEEING: foreseen.maker(intensity, penalty, size, limit),
    }


def at_the_touch(intensity: float, penalty: float, size: float) -> dict[str, Any]:
    """Those of the calibrated makers that quote at the best prices.

    Guessed: the spread's chain and what a queue leaves of A, the jump, the tilts and the chain of
    the imbalance.
    """
    models, limit = hs.models, ORDERS * size
    chain = {
        "widen_rate": 0.5,
        "narrow_rate": 1.0,
        "fill_rate": intensity / 2,
        "improved_fill_rate": intensity,
        "max_orders": ORDERS,
        "size": size,
    }
    return {
        "touch_model": models.touch_model(
            spread=1,
            running_penalty_rate=penalty,
            max_inventory=limit,
            max_size=size,
            horizon_s=60,
            bid_intensity=intensity,
            ask_intensity=intensity,
            size=size,
        ),
        "imbalance_touch": models.imbalance_touch(
            order_rate=intensity,
            jump=0.3,
            jump_tilt=1.0,
            order_tilt=1.0,
            regime_rate=1.0,
            max_orders=ORDERS,
            size=size,
        ),
        "spread_touch": models.spread_touch(**chain),
        TAKER: models.spread_touch(**chain, market_orders=1),
    }


def band(run: hs.Run) -> tuple[float, float]:
    """What profit could as well have been: 95 % of a stationary bootstrap of 5 s bins of wealth."""
    times, wealth = run.path["time"], run.path["wealth"][:, 0]
    edges = np.arange(times[0], times[-1] + 1, round(BIN_S * 1e9))
    changes = np.diff(wealth[np.searchsorted(times, edges, side="right") - 1])
    changes = np.nan_to_num(changes)
    span = (times[-1] - times[0]) / 1e9
    weights = stationary_weights(len(changes), block_seconds(span) / BIN_S, seed=0)
    low, high = np.quantile(weights @ changes, (0.025, 0.975))
    return float(low), float(high)


def labelled(name: str, kind: str) -> str:
    """What the table calls a maker of a kind."""
    return f"{name}{kind} in part" if name in IN_PART else f"{name}{kind}"


def line(label: str, run: hs.Run) -> str:
    """A row of the table."""
    found = run.metrics()
    low, high = band(run)
    digits = 6 if run.instrument.inverse else 2
    parts = [found[name] for name in ("profit_spread", "profit_inventory", "fees", "profit")]
    cells = [
        f"{found['fills']:,.0f}",
        *(f"{part:.{digits}f}" for part in parts),
        f"{low:.{digits}f} to {high:.{digits}f}",
        f"{found['profit_bp']:.2f}",
        f"{found['peak_inventory']:.6g}",
    ]
    return f"| {label} | {' | '.join(cells)} |"


def main() -> None:
    """Prints a table for each market."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, (files, instrument, size) in MARKETS.items():
        events, check = import_files("binance", [folder / file for file in files], instrument)
        tape = hs.Tape.from_events(
            events, instrument, venue="binance", clock_offset_ns=check.clock_offset_ns
        )
        first, last = tape.span
        third = first + (last - first) // 3
        calibration = hs.calibrate.calibrate_tape(tape.slice(first, third))
        market = hs.Replay(
            tape,
            latency_ms=5,
            queue="power3",
            orders=hs.OrderPolicy(inventory_limit=ORDERS * size),
            signals=hs.SignalPolicy(fast_half_life="5s", slow_half_life="60s"),
            start=third,
        )
        foreseen = forecast(tape, until=third)
        ensemble = foreseen.ensemble
        said = ", ".join(f"{k} {v:.4g}" for k, v in calibration.parameters.items())
        print(f"\n## {name}\n\nCalibrated: {said}.\n")
        print(
            f"The forecast over {ensemble.horizon_s:g} s: R2 out of sample {ensemble.r_squared:.4f}"
            f" +- {ensemble.r_squared_error:.4f}, {foreseen.reversion:.2g} a second its reversion,"
            f" {foreseen.spread_of_forecasts:.2g} ticks its standard deviation.\n"
        )
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
        kinds = {
            "": measuring(size),
            ", calibrated": calibrated(size, calibration.parameters, foreseen),
        }
        for kind, makers in kinds.items():
            for label, model in makers.items():
                orders = replace(market.orders, taking=label == TAKER)
                track = foreseen.track if label == FORESEEING else None
                run = hs.backtest(
                    model, replace(market, orders=orders, forecast=track), decide_every="100ms"
                )
                print(line(labelled(label, kind), run), flush=True)


if __name__ == "__main__":
    main()
