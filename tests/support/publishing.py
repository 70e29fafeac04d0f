"""What doubles of the publisher have in common: nothing of theirs has to wait for a disk."""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.events.base import Event


class SendsAtOnce(ABC):
    """A publisher whose topics are in memory: what is sent is there."""

    @abstractmethod
    async def publish(self, *events: Event) -> None:
        """Afterwards the events are in their topics."""

    async def send(self, *events: Event) -> None:
        await self.publish(*events)


@dataclass
class Queue(SendsAtOnce):
    """A bus without partitions: what was published, and what is still to be handled."""

    published: list[Event] = field(default_factory=list)
    waiting: deque[Event] = field(default_factory=deque)

    async def publish(self, *events: Event) -> None:
        self.published += events
        self.waiting += events

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        assert group
        assert network is None or network
        return None

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        raise AssertionError(f"nobody asks for a place in the queue: {group} {topic} {before}")
