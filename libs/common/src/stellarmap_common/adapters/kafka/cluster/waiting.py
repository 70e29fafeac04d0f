"""A bus whose brokers may answer later. Until they do, whatever needs them says so, and everything else goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Self

import structlog

from stellarmap_common.adapters.kafka.bus import Bus
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId, DeadLetterMark, DeadLetters
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.subscription import Subscription

log = structlog.get_logger(__name__)

AGAIN_S = 2.0

Settled = Callable[[], Awaitable[None]]
OpenedBus = Callable[[], AbstractAsyncContextManager[Bus]]  # may be called again; raises TransientError


class WaitingBus:
    """Stands before a Bus that is opened again and again until its subscriptions have joined; that one outlives outages itself.

    To be entered, and left when nothing needs it any more: the Bus is open until then.
    """

    def __init__(self, opened: OpenedBus, clock: Clock) -> None:
        self._opened = opened
        self._clock = clock
        self._bus: Bus | None = None
        self._open = AsyncExitStack()
        self._why = "The bus is not opened yet"
        self._tried = asyncio.Event()  # subscriptions have joined, or could not
        self._closing = asyncio.Event()
        self.publisher: EventPublisher = _Publisher(self._required)
        self.backlog: Backlog = _Backlog(self._required)
        self.dead_letters: DeadLetters = _DeadLetters(self._required)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._bus = None
        await self._open.aclose()

    @property
    def ready(self) -> bool:
        """True while subscriptions run."""
        return self._bus is not None and self._bus.ready

    @property
    def waits(self) -> bool:
        """True while nothing has joined yet, because brokers did not answer."""
        return self._tried.is_set() and not self.ready

    async def writable(self) -> None:
        """Returns once an event could be published. Raises: TransientError."""
        await self._required().writable()

    @asynccontextmanager
    async def running(
        self, subscriptions: Iterable[Subscription], settled: Settled | None = None
    ) -> AsyncIterator[None]:
        """While open, the subscriptions run, as those of a Bus do; or they wait for brokers that answer.

        Raises: PermanentError (a topic is missing), if that is found at once: whoever runs already waits for it.
        """
        try:
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self._keep(tuple(subscriptions), settled), name="bus")
                try:
                    await self._tried.wait()
                    yield
                finally:
                    self._closing.set()
                    if not self.ready:
                        keeping.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[-1] from errors  # what was raised inside is the last

    async def _keep(self, subscriptions: Sequence[Subscription], settled: Settled | None) -> None:
        while not self._closing.is_set():
            try:
                await self._run(subscriptions, settled)
            except (TransientError, PermanentError) as error:
                if isinstance(error, PermanentError) and not self._tried.is_set():
                    raise
                if self._why != str(error):  # one line an outage
                    log.warning("bus_waits", error=str(error))
                self._why = str(error)
                self._tried.set()
                await self._clock.sleep(AGAIN_S)

    async def _run(self, subscriptions: Sequence[Subscription], settled: Settled | None) -> None:
        """Returns when it is closed. Raises: TransientError, PermanentError."""
        try:
            async with AsyncExitStack() as opened:
                bus = self._bus = await opened.enter_async_context(self._opened())
                async with bus.running(subscriptions, settled):
                    if self._tried.is_set():
                        log.info("bus_opened")
                    self._tried.set()
                    await self._closing.wait()
                self._open = opened.pop_all()  # whoever is still answered over HTTP may publish
        except BaseException:  # a cancel too: in whatever way it was closed, nobody may be given it any more
            self._bus = None
            raise

    def _required(self) -> Bus:
        """The bus. Raises: TransientError, while there is none."""
        if self._bus is None:
            raise TransientError(self._why)
        return self._bus


_Required = Callable[[], Bus]


class _Publisher:
    def __init__(self, bus: _Required) -> None:
        self._bus = bus

    async def publish(self, *events: Event) -> None:
        await self._bus().publisher.publish(*events)

    async def send(self, *events: Event) -> None:
        await self._bus().publisher.send(*events)


class _Backlog:
    def __init__(self, bus: _Required) -> None:
        self._bus = bus

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        return await self._bus().backlog.oldest_unread(group, network)

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        return await self._bus().backlog.unread(group, topic, before)


class _DeadLetters:
    def __init__(self, bus: _Required) -> None:
        self._bus = bus

    async def entries(
        self,
        *,
        limit: int = 100,
        before: DeadLetterMark | None = None,
        group: str | None = None,
        topic: str | None = None,
    ) -> tuple[DeadLetterEntry, ...]:
        return await self._bus().dead_letters.entries(limit=limit, before=before, group=group, topic=topic)

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        return await self._bus().dead_letters.entry(topic, partition, offset)

    async def replay(self, ids: Sequence[DeadLetterId]) -> tuple[DeadLetterId, ...]:
        return await self._bus().dead_letters.replay(ids)
