"""Processes: Python run in one of its own, where a crash shows as its return code."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path


def run(code, *arguments):
    """Run the code with these arguments, and what can be imported here."""
    paths = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code), *arguments]
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, check=False
    )
