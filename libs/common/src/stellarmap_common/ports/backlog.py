"""What a group has not read yet: a step that still waits in a queue is not stuck."""

from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.network import NetworkKey


class Backlog(Protocol):
    """The queue of one group, over all its topics. What this process has handled counts as read before it is committed."""

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        """When the oldest record that the group has not handled was published; None if it has handled all.

        Of one network alone if it is named: what waits for the source of another is none of its business.
        """
        ...

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        """How many records of the topic the group has not handled; those published before that moment, if one is given."""
        ...
