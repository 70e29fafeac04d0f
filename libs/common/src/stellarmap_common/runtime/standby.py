"""One active replica: a process whose service works alone stands by until it holds the lease, and ends when it lost it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from enum import Enum, auto
from uuid import uuid4

import structlog

from stellarmap_common.errors import StellarmapError, TransientError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.lease_store import Lease, LeaseStore
from stellarmap_common.runtime.service import Service

log = structlog.get_logger(__name__)

LEASE_S = 10.0  # after a kill -9 the next replica goes on within this time
RENEW_S = 2.0
LOOK_S = 1.0  # by one that stands by: after a stop in order it goes on within 2 s
MARGIN_S = 4.0  # before the lease ends, work does: what is in flight may take this long
DRAIN_S = 1.5  # of it

Work = Callable[[], AbstractAsyncContextManager[None]]


class LeaseLost(StellarmapError):
    """Another replica may be active: this one has ended its work."""


class LeaseHeld(StellarmapError):
    """Another holds the lease: this one, or one that was released a moment ago if None."""

    def __init__(self, name: str, lease: Lease | None) -> None:
        super().__init__(f"The lease of {name} is held by {lease.holder if lease else 'another'}.")
        self.lease = lease


class _Answer(Enum):
    OURS = auto()
    ANOTHERS = auto()
    UNSURE = auto()  # the store did not say


class Standby:
    """What a process waits for before it works: nothing, or a lease that only one replica has."""

    def __init__(self, leases: LeaseStore, clock: Clock, name: str, holder: str = "") -> None:
        """`name` is that of the lease, "" where none is needed; `holder` is nobody else's."""
        self._leases = leases
        self._clock = clock
        self._name = name
        self._holder = holder or str(uuid4())
        self._began = clock.now() - timedelta(seconds=clock.monotonic())
        self._sure_until = 0.0  # monotonic; nobody else can hold the lease before
        self._stop = asyncio.Event()
        self._told = False
        self.waits = False

    @asynccontextmanager
    async def working(self, work: Work) -> AsyncIterator[None]:
        """While open the work is done, once it is our turn. At the end it is closed, and then the next replica's turn.

        Raises: LeaseLost, and what the work raises, if that began after this was opened.
        """
        if not self._name:
            async with work():
                yield
            return
        self.waits = True
        async with _together() as group:
            turn = group.create_task(self._turn(work), name=f"lease {self._name}")
            try:
                yield
            finally:
                self._stop.set()
                if self.waits:
                    turn.cancel()

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """While open the lease is held: it is taken at once, or not at all, and released at the end.

        Raises: LeaseHeld, StoreUnavailable; LeaseLost, in place of what was done inside, once it cannot be kept.
        """
        try:
            if await self._taken() is not _Answer.OURS:
                raise LeaseHeld(self._name, await self._leases.standing(self._name))
            async with _together() as group:
                keeping = group.create_task(self._keep(), name=f"lease {self._name} kept")
                try:
                    yield
                finally:
                    keeping.cancel()
        finally:
            await self._release()

    async def _turn(self, work: Work) -> None:
        try:
            await self._until_ours()
            await self._work_while_ours(work)
        finally:
            await self._release()  # also when a stop came while it was being taken; what is another's stays so

    async def _until_ours(self) -> None:
        while await self._asked() is not _Answer.OURS:
            if not self._told:
                self._told = True
                log.info("standing_by", lease=self._name)
            await self._clock.sleep(LOOK_S)
        log.info("lease_taken", lease=self._name)
        self.waits = False

    async def _work_while_ours(self, work: Work) -> None:
        keeping = asyncio.create_task(self._keep(), name=f"lease {self._name} kept")
        working = asyncio.create_task(self._work(work), name=f"work under lease {self._name}")
        try:
            await asyncio.wait((keeping, working), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(working)
            await _ended(keeping)
        for task in (working, keeping):
            if task.done() and not task.cancelled():
                task.result()

    async def _work(self, work: Work) -> None:
        async with work():
            await self._stop.wait()

    async def _keep(self) -> None:
        """Renews the lease until it cannot be. Raises: LeaseLost, if possible before another can hold it."""
        answer = _Answer.OURS
        while answer is not _Answer.ANOTHERS and (left_s := self._sure_until - MARGIN_S - self._clock.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._clock.sleep(RENEW_S)
                    answer = await self._asked()
        raise LeaseLost(
            f"The lease of {self._name} could not be kept, so another replica may be active, and this one ends. What was "
            "acknowledged is kept. Start it again: it stands by until it is its turn. The log says (lease_unsure) if the "
            "store did not answer; else this process was held up for too long."
        )

    async def _asked(self) -> _Answer:
        """Takes the lease, or goes on holding it, as far as the store says."""
        try:
            return await self._taken()
        except TransientError as error:
            log.warning("lease_unsure", lease=self._name, error=str(error))
            return _Answer.UNSURE

    async def _taken(self) -> _Answer:
        """Takes the lease, or goes on holding it. Raises: StoreUnavailable."""
        asked_at = self._clock.monotonic()
        now = self._began + timedelta(seconds=asked_at)  # a wall clock that jumps must not make two of us
        if await self._leases.take(self._name, self._holder, now, LEASE_S) is None:
            return _Answer.ANOTHERS
        self._sure_until = asked_at + LEASE_S
        return _Answer.OURS

    async def _release(self) -> None:
        try:
            async with asyncio.timeout(RENEW_S):
                await self._leases.release(self._name, self._holder)
        except (TransientError, TimeoutError) as error:
            log.warning("lease_not_released", lease=self._name, error=str(error))


def standby_of(services: Sequence[Service], leases: LeaseStore, clock: Clock) -> Standby:
    """What a process with these services waits for. In a cluster that is one service, so there is one lease at most."""
    return Standby(leases, clock, next((each.alone for each in services if each.alone), ""))


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """While open tasks may be begun, and one that fails ends the others. What failed is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        raise errors.exceptions[-1] from errors  # what was raised inside is the last


async def _ended(working: asyncio.Task[None]) -> None:
    """Afterwards the task has ended, or cannot be: what is in flight gets a time that is ours still, and then none."""
    for _ in range(2):
        if not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=DRAIN_S)
