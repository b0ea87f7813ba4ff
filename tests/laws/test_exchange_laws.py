"""Laws of the matching engine, for any asks: nothing is lost, nobody overtaken, none lingers."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from halfspread import _core
from halfspread.event import EVENT, Kind, Side

ENDS = {Kind.cancelled, Kind.expired}
WOULD_CROSS = 9
"""Of a post-only order's amend: it ends with the lots that the amend asked for."""

ask = st.tuples(
    st.sampled_from([Kind.submit] * 4 + [Kind.cancel, Kind.amend]),
    st.integers(0, 3),  # owner
    st.sampled_from([-1, 1]),
    st.integers(-4, 4),  # price
    st.integers(1, 9),  # size
    st.integers(0, 4),  # lifetime
    st.integers(0, 3),  # self-trade rule
    st.sampled_from([0, 0, 1, 3]),  # display
    st.integers(0, 10),  # cancels and amends: how long ago the order was made
)


def play(core, asks, known):
    """Applies asks one by one; the events of all."""
    events = []
    for kind, owner, side, price, size, lifetime, rule, display, age in asks:
        row = np.zeros(1, EVENT)
        row["kind"], row["lane"], row["side"], row["price"] = kind, owner, side, price
        row["size"], row["detail"] = size, lifetime | rule << 8
        if kind != Kind.submit and known:
            row["order_id"], row["lane"] = known[-1 - age % len(known)]
        rows = row.view(np.uint8).reshape(1, -1)
        out, _, ids, _ = core.apply(rows, np.array([display], np.int64))
        if kind == Kind.submit and ids[0]:
            known.append((int(ids[0]), owner))
        events.append(out.view(EVENT)[:, 0])
        bid, offer = core.best(Side.bid), core.best(Side.ask)
        assert bid is None or offer is None or bid[0] < offer[0], "crossed"
    return np.concatenate(events) if events else np.zeros(0, EVENT)


@settings(max_examples=60, deadline=None)
@given(st.lists(ask, max_size=60))
def test_quantity_cash_and_inventory_are_conserved(asks):
    core = _core.Exchange(100)
    events = play(core, asks, [])
    fills = events[events["kind"] == Kind.filled]
    signed = fills["size"] * fills["side"]
    assert signed.sum() == 0
    assert (signed * fills["price"]).sum() == 0
    prints = events[events["kind"] == Kind.trade]["size"].sum()
    executed = events[events["kind"] == Kind.execute]["size"].sum()
    assert 2 * prints == 2 * executed == fills["size"].sum()


@settings(max_examples=60, deadline=None)
@given(st.lists(ask, max_size=60))
def test_every_order_ends_once_with_all_its_lots_told(asks):
    core = _core.Exchange(100)
    leaves, ended = {}, defaultdict(int)
    for event in play(core, asks, []):
        kind, order_id, size = Kind(event["kind"]), int(event["order_id"]), int(event["size"])
        if kind in (Kind.accepted, Kind.amended):
            leaves[order_id] = size
        elif kind == Kind.filled:
            leaves[order_id] -= size
            if leaves[order_id] == 0:
                ended[order_id] += 1
        elif kind in ENDS:
            assert leaves.get(order_id, size) == size or event["detail"] == WOULD_CROSS
            leaves[order_id] = 0
            ended[order_id] += 1
    resting = {}
    for side in (Side.bid, Side.ask):
        columns = core.orders(side)
        lots = columns["displayed"] + columns["hidden"]
        resting |= dict(zip(columns["id"].tolist(), lots.tolist(), strict=True))
    assert {order_id: lots for order_id, lots in leaves.items() if lots} == resting
    assert all(count == 1 for count in ended.values())
    assert not ended.keys() & resting.keys()


@settings(max_examples=60, deadline=None)
@given(st.lists(ask, max_size=60))
def test_who_came_first_at_a_price_is_executed_first(asks):
    """Whoever is executed is the first of its level, as the public's own rows tell it."""
    core = _core.Exchange(100)
    queues = defaultdict(list)
    for event in play(core, asks, []):
        order_id, side = int(event["order_id"]), int(event["side"])
        queue = queues[side, int(event["price"])]
        if event["kind"] == Kind.add:
            queue.append([order_id, int(event["size"])])
        elif event["kind"] == Kind.remove:
            queue[:] = [entry for entry in queue if entry[0] != order_id]
        elif event["kind"] == Kind.modify:
            next(entry for entry in queue if entry[0] == order_id)[1] = int(event["size"])
        elif event["kind"] == Kind.execute:
            assert queue[0][0] == order_id
            assert all(
                not other
                for (s, p), other in queues.items()
                if s == side and (p - event["price"]) * side > 0
            ), "a better price waits"
            queue[0][1] -= int(event["size"])
            assert queue[0][1] >= 0
            if queue[0][1] == 0:
                queue.pop(0)


@settings(max_examples=40, deadline=None)
@given(st.lists(ask, max_size=40), st.lists(ask, max_size=40))
def test_a_restored_exchange_goes_on_identically(before, after):
    core, known = _core.Exchange(30), []
    play(core, before, known)
    for twin in (_core.Exchange.load(core.save()), core.copy()):
        again = core.copy()
        assert twin.hash() == again.hash()
        ours, theirs = play(again, after, list(known)), play(twin, after, list(known))
        assert ours.tobytes() == theirs.tobytes()
        assert twin.hash() == again.hash()
        assert twin.save() == again.save()


@settings(max_examples=40, deadline=None)
@given(st.lists(ask, max_size=60))
def test_the_publics_rows_rebuild_the_displayed_book(asks):
    core, replay = _core.Exchange(100), _core.OrderReplay()
    events = play(core, asks, [])
    replay.apply(events.view(np.uint8).reshape(-1, EVENT.itemsize))
    assert not any(replay.faults.values())
    levels = defaultdict(dict)
    for event in events[events["kind"] == Kind.level]:
        levels[int(event["side"])][int(event["price"])] = int(event["size"])
    for side in (Side.bid, Side.ask):
        prices, sizes = core.depth(side, 100)
        for column, same in zip((prices, sizes), replay.depth(side, 100), strict=True):
            assert column.tolist() == same.tolist()
        told = {price: size for price, size in levels[side].items() if size}
        assert told == dict(zip(prices.tolist(), sizes.tolist(), strict=True))
