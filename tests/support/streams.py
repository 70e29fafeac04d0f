"""Server-sent events of an ASGI app, read one by one as they come: httpx would wait for the end of the stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

WITHIN_S = 5.0


@dataclass
class Sent:
    """One event."""

    event: str = ""
    id: str = ""
    data: Any = None
    comment: str = ""
    retry: str = ""


@dataclass
class Stream:
    """An open stream."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""  # of an answer that is no stream
    events: asyncio.Queue[Sent] = field(default_factory=asyncio.Queue)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # the client
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # by the server
    _rest: bytes = b""

    async def next(self) -> Sent:
        """The next event that carries a topic; a ping is none."""
        while True:
            sent = await asyncio.wait_for(self.events.get(), WITHIN_S)
            if sent.event:
                return sent

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.started.set()
            return
        if not message.get("more_body"):
            self.ended.set()
        self.body += message.get("body", b"")
        *blocks, self._rest = (self._rest + message.get("body", b"")).split(b"\n\n")
        for block in blocks:
            self.events.put_nowait(_sent(block.decode()))


def _sent(block: str) -> Sent:
    sent = Sent()
    for line in block.split("\n"):
        name, _, value = line.partition(": ")
        if name == "data":
            sent.data = msgspec.json.decode(value)
        else:
            setattr(sent, name or "comment", value)
    return sent


@asynccontextmanager
async def streaming(app: Any, path: str, last_event_id: str | None = None, **query: str) -> AsyncIterator[Stream]:
    """The stream, once its answer has begun; the client goes away at the end."""
    stream = Stream()
    headers = [(b"host", b"localhost")]
    if last_event_id is not None:
        headers.append((b"last-event-id", last_event_id.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query).encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    answering = asyncio.create_task(app(scope, stream.receive, stream.send))
    try:
        await asyncio.wait_for(stream.started.wait(), WITHIN_S)
        yield stream
    finally:
        stream.gone.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(answering, WITHIN_S)
