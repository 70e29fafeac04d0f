"""A log of events as those see it who do not consume it: how far groups are, and single records."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from stellarmap_common.adapters.kafka.lines import Partition

Headers = Sequence[tuple[str, bytes]]


class Standing(NamedTuple):
    """Where a group stands in a partition."""

    next: int  # offset of the first record it has not committed, of those that are there
    end: int  # offset the next record will have

    @property
    def lag(self) -> int:
        """Records it has not committed."""
        return max(0, self.end - self.next)


class SeenRecord(NamedTuple):
    """A record, whoever stored it."""

    offset: int
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class LogView(Protocol):
    """What can be asked of either log. Every question raises TransientError when nobody answers."""

    async def standings(self, group: str, topic: str) -> Mapping[Partition, Standing]:
        """Of every partition of the topic."""
        ...

    async def read(self, places: Mapping[Partition, int], most: int) -> Mapping[Partition, Sequence[SeenRecord]]:
        """Of each partition at most so many records, from its offset on; a partition without any may be missing."""
        ...

    async def offsets_at(self, places: Collection[Partition], at_ms: int) -> Mapping[Partition, int | None]:
        """The first record of each that is as young as that; None where all are older."""
        ...
