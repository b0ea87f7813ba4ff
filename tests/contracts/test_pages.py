"""The examples on the pages about inventory and its models print what the pages say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (
    "inventory.md",
    "models/pure_market_making.md",
    "models/adaptive.md",
    "models/optimise.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_the_page_says(page):
    if page.endswith("optimise.md"):
        pytest.importorskip("highspy")
    found = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0
