"""Seeds of standings in SQLite."""

import sqlite3
from datetime import datetime
from functools import partial

import msgspec

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import micros, moment_of
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.ports.seed_store import StandingsSeed

_SEED_OF = "SELECT seed FROM standings_seed WHERE network = ? AND seed IS NOT NULL"
_KEEP = """
    INSERT INTO standings_seed (network, seed) VALUES (?, ?) ON CONFLICT DO UPDATE SET seed = excluded.seed
"""
_WISHED = "SELECT wished_at FROM standings_seed WHERE network = ?"
_WISH = """
    INSERT INTO standings_seed (network, wished_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET wished_at = excluded.wished_at
"""

_seed = msgspec.json.Decoder(StandingsSeed)


class SqliteSeedStore:
    """Seeds in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seed_of(self, network: NetworkKey) -> StandingsSeed | None:
        rows = await self._database.rows(_SEED_OF, network)
        return _seed.decode(rows[0][0]) if rows else None

    async def keep(self, seed: StandingsSeed) -> None:
        values = (seed.network, msgspec.json.encode(seed).decode())
        await self._database.write(partial(_written, statement=_KEEP, values=values))

    async def wish(self, network: NetworkKey, at: datetime) -> None:
        await self._database.write(partial(_written, statement=_WISH, values=(network, micros(at))))

    async def wished(self, network: NetworkKey) -> datetime | None:
        rows = await self._database.rows(_WISHED, network)
        return moment_of(rows[0][0]) if rows else None


def _written(connection: sqlite3.Connection, statement: str, values: tuple[str, str | int]) -> None:
    connection.execute(statement, values)
