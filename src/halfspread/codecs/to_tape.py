"""To tape: a venue's files in, a tape on disk and its data check out."""

from __future__ import annotations

from collections.abc import Sequence

from halfspread.codecs.check import Check
from halfspread.codecs.importing import Progress, StrPath, import_files
from halfspread.instrument import Instrument
from halfspread.tape import Tape, write_tape


def import_tape(
    paths: StrPath | Sequence[StrPath],
    instrument: Instrument,
    out: StrPath,
    *,
    format: str | None = None,
    progress: Progress | None = None,
    strict: bool = False,
) -> tuple[Tape, Check]:
    """Write the events of the files to the tape `out`, which keeps the data check, and open it.

    Arguments and errors are those of `import_files` and of `write_tape`.
    """
    events, check = import_files(format, paths, instrument, progress=progress, strict=strict)
    tape = write_tape(
        out,
        events,
        instrument,
        venue=check.venue,
        sources=check.sources,
        clock_offset_ns=check.clock_offset_ns,
        check=check.to_dict(),
    )
    return tape, check
