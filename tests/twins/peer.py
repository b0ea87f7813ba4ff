"""The peer's side of a parity test: hftbacktest runs the same strategy, with the same result form.

    feed = peer_rows(events, btc)
    result = upkeep(feed, btc, strategy, queue="power3", latency=ConstantLatency())

hftbacktest (PyPI 2.4.4) is driven from Numba, as its users do. It does not tell when a fill reached
us; so with `watch` the run stops at each market row and answer that reaches us, and looks. Without,
it stops at decisions only, which is how its speed is measured; a fill's local_time is then that of
the decision which saw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import hftbacktest as hb
import numpy as np
from hftbacktest.order import FILLED, GTX, IOC, LIMIT, MARKET, NEW, NONE, PARTIALLY_FILLED
from numba import njit

from halfspread.instrument import Instrument
from twins.plain_engine import DIGEST, FILL, Result, Upkeep, ordered
from twins.plain_exchange import ConstantLatency, InterpolatedLatency

QUEUE_METHODS = {
    "risk_averse": "risk_adverse_queue_model",
    "log": "log_prob_queue_model",
    "log2": "log_prob_queue_model2",
    "power": "power_prob_queue_model",
    "power2": "power_prob_queue_model2",
    "power3": "power_prob_queue_model3",
}
LATENCY_SAMPLE = np.dtype(
    [("req_ts", "i8"), ("exch_ts", "i8"), ("resp_ts", "i8"), ("_padding", "i8")], align=True
)
NO_BID, NO_ASK = -(2**63), 2**63 - 1
PRIME = 1099511628211
AT_END = -1
ABSENT, LIVE, PENDING = range(3)


class Notes(NamedTuple):
    """What the strategy keeps of its orders, by side: 0 bid, 1 ask."""

    current: np.ndarray
    """the number of the side's order, 0 if none"""
    state: np.ndarray
    """of that order: ABSENT, LIVE or PENDING (a request is under way)"""
    price: np.ndarray
    """of that order, ticks"""
    lots: np.ndarray
    """open in all the side's orders, those that are leaving too"""
    taking: np.ndarray
    """the number of the side's last order that took, 0 if it is not open"""


def upkeep(
    feed: np.ndarray,
    instrument: Instrument,
    strategy: Upkeep,
    *,
    queue: str,
    latency: ConstantLatency | InterpolatedLatency,
    exponent: float = 3.0,
    watch: bool = True,
    price_range: tuple[float, float] | None = None,
) -> Result:
    """Runs the strategy over `feed` (the peer's rows).

    `price_range`: use the peer's vector book for prices in it, else its hash map.
    """
    backtest, kept = _backtest(feed, instrument, queue, exponent, latency, price_range)
    tick, lot = float(instrument.tick), float(instrument.lot)
    out = _upkeep(backtest, tuple(strategy), tick, lot, instrument.size(strategy.size), watch)
    return _result(backtest, out, kept)


def script(
    feed: np.ndarray,
    instrument: Instrument,
    requests: np.ndarray,
    every: int,
    *,
    queue: str,
    latency: ConstantLatency | InterpolatedLatency,
    exponent: float = 3.0,
    tidy: bool = False,
) -> Result:
    """Runs a script of requests, as `test_plain_engine.script` does; fills are not listed.

    With `tidy` final orders are forgotten at each decision, and fills are listed; a fill's
    local_time is that of the decision which saw it.
    """
    backtest, kept = _backtest(feed, instrument, queue, exponent, latency, None)
    quantities = instrument.size(requests["size"])
    tick, lot = float(instrument.tick), float(instrument.lot)
    out = _script(backtest, requests, quantities, every, tick, lot, tidy)
    return _result(backtest, out, kept)


def _backtest(
    feed: np.ndarray,
    instrument: Instrument,
    queue: str,
    exponent: float,
    latency: ConstantLatency | InterpolatedLatency,
    price_range: tuple[float, float] | None,
) -> tuple[object, Sequence[np.ndarray]]:
    """A backtest, and the arrays that it reads in place and that must outlive it."""
    asset = hb.BacktestAsset().data(feed)
    asset.tick_size(float(instrument.tick)).lot_size(float(instrument.lot))
    contract = float(instrument.contract_size)
    (asset.inverse_asset if instrument.inverse else asset.linear_asset)(contract)
    kept = [feed]
    if isinstance(latency, ConstantLatency):
        asset.constant_order_latency(int(latency.entry_time), int(latency.response_time))
    else:
        samples = np.zeros(len(latency.samples), LATENCY_SAMPLE)
        for name, column in zip(LATENCY_SAMPLE.names, np.array(latency.samples).T, strict=False):
            samples[name] = column
        kept.append(samples)
        asset.intp_order_latency(samples)
    exponents = (exponent,) if queue.startswith("power") else ()
    getattr(asset, QUEUE_METHODS[queue])(*exponents)
    asset.no_partial_fill_exchange()
    asset.trading_value_fee_model(instrument.maker_fee, instrument.taker_fee)
    if price_range is None:
        return hb.HashMapMarketDepthBacktest([asset]), kept
    asset.roi_lb(price_range[0]).roi_ub(price_range[1])
    return hb.ROIVectorMarketDepthBacktest([asset]), kept


def _result(backtest: object, out: tuple, kept: Sequence[np.ndarray]) -> Result:
    """The common form of what a Numba loop returned; closes the backtest."""
    numbers, count, submits, cancels, decisions, digest = out
    fills = np.zeros(count, FILL)
    for column, name in enumerate(FILL.names):
        fills[name] = numbers[:count, column]
    at_end = fills["local_time"] == AT_END
    if at_end.any():
        fills["local_time"][at_end] = backtest.order_latency(0)[2]
    state = backtest.state_values(0)
    result = Result(
        fills=ordered(fills),
        position=state.position,
        balance=state.balance,
        fee=state.fee,
        volume=state.trading_volume,
        value=state.trading_value,
        trades=state.num_trades,
        submits=submits,
        cancels=cancels,
        decisions=decisions,
        digest=int(digest),
    )
    backtest.close()
    del kept
    return result


@njit
def _nearest(x):
    return np.int64(np.floor(x + 0.5) if x >= 0 else np.ceil(x - 0.5))


@njit
def _mix(digest, value):
    return (digest ^ np.uint64(value)) * np.uint64(PRIME)


@njit
def _no_notes():
    zero = np.zeros(2, np.int64)
    return Notes(zero.copy(), zero.copy(), zero.copy(), zero.copy(), zero.copy())


@njit
def _best(backtest):
    depth = backtest.depth(0)
    return depth.best_bid_tick, depth.best_ask_tick


@njit
def _collect(backtest, ended, lot, notes, fills, count):
    """Notes new fills and forgets final orders. Notes of each side (0 bid, 1 ask) what is open.

    At the end of the market the clock stands still: `_result` finds out when those fills came.
    """
    notes.lots[:] = 0
    notes.state[:] = ABSENT
    still_taking = np.zeros(2, np.int64)
    values = backtest.orders(0).values()
    any_final = False
    while values.has_next():
        order = values.get()
        i = 0 if order.side == 1 else 1
        if order.status == NONE or order.status == NEW or order.status == PARTIALLY_FILLED:
            notes.lots[i] += _nearest(order.leaves_qty / lot)
            if order.order_id == notes.current[i]:
                notes.state[i] = LIVE if order.req == NONE else PENDING
                notes.price[i] = order.price_tick
            if order.order_id == notes.taking[i]:
                still_taking[i] = order.order_id
            continue
        any_final = True
        if order.status == FILLED:
            if count == len(fills):
                fills = np.concatenate((fills, np.zeros_like(fills)))
            fills[count, 0] = order.exch_timestamp
            fills[count, 1] = AT_END if ended else backtest.current_timestamp
            fills[count, 2] = order.exec_price_tick
            fills[count, 3] = _nearest(order.exec_qty / lot)
            fills[count, 4] = order.order_id
            fills[count, 5] = order.side
            fills[count, 6] = order.arr[0].maker
            count += 1
    notes.taking[:] = still_taking
    if any_final:
        backtest.clear_inactive_orders(0)
    return fills, count


@njit
def _advance(backtest, every, watch, lot, notes, fills, count):
    """To the next decision; False at the end of the market."""
    if not watch:
        code = backtest.elapse(every)
        fills, count = _collect(backtest, code == 1, lot, notes, fills, count)
        return code == 0, fills, count
    target = backtest.current_timestamp + every
    while True:
        code = backtest.wait_next_feed(True, target - backtest.current_timestamp)
        fills, count = _collect(backtest, code == 1, lot, notes, fills, count)
        if code <= 1:
            return code == 0, fills, count


@njit
def _upkeep(backtest, strategy, tick, lot, quantity, watch):
    half, lean, size, max_position, every, taking = strategy
    fills, count = np.zeros((1024, 7), np.int64), 0
    notes = _no_notes()
    number, submits, cancels, decisions = 0, 0, 0, 0
    digest = np.uint64(DIGEST)
    if backtest.elapse(0) != 0:
        return fills, count, submits, cancels, decisions, digest
    while True:
        going, fills, count = _advance(backtest, every, watch, lot, notes, fills, count)
        if not going:
            return fills, count, submits, cancels, decisions, digest
        bid, ask = _best(backtest)
        inventory = _nearest(backtest.position(0) / lot)
        now = backtest.current_timestamp
        digest = _mix(_mix(_mix(_mix(digest, now), inventory), bid), ask)
        decisions += 1
        if bid == NO_BID or ask == NO_ASK:
            continue
        mid, skew = (bid + ask) / 2, lean * inventory
        wanted_bid = np.int64(np.floor(mid - half - skew))
        wanted_ask = np.int64(np.ceil(mid + half - skew))
        takes_bid, takes_ask = taking and wanted_bid >= ask, taking and wanted_ask <= bid
        wanted_bid = wanted_bid if takes_bid else min(wanted_bid, ask - 1)
        wanted_ask = wanted_ask if takes_ask else max(wanted_ask, bid + 1)
        for i in range(2):
            side = 1 - 2 * i
            wanted, takes = (wanted_bid, takes_bid) if i == 0 else (wanted_ask, takes_ask)
            if notes.state[i] == PENDING:
                continue
            if notes.state[i] == LIVE:
                if notes.price[i] == wanted and not takes:
                    continue
                backtest.cancel(0, notes.current[i], False)
                cancels += 1
            notes.current[i] = 0
            if takes or side * inventory + notes.lots[i] + size > max_position:
                continue
            number += 1
            submits += 1
            notes.current[i] = number
            _submit(backtest, side, number, wanted * tick, quantity, GTX)
        for i in range(2):
            side = 1 - 2 * i
            wanted, takes = (wanted_bid, takes_bid) if i == 0 else (wanted_ask, takes_ask)
            if not takes or notes.taking[i] != 0:
                continue
            if side * inventory + notes.lots[i] + size > max_position:
                continue
            number += 1
            submits += 1
            notes.taking[i] = number
            _submit(backtest, side, number, wanted * tick, quantity, IOC)


@njit
def _submit(backtest, side, number, price, quantity, lifetime):
    if side == 1:
        backtest.submit_buy_order(0, number, price, quantity, lifetime, LIMIT, False)
    else:
        backtest.submit_sell_order(0, number, price, quantity, lifetime, LIMIT, False)


@njit
def _script(backtest, requests, quantities, every, tick, lot, tidy):
    fills, count = np.zeros((1024, 7), np.int64), 0
    notes = _no_notes()
    number, submits, cancels, decisions = 0, 0, 0, 0
    digest = np.uint64(DIGEST)
    while True:
        ended = backtest.elapse(every) != 0
        if tidy:
            fills, count = _collect(backtest, ended, lot, notes, fills, count)
        if ended:
            return fills, count, submits, cancels, decisions, digest
        bid, ask = _best(backtest)
        base = ask if bid == NO_BID else bid
        digest = _mix(_mix(_mix(digest, backtest.current_timestamp), bid), ask)
        decisions += 1
        if not tidy and decisions % 4 == 0:
            backtest.clear_inactive_orders(0)
        for i in range(3 * decisions - 3, min(3 * decisions, len(requests))):
            if base == NO_ASK:
                continue
            r, price = requests[i], (base + requests[i].offset) * tick
            if r.what == 1:
                code = backtest.cancel(0, number - r.target, False)
                cancels += code == 0
            elif r.what == 2:
                code = backtest.modify(0, number - r.target, price, quantities[i], False)
            else:
                number += 1
                kind = MARKET if r.market else LIMIT
                args = (0, number, price, quantities[i], r.lifetime, kind, False)
                if r.side == 1:
                    code = backtest.submit_buy_order(*args)
                else:
                    code = backtest.submit_sell_order(*args)
                submits += 1
            digest = _mix(digest, code)
