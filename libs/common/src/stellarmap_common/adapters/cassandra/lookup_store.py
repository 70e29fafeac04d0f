"""Accounts by what people type: a table for each thing they type, written with the moment it was put.

Terms are listed behind their accounts and go with the last of them. Whoever takes one away reads first as of when it is listed,
and then that nobody is found by it: who is put meanwhile stands there already, or lists it with a later moment, which stays.
"""

import asyncio
import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from zlib import crc32

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.lookup import Term, TermKind, Terms
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.ports.lookup_store import SHORTEST_START

SHARDS = 16
_PREFIX = 4  # letters of an address
_START = 4  # letters of a term, or all that it has
_STARTS_READ = 16  # at once
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
_PUT_TERM = Statement(
    "term put", "INSERT INTO account_term (network, kind, start, term, put_at) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
_PUT_START = Statement(
    "term start put",
    "INSERT INTO account_term_start (network, kind, head, start, put_at) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?",
)
_TERM_PUT_AT = Statement(
    "term", "SELECT put_at FROM account_term WHERE network = ? AND kind = ? AND start = ? AND term = ?"
)
_START_PUT_AT = Statement(
    "term start", "SELECT put_at FROM account_term_start WHERE network = ? AND kind = ? AND head = ? AND start = ?"
)
_REMOVE_TERM = Statement(
    "term remove",
    "DELETE FROM account_term USING TIMESTAMP ? WHERE network = ? AND kind = ? AND start = ? AND term = ?",
)
_REMOVE_START = Statement(
    "term start remove",
    "DELETE FROM account_term_start USING TIMESTAMP ? WHERE network = ? AND kind = ? AND head = ? AND start = ?",
)
_TERMS = Statement(
    "terms",
    "SELECT term FROM account_term WHERE network = ? AND kind = ? AND start = ? AND term >= ? AND term < ? LIMIT ?",
)
_STARTS = Statement(
    "term starts",
    """
    SELECT start FROM account_term_start
    WHERE network = ? AND kind = ? AND head = ? AND start >= ? AND start < ? LIMIT ?
    """,
)


class CassandraLookupStore:
    """Lookups in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def put(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        network, address = account.network, account.address
        shard, moment = _shard(address), micros(at)
        await self._session.gather(
            [
                (_PUT_PREFIX, (network, address[:_PREFIX], address)),
                *((_PUT[term.kind], (network, term.text, shard, address, moment)) for term in terms),
            ]
        )
        for statement, keys in ((_PUT_TERM, map(_term_key, terms)), (_PUT_START, set(map(_start_key, terms)))):
            await self._session.gather((statement, (network, *key, moment, moment)) for key in keys)

    async def remove(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        shard, moment = _shard(account.address), micros(at)
        await self._session.gather(
            (_REMOVE[term.kind], (moment, account.network, term.text, shard, account.address)) for term in terms
        )
        await self._session.each(terms, lambda term: self._unlist(account.network, term))

    async def _unlist(self, network: NetworkKey, term: Term) -> None:
        """Afterwards the term is listed no more if nobody is found by it, nor its start if it was the last."""
        key, start = _term_key(term), _start_key(term)
        listed = await self._session.rows(_TERM_PUT_AT, network, *key)
        if await self.by_term(network, term, None, 1):
            return
        for (put_at,) in listed:
            await self._session.execute(_REMOVE_TERM, put_at, network, *key)
        listed = await self._session.rows(_START_PUT_AT, network, *start)
        if await self._session.rows(_TERMS, network, *key[:2], "", _END, 1):
            return
        for (put_at,) in listed:
            await self._session.execute(_REMOVE_START, put_at, network, *start)

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
        first, end = _from(start, after), start + _END
        found: list[str] = []
        begun: str | None = first[:_START]
        while begun is not None and len(found) < limit:
            parts, begun = await self._starts(network, kind, start, begun)
            of_each = await asyncio.gather(
                *(self._session.rows(_TERMS, network, kind, part, first, end, limit) for part in parts)
            )
            found += [term for (term,) in chain.from_iterable(of_each)]
        return tuple(found[:limit])

    async def _starts(
        self, network: NetworkKey, kind: TermKind, start: str, begun: str
    ) -> tuple[Sequence[str], str | None]:
        """Starts of terms from `begun` on, in order, some at a time; and where to go on."""
        if len(start) >= _START:
            return [start[:_START]], None
        head, end = start[:SHORTEST_START], start + _END
        rows = await self._session.rows(_STARTS, network, kind, head, begun, end, _STARTS_READ)
        parts = [part for (part,) in rows]
        return parts, parts[-1] + "\0" if len(parts) == _STARTS_READ else None


def _term_key(term: Term) -> tuple[str, str, str]:
    return term.kind, term.text[:_START], term.text


def _start_key(term: Term) -> tuple[str, str, str]:
    return term.kind, term.text[:SHORTEST_START], term.text[:_START]


def _from(start: str, after: str | None) -> str:
    """The first text that begins so, or the first behind `after`."""
    return max(start, after + "\0") if after else start


def _first(limit: int, found: Iterable[list[tuple[str]]]) -> tuple[Address, ...]:
    return tuple(
        Address(account) for account in heapq.nsmallest(limit, (account for rows in found for (account,) in rows))
    )


def _shard(account: str) -> int:
    return crc32(account.encode()) % SHARDS
