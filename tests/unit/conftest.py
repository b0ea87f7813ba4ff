"""What unit tests share: commands that run in a folder of their own."""

import pytest
from typer.testing import CliRunner

from halfspread.cli import app


@pytest.fixture
def call(tmp_path, monkeypatch):
    """A command in a folder of its own, 100 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")

    def called(*words, status=0):
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == status, result.output + repr(result.exception)
        return result

    return called
