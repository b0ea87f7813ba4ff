"""Laws of a tape's file: no damage goes unnoticed, and a killed writer leaves no half a file."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from halfspread import tape_file
from halfspread.event import EVENT, Flag, Kind
from halfspread.tape import Tape, open_tape, write_tape
from made_tapes import BTC, CHECK, SOURCES
from processes import run


def some_rows(n, seed=0):
    """n trades, one a microsecond."""
    events = np.zeros(n, dtype=EVENT)
    events["kind"], events["flags"] = Kind.trade, Flag.both | Flag.last
    events["exchange_time"] = events["local_time"] = np.arange(n) * 1000
    events["price"] = np.random.default_rng(seed).integers(0, 1000, n)
    return events


DAMAGE = """
    import random, sys
    from halfspread.errors import TapeError
    from halfspread.tape import open_tape, tape_from_parquet

    good, bad, first, last, many = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
    dice = random.Random(first)
    whole = open(good, "rb").read()

    def read(path):
        tape = open_tape(path) if good.endswith("tape") else tape_from_parquet(path, path + ".tape")
        return tape.events().tobytes(), tape.describe() | {"path": ""}

    def damages():
        inner = range(first, len(whole) - last)
        for i in range(len(whole)):
            if i not in inner:
                yield whole[:i] + bytes([whole[i] ^ 1 << dice.randrange(8)]) + whole[i + 1 :]
        for _ in range(many):
            i, j = sorted(dice.sample(range(len(whole)), 2))
            kind = dice.randrange(7)
            if kind == 0:
                yield whole[:i]
            elif kind == 1:
                yield whole[:i] + bytes(j - i) + whole[j:]
            elif kind == 2:
                yield whole[:i] + whole[j:]
            elif kind == 3:
                yield whole[:j] + whole[i:]
            elif kind == 4:
                yield whole[:i] + dice.randbytes(j - i) + whole[j:]
            elif kind == 5:
                yield whole + dice.randbytes(j - i)
            else:
                changed = bytearray(whole)
                for _ in range(dice.randint(1, 9)):
                    changed[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
                yield bytes(changed)

    expected = read(good)
    count = refused = 0
    for content in damages():
        with open(bad, "wb") as file:
            file.write(content)
        count += 1
        try:
            found = read(bad)
        except TapeError:
            refused += 1
        else:
            assert found == expected, f"damage {count} gave other data"
    print(count, refused)
"""


def test_damage_never_goes_unnoticed(tmp_path):
    path = tmp_path / "a.tape"
    write_tape(path, some_rows(1000), BTC, sources=SOURCES, check=CHECK)
    head, tail = tape_file._frame(path, tape_file._map(path))
    ended = run(DAMAGE, path, tmp_path / "b.tape", len(head), len(tail), 2000)
    assert ended.returncode == 0, ended.stderr
    count, refused = map(int, ended.stdout.split())
    assert count == len(head) + len(tail) + 2000
    assert refused > 0.99 * count


def test_damage_to_an_archive_never_goes_unnoticed(tmp_path):
    path = tmp_path / "a.parquet"
    tape = Tape.from_events(some_rows(200), BTC, sources=SOURCES, check=CHECK)
    tape.to_parquet(path)
    ended = run(DAMAGE, path, tmp_path / "b.parquet", 0, 1500, 600)
    assert ended.returncode == 0, ended.stderr
    count, refused = map(int, ended.stdout.split())
    assert count == 2100
    assert refused > 0.5 * count


KILLED = """
    import os, signal, sys
    import numpy as np
    import pyarrow.ipc
    from halfspread import tape
    from halfspread.event import EVENT

    source, path, stage = sys.argv[1:]
    events = tape.open_tape(source).events()

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    class Half:
        def __init__(self, path, schema):
            self.writer = new_file(path, schema)
        def __enter__(self):
            return self
        def __exit__(self, *_):
            pass
        def write_batch(self, batch):
            self.writer.write_batch(batch.slice(0, len(batch) // 2))
            die()

    def chunks():
        yield events[:500]
        if stage == "chunk":
            die()
        yield events[500:]

    new_file = pyarrow.ipc.new_file
    if stage == "arrow":
        pyarrow.ipc.new_file = Half
    if stage in ("fsync", "replace"):
        setattr(os, stage, die)
    tape.write_tape(path, chunks(), tape.open_tape(source).instrument, venue="new")
"""


@pytest.mark.parametrize("stage", ["chunk", "arrow", "fsync", "replace", "none"])
def test_a_writer_killed_half_way_leaves_no_half_tape(tmp_path, stage):
    source = write_tape(tmp_path / "source.tape", some_rows(1000), BTC)
    for name, older in (("new.tape", None), ("old.tape", some_rows(10))):
        path = tmp_path / name
        if older is not None:
            write_tape(path, older, BTC)
        ended = run(KILLED, source.path, path, stage)
        assert ended.returncode == (0 if stage == "none" else -signal.SIGKILL), ended.stderr
        expected = source.events() if stage == "none" else older
        assert path.exists() == (expected is not None)
        if expected is not None:
            assert np.array_equal(open_tape(path).events(), expected)
    hidden = {path.name for path in tmp_path.iterdir()} - {"source.tape", "new.tape", "old.tape"}
    assert all(name.startswith(".") and name.endswith(".partial") for name in hidden)


def test_a_writer_killed_at_any_moment_leaves_one_whole_tape(tmp_path):
    code = """
        import itertools, sys
        from halfspread.tape import open_tape
        tapes = [open_tape(path) for path in sys.argv[1:3]]
        for tape in itertools.cycle(tapes):
            tape.write(sys.argv[3])
            print("written", flush=True)
    """
    both = [write_tape(tmp_path / f"{k}.tape", some_rows(20_000, k), BTC) for k in (1, 2)]
    path = tmp_path / "out.tape"
    command = [sys.executable, "-c", textwrap.dedent(code), both[0].path, both[1].path, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    for delay in np.random.default_rng(0).uniform(0, 0.02, 6):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(delay)
            writer.kill()
        found = open_tape(path).events()
        assert any(np.array_equal(found, tape.events()) for tape in both)
