"""Creations and ends in Cassandra. How they are written stands in recording.py, children in children.py."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeVar

from stellarmap_common.adapters.cassandra.census import SHARDS
from stellarmap_common.adapters.cassandra.children import Children
from stellarmap_common.adapters.cassandra.encoding import creation_of, end_of, unplaced_of
from stellarmap_common.adapters.cassandra.recording import (
    CREATIONS_OF,
    ENDS_OF,
    FACTS_TOGETHER,
    UNPLACED_OF,
    looked_up,
    record_creations,
    record_ends,
    record_unplaced,
)
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.domain.creation import AccountEnd, Creation, Incarnation, UnplacedCreation, lives_begun
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.ports.creation_store import ChildRange

Fact = TypeVar("Fact", Creation, AccountEnd, UnplacedCreation)

SCANNED_TOGETHER = 2_000

_CREATIONS_IN = Statement(
    "creations in ledgers",
    "SELECT account, created_op, fact FROM creation_by_ledger WHERE network = ? AND bucket = ? AND shard = ?",
)
_ENDS_IN = Statement(
    "ends in ledgers",
    "SELECT account, end_op, fact FROM end_by_ledger WHERE network = ? AND bucket = ? AND shard = ?",
)


class CassandraCreationStore:
    """Creations and ends in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._children = Children(session)

    async def record(
        self,
        creations: Sequence[Creation] = (),
        ends: Sequence[AccountEnd] = (),
        unplaced: Sequence[UnplacedCreation] = (),
    ) -> None:
        # One after the other: what is known of an account is read before it is written.
        for start in range(0, len(creations), FACTS_TOGETHER):
            for network, some in _by_network(creations[start : start + FACTS_TOGETHER]).items():
                await record_creations(self._session, network, some)
        for start in range(0, len(ends), FACTS_TOGETHER):
            for network, some_ends in _by_network(ends[start : start + FACTS_TOGETHER]).items():
                await record_ends(self._session, network, some_ends)
        await record_unplaced(self._session, unplaced)

    async def creations_of(self, *accounts: AccountRef) -> tuple[Creation, ...]:
        if not accounts:
            return ()
        network = accounts[0].network
        rows = await looked_up(self._session, CREATIONS_OF, network, (account.address for account in accounts))
        return _in_order(_not_replaced(creation_of(network, row) for row in rows))

    async def ends_of(self, *accounts: AccountRef) -> tuple[AccountEnd, ...]:
        if not accounts:
            return ()
        network = accounts[0].network
        rows = await looked_up(self._session, ENDS_OF, network, (account.address for account in accounts))
        return tuple(sorted((end_of(network, row) for row in rows), key=lambda end: (end.end_op, end.account)))

    async def unplaced_of(self, account: AccountRef) -> tuple[UnplacedCreation, ...]:
        rows = await self._session.rows(UNPLACED_OF, account.network, [account.address])
        return unplaced_beside(account, rows, await self.creations_of(account)) if rows else ()

    async def children_of(self, creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        return await self._children.page(creator, within, limit)

    async def lives_of_children(self, creator: AccountRef, children: Sequence[Creation]) -> tuple[Incarnation, ...]:
        ends = await self.ends_of(*{child.ref: None for child in children})
        merged = {AccountRef(creator.network, end.account): None for end in ends}
        return lives_begun(children, await self.creations_of(*merged), ends)

    async def count_children(self, creator: AccountRef, within: ChildRange) -> int:
        return await self._children.count(creator, within)

    async def children_with_children(self, creator: AccountRef, limit: int) -> tuple[tuple[Creation, int], ...]:
        return await self._children.with_children(creator, limit)

    async def scan(self, network: NetworkKey) -> AsyncIterator[tuple[Sequence[Creation], Sequence[AccountEnd]]]:
        async for rows in self._scanned(_CREATIONS_IN, network, "creation"):
            yield tuple(creation_of(network, row) for row in rows), ()
        async for rows in self._scanned(_ENDS_IN, network, "end"):
            yield (), tuple(end_of(network, row) for row in rows)

    async def _scanned(self, statement: Statement, network: NetworkKey, fact: str) -> AsyncIterator[list[Row]]:
        """Rows in chunks, shard by shard, which is in operation order."""
        for bucket, shard, *_ in await self._session.rows(SHARDS, network, fact):
            async for rows in self._session.pages(statement, network, bucket, shard, fetch=SCANNED_TOGETHER):
                if rows:
                    yield rows


def unplaced_beside(
    account: AccountRef, rows: Iterable[Row], creations: Iterable[Creation]
) -> tuple[UnplacedCreation, ...]:
    """What was heard of the account's creation, of the rows of UNPLACED_OF, without creators of whom a placed one is known."""
    placed = {one.creator for one in creations}
    heard = (unplaced_of(account, row[1:]) for row in rows)
    return tuple(sorted((one for one in heard if one.creator not in placed), key=lambda one: (one.creator, one.source)))


def _not_replaced(creations: Iterable[Creation]) -> list[Creation]:
    """Without a provisional one beside its exact one: two processes may have written the two at once."""
    found = list(creations)
    if all(one.exact for one in found):
        return found
    return [one for one in found if one.exact or not any(other.replaces(one) for other in found)]


def _in_order(creations: Iterable[Creation]) -> tuple[Creation, ...]:
    return tuple(sorted(creations, key=lambda one: (one.created_op, one.account)))


def _by_network(facts: Sequence[Fact]) -> dict[NetworkKey, list[Fact]]:
    found: dict[NetworkKey, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.network, []).append(fact)
    return found
