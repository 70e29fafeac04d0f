"""Consumer groups of this process: who reads which partition, and how a partition changes hands."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.sqlite.log import SqliteLog


class Member(Protocol):
    """A consumer, as its group sees it."""

    @property
    def topics(self) -> Iterable[str]:
        """What it subscribes to."""
        ...

    def assignment(self) -> set[TopicPartition]:
        """What it reads now."""
        ...

    async def give_up(self, partitions: set[TopicPartition]) -> None:
        """Returns when nothing of these partitions is in flight: what was handled is committed."""
        ...

    async def take_on(self, partitions: set[TopicPartition]) -> None:
        """Afterwards it reads these partitions too, from where the group stands."""
        ...


class Groups:
    """Every group of a log."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self._members: defaultdict[str, list[Member]] = defaultdict(list)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def join(self, group: str, member: Member) -> None:
        """Afterwards the member reads its share. Others have handed over what is no longer theirs."""
        self._members[group].append(member)
        await self._rebalance(group)

    async def leave(self, group: str, member: Member) -> None:
        """Afterwards the member reads nothing, and the others read what it did."""
        with suppress(ValueError):
            self._members[group].remove(member)
        await self._rebalance(group)

    async def _rebalance(self, group: str) -> None:
        async with self._turns[group]:
            members = tuple(self._members[group])
            shares = self._shares(members)
            # First everyone lets go, then anyone takes: a partition never has two readers.
            lost = [(member, member.assignment() - shares[position]) for position, member in enumerate(members)]
            await asyncio.gather(*(member.give_up(partitions) for member, partitions in lost if partitions))
            gained = [(member, shares[position] - member.assignment()) for position, member in enumerate(members)]
            await asyncio.gather(*(member.take_on(partitions) for member, partitions in gained if partitions))

    def _shares(self, members: Sequence[Member]) -> list[set[TopicPartition]]:
        """As even as it gets, each topic by itself; a member keeps what it has as far as that goes."""
        shares: list[set[TopicPartition]] = [set() for _ in members]
        for topic in sorted({topic for member in members for topic in member.topics}):
            partitions = {TopicPartition(*name) for name in self._log.partitions_of(topic)}
            readers = [position for position, member in enumerate(members) if topic in member.topics]
            for position, share in zip(readers, _even(partitions, [members[r] for r in readers]), strict=True):
                shares[position] |= share
        return shares


def _even(partitions: set[TopicPartition], readers: Sequence[Member]) -> list[set[TopicPartition]]:
    fair, more = divmod(len(partitions), len(readers))
    sizes = [fair + (position < more) for position in range(len(readers))]
    kept = [set(sorted(reader.assignment() & partitions)[:size]) for reader, size in zip(readers, sizes, strict=True)]
    free = sorted(partitions.difference(*kept))
    for share, size in zip(kept, sizes, strict=True):
        while len(share) < size:
            share.add(free.pop(0))
    return kept
