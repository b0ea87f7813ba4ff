"""Liquidation: flat by the deadline, never past zero, on its schedule; and what it reports."""

from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from halfspread.inventory.liquidate import Liquidation
from scripted_market import ASK, BID, SECOND, Script

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def schedule_of(inventory, seconds=60.0, steps=12, risk_aversion=1e-4, volatility=2.0):
    return hs.AlmgrenChriss(
        inventory, seconds, steps, volatility, 0.5, 0.05, risk_aversion=risk_aversion
    )


def bring_home(
    market,
    position,
    begin=5.0,
    watch=lambda *_: None,
    scheduled=None,
    risk_aversion=1e-4,
    **options,
):
    """Take `position` at the start, then liquidate it."""
    liquidation, opened, seen, done = None, False, [], None
    for state in market:
        if not opened and state.bid == state.bid and state.ask == state.ask:
            side = BID if position > 0 else ASK
            opened = market.submit(side, 0, abs(position), "market") is not None
        if liquidation is None and state.time >= begin and state.inventory != 0:
            inventory = state.inventory if scheduled is None else scheduled
            schedule = schedule_of(inventory, risk_aversion=risk_aversion)
            liquidation = Liquidation(market, schedule, **options)
        if liquidation is not None:
            home = liquidation.step(state)
            assert not (home and state.inventory), "never done with the position open"
            seen.append((liquidation.seconds, state.inventory))
            watch(liquidation, state)
            if home and done is None:
                done = liquidation.seconds
    return liquidation, np.array(seen), done


def check_home(seen, done, horizon=60.0):
    sign = np.sign(seen[0, 1])
    assert (sign * seen[:, 1] >= 0).all(), "never past zero"
    assert (np.diff(sign * seen[:, 1]) <= 0).all(), "never away from it"
    assert seen[-1, 1] == 0
    assert done is not None
    assert done <= horizon


@pytest.mark.parametrize("position", [3_000, -3_000])
@pytest.mark.parametrize("latency_ms", [0, 30, 400])
def test_it_ends_flat_in_a_synthetic_market(position, latency_ms):
    tape = hs.synthetic.tape(events=30_000, seed=3)
    market = hs.Replay(tape, latency_ms=latency_ms)

    def watch(liquidation, state):
        open_lots = sum(order.leaves for order in market.open_orders())
        assert open_lots <= abs(state.inventory), "what is under way can't pass zero"

    liquidation, seen, done = bring_home(market, position, watch=watch)
    check_home(seen, done)
    makers = market.result().fills["maker"]
    assert makers.any(), "some passive"
    assert not makers[1:].all(), "some taken"
    behind = liquidation.progress().behind
    assert behind <= 0


def test_it_keeps_to_its_schedule():
    """At each node no more is left than planned, but for a take or two that is under way."""
    tape = hs.synthetic.tape(events=30_000, seed=5)
    market = hs.Replay(tape, latency_ms=5)
    planned = []

    def watch(liquidation, state):
        planned.append((liquidation.progress().planned, state.inventory))

    bring_home(market, 3_000, watch=watch)
    gaps = np.array([held - due for due, held in planned])
    assert np.median(gaps) < 0.1 * 3_000
    assert gaps.max() < 0.25 * 3_000


def quiet_script(seconds=90):
    script = Script(10_000, depth=5)
    for tenth in range(1, seconds * 10):
        script._row(tenth / 10, hs.Kind.level, ASK, 10_001, 5 + tenth % 2)
        script._row(tenth / 10, hs.Kind.level, BID, 9_999, 5 + tenth % 2)
    return script


def test_where_nobody_trades_it_takes_what_is_shown_slice_by_slice():
    market = hs.Replay(quiet_script().tape(), latency_ms=10)
    planned = []

    def watch(liquidation, _):
        progress = liquidation.progress()
        planned.append((progress.seconds, progress.planned))

    liquidation, seen, done = bring_home(market, 15, watch=watch, take_every_s=0.2, reserve_s=10.0)
    check_home(seen, done)
    for seconds, due in planned:  # all of the schedule before the reserve
        wanted = schedule_of(15).holding(min(seconds * 60 / 50, 60.0))
        assert due == pytest.approx(wanted, abs=1e-9)
    fills = market.result().fills
    assert not fills["maker"][1:].any()
    assert liquidation.takes >= 4
    assert np.ptp(fills["local_time"][1:]) > 20 * SECOND, "over the whole time, not at once"


def test_in_an_empty_market_it_fails_loudly_not_wrongly():
    """No bids at all: nothing can be sold, and step never says that it is done."""
    script = quiet_script(20)
    for price in (9_997, 9_998, 9_999):
        script._row(20.0, hs.Kind.level, BID, price, 0)
    for tenth in range(201, 900):
        script._row(tenth / 10, hs.Kind.level, ASK, 10_001, 5 + tenth % 2)
    market = hs.Replay(script.tape(), latency_ms=10)
    liquidation, seen, done = bring_home(market, 4, begin=25.0)
    assert done is None
    assert seen[-1, 1] == 4
    assert liquidation.progress().behind == 4


def test_past_the_deadline_it_takes_what_there_is_at_last():
    """The bids are gone from 20 s to 90 s; the deadline is at 85."""
    script = quiet_script(20)
    for second in range(20, 120):
        size = 0 if second < 90 else 5
        for price in (9_997, 9_998, 9_999):
            script._row(second, hs.Kind.level, BID, price, size)
        script._row(second, hs.Kind.level, ASK, 10_001, 5 + second % 2)
    market = hs.Replay(script.tape(), latency_ms=10)
    _, seen, done = bring_home(market, 4, begin=25.0)
    assert seen[-1, 1] == 0
    assert 65 <= done <= 66


def test_the_last_lot_is_offered_before_it_is_taken():
    """A steep schedule leaves a tenth of a lot for most of its time: that lot is not forgotten."""
    market = hs.Replay(quiet_script().tape(), latency_ms=10)
    idle, takes = [], []

    def watch(liquidation, state):
        progress = liquidation.progress()
        resting = [order.price for order in market.open_orders()]
        if progress.inventory == 1 and 1e-6 < progress.planned < 1 and progress.seconds < 54:
            idle.append((progress.seconds, resting))
            takes.append(progress.takes)

    _, seen, done = bring_home(market, 6, watch=watch, risk_aversion=0.001)
    check_home(seen, done)
    assert idle[-1][0] - idle[0][0] > 30, "it is held for most of the time"
    assert all(resting == [10_001] for seconds, resting in idle if seconds > idle[0][0] + 1)
    assert len(set(takes)) == 1, "and taken in the reserve alone"


@pytest.mark.parametrize(("position", "scheduled"), [(-3, 3), (3, -3), (3, 1), (3, 30), (3, 0)])
def test_another_position_than_the_schedule_s_is_refused(position, scheduled):
    market = hs.Replay(quiet_script(20).tape())
    words = f"inventory must be the position of {position} lots, was {scheduled}"
    with pytest.raises(hs.ConfigError, match=words):
        bring_home(market, position, scheduled=scheduled)


def test_what_others_leave_beyond_zero_is_taken_back():
    market = hs.Replay(quiet_script().tape(), latency_ms=10)
    sold = []

    def watch(liquidation, state):
        if not sold and liquidation.seconds > 10:
            sold.append(market.submit(ASK, 0, 5, "market"))

    liquidation, seen, _ = bring_home(market, 4, watch=watch)
    assert seen[:, 1].min() < 0
    assert seen[-1, 1] == 0
    began = seen[seen[:, 1] < 0][0, 0]
    assert seen[seen[:, 1] < 0][-1, 0] < began + 5, "soon, not at the deadline"
    assert liquidation.progress().inventory == 0


def test_an_offer_that_became_larger_than_what_is_left_is_pulled():
    """All five rest in the first slice; somebody sells three: an offer of five would turn it."""
    market = hs.Replay(quiet_script().tape(), latency_ms=10)
    sold, offered = [], []

    def watch(liquidation, state):
        resting = sum(order.leaves for order in market.open_orders() if order.side == ASK)
        offered.append((liquidation.seconds, resting, state.inventory))
        if not sold and liquidation.seconds > 2:
            sold.append(market.submit(ASK, 0, 3, "market"))

    bring_home(market, 5, watch=watch, risk_aversion=1e3)
    assert max(resting for seconds, resting, _ in offered if seconds < 2) == 5
    assert all(resting <= left for seconds, resting, left in offered if seconds > 3)
    assert max(resting for seconds, resting, _ in offered if 3 < seconds < 4) == 2


def test_progress_tells_the_market_s_means():
    tape = hs.synthetic.tape(events=30_000, seed=3)
    market = hs.Replay(tape, latency_ms=5, decide_every="250ms")
    mids, marks = [], []

    def watch(liquidation, state):
        mids.append((liquidation.seconds, state.mid))
        marks.append((market.now, liquidation.progress()))

    liquidation, seen, _ = bring_home(market, 3_000, watch=watch)
    now, progress = marks[200]
    times, values = np.array(mids[:201]).T
    mean = (values[:-1] * np.diff(times)).sum() / (times[-1] - times[0])
    assert progress.twap == pytest.approx(mean, rel=1e-12)
    events = tape.events()
    began = marks[0][0]
    trades = events[(events["kind"] == hs.Kind.trade)]
    trades = trades[(trades["local_time"] > began) & (trades["local_time"] <= now)]
    vwap = (trades["price"] * trades["size"]).sum() / trades["size"].sum()
    assert progress.vwap == pytest.approx(vwap, rel=1e-12)
    assert progress.traded == seen[0, 1] - progress.inventory
    assert progress.arrival == mids[0][1]
    assert progress.seconds + progress.seconds_left == pytest.approx(60)
    fills = market.result().fills
    ours = (fills["local_time"] > began) & (fills["local_time"] <= now)
    assert np.all(fills["side"][ours] == ASK)
    assert fills["size"][ours].sum() == progress.traded
    price = np.average(fills["price"][ours], weights=fills["size"][ours])
    assert progress.price == pytest.approx(price, rel=1e-12)
    assert progress.slippage == pytest.approx(vwap - price, rel=1e-12)
    assert np.isnan(marks[0][1].price), "before the first fill"
    assert liquidation.progress().inventory == 0


def test_a_short_is_brought_home_worse_by_what_it_pays_over_the_vwap():
    market = hs.Replay(quiet_script().tape(), latency_ms=10)
    liquidation, *_ = bring_home(market, -5)
    assert np.isnan(liquidation.progress().slippage), "nobody else traded"
    assert liquidation.progress().price == 10_001
    market = hs.Replay(hs.synthetic.tape(events=30_000, seed=3), latency_ms=5)
    found = bring_home(market, -3_000)[0].progress()
    assert found.slippage == pytest.approx(found.price - found.vwap)


def test_the_order_of_a_guard_comes_first():
    """While the guard flattens, orders by hand are refused, and both end flat."""
    market = hs.Replay(
        quiet_script().tape(), guard=hs.GuardPolicy(holding_time="20s", patience="1s")
    )
    _, seen, done = bring_home(market, 15)
    check_home(seen, done)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"reserve_s": 0.0}, "reserve_s must be > 0 and < the horizon of 60 s, was 0.0"),
        ({"reserve_s": 60.0}, "was 60.0"),
        ({"take_every_s": -1.0}, "take_every_s must be >= 0, was -1.0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, words):
    market = hs.Replay(quiet_script(2).tape())
    with pytest.raises(hs.ConfigError) as caught:
        Liquidation(market, schedule_of(10), **options)
    assert words in str(caught.value)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded data at {DATA}")
def test_it_ends_flat_on_a_recorded_tape(tmp_path):
    """BTCUSDT perpetual, 8 August 2024: two coins in a minute."""
    from halfspread.codecs import import_files

    raw = DATA / "binance_raw_ws" / "usdm_btcusdt_20240808.gz"
    instrument = hs.Instrument("BTCUSDT", "0.1", "0.001")
    events, _ = import_files("binance", [raw], instrument)
    tape = hs.write_tape(tmp_path / "btc.tape", events, instrument)
    market = hs.Replay(tape, latency_ms=5)
    liquidation, seen, done = bring_home(market, 2_000)
    check_home(seen, done)
    assert 0 < liquidation.takes < 100
