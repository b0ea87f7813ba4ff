"""Outputs: what a command leaves of a run: words or JSON, a folder, a page."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from halfspread.console import show
from halfspread.errors import ConfigError

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run


class Outputs:
    """Where a run is to go, made ready before anything runs.

    Errors:
        ConfigError: nothing can be written there.
    """

    def __init__(self, folder: Path | None, report: Path | None) -> None:
        self.folder, self.report = folder, report
        if folder is not None:
            _make_ready("--output", folder, folder)
        if report is not None:
            ready_for_report(report)

    def take(self, run: Run, as_json: bool, lanes: bool = False) -> None:
        """Print the run, and then write it, with a table of its `lanes` in the folder if wanted."""
        from halfspread import screens

        if as_json:
            print(run.to_json())
        else:
            run.summary()
        paths = [] if self.folder is None else [run.save(self.folder)]
        if self.report is not None:
            paths.append(run.report(self.report))
        if self.folder is not None and lanes:
            paths += _write_lanes(run, self.folder)
        if paths and not as_json:
            show([screens.written_files(paths)])


def ready_for_report(path: Path) -> None:
    """Make a page's folder.

    Errors:
        ConfigError: it can't be written there.
    """
    _make_ready("--report", path, path.parent)
    if path.is_dir():
        raise ConfigError(f"--report: can't write {path}: it is a folder")


def _make_ready(option: str, path: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(f"{option}: can't write {path}: {error.strerror}") from None


def _write_lanes(run: Run, folder: Path) -> list[Path]:
    """The table of a sweep and, where two parameters vary, its heat map; the paths."""
    import pyarrow.parquet as pq

    from halfspread.evaluate.heat_map import heat_map

    paths = [folder / "lanes.parquet"]
    pq.write_table(run.table(), paths[0], compression="zstd")
    if len(run.varied) == 2:
        paths.append(heat_map(run, folder / "heat_map.html"))
    return paths
