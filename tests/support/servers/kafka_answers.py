"""What Kafka says of itself, asked by a client of its own loop: from a test's loop and from none."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

ASK_MS = 3_000
GROUPS = ("a", "b", "c")  # their hashes name each of the three partitions where groups are kept


def answers(bootstrap: str, brokers: int) -> bool:
    """Whether this node knows just so many brokers, and who keeps the groups, all of which answer."""

    async def asked(admin: AIOKafkaAdminClient) -> bool:
        known = await admin.describe_cluster()
        if len(known["brokers"]) != brokers:
            return False
        for group in GROUPS:
            await admin.list_consumer_group_offsets(group)
        return True

    return _asking(bootstrap, asked)


def in_sync(bootstrap: str) -> bool:
    """Whether each partition is complete at every broker that is to have it."""

    async def asked(admin: AIOKafkaAdminClient) -> bool:
        topics = await admin.describe_topics()
        return all(set(each["isr"]) == set(each["replicas"]) for topic in topics for each in topic["partitions"])

    return _asking(bootstrap, asked)


def _asking(bootstrap: str, asked: Callable[[AIOKafkaAdminClient], Awaitable[bool]]) -> bool:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _ask(bootstrap, asked)).result()


async def _ask(bootstrap: str, asked: Callable[[AIOKafkaAdminClient], Awaitable[bool]]) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ASK_MS)
    try:
        async with asyncio.timeout(2 * ASK_MS / 1000):
            await admin.start()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
            return await asked(admin)
    except (KafkaError, TimeoutError):
        return False
    finally:
        await admin.close()  # type: ignore[no-untyped-call]  # nor it
