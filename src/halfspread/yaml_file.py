"""YAML as people read it: 1e-3 is a number, `on` and a date are text, a key comes once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from halfspread.errors import ConfigError

_SCALARS = {  # the core schema of YAML 1.2, with 1_000_000; the library's own is that of 1.1
    "null": r"~|null|",
    "bool": r"true|false",
    "int": r"[-+]?(?:0|[1-9][0-9_]*)",
    "float": r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
}


class _Loader(yaml.SafeLoader):
    """Builds plain values, with the scalars above."""

    yaml_implicit_resolvers: dict[str | None, list[Any]] = {}  # noqa: RUF012

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are text and differ."""
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError(f"line {line}: a key must be text")
            if key.value in seen:
                raise ConfigError(f"line {line}: {key.value} is there twice")
            seen.add(key.value)
        values = super().construct_mapping(node, deep)
        return {key.value: values[self.construct_object(key)] for key, _ in node.value}


for _name, _form in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"(?:{_form})$"), None)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that the file at `path` holds.

    Errors:
        ConfigError: it can't be read, or is no YAML mapping (says the line).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise ConfigError(f"{path}: {why}") from None
    try:
        data = yaml.load(text, _Loader)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark is not None else ""
        why = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{path}: {place}{why}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: must hold names and values, such as 'tape: btc.tape'")
    return data
