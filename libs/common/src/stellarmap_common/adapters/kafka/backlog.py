"""What the groups of a log have not read."""

from collections.abc import Iterable
from datetime import UTC, datetime

from stellarmap_common.adapters.sqlite.log import SqliteLog
from stellarmap_common.events.topics import Topic


class LogBacklog:
    """The queues of the groups that the table of topics names."""

    def __init__(self, log: SqliteLog, topics: Iterable[Topic]) -> None:
        self._log = log
        self._topics = tuple(topics)

    async def oldest_unread(self, group: str) -> datetime | None:
        """When the oldest record that the group has not committed was published; None if it has read all."""
        topics = (topic.name for topic in self._topics if group in topic.consumers)
        partitions = (partition for topic in topics for partition in self._log.partitions_of(topic))
        unread = [
            self._first_unread_ms(group, partition) for partition in partitions if self._log.lag(group, partition)
        ]
        oldest = min((at_ms for at_ms in unread if at_ms is not None), default=None)
        return None if oldest is None else datetime.fromtimestamp(oldest / 1_000, UTC)

    def lag(self, group: str, topic: str) -> int:
        """Records of the topic that the group has not committed."""
        return sum(self._log.lag(group, partition) for partition in self._log.partitions_of(topic))

    def _first_unread_ms(self, group: str, partition: tuple[str, int]) -> int | None:
        found = self._log.fetch(partition, self._log.committed(group, partition) or 0, 1)
        return found[0].at_ms if found else None
