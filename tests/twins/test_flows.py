"""A simulated market has the laws of a plain one: waits, the mid's moves, the touch; and its rows."""

import numpy as np
from twins.plain_flow import zero_intelligence
from scipy.stats import ks_2samp

import halfspread as hs
from halfspread.event import Kind

LIMITS = (1.85, 1.51, 1.09, 0.88, 0.77, *(1.92 / i**0.52 for i in range(6, 13)))
MARKET, CANCELS = 0.94, (0.71, 0.81, 0.68, 0.56, 0.47)
SECONDS = 1_500


def books_of(tape):
    """After each message: its time in seconds, the best prices and their sizes."""
    rows, levels = tape.events(), [{}, {}]
    found = []
    for row in rows[rows["kind"] != Kind.trade]:
        if row["kind"] == Kind.level:
            book, price = levels[int(row["side"] < 0)], int(row["price"])
            book[price] = int(row["size"])
            if row["size"] == 0:
                del book[price]
        if row["flags"] & hs.Flag.last:
            bid, ask = max(levels[0]), min(levels[1])
            time = (int(row["exchange_time"]) - hs.flows.START) / 1e9
            found.append((time, bid, ask, levels[0][bid] + levels[1][ask]))
    return np.array(found)


def same_law(a, b):
    return ks_2samp(a, b).pvalue > 1e-3


def test_zero_intelligence_against_the_plain_one():
    times, mids, touches = zero_intelligence(LIMITS, MARKET, CANCELS, SECONDS, 50, seed=1)
    flow = hs.flows.ZeroIntelligence(LIMITS, MARKET, CANCELS)
    ours = books_of(hs.simulate(flow, SECONDS, seed=2, warm_up=50))
    our_times, our_mids = ours[:, 0], (ours[:, 1] + ours[:, 2]) / 2
    assert same_law(np.diff(times), np.diff(our_times))
    moved, our_moved = np.flatnonzero(np.diff(mids)) + 1, np.flatnonzero(np.diff(our_mids)) + 1
    assert same_law(np.diff(times[moved]), np.diff(our_times[our_moved]))
    assert same_law(np.diff(mids[moved]), np.diff(our_mids[our_moved]))
    seconds = np.searchsorted(our_times, np.arange(1, SECONDS, 5)) - 1
    assert same_law(touches[::5, 0], ours[seconds, 3])
    assert same_law(touches[::5, 1], ours[seconds, 2] - ours[seconds, 1])
