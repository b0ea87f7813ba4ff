"""Portfolio: several replays on one clock: what is cut, what is refused, and what comes out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.inventory.risk import unit_tail
from halfspread.models import Asset, MultiAssetMaker
from scripted_market import SECOND

TAPES = {"A": synthetic.tape(events=15_000, seed=3), "B": synthetic.tape(events=12_000, seed=4)}
LINEAR = {"tick": "0.1", "lot": "0.001"}


def market(name, **options):
    return hs.Replay(TAPES[name], **{"latency_ms": 5, "decide_every": "200ms", **options})


def both(**options):
    return hs.Portfolio({name: market(name, **options) for name in TAPES})


def around(state, half_spread=2.0, size=3.0):
    return hs.Quote(state.mid - half_spread, state.mid + half_spread, size, size)


def maker(state):
    return {name: around(own) for name, own in state.states.items()}


def same(one, two):
    """Fills, path and counters of two runs are the same bytes."""
    for name in ("fills", "path", "counters"):
        a, b = getattr(one, name), getattr(two, name)
        assert a.keys() == b.keys()
        for column in a:
            assert a[column].tobytes() == b[column].tobytes(), (name, column)


@pytest.mark.parametrize("rules", ["halfspread", "hftbacktest"])
def test_one_instrument_is_its_replay_stepped(rules):
    run = hs.backtest(maker, hs.Portfolio({"A": market("A", rules=rules)}))
    alone = market("A", rules=rules)
    for state in alone:
        alone.quote(*around(state))
    expected = alone.result()
    same(run["A"], expected)
    assert len(run["A"].fills["side"]) > 20
    assert run["A"].assumptions == {**expected.assumptions, "model": "portfolio maker maker"}
    np.testing.assert_array_equal(run.times, expected.path["time"])
    np.testing.assert_array_equal(run.wealth, expected.path["wealth"][:, 0])


def test_all_decide_at_the_same_times_over_what_all_have():
    portfolio = both()
    longer, shorter = TAPES["A"], TAPES["B"]
    assert longer.span[1] > shorter.span[1]
    times = []
    for state in portfolio:
        now = {name: m.now for name, m in portfolio.markets.items()}
        assert now["A"] == now["B"] == portfolio.now
        assert state.states["A"].time == state.states["B"].time
        times.append(portfolio.now)
    begin = max(tape.span[0] for tape in TAPES.values())
    assert times == [begin + 200_000_000 * (k + 1) for k in range(len(times))]
    assert len(times) > 100
    assert portfolio.markets["A"].tape.span[1] <= max(shorter.span[1], portfolio.now)
    assert portfolio.markets["B"].tape is shorter


def test_a_tape_that_began_before_begins_with_the_book_that_stood():
    first = TAPES["A"].span[0]
    late = market("B", start=first + 20 * SECOND)
    portfolio = hs.Portfolio({"A": market("A"), "B": late})
    portfolio.begin()
    state = portfolio.step()
    assert portfolio.now == late.tape.span[0] + 200_000_000
    stepped = market("A")
    own = next(state for state in stepped if stepped.now >= portfolio.now)
    seen = state.states["A"]
    assert (seen.bid, seen.ask, seen.bid_size) == (own.bid, own.ask, own.bid_size)


def tied():
    """A maker of both, whose correlation makes each lean by the other."""
    instrument = TAPES["A"].instrument
    one = Asset.in_ticks(instrument, volatility=4, fill_intensity=1, fill_decay=0.5, size=2)
    return MultiAssetMaker([one, one], [[1, 0.9], [0.9, 1]], 500.0, symbols=["B", "A"])


@pytest.mark.parametrize("quoting", [maker, tied()], ids=["plain", "tied"])
def test_the_order_of_the_mapping_does_not_matter(quoting):
    one = hs.backtest(quoting, both())
    other = hs.backtest(quoting, hs.Portfolio({n: market(n) for n in reversed(TAPES)}))
    assert one.names == other.names[::-1]
    for name in one.names:
        same(one[name], other[name])
    assert one.wealth.tobytes() == other.wealth.tobytes()
    assert one.metrics() == other.metrics()


def test_the_same_portfolio_gives_the_same_run_again_and_leaves_its_replays_alone():
    given = {name: market(name) for name in TAPES}
    portfolio = hs.Portfolio(given)
    one, other = hs.backtest(maker, portfolio), hs.backtest(maker, portfolio)
    for name in one.names:
        same(one[name], other[name])
    with pytest.raises(hs.ConfigError, match="step the market first"):
        _ = given["A"].now


def test_the_whole_is_the_sum_of_its_parts():
    run = hs.backtest(maker, both())
    whole, parts = run.metrics(), [run[name].metrics() for name in run.names]
    for name in ("profit", "profit_spread", "profit_inventory", "fees", "turnover", "fills"):
        assert whole[name] == pytest.approx(sum(part[name] for part in parts), abs=1e-12)
    assert run.wealth[-1] == pytest.approx(whole["profit"], abs=1e-9)
    split = whole["profit_spread"] + whole["profit_inventory"] - whole["fees"]
    assert whole["profit"] == pytest.approx(split, abs=1e-9)
    for name in run.names:
        path, size = run[name].path, run[name].instrument.size
        rows = np.searchsorted(path["time"], run.times, side="right") - 1
        held = size(path["inventory"][rows, 0])
        np.testing.assert_allclose(run.inventories[name], held)
        price = run[name].instrument.price(path["mid"][rows])
        np.testing.assert_allclose(run.values[name], np.where(held == 0, 0, held * price))
    net = sum(run.values.values())
    assert whole["peak_net_value"] == np.nanmax(np.abs(net))
    assert whole["peak_gross_value"] >= whole["peak_net_value"]


def test_before_the_first_step_nothing_has_come_out():
    portfolio = both()
    portfolio.begin()
    run = portfolio.result()
    assert len(run.times) == len(run.wealth) == 0
    assert run.metrics()["fills"] == run.metrics()["peak_gross_value"] == 0


def test_risk_and_correlation():
    run = hs.backtest(maker, both())
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    at_risk = run.value_at_risk(covariance, 30)
    q = np.array([path[-1] for path in run.inventories.values()])
    expected = unit_tail(0.95).value_at_risk * np.sqrt(q @ covariance @ q * 30)
    assert at_risk.shape == run.times.shape
    assert at_risk[-1] == pytest.approx(expected)
    assert run.risk(covariance, 30).value_at_risk == pytest.approx(expected)
    surer = run.value_at_risk(covariance, 30, confidence=0.99)[-1]
    assert surer == pytest.approx(run.risk(covariance, 30, confidence=0.99).value_at_risk)
    assert surer > expected
    found = run.correlation(2.0)
    np.testing.assert_allclose(np.diag(found), 1)
    assert abs(found[0, 1]) < 1
    with pytest.raises(hs.ConfigError, match="covariance must be of shape"):
        run.value_at_risk(np.eye(3), 30)
    with pytest.raises(hs.ConfigError, match=r"width_s must leave .* was 1000000"):
        run.correlation(1e6)


def test_the_summary_names_each_and_the_whole(capsys):
    hs.backtest(maker, both()).summary()
    said = capsys.readouterr().out
    for word in ("A", "B", "the whole", "max drawdown", "peak gross value"):
        assert word in said


def test_a_bad_quote_pulls_its_own_instrument_and_is_counted():
    def crossed(state):
        return {**maker(state), "A": hs.Quote(10.0, 5.0)}

    with pytest.warns(UserWarning, match="no usable quote"):
        run = hs.backtest(crossed, both())
    assert run["A"].errors
    assert run["A"].counters["submits"][0] == 0
    assert not run["B"].errors
    assert len(run["B"].fills["side"]) > 5


def test_an_error_of_the_maker_is_raised_and_says_when():
    def failing(state):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no") as caught:
        hs.backtest(failing, both())
    assert caught.value.__notes__[0].startswith("in the portfolio's maker at 20")


def named(instrument, **options):
    return hs.Replay(replace(TAPES["A"], instrument=instrument), **options)


def test_what_is_refused():
    fine = market("A")
    usdt, coin = hs.Instrument("BTCUSDT", **LINEAR), hs.Instrument("ETHBTC", **LINEAR)
    inverse = hs.Instrument("BTCUSD_PERP", "0.1", 1, 100, inverse=True)
    dollar = hs.Instrument("ETH-USD-PERP", **LINEAR)
    far = named(usdt)
    far = replace(far, tape=far.tape.slice(*(far.tape.span[1] - k * SECOND for k in (5, 0))))
    early = market("A", end=TAPES["A"].span[0] + 5 * SECOND)
    refused = {
        "markets must not be empty": {},
        "B must be a Replay, was Tape": {"A": fine, "B": TAPES["B"]},
        r"decide_every must be the same for all, was A 200ms, B 50ms": {
            "A": fine,
            "B": market("B", decide_every="50ms"),
        },
        "on must be None, of B it was 'trade'": {"A": fine, "B": market("B", on="trade")},
        r"B \(BTCUSD_PERP\) is inverse": {"A": named(usdt), "B": named(inverse)},
        "quote currencies must agree, were A USDT, B BTC": {"A": named(usdt), "B": named(coin)},
        "were A USDT, B USD": {"A": named(usdt), "B": named(dollar)},
        "spans must have a common part, were A 20": {
            "A": replace(far, decide_every="200ms"),
            "B": early,
        },
    }
    for words, markets in refused.items():
        with pytest.raises(hs.ConfigError, match=words):
            hs.Portfolio(markets)
    with pytest.raises(hs.ConfigError, match="decide_every: give it to the portfolio's Replays"):
        hs.backtest(maker, both(), decide_every="1s")
    with pytest.raises(hs.ConfigError, match="maker must be callable"):
        hs.backtest(3, both())
    with pytest.raises(hs.ConfigError, match=r"quotes must be of \['A', 'B'\], were of \['A'\]"):
        hs.backtest(lambda state: {"A": around(state.states["A"])}, both())
    for ask in ("now", "state"):
        with pytest.raises(hs.ConfigError, match="step the portfolio first"):
            getattr(both(), ask)


def test_a_market_without_a_book_at_the_common_begin_is_refused():
    events = TAPES["A"].events().copy()
    trades = events[events["kind"] == hs.Kind.trade]
    prints = hs.Tape.from_events(trades[trades["exchange_time"] > 0], TAPES["A"].instrument)
    late = market("B", start=prints.span[0] + 30 * SECOND)
    portfolio = hs.Portfolio({"A": hs.Replay(prints, decide_every="200ms"), "B": late})
    with pytest.raises(hs.ConfigError, match="A has no book at"):
        portfolio.begin()


def test_a_market_that_ends_first_counts_on_as_it_was():
    events = TAPES["A"].events()
    early = events[events["exchange_time"] < events["exchange_time"][0] + 20 * SECOND]
    gap = hs.Tape.from_events(np.concatenate([early, events[-1:]]), TAPES["A"].instrument)
    assert gap.span[1] > TAPES["B"].span[1]
    portfolio = hs.Portfolio({"A": hs.Replay(gap, decide_every="200ms"), "B": market("B")})
    asked = []

    def counting(state):
        asked.append(state.states["A"])
        return maker(state)

    run = hs.backtest(counting, portfolio)
    decisions = {name: int(run[name].counters["decisions"][0]) for name in run.names}
    assert decisions["A"] < 110 < decisions["B"] == len(asked)
    assert len(set(asked[decisions["A"] + 1 :])) == 1
    assert run["A"].counters["inventory"][0] == asked[-1].inventory
    assert run.times[-1] == run["B"].path["time"][-1] > run["A"].path["time"][-1]
    profit = sum(run[name].metrics()["profit"] for name in run.names)
    assert run.wealth[-1] == pytest.approx(profit, abs=1e-9)


def test_a_multi_asset_maker_runs_over_a_portfolio_and_leans_by_the_other():
    together, alone = tied(), MultiAssetMaker(tied().assets, np.eye(2), 500.0, symbols=["B", "A"])
    runs = [hs.backtest(quoting, both()) for quoting in (together, alone)]
    for run in runs:
        assert min(len(run[name].fills["side"]) for name in run.names) > 5
        assert not run["A"].errors + run["B"].errors
        assert run["A"].model_name == "portfolio maker MultiAssetMaker"
    paths = [run["A"].path["bid"] for run in runs]
    assert not np.array_equal(*paths, equal_nan=True)
