"""A producer for long lives: every confirmation comes or fails within a bounded time, however long the brokers are away.

aiokafka's idempotent producer tries for ever, which keeps who publishes waiting as long. And once a record was given up
inside it, the sequence numbers of its partition have a gap, and brokers refuse everything behind: then it is made anew.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    KafkaTimeoutError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)

from stellarmap_common.adapters.kafka.outgoing import Confirmation, Outgoing, abandon

WITHIN_S = 20.0
FLUSH_S = 5.0
_BEYOND_HELP = (OutOfOrderSequenceNumber, InvalidProducerEpoch, ProducerFenced)

Inner: TypeAlias = Any  # aiokafka gives its producer no types


class LastingProducer:
    """Stands before AIOKafkaProducer, where FastStream expects that."""

    def __init__(self, make: Callable[[], Inner], within_s: float = WITHIN_S) -> None:
        self._make = make
        self._within_s = within_s
        self._loop = asyncio.get_running_loop()
        self._inner: Inner | None = None
        self._waited_for: deque[tuple[float, Confirmation]] = deque()  # in the order of their ends
        self._alarm: asyncio.TimerHandle | None = None
        self._renewing = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self._beyond_help = False
        self._closed = False

    async def start(self) -> None:
        """Afterwards records can be sent. Raises: KafkaError."""
        self._inner = await self._made()

    async def stop(self) -> None:
        """Afterwards nothing can be sent. What is on its way is waited for, but not for long."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._inner is not None:
            await _ended(self._inner)
        await asyncio.gather(*self._ending)

    async def flush(self) -> None:
        """Returns when nothing is on its way."""
        if self._inner is not None:
            await self._inner.flush()

    async def send(self, topic: str, **record: Any) -> Confirmation:
        """A future of where the record stands: done, or failed, within a bounded time. Raises: KafkaError."""
        self._forget_done()
        try:
            async with asyncio.timeout(self._within_s):
                inner = await self._working()
                confirmation: Confirmation = await inner.send(topic, **record)
                confirmation.add_done_callback(partial(self._look_at, inner))
        except TimeoutError:
            raise KafkaTimeoutError(f"no broker took a record of {topic} within {self._within_s:g} s") from None
        self._waited_for.append((self._loop.time() + self._within_s, confirmation))
        if self._alarm is None:
            self._alarm = self._loop.call_later(self._within_s, self._ring)
        return confirmation

    async def send_all(self, topic: str, records: Sequence[Outgoing], *, timestamp_ms: int) -> list[Confirmation]:
        """A future of where each stands, as of `send`: each is sent after the one before it. Raises: KafkaError."""
        sent: list[Confirmation] = []
        try:
            for record in records:
                sent.append(await self.send(topic, timestamp_ms=timestamp_ms, **record._asdict()))  # noqa: PERF401 - those before an error are needed
        except BaseException:  # a cancellation, too: nobody will wait for those that were sent before
            abandon(sent)
            raise
        return sent

    async def _working(self) -> Inner:
        """The present one, or a new one if that is beyond help."""
        if self._closed:
            raise ProducerClosed
        inner = self._inner
        if inner is not None and not self._beyond_help and not inner._sender.sender_task.done():  # noqa: SLF001 - nothing else tells
            return inner
        async with self._renewing:
            if self._inner is inner:
                made = await self._made()
                if self._is_closed():  # meanwhile: nobody else knows of this one
                    await asyncio.sleep(0)  # a sender that had no turn yet would be cancelled, and we with it
                    await _ended(made, flush_s=0)
                    raise ProducerClosed
                self._inner = made
                self._beyond_help = False
                if inner is not None:
                    task = asyncio.create_task(_ended(inner, flush_s=0), name="producer")
                    self._ending.add(task)
                    task.add_done_callback(self._ending.discard)
            return self._inner

    def _is_closed(self) -> bool:
        return self._closed  # it may change during a wait, which a look at the field would not tell mypy

    async def _made(self) -> Inner:
        inner = self._make()
        try:
            await inner.start()
        except BaseException:
            await inner.stop()
            raise
        return inner

    def _forget_done(self) -> None:
        waited_for = self._waited_for
        while waited_for and waited_for[0][1].done():
            waited_for.popleft()

    def _look_at(self, inner: Inner, confirmation: Confirmation) -> None:
        """Told of each that is done, whatever still waits before it."""
        if confirmation.cancelled() or not isinstance(confirmation.exception(), _BEYOND_HELP):
            return
        if inner is self._inner:  # else it has been made anew already
            self._beyond_help = True

    def _ring(self) -> None:
        """Fails those whose time is over. They may still arrive: who published them does so again, and readers bear that."""
        self._alarm = None
        self._forget_done()
        now = self._loop.time()
        while self._waited_for and self._waited_for[0][0] <= now:
            _, confirmation = self._waited_for.popleft()
            if not confirmation.done():
                confirmation.set_exception(
                    KafkaTimeoutError(f"no broker confirmed a record within {self._within_s:g} s")
                )
            self._forget_done()
        if self._waited_for:
            self._alarm = self._loop.call_at(self._waited_for[0][0], self._ring)


async def _ended(inner: Inner, flush_s: float = FLUSH_S) -> None:
    """Afterwards it is closed; what it could not deliver has failed. Its own `stop` would wait for the brokers for ever."""
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(flush_s):
            await inner.flush()
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(FLUSH_S):
            await inner._sender.close()  # noqa: SLF001 - `stop` does this behind a flush without an end
    kept = inner._message_accumulator  # noqa: SLF001 - as above
    # A batch that failed takes itself out of these, where one that waits for its next try is not: that would be an error.
    kept._pending_batches.update(batch for batches in kept._batches.values() for batch in batches)  # noqa: SLF001
    kept.fail_all(KafkaTimeoutError("the producer was closed"))
    await inner.stop()
