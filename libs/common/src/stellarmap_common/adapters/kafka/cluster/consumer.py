"""A consumer that stops whatever it is at."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer

STOP_S = 5.0


class StoppableConsumer(AIOKafkaConsumer):
    """AIOKafkaConsumer's own `stop` waits for its brokers, and raises CancelledError when a fetch just waits to try again."""

    async def stop(self) -> None:
        """Afterwards it is closed, also while no broker answers, or one that hangs does not."""
        try:
            async with asyncio.timeout(STOP_S):
                await super().stop()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
        except TimeoutError:
            await self._let_go()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._fetcher is None or (task is not None and task.cancelling()):
                raise
            await self._let_go()

    async def _let_go(self) -> None:
        """Afterwards nothing of it is at work. A member that could not say that it leaves is missed when its session ends."""
        tasks = {*_tasks_of(self._coordinator), *_tasks_of(self._fetcher)}
        tasks.update(getattr(self._fetcher, "_pending_tasks", ()))  # those that `stop` has not come to
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.close()  # type: ignore[no-untyped-call]  # nor it


def _tasks_of(part: Any) -> list["asyncio.Task[Any]"]:  # noqa: ANN401 - aiokafka gives its parts no types
    """What it has at work: each of these is a field of its own, or None."""
    return [task for task in vars(part).values() if isinstance(task, asyncio.Task)] if part is not None else []
