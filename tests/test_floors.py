"""One direction: a file knows only files of lower floors; the order, C++ and Python, is here."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "halfspread"

CORE = (  # headers, and sources of the same name; those of one floor do not know each other
    {"units", "decimal", "guard_table", "id_map", "ladder", "march", "random"}
    | {"alias_table", "box", "episode", "wide"},
    {"event", "excitation", "exponential_table", "latency", "fields", "guard_view", "hjb_steps"}
    | {"departure", "draw_block", "drift", "pace", "regimes"},
    {"account", "book", "columns", "guard", "hawkes", "limits", "mail", "order", "queue"}
    | {"flow_clock", "hjb_taylor", "reach"},
    {
        "depth",
        "hjb",
        "log",
        "newest_rows",
        "matching",
        "order_book",
        "orders",
        "post",
        "standing",
        "top",
    }
    | {"level_changes", "world"},
    {"flow", "looks", "mids", "order_replay", "recent", "resting_book"} | {"lane_draws"},
    {"exchange", "learning_world", "order_feed", "order_levels", "signals"},
    {"crowd", "state", "two_clocks"},
    {"hawkes_flow", "queue_reactive", "scenario", "zero_intelligence"},
    {"desk", "exchange_bytes", "flows", "match", "obey", "view"},
    {"brownian", "guards", "replay", "simulated"},
    {"lanes"},
    {"block", "episodes"},
    {"market"},
)
PYTHON = (  # modules and packages; the modules of one package may know each other
    {"errors"},
    {
        "_core",
        "console",
        "duration",
        "event",
        "fingerprint",
        "instrument",
        "moment",
        "parameter",
        "quote",
    },
    {"fields_read"},
    {"complaints", "guard", "kernel", "policy", "table", "tape_rows", "yaml_file"}
    | {"synthetic_process"},
    {"flow_checks"},
    {"hawkes_flow", "scenario"},
    {"flows", "plain_model", "portfolio_state", "signal_policy", "table_reading"}
    | {"tape_file", "tape_levels", "tape_slice"},
    {"modelling", "tape"},
    {"decisions", "model_words", "simulating", "synthetic", "table_model", "tape_chain"}
    | {"tape_queues"},
    {"codecs", "evaluate", "inventory", "signals"},
    {"models"},  # they take what inventory costs from inventory
    {"life_cycle", "portfolio_run"},  # they hold Runs
    {"stepped"},
    {"lanes_market"},
    {"made_up"},
    {"brownian", "calibrate", "market", "simulated"},  # they make Runs, or mark them out
    {"learn", "portfolio", "realism"},
    {"backtesting"},
    {"config_fields"},
    {"config_calibration", "config_worlds"},
    {"config"},
    {"demo", "screens"},
    {"calibrate_command", "outputs", "realism_command", "simulate_command"},
    {"cli"},
)
DOOR = "__init__"
"""The package's own __init__.py: it names what lives anywhere, and imports it when asked."""


def floor_of(floors):
    return {name: floor for floor, names in enumerate(floors) for name in names}


def ups(floors, name, known):
    """Those of `known` that `name` may not know, and those on no floor at all."""
    floor = floor_of(floors)
    return sorted(other for other in known - {name} if floor.get(other, 99) >= floor[name])


def included(path):
    return {Path(name).stem for name in re.findall(r'#include "([^"]+)"', path.read_text())}


def imported(source):
    """The modules of halfspread that Python source imports anywhere, by the first name below it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        split = [name.split(".") for name in names]
        found |= {parts[1] for parts in split if parts[0] == "halfspread" and len(parts) > 1}
    return found


def modules():
    """Each module or package of halfspread with its files."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found.setdefault(name, []).append(path)
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "core").glob("*.[hc]pp")), ids=lambda p: p.name)
def test_the_core_knows_only_what_is_below(path):
    assert path.stem in floor_of(CORE), "give it a floor in CORE"
    assert ups(CORE, path.stem, included(path)) == []


@pytest.mark.parametrize("name", sorted(set(modules()) - {DOOR}))
def test_python_knows_only_what_is_below(name):
    assert name in floor_of(PYTHON), "give it a floor in PYTHON"
    known = set().union(*(imported(path.read_text()) for path in modules()[name]))
    assert ups(PYTHON, name, known) == []


def test_the_floors_hold_nothing_that_is_gone():
    assert set(floor_of(CORE)) == {path.stem for path in (ROOT / "core").glob("*.hpp")}
    assert set(floor_of(PYTHON)) == set(modules()) - {DOOR} | {"_core"}


def test_only_the_binding_knows_python_and_nothing_knows_arrow():
    for path in (ROOT / "core").glob("*.[hc]pp"):
        assert not re.search(r"#include [<\"](nanobind|Python|pybind|arrow)", path.read_text()), (
            path
        )
    for path in (ROOT / "bind").glob("*.[hc]pp"):
        assert "arrow/" not in path.read_text(), path


def test_the_door_imports_nothing_when_it_opens():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    at_once = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert not [node for node in at_once if imported(ast.unparse(node))]


def test_a_way_up_would_be_seen():
    source = "def f():\n    from halfspread.cli import app\n    import halfspread.tape\n"
    assert imported(source) == {"cli", "tape"}
    assert imported("from halfspread import _core, market") == {"_core", "market"}
    assert ups(PYTHON, "market", {"cli", "tape", "market", "unheard_of"}) == ["cli", "unheard_of"]
    assert ups(PYTHON, "codecs", {"evaluate"}) == ["evaluate"], "wings know each other"
    assert ups(CORE, "book", {"event", "orders"}) == ["orders"]
