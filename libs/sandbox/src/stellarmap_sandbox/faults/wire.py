"""One answer on its way: held, sent piece by piece, or cut off with its connection."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.http import CONNECTION
from stellarmap_sandbox.world import World

_LENGTH: Final = b"content-length"
_TYPE: Final = b"content-type"
_AT_ONCE: Final = struct.pack("ii", 1, 0)  # linger for 0 s: the kernel sends a reset instead of a farewell


@dataclass(slots=True)
class Whole:
    """A whole answer, not sent yet."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """One more message of the app that gives the answer."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def replaced(self, body: bytes, content_type: bytes | None = None) -> "Whole":
        """The same answer with another body."""
        changed = {_LENGTH: str(len(body)).encode(), **({_TYPE: content_type} if content_type else {})}
        return Whole(self.status, [(name, changed.get(name, value)) for name, value in self.headers], body)


async def answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> Whole:
    """What the app answers, kept back."""
    whole = Whole()
    await app(scope, receive, whole.take)
    return whole


@dataclass(frozen=True, slots=True)
class Line:
    """The connection of one request."""

    scope: Scope
    send: Send
    clock: Clock
    _left: "asyncio.Task[None]"  # the client has gone
    _leaving: "asyncio.Task[None]"  # the server is about to

    async def wait(self, seconds: float) -> bool:
        """True after so many seconds; False at once when the client goes or the server is to stop."""
        sleeping = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            await asyncio.wait((sleeping, self._left, self._leaving), return_when=asyncio.FIRST_COMPLETED)
            return sleeping.done()
        finally:
            sleeping.cancel()

    async def begin(self, whole: Whole) -> None:
        """The head of the answer is sent: it promises all of the body."""
        await self.send({"type": "http.response.start", "status": whole.status, "headers": whole.headers})

    async def go_on(self, body: bytes, *, more: bool = True) -> None:
        """One more piece of the body is sent."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def whole(self, whole: Whole) -> None:
        """All of the answer is sent."""
        await self.begin(whole)
        await self.go_on(whole.body, more=False)

    async def close(self) -> None:
        """The connection has ended, without a word and in order. Raises: ConnectionResetError where nobody lends it."""
        self._transport().abort()
        await self._left

    async def reset(self) -> None:
        """The connection is reset; what was sent has left before. Raises: ConnectionResetError where nobody lends it."""
        transport = self._transport()
        await self._drained(transport)
        if not self._left.done():
            with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as same:
                same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            transport.abort()
        await self._left

    async def _drained(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's or uvloop's
        """Returns when all that was sent has left, or the client has. The server waits for room before it sends more."""
        transport.set_write_buffer_limits(high=0)
        await self.go_on(b"")
        await self.go_on(b"")

    def _transport(self) -> Any:  # noqa: ANN401 - asyncio's or uvloop's
        lent = (self.scope.get("extensions") or {}).get(CONNECTION)
        if lent is None:
            raise ConnectionResetError("the simulated network drops this connection")
        return lent["transport"]


@asynccontextmanager
async def line_of(scope: Scope, receive: Receive, send: Send, *, world: World, clock: Clock) -> AsyncIterator[Line]:
    """The connection of the request, watched while the answer is on its way."""
    left = asyncio.ensure_future(_gone(receive))
    leaving = asyncio.ensure_future(world.leaving())
    try:
        yield Line(scope, send, clock, left, leaving)
    finally:
        for watching in (left, leaving):
            watching.cancel()
        await asyncio.gather(left, leaving, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
