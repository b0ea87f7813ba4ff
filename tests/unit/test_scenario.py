"""Scenarios: what they refuse, tapes that tell the truth, and that who knows more costs a maker."""

import json

import numpy as np
import pyarrow
import pytest

import halfspread as hs
from halfspread.event import EVENT, Kind
from halfspread.flows import START, Hawkes, Informed, QueueReactive, Scenario, Shock
from halfspread.hawkes_flow import KINDS
from halfspread.simulate_command import EXAMPLES
from halfspread.simulating import INSTRUMENT
from halfspread.tape import Tape
from halfspread.tape_rows import TOLD
from twins.plain_flow import books_of

SKY = hs.flows.ZeroIntelligence.sky_perfect(speed=60)
LOTS = np.arange(21)
QUEUES = QueueReactive(
    limit=[np.where(LOTS == 0, 3.0, 1.8).tolist()] * 3,
    cancel=[np.where(LOTS == 0, 0, 0.9 + 0.12 * LOTS).tolist()] * 3,
    market=[[0.0, *(0.6 / LOTS[1:])], [0.0] * 21, [0.0] * 21],
)
FLOWS = {"zero_intelligence": SKY, "queue_reactive": QUEUES, "hawkes": Hawkes.lively()}
TRUTH = ["efficient_price_ticks", "informed"]


def good(**changes):
    """Arguments of a Hawkes flow that are right but for the changes."""
    arguments = {"baselines": (1.0,) * 12, "decays": (2.0,), "jumps": np.zeros((1, 12, 12))}
    return {**arguments, **changes}


def matrix(value):
    jumps = np.zeros((1, 12, 12))
    jumps[0, 5, 5] = value
    return jumps


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"baselines": (1.0,) * 11}, "baselines must be 12 rates"),
        ({"baselines": (-1.0,) * 12}, "baselines must be >= 0 and not all 0"),
        ({"decays": (0.0,)}, "decays must be > 0"),
        ({"decays": (1.0,) * 17}, "decays must be at most 16, was '17 of them'"),
        ({"jumps": np.zeros((2, 12, 12))}, r"jumps must be of shape \(1, 12, 12\)"),
        ({"jumps": "none"}, "jumps must be of shape"),
        ({"jumps": matrix(np.nan)}, "jumps must be finite"),
        ({"jumps": matrix(2.0)}, "has a spectral radius < 1, was '1'"),
        ({"jumps": matrix(3.0) - np.ones((1, 12, 12))}, "has a spectral radius < 1, was '1'"),
        ({"deep_weights": (0.0,)}, "deep_weights must be >= 0 and not all 0"),
        ({"top_cancelled": 0.0}, "top_cancelled must be > 0 and at most 1, was 0.0"),
        ({"deep_cancelled": 1.5}, "deep_cancelled must be > 0 and at most 1, was 1.5"),
        ({"sizes": (0,)}, "sizes must be whole lots"),
        ({"opening_orders": 0}, "opening_orders must be a whole number in 1 to 1000"),
        ({"price": 0.5}, "price must be whole ticks"),
    ],
)
def test_hawkes_refuses_by_name(changes, words):
    Hawkes(**good())
    with pytest.raises(hs.ConfigError, match=words):
        Hawkes(**good(**changes))


def test_power_laws_are_refused_by_name():
    for baselines, kernels, decays, words in (
        ({"bid": 1.0}, {}, (1.0, 4.0), "baselines must be of bid limit_top"),
        ({KINDS[0]: 1.0}, {("bid", KINDS[0]): (1, 2, 3)}, (1.0, 4.0), "kernels must be between"),
        ({KINDS[0]: 1.0}, {(KINDS[0],) * 2: (1, 1, 3)}, (1.0, 4.0), "alpha, beta > 1 and gamma"),
        ({KINDS[0]: 1.0}, {}, (1.0, 4.0, 8.0), "decays must be ascending, each the same multiple"),
        ({KINDS[0]: 1.0}, {}, (1.0,), "decays must be > 0 and two or more"),
    ):
        with pytest.raises(hs.ConfigError, match=words):
            Hawkes.from_power_laws(baselines, kernels, decays)


def test_rates_and_branching_of_one_kind_that_excites_itself():
    flow = Hawkes(**good(jumps=matrix(1.5)))
    assert flow.branching[5, 5] == 0.75
    assert flow.mean_rates()[5] == pytest.approx(4.0)
    assert Hawkes.lively(speed=3).mean_rates() == pytest.approx(3 * Hawkes.lively().mean_rates())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Informed(0, 1), "informed.rate must be > 0"),
        (lambda: Informed(1, -1), "informed.volatility must be from 0"),
        (lambda: Informed(1, 1, size=0), "informed.size must be a whole number"),
        (lambda: Informed(1, 1, step="1us"), "informed.step must be at least 1ms"),
        (lambda: Shock("soon"), "shock.at must be a duration"),
        (lambda: Shock("1m", "1m", limit=0), "shock.limit must be > 0 and at most 1e6, was 0"),
        (lambda: Shock("1m", "1m", side="left"), "shock.side must be one of both, bid, ask"),
        (lambda: Shock("1m", sweep_ticks=2), "shock.side must be bid or ask: who sweeps"),
        (lambda: Shock.gap("1m", "bid", -1), "shock.sweep_ticks must be a whole number"),
        (lambda: Shock.gap("1m", "bid", 0), "shock.sweep_ticks must be a whole number in 1 to"),
        (lambda: Shock("1m", limit=2), "shock.lasting must be > 0 where rates change, was 0"),
        (lambda: Shock("1m", "1m"), "shock must be of other rates, or sweep_ticks > 0"),
        (lambda: Scenario(SKY, shocks=Shock.gap("1m", "bid", 1)), "shocks must be a sequence"),
        (lambda: Scenario(SKY, season=0.5), "season must be a sequence, .* was 0.5"),
        (lambda: Scenario(3), "flow must be one of ZeroIntelligence, QueueReactive, Hawkes"),
        (lambda: Scenario(Scenario(SKY)), "flow must be one of"),
        (lambda: Scenario(SKY, season=(1,)), "season must be points"),
        (lambda: Scenario(SKY, season=(("1h", 0),)), "season must be of multipliers > 0"),
        (lambda: Scenario(SKY, season=(("2h", 1), ("1h", 1))), "season must be in order of time"),
        (lambda: Scenario(SKY, shocks=("burst",)), "shocks must be of Shock"),
        (lambda: Scenario(SKY, informed=0.5), "informed must be an Informed"),
        (lambda: Scenario.from_dict(SKY, {"shock": 1}), "shock is no part of a scenario"),
        (lambda: Scenario.from_dict(SKY, {"shocks": 1}), "shocks must be a list"),
        (lambda: Scenario.from_dict(SKY, {"shocks": [{}]}), "shock: .*missing.*'at'"),
        (lambda: Scenario.from_dict(SKY, {"season": 1}), "season must be points"),
        (lambda: Scenario.from_dict(SKY, {"informed": {"x": 1}}), "informed: x is no parameter"),
    ],
)
def test_scenarios_refuse_by_name(make, words):
    with pytest.raises(hs.ConfigError, match=words):
        make()


def test_named_shocks_are_multipliers_and_sweeps():
    assert Shock.burst("1m", "1m", 3) == Shock("1m", "1m", limit=3, cancel=3, market=3)
    assert Shock.withdrawal("1m", "1m").row()[2] == [0.3, 0.3, 3.0, 3.0, 1.0, 1.0]
    assert Shock.one_sided(60, 1, "ask", 4).row() == (
        START + 60 * 10**9,
        10**9,
        [1.0] * 5 + [4],
        0,
        0,
    )
    assert Shock.gap(0, "ask", 5).row() == (START, 0, [1.0] * 6, -1, 5)


def scenario(flow):
    return Scenario(
        flow,
        season=(("0h", 2.0), ("1h", 1.0)),
        shocks=(Shock.gap("90s", "bid", 3), Shock.burst("1m", "20s", 3)),
        informed=Informed(rate=1.0, volatility=1.0),
    )


@pytest.mark.parametrize("name", FLOWS)
def test_a_tape_tells_the_truth_and_is_read_as_any(name, tmp_path):
    flow = scenario(FLOWS[name])
    tape = hs.simulate(flow, "5m", seed=3, path=tmp_path / "a.tape")
    assert list(tape.columns)[-2:] == TRUTH
    again = hs.simulate(flow, "5m", seed=3, path=tmp_path / "b.tape")
    assert (tmp_path / "a.tape").read_bytes() == (tmp_path / "b.tape").read_bytes()
    assert again.rows == tape.rows
    other = hs.simulate(flow, "5m", seed=3, lane=1).columns
    assert not np.array_equal(other["price_ticks"][:99], tape.columns["price_ticks"][:99])
    with pyarrow.ipc.open_file(str(tmp_path / "a.tape")) as file:
        table = file.read_all()
    assert np.sum(table["informed"].to_numpy()) > 0
    assert np.std(table["efficient_price_ticks"].to_numpy()) > 1
    tape.to_parquet(tmp_path / "a.parquet")
    back = hs.tape_from_parquet(tmp_path / "a.parquet", tmp_path / "c.tape")
    assert (tmp_path / "a.tape").read_bytes() == (tmp_path / "c.tape").read_bytes()
    half = back.slice(START, START + 150 * 10**9)
    assert not set(TRUTH) & set(half.columns)
    run = hs.backtest(hs.models.fixed_spread(half_spread=1), hs.Replay(tape, latency_ms=1))
    assert run.counters["submits"][0] > 0


def test_without_informed_takers_there_is_no_truth_to_tell():
    tape = hs.simulate(Scenario(SKY, season=(("0h", 2.0),)), "1m", seed=1)
    assert not set(TRUTH) & set(tape.columns)
    assert np.isnan(Scenario(SKY).start().efficient_price)


def test_all_chunks_of_a_tape_have_a_truth_or_none():
    plain = hs.simulate(SKY, "10s", seed=1).events()
    told = np.zeros(len(plain), TOLD)
    for field in EVENT.names:
        told[field] = plain[field]
    later = plain.copy()
    later["exchange_time"] += 10**12
    later["local_time"] += 10**12
    with pytest.raises(hs.ConfigError, match="all chunks have a truth, or none has"):
        Tape.from_events([told, later], INSTRUMENT)


@pytest.mark.parametrize("name", FLOWS)
def test_a_maker_loses_to_the_informed_and_not_to_the_others(name):
    """Mark-outs: what a resting order that was filled has earned by the mid 20 s later."""
    informed = Informed(rate=1.0, volatility=1.0)
    tape = hs.simulate(Scenario(FLOWS[name], informed=informed), "40m", seed=5)
    columns, books = tape.columns, books_of(tape)
    trades = columns["kind"] == Kind.trade
    seconds = (columns["exchange_time"][trades] - START) / 1e9
    knew, aggressor = columns["informed"][trades] == 1, columns["side"][trades]
    mids = (books[:, 1] + books[:, 2]) / 2
    later = mids[np.searchsorted(books[:, 0], seconds + 20, side="right") - 1]
    earned = aggressor * (columns["price_ticks"][trades] - later)
    for who in (knew, ~knew):
        assert who.sum() > 300
    error = [earned[who].std() / np.sqrt(who.sum()) for who in (knew, ~knew)]
    assert earned[knew].mean() < -3 * error[0]
    assert earned[~knew].mean() > -3 * error[1]
    assert earned[~knew].mean() > earned[knew].mean() + 6 * np.hypot(*error)


def test_the_command_takes_a_scenario(call, tmp_path):
    text = EXAMPLES.split("# bad_day.yaml")[1].split("\n", 1)[1]
    (tmp_path / "bad_day.yaml").write_text(text)
    scenario = ("--scenario", "bad_day.yaml")
    call("simulate", "hawkes", "-o", "x.tape", "--duration", "12m", "--seed", 1, *scenario)
    tape = hs.open_tape(tmp_path / "x.tape")
    assert set(TRUTH) < set(tape.columns)
    minutes = (tape.columns["exchange_time"] - START) // (60 * 10**9)
    rows = np.bincount(minutes, minlength=12)
    assert rows[10:12].mean() > 3 * rows[1:10].mean(), "the burst of the eleventh minute"
    assert json.loads(call("inspect", "x.tape", "--json").stdout)["venue"] == "simulated"
    call("calibrate", "x.tape", "-o", "x.yaml")
    (tmp_path / "bad_day.yaml").write_text("shocks: [{at: 1m, lasting: 1m, markets: 2}]\n")
    wrong = call("simulate", "hawkes", "-o", "y.tape", *scenario, status=2)
    assert "bad_day.yaml: shock: markets is no parameter" in wrong.output


def test_a_file_may_say_a_simulated_market_s_scenario(tmp_path):
    text = """
        simulated: {flow: hawkes, horizon: 10s, warm_up: 10s, scenario: %s}
        model: {model: fixed_spread, half_spread: 0.5}
        """
    said = {"season": [["0h", 2.0]], "informed": {"rate": 1.0, "volatility": 0.5}}
    (tmp_path / "scenario.yaml").write_text(json.dumps(said))
    found = []
    for scenario in ("scenario.yaml", json.dumps(said)):
        (tmp_path / "c.yaml").write_text(text % scenario)
        found.append(hs.read_config(tmp_path / "c.yaml").open_market())
    assert found[0] == found[1]
    assert found[0].flow == Scenario(Hawkes.lively(), (("0h", 2.0),), informed=Informed(1.0, 0.5))
    assert "Scenario(Hawkes(" in found[0].assumptions()["flow"]
    (tmp_path / "c.yaml").write_text(text % "{shock: 1}")
    with pytest.raises(hs.ConfigError, match="shock is no part of a scenario"):
        hs.read_config(tmp_path / "c.yaml")


def test_the_command_takes_laws_of_a_hawkes_flow(call, tmp_path):
    laws = {**good(), "jumps": matrix(1.0).tolist(), "price": 5_000}
    (tmp_path / "laws.yaml").write_text(json.dumps(laws))
    call("simulate", "hawkes", "-o", "x.tape", "--duration", "1m", "--laws", "laws.yaml")
    assert hs.open_tape(tmp_path / "x.tape").rows > 100
    (tmp_path / "laws.yaml").write_text(json.dumps({**laws, "jumps": matrix(2.2).tolist()}))
    wrong = call("simulate", "hawkes", "-o", "y", "--laws", "laws.yaml", status=2)
    assert "spectral radius < 1, was '1.1'" in " ".join(wrong.output.split())
