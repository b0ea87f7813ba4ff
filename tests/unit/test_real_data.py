"""Recorded market data through every codec: the numbers that its README and REFERENCE.json give.

The files belong to the exchanges and stay out of the repository: they lie in a folder shared/data
beside it, and where that is absent these tests are skipped.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from halfspread.codecs import Messages, book_check, import_files
from halfspread.codecs.binance import Binance
from halfspread.codecs.check import data_check
from halfspread.codecs.hftbacktest import EXCHANGE, rows_from_events
from halfspread.event import Flag, Kind, Side
from halfspread.instrument import Instrument

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded data at {DATA}")

RAW = {
    "usdm_btcusdt_20240808.gz": Instrument("BTCUSDT", "0.1", "0.001"),
    "usdm_ethusdt_20240808.gz": Instrument("ETHUSDT", "0.01", "0.001"),
    "spot_btcusdt_20240808.gz": Instrument("BTCUSDT", "0.01", "0.00001"),
    "spot_btcusdt_20240809.gz": Instrument("BTCUSDT", "0.01", "0.00001"),
    "spot_ethusdt_20240808.gz": Instrument("ETHUSDT", "0.01", "0.0001"),
    "spot_ethusdt_20240809.gz": Instrument("ETHUSDT", "0.01", "0.0001"),
    "spot_nexousdt_20240724.dat.gz": Instrument("NEXOUSDT", "0.001", "0.01"),
    "cm_btcusd_perp_20240808.gz": Instrument("BTCUSD_PERP", "0.1", "1", 100, inverse=True),
    "cm_btcusd_perp_20240809.gz": Instrument("BTCUSD_PERP", "0.1", "1", 100, inverse=True),
}
OFF_LOT = {"spot_btcusdt_20240808.gz": 3, "spot_btcusdt_20240809.gz": 4}
OFF_LOT |= {"spot_ethusdt_20240808.gz": 2, "spot_ethusdt_20240809.gz": 1}
"""Old orders far from the touch, as one of 25.426189 BTC at 200000, from before the lot's size."""

OLD_BYBIT = {
    "BCHUSDT": ("0.05", "0.01"),
    "XTZUSDT": ("0.001", "0.1"),
    "UNIUSDT": ("0.001", "0.1"),
    "LTCUSDT": ("0.01", "0.1"),
    "DOTUSDT": ("0.005", "0.1"),
    "LINKUSDT": ("0.001", "0.1"),
    "ADAUSDT": ("0.0001", "1"),
    "ETHUSDT": ("0.05", "0.01"),
}
TRX = Instrument("TRXUSDT", "0.00001", "1")


def reference(name):
    numbers = json.loads((DATA / "REFERENCE.json").read_text())
    return numbers[f"open/{name}"]


def imported(names, instrument, **options):
    paths = [DATA / name for name in ([names] if isinstance(names, str) else names)]
    events, check = import_files(None, paths, instrument, **options)
    for path, source in zip(paths, check.sources, strict=True):
        name = path.relative_to(DATA).as_posix()
        assert source == {"name": path.name, "sha256": reference(name)["sha256"]}
    for clock, flag in (("exchange_time", Flag.at_exchange), ("local_time", Flag.at_local)):
        assert np.all(np.diff(events[clock][events["flags"] & flag != 0]) >= 0)
    assert (check.bad, check.gaps, check.crossed) == (0, 0, 0)
    assert (check.trade_gaps, check.duplicates, check.off_tick) == (0, 0, 0)
    return events, check


@pytest.mark.parametrize("name", RAW)
def test_a_raw_capture_gives_the_reference_numbers(name):
    """The reference applies diffs from an unknown book on, and merges a snapshot where it comes."""
    expected, instrument = reference(f"binance_raw_ws/{name}"), RAW[name]
    messages = Messages.lines(gzip.decompress((DATA / "binance_raw_ws" / name).read_bytes()))
    codec = Binance(instrument, awaits_snapshot=False)
    events = np.concatenate([codec.decode(messages), codec.finish()])
    check = data_check(events, codec.report, instrument)

    span = [
        np.datetime64(expected[end][:-6], "ns").astype(int) for end in ("first_recv", "last_recv")
    ]
    assert np.abs(messages.local_time[[0, -1]] - span).max() < 1000
    assert check.messages == expected["counts"]
    assert check.gaps == expected["update_id_gaps"]
    changed = check.whole_books - expected["counts"].get("REST_snapshot", 0)
    assert f"{check.crossed}/{changed}" == expected["crossed_after_sync"]
    assert f"{check.touch_agreed}/{check.touch_told}" == expected["touch_equals_bookTicker"]
    assert check.taker_buy == expected["taker_buy_qty"]
    assert check.taker_sell == expected["taker_sell_qty"]
    assert check.excluded_trades == expected["non_market_trades"]
    assert list(check.prices) == expected["market_trade_px"]
    assert [list(check.final_bid), list(check.final_ask)] == expected["final_touch"]
    assert list(check.final_levels) == expected["final_levels"]
    assert check.delay_ms == pytest.approx(expected["recv_minus_E_ms_p1_p50_p99"], abs=0.11)
    assert (check.trade_gaps, check.duplicates, check.bad, check.off_tick) == (0, 0, 0, 0)
    assert check.off_lot == OFF_LOT.get(name, 0)
    assert check.out_of_order[1] == 0
    assert (events["local_time"] - events["exchange_time"]).min() == 1_000_000


@pytest.mark.parametrize(
    ("names", "stale"),
    [
        (["usdm_btcusdt_20240808.gz"], 4),
        (["usdm_ethusdt_20240808.gz"], 6),
        (["spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz"], 2),
        (["spot_ethusdt_20240808.gz", "spot_ethusdt_20240809.gz"], 2),
        (["cm_btcusd_perp_20240808.gz", "cm_btcusd_perp_20240809.gz"], 23),
        (["spot_nexousdt_20240724.dat.gz"], 0),
    ],
)
def test_captures_are_imported_whole_and_chained(names, stale):
    events, check = imported([f"binance_raw_ws/{name}" for name in names], RAW[names[0]])
    last = reference(f"binance_raw_ws/{names[-1]}")
    counts = [reference(f"binance_raw_ws/{name}")["counts"] for name in names]
    for kind in ("depthUpdate", "bookTicker", "trade"):
        assert check.messages[kind] == sum(count[kind] for count in counts)
    assert check.stale == stale
    assert [list(check.final_bid), list(check.final_ask)] == last["final_touch"]
    if len(names) == 1:
        assert list(check.final_levels) == last["final_levels"]
    assert check.touch_agreed / check.touch_told > 0.99
    clears = events[(events["kind"] == Kind.clear) & (events["flags"] & Flag.at_local != 0)]
    assert len(clears) == ("nexo" not in names[0])


def test_the_peers_converter_gives_the_same_rows():
    convert = pytest.importorskip("hftbacktest.data.utils.binancefutures").convert
    path, instrument = (
        DATA / "binance_raw_ws/usdm_btcusdt_20240808.gz",
        RAW["usdm_btcusdt_20240808.gz"],
    )
    theirs = convert(str(path), buffer_size=600_000)
    theirs = theirs[(theirs["ev"] & EXCHANGE != 0) & np.isin(theirs["ev"] & 0xFF, (1, 2))]
    codec = Binance(instrument, awaits_snapshot=False)
    events = codec.decode(Messages.lines(gzip.decompress(path.read_bytes())))
    ours = rows_from_events(events[events["flags"] & Flag.snapshot == 0], instrument)
    ours = ours[np.argsort(ours["exch_ts"], kind="stable")]
    both = np.uint64(0xFFFFFFFF ^ (3 << 30))
    assert np.array_equal(ours["ev"] & both, theirs["ev"] & both)
    for name in ("exch_ts", "px", "qty"):
        assert np.array_equal(ours[name], theirs[name])


def test_a_json_triple():
    name = "binance_json/ETHBTC_2020-11-01T09-00-00_{}.json.gz"
    ethbtc = Instrument("ETHBTC", "0.000001", "0.001")
    _, check = imported([name.format(part) for part in ("update", "snapshot", "trades")], ethbtc)
    assert check.messages == {"REST_snapshot": 1, "depthUpdate": 3600, "aggTrade": 1736}
    assert (check.stale, check.whole_books) == (1, 1 + 3599)
    assert check.prices == (0.02814, 0.028214)
    assert check.out_of_order == (0, 0)


def test_a_merged_table():
    name = "merged_depth_snapshot_difference_depth_stream_trade_stream_usd_m_futures_trxusdt"
    events, check = imported(f"binance_csv/{name}_14-04-2025_positive.csv.gz", TRX)
    assert check.messages["TRADE_STREAM"] == check.rows["trade"] == 199
    assert check.rows["level"] == 5521 + 2136
    assert check.messages["DEPTH_SNAPSHOT"] == 1
    assert np.count_nonzero(events["kind"] == Kind.clear) == 1


def test_tables_of_updates_and_trades():
    name = "binance_csv/test_positive_binance_{}_stream_usd_m_futures_trxusdt_04-03-2025.csv.gz"
    _, check = imported([name.format("difference_depth"), name.format("trade")], TRX)
    assert check.rows == {"level": 10_000, "trade": 9999}
    assert check.excluded_trades == 1
    assert check.whole_books == 600


def test_snapshots_and_trades_in_parquet():
    name = "binance_l2_snapshots/{}_btc_fut_2026-02-16_04.parquet"
    instrument = Instrument("BTCUSDT", "0.1", "0.001")
    _, check = imported([name.format("lobdeep"), name.format("trades")], instrument)
    assert check.messages == {"snapshots": 2559, "trades": 11_947}
    assert check.prices == (68385.0, 68506.7)
    assert check.final_levels == (1000, 1000)
    assert check.off_lot == 0


def test_a_bybit_history_file():
    name = "bybit/2024-12-01_XRPUSDT_ob500.first50lines.data.zip"
    _, check = imported(name, Instrument("XRPUSDT", "0.0001", "1"), strict=True)
    assert check.messages == {"orderbook.500": 50}
    assert check.whole_books == 50
    assert check.final_levels == (500, 500)
    first, last = np.array(check.span, dtype="datetime64[ns]").astype("datetime64[s]").astype(str)
    assert (first, last) == ("2024-12-01T00:00:00", "2024-12-01T00:00:05")


@pytest.mark.parametrize("symbol", OLD_BYBIT)
def test_an_old_bybit_capture_of_eight_symbols(symbol):
    instrument = Instrument(symbol, *OLD_BYBIT[symbol])
    _, check = imported("bybit/BYBIT_linear_2021-04-17.cryptofeed.ws.25.0.gz", instrument)
    assert 219 <= check.messages["orderBookL2_25"] <= 648
    assert 1 <= check.rows["trade"] <= 29
    assert check.final_levels == (25, 25)
    assert set(check.other_symbols) == set(OLD_BYBIT) - {symbol}


def test_tardis_quotes_and_trades():
    name = "tardis_csv/binance-futures_{}_2020-02-22_BTCUSDT.first9999.csv.gz"
    instrument = Instrument("BTCUSDT", "0.01", "0.001")
    _, check = imported([name.format("trades"), name.format("quotes")], instrument, strict=True)
    assert check.messages == {"trades": 9999, "quotes": 9999}
    assert check.rows == {"trade": 9999, "touch": 2 * 9999}
    assert check.whole_books == 9999


def test_a_coinbase_capture():
    name = "coinbase_l2/coinbase_BTC-USD_2018-04-17_raw_mongo_input.csv.gz"
    events, check = imported(name, Instrument("BTC-USD", "0.01", "0.00000001"))
    assert check.messages == {"snapshot": 1, "l2update": 18_093, "match": 256, "other": 3}
    snapshot = events[(events["flags"] & Flag.snapshot != 0) & (events["kind"] == Kind.level)]
    levels = [np.count_nonzero(snapshot["side"] == side) for side in (Side.ask, Side.bid)]
    assert levels[0] + levels[1] + check.too_large == 11_245 + 16_997
    assert check.whole_books == 1 + 18_093
    arrived = events[events["flags"] & Flag.at_local != 0]
    matches = np.flatnonzero(arrived["kind"] == Kind.trade)
    touches = book_check(arrived, matches)["touches"]
    side = arrived["side"][matches]
    met = np.where(side == Side.bid, touches[:, 1], touches[:, 0])
    assert np.abs(arrived["price"][matches] - met).max() <= 100
