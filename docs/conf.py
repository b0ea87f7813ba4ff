"""How Sphinx makes the documentation: pages in Markdown, the reference from the docstrings."""

import re
import sys
from importlib import import_module
from importlib.metadata import version as version_of
from inspect import cleandoc, signature
from pathlib import Path
from textwrap import indent

from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).parent))

project = "halfspread"
author = "halfspread contributors"
copyright = "halfspread contributors"
version = release = version_of("halfspread")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "gallery", "impact"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
add_module_names = False
napoleon_custom_sections = [("Errors", "params_style"), "Source", "Cost"]

html_theme = "furo"
html_title = "halfspread"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b7285", "color-brand-content": "#0b7285"},
    "dark_css_variables": {"color-brand-primary": "#66d9e8", "color-brand-content": "#66d9e8"},
}


FORMULA = re.compile(r"\w[\w/ ]* \+?= \S.*")


class ModelDirective(SphinxDirective):
    """`.. model:: halfspread.models.glft`: a model's parameters and its docstring."""

    required_arguments = 1

    def run(self):
        """A function of its parameters."""
        module, _, name = self.arguments[0].rpartition(".")
        definition = getattr(import_module(module), name)
        taken = list(signature(definition.function).parameters.values())[definition.fixed :]
        shown = ["model"] * definition.is_wrapper
        shown += [p.name if p.default is p.empty else f"{p.name}={p.default}" for p in taken]
        lines = cleandoc(definition.__doc__).splitlines()
        event = ("autodoc-process-docstring", "function", name, definition.function, {}, lines)
        self.env.app.emit(*event)
        head = f".. py:function:: {name}({', '.join(shown)})\n   :module: {module}\n\n"
        return self.parse_text_to_nodes(head + indent("\n".join(lines), "   "))


def plain_text(app, what, name, obj, options, lines):
    """Docstrings are plain text with `code` and formulas: no mark of reStructuredText is one."""
    blocks = "\n".join(lines).split("\n\n")
    lines[:] = "\n\n".join(map(as_markup, blocks)).split("\n")


def as_markup(block):
    """A block of lines; one of formulas only keeps its lines, and so does one of code."""
    rows = block.split("\n")
    if rows[0].lstrip().startswith(">>>"):
        return block
    if all(FORMULA.fullmatch(row) for row in rows):
        return "::\n\n" + indent(block, "    ")
    parts = block.split("`")
    parts[::2] = [part.replace("*", r"\*").replace("|", r"\|") for part in parts[::2]]
    return "`".join(parts)


def setup(app):
    """Add both."""
    app.add_directive("model", ModelDirective)
    app.connect("autodoc-process-docstring", plain_text, priority=400)
