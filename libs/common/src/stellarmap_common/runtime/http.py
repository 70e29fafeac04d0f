"""The HTTP side of a process: one socket, bound before anything else is opened, and the apps behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stellarmap_common.errors import StellarmapError
from stellarmap_common.runtime.settings import ProcessSettings

GRACE_S = 3
BACKLOG = 512
MAX_HEAD_BYTES = 32 * 1024
HEAD_S = 10.0
"""A head that takes longer is nobody's who wants an answer: a connection must not be held by sending one byte a minute."""
CONNECTION = "stellarmap.connection"
"""ASGI extension: its `transport` is that of the request's connection, for a part that must be able to cut it off."""
_WHOLE = f"Send a whole HTTP/1.1 request, its head of {MAX_HEAD_BYTES // 1024} KiB at most within {HEAD_S:.0f} s."


class PortBusy(StellarmapError):
    """We cannot listen where we should: another process does, or there is no such address here."""


@dataclass(frozen=True, slots=True)
class Part:
    """An ASGI app, and the paths it answers: the prefix itself and everything below it."""

    prefix: str
    app: Any
    root: str = ""  # the first part of the prefix that the app does not know: it becomes the root path


def compose(parts: Sequence[Part], otherwise: Any) -> Any:  # noqa: ANN401 - an ASGI app has no narrower type
    """One ASGI app: the first part whose prefix fits answers, else `otherwise`."""

    async def composed(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        path = scope.get("path", "")
        for part in parts:
            if path == part.prefix or path.startswith(f"{part.prefix}/"):
                below = {**scope, "root_path": scope.get("root_path", "") + part.root} if part.root else scope
                await part.app(below, receive, send)
                return
        await otherwise(scope, receive, send)

    return composed


@contextmanager
def bound_socket(settings: ProcessSettings) -> Iterator[socket.socket]:
    """The listening socket of this process. Raises: PortBusy, which names the setting to change."""
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off: else every answer waits 40 ms for the client's kernel.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((settings.http_host, settings.http_port))
            bound.listen(BACKLOG)  # from now on: until then another process that starts can bind the same port
        except OSError as error:
            where = f"{settings.http_host}:{settings.http_port}"
            raise PortBusy(
                f"cannot listen on {where}: {error.strerror}. Set STELLARMAP_HTTP_PORT to another port (0 = any free one), "
                "or STELLARMAP_HTTP_HOST to another address"
            ) from error
        yield bound


def url_of(bound: socket.socket) -> str:
    """Where a browser on this machine finds the process."""
    host, port = bound.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


class _Server(uvicorn.Server):
    """Leaves signals to the process: HTTP must outlive the draining of the bus, whose steps may still call the sandbox."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(HttpToolsProtocol):
    """Refuses a head that does not end, or takes too long: uvicorn bounds its size for its other parser only."""

    _in_head = False
    _head_bytes = 0  # after those that came together with its beginning
    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own does
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}
        self._in_head, self._head_bytes = True, 0
        if self._head_due is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_came()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Says what was wrong in the form of all our errors, and closes the connection."""
        body = f'{{"type":"bad-request","title":"Bad Request","status":400,"detail":"{msg}","advice":"{_WHOLE}"}}'
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n"
            + f"content-length: {len(body)}\r\n\r\n{body}".encode()
        )
        self.transport.close()

    def _expect_head(self) -> None:
        self._head_due = self.loop.call_later(HEAD_S, self._head_is_late)

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _head_is_late(self) -> None:
        self._head_due = None
        if self._in_head:
            self.send_400_response(f"The head of this request did not come within {HEAD_S:.0f} s.")
        else:
            self.transport.close()  # nothing came: browsers connect in advance

    def data_received(self, data: bytes) -> None:
        goes_on = self._in_head
        super().data_received(data)
        if goes_on and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of this request is too large.")


@asynccontextmanager
async def serving(app: Any, bound: socket.socket) -> AsyncIterator[None]:  # noqa: ANN401 - ASGI
    """While open, the app answers on the socket."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=75,
        http=_Protocol,
        ws="none",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([bound]), name="http")
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.005)
    if task.done():
        task.result()  # raises what kept it from starting
    try:
        yield
    finally:
        server.should_exit = True
        await task
