"""A slice in NumPy and plain Python, block by block: what `Tape.slice` must equal row by row."""

import numpy as np

from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side
from halfspread.tape_rows import CLOCKS

NO_ASK = 2**31 - 1  # like EVERYTHING for bids, marks an empty side of the core's book: no price
BOOK_KINDS = (Kind.level, Kind.clear, Kind.touch, Kind.add, Kind.modify, Kind.remove, Kind.execute)


def slice_rows(events, begin, end, block=1 << 20):
    """The rows of the slice [begin, end) of a tape's rows."""
    books = {clock: np.zeros(0, dtype=EVENT) for clock, _ in CLOCKS}
    body = []
    for first in range(0, len(events), block):
        rows = events[first : first + block]
        clocks = np.zeros(len(rows), dtype=np.uint16)
        for clock, field in CLOCKS:
            on, times = rows["flags"] & clock != 0, rows[field]
            clocks[on & (begin <= times) & (times < end)] |= clock.value
            past = on & (times < begin) & np.isin(rows["kind"], BOOK_KINDS)
            if past.any():
                books[clock] = snapshot_rows(np.concatenate([books[clock], rows[past]]))
        inside = clocks > 0
        kept = rows[inside]
        kept["flags"] = kept["flags"] & (0xFFFF ^ Flag.both) | clocks[inside]
        body.append(kept)
    return np.concatenate([*_stamped(books, begin), *body])


def _stamped(books, time):
    """The snapshots of the two clocks' books, as rows at `time`; one for both where they agree."""
    if np.array_equal(books[Flag.at_exchange], books[Flag.at_local]):
        books = {Flag.both: books[Flag.at_exchange]}
    for clocks, rows in books.items():
        rows["exchange_time"] = rows["local_time"] = time
        rows["flags"] |= clocks.value
    return list(books.values())


def snapshot_rows(events):
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
    rows = np.concatenate([clear, *sides, _resting_orders(events)])
    rows["flags"] = Flag.snapshot
    rows["flags"][-1] |= Flag.last
    for field in ("exchange_time", "local_time", "lane", "detail"):
        rows[field] = 0
    return rows


def _standing_levels(events, side):
    """The levels of `side` after `events`, best first.

    By key, the price or its complement, larger is better on either side. A row that removes levels
    removes all keys from some bound upwards, so a level stands if it is the newest at its price,
    has a size, and its key is below the least of the later bounds.
    """
    kinds, prices, sizes = events["kind"], events["price"].astype(np.int64), events["size"]
    ours, theirs = events["side"] == side, events["side"] == -side
    sets = ((kinds == Kind.level) | (kinds == Kind.touch)) & (prices != EVERYTHING)
    sets &= prices != NO_ASK
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
    levels = events[rows[(sizes[rows] > 0) & (key[rows] < least_later_bound[rows])]]
    levels["kind"] = Kind.level
    levels["order_id"] = 0
    return levels


def _resting_orders(events):
    """The orders that rest after order-level `events`, as `add` rows in order of priority."""
    orders = {}  # order_id -> side, price, size
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


def _reaches(clear_side, bound, side, price):
    """Whether a clear of `clear_side` up to `bound` removes what stands at `price` of `side`."""
    if clear_side == Side.none:
        return True
    return clear_side == side and (bound == EVERYTHING or (price - bound) * side >= 0)
