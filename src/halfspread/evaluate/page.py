"""Page: the one-file HTML that reports are written on: its frame, sections, tables, charts."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from halfspread.errors import ConfigError


def render(title: str, subtitle: str, body: str, figures: Mapping[str, Any]) -> str:
    """The whole page: needs nothing else, in light, in dark and on paper.

    Args:
        title, subtitle: plain text.
        body: HTML; a chart in it is a place that `chart` made.
        figures: the Plotly figure of each chart, by name.
    """
    return Template(own("report.html")).substitute(
        title=escape(title),
        subtitle=escape(subtitle),
        css=own("report.css"),
        js=own("report.js"),
        body=body,
        figures=json.dumps(figures, separators=(",", ":")).replace("</", "<\\/"),
        library=library(),
    )


def keep(path: Path, page: str) -> Path:
    """Write a page to `path`, and return that.

    Errors:
        ConfigError: nothing can be written there.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"report: can't write {path}: {error.strerror}") from None
    return path


def own(name: str) -> str:
    """A file of ours that pages are made of."""
    return files("halfspread.evaluate").joinpath(name).read_text(encoding="utf-8")


@cache
def library() -> str:
    """Plotly's own minified JavaScript, packed: a third of its 5 MB."""
    source = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    return base64.b64encode(gzip.compress(source, 9, mtime=0)).decode()


def text(value: str) -> str:
    """Written for HTML: escaped, and with a true minus."""
    return escape(value).replace("-", "&minus;") if value[:1] == "-" else escape(value)


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), kind: str = "names") -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f'<table class="{kind}">{top}<tbody>{"".join(lines)}</tbody></table>'


def section(title: str, content: str, kind: str = "") -> str:
    """A card with a heading."""
    return f'<section class="{kind}"><h2>{escape(title)}</h2>{content}</section>'


def chart(
    name: str,
    title: str,
    figure: dict[str, Any] | None,
    figures: dict[str, dict[str, Any]],
    kind: str = "",
    why_not: str = "nothing to draw",
) -> str:
    """A place for a chart, or words where there is none; its figure goes to `figures`."""
    if figure is None:
        place = f'<p class="soft nothing">{escape(why_not)}</p>'
    else:
        figures[name] = figure
        place = f'<div class="chart {kind}" id="{name}"></div>'
    return f"<figure><h3>{escape(title)}</h3>{place}</figure>"
