"""`stellarmap sandbox serve`, which also writes down what it was asked. `python -m tests.support.harness_serve FILE serve …`.

A line a request, written before it is answered: when it came (the monotonic clock of the machine) and what it asks.
"""

import sys
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TextIO

from stellarmap_common.runtime import http

_serving = http.serving


def counted(app: Any, written: TextIO) -> Any:
    """The app, whose requests are written down."""

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        written.write(f"{time.monotonic():.4f} {scope['path']}?{scope['query_string'].decode()}\n")
        await app(scope, receive, send)

    return counting


def main(file: Path, arguments: list[str]) -> None:
    """Serves; what is asked stands in `file`."""
    with file.open("a", buffering=1) as written:

        def serving(app: Any, bound: Any) -> AbstractAsyncContextManager[None]:
            return _serving(counted(app, written), bound)

        vars(http)["serving"] = serving  # before the command imports it
        from stellarmap_common.cli.main import app  # noqa: PLC0415 - so that it finds the other `serving`

        app(arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]), ["sandbox", *sys.argv[2:]])
