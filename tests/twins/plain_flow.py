"""Plain flow: zero intelligence in fifty lines, counts of orders by price, one event at a time."""

import numpy as np


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
