"""What was searched for: one row an account."""

from dataclasses import replace

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.search_cache import FirstView, SearchEntry

_ENTRY_OF = Statement("search", "SELECT entry, first_view FROM search_cache WHERE network = ? AND account = ?")
_PUT = Statement("search put", "INSERT INTO search_cache (network, account, entry) VALUES (?, ?, ?) USING TIMESTAMP ?")
_PUT_VIEW = Statement("search view put", "INSERT INTO search_cache (network, account, first_view) VALUES (?, ?, ?)")

_entry = msgspec.json.Decoder(SearchEntry)
_view = msgspec.json.Decoder(FirstView)


class CassandraSearchCache:
    """Searches in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        rows = await self._session.rows(_ENTRY_OF, account.network, account.address)
        entry, view = rows[0] if rows else (None, None)
        if entry is None:  # also where it has lapsed, and a view that was put later has not
            return None
        return replace(_entry.decode(entry), first_view=None if view is None else _view.decode(view))

    async def put(self, entry: SearchEntry) -> None:
        text = msgspec.json.encode(replace(entry, first_view=None)).decode()
        await self._session.execute(_PUT, entry.account.network, entry.account.address, text, micros(entry.updated_at))

    async def put_view(self, account: AccountRef, view: FirstView) -> None:
        text = msgspec.json.encode(view).decode()
        await self._session.execute(_PUT_VIEW, account.network, account.address, text)
