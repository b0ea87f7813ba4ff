"""Measure: all metrics of one lane in prices and coins, and what each is called and means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from halfspread.evaluate import metrics
from halfspread.evaluate.money import Money

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run

CAPTURE_HORIZON = metrics.HORIZONS.index(5.0)
"""Which mark-out counts as the realised half spread."""


class Metric(NamedTuple):
    """A metric's name, its unit as words.py writes it, which way is better, and what it is."""

    name: str
    unit: str
    better: int
    words: str


def _mark_out_metrics() -> list[Metric]:
    found = []
    for horizon in metrics.HORIZONS:
        name = f"markout_{horizon:g}s"
        words = f"side * (mid {horizon:g} s after the fill - price), volume-weighted"
        error = Metric(f"{name}_error", "price", 0, "its standard error, by clusters in time")
        found += [Metric(name, "price", 1, words), error]
    return found


METRICS = (
    Metric("profit", "money", 1, "cash + inventory at the last mid - fees"),
    Metric("profit_spread", "money", 1, "Σ side * (mid - price) * size at the fills"),
    Metric("profit_inventory", "money", 1, "gains of what was held while the mid moved"),
    Metric("fees", "money", -1, "paid; a rebate counts below 0"),
    Metric("profit_bp", "bp", 1, "profit over turnover"),
    Metric("sharpe", "ratio", 1, "mean / deviation of the changes of wealth a bin, annualised"),
    Metric("sharpe_error", "ratio", 0, "its standard error, were the bins uncorrelated"),
    Metric("sortino", "ratio", 1, "mean / downside deviation of the same, annualised"),
    Metric("sortino_error", "ratio", 0, "its standard error, by the delta method"),
    Metric("bins", "count", 0, "how many bins"),
    Metric("bin_seconds", "seconds", 0, "how long a bin"),
    Metric("max_drawdown", "money", -1, "deepest fall of wealth from a peak"),
    Metric("drawdown_start", "time", 0, "when it fell from the peak"),
    Metric("drawdown_trough", "time", 0, "when it was deepest"),
    Metric("drawdown_seconds", "seconds", -1, "from the peak until wealth was back, or the end"),
    Metric("turnover", "money", 0, "value traded"),
    Metric("volume", "coins", 0, "size traded"),
    Metric("fills", "count", 0, "how many"),
    Metric("maker_share", "share", 0, "of the volume"),
    Metric("taker_fills", "count", 0, "those that took liquidity"),
    Metric("taker_fees", "money", -1, "paid for those"),
    Metric("fill_rate", "share", 0, "of the orders accepted, those with at least one fill"),
    Metric("fills_per_second", "rate", 0, "fills over the time with a live order"),
    Metric("quoting_share", "share", 0, "of the time, with a live order"),
    Metric("quoted_half_spread", "price", 0, "(ask - bid) / 2 of our quotes, mean over time"),
    Metric("effective_half_spread", "price", 1, "side * (mid - price) at fills, volume-weighted"),
    Metric("realised_half_spread", "price", 1, "the mark-out at 5 s"),
    Metric("capture_of_quoted", "share", 1, "realised over quoted half spread"),
    Metric("capture_of_effective", "share", 1, "realised over effective half spread"),
    *_mark_out_metrics(),
    Metric("end_inventory", "coins", 0, "held at the end, long > 0"),
    Metric("mean_inventory", "coins", 0, "signed, mean over time"),
    Metric("mean_absolute_inventory", "coins", -1, "|inventory|, mean over time"),
    Metric("peak_inventory", "coins", -1, "largest |inventory|"),
    Metric("holding_mean", "seconds", -1, "time held by lots of round trips"),
    Metric("holding_median", "seconds", -1, "the same, by half of the lots at most"),
    Metric("holding_p90", "seconds", -1, "the same, by nine tenths of the lots at most"),
    Metric("win_rate", "share", 1, "of the lots of round trips, those that gained after fees"),
    Metric("mean_mid", "price", 0, "the mid, mean over time"),
    Metric("volatility", "price", 0, "of the mid: root of its squared changes, per root second"),
    Metric("volatility_year", "share", 0, "the same in a year, over the mean mid"),
    Metric("seconds", "seconds", 0, "how long the run was"),
    Metric("model_errors", "count", -1, "decisions without a usable quote"),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def measure(run: Run) -> dict[str, Any]:
    """All METRICS of a run of one lane, in their order: floats, and datetime64 for times.

    A run of many lanes may not keep its fills. Then profit and its parts come from the path and the
    counters, and what needs single fills is NaN.
    """
    times = run.path["time"]
    found: dict[str, Any] = dict.fromkeys(BY_NAME, float("nan"))
    found["seconds"] = float(times[-1] - times[0]) * metrics.NANO if len(times) else float("nan")
    found |= _of_path(run) | _of_counters(run, found["seconds"])
    if run.keeps_fills:
        found |= _of_fills(run)
    found["profit_bp"] = _over(found["profit"], found["turnover"]) * 1e4
    realised = found["realised_half_spread"]
    found["capture_of_quoted"] = _over(realised, found["quoted_half_spread"])
    return found


def end_mid(run: Run) -> float:
    """The last known mid of the path, in ticks; NaN if there is none."""
    known = run.path["mid"][np.isfinite(run.path["mid"])]
    return float(known[-1]) if len(known) else float("nan")


def lane_mark_outs(run: Run) -> metrics.MarkOuts:
    """The mark-outs of a run of one lane, in ticks."""
    fills = run.fills
    sides, prices = fills["side"].astype(np.int64), fills["price"].astype(np.float64)
    return metrics.mark_outs(
        fills["exchange_time"], sides, prices, fills["mid"], fills["size"], run.mids_after
    )


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _moment(time: int | None) -> np.datetime64:
    return np.datetime64("NaT", "ns") if time is None else np.datetime64(time, "ns")


def _of_path(run: Run) -> dict[str, Any]:
    path, instrument = run.path, run.instrument
    times, mids = path["time"], path["mid"]
    wealth = np.ascontiguousarray(path["wealth"][:, 0])
    width = metrics.bin_width(times)
    changes = np.diff(wealth[metrics.bin_edges(times, width)])
    sharpe, downside = metrics.sharpe(changes, width), metrics.sortino(changes, width)
    fall = metrics.drawdown(times, wealth)
    lasted = 0 if fall.peak is None else (fall.recovery or int(times[-1])) - fall.peak
    mid = instrument.price(metrics.time_mean(times, mids))
    step = max(1.0, metrics.sampling_step(times))
    volatility = instrument.price(metrics.realised_volatility(times, mids, step))
    inventory = path["inventory"][:, 0].astype(np.float64)
    profit = float(wealth[-1]) if len(wealth) else float("nan")
    spread, fees = (
        float(run.counters[name][0]) if name in run.counters else float("nan")
        for name in ("spread", "fees")
    )
    return {
        "profit": profit,
        "profit_spread": spread,
        "profit_inventory": profit + fees - spread,
        "fees": fees,
        "sharpe": sharpe.value,
        "sharpe_error": sharpe.error,
        "sortino": downside.value,
        "sortino_error": downside.error,
        "bins": float(np.isfinite(changes).sum()),
        "bin_seconds": width,
        "max_drawdown": fall.amount,
        "drawdown_start": _moment(fall.peak),
        "drawdown_trough": _moment(fall.trough),
        "drawdown_seconds": lasted * metrics.NANO,
        "quoted_half_spread": instrument.price(
            metrics.time_mean(times, (path["ask"][:, 0] - path["bid"][:, 0]) / 2)
        ),
        "mean_inventory": instrument.size(metrics.time_mean(times, inventory)),
        "mean_mid": mid,
        "volatility": volatility,
        "volatility_year": _over(volatility * float(np.sqrt(metrics.YEAR)), mid),
        "end_inventory": instrument.size(inventory[-1]) if len(inventory) else float("nan"),
    }


def _of_counters(run: Run, seconds: float) -> dict[str, Any]:
    counted = {name: float(values[0]) for name, values in run.counters.items()}
    size = run.instrument.size
    return {
        "fills": counted["fills"],
        "volume": size(counted["volume_lots"]),
        "fills_per_second": _over(counted["fills"], counted["quote_seconds"]),
        "quoting_share": _over(counted["quote_seconds"], seconds),
        "mean_absolute_inventory": size(_over(counted["inventory_seconds"], seconds)),
        "peak_inventory": size(counted["peak_inventory"]),
        "model_errors": counted["model_errors"],
    }


def _of_fills(run: Run) -> dict[str, Any]:
    fills, instrument, times = run.fills, run.instrument, run.path["time"]
    lots, prices, mids = fills["size"], fills["price"].astype(np.int64), fills["mid"]
    sides = fills["side"].astype(np.int64)
    signed, local = sides * lots, fills["local_time"]
    money = Money(instrument)
    parts = money.parts(signed, prices, mids, end_mid(run))
    gross, spread, inventory = (
        (float("nan"),) * 3 if parts is None else tuple(money.coins(part) for part in parts)
    )
    fees = float(np.cumsum(fills["fee"])[-1]) if len(lots) else 0.0  # in order, as the core adds
    trips = metrics.round_trips(signed)
    held = metrics.holding_seconds(trips, local)
    median, p90 = metrics.weighted_quantiles(held, trips.lots, (0.5, 0.9))
    found: dict[str, Any] = {
        "profit": gross - fees,
        "profit_spread": spread,
        "profit_inventory": inventory,
        "fees": fees,
        "turnover": money.traded(prices, lots),
        "taker_fills": float((~fills["maker"]).sum()),
        "taker_fees": float(fills["fee"][~fills["maker"]].sum()),
        "maker_share": _over(float(lots[fills["maker"]].sum()), float(lots.sum())),
        "fill_rate": _over(len(np.unique(fills["order_id"])), float(run.counters["accepted"][0])),
        "holding_mean": metrics.weighted_mean(held, trips.lots),
        "holding_median": float(median),
        "holding_p90": float(p90),
        "win_rate": metrics.win_rate(trips, money, signed, prices, fills["fee"]),
    }
    if len(times):
        mean = metrics.held_mean(local, signed, int(times[0]), int(times[-1]))
        found["mean_inventory"] = instrument.size(mean)
    return found | _of_mark_outs(run, sides * (mids - prices))


def _of_mark_outs(run: Run, effective: Any) -> dict[str, Any]:
    marked = lane_mark_outs(run)
    price = run.instrument.price
    kept = float(marked.markout[CAPTURE_HORIZON])
    given = kept - float(marked.impact[CAPTURE_HORIZON])
    found = {
        "effective_half_spread": price(metrics.weighted_mean(effective, run.fills["size"])),
        "realised_half_spread": price(kept),
        "capture_of_effective": _over(kept, given),
    }
    for row, horizon in enumerate(metrics.HORIZONS):
        found[f"markout_{horizon:g}s"] = price(marked.markout[row])
        found[f"markout_{horizon:g}s_error"] = price(marked.markout_error[row])
    return found
