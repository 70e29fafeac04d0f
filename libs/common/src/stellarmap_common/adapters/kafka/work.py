"""A work subscription: takes batches from FastStream, has them handled in order per key, and commits what is done.

What decides a record's fate is the kind of error. Transient: it waits for its source, uncounted. Permanent: dead letter.
Anything else is a bug: three tries, dead letter. Records behind it, of other keys, go on meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Protocol

import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.decoding import EventDecoder, Record
from stellarmap_common.adapters.kafka.fate import Fate
from stellarmap_common.adapters.kafka.lines import Line, Lines, Partition, place_of
from stellarmap_common.adapters.kafka.pauses import Pauses
from stellarmap_common.adapters.kafka.reread import Rereading
from stellarmap_common.adapters.kafka.restock import Restocker
from stellarmap_common.adapters.kafka.settling import Settler
from stellarmap_common.adapters.kafka.share import Share
from stellarmap_common.adapters.kafka.shelf import Shelf
from stellarmap_common.errors import TransientError
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.subscription import Subscription

log = structlog.get_logger(__name__)

MOST_BUSY = 10_000  # records in line for a worker, however many are read at once
MOST_WAITING = 5_000  # records kept for one network whose source is away; beyond, they are shelved
MOST_SHELVED = 100_000  # of all networks; beyond, nothing is read until some are taken up
COMMIT_AFTER_S = 0.05
COMMIT_AGAIN_S = 1.0


async def _settled() -> None:
    """Handlers write nothing that is not durable already."""


class Consumer(Protocol):
    """The consumer of a subscription, as far as it is needed here."""

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Afterwards the group stands at these offsets."""
        ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Afterwards the record at `offset` is read next."""
        ...


class WorkSubscriber(ConsumerRebalanceListener):
    """Runs one subscription. It accepts the next batch as soon as there is room: a slow record holds up its key alone."""

    def __init__(  # noqa: PLR0913 - what it stands between
        self,
        subscription: Subscription,
        decoder: EventDecoder,
        fate: Fate,
        clock: Clock,
        *,
        reread: Rereading,
        drain_s: float,
        commit_s: float | None = None,
    ) -> None:
        self.subscription = subscription
        self.share = Share(clock, self.kick)
        self._names = {"topic": subscription.topic.name, "group": subscription.group}
        self._decoder = decoder
        self._clock = clock
        self._drain_s = drain_s
        self._commit_s = commit_s  # aiokafka waits for a broker as long as it takes; a bus that stops does not
        self.settled: Callable[[], Awaitable[None]] = _settled  # all that handlers have written is durable
        self.consumer: Callable[[], Consumer | None] = lambda: None  # known once FastStream has made it
        self.lines = Lines()
        self.shelf = Shelf()
        self._restocker = Restocker(
            self.shelf,
            self.lines,
            clock,
            reread,
            together=subscription.records,
            wanted=self._may_restock,
            ready=self._put_in_line,
            room=self._room,
        )
        self._pauses = Pauses(self.lines, clock, self._make_ready, self._restocker.look, **self._names)
        self._settler = self._open_settler(fate)
        self._ready: deque[Line] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._leaving: set[Partition] = set()
        self._finishing = 0  # hand-overs that wait for what is due
        self._progress = asyncio.Event()
        self._committing = asyncio.Lock()
        self._commit_failed = False
        self._committer: asyncio.Task[None] | None = None
        self._stopping = False
        self._drained = asyncio.Event()

    def _open_settler(self, fate: Fate) -> Settler:
        return Settler(
            self._decoder,
            fate,
            self.lines,
            self._pauses,
            together=self.subscription.together or 1,
            takes=self._takes,
            hurries=self._hurries,
            hold=self._hold,
            **self._names,
        )

    @property
    def idle(self) -> int:
        """Uncommitted records for which nothing can be done now: they wait for a source, or are done behind such ones."""
        return self.lines.waiting + self.shelf.count + self.lines.done_behind

    async def accept(self, batch: Sequence[Record]) -> None:
        """Puts the records in line; returns when there is room for more."""
        if self._stopping:
            await self._drained.wait()  # else FastStream would go on polling for nothing
            return
        for record in batch:
            if place_of(record) in self._leaving:
                continue
            if self._is_behind_shelved(record) or self._is_too_much(record):
                continue
            line = self.lines.accept(record)
            if line is not None:
                self._ready.append(line)
        self.kick()
        while not self._has_room():
            self._progress.clear()
            await self._progress.wait()

    def kick(self) -> None:
        """Afterwards as many workers are at it as may be."""
        self._restocker.look()
        if not self._ready or not self._may_begin():
            return
        free = min(self.subscription.records, self.subscription.at_once) - len(self._workers)
        for _ in range(min(free, len(self._ready))):
            self.share.began()
            name = f"{self.subscription.group} {self.subscription.topic.name}"
            worker = asyncio.create_task(self._work(), name=name, context=Context())
            self._workers.add(worker)
            worker.add_done_callback(self._worker_ended)

    async def commit(self) -> None:
        """Soon what is done is committed: a commit waits on the disk that the next events wait on, so they share it."""
        self._commit_after(COMMIT_AFTER_S)

    def _commit_after(self, seconds: float) -> None:
        if self._committer is None and not self._stopping:
            self._committer = asyncio.create_task(self._commit_later(seconds))

    async def _commit_later(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._committer = None
        await self._commit_now()

    async def _commit_now(self) -> None:
        """Afterwards what is done is committed. If that fails it is tried again a second later."""
        async with self._committing:  # an older state must not overwrite a newer one
            offsets = self.lines.advanced()
            consumer = self.consumer()
            if not offsets or consumer is None:
                return
            failpoint("before_commit")
            try:
                await self.settled()  # no offset outlives its effect, not even one that nobody waited for
                async with asyncio.timeout(self._commit_s):
                    await consumer.commit(offsets)
            except (KafkaError, TransientError, TimeoutError) as error:
                if not self._commit_failed:
                    log.warning("commit_failed", **self._names, error=repr(error))
                self._commit_failed = True  # one line an outage
                self._commit_after(COMMIT_AGAIN_S)
                return
            self._commit_failed = False
            self.lines.committed(offsets)
            failpoint("after_commit")

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Passes on what FastStream asks when accepting a batch failed."""
        if (consumer := self.consumer()) is not None:
            consumer.seek(partition, offset)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Afterwards nothing of these partitions is in work, and what was done is committed."""
        log.info("partitions_revoked", **self._names, partitions=len(revoked))
        partitions: set[Partition] = {(where.topic, where.partition) for where in revoked}
        self._leaving |= partitions
        await self._finish(partitions)
        await self._commit_now()
        self.lines.let_go(partitions)
        self.shelf.forget(partitions)
        self._pauses.forget(partitions)
        self._progress.set()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Afterwards records of these partitions are accepted."""
        log.info("partitions_assigned", **self._names, partitions=len(assigned))
        self._leaving -= {(where.topic, where.partition) for where in assigned}

    async def drain(self) -> None:
        """Afterwards nothing is in work and what was done is committed. What takes too long is cancelled, to be read again."""
        self._stopping = True
        self._progress.set()
        self._pauses.stop()
        self.share.stop()
        await self._restocker.stop()
        try:
            await self._finish(self.lines.partitions)
            while self._workers:
                await asyncio.wait(self._workers)  # they only drop what is left
            if self._committer is not None:
                self._committer.cancel()
            await self._commit_now()
        finally:
            self._drained.set()

    async def _finish(self, partitions: set[Partition]) -> None:
        """Afterwards nothing of these leaving partitions is in work, nor will be.

        Keys overtake each other: what is done behind an open record cannot be committed. So the records before it are
        handled too, else whoever reads on would handle it again. What waits for its source is not waited for.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drain_s
        self._finishing += 1
        try:
            await self._leave([line for line in self.lines.in_work(partitions) if self._pauses.is_away(line.network)])
            self.kick()
            while self.lines.any_due(partitions) and loop.time() < until:
                self._progress.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._progress.wait(), until - loop.time())
        finally:
            self._finishing -= 1
        self.lines.close(partitions)
        await self._leave(self.lines.in_work(partitions))

    async def _leave(self, lines: Collection[Line]) -> None:
        """Afterwards no worker is at these lines: their first records are read again, here or elsewhere."""
        workers = [line.worker for line in lines if line.worker]
        for line in lines:
            log.warning("handler_cancelled", **self._names, network=line.network)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _has_room(self) -> bool:
        return self._stopping or not (self._is_crowded() or self.shelf.count >= MOST_SHELVED)

    def _is_crowded(self) -> bool:
        most = self.subscription.records
        return self.lines.keys >= most or self.lines.busy >= min(10 * most, MOST_BUSY)

    async def _room(self) -> None:
        """Returns when shelved records can be worked on."""
        self.kick()
        while self._is_crowded():
            self._progress.clear()
            await self._progress.wait()

    def _may_restock(self, network: str) -> bool:
        """True while records of the network may be taken from the shelf: it is not away, and few of it are in line."""
        return not self._pauses.is_paused(network) and self.lines.waiting_for(network) <= MOST_WAITING // 2

    def _is_behind_shelved(self, record: Record) -> bool:
        """Shelves the record, if one of its network in its partition is: it must not overtake."""
        if not self.shelf.is_used(place_of(record)):
            return False
        network = self._decoder.network_of(record)
        if not self.shelf.holds(network, place_of(record)):
            return False
        self._shelve(network, record)
        return True

    def _is_too_much(self, record: Record) -> bool:
        """Shelves the record, if its line exists and enough is kept for its network: a line that waits has no other end."""
        line = self.lines.of(record.key)
        if line is None or self.lines.waiting_for(line.network) < MOST_WAITING:
            return False
        self._shelve(self._decoder.network_of(record) or line.network, record)
        return True

    def _shelve(self, network: str, record: Record) -> None:
        self.lines.open(record)
        self.shelf.put(network, record)

    def _hold(self, network: str, line: Line) -> None:
        """Afterwards the line waits for its source: as it is, or, if too many do, on the shelf."""
        if self.lines.waiting_for(network) < MOST_WAITING:
            self._pauses.hold(network, line)
            return
        for record in self.lines.disband(line):
            self.shelf.put(network, record)

    def _put_in_line(self, line: Line) -> None:
        self._ready.append(line)

    def _make_ready(self, line: Line) -> None:
        self._ready.append(line)
        self.kick()

    async def _work(self) -> None:
        """One line: what its handlers set in their context is not for the next, so that has a worker of its own."""
        if self._ready:
            await self._run(self._ready.popleft())
        if not self._ready:
            await self.commit()

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            log.error("bus_failed", **self._names, exc_info=error)
        if not self._workers:
            self.share.ended()
        self.kick()

    async def _run(self, line: Line) -> None:
        line.worker = asyncio.current_task()
        try:
            while line.records:
                if self._takes(line.records[0]):
                    settled = await self._settler.settle(line)
                    if settled is None:
                        return
                    self.lines.done(line, settled)
                else:
                    self.lines.drop(line)
                self._progress.set()
        except asyncio.CancelledError:
            if self._pauses.is_away(line.network):
                self._pauses.wait(line.network, line, TransientError("left in the midst of a call"))
            else:
                self._ready.append(line)  # what it has of other partitions is for the next worker
            raise
        except Exception:
            log.exception("bus_failed", **self._names)
            self._pauses.wait_alone(line)
        finally:
            line.worker = None
            self._progress.set()
        self._pauses.left(line)

    def _may_begin(self) -> bool:
        if self._finishing:
            return True  # a lane that rests must not hold up a hand-over
        return not self._stopping and self.share.may_begin()

    def _takes(self, record: Record) -> bool:
        """True if the record is handled here: of what leaves that is only what is due."""
        return not (self._stopping or place_of(record) in self._leaving) or self.lines.is_due(record)

    def _hurries(self) -> bool:
        return self._stopping or self._finishing > 0
