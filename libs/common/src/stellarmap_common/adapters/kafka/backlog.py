"""What the groups of a log have not read.

A partition is committed up to its first open record, so a record that waits for its source keeps all behind it uncommitted.
Who works in this process knows which of them are done.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.adapters.kafka.work import WorkSubscriber
from stellarmap_common.adapters.sqlite.log import SqliteLog
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.events.topics import Topic

LOOKED_THROUGH = (
    2_000  # records of a partition; one of the wanted network behind them counts as young as the last of them
)


class LogBacklog:
    """The queues of the groups that the table of topics names."""

    def __init__(self, log: SqliteLog, topics: Iterable[Topic]) -> None:
        self._log = log
        self._topics = tuple(topics)
        self.works: list[WorkSubscriber] = []  # those that run in this process

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        """When the oldest record that the group has not handled was published; None if it has handled all."""
        key = f"{network}:".encode() if network else b""
        topics = {topic.name for topic in self._topics if group in topic.consumers}
        accepted = [
            record.timestamp
            for work in self._works_of(group)
            for record in work.lines.records
            if record.topic in topics and (record.key or b"").startswith(key)
        ]
        shelved = [
            at_ms
            for work in self._works_of(group)
            for topic in topics
            for of, at_ms in work.shelf.times(topic)
            if network in {None, of}
        ]
        to_come = [
            self._first_to_come_ms(group, partition, key)
            for topic in topics
            for partition in self._log.partitions_of(topic)
        ]
        oldest = min((at_ms for at_ms in (*accepted, *shelved, *to_come) if at_ms is not None), default=None)
        return None if oldest is None else datetime.fromtimestamp(oldest / 1_000, UTC)

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        """How many records of the topic the group has not handled; those published before that moment, if one is given."""
        before_ms = None if before is None else int(before.timestamp() * 1_000)
        accepted = sum(
            record.topic == topic and (before_ms is None or record.timestamp < before_ms)
            for work in self._works_of(group)
            for record in work.lines.records
        )
        shelved = sum(
            before_ms is None or at_ms < before_ms
            for work in self._works_of(group)
            for _, at_ms in work.shelf.times(topic)
        )
        to_come = (self._to_come(group, partition, before_ms) for partition in self._log.partitions_of(topic))
        return accepted + shelved + sum(to_come)

    def lag(self, group: str, topic: str) -> int:
        """Records of the topic that the group has not committed."""
        return sum(self._log.lag(group, partition) for partition in self._log.partitions_of(topic))

    def _works_of(self, group: str) -> Iterator[WorkSubscriber]:
        return (work for work in self.works if work.subscription.group == group)

    def _position(self, group: str, partition: Partition) -> int:
        """Where the group reads on."""
        accepted = (work.lines.position(partition) for work in self._works_of(group))
        return max(self._log.committed(group, partition) or 0, self._log.first(partition), *accepted)

    def _first_to_come_ms(self, group: str, partition: Partition, key: bytes) -> int | None:
        position, end = self._position(group, partition), self._log.end(partition)
        if position >= end:
            return None
        if not key:
            return self._at_ms(partition, position)
        found = self._log.fetch(partition, position, LOOKED_THROUGH)
        for record in found:
            if (record.key or b"").startswith(key):
                return record.at_ms
        return found[-1].at_ms if len(found) == LOOKED_THROUGH else None

    def _to_come(self, group: str, partition: Partition, before_ms: int | None) -> int:
        position, end = self._position(group, partition), self._log.end(partition)
        if before_ms is None or position >= end:
            return max(0, end - position)
        low, high = position, end  # the records of a partition are in the order of their publishing
        while low < high:
            middle = (low + high) // 2
            at_ms = self._at_ms(partition, middle)
            if at_ms is not None and at_ms < before_ms:
                low = middle + 1
            else:
                high = middle
        return low - position

    def _at_ms(self, partition: Partition, offset: int) -> int | None:
        found = self._log.fetch(partition, offset, 1)
        return found[0].at_ms if found else None
