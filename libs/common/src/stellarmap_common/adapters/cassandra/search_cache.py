"""What was searched for: one row an account, and one in the list of the day on which it first was."""

import asyncio
import heapq
from datetime import UTC, date
from zlib import crc32

import msgspec

from stellarmap_common.adapters.cassandra.encoding import GREATEST
from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.ports.search_cache import SearchEntry, SearchKey

SHARDS = 16
_FIRST_DAY = date(1970, 1, 1)

_ENTRY_OF = Statement("search", "SELECT entry FROM search_cache WHERE network = ? AND account = ?")
_PUT = Statement("search put", "INSERT INTO search_cache (network, account, entry) VALUES (?, ?, ?) USING TIMESTAMP ?")
_LIST = Statement(
    "search list",
    "INSERT INTO search_cache_by_day (network, day, shard, created_at, account) VALUES (?, ?, ?, ?, ?)",
)
_CREATED_ON = Statement(
    "searches",
    """
    SELECT created_at, account FROM search_cache_by_day
    WHERE network = ? AND day = ? AND shard = ? AND (created_at, account) < (?, ?) LIMIT ?
    """,
)

_entry = msgspec.json.Decoder(SearchEntry)


class CassandraSearchCache:
    """Searches in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        rows = await self._session.rows(_ENTRY_OF, account.network, account.address)
        return _entry.decode(rows[0][0]) if rows else None

    async def put(self, entry: SearchEntry) -> None:
        network, account = entry.account.network, entry.account.address
        day, created_at = _day(entry.created_at.astimezone(UTC).date()), micros(entry.created_at)
        # Listed first: a row of the list that the entry does not confirm counts for nothing.
        await self._session.execute(_LIST, network, day, _shard(account), created_at, account)
        text = msgspec.json.encode(entry).decode()
        await self._session.execute(_PUT, network, account, text, micros(entry.updated_at))

    async def created_on(
        self, network: NetworkKey, day: date, before: SearchKey | None, limit: int
    ) -> tuple[SearchEntry, ...]:
        found: list[SearchEntry] = []
        at = (micros(before.created_at), str(before.account)) if before else (GREATEST, "")
        while len(found) < limit:
            wanted = limit - len(found)
            listed = await self._listed(network, day, at, wanted)
            entries = await asyncio.gather(*(self.entry_of(AccountRef(network, Address(name))) for _, name in listed))
            found += [
                entry
                for (created_at, _), entry in zip(listed, entries, strict=True)
                if entry and micros(entry.created_at) == created_at
            ]
            if len(listed) < wanted:
                break
            at = listed[-1]
        return tuple(found)

    async def _listed(
        self, network: NetworkKey, day: date, before: tuple[int, str], limit: int
    ) -> list[tuple[int, str]]:
        of_each = await asyncio.gather(
            *(self._session.rows(_CREATED_ON, network, _day(day), shard, *before, limit) for shard in range(SHARDS))
        )
        return heapq.nlargest(limit, ((created_at, name) for rows in of_each for created_at, name in rows))


def _day(day: date) -> int:
    return (day - _FIRST_DAY).days


def _shard(account: str) -> int:
    return crc32(account.encode()) % SHARDS
