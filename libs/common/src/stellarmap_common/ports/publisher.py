"""The way out to the topics."""

from typing import Protocol

from stellarmap_common.events.base import Event


class EventPublisher(Protocol):
    """Publishes events to the topic of their type."""

    async def publish(self, *events: Event) -> None:
        """Afterwards every event is durable, in this order per key. Repeating a publication repeats its ids.

        Raises: TransientError (some may be published; publish all again).
        """
        ...
