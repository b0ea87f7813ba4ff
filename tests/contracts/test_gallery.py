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
        for side in (trace for trace in traces if "xaxis" not in trace):
            values = np.array([np.nan if y is None else y for y in side["y"]])
            assert np.isfinite(values).sum() > 10, name
            falling = np.diff(values[np.isfinite(values)])
            assert np.all(falling <= 1e-9), f"{name}: long means lower"


@pytest.mark.parametrize("name", ["avellaneda_stoikov", "glft_tanh", "cartea_jaimungal"])
def test_models_with_an_end_are_drawn_against_the_time_left(gallery, name):
    found = gallery.figure([name, "glft"])
    bid, ask = (trace for trace in found["data"] if trace.get("xaxis") == "x2")
    assert bid["x"] == ask["x"] == np.round(gallery.TIMES, 4).tolist()
    for side, y in zip((0, 1), (bid["y"], ask["y"]), strict=True):
        state = gallery.STATE._replace(inventory=gallery.HELD, time_left=float(gallery.TIMES[7]))
        assert y[7] == pytest.approx(gallery.MODELS[name](state)[side] - 1000, abs=1e-4)
    assert "xaxis2" in found["layout"]
    assert "xaxis2" not in gallery.figure(["glft", "lean"])["layout"], "they know no end"


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
