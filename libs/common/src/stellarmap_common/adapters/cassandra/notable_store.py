"""Children that are worth naming for who they are: one partition a creator."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef, Address

_PUT = Statement(
    "notable put", "INSERT INTO child_notable (network, creator, child, face) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
_REMOVE = Statement(
    "notable remove", "DELETE FROM child_notable USING TIMESTAMP ? WHERE network = ? AND creator = ? AND child = ?"
)
_CHILDREN_OF = Statement("notable", "SELECT face FROM child_notable WHERE network = ? AND creator = ? LIMIT ?")

_notable = msgspec.json.Decoder(Notable)


class CassandraNotableStore:
    """Notable children in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def put(self, creator: AccountRef, notable: Notable, at: datetime) -> None:
        face = msgspec.json.encode(notable).decode()
        await self._session.execute(_PUT, creator.network, creator.address, notable.child, face, micros(at))

    async def remove(self, creator: AccountRef, child: Address, at: datetime) -> None:
        await self._session.execute(_REMOVE, micros(at), creator.network, creator.address, child)

    async def children_of(self, creator: AccountRef, limit: int) -> tuple[Notable, ...]:
        rows = await self._session.rows(_CHILDREN_OF, creator.network, creator.address, limit)
        return await asyncio.to_thread(_faces, rows)  # of a large hub: tens of milliseconds


def _faces(rows: Iterable[tuple[Any, ...]]) -> tuple[Notable, ...]:
    return tuple(_notable.decode(face) for (face,) in rows)
