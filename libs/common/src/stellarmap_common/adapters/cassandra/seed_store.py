"""Seeds of standings in Cassandra."""

from datetime import datetime

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.ports.seed_store import StandingsSeed

_OF = Statement("standings seed", "SELECT seed, wished_at FROM standings_seed WHERE network = ?")
_KEEP = Statement("keep standings seed", "INSERT INTO standings_seed (network, seed) VALUES (?, ?)")
_WISH = Statement("wish for standings seed", "INSERT INTO standings_seed (network, wished_at) VALUES (?, ?)")

_seed = msgspec.json.Decoder(StandingsSeed)


class CassandraSeedStore:
    """Seeds in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def seed_of(self, network: NetworkKey) -> StandingsSeed | None:
        rows = await self._session.rows(_OF, network)
        return _seed.decode(rows[0][0]) if rows and rows[0][0] else None

    async def keep(self, seed: StandingsSeed) -> None:
        await self._session.execute(_KEEP, seed.network, msgspec.json.encode(seed).decode())

    async def wish(self, network: NetworkKey, at: datetime) -> None:
        await self._session.execute(_WISH, network, micros(at))

    async def wished(self, network: NetworkKey) -> datetime | None:
        rows = await self._session.rows(_OF, network)
        return moment_of(rows[0][1]) if rows else None
