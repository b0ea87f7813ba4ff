"""To tape: a venue's files in, a tape on disk and its data check out."""

from __future__ import annotations

from collections.abc import Sequence

from halfspread.codecs.check import Check
from halfspread.codecs.importing import StrPath, import_files
from halfspread.codecs.streams import Progress
from halfspread.instrument import Instrument
from halfspread.tape import Tape


def import_tape(
    paths: StrPath | Sequence[StrPath],
    instrument: Instrument,
    out: StrPath,
    *,
    format: str | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    levels: bool = False,
) -> tuple[Tape, Check]:
    """Write the events of the files to the tape `out`, which keeps the data check, and open it.

    Of orders, `levels` writes what they add up to: `Tape.levels`. Other arguments and errors are
    those of `import_files` and of `write_tape`.
    """
    events, check = import_files(format, paths, instrument, progress=progress, strict=strict)
    tape = Tape.from_events(
        events,
        instrument,
        venue=check.venue,
        sources=check.sources,
        clock_offset_ns=check.clock_offset_ns,
        check=check.to_dict(),
        path=out,
    )
    return (tape.levels() if levels else tape).write(out), check
