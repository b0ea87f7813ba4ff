"""The exact queue of a replay beside a venue in whose order lists our orders truly stand."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halfspread as hs
from halfspread import _core
from halfspread.codecs import import_files
from halfspread.event import EVENT, Flag, Kind
from halfspread.tape_levels import DEPARTURE
from twins.plain_queues import PlainQueues

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LOBSTER = "AMZN_2012-06-21_34200000_57600000_{}_1.csv.gz"
MADE = hs.Instrument("MADE", "1", "1")
MILLISECOND = 1_000_000
STYLES = ("each", "print first", "print last")
"""how a market order is told: trade and execution of each order it meets, or one trade for all"""


class Day:
    """Random orders around a price, told as a venue tells them: none crosses, first come first."""

    def __init__(self, seed: int, style: str) -> None:
        self.rng, self.style = random.Random(seed), style
        self.rows: list[tuple[int, ...]] = []
        self.queues: dict[tuple[int, int], list[list[int]]] = {}
        self.now, self.newest, self.middle = 10**18, 0, 1000

    def tape(self, messages: int) -> hs.Tape:
        for _ in range(messages):
            if self.rng.random() < 0.7:
                self.now += self.rng.randrange(3 * MILLISECOND)
            if self.rng.random() < 0.01:
                self.middle += self.rng.choice((-1, 1))
            act = self.rng.choices((self._add, self._leave, self._market), (50, 35, 10))[0]
            act(self.rng.choice((1, -1)))
        events = np.zeros(len(self.rows), EVENT)
        names = ("exchange_time", "kind", "side", "price", "size", "order_id", "flags")
        for name, column in zip(names, zip(*self.rows, strict=True), strict=True):
            events[name] = column
        events["local_time"] = events["exchange_time"]
        return hs.Tape.from_events(events, MADE)

    def _tell(self, kind: Kind, side: int, price: int, size: int, number: int = 0) -> None:
        self.rows.append((self.now, kind, side, price, size, number, Flag.both | Flag.last))

    def _best(self, side: int) -> int | None:
        return max((p for s, p in self.queues if s == side), key=lambda p: side * p, default=None)

    def _add(self, side: int) -> None:
        price = self.middle - side * self.rng.randrange(1, 5)
        other = self._best(-side)
        if other is not None and side * (price - other) >= 0:
            return
        self.newest += 1
        lots = self.rng.randrange(1, 9)
        self.queues.setdefault((side, price), []).append([self.newest, lots])
        self._tell(Kind.add, side, price, lots, self.newest)

    def _leave(self, side: int) -> None:
        wheres = [where for where in self.queues if where[0] == side]
        if not wheres:
            return
        where = self.rng.choice(wheres)
        order = self.rng.choice(self.queues[where])
        if order[1] > 1 and self.rng.random() < 0.3:
            order[1] -= 1
            self._tell(Kind.modify, *where, order[1], order[0])
        elif self.rng.random() < 0.2:  # grows, and loses its place
            self.queues[where].remove(order)
            self.queues[where].append(order)
            order[1] += 2
            self._tell(Kind.modify, *where, order[1], order[0])
        else:
            self._tell(Kind.remove, *where, order[1], order[0])
            self._gone(where, order)

    def _gone(self, where: tuple[int, int], order: list[int]) -> None:
        self.queues[where].remove(order)
        if not self.queues[where]:
            del self.queues[where]

    def _market(self, aggressor: int) -> None:
        side, left = -aggressor, self.rng.randrange(1, 40)
        while left and (best := self._best(side)) is not None:
            if abs(best - self.middle) > 3:
                return
            where, met = (side, best), []
            for order in list(self.queues[where]):
                taken = min(left, order[1])
                if taken:
                    met.append((order, taken))
                left -= taken
            whole = sum(taken for _, taken in met)
            if self.style == "print first":
                self._tell(Kind.trade, aggressor, best, whole)
            for order, taken in met:
                if self.style == "each":
                    self._tell(Kind.trade, aggressor, best, taken)
                self._tell(Kind.execute, side, best, taken, order[0])
                order[1] -= taken
                if not order[1]:
                    self._gone(where, order)
            if self.style == "print last":
                self._tell(Kind.trade, aggressor, best, whole)


def asks_and_fills(
    tape: hs.Tape, seed: int, every: str, out_ms: float, widest: int
) -> tuple[list[tuple[Any, ...]], list[tuple[int, ...]]]:
    """Random post-only orders and cancels at each decision: what was asked, when; our fills."""
    policy = hs.OrderPolicy(levels=4)
    market = hs.Replay(
        tape, latency_ms=(out_ms, 0), queue="exact", decide_every=every, orders=policy
    )
    rng, asks, live = random.Random(seed), [], []
    out = round(out_ms * 1e6)
    for state in market:
        known = {order.order_id for order in market.open_orders()}
        live = [number for number in live if number in known]
        if live and rng.random() < 0.15:
            number = rng.choice(live)
            if market.cancel(number):
                asks.append((market.now + out, "cancel", number))
                live.remove(number)
        if len(known) < 20 and np.isfinite(state.mid):
            side, lots = rng.choice((1, -1)), rng.randrange(1, 12)
            price = round(state.mid) - side * rng.randrange(0, widest)
            number = market.submit(side, price, lots)
            if number is not None:
                asks.append((market.now + out, "submit", number, side, price, lots))
                live.append(number)
    fills = market.result().fills
    names = ("exchange_time", "order_id", "side", "price", "size")
    return asks, sorted(zip(*(fills[name].tolist() for name in names), strict=True))


def replayed(tape: hs.Tape, asks: list[tuple[Any, ...]]) -> PlainQueues:
    """The plain venue after the tape, our asks having come when they did."""
    plain, waiting = PlainQueues(), sorted(asks, key=lambda ask: ask[0])[::-1]

    def serve(before: float) -> None:
        while waiting and waiting[-1][0] < before:
            _, what, number, *order = waiting.pop()
            if what == "submit":
                plain.submit(number, *order)
            else:
                plain.cancel(number)

    for row in tape.events():
        serve(int(row["exchange_time"]))
        plain.apply(row)
    serve(np.inf)
    return plain


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(3))
def test_fills_are_those_of_orders_in_the_queues(seed: int, style: str) -> None:
    tape = Day(seed, style).tape(4000)
    asks, fills = asks_and_fills(tape, seed, "7ms", 1.3, 4)
    assert len(fills) > 100
    assert fills == sorted(replayed(tape, asks).fills)


@cache
def recorded(name: str) -> hs.Tape:
    """The beginning of a recorded day of orders."""
    if not DATA.is_dir():
        pytest.skip(f"no recorded data at {DATA}")
    if name == "amzn":
        paths = [DATA / "lobster" / LOBSTER.format(what) for what in ("message", "orderbook")]
        return _tape(paths, hs.Instrument("AMZN", "0.01", "1"), 30_000)
    if name == "es":
        pytest.importorskip("databento_dbn")
        path = DATA / "databento_mbo" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst"
        return _tape(path, hs.Instrument("ESH4", "0.25", "1", 50), 40_000)
    path = DATA / "bitstamp_l3" / "bitstamp_btcusd_2015-05-01_00-05h.log.xz"
    return _tape(path, hs.Instrument("BTCUSD", "0.01", "0.00000001"), 30_000)


def _tape(path: Any, instrument: hs.Instrument, rows: int) -> hs.Tape:
    events, _ = import_files(None, path, instrument)
    return hs.Tape.from_events(events[:rows], instrument)


def after_opening(tape: hs.Tape) -> hs.Tape:
    """Orders of an auction stand crossed, and a book of levels shows the newer ones alone."""
    return tape.slice("2023-12-25T23:00:01", "2023-12-27")


@pytest.mark.parametrize(
    ("name", "every", "widest"), [("amzn", "2s", 12), ("es", "500ms", 3), ("bitstamp", "5s", 30)]
)
def test_fills_on_recorded_days_are_those_of_orders_in_the_queues(
    name: str, every: str, widest: int
) -> None:
    tape = recorded(name)
    replay = after_opening(tape) if name == "es" else tape
    asks, fills = asks_and_fills(replay, 1, every, 0.4, widest)
    assert len(fills) > 100
    assert fills == sorted(replayed(tape, asks).fills)


@pytest.mark.parametrize("name", ["made", "amzn", "es", "bitstamp"])
def test_what_is_ahead_is_what_stands_before_us_in_the_lists(name: str) -> None:
    """At the venue, of phantoms that never fill; what is ahead never rises."""
    tape = Day(5, "each").tape(4000) if name == "made" else recorded(name)
    if name == "es":
        tape = after_opening(tape)
    rng, plain, fold = random.Random(2), PlainQueues(), _core.OrderLevels(True)
    phantoms: list[dict[str, Any]] = []
    rows, left, compared = 0, 0, 0
    events = tape.events()[:12_000]
    for i, row in enumerate(events):
        plain.apply(row)
        rows += len(fold.apply(events[i : i + 1].view(np.uint8).reshape(1, -1))[0])
        gone = fold.take_departures().view(DEPARTURE)[:, 0]
        left += len(gone)
        for phantom in phantoms:
            same = (gone["side"] == phantom["side"]) & (gone["price"] == phantom["price"])
            same &= gone["joined"] < phantom["joined"]
            phantom["ahead"] -= int(gone["lots"][same].sum())
        if i % 10 == 0:
            for phantom in phantoms:
                assert plain.ahead(phantom["number"]) == phantom["ahead"] >= 0
                compared += phantom["ahead"] > 0
        if i % 50 == 49:
            side = rng.choice((1, -1))
            shown = sorted(plain.shown[side].sizes, key=lambda at, side=side: -side * at)
            if not shown or len(phantoms) == 150:
                continue
            price = rng.choice(shown[:3])
            if plain.submit(i, side, price, 10**15):
                ahead = plain.shown[side].sizes.get(price, 0)
                phantom = {"number": i, "side": side, "price": price, "ahead": ahead}
                phantoms.append({**phantom, "joined": rows + left})
    assert compared > 200


@hs.model
def leaning(state, half: float, lean: float):
    """A quote that leans against inventory."""
    middle = state.mid - lean * state.inventory
    return hs.Quote(middle - half, middle + half, 5.0, 5.0)


@pytest.mark.parametrize("own_book", [False, True])
def test_lanes_and_threads_do_not_show(own_book: bool) -> None:
    tape = Day(11, "print first").tape(6000)
    many = leaning(half=np.linspace(0.6, 3, 7), lean=np.linspace(0.1, 0, 7))

    def run(model: Any, threads: int) -> Any:
        replay = hs.Replay(tape, latency_ms=(2, 1), queue="exact", decide_every="9ms")
        config = replay._config(model.n)
        config.keep_own_book = own_book
        core = _core.Market(replay.tape.core, config)
        compiled = model.compiled()
        core.run(compiled.address, compiled.params, threads)
        return core.fills()

    together = run(many, 1)
    assert len(together["lane"]) > 300
    others = run(many, 3)
    for name, column in together.items():
        np.testing.assert_array_equal(column, others[name], err_msg=name)
    for lane in range(many.n):
        alone, of_many = run(many.lane(lane), 1), together["lane"] == lane
        for name in set(together) - {"lane", "order_id"}:
            np.testing.assert_array_equal(alone[name], together[name][of_many], err_msg=name)


def test_fills_never_exceed_what_traded_at_or_through_our_price() -> None:
    tape = Day(12, "each").tape(6000)
    _, fills = asks_and_fills(tape, 4, "7ms", 1.0, 4)
    rows = tape.events()
    trades = rows[rows["kind"] == Kind.trade]
    for time, _, side, price, _ in fills:
        here = (f for f in fills if f[0] == time and f[2] == side)
        filled = sum(f[4] for f in here if side * (price - f[3]) >= 0)
        reached = (trades["exchange_time"] == time) & (trades["side"] == -side)
        reached &= side * (price - trades["price"]) >= 0
        moved_onto = rows[(rows["exchange_time"] == time) & (rows["side"] == -side)]
        onto = moved_onto[np.isin(moved_onto["kind"], (Kind.add, Kind.modify))]
        assert filled <= trades["size"][reached].sum() + onto["size"].sum()


def test_a_tape_without_orders_is_refused_by_name() -> None:
    tape = Day(1, "each").tape(200)
    with pytest.raises(hs.ConfigError, match="by level doesn't tell of single orders"):
        hs.Replay(tape.levels(), queue="exact")
    with pytest.raises(hs.ConfigError, match='or it itself with queue="exact"'):
        hs.Replay(tape).run(leaning(half=1.0, lean=0.0))
    with pytest.raises(hs.ConfigError, match=r"queue must be one of risk_averse.* was 'exact'"):
        hs.Replay(tape, queue="exact", rules="hftbacktest")


def test_the_market_it_shows_is_that_of_the_levels() -> None:
    tape = Day(2, "each").tape(2000)
    model = leaning(half=30.0, lean=0.0)
    exact = hs.Replay(tape, queue="exact", decide_every="9ms").run(model)
    levels = hs.Replay(tape.levels(), decide_every="9ms").run(model)
    np.testing.assert_array_equal(exact.path["mid"], levels.path["mid"])
    assert exact.assumptions["queue"] == "exact"
    again = hs.Replay(tape, queue="exact").with_changes(decide_every="9ms").run(model)
    np.testing.assert_array_equal(exact.path["mid"], again.path["mid"])
