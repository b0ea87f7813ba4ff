"""The wheel builds, holds what it must, and runs in a clean environment without the source tree."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import halfspread as hs
assert "site-packages" in hs.__file__, hs.__file__
tape = hs.synthetic.tape("a.tape", events=5_000)
run = hs.backtest(hs.models.glft(risk_aversion=1e-3), hs.Replay(tape, latency_ms=1))
run.report("a.html")
run.save("a")
print(run)
"""

pytestmark = pytest.mark.long


def call(*words, **more):
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = f"-Cbuild-dir={folder / 'build'}"
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index")
    call(*pip, build, "-w", folder, ROOT)
    (found,) = folder.glob("halfspread-*.whl")
    return found


def test_it_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith("halfspread/_core.") and name.endswith(".so") for name in names)
    for name in ("__init__.py", "py.typed", "_core.pyi", "evaluate/report.css", "cli.py"):
        assert f"halfspread/{name}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"halfspread", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert [name for name in names if "mypy_cache" in name or "__pycache__" in name] == []


def test_the_core_runs_on_any_machine_of_its_kind():
    """No flag asks for the instructions of the machine it was built on."""
    files = [ROOT / "CMakeLists.txt", ROOT / "pyproject.toml", ROOT / "tests/core/CMakeLists.txt"]
    assert not any("-march" in path.read_text() or "-mcpu" in path.read_text() for path in files)


def test_it_runs_without_the_source_tree(wheel, tmp_path):
    """Only what the wheel itself asks for is installed beside it."""
    call(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    constraints = ROOT / "constraints.txt"
    call(python, "-m", "pip", "install", "--quiet", "-c", constraints, wheel)
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env |= {"HALFSPREAD_CACHE": str(tmp_path / "cache"), "COLUMNS": "100"}
    away = tmp_path / "away"
    away.mkdir()
    assert "SYNTHETIC" in call(python, "-c", SCRIPT, cwd=away, env=env)
    program = tmp_path / "venv/bin/halfspread"
    assert "lean(fixed_spread)" in call(program, "demo", "--events", "5000", cwd=away, env=env)
    assert "one tick wide" in call(program, "inspect", "a.tape", cwd=away, env=env)
    assert "properties" in call(program, "schema", cwd=away, env=env)


def test_the_source_archive_builds_it_too(tmp_path):
    """All that the build needs is in the archive, and nothing large is."""
    code = "import sys, scikit_build_core.build as b; print(b.build_sdist(sys.argv[1]))"
    name = call(sys.executable, "-c", code, tmp_path, cwd=ROOT).splitlines()[-1]
    archive = tmp_path / name
    assert archive.stat().st_size < 2e6
    with tarfile.open(archive) as file:
        names = {path.split("/", 1)[1] for path in file.getnames() if "/" in path}
    assert {"CMakeLists.txt", "core/market.cpp", "bind/module.cpp", "LICENSE"} <= names
    assert not [name for name in names if name.startswith((".venv", "build/", "docs/_build"))]
