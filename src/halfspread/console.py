"""Console: how a command speaks: its screens, its progress, and its errors, each told in a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any, NoReturn

from typer.core import TyperGroup

from halfspread.errors import HalfspreadError

MISTAKE = 2
"""The exit status after an error that is told in a line."""


class Commands(TyperGroup):
    """The commands. What goes wrong in one is told in a line, on standard error."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # of `halfspread inspect ... | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (HalfspreadError, OSError) as error:
            if ctx.params.get("debug"):
                raise
            fail(str(error))


def examples(text: str) -> str:
    """What a command's help ends with."""
    return f"Examples:\n```sh\n{dedent(text).strip()}\n```"


def show(parts: Any) -> None:
    """Print what Rich draws, on standard output."""
    from rich.console import Console

    console = Console()
    for part in parts:
        console.print(part, highlight=False)


@contextmanager
def progress() -> Iterator[Callable[[float, str], None]]:
    """A bar on standard error, gone when the work is done; tell it the fraction and the step."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda done, step: bars.update(task, completed=done, description=step)


def fail(words: str) -> NoReturn:
    """Tell the error and leave."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text.assemble(("error: ", "bold red"), words))
    sys.exit(MISTAKE)
