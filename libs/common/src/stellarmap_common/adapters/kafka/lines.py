"""The records a subscription has accepted: in line behind others of their key, and open until they are done.

A partition is committed up to its first open record, so nothing that is not done is ever behind the group's offset.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.decoding import Record

Partition = tuple[str, int]


@dataclass(slots=True, eq=False)
class Line:
    """Records of one key, handled one after the other."""

    key: bytes | None
    records: deque[Record] = field(default_factory=deque)
    waits: bool = False  # for its source, not for a worker
    network: str = ""  # of its first record, once that was in work
    worker: "asyncio.Task[None] | None" = None  # has its first record, or its first ones
    one_by_one: int = 0  # so many of its first records failed when they were handled together


@dataclass(slots=True, eq=False)
class _Partition:
    open: dict[int, None] = field(default_factory=dict)  # offsets in the order of reading
    position: int = 0
    begun: int = -1  # the furthest offset that was ever in work
    committed: int = -1

    @property
    def reached(self) -> int:
        """Everything before is done."""
        return next(iter(self.open), self.position)


class Lines:
    """All lines of a subscription."""

    def __init__(self) -> None:
        self._lines: dict[bytes | None, Line] = {}
        self._partitions: dict[Partition, _Partition] = {}
        self.keys = 0  # lines that do not wait for their source
        self.busy = 0  # their records
        self._waiting: Counter[str] = Counter()  # records of the others, by the network they wait for

    @property
    def waiting(self) -> int:
        """Records in lines that wait for their source."""
        return self._waiting.total()

    def waiting_for(self, network: str) -> int:
        """Those that wait for this network."""
        return self._waiting[network]

    @property
    def done_behind(self) -> int:
        """Records that are done, and not committed, because one before them in their partition is not."""
        return sum(each.position - each.reached - len(each.open) for each in self._partitions.values() if each.open)

    def accept(self, record: Record) -> Line | None:
        """Opens the record and puts it in line. The line, if it is new and so needs a worker."""
        self.open(record)
        return self.join(record)

    def of(self, key: bytes | None) -> Line | None:
        """The line of a key, if it has one."""
        return self._lines.get(key)

    def open(self, record: Record) -> None:
        """Notes that the record was read and is not done."""
        where = (record.topic, record.partition)
        partition = self._partitions.get(where)
        if partition is None:
            partition = self._partitions[where] = _Partition()
        partition.open[record.offset] = None
        partition.position = record.offset + 1

    def join(self, record: Record) -> Line | None:
        """Puts an open record in line. The line, if it is new and so needs a worker."""
        line = self._lines.get(record.key)
        fresh = line is None
        if line is None:
            line = self._lines[record.key] = Line(record.key)
            self.keys += 1
        line.records.append(record)
        if line.waits:
            self._waiting[line.network] += 1
        else:
            self.busy += 1
        return line if fresh else None

    @property
    def partitions(self) -> set[Partition]:
        """Where the records stand."""
        return set(self._partitions)

    @property
    def records(self) -> Iterator[Record]:
        """Everything accepted that is not done."""
        return (record for line in self._lines.values() for record in line.records)

    def position(self, partition: Partition) -> int:
        """Everything of the partition before it was accepted; 0 if nothing was."""
        known = self._partitions.get(partition)
        return known.position if known else 0

    def begin(self, record: Record) -> None:
        """Notes that the record is in work."""
        partition = self._partitions[place_of(record)]
        partition.begun = max(partition.begun, record.offset)

    def is_due(self, record: Record) -> bool:
        """True if it stands before one of its partition that was begun, or is that one: it must be done for that to count."""
        return record.offset <= self._partitions[place_of(record)].begun

    def any_due(self, partitions: Collection[Partition]) -> bool:
        """True while a record of these partitions is due and does not wait for its source."""
        gaps = {
            where for where in partitions if (known := self._partitions.get(where)) and known.reached <= known.begun
        }
        return bool(gaps) and any(
            place_of(record) in gaps and self.is_due(record)
            for line in self._lines.values()
            if not line.waits
            for record in line.records
        )

    def close(self, partitions: Collection[Partition]) -> None:
        """Afterwards no record of these partitions is due."""
        for where in partitions:
            if (partition := self._partitions.get(where)) is not None:
                partition.begun = -1

    def done(self, line: Line, count: int = 1) -> None:
        """Takes so many first records of a running line out: they are handled or set aside."""
        for _ in range(count):
            record = line.records.popleft()
            self._partitions[record.topic, record.partition].open.pop(record.offset, None)
        self._out(line, count)

    def gone(self, place: Partition, offset: int) -> None:
        """Notes that an open record which is in no line is not there any more."""
        self._partitions[place].open.pop(offset, None)

    def disband(self, line: Line) -> tuple[Record, ...]:
        """Afterwards there is no such line; its records, which stay open."""
        records = tuple(line.records)
        line.records.clear()
        del self._lines[line.key]
        self.keys -= 1
        self.busy -= len(records)
        return records

    def wait(self, line: Line, network: str) -> None:
        """Afterwards the line's records wait for the source of this network."""
        line.waits, line.network = True, network
        self.keys -= 1
        self.busy -= len(line.records)
        self._waiting[network] += len(line.records)

    def go_on(self, line: Line) -> None:
        """Afterwards they wait for a worker."""
        line.waits = False
        self.keys += 1
        self.busy += len(line.records)
        self._waiting[line.network] -= len(line.records)

    def advanced(self) -> dict[TopicPartition, int]:
        """Where each partition can be committed further than it was."""
        return {
            TopicPartition(*where): partition.reached
            for where, partition in self._partitions.items()
            if partition.reached > partition.committed
        }

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Notes that these are durable."""
        for where, offset in offsets.items():
            if (partition := self._partitions.get(where)) is not None:
                partition.committed = offset

    def drop(self, line: Line) -> None:
        """Takes the first record of a line out although it is not done: its partition is leaving, others will read it."""
        line.records.popleft()
        self._out(line, 1)

    def _out(self, line: Line, count: int) -> None:
        self.busy -= count
        line.one_by_one = max(0, line.one_by_one - count)
        if not line.records:
            del self._lines[line.key]
            self.keys -= 1

    def in_work(self, partitions: Collection[Partition]) -> tuple[Line, ...]:
        """The lines of which a worker has a record of these partitions."""
        return tuple(line for line in self._lines.values() if line.worker and place_of(line.records[0]) in partitions)

    def let_go(self, partitions: Collection[Partition]) -> None:
        """Afterwards nothing is known of these partitions, of which no worker has a record."""
        for line in tuple(self._lines.values()):
            kept = deque(record for record in line.records if place_of(record) not in partitions)
            gone = len(line.records) - len(kept)
            if line.waits:
                self._waiting[line.network] -= gone
            else:
                self.busy -= gone
            line.records = kept
            if not kept:
                del self._lines[line.key]
                self.keys -= not line.waits
        for where in partitions:
            self._partitions.pop(where, None)


def place_of(record: Record) -> Partition:
    """The partition a record stands in."""
    return record.topic, record.partition
