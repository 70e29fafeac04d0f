"""How commands speak: results on stdout, everything else on stderr, errors as one sentence with exit code 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from stellarmap_common.errors import StellarmapError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def told_errors() -> Iterator[None]:
    """An error of ours becomes its message and exit code 1; anything else is a bug and keeps its traceback."""
    try:
        yield
    except StellarmapError as error:
        err.print(f"[red]✗[/red] {escape(str(error))}", markup=True)
        raise typer.Exit(1) from None
