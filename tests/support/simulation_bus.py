"""A bus as a simulation needs it: partitions, offsets, and workers that take records in order per key."""

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.events.base import Event
from stellarmap_common.events.requests import AccountQueued, AccountRequested, ChildDiscovered, StepEvent
from tests.support.simulation_clock import SimulatedClock
from tests.support.simulation_points import Point, point
from tests.support.simulation_world import NETWORK

PARTITIONS = 2
STEPS = (AccountRequested, AccountQueued, ChildDiscovered)
REPLAYS = len(STEPS)  # the topic of what is handed to the group once more
GROUP = "ingest-horizon"
TRIES_OF_A_BUG = 3
IN_WORK = 3  # records of one partition that a worker has in work at once


@dataclass(slots=True, eq=False)
class Task:
    """A coroutine under way, and where it is suspended."""

    coroutine: Coroutine[Any, Any, Any]
    name: str
    worker: int
    at: tuple[Point, str] | None = None
    place: "Place | None" = None  # of the record it handles
    offset: int = -1
    asked: str = ""  # id of the request it asks for
    cancelled: str = ""  # id of the request it cancels
    sets_aside: bool = False
    late: bool = False  # its partition was given to another worker, which it does not know
    sent: deque[Event] = field(default_factory=deque)  # on its way out, and lost if its process dies now
    struck: list[tuple[Point, str]] = field(default_factory=list)  # where its calls came back with errors

    @property
    def event(self) -> StepEvent:
        """The record it handles."""
        assert self.place
        return self.place.records[self.offset][0]


@dataclass(slots=True, eq=False)
class RecordTrouble:
    """What went wrong with a record so far."""

    transient: int = 0
    bugs: int = 0


@dataclass(slots=True, eq=False)
class Place:
    """A partition: its records, how far the group has come, and who has it."""

    topic: int
    number: int
    owner: int = 0
    records: list[tuple[StepEvent, datetime]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    letters: dict[int, str] = field(default_factory=dict)  # which dead letter a replayed record was, by its offset
    committed: int = 0
    done: set[int] = field(default_factory=set)  # handled since the owner has it, not all committed
    running: dict[int, Task] = field(default_factory=dict)
    troubles: dict[int, RecordTrouble] = field(default_factory=dict)

    def startable(self) -> int | None:
        """The next record that may be started: none of its key is in work."""
        if len(self.running) >= IN_WORK:
            return None
        busy = {self.keys[offset] for offset in self.running}
        for offset in range(self.committed, len(self.records)):
            if offset in self.done or offset in self.running:
                continue
            if self.keys[offset] not in busy:
                return offset
            busy.add(self.keys[offset])
        return None

    @property
    def read_through(self) -> bool:
        """True when every record is handled and committed."""
        return self.committed == len(self.records)

    def commit(self) -> None:
        while self.committed in self.done:
            self.done.discard(self.committed)
            self.committed += 1

    def start_over(self) -> None:
        """The owner is another, or the same without its memory: it reads on from where the group had come."""
        self.done.clear()
        self.running.clear()
        self.troubles.clear()


class SimulatedBus:
    """Everything that was published, and the backlog of the one group."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.places = [Place(topic, number) for topic in range(len(STEPS) + 1) for number in range(PARTITIONS)]
        self.published: list[Event] = []

    def append(self, event: Event) -> None:
        """Afterwards the event is durable."""
        self.published.append(event)
        if isinstance(event, STEPS):
            self._append(STEPS.index(type(event)), event)

    def replay(self, event: StepEvent, dead_letter: str) -> None:
        """Afterwards the group reads the event once more, whatever became of it before."""
        place = self._append(REPLAYS, event)
        place.letters[len(place.records) - 1] = dead_letter

    def _append(self, topic: int, event: StepEvent) -> Place:
        place = self.places[topic * PARTITIONS + crc32(event.key.encode()) % PARTITIONS]
        place.records.append((event, self.clock.now()))
        place.keys.append(event.key)
        return place

    @property
    def read_through(self) -> bool:
        """True when every record is handled and committed."""
        return all(place.read_through for place in self.places)

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        assert group == GROUP
        assert network in {NETWORK, None}
        return self.unread_since()

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        assert group == GROUP
        waiting = [
            (event, at)
            for place in self.places
            for event, at in place.records[place.committed :]
            if event.type == topic
        ]
        return sum(before is None or at < before for _, at in waiting)

    def unread_since(self) -> datetime | None:
        """When the oldest record was published that is still to be handled."""
        unread = [place.records[place.committed][1] for place in self.places if not place.read_through]
        return min(unread, default=None)


class SimulatedPublisher:
    """Publishes one event after the other: each may be the last one that went out.

    What is only sent is durable some time before the record is done; who dies before that takes it along.
    """

    def __init__(self, publish: Callable[[Event], None], now: Callable[[], Task | None] = lambda: None) -> None:
        self._publish = publish
        self._now = now

    async def send(self, *events: Event) -> None:
        task = self._now()
        if task is None or task.place is None:
            await self.publish(*events)
            return
        for event in events:
            await point(Point.BEFORE_WRITE, f"send {type(event).__name__}")
            task.sent.append(event)

    def make_durable(self, task: Task) -> None:
        """Afterwards what the task has sent is in its topics."""
        while task.sent:
            self._publish(task.sent.popleft())

    async def publish(self, *events: Event) -> None:
        if (task := self._now()) is not None:
            self.make_durable(task)  # the topics keep the order in which one process sends
        for event in events:
            await point(Point.BEFORE_WRITE, f"publish {type(event).__name__}")
            self._publish(event)
            await point(Point.AFTER_WRITE, f"publish {type(event).__name__}")
