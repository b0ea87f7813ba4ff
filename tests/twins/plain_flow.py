"""Plain flow: the flows in fifty lines each, counts of orders by price, one event at a time."""

import numpy as np

from halfspread.event import Flag, Kind
from halfspread.flows import START


def zero_intelligence(limits, market, cancels, seconds, warm_up, seed):
    """Times and mids after each event; the depths at the touch once a second."""
    random = np.random.default_rng(seed)
    levels = len(limits)
    books = [{}, {}]  # bids, asks: orders by price
    for i in range(levels):
        books[0][-i] = books[1][1 + i] = 1 + round(limits[i] / cancels[min(i, len(cancels) - 1)])
    limit_weights = np.array(limits) / np.sum(limits)
    time, times, mids, touches = -warm_up, [], [], []
    while time < seconds:
        bid, ask = max(books[0]), min(books[1])
        places = [(0, price) for price in books[0]] + [(1, price) for price in books[1]]
        rates = np.array(
            [
                count * cancels[min(ask - price, len(cancels)) - 1]
                for price, count in books[0].items()
            ]
            + [
                count * cancels[min(price - bid, len(cancels)) - 1]
                for price, count in books[1].items()
            ]
        )
        rate = 2 * np.sum(limits) + 2 * market + rates.sum()
        wait = random.exponential(1 / rate)
        if int(time + wait) > int(time) and time > 0:
            touches.append((books[0][bid] + books[1][ask], ask - bid))
        time += wait
        what, side = random.uniform(0, rate), random.integers(2)
        if what < 2 * np.sum(limits):
            distance = 1 + random.choice(levels, p=limit_weights)
            price = ask - distance if side == 0 else bid + distance
            books[side][price] = books[side].get(price, 0) + 1
        else:
            price = (bid, ask)[side]
            if what >= 2 * np.sum(limits) + 2 * market:
                side, price = places[random.choice(len(rates), p=rates / rates.sum())]
            books[side][price] -= 1
            if books[side][price] == 0:
                del books[side][price]
        if time > 0:
            times.append(time)
            mids.append((max(books[0]) + min(books[1])) / 2)
    return np.array(times), np.array(mids), np.array(touches)


def queue_reactive(tables, invariants, theta, theta_reinit, seconds, warm_up, seed):
    """Times of the mid's changes and where it went to, in ticks."""
    random = np.random.default_rng(seed)
    depths, most = len(tables), len(tables[0][0]) - 1
    queues = np.array([[random.choice(most + 1, p=law) for law in invariants] for _ in range(2)])
    time, reference, changes = -warm_up, 0, []

    def best(side):
        held = np.flatnonzero(queues[side])
        return held[0] if len(held) else depths

    def mid():
        return reference + (best(1) - best(0)) / 2

    while time < seconds:
        rates = np.array(
            [
                [[table[n] for table in tables[i]] for i, n in enumerate(np.minimum(side, most))]
                for side in queues
            ]
        )
        ends = np.cumsum(rates)
        time += random.exponential(1 / ends[-1])
        where = int(np.searchsorted(ends, random.uniform(0, ends[-1]), side="right"))
        side, depth, what = np.unravel_index(where, rates.shape)
        before = mid()
        queues[side, depth] = max(queues[side, depth] + (1 if what == 0 else -1), 0)
        if mid() == before:
            continue
        way, gone = (1, 1) if mid() > before else (-1, 0)
        if queues[gone, 0] == 0 and random.uniform() < theta:
            reference += way
            queues[gone, :-1] = queues[gone, 1:]
            queues[1 - gone, 1:] = queues[1 - gone, :-1]
            queues[1 - gone, 0] = 0
            queues[gone, -1] = random.choice(most + 1, p=invariants[-1])
            if random.uniform() < theta_reinit:
                for part in range(2):
                    queues[part] = [random.choice(most + 1, p=law) for law in invariants]
        if time > 0 and mid() != before:
            changes.append((time, mid()))
    return np.array(changes)


def books_of(tape):
    """After each message of a tape: its time in seconds, the best prices, their sizes' sum.

    Where a side is empty there is none.
    """
    rows, levels = tape.events(), [{}, {}]
    found = []
    for row in rows[rows["kind"] != Kind.trade]:
        if row["kind"] == Kind.level:
            book, price = levels[int(row["side"] < 0)], int(row["price"])
            book[price] = int(row["size"])
            if row["size"] == 0:
                del book[price]
        if row["flags"] & Flag.last and all(levels):
            bid, ask = max(levels[0]), min(levels[1])
            time = (int(row["exchange_time"]) - START) / 1e9
            found.append((time, bid, ask, levels[0][bid] + levels[1][ask]))
    return np.array(found)


def hawkes(flow, seconds, warm_up, seed):
    """Times, mids, spreads after each event, by clusters: who was brought on by whom, one by one.

    Of a Hawkes flow in which nothing holds back, with orders of one lot.
    """
    random = np.random.default_rng(seed)
    span, jumps = seconds + warm_up, np.array(flow.jumps)
    decays = np.array(flow.decays)
    waiting = [
        (time, kind)
        for kind, rate in enumerate(flow.baselines)
        for time in random.uniform(0, span, random.poisson(rate * span))
    ]
    events = []
    while waiting:
        time, kind = waiting.pop()
        events.append((time, kind))
        for k, target in zip(*np.nonzero(jumps[:, :, kind]), strict=True):
            brought_on = random.poisson(jumps[k, target, kind] / decays[k])
            later = time + random.exponential(1 / decays[k], brought_on)
            waiting += [(when, int(target)) for when in later if when < span]
    weights = np.array(flow.deep_weights) / sum(flow.deep_weights)
    books = [{flow.price - i: flow.opening_orders for i in range(len(weights) + 1)}]
    books.append({flow.price + 1 + i: flow.opening_orders for i in range(len(weights) + 1)})
    last, found = [flow.price, flow.price + 1], []
    for time, kind in sorted(events):
        side, act, sign = kind // 6, kind % 6, (1, -1)[kind // 6]
        last = [
            f(book) if book else at for f, book, at in zip((max, min), books, last, strict=True)
        ]
        own, other, before = books[side], books[1 - side], [dict(book) for book in books]
        top = min(last[side] * sign, last[1 - side] * sign - 1) * sign
        room = last[1] - last[0] - 1
        if act < 2:
            price = top - sign * (act and 1 + random.choice(len(weights), p=weights))
            own[price] = own.get(price, 0) + 1
        elif act == 2 and own and other and room > 0:
            own[last[side] + sign * random.integers(1, room + 1)] = 1
        elif act in (3, 4):
            prices = [price for price in own if (price == last[side]) == (act == 3)]
            orders = [price for price in prices for _ in range(own[price])]
            share = (flow.top_cancelled, flow.deep_cancelled)[act - 3]
            for price in random.permutation(orders)[: int(share * len(orders) + random.uniform())]:
                own[price] -= 1
        elif act == 5 and other:
            other[last[1 - side]] -= 1
        books = [{price: n for price, n in book.items() if n} for book in books]
        if time > warm_up and books != before and all(books):
            bid, ask = max(books[0]), min(books[1])
            found.append(
                (time - warm_up, (bid + ask) / 2, ask - bid, books[0][bid] + books[1][ask])
            )
    return np.array(found)
