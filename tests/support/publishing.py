"""What doubles of the publisher have in common: nothing of theirs has to wait for a disk."""

from stellarmap_common.events.base import Event


class SendsAtOnce:
    """A publisher whose topics are in memory: what is sent is there."""

    async def publish(self, *events: Event) -> None:
        raise NotImplementedError

    async def send(self, *events: Event) -> None:
        await self.publish(*events)
