"""What the groups of a log have not read.

A partition is committed up to its first open record, so a record that waits for its source keeps all behind it uncommitted.
Who works in this process knows which of them are done.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from stellarmap_common.adapters.kafka.lines import Partition, place_of
from stellarmap_common.adapters.kafka.log_view import LogView, Standing
from stellarmap_common.adapters.kafka.work import WorkSubscriber
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.events.topics import Topic

LOOKED_THROUGH = (
    2_000  # records of a partition; one of the wanted network behind them counts as young as the last of them
)


class LogBacklog:
    """The queues of the groups that the table of topics names."""

    def __init__(self, log: LogView, topics: Iterable[Topic]) -> None:
        self._log = log
        self._topics = tuple(topics)
        self.works: list[WorkSubscriber] = []  # those that run in this process

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        """When the oldest record that the group has not handled was published; None if it has handled all."""
        topics = {topic.name for topic in self._topics if group in topic.consumers}
        standings = {
            place: standing for topic in topics for place, standing in (await self._log.standings(group, topic)).items()
        }
        accepted = [
            record
            for work in self._works_of(group)
            for record in work.lines.records
            if record.topic in topics and _is_of(network, record.key)
        ]
        told = {place_of(record) for record in accepted}  # what is to come there is younger
        shelved = [
            at_ms
            for work in self._works_of(group)
            for topic in topics
            for of, at_ms in work.shelf.times(topic)
            if network in {None, of}
        ]
        unseen = {place: at for place, at in self._to_come(group, standings).items() if place not in told}
        to_come = await self._first_to_come_ms(unseen, network)
        oldest = min((*(record.timestamp for record in accepted), *shelved, *to_come), default=None)
        return None if oldest is None else datetime.fromtimestamp(oldest / 1_000, UTC)

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        """How many records of the topic the group has not handled; those published before that moment, if one is given."""
        before_ms = None if before is None else int(before.timestamp() * 1_000)
        standings = await self._log.standings(group, topic)
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
        to_come = self._to_come(group, standings)
        if before_ms is None:
            return accepted + shelved + sum(standing.lag for standing in to_come.values())
        until = await self._log.offsets_at(to_come, before_ms) if to_come else {}
        # None: all of the partition is older.
        ends = {place: to_come[place].end if at is None else at for place, at in until.items()}
        return accepted + shelved + sum(max(0, end - to_come[place].next) for place, end in ends.items())

    async def lags(self, group: str, topic: str) -> Mapping[int, int]:
        """Records of each partition of the topic that the group has not committed."""
        standings = await self._log.standings(group, topic)
        return {number: standing.lag for (_, number), standing in standings.items()}

    def _works_of(self, group: str) -> Iterator[WorkSubscriber]:
        return (work for work in self.works if work.subscription.group == group)

    def _to_come(self, group: str, standings: Mapping[Partition, Standing]) -> dict[Partition, Standing]:
        """The partitions with records that nobody here has accepted, and where those begin."""
        works = tuple(self._works_of(group))
        ahead = {
            place: Standing(max(next_, *(work.lines.position(place) for work in works)) if works else next_, end)
            for place, (next_, end) in standings.items()
        }
        return {place: standing for place, standing in ahead.items() if standing.lag}

    async def _first_to_come_ms(self, to_come: Mapping[Partition, Standing], network: NetworkKey | None) -> list[int]:
        places = {place: standing.next for place, standing in to_come.items()}
        found = await self._log.read(places, LOOKED_THROUGH if network else 1) if places else {}
        firsts: list[int] = []
        for records in found.values():
            first = next((record.at_ms for record in records if _is_of(network, record.key)), None)
            if first is None and len(records) == LOOKED_THROUGH:
                first = records[-1].at_ms
            if first is not None:
                firsts.append(first)
        return firsts


def _is_of(network: NetworkKey | None, key: bytes | None) -> bool:
    """True if a record of this key is of the network: its key begins with it, or is it. None: any."""
    return network is None or (key or b"").partition(b":")[0] == network.encode()
