"""Event: the one record in Python: its layout, kinds and flags, and what rows add up to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import IntEnum, IntFlag
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError

_NO_ASK = 2**31 - 1  # like EVERYTHING for bids, marks an empty side of the core's book: no price

Events: TypeAlias = NDArray[np.void]
"""An array whose dtype is EVENT."""

EVERYTHING = -(2**31)
"""As the price of a `clear`: no bound, the whole side goes."""

EVENT = np.dtype(
    [
        ("exchange_time", "<i8"),  # nanoseconds since 1970 UTC: when it happened at the venue
        ("local_time", "<i8"),  # the same on our clock: when it reached us, or left us
        ("size", "<i8"),  # lots
        ("order_id", "<u8"),  # of an order-level event, an ask or an answer; else 0
        ("price", "<i4"),  # ticks
        ("lane", "<u4"),  # whose ask or answer; 0 for the market's own
        ("detail", "<u4"),  # asks: type and time in force; answers: the reason; market: 0
        ("flags", "<u2"),  # bits of Flag
        ("kind", "u1"),  # a Kind
        ("side", "i1"),  # a Side
    ],
    align=True,
)
"""The layout of the C++ `Event`, 48 bytes; core/event.hpp says what each kind means."""


class Kind(IntEnum):
    """What happened: the market's own (below 16), our asks (16 to 31), the venue's answers."""

    none = 0
    level = 1
    trade = 2
    clear = 3
    touch = 4
    add = 8
    modify = 9
    remove = 10
    execute = 11
    submit = 16
    cancel = 17
    amend = 18
    accepted = 32
    rejected = 33
    filled = 34
    cancelled = 35
    expired = 36
    amended = 37


class Flag(IntFlag):
    """Bits of `flags`. A row that lacks at_exchange (or at_local) isn't seen on that clock."""

    at_exchange = 1
    at_local = 2
    last = 4  # ends a message: the book is whole after it
    snapshot = 8  # part of a snapshot, not of a change
    taker = 16  # a fill that took liquidity
    both = 3


class Side(IntEnum):
    """The sign of the inventory that a fill on that side brings; a trade's is the aggressor's."""

    ask = -1
    none = 0
    bid = 1


BOOK_KINDS = (Kind.level, Kind.clear, Kind.touch, Kind.add, Kind.modify, Kind.remove, Kind.execute)
"""The kinds that change the others' book."""


def order_rows(events: Events) -> Events:
    """Put rows in an order that serves both clocks, splitting those that arrived out of order.

    In the result the rows flagged at_exchange never go back in exchange_time, nor those flagged
    at_local in local_time; ties stay in the order of arrival. Read along one clock, nothing is
    lost, added or moved: each clock's rows are those of `events`, sorted stably by its time. A row
    that can't stand in both orders at once becomes two, one a clock, with all other fields (and
    flags) the same; as few as possible are split: the single rows are a longest common subsequence
    of the two orders. Among equals the row that arrived first stays single.

    Args:
        events: rows in order of arrival. Rows already in order come back as they are, not copied.
    Errors:
        ConfigError: a row is on neither clock.
    Cost:
        O(n log n); in NumPy but for the rows between an overtaken and its overtaking row.
    """
    flags = events["flags"]
    if not np.all(flags & Flag.both):
        row = int(np.argmin(flags & Flag.both != 0))
        raise ConfigError(f"order_rows: row {row} is on neither clock, flags {flags[row]}")
    exchange = _clock_order(events, "exchange_time", Flag.at_exchange)
    local = _clock_order(events, "local_time", Flag.at_local)
    if np.all(exchange[1:] > exchange[:-1]) and np.all(local[1:] > local[:-1]):
        return events

    single = _single_rows(flags, exchange, local)
    rows, keys, clocks = [], [], []
    for order, clock in ((exchange, Flag.at_exchange), (local, Flag.at_local)):
        half = ~single[order]
        singles_before = np.cumsum(~half)[half]
        rows.append(order[half])
        # A half goes between two single rows, there as near to its place in the file as may be.
        keys.append(np.maximum.accumulate(singles_before * len(events) + order[half]))
        clocks.append(np.full(len(order[half]), clock, dtype=np.uint16))
    key = np.concatenate(keys)
    merged = np.argsort(key, kind="stable")
    place = np.arange(len(key)) + key[merged] // len(events)

    kept = local[single[local]]
    is_half = np.zeros(len(kept) + len(key), dtype=bool)
    is_half[place] = True
    source = np.empty(len(is_half), dtype=np.intp)
    source[is_half] = np.concatenate(rows)[merged]
    source[~is_half] = kept
    words = np.ascontiguousarray(events).view(np.int64).reshape(len(events), -1)
    ordered: Events = words[source].view(EVENT)[:, 0]
    rest = ordered["flags"][is_half] & (0xFFFF ^ Flag.both)
    ordered["flags"][is_half] = rest | np.concatenate(clocks)[merged]
    return ordered


def _clock_order(events: Events, field: str, clock: Flag) -> NDArray[np.intp]:
    """The numbers of the rows on `clock`, sorted stably by its time."""
    rows = np.flatnonzero(events["flags"] & clock)
    return rows[np.argsort(events[field][rows], kind="stable")]


def _single_rows(
    flags: NDArray[np.uint16], exchange: NDArray[np.intp], local: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """For each row: it is on both clocks and can stay one row."""
    on_both = (flags & Flag.both) == Flag.both
    common = local[on_both[local]]
    rank = np.empty(len(flags), dtype=np.intp)
    rank[exchange[on_both[exchange]]] = np.arange(len(common))
    single = np.zeros(len(flags), dtype=bool)
    single[common[_longest_increasing(rank[common])]] = True
    return single


def _longest_increasing(ranks: NDArray[np.intp]) -> NDArray[np.bool_]:
    """A mask of a longest increasing subsequence of a permutation of 0..n-1 (patience sorting).

    A prefix that holds exactly 0..i settles itself, so only the stretches between such places are
    searched. They are walked from the right, which among equals keeps the leftmost values.
    """
    closed: NDArray[np.bool_] = np.maximum.accumulate(ranks) == np.arange(len(ranks))
    alone = closed.copy()
    alone[1:] &= closed[:-1]
    unsettled = np.flatnonzero(~alone)
    searched = ranks[unsettled]
    # Neighbours in both orders, such as the rows of one message, go together: a weighted step.
    is_start = np.ones(len(searched), dtype=bool)
    is_start[1:] = (np.diff(searched) != 1) | (np.diff(unsettled) != 1)
    starts = np.flatnonzero(is_start)
    weights = np.diff(starts, append=len(searched)).tolist()
    values = searched[starts].tolist()
    # Of the subsequences that start further right, those that no other beats: by first value,
    # negated, and with it by length.
    firsts: list[int] = []
    lengths: list[int] = []
    places: list[int] = []
    following = [-1] * len(values)
    for i in range(len(values) - 1, -1, -1):
        better = bisect_left(firsts, -values[i])
        length = weights[i]
        if better:
            length += lengths[better - 1]
            following[i] = places[better - 1]
        beaten = bisect_right(lengths, length, better)
        firsts[better:beaten] = [-values[i]]
        lengths[better:beaten] = [length]
        places[better:beaten] = [i]
    chosen = np.zeros(len(values), dtype=bool)
    i = places[-1] if places else -1
    while i >= 0:
        chosen[i] = True
        i = following[i]
    alone[unsettled] = np.repeat(chosen, weights)
    return alone


def snapshot_rows(events: Events) -> Events:
    """The rows that build, from any book, the one which `events` build from an empty book.

    They are a `clear` of both sides; the levels, bids then asks, each from the best away; the
    resting orders, in order of priority. All are flagged snapshot, the final one also last; times,
    clocks, lane and detail are zero.

    The rules are the core's (core/book.hpp): a touch removes the better levels of its side and sets
    its own; a level that crosses the other side removes the levels it crosses, for it is newer.
    Orders are kept beside the levels; a modify that moves one or adds size sends it to the back of
    its queue. A clear removes both. Rows of other kinds pass by.

    Cost:
        Levels O(n log n), in NumPy; orders about 0.5 us a row, in plain Python.
    """
    clear = np.zeros(1, dtype=EVENT)
    clear["kind"], clear["price"] = Kind.clear, EVERYTHING
    sides = (_standing_levels(events, side) for side in (Side.bid, Side.ask))
    rows: Events = np.concatenate([clear, *sides, _resting_orders(events)])
    rows["flags"] = Flag.snapshot
    rows["flags"][-1] |= Flag.last
    for field in ("exchange_time", "local_time", "lane", "detail"):
        rows[field] = 0
    return rows


def _standing_levels(events: Events, side: Side) -> Events:
    """The levels of `side` after `events`, best first.

    By key, the price or its complement, larger is better on either side. A row that removes levels
    removes all keys from some bound upwards, so a level stands if it is the newest at its price,
    has a size, and its key is below the least of the later bounds.
    """
    kinds, prices, sizes = events["kind"], events["price"].astype(np.int64), events["size"]
    ours, theirs = events["side"] == side, events["side"] == -side
    sets = ((kinds == Kind.level) | (kinds == Kind.touch)) & (prices != EVERYTHING)
    sets &= prices != _NO_ASK
    key = prices if side is Side.bid else ~prices
    bound = np.full(len(events), np.iinfo(np.int64).max)
    touches = sets & ours & (kinds == Kind.touch)
    bound[touches] = key[touches] + 1
    crosses = sets & theirs & (sizes > 0)
    bound[crosses] = key[crosses]
    clears = (kinds == Kind.clear) & ~theirs
    whole = (prices == EVERYTHING) | ~ours
    bound[clears] = np.where(whole, np.iinfo(np.int64).min, key)[clears]
    least_later_bound = np.minimum.accumulate(bound[::-1])[::-1]

    rows = np.flatnonzero(sets & ours)[::-1]
    _, newest = np.unique(key[rows], return_index=True)
    rows = rows[newest][::-1]
    levels: Events = events[rows[(sizes[rows] > 0) & (key[rows] < least_later_bound[rows])]]
    levels["kind"] = Kind.level
    levels["order_id"] = 0
    return levels


def _resting_orders(events: Events) -> Events:
    """The orders that rest after order-level `events`, as `add` rows in order of priority."""
    orders: dict[int, tuple[int, int, int]] = {}  # order_id -> side, price, size
    kinds = (Kind.clear, Kind.add, Kind.modify, Kind.remove, Kind.execute)
    told = events[np.isin(events["kind"], kinds)]
    if not np.any(told["kind"] != Kind.clear):
        return events[:0]
    columns = (told[field].tolist() for field in ("kind", "side", "price", "size", "order_id"))
    for kind, side, price, size, order_id in zip(*columns, strict=True):
        if kind == Kind.clear:
            orders = {k: v for k, v in orders.items() if not _reaches(side, price, v[0], v[1])}
        elif kind == Kind.execute:
            old = orders.get(order_id, (side, price, 0))
            orders[order_id] = (old[0], old[1], old[2] - size)
        else:
            old = orders.get(order_id, (side, price, 0))
            if kind != Kind.modify or old[1] != price or old[2] < size:
                orders.pop(order_id, None)
            orders[order_id] = (side, price, 0 if kind == Kind.remove else size)
        if kind != Kind.clear and orders[order_id][2] <= 0:
            del orders[order_id]
    rows = np.zeros(len(orders), dtype=EVENT)
    for row, (order_id, (side, price, size)) in zip(rows, orders.items(), strict=True):
        row["order_id"], row["side"], row["price"], row["size"] = order_id, side, price, size
    rows["kind"] = Kind.add
    return rows


def _reaches(clear_side: int, bound: int, side: int, price: int) -> bool:
    """Whether a clear of `clear_side` up to `bound` removes what stands at `price` of `side`."""
    if clear_side == Side.none:
        return True
    return clear_side == side and (bound == EVERYTHING or (price - bound) * side >= 0)
