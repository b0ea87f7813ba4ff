"""The world of Avellaneda and Stoikov (2008): sessions by chance, and what they amount to exactly.

At each of 200 steps both sides fill independently with the probability min(1, A e^(-k d) dt), then
the mid moves up or down by sigma sqrt(dt).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quote_states import STATE

WORLD = STATE._replace(mid=100.0, volatility=2.0, fill_decay=1.5, fill_intensity=140.0)
STEPS, STEP = 200, 0.005
MOVE = 2 * np.sqrt(STEP)
MOST = 100  # inventories beyond it have no weight that counts


@dataclass
class Exact:
    """Of the profit: mean, standard deviation, certainty equivalent; and inventory's deviation."""

    mean: float
    std: float
    equivalent: float
    inventory_std: float


def fills(model, inventory, step, mid=100.0):
    """The depths of a model's quotes, and the chances that they fill."""
    quote = model.broadcast(WORLD._replace(mid=mid, inventory=inventory, time_left=1 - STEP * step))
    depths = np.stack((mid - quote.bid, quote.ask - mid))
    quoted = np.stack((quote.bid_size, quote.ask_size)) > 0
    chances = np.where(quoted, np.minimum(1, 140 * np.exp(-1.5 * depths) * STEP), 0.0)
    return np.where(quoted, depths, 0.0), chances


def sessions(model, n, seed):
    """Profits and final inventories of n sessions."""
    random = np.random.default_rng(seed)
    mid, profit, inventory = np.full(n, 100.0), np.zeros(n), np.zeros(n)
    for step in range(STEPS):
        (below, above), (buys, sells) = fills(model, inventory, step, mid)
        bought, sold = random.random(n) < buys, random.random(n) < sells
        profit += bought * below + sold * above
        inventory += bought.astype(float) - sold
        move = MOVE * random.choice([-1.0, 1.0], n)
        profit += inventory * move
        mid += move
    return profit, inventory


def exactly(model, aversion=0.01) -> Exact:
    """The same without chance: the moments of what is earned at each inventory, carried forward.

    Four numbers an inventory: its probability, the first two moments of what fills earned there,
    and the expectation of exp(-aversion * profit). The mid's moves are independent of all of it.
    """
    lots = np.arange(-MOST, MOST + 1.0)
    chain = np.zeros((4, len(lots)))
    chain[[0, 3], MOST] = 1.0
    price_variance = 0.0
    for step in range(STEPS):
        (below, above), (buys, sells) = fills(model, lots, step)
        ways = (
            (0, (1 - buys) * (1 - sells), 0 * below),
            (0, buys * sells, below + above),
            (1, buys * (1 - sells), below),
            (-1, sells * (1 - buys), above),
        )
        after = np.zeros_like(chain)
        for lot, chance, earned in ways:
            p, m1, m2, u = chance * chain
            moved = (p, m1 + earned * p, m2 + 2 * earned * m1 + earned**2 * p)
            after += np.roll((*moved, u * np.exp(-aversion * earned)), lot, axis=1)
        after[3] *= np.cosh(aversion * lots * MOVE)
        price_variance += after[0] @ lots**2 * MOVE**2
        chain = after
    mean = chain[1].sum()
    return Exact(
        mean=mean,
        std=np.sqrt(chain[2].sum() - mean**2 + price_variance),
        equivalent=-np.log(chain[3].sum()) / aversion,
        inventory_std=np.sqrt(chain[0] @ lots**2),
    )
