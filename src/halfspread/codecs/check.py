"""Check: what a data check finds in imported events, and the repair of a clock that runs behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread._core import OrderLevels, check_book
from halfspread.codecs.codec import Report, as_bytes
from halfspread.codecs.columns import Ints
from halfspread.event import EVENT, EVERYTHING, Events, Flag, Kind, Side
from halfspread.instrument import Instrument

SMALLEST_DELAY_NS = 1_000_000
"""What clock repair makes of the smallest delay: a millisecond, a fast feed's own."""

DRIFT_WINDOWS = 20
BOTH = np.uint16(Flag.both)


@dataclass(frozen=True)
class Check:
    """The data check. Plain numbers throughout: it goes into a tape's metadata as it is."""

    venue: str
    sources: tuple[dict[str, str], ...]
    """name and sha256 of each file"""
    messages: dict[str, int]
    """by the venue's own names"""
    rows: dict[str, int]
    """by kind"""
    span: tuple[int, int]
    """ns, first and last exchange time"""
    gaps: int
    duplicates: int
    stale: int
    old_snapshots: int
    trade_gaps: int
    excluded_trades: int
    other_symbols: dict[str, int]
    off_tick: int
    off_lot: int
    too_large: int
    bad: int
    faults: tuple[tuple[str, int, str], ...]
    """the first of them: source, message, why"""
    out_of_order: tuple[int, int]
    """rows before which the exchange's clock, and ours, went back"""
    whole_books: int
    """messages after which both sides had a level"""
    crossed: int
    """of these, those after which the best bid was not below the best ask"""
    settled: int
    """levels of a book of orders that a told book set right"""
    order_faults: dict[str, int]
    """what rows and book of orders disagreed on, by reason (core/order_replay.hpp)"""
    touch_told: int
    """times the venue told its best prices for a book that had both"""
    touch_agreed: int
    """of these, those where the book's were the same"""
    prices: tuple[float, float] | None
    """the lowest and the highest trade"""
    taker_buy: float
    taker_sell: float
    """size the aggressors bought and sold"""
    final_bid: tuple[float, float] | None
    final_ask: tuple[float, float] | None
    """price and size"""
    final_levels: tuple[int, int]
    """of bids and asks"""
    delay_ms: tuple[float, float, float] | None
    """p1, p50, p99 from publication (or, where that isn't told, from the event) to receipt, as the
    clocks had it before their repair"""
    clock_offset_ns: int
    """added to the receive times"""
    clock_drift_ms: float
    """how far the smallest delay moved between parts of the data"""

    @property
    def sound(self) -> bool:
        """Nothing in it that a strict import refuses."""
        return not self.complaints

    @property
    def complaints(self) -> list[str]:
        """What a strict import refuses, in words."""
        wrongs = {
            "messages that could not be read": self.bad,
            "gaps in the book's updates": self.gaps,
            "snapshots too old to use": self.old_snapshots,
            "crossed books": self.crossed,
            "prices off tick": self.off_tick,
            "sizes off lot": self.off_lot,
            "levels too large to hold": self.too_large,
            "duplicate messages": self.duplicates,
            "gaps in the trades' ids": self.trade_gaps,
        }
        return [f"{count} {what}" for what, count in wrongs.items() if count]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, for a tape's metadata."""
        return asdict(self)


def book_check(events: Events, at: Ints | None = None) -> dict[str, Any]:
    """Build the venue's book from its rows, nothing repaired, and look at it after each message.

    Args:
        events: in order of arrival. Those that are not on the exchange's clock are passed over.
        at: ascending row numbers after which to note the touch.

    Returns:
        messages of level, clear and touch rows; whole: those after which both sides had a level,
        and crossed: of these those after which the best bid was not below the best ask; final_bid
        and final_ask: (ticks, lots) or None; final_levels: of bids and asks; touches: (len(at), 2)
        ticks, EVERYTHING for no price.
    """
    places = np.zeros(0, dtype=np.int64) if at is None else at
    result: dict[str, Any] = check_book(as_bytes(events), places)
    return result


def repair_clock(events: Events) -> tuple[int, float]:
    """Move the receive times, in place, where some lie before the event they tell of.

    A message can't arrive before it happened, so the smallest (local - exchange) bounds how far
    our clock was behind. If it is negative, all receive times are moved by the same offset, which
    makes it SMALLEST_DELAY_NS. One offset keeps every interval on our clock; a clock that drifts is
    not straightened: the drift is how far the smallest delay lies apart in DRIFT_WINDOWS equal
    parts of the rows, and delays mean no more than that.

    Returns:
        the offset added, ns, and the drift, ms.
    """
    return _repair(events, _clocks(events)[2])


def _repair(events: Events, delay: Ints) -> tuple[int, float]:
    """`repair_clock` with the delays at hand."""
    if not len(delay):
        return 0, 0.0
    smallest = [int(part.min()) for part in np.array_split(delay, DRIFT_WINDOWS) if len(part)]
    offset = SMALLEST_DELAY_NS - min(smallest) if min(smallest) < 0 else 0
    if offset:
        events["local_time"] += offset
    return offset, (max(smallest) - min(smallest)) / 1e6


def _clocks(events: Events) -> tuple[Ints, Ints, Ints]:
    """The times on the exchange's clock, those on ours, and the delays of rows that are on both."""
    exchange, local, flags = (
        np.ascontiguousarray(events[name]) for name in ("exchange_time", "local_time", "flags")
    )
    delay = local - exchange
    both = (flags & BOTH) == BOTH
    if both.all():
        return exchange, local, delay
    at_exchange, at_local = (flags & Flag.at_exchange != 0, flags & Flag.at_local != 0)
    return exchange[at_exchange], local[at_local], delay[both]


def data_check(
    events: Events,
    report: Report,
    instrument: Instrument,
    *,
    sources: Iterable[dict[str, str]] = (),
    venue: str = "",
    faults: Sequence[tuple[str, int, str]] = (),
) -> Check:
    """Repair the clock of `events`, in place, and put together what there is to say about them.

    Args:
        events: in order of arrival, as codecs give them.
        report: the codecs'.
        sources, venue, faults: what `Check` says of them.
    """
    told = np.concatenate([np.zeros(0, dtype=np.int64), *report.touch_rows])
    prices = np.concatenate([np.zeros((0, 2), dtype=np.int32), *report.touch_prices])
    levels, told, order_faults = _levels(events, told)
    book = book_check(levels, told)
    comparable = np.all(book["touches"] != EVERYTHING, axis=1)
    agreed = comparable & np.all(book["touches"] == prices, axis=1)
    exchange, local, delays = _clocks(events)
    published = np.concatenate([np.zeros(0, dtype=np.int64), *report.publish_delay])
    offset, drift = _repair(events, delays)
    kind = np.ascontiguousarray(events["kind"])
    trades = events[kind == Kind.trade]
    counts = np.bincount(kind, minlength=Kind.touch + 1)
    plain = {field.name: getattr(report, field.name) for field in fields(report)}
    shared = {name: plain[name] for name in Check.__dataclass_fields__ if name in plain}
    return Check(
        **shared
        | {name: dict(plain[name]) for name in ("messages", "other_symbols")}
        | {"faults": tuple(faults)},
        venue=venue,
        sources=tuple(sources),
        rows={kind.name: int(counts[kind]) for kind in Kind if kind < len(counts) and counts[kind]},
        span=(int(exchange.min()), int(exchange.max())) if len(exchange) else (0, 0),
        out_of_order=(_steps_back(exchange), _steps_back(local)),
        order_faults=order_faults,
        whole_books=book["whole"],
        crossed=book["crossed"],
        touch_told=int(comparable.sum()),
        touch_agreed=int(agreed.sum()),
        prices=_prices(trades["price"], instrument),
        taker_buy=_taken(trades, Side.bid, instrument),
        taker_sell=_taken(trades, Side.ask, instrument),
        final_bid=_level(book["final_bid"], instrument),
        final_ask=_level(book["final_ask"], instrument),
        final_levels=book["final_levels"],
        delay_ms=_percentiles(published if len(published) else delays),
        clock_offset_ns=offset,
        clock_drift_ms=drift,
    )


def _levels(events: Events, at: Ints) -> tuple[Events, Ints, dict[str, int]]:
    """Rows about levels, whatever the events are about; the rows `at` among them; what was wrong.

    Before the first row about a level there is no touch: -1, which compares with nothing.
    """
    if not np.any((events["kind"] >= Kind.add) & (events["kind"] <= Kind.execute)):
        return events, at, {}
    fold = OrderLevels()
    rows, ends = fold.apply(as_bytes(events))
    faults = {name: count for name, count in fold.faults.items() if count}
    return rows.view(EVENT)[:, 0], ends[at] - 1, faults


def _steps_back(times: Ints) -> int:
    return int((times[1:] < times[:-1]).sum())


def _prices(ticks: NDArray[np.int32], instrument: Instrument) -> tuple[float, float] | None:
    if not len(ticks):
        return None
    return instrument.price(int(ticks.min())), instrument.price(int(ticks.max()))


def _taken(trades: Events, side: Side, instrument: Instrument) -> float:
    lots = trades["size"][trades["side"] == side]
    return float(instrument.size(int(lots.sum())))


def _level(level: tuple[int, int] | None, instrument: Instrument) -> tuple[float, float] | None:
    return level and (instrument.price(level[0]), instrument.size(level[1]))


def _percentiles(delay: Ints) -> tuple[float, float, float] | None:
    if not np.any(delay):
        return None
    p1, p50, p99 = (np.percentile(delay, [1, 50, 99]) / 1e6).tolist()
    return p1, p50, p99
