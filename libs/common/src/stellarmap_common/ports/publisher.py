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

    async def send(self, *events: Event) -> None:
        """The same, for facts that whoever reads the record again tells again: in a handler it does not wait for the disk.

        They stand before whatever is published later, and the record at hand is not acknowledged before they are durable.
        So nothing may be stored that says they were told. Outside of a handler it is `publish`.
        """
        ...
