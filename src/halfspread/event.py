"""Event: the one record in Python: its layout, kinds and flags, and what rows add up to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import IntEnum, IntFlag
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError

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
        ("detail", "<u4"),  # asks: type and time in force; answers: the reason; status: which
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
    status = 5
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
