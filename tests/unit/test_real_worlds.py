"""Laws from recorded markets, and the scorecard of a flow that runs them.

The files belong to the exchanges and stay out of the repository: they lie in a folder shared/data
beside it, and where that is absent these tests are skipped.
"""

from pathlib import Path

import numpy as np
import pytest

import halfspread as hs
from halfspread.calibrate import CalibrationError, calibrate_world
from halfspread.calibrate.level_changes import Cause, read_changes

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded data at {DATA}")

DAYS = (20231224, 20231225)
MARKETS = {
    "btc": (["binance_raw_ws/usdm_btcusdt_20240808.gz"], hs.Instrument("BTCUSDT", "0.1", "0.001")),
    "nexo": (
        ["binance_raw_ws/spot_nexousdt_20240724.dat.gz"],
        hs.Instrument("NEXOUSDT", "0.001", "0.01"),
    ),
    "es": (
        [f"databento_mbo/esh4-glbx-mdp3-{day}.mbo.dbn.zst" for day in DAYS],
        hs.Instrument("ESH4", "0.25", "1", 50),
    ),
    "amzn": (
        [
            f"lobster/AMZN_2012-06-21_34200000_57600000_{what}_1.csv.gz"
            for what in ("message", "orderbook")
        ],
        hs.Instrument("AMZN", "0.01", "1"),
    ),
}


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tapes")
    opened = {}

    def of(name):
        if name not in opened:
            files, instrument = MARKETS[name]
            paths = [DATA / file for file in files]
            opened[name], _ = hs.import_tape(paths, instrument, folder / f"{name}.tape")
            if name == "es":
                opened[name] = opened[name].slice("2023-12-25T23:00:01", "2023-12-26T00:00:00")
        return opened[name]

    return of


@pytest.mark.parametrize(("name", "share"), [("btc", 0.967), ("nexo", 0.981), ("es", 0.981)])
def test_prints_are_found_in_levels(tape, name, share):
    changes = read_changes(tape(name))
    assert changes.taken() / changes.printed == pytest.approx(share, abs=0.002)
    assert np.mean(changes.cause == Cause.told) < 0.02 or name == "es"


def test_each_order_of_a_tape_of_orders_is_counted(tape):
    """After the snapshot an add is a limit order, a remove a cancellation, an execute a trade."""
    es = tape("es")
    changes, rows = read_changes(es), es.columns
    live = rows["flags"] & hs.Flag.snapshot == 0
    inside = changes.cause[changes.message > changes.first]
    counts = np.bincount(inside, minlength=4)
    kinds = {kind: int(np.sum(live & (rows["kind"] == kind))) for kind in hs.Kind}
    shifts = kinds[hs.Kind.modify]
    assert kinds[hs.Kind.add] <= counts[Cause.limit] <= kinds[hs.Kind.add] + shifts
    assert kinds[hs.Kind.remove] * 0.97 <= counts[Cause.cancel] <= kinds[hs.Kind.remove] + shifts
    executed = rows["size_lots"][live & (rows["kind"] == hs.Kind.execute)].sum()
    assert changes.printed == pytest.approx(executed, rel=0.001)
    assert counts[Cause.market] == pytest.approx(kinds[hs.Kind.execute], rel=0.01)


def test_a_file_of_the_best_prices_alone_is_refused(tape):
    with pytest.raises(CalibrationError, match="the tape shows too few levels"):
        calibrate_world("zi", tape("amzn"))


@pytest.mark.parametrize("name", ["btc", "nexo", "es"])
def test_a_zero_intelligence_market_keeps_the_book_and_the_volume(tape, name):
    real = tape(name)
    laws = calibrate_world("zero_intelligence", real)
    assert laws.instrument == real.instrument
    length = (laws.span[1] - laws.span[0]) / 1e9
    changes = read_changes(hs.simulate(laws.flow, length, 1, instrument=laws.instrument))
    ours = read_changes(real)
    per_second = [c.taken() / c.seconds for c in (ours, changes)]
    assert per_second[1] == pytest.approx(per_second[0], rel=0.1)
    assert changes.bid[0] == pytest.approx(laws.flow.price, abs=500)


def test_a_queue_reactive_market_of_a_one_tick_market(tape):
    laws = calibrate_world("queue_reactive", tape("es"))
    assert laws.queues[0].size_lots == pytest.approx(1.72, abs=0.01)
    assert 0 <= laws.flow.theta <= 1
    assert any("No theta makes the mid" in note for note in laws.notes)
    simulated = hs.simulate(laws.flow, "1h", 1, instrument=laws.instrument)
    found = hs.measure_realism(tape("es"), simulated)
    verdicts = {row.key: row.verdict for row in found.rows}
    assert verdicts["spread"] == verdicts["touch_size"] == "alike"
    assert verdicts["order_waits"] == "unreal"


def test_hawkes_laws_of_a_market_of_orders(tape):
    """Rates of what is seen are the tape's, and signs go on as they do there."""
    laws = calibrate_world("hawkes", tape("es"))
    fit = laws.excitation
    assert 0.9 < fit.radius < 0.96
    for kind in fit.kinds:
        assert kind.rate * kind.shown == pytest.approx(kind.events / fit.seconds, rel=0.05)
        assert kind.probability < 1e-4  # and yet it is not the truth
    simulated = hs.simulate(laws.flow, "2h", 1, instrument=laws.instrument)
    found = hs.measure_realism(tape("es"), simulated)
    rows = {row.key: row for row in found.rows}
    assert rows["spread"].verdict == rows["touch_size"].verdict == "alike"
    assert rows["order_waits"].verdict != "unreal"


def test_a_feed_in_batches_has_next_to_no_hawkes_laws(tape):
    laws = calibrate_world("hawkes", tape("btc"))
    fit = laws.excitation
    assert fit.silent == ("bid limit_inside", "ask limit_inside")
    assert any("taken to bring on nothing" in note for note in laws.notes)
    many = sum(kind.events for kind in fit.kinds)
    assert (fit.log_likelihood - fit.poisson_log_likelihood) / many < 0.05
