"""A host that does not answer holds up nobody but those who ask it."""

import asyncio
from asyncio import StreamReader, StreamWriter

from stellarmap_common.adapters.stellar.http import open_http
from stellarmap_common.adapters.stellar.limiter import LeasedLimiter
from stellarmap_common.domain.status import Lane
from stellarmap_common.runtime.clock import SystemClock
from tests.support.sources import usage_store

STEPS_AT_ONCE = 24  # eight in each of three lanes
CALLS_OF_A_STEP = 2


async def test_another_host_answers_while_all_steps_wait_for_a_slow_one() -> None:
    asked = asyncio.Semaphore(0)

    async def never_answers(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.release()
        await reader.read()
        writer.close()

    async def answers(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    slow, quick = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (never_answers, answers)]
    slow_url, quick_url = (f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/" for server in (slow, quick))
    async with usage_store() as usage, slow, quick, open_http(LeasedLimiter(usage, SystemClock(), "test")) as http:
        waiting = [
            asyncio.create_task(http.get(slow_url, "horizon:slow", Lane.USER))
            for _ in range(STEPS_AT_ONCE * CALLS_OF_A_STEP)
        ]
        for _ in waiting:
            await asyncio.wait_for(asked.acquire(), 5)
        answer = await asyncio.wait_for(http.get(quick_url, "horizon:quick", Lane.USER), 5)
        assert answer.status == 200
        for call in waiting:
            call.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
