"""What a group has not read yet: a step that still waits in a queue is not stuck."""

from datetime import datetime
from typing import Protocol


class Backlog(Protocol):
    """The queue of one group, over all its topics."""

    async def oldest_unread(self, group: str) -> datetime | None:
        """When the oldest record that the group has not committed was published; None if it has read all."""
        ...
