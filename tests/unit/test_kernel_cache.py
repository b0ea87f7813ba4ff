"""What is compiled is kept on disk, found again by a fresh process, and never found when stale."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import numpy as np
import pytest

from halfspread import kernel
from halfspread.fingerprint import fingerprint, helpers_of
from halfspread.quote import Quote

PROGRAM = """
from halfspread.inventory import lean
from halfspread.modelling import model
from halfspread.models import avellaneda_stoikov
from halfspread.quote import Quote
import sys
before = "numba" in sys.modules

@model
def own(state):
    return Quote(state.mid - 1, state.mid + 1)

cases = (avellaneda_stoikov(risk_aversion=0.1), lean(own(), strength=0.5, limit=5))
for case in cases:
    case.compiled()
print(before, *(case._kernels.lanes.cache_hits for case in cases))
"""


def run_program(folder) -> str:
    environment = {**os.environ, "HALFSPREAD_CACHE": str(folder)}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_second_process_compiles_nothing_and_no_import_loads_numba(tmp_path):
    assert run_program(tmp_path / "cache") == "False 0 0"
    assert run_program(tmp_path / "cache") == "False 1 1"


def test_where_nothing_can_be_written_it_still_compiles(tmp_path):
    (tmp_path / "file").write_text("")
    assert run_program(tmp_path / "file") == "False 0 0"


def kept(folder):
    """The names of what is in a folder and below."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


def compiled(offset, folder, monkeypatch):
    """A kernel that was never compiled before, kept in `folder`."""
    monkeypatch.setenv("HALFSPREAD_CACHE", str(folder))
    quote = quoting(f"Quote(state.mid - {offset}, state.mid + {offset})")
    return kernel.Kernels((quote,), (0,)).lanes


def test_the_oldest_kernels_go_when_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(kernel, "MOST_KEPT", 3)
    (tmp_path / "__pycache__").mkdir()
    for age in range(5):
        source = tmp_path / f"quote_{age:024x}.py"
        source.write_text("")
        os.utime(source, (1e9 - age, 1e9 - age))
        (tmp_path / "__pycache__" / f"{source.stem}.kernel-1.py311.nbi").write_text("")
    own = ("mine.py", "quote_0123.py", "__pycache__/mine.cpython-311.pyc")
    for name in own:
        (tmp_path / name).write_text("")
    assert compiled(1, tmp_path, monkeypatch).address
    found = kept(tmp_path)
    sources = {name for name in found if kernel.SOURCE_NAME.fullmatch(name)}
    assert len(sources) == 3
    assert {f"quote_{age:024x}.py" for age in (0, 1)} < sources
    assert {name.split(".")[0] for name in found} == {
        "mine", "quote_0123", *(name.split(".")[0] for name in sources)
    }  # fmt: skip


def test_a_source_that_another_process_removes_is_written_again(tmp_path, monkeypatch):
    write, paths = kernel._source_file, []

    def removed(*arguments):
        paths.append(write(*arguments))
        if len(paths) == 1:
            os.unlink(paths[0])
        return paths[-1]

    monkeypatch.setattr(kernel, "_source_file", removed)
    assert compiled(2, tmp_path, monkeypatch).address
    assert len(paths) == 2
    assert any(name.endswith(".nbi") for name in kept(tmp_path))


def test_processes_that_remove_each_others_kernels_all_compile(tmp_path):
    program = """
import sys
from halfspread import kernel
from halfspread.quote import Quote
kernel.MOST_KEPT = 1
for offset in range(3):
    scope = {"Quote": Quote}
    exec(f"def quote(state): return Quote(state.mid - {offset}, state.mid + {sys.argv[1]})", scope)
    assert kernel.Kernels((scope["quote"],), (0,)).lanes.address
"""
    environment = {**os.environ, "HALFSPREAD_CACHE": str(tmp_path)}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", program]
    running = [
        subprocess.Popen([*command, mine], env=environment, stderr=subprocess.PIPE, text=True)
        for mine in ("1", "1", "2")
    ]
    ended = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], ended
    assert len(list(tmp_path.glob("*.py"))) <= 2


def quoting(body: str, **names):
    """A function `quote(state)` of that body among these global names, fresh each time."""
    scope = {"Quote": Quote, "np": np, **names}
    exec(f"def quote(state):\n    return {body}", scope)
    return scope["quote"]


def helper(factor, module=__name__):
    def scaled(value):
        return factor * value

    scaled.__module__ = module
    return scaled


def module(**attributes):
    made = types.ModuleType("mine")
    vars(made).update(attributes)
    return made


BODY = "Quote(state.mid - 1, state.mid + 1)"


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        (quoting(BODY), quoting(BODY), quoting("Quote(state.mid - 2, state.mid + 1)")),
        (quoting(BODY), quoting(BODY), quoting("Quote(state.bid - 1, state.mid + 1)")),
        *(
            (quoting("Quote(K, 1)", K=a), quoting("Quote(K, 1)", K=a), quoting("Quote(K, 1)", K=b))
            for a, b in [
                (1, 2),
                (1, 1.0),
                ((1, 2), (1, 3)),
                (np.arange(3), np.arange(4)),
                (helper(1), helper(2)),
                (np.minimum, np.maximum),
            ]
        ),
        *(
            tuple(quoting("Quote(m.f(state.mid), 1)", m=module(f=f)) for f in (a, a, b))
            for a, b in [(helper(1), helper(2)), (1.0, 2.0)]
        ),
        tuple(
            quoting("Quote(m.inside.f(state.mid), 1)", m=module(inside=module(f=helper(k))))
            for k in (1, 1, 2)
        ),
    ],
)
def test_the_fingerprint_changes_with_what_the_code_reads(one, same, other):
    assert fingerprint((one,)) == fingerprint((same,))
    assert fingerprint((one,)) != fingerprint((other,))


def test_what_might_change_unnoticed_has_no_fingerprint():
    assert fingerprint((quoting("Quote(K[0], 1)", K=[1]),)) is None
    assert fingerprint((quoting("Quote(K, 1)", K=object()),)) is None


def test_modules_that_import_each_other():
    one, other = module(f=helper(1)), module()
    one.there, other.here = other, one
    case = quoting("Quote(m.there.here.there.here.f(state.mid), 1)", m=one)
    known = fingerprint((case,))
    assert known is not None
    one.f = helper(2)
    assert fingerprint((case,)) != known


def test_helpers_are_found_through_other_helpers_and_modules():
    first = helper(1)
    second = quoting("first(state)", first=first)
    case = quoting(
        "Quote(second(state), m.third(1), np.abs(2))", second=second, m=module(third=first)
    )
    assert set(helpers_of(case)) == {first, second}
