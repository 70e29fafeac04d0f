"""What was searched for: one row an account."""

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.search_cache import SearchEntry

_ENTRY_OF = Statement("search", "SELECT entry FROM search_cache WHERE network = ? AND account = ?")
_PUT = Statement("search put", "INSERT INTO search_cache (network, account, entry) VALUES (?, ?, ?) USING TIMESTAMP ?")

_entry = msgspec.json.Decoder(SearchEntry)


class CassandraSearchCache:
    """Searches in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        rows = await self._session.rows(_ENTRY_OF, account.network, account.address)
        return _entry.decode(rows[0][0]) if rows else None

    async def put(self, entry: SearchEntry) -> None:
        text = msgspec.json.encode(entry).decode()
        await self._session.execute(_PUT, entry.account.network, entry.account.address, text, micros(entry.updated_at))
