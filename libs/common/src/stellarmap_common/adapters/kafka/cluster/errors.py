"""A Kafka that does not answer, as our own error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from stellarmap_common.errors import TransientError

ANSWER_S = 5.0


@asynccontextmanager
async def translated(what: str, within_s: float = ANSWER_S) -> AsyncIterator[None]:
    """What is inside ends within that time. Raises: TransientError."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except TimeoutError as error:
        raise TransientError(f"Kafka did not {what} within {within_s:g} s") from error
    except KafkaError as error:
        raise TransientError(f"Kafka did not {what}: {error!r}") from error
