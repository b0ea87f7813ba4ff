"""The door of the package: each public name is there when it is asked for, and nothing else is."""

import pytest

import halfspread as hs


@pytest.mark.parametrize("name", hs.__all__)
def test_each_name_is_there_and_is_what_it_says(name):
    found = getattr(hs, name)
    assert getattr(found, "__name__", name).removeprefix("halfspread.") == name
    assert name in dir(hs)


def test_what_users_type_is_there():
    assert {"import_tape", "heat_map", "together", "read_config", "open_tape"} <= set(hs.__all__)


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        hs.nothing  # noqa: B018
