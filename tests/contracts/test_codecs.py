"""What every codec keeps: the rows, however messages are cut, and whatever else comes between."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfspread.codecs import Messages, detect, import_files
from halfspread.codecs.check import data_check
from halfspread.event import EVENT, Flag
from halfspread.instrument import Instrument
from order_scripts import ORDER_VENUES
from venue_scripts import INSTRUMENT, VENUES

ALL = VENUES | ORDER_VENUES
every_codec = pytest.mark.parametrize("venue", ALL.values(), ids=ALL)
codecs_with_symbols = pytest.mark.parametrize("venue", VENUES.values(), ids=VENUES)


def decode(codec, *texts):
    """The rows of a text given in pieces that end at line ends."""
    pieces = [codec.decode(Messages.lines(text)) for text in texts]
    return np.concatenate([*pieces, codec.finish()])


def told(codec):
    """A codec's report without its samples' cuts."""
    report = dict(vars(codec.report))
    for name in ("publish_delay", "touch_rows", "touch_prices"):
        report[name] = np.concatenate([np.zeros(0), *(np.ravel(x) for x in report[name])]).tolist()
    return report


def assert_rows(rows, expected):
    """Equal rows, and where they differ, which and how."""
    assert rows.dtype == EVENT
    for i, (row, other) in enumerate(zip(rows.tolist(), expected.tolist(), strict=False)):
        assert row == other, f"row {i}"
    assert len(rows) == len(expected)


@every_codec
def test_the_script_comes_out_as_rows(venue):
    codec = venue.codec(INSTRUMENT)
    assert_rows(decode(codec, venue.text()), venue.rows)
    report = codec.report
    assert not report.faults
    assert report.bad == report.gaps == report.duplicates == report.stale == report.trade_gaps == 0
    assert report.off_tick == report.off_lot == report.too_large == 0


@every_codec
@given(cuts=st.sets(st.integers(0, 20)))
@settings(max_examples=25)
def test_the_cut_into_batches_changes_nothing(venue, cuts):
    places = [0, *sorted(cut for cut in cuts if 0 < cut < len(venue.lines)), len(venue.lines)]
    batches = [venue.lines[a:b] for a, b in pairwise(places)]
    whole, cut = venue.codec(INSTRUMENT), venue.codec(INSTRUMENT)
    decode(whole, venue.text())
    rows = decode(cut, *("\n".join(batch).encode() for batch in batches))
    assert_rows(rows, venue.rows)
    assert told(cut) == told(whole)
    assert cut.fed == whole.fed == len(venue.lines)


@every_codec
def test_a_socket_and_a_file_give_the_same(venue):
    codec = venue.codec(INSTRUMENT)
    lines = Messages.lines(venue.text())
    rows = []
    for i, local_time in enumerate(lines.local_time.tolist()):
        rows.append(codec.decode(Messages.of([lines.message(i)], [local_time])))
    assert_rows(np.concatenate([*rows, codec.finish()]), venue.rows)


@every_codec
@pytest.mark.parametrize("garbage", ['{"topic', "1,2,3", "{}}", "\x00\xff"])
def test_a_bad_line_is_counted_and_loses_nothing_else(venue, garbage):
    for place in range(1, len(venue.lines) + 1):
        codec = venue.codec(INSTRUMENT)
        lines = [*venue.lines[:place], garbage, *venue.lines[place:]]
        rows = decode(codec, "\n".join(lines).encode("latin-1"))
        assert_rows(rows, venue.rows)
        if codec.report.bad:
            assert codec.report.bad == 1
            assert codec.report.faults[0][0] == place + 1


@codecs_with_symbols
def test_other_symbols_are_left_out_and_named(venue):
    codec = venue.codec(Instrument("ETHUSDT", "0.1", "0.001"))
    rows = decode(codec, venue.text())
    assert not np.any(rows["size"][rows["flags"] & Flag.snapshot == 0])
    assert "BTCUSDT" in codec.report.other_symbols


@every_codec
@given(data=st.data())
@settings(max_examples=60)
def test_no_bytes_make_it_raise(venue, data):
    text = bytearray(venue.text())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text) - 1))
        cut = data.draw(st.integers(0, 12))
        text[place : place + cut] = data.draw(st.binary(max_size=12))
    codec = venue.codec(INSTRUMENT)
    rows = decode(codec, bytes(text))
    assert rows.dtype == EVENT
    assert np.all(rows["flags"] & Flag.both == Flag.both)
    assert np.all(rows["size"] >= 0)
    assert np.all(np.isin(rows["side"], (-1, 0, 1)))
    check = data_check(rows, codec.report, INSTRUMENT)
    json.dumps(check.to_dict(), allow_nan=False)


@every_codec
def test_every_message_ends_once(venue):
    rows = decode(venue.codec(INSTRUMENT), venue.text())
    last = rows["flags"] & Flag.last != 0
    assert last[-1]
    inside = ~last[:-1]
    for clock in ("exchange_time", "local_time"):
        assert np.all(np.diff(rows[clock])[inside] == 0)


@every_codec
def test_nothing_gives_nothing(venue):
    codec = venue.codec(INSTRUMENT)
    assert len(decode(codec, b"", b"\n\n")) == 0
    assert len(codec.finish()) == 0


@pytest.mark.parametrize("name", VENUES)
def test_a_file_is_told_from_its_content_and_imported(name, tmp_path):
    venue = VENUES[name]
    path = tmp_path / "anything"
    path.write_bytes(venue.text())
    assert detect(path) == name
    events, check = import_files(None, path, INSTRUMENT, strict=True)
    assert len(events) == len(venue.rows)
    assert check.sound
    assert check.crossed == 0
