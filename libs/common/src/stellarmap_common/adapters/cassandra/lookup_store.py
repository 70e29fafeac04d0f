"""Accounts by what people type: a table for each thing they type, written with the moment it was put."""

import asyncio
import heapq
from collections.abc import Iterable
from datetime import datetime
from zlib import crc32

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.noted import Noted
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.lookup import Term, TermKind, Terms
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.ports.lookup_store import SHORTEST_START

SHARDS = 16
_PREFIX = 4  # letters of an address
_LETTERS = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_END = "\U0010ffff"  # behind every letter

_BY_KIND = {TermKind.DOMAIN: ("account_by_home_domain", "domain"), TermKind.TAG: ("account_by_tag", "tag")}
_PUT = {
    kind: Statement(
        f"{column} put",
        f"INSERT INTO {table} (network, {column}, shard, account) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    )
    for kind, (table, column) in _BY_KIND.items()
}
_REMOVE = {
    kind: Statement(
        f"{column} remove",
        f"DELETE FROM {table} USING TIMESTAMP ? WHERE network = ? AND {column} = ? AND shard = ? AND account = ?",
    )
    for kind, (table, column) in _BY_KIND.items()
}
_BY_TERM = {
    kind: Statement(
        f"by {column}",
        f"SELECT account FROM {table} WHERE network = ? AND {column} = ? AND shard = ? AND account >= ? LIMIT ?",
    )
    for kind, (table, column) in _BY_KIND.items()
}
_PUT_PREFIX = Statement("prefix put", "INSERT INTO account_by_prefix (network, prefix, account) VALUES (?, ?, ?)")
_BY_PREFIX = Statement(
    "by prefix",
    "SELECT account FROM account_by_prefix WHERE network = ? AND prefix = ? AND account >= ? AND account < ? LIMIT ?",
)
_PUT_TERM = Statement("term put", "INSERT INTO account_term (network, kind, start, term) VALUES (?, ?, ?, ?)")
_TERMS = Statement(
    "terms",
    "SELECT term FROM account_term WHERE network = ? AND kind = ? AND start = ? AND term >= ? AND term < ? LIMIT ?",
)


class CassandraLookupStore:
    """Lookups in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._terms = Noted(session, _PUT_TERM)

    async def put(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        network, address = account.network, account.address
        # Readers come by these to what is written after.
        await self._terms.note((network, term.kind, term.text[:SHORTEST_START], term.text) for term in terms)
        shard, moment = _shard(address), micros(at)
        await self._session.gather(
            [
                (_PUT_PREFIX, (network, address[:_PREFIX], address)),
                *((_PUT[term.kind], (network, term.text, shard, address, moment)) for term in terms),
            ]
        )

    async def remove(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        shard, moment = _shard(account.address), micros(at)
        await self._session.gather(
            (_REMOVE[term.kind], (moment, account.network, term.text, shard, account.address)) for term in terms
        )

    async def by_prefix(
        self, network: NetworkKey, prefix: str, after: Address | None, limit: int
    ) -> tuple[Address, ...]:
        first = _from(prefix, after)
        parts = [prefix[:_PREFIX]] if len(prefix) >= _PREFIX else [prefix + letter for letter in _LETTERS]
        found = await asyncio.gather(
            *(self._session.rows(_BY_PREFIX, network, part, first, prefix + _END, limit) for part in parts)
        )
        return _first(limit, found)

    async def by_term(self, network: NetworkKey, term: Term, after: Address | None, limit: int) -> tuple[Address, ...]:
        statement = _BY_TERM[term.kind]
        found = await asyncio.gather(
            *(
                self._session.rows(statement, network, term.text, shard, _from("", after), limit)
                for shard in range(SHARDS)
            )
        )
        return _first(limit, found)

    async def terms(
        self, network: NetworkKey, kind: TermKind, start: str, after: str | None, limit: int
    ) -> tuple[str, ...]:
        first = _from(start, after)
        rows = await self._session.rows(_TERMS, network, kind, start[:SHORTEST_START], first, start + _END, limit)
        return tuple(term for (term,) in rows)


def _from(start: str, after: str | None) -> str:
    """The first text that begins so, or the first behind `after`."""
    return max(start, after + "\0") if after else start


def _first(limit: int, found: Iterable[list[tuple[str]]]) -> tuple[Address, ...]:
    return tuple(
        Address(account) for account in heapq.nsmallest(limit, (account for rows in found for (account,) in rows))
    )


def _shard(account: str) -> int:
    return crc32(account.encode()) % SHARDS
