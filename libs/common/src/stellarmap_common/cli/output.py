"""How commands speak: results on stdout, everything else on stderr, errors as one sentence with exit code 1."""

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from stellarmap_common.errors import StellarmapError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def told_errors() -> Iterator[None]:
    """An error of ours, or a full disk, becomes its message and exit code 1; anything else is a bug with its traceback."""
    try:
        yield
    except StellarmapError as error:
        raise _told(str(error)) from None
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        where = f" ({error.filename})" if error.filename else ""
        raise _told(
            f"The disk is full{where}. What was acknowledged is kept: free some space and try again, "
            "or set STELLARMAP_DATA_DIR to a folder on another disk"
        ) from None


def print_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table whose cells are whole, however narrow the terminal is or where the output goes: rich would cut them."""
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row, style in ((names, "bold"), *((row, "") for row in rows)):
        out.print(Text("  ".join(map(str.ljust, row, widths)).rstrip(), style=style))


def plain(text: str) -> str:
    """Text that somebody else wrote, without what a terminal would obey."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


class WaitTeller:
    """Says on stderr what a request waits for, a line each time that changes.

    On a terminal, which shows progress, only that a source does not answer, and that it does again.
    """

    def __init__(self, network: str) -> None:
        self._network = network
        self._told: tuple[object, object] | None = None

    def look(self, queue: Mapping[str, object]) -> None:
        """To be called with the `queue` of each status of the request."""
        waits_for, since = now = (queue["waits_for"], queue["source_away_since"])
        away = self._told is not None and self._told[0] == "source"
        if now == self._told or (waits_for is None and not away):
            return  # between two waits something is read: waiting for the same again is no news
        self._told = now if waits_for else None
        if err.is_terminal and waits_for != "source" and not away:
            return
        away_since = f", away since {since}" if since else ""
        said = {
            "source": f"waits for Horizon of {self._network}{away_since}: {queue['reason']}",
            "rate-limit": f"waits for the rate limit of {self._network}: {queue['reason']}",
            "turn": f"waits for its turn on {self._network}; steps before it: {queue['ahead']}",
        }.get(str(waits_for), f"Horizon of {self._network} answers: it goes on")
        err.print(said, markup=False)


def _told(message: str) -> typer.Exit:
    err.print(f"[red]✗[/red] {escape(message)}", markup=True)
    return typer.Exit(1)
