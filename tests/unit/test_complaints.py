"""A complaint names the field as its writer would, whatever unions it went through."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from halfspread.complaints import complaints, near


class Lean(BaseModel, extra="forbid", title="lean"):
    kind: Literal["lean"]
    strength: float = 1


class Other(BaseModel, extra="forbid", title="other"):
    kind: Literal["other"]
    lean: float = 1  # the name of a tag, too
    rows: list[int | list[int]] = []


class Whole(BaseModel):
    part: Annotated[Lean | Other, Field(discriminator="kind")]
    parts: dict[str, Lean | str] = {}


def complaints_of(text):
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate_json(text, strict=True)
    return complaints(caught.value, Whole.model_json_schema())


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ('{"kind": "lean", "strenth": 2}', "part.strenth: unknown field; did you mean strength?"),
        ('{"kind": "other", "lean": []}', "part.lean: must be a number, was []"),
        ('{"kind": "lane"}', "part.kind: there is none called 'lane'; did you mean lean?"),
        ("{}", "part.kind: is missing"),
        ("3", "part: must be a mapping, was 3"),
        (
            '{"kind": "other", "rows": [1, [2, "x"]]}',
            'part.rows[1][1]: must be a whole number, was "x"',
        ),
        (
            '{"kind": "other", "rows": ["x"]}',
            'part.rows[0]: must be a whole number or a list, was "x"',
        ),
    ],
)
def test_the_path_has_no_tags_of_unions(part, words):
    assert complaints_of(f'{{"part": {part}}}') == [words]


def test_the_keys_of_a_mapping_are_on_the_path():
    good = '"part": {"kind": "lean"}'
    assert complaints_of(f'{{{good}, "parts": {{"a": {{"kind": "lean", "strngth": 1}}}}}}') == [
        "parts.a.strngth: unknown field; did you mean strength?"
    ]
    assert complaints_of(f'{{{good}, "parts": {{"a": 3}}}}') == [
        "parts.a: must be a mapping or text, was 3"
    ]


def test_what_is_long_is_cut():
    words = complaints_of(f'{{"part": {list(range(100))}}}')
    assert len(words[0]) < 100
    assert words[0].endswith(" ...")


def test_there_is_no_nearest_of_none():
    assert near("a", []) == ""
