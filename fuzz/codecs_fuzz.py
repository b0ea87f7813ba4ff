"""Fuzzes every codec: any bytes, cut anywhere; what they promise about rows and counts.

    python fuzz/codecs_fuzz.py -max_total_time=600

The first byte chooses the codec, the second where its lines are cut in two batches; the rest is the
text. A run starts from the scripted markets of tests/ in every venue's spelling.
"""

import gc
import sys
import tempfile
from pathlib import Path
from types import FunctionType

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from halfspread.codecs import Messages
from halfspread.codecs.check import data_check
from halfspread.event import EVENT, EVERYTHING, Flag, Kind
from order_scripts import ORDER_VENUES
from venue_scripts import INSTRUMENT, VENUES

SPELLINGS = [*VENUES.values(), *ORDER_VENUES.values()]
CODECS = [venue.codec for venue in SPELLINGS]
SIDELESS = (Kind.clear, Kind.trade, Kind.status)


def check(data: bytes) -> None:
    """Decode the text whole and in two batches: the same sound rows both times."""
    if len(data) < 2:
        return
    codec_class, text = CODECS[data[0] % len(CODECS)], data[2:]
    codec = codec_class(INSTRUMENT)
    rows = np.concatenate([codec.decode(Messages.lines(text)), codec.finish()])
    assert rows.dtype == EVENT
    assert np.all(rows["flags"] & Flag.both == Flag.both)
    assert np.all(rows["size"] >= 0)
    assert np.all((rows["side"] != 0) | np.isin(rows["kind"], SIDELESS))
    assert np.all((rows["price"] > EVERYTHING) | (rows["kind"] == Kind.clear))
    assert codec.report.bad <= codec.fed

    lines = Messages.lines(text)
    cut = len(lines.spans) * data[1] // 255
    again = codec_class(INSTRUMENT)
    first, rest = (again.decode(lines.pick(part)) for part in (slice(cut), slice(cut, None)))
    assert np.array_equal(np.concatenate([first, rest, again.finish()]), rows)
    assert again.report.bad == codec.report.bad
    assert again.report.messages == codec.report.messages
    data_check(rows, codec.report, INSTRUMENT)


def seeds() -> list[bytes]:
    """The scripted market in every spelling, cut in the middle."""
    return [bytes([i, 128]) + venue.text() for i, venue in enumerate(SPELLINGS)]


def main() -> None:
    """Run libFuzzer, from the seeds where no corpus is named."""
    import atheris

    for watched in gc.get_objects():  # an editable install's modules escape instrument_imports
        if isinstance(watched, FunctionType) and "halfspread" in str(watched.__module__):
            atheris.instrument_func(watched)
    with tempfile.TemporaryDirectory() as corpus:
        for i, seed in enumerate(seeds()):
            (Path(corpus) / str(i)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
