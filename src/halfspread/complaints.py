"""Complaints: what pydantic finds wrong, as sentences with a path and the nearest valid name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

Schema = dict[str, Any]


def complaints(error: ValidationError, schema: Schema) -> list[str]:
    """What is wrong, a sentence a field: its path, and what it must be.

    Args:
        schema: the JSON schema of what was validated, which tells a field from a union's tag.

    >>> from pydantic import BaseModel, ValidationError
    >>> class Point(BaseModel, extra="forbid"):
    ...     height: float
    >>> try:
    ...     Point.model_validate_json('{"hieght": 2, "height": [1]}')
    ... except ValidationError as error:
    ...     complaints(error, Point.model_json_schema())
    ['height: must be a number, was [1]', 'hieght: unknown field; did you mean height?']
    """
    found: dict[str, list[tuple[str, Any]]] = {}
    for detail in error.errors(include_url=False):
        loc, kind, words = (
            detail["loc"],
            detail["type"],
            detail["msg"].removeprefix("Value error, "),
        )
        path, names = _place(loc, schema)
        if kind in ("extra_forbidden", "unexpected_keyword_argument"):
            path, names = _place(loc[:-1], schema)
            path, words = f"{path}.{loc[-1]}", f"unknown field{near(str(loc[-1]), names)}"
        elif kind == "union_tag_invalid":
            tag = detail["ctx"]["tag"]
            tags = [choice.strip("'") for choice in detail["ctx"]["expected_tags"].split(", ")]
            path += f".{_tag_of(detail)}"
            words = f"there is none called {tag!r}{near(tag, tags)}"
        elif kind in ("missing", "union_tag_not_found"):
            path += f".{_tag_of(detail)}" if kind == "union_tag_not_found" else ""
            words = "is missing"
        elif kind == "too_short":
            words = f"must have {detail['ctx']['min_length']} or more values, was {detail['input']}"
        found.setdefault(path.lstrip("."), []).append((words, detail["input"]))
    deepest = (p for p in found if not any(q.startswith((f"{p}.", f"{p}[")) for q in found))
    return [_sentence(path, found[path]) for path in deepest]


def _tag_of(detail: Any) -> str:
    """The field that tells the members of a union apart."""
    name: str = detail["ctx"]["discriminator"].strip("'")
    return name


def _place(loc: tuple[int | str, ...], schema: Schema) -> tuple[str, list[str]]:
    """The path that `loc` means, without its tags of unions; the names of fields there."""
    path, nodes = "", list(_alternatives(schema, schema))
    for part in loc:
        inside = [node["properties"][part] for node in nodes if part in node.get("properties", {})]
        entries = [node.get("additionalProperties") for node in nodes]
        inside += [entry for entry in entries if isinstance(entry, dict)]
        tagged = [node for node in nodes if node.get("title") == part]
        if tagged and len(nodes) > 1:
            nodes = tagged
            continue
        if isinstance(part, int):
            path += f"[{part}]"
            inside = [node["items"] for node in nodes if "items" in node]
        elif inside:
            path += f".{part}"
        if inside:
            nodes = [found for node in inside for found in _alternatives(node, schema)]
    return path, [name for node in nodes for name in node.get("properties", {})]


def _alternatives(node: Schema, whole: Schema) -> Iterator[Schema]:
    """What a schema node may be: its references followed, its unions taken apart."""
    if "$ref" in node:
        yield from _alternatives(whole["$defs"][node["$ref"].rsplit("/", 1)[1]], whole)
    elif choices := node.get("anyOf") or node.get("oneOf"):
        for choice in choices:
            yield from _alternatives(choice, whole)
    else:
        yield node


def _sentence(path: str, found: list[tuple[str, Any]]) -> str:
    """One sentence of all that pydantic says of a field."""
    should = "Input should be "
    own = [words for words, _ in found if not words.startswith(should)]
    if not own:
        kinds = dict.fromkeys(words.removeprefix(should) for words, _ in found)
        shown = json.dumps(found[0][1])
        shown = shown if len(shown) < 60 else f"{shown[:56]} ..."
        return f"{path}: must be {_plain(' or '.join(kinds))}, was {shown}"
    name = path.rpartition(".")[2]
    if path and own[0].startswith(f"{name}: "):
        return f"{path}.{own[0].removeprefix(f'{name}: ')}"
    if path and own[0].startswith(f"{name} "):
        return f"{path}: {own[0].removeprefix(f'{name} ')}"
    return f"{path}: {own[0]}" if path else own[0]


def _plain(words: str) -> str:
    """Pydantic's names of types in everyday words."""
    everyday = {
        "a valid array": "a list",
        "a valid dictionary": "a mapping",
        "an object": "a mapping",
        "a valid integer": "a whole number",
        "a valid string": "text",
        "valid ": "",
    }
    for technical, word in everyday.items():
        words = words.replace(technical, word)
    return words


def near(name: str, names: Iterable[str]) -> str:
    """A question after the nearest of `names`, if there is one.

    >>> near("spred", ["size", "spread"])
    '; did you mean spread?'
    """
    nearest = get_close_matches(name, list(names), n=1, cutoff=0.0)
    return f"; did you mean {nearest[0]}?" if nearest else ""
