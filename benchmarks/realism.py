"""Realism of recorded markets' flows: prints the tables of docs/realism.md.

python benchmarks/realism.py [folder for tapes, laws and pages]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import halfspread as hs
from halfspread.calibrate import CalibrationError, calibrate_world
from halfspread.realism import Realism

DATA = Path(__file__).resolve().parents[2] / "shared/data"
ES_FILES = [f"databento_mbo/esh4-glbx-mdp3-{day}.mbo.dbn.zst" for day in (20231224, 20231225)]
MARKETS = {
    "spot NEXOUSDT": (
        ["binance_raw_ws/spot_nexousdt_20240724.dat.gz"],
        hs.Instrument("NEXOUSDT", "0.001", "0.01"),
        None,
        "24h",
    ),
    "ESH4": (
        ES_FILES,
        hs.Instrument("ESH4", "0.25", "1", 50),
        ("2023-12-25T23:00:01", "2023-12-26T00:00:00"),
        "12h",
    ),
    "USD-M BTCUSDT": (
        ["binance_raw_ws/usdm_btcusdt_20240808.gz"],
        hs.Instrument("BTCUSDT", "0.1", "0.001"),
        None,
        "344s",
    ),
}
"""Files, instrument, part, and how long is simulated: long enough for a few hundred moves."""
FLOWS = ("zero_intelligence", "queue_reactive", "hawkes")


def compare(folder: Path, market: str, flow: str) -> Realism | str:
    """The scorecard of the flow calibrated on the market; or why there is none."""
    files, instrument, part, length = MARKETS[market]
    name = market.replace(" ", "_")
    tape_file = folder / f"{name}.tape"
    if not tape_file.exists():
        tape, _ = hs.import_tape([DATA / file for file in files], instrument, tape_file)
        if part is not None:
            tape.slice(*part).write(tape_file)
    tape = hs.open_tape(tape_file)
    began = time.perf_counter()
    try:
        laws = calibrate_world(flow, tape)
        calibrated = time.perf_counter()
        laws.write(folder / f"{name}_{flow}.yaml")
        laws.report(folder / f"{name}_{flow}_laws.html")
        path = folder / f"{name}_{flow}.tape"
        simulated = hs.simulate(laws.flow, length, 1, path, instrument=laws.instrument)
        made = time.perf_counter()
        found = hs.measure_realism(tape, simulated)
    except (hs.TapeError, hs.ConfigError, CalibrationError) as error:
        return str(error)
    spent = calibrated - began, time.perf_counter() - made
    print(f"{market}, {flow}: calibrated in {spent[0]:.1f} s, compared in {spent[1]:.1f} s")
    for note in laws.notes:
        print(f"  {note}")
    found.report(folder / f"{name}_{flow}.html")
    return found


def rows_of(found: dict[str, Realism | str]) -> list[tuple[str, ...]]:
    """A row a fact: the real number, then each flow's, with its ratio and verdict."""
    known = [one for one in found.values() if isinstance(one, Realism)]
    rows = []
    for place, first in enumerate(known[0].rows):
        cells = [f"{first.title}: {first.number}", f"{first.real:.3g}"]
        for one in found.values():
            if isinstance(one, str):
                cells.append("")
                continue
            row = one.rows[place]
            cells.append(f"{row.simulated:.3g}, {row.verdict} ({row.ratio:.2g})")
        rows.append(tuple(cells))
    return rows


def main() -> None:
    """Prints a table a market."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    for market in MARKETS:
        found = {flow: compare(folder, market, flow) for flow in FLOWS}
        print(f"\n### {market}\n")
        for flow, one in found.items():
            if isinstance(one, str):
                print(f"{flow}: {one}")
        if all(isinstance(one, str) for one in found.values()):
            continue
        print("| | real |", " | ".join(flow.replace("_", " ") for flow in FLOWS), "|")
        print("|" + "-|" * (2 + len(FLOWS)))
        for row in rows_of(found):
            print("|", " | ".join(row), "|")
        for one in found.values():
            if isinstance(one, Realism):
                print({name: tuple(f"{v:.3g}" for v in pair) for name, pair in one.numbers.items()})


if __name__ == "__main__":
    main()
