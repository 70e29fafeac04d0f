"""Configuration at run time: one partition, in which a change and its place in the audit are one conditional batch."""

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.ports.config_store import ConfigChange

_ALL, _LATEST, _CHANGE, _BEYOND = "all", "latest/", "change/", "~"

_STORED = Statement("config", "SELECT change FROM config_change WHERE scope = ? AND entry > ? AND entry < ?")
_ONE = Statement("config of key", "SELECT change FROM config_change WHERE scope = ? AND entry = ?")
_CHANGES = Statement(
    "config changes",
    "SELECT change FROM config_change WHERE scope = ? AND entry > ? AND entry < ? ORDER BY entry DESC LIMIT ?",
)
_FIRST = Statement(
    "config begin", "INSERT INTO config_change (version, change, scope, entry) VALUES (?, ?, ?, ?) IF NOT EXISTS"
)
_NEXT = Statement(
    "config swap", "UPDATE config_change SET version = ?, change = ? WHERE scope = ? AND entry = ? IF version = ?"
)
_NOTE = Statement("config note", "INSERT INTO config_change (version, change, scope, entry) VALUES (?, ?, ?, ?)")

_change = msgspec.json.Decoder(ConfigChange)


class CassandraConfigStore:
    """Configuration in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def stored(self) -> tuple[ConfigChange, ...]:
        rows = await self._session.rows(_STORED, _ALL, _LATEST, f"{_LATEST}{_BEYOND}", serial=True)
        return tuple(_change.decode(text) for (text,) in rows)

    async def put(self, change: ConfigChange) -> bool:
        values, place = (change.version, msgspec.json.encode(change).decode()), (_ALL, f"{_LATEST}{change.key}")
        first, following = (_FIRST, (*values, *place)), (_NEXT, (*values, *place, change.version - 1))
        written = first if change.version == 1 else following
        noted = f"{_CHANGE}{micros(change.changed_at):020}/{change.key}/{change.version}"
        if await self._session.applied_batch([written, (_NOTE, (*values, _ALL, noted))]):
            return True
        rows = await self._session.rows(_ONE, *place, serial=True)
        return bool(rows) and _change.decode(rows[0][0]) == change

    async def changes(self, limit: int) -> tuple[ConfigChange, ...]:
        rows = await self._session.rows(_CHANGES, _ALL, _CHANGE, f"{_CHANGE}{_BEYOND}", limit)
        return tuple(_change.decode(text) for (text,) in rows)
