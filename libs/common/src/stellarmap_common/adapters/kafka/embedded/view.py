"""The log in SQLite, as those see it who do not consume it. Its answers wait for nobody."""

from collections.abc import Collection, Mapping, Sequence

from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.adapters.kafka.log_view import SeenRecord, Standing
from stellarmap_common.adapters.sqlite.log import SqliteLog


class SqliteLogView:
    """A LogView of the log that this process owns."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log

    async def standings(self, group: str, topic: str) -> Mapping[Partition, Standing]:
        """Of every partition of the topic."""
        log = self._log
        return {
            partition: Standing(max(log.committed(group, partition) or 0, log.first(partition)), log.end(partition))
            for partition in log.partitions_of(topic)
        }

    async def read(self, places: Mapping[Partition, int], most: int) -> Mapping[Partition, Sequence[SeenRecord]]:
        """Of each partition at most so many records, from its offset on."""
        return {
            partition: [SeenRecord(*record) for record in self._log.fetch(partition, offset, most)]
            for partition, offset in places.items()
        }

    async def offsets_at(self, places: Collection[Partition], at_ms: int) -> Mapping[Partition, int | None]:
        """The first record of each that is as young as that; None where all are older."""
        return {partition: self._log.offset_at(partition, at_ms) for partition in places}
