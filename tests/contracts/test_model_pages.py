"""Each model has a page with a table of all its parameters, and is in the reference."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path

import pytest

import halfspread as hs
from halfspread.config import SHIPPED, SOLVERS

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHELF = {name: [p.name for p in model.parameters] for name, model in SHIPPED.items()}
SHELF |= {name: list(signature(solver).parameters) for name, solver in SOLVERS.items()}
SHELF["MultiAssetMaker"] = [
    n for n in signature(hs.models.MultiAssetMaker).parameters if n != "assets"
]


def page_of(name):
    """The page that docs/models/index.md sends its reader to; a policy's is inventory.md."""
    if name in hs.inventory.__all__:
        return DOCS / "inventory.md"
    index = (DOCS / "models/index.md").read_text()
    (link,) = re.findall(rf"^\| (?:.*, )?`{name}`.*\]\((\S+)\) \|$", index, re.MULTILINE)
    return DOCS / "models" / link


@pytest.mark.parametrize("name", SHELF)
def test_its_page_has_a_row_for_each_parameter(name):
    rows = re.findall(r"^\| (`[^|]*`) \|", page_of(name).read_text(), re.MULTILINE)
    told = {parameter for row in rows for parameter in re.findall(r"`(\w+)`", row)}
    assert set(SHELF[name]) <= told


@pytest.mark.parametrize("name", SHELF)
def test_it_is_in_the_reference(name):
    text = (DOCS / "api.md").read_text()
    assert re.search(rf"^\.\. (model|autoclass):: \S*\.{name}$", text, re.MULTILINE)
