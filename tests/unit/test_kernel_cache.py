"""What is compiled is kept on disk, found again by a fresh process, and never found when stale."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import numpy as np
import pytest

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
