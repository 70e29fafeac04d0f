"""A bus as a simulation needs it: partitions, offsets, and workers that take records in order per key."""

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

PARTITIONS = 2
STEPS = (AccountRequested, AccountQueued, ChildDiscovered)
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
    sets_aside: bool = False
    late: bool = False  # its partition was given to another worker, which it does not know

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

    topic: type[Event]
    number: int
    owner: int = 0
    records: list[tuple[StepEvent, datetime]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
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
        self.places = [Place(topic, number) for topic in STEPS for number in range(PARTITIONS)]
        self.published: list[Event] = []

    def append(self, event: Event) -> None:
        """Afterwards the event is durable."""
        self.published.append(event)
        if isinstance(event, STEPS):
            number = crc32(event.key.encode()) % PARTITIONS
            place = self.places[STEPS.index(type(event)) * PARTITIONS + number]
            place.records.append((event, self.clock.now()))
            place.keys.append(event.key)

    @property
    def read_through(self) -> bool:
        """True when every record is handled and committed."""
        return all(place.read_through for place in self.places)

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        assert group
        # A simulation has one network.
        assert all(record[0].network == network for place in self.places for record in place.records if network)
        unread = [place.records[place.committed][1] for place in self.places if not place.read_through]
        return min(unread, default=None)

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        raise AssertionError(f"nobody asks for a place in the queue: {group} {topic} {before}")


class SimulatedPublisher:
    """Publishes one event after the other: each may be the last one that went out."""

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self._publish = publish

    async def publish(self, *events: Event) -> None:
        for event in events:
            await point(Point.BEFORE_WRITE, f"publish {type(event).__name__}")
            self._publish(event)
            await point(Point.AFTER_WRITE, f"publish {type(event).__name__}")
