"""Lists as server-sent events, as Horizon sends them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Final

import msgspec

from stellarmap_sandbox.horizon.pages import ReadPage
from stellarmap_sandbox.horizon.query import PageQuery

EVENT_STREAM: Final = "text/event-stream; charset=utf-8"
_OPEN: Final = b'retry: 1000\nevent: open\ndata: "hello"\n\n'
_CLOSE: Final = b'retry: 10\nevent: close\ndata: "byebye"\n\n'

NextLedger = Callable[[], Awaitable[bool]]


async def stream(read: ReadPage, query: PageQuery, next_ledger: NextLedger, seconds: float) -> AsyncIterator[bytes]:
    """`hello`, up to `limit` records after the cursor as they come, and `byebye`.

    The latter comes after `seconds` at the latest, or when no more ledgers are told of.
    """
    yield _OPEN
    ends = asyncio.get_running_loop().time() + seconds
    while True:
        for record in read(query):
            token = str(record["paging_token"])
            query = replace(query, cursor=token, limit=query.limit - 1)
            yield b"id: %s\ndata: %s\n\n" % (token.encode(), msgspec.json.encode(record))
        if query.limit <= 0:
            break
        try:
            async with asyncio.timeout_at(ends):
                if not await next_ledger():
                    break
        except TimeoutError:
            break
    yield _CLOSE
