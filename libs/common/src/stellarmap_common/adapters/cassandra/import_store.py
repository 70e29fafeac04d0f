"""Imports in Cassandra: facts under all their keys as any page's are, then the state that tells of them."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from stellarmap_common.adapters.cassandra.creation_store import CassandraCreationStore
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.ports.import_store import NetworkImport

_STATE_OF = Statement("import state", "SELECT state FROM network_import WHERE network = ?")
_KEEP = Statement("keep import state", "INSERT INTO network_import (network, state) VALUES (?, ?)")

_state = msgspec.json.Decoder(NetworkImport)


class CassandraImportStore:
    """Imports in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._creations = CassandraCreationStore(session)

    async def state_of(self, network: NetworkKey) -> NetworkImport | None:
        rows = await self._session.rows(_STATE_OF, network)
        return _state.decode(rows[0][0]) if rows else None

    async def begin(self, state: NetworkImport, expected: int) -> None:  # noqa: ARG002 - however many, all are kept alike
        await self._put(state)

    async def keep(
        self, state: NetworkImport, creations: Sequence[Creation] = (), ends: Sequence[AccountEnd] = ()
    ) -> None:
        await self._creations.record(creations, ends)
        await self._put(state)

    async def finishing(self, state: NetworkImport) -> AsyncIterator[str]:
        yield "writing down that all is stored"
        await self._put(state)

    async def _put(self, state: NetworkImport) -> None:
        await self._session.execute(_KEEP, state.network, msgspec.json.encode(state).decode())
