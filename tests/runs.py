"""Runs made up by a small random market, lane by lane and step by step, for tests of evaluation."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from halfspread.evaluate.run import FILLS, Run
from halfspread.instrument import Instrument

LINEAR = Instrument("BTCUSDT", tick="0.1", lot="0.001", maker_fee=-0.00005)
INVERSE = Instrument("BTCUSD_PERP", tick="0.1", lot="1", contract_size="100", inverse=True)
START = 1_723_111_200_000_000_000
STEP = 100_000_000


def coin_value(instrument, ticks):
    """What a lot is worth at a price, in money, the plain way."""
    tick, lot, size = (float(getattr(instrument, n)) for n in ("tick", "lot", "contract_size"))
    if instrument.inverse:
        return -size * lot / (np.asarray(ticks, dtype=float) * tick)
    return np.asarray(ticks, dtype=float) * tick * lot * size


def make_run(
    n=1,
    steps=600,
    seed=0,
    instrument=LINEAR,
    fill_chance=0.1,
    half_spread=3,
    fee_rate=1e-6,
    adverse=0.5,
    one_sided=0.0,
    exact=True,
    price=616_000,
    **fields,
):
    """A random walk of the mid, leaning quotes half_spread ticks away, and fills that pick us off.

    Args:
        one_sided: the chance that the market has no mid at a step.
        exact: whether the market's mid is known at any time, not only on the path.
    """
    rng = np.random.default_rng(seed)
    times = START + STEP * np.arange(steps, dtype=np.int64)
    mid = price + 0.5 * np.cumsum(rng.integers(-2, 3, steps))
    inventory, cash = np.zeros(n, dtype=np.int64), np.zeros(n)
    samples, fills = defaultdict(list), defaultdict(list)
    for step, time in enumerate(times):
        lean = np.rint(inventory / 20)
        bid, ask = np.floor(mid[step] - half_spread - lean), np.ceil(mid[step] + half_spread - lean)
        for side, quote in ((1, bid), (-1, ask)):
            for lane in np.flatnonzero(rng.random(n) < fill_chance):
                size = int(rng.integers(1, 6))
                value = coin_value(instrument, quote[lane])
                fee = fee_rate * abs(value) * size
                inventory[lane] += side * size
                cash[lane] -= side * size * value + fee
                if lane == 0:
                    mid[step + 1 :] -= side * adverse
                moment = int(time) + int(rng.integers(0, STEP // 4))
                row = {
                    "exchange_time": moment,
                    "local_time": moment + 2_000_000,
                    "lane": lane,
                    "side": side,
                    "price": int(quote[lane]),
                    "size": size,
                    "maker": rng.random() < 0.9,
                    "mid": np.nan if rng.random() < one_sided else mid[step],
                    "fee": fee,
                    "order_id": len(fills["side"]) // 2,
                }
                for name, value in row.items():
                    fills[name].append(value)
        seen = np.nan if rng.random() < one_sided else mid[step]
        samples["mid"].append(seen)
        samples["bid"].append(np.where(rng.random(n) < 0.05, np.nan, bid))
        samples["ask"].append(ask.copy())
        samples["inventory"].append(inventory.copy())
        held = inventory * coin_value(instrument, seen)
        samples["wealth"].append(cash + np.where(inventory, held, 0))
    order = np.argsort(fills["exchange_time"], kind="stable") if fills else []
    fills = {name: np.array(fills[name])[order] if fills[name] else [] for name in FILLS}
    path = {name: np.array(values) for name, values in samples.items()}
    path["time"] = times + STEP // 2

    def mid_at(moments):
        return mid[np.clip(np.searchsorted(times, moments, side="right") - 1, 0, None)]

    defaults = {
        "assumptions": {
            "rules": "halfspread",
            "queue": "power3(3)",
            "latency": "5 ms out, 5 ms back",
            "orders": {"levels": 1, "limit": 50},
            "sources": ["0123456789ab"],
            "seed": seed,
        },
        "parameters": {"risk_aversion": np.geomspace(1e-3, 1, n), "fill_decay": np.full(n, 1.5)},
        "mid_at": mid_at if exact else None,
    }
    return Run(
        instrument=instrument,
        fills=fills,
        path=path,
        counters=count(fills, path, n),
        **(defaults | fields),
    )


def count(fills, path, n):
    """The counters of a market that made these fills."""
    counters = {name: np.zeros(n, dtype=np.int64) for name in ("fills", "volume_lots")}
    lane = np.asarray(fills["lane"], dtype=np.int64)
    np.add.at(counters["fills"], lane, 1)
    np.add.at(counters["volume_lots"], lane, np.asarray(fills["size"], dtype=np.int64))
    counters["submits"] = counters["fills"] * 3 + 10
    counters["accepted"] = counters["fills"] * 2 + 10
    counters["rejected"] = np.full(n, 1)
    counters["model_errors"] = np.zeros(n, dtype=np.int64)
    seconds = (path["time"][-1] - path["time"][0]) * 1e-9
    counters["quote_seconds"] = np.full(n, 0.95 * seconds)
    held = np.abs(path["inventory"][:-1]) * np.diff(path["time"])[:, None]
    counters["inventory_seconds"] = held.sum(axis=0) * 1e-9
    counters["peak_inventory"] = np.abs(path["inventory"]).max(axis=0)
    counters["fees"] = np.bincount(lane, np.asarray(fills["fee"], dtype=float), minlength=n)
    return counters


def one_fill(instrument=LINEAR):
    """A run in which two lots are bought at 999 ticks, 10 s after its start, and kept for 80 s."""
    times = START + 1_000_000_000 * np.arange(91, dtype=np.int64)
    held = np.where(np.arange(91) >= 10, 2, 0)
    mid = np.where(np.arange(91) < 50, 1000.0, 990.5)
    worth = held * (coin_value(instrument, mid) - coin_value(instrument, 999))
    moment = times[10]
    row = (moment, moment, 0, 1, 999, 2, True, 1000.0, 0.0, 7)
    fills = {name: np.array([value]) for name, value in zip(FILLS, row, strict=True)}
    path = {
        "time": times,
        "mid": mid,
        "bid": np.full((91, 1), 999.0),
        "ask": np.full((91, 1), 1001.0),
        "inventory": held[:, None],
        "wealth": worth[:, None],
    }
    return Run(instrument=instrument, fills=fills, path=path, counters=count(fills, path, 1))


def same(one, other, without=()):
    """Whether two tables have equal columns."""
    names = set(one) - set(without)
    return names == set(other) - set(without) and all(
        np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f")
        for name in names
    )
