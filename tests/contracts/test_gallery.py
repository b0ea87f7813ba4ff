"""The gallery of the documentation has every model, and each page of a model a drawing."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import halfspread as hs

pytest.importorskip("sphinx")
pytest.importorskip("highspy")

DOCS = Path(__file__).resolve().parents[2] / "docs"
OTHERS = {"Asset", "MultiAssetMaker"}
"""They are no quote of one instrument; the gallery has a maker of two assets beside them."""
PAGES = [page for page in sorted((DOCS / "models").glob("*.md")) if page.stem != "index"]
SECTIONS = ("## Formula", "## Intuition", "## Parameters", "## When it fails")


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_model_is_in_the_gallery_and_drawn(gallery):
    assert set(hs.models.__all__) - OTHERS <= set(gallery.MODELS)
    drawn = gallery.figure(list(gallery.MODELS)[: len(gallery.COLOURS)])
    assert len(drawn["data"]) >= 2 * len(gallery.COLOURS)
    for name in gallery.MODELS:
        traces = gallery.figure([name])["data"]
        for side in traces:
            values = np.array([np.nan if y is None else y for y in side["y"]])
            assert np.isfinite(values).sum() > 10, name
            falling = np.diff(values[np.isfinite(values)])
            assert np.all(falling <= 1e-9), f"{name}: long means lower"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_has_its_parts_and_a_drawing(gallery, page):
    text = page.read_text(encoding="utf-8")
    for section in SECTIONS:
        assert section in text
    names = " ".join(re.findall(r"```{quotes} (.+)", text)).split()
    assert names
    assert set(names) <= set(gallery.MODELS)
    headings = text.split("## Parameters")[1].split("##")[0]
    assert headings.count("|") > 10, "a table of parameters"
