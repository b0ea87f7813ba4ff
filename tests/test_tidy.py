"""Tidiness that a machine can see: a first line that says what a file is, words, paths, sizes."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (".ci", "benchmarks", "bind", "core", "docs", "examples", "fuzz", "src", "tests")
AT_THE_ROOT = ("*.md", "*.toml", "*.txt", "Makefile", ".clang-*")
OPENINGS = {  # how a file of that kind begins
    ".py": r'"""',
    ".pyi": r'"""',
    ".hpp": "// ",
    ".cpp": "// ",
    ".js": r"// |/\* ",
    ".css": r"/\* ",
    ".md": "# ",
    ".yaml": "# ",
    ".toml": "# ",
    ".txt": "# ",
    ".typed": "# ",
    "": "# |#!",
}
BANNED = ("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")
EMPTY_NAMES = {"utils", "util", "helpers", "misc", "common", "tools"}
"""Names that say nothing of what is inside."""
MACHINES = r"(?<![\w.}])/(?:home|root|work|farm|mnt|Users|opt)/\w"
MOST_LINES = {".py": 300, ".hpp": 400, ".cpp": 400}
MOST_LINES_A_FUNCTION = 60
"""Its docstring not counted: a model's says its formula, its units and its source."""
LONG_FILES = {
    # one noun each, most of it docstrings
    "src/halfspread/codecs/columns.py": 302,
    "src/halfspread/evaluate/run.py": 340,
    "src/halfspread/tape.py": 365,
    # a definition makes bound models, which ask it for their names and kernels
    "src/halfspread/modelling.py": 357,
    # a section a part of the page; a command a verb
    "src/halfspread/evaluate/report.py": 354,
    # a test of one thing from all sides; a twin that is read beside its original
    "tests/twins/naive_exchange.py": 338,
    "tests/twins/peer.py": 339,
    "tests/twins/plain_engine.py": 350,
    "tests/unit/test_calibrate_flow.py": 338,
    "tests/unit/test_cli.py": 360,
    "tests/unit/test_codecs_binance.py": 308,
    "tests/unit/test_config.py": 384,
    "tests/unit/test_life_cycle.py": 312,
    "tests/unit/test_modelling.py": 335,
}
"""What is longer, and how long it may be: this only ever shrinks."""
LONG_FUNCTIONS = {"tests/runs.py:make_run": 80}
"""A run made up column by column."""


def files():
    found = [path for pattern in AT_THE_ROOT for path in ROOT.glob(pattern)]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    built = ("_build", "__pycache__", ".mypy_cache")
    kept = [path for path in found if not set(path.relative_to(ROOT).parts) & set(built)]
    return sorted(path for path in kept if path.suffix not in (".so", ".json", ".html", ".pyc"))


def name(path):
    return path.relative_to(ROOT).as_posix()


def functions(path):
    """Each function of a Python file, by its qualified name, with its length without docstring."""
    waiting = [("", ast.parse(path.read_text()))]
    while waiting:
        inside, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            label = f"{inside}.{child.name}".strip(".") if hasattr(child, "name") else inside
            waiting.append((label, child))
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                doc = child.body[0] if ast.get_docstring(child) else None
                said = doc.end_lineno - doc.lineno + 1 if doc else 0
                yield f"{name(path)}:{label}", child.end_lineno - child.lineno + 1 - said


@pytest.mark.parametrize("path", files(), ids=name)
def test_the_first_line_says_what_it_is(path):
    lines = path.read_text().splitlines() or [""]
    opening = OPENINGS[path.suffix]
    assert re.match(opening, lines[0]), f"begins with {lines[0]!r}"
    words = lines[1] if lines[0].startswith("#!") else lines[0]
    least = 2 if path.suffix == ".md" else 3
    assert len(re.findall(r"[\w']+", words)) >= least or path.suffix == ".md", (
        f"says only {words!r}"
    )


def test_no_banned_word_and_no_path_of_a_machine():
    wrong = re.compile(rf"\b(?:{'|'.join(BANNED)})\b|{MACHINES}")
    found = [
        f"{name(path)}:{number}: {match[0]}"
        for path in files()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (match := wrong.search(line))
    ]
    assert found == []


def test_a_name_says_what_is_inside():
    assert [name(path) for path in files() if path.stem in EMPTY_NAMES] == []


def test_no_file_is_too_long():
    sources = [path for path in files() if path.suffix in MOST_LINES]
    lengths = {path: len(path.read_text().splitlines()) for path in sources}
    long = {name(path): n for path, n in lengths.items() if n > MOST_LINES[path.suffix]}
    assert {f: n for f, n in long.items() if n > LONG_FILES.get(f, 0)} == {}, "split it"
    assert LONG_FILES.keys() - long.keys() == set(), "no longer long: take it off the list"


def test_no_function_is_too_long():
    lengths = dict(entry for path in files() if path.suffix == ".py" for entry in functions(path))
    long = {label: n for label, n in lengths.items() if n > MOST_LINES_A_FUNCTION}
    assert {f: n for f, n in long.items() if n > LONG_FUNCTIONS.get(f, 0)} == {}, "split it"
    assert LONG_FUNCTIONS.keys() - long.keys() == set(), "no longer long: take it off the list"


def test_the_package_has_no_private_imports():
    """What begins with an underscore is its own module's affair; `_core` is a plain name."""
    found = [
        f"{name(path)}: {alias.name}"
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("halfspread")
        for alias in node.names
        if alias.name.startswith("_") and alias.name != "_core"
    ]
    assert found == []
