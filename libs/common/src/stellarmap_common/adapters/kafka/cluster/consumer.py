"""A consumer that stops whatever it is at."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer


class StoppableConsumer(AIOKafkaConsumer):
    """AIOKafkaConsumer's own `stop` raises CancelledError when a fetch that failed just waits to try again."""

    async def stop(self) -> None:
        """Afterwards it is closed, also while no broker answers."""
        fetcher: Any = self._fetcher
        try:
            await super().stop()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if fetcher is None or (task is not None and task.cancelling()):
                raise
            fetches = tuple(fetcher._pending_tasks)  # noqa: SLF001 - those that `stop` has not come to
            for fetch in fetches:
                fetch.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)
            await self._client.close()  # type: ignore[no-untyped-call]  # nor it
