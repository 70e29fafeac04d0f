"""Token blocks, source statuses, and answers kept for clients' idempotency keys."""

import sqlite3
from datetime import datetime, timedelta

import msgspec

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import micros
from stellarmap_common.ports.usage_store import SourceStatus

STATUS_KEPT = timedelta(minutes=2)
ANSWER_KEPT = timedelta(hours=24)
WINDOWS_KEPT = 43_200  # a day: at the lowest limits an unused call is kept for hours, and must not be leased twice

_TAKEN = "SELECT taken FROM token_block WHERE source = ? AND window = ?"
_TAKE = """
    INSERT INTO token_block (source, window, taken) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET taken = taken + excluded.taken
"""
_LAPSE_TOKENS = "DELETE FROM token_block WHERE source = ? AND window < ?"

_PUT_STATUS = """
    INSERT INTO source_status (source, process, reported_at, status) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET reported_at = excluded.reported_at, status = excluded.status
    WHERE excluded.reported_at >= reported_at
"""
_LAPSE_STATUSES = "DELETE FROM source_status WHERE reported_at < ?"
_STATUSES = "SELECT status FROM source_status WHERE reported_at >= ? ORDER BY source, process"

_LAPSE_ANSWERS = "DELETE FROM idempotency_key WHERE kept_at <= ?"
_KEEP = "INSERT INTO idempotency_key (key, answer, kept_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_ANSWER_TO = "SELECT answer FROM idempotency_key WHERE key = ?"

_status = msgspec.json.Decoder(SourceStatus)


class SqliteUsageStore:
    """Usage in SQLite. One process writes a file, so its one writer is what makes a lease conditional."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease_tokens(self, source: str, window: int, wanted: int, limit: int) -> int:
        def work(connection: sqlite3.Connection) -> int:
            taken = connection.execute(_TAKEN, (source, window)).fetchone()
            if taken is None:
                connection.execute(_LAPSE_TOKENS, (source, window - WINDOWS_KEPT))
            leased = max(0, min(wanted, limit - (taken[0] if taken else 0)))
            connection.execute(_TAKE, (source, window, leased))
            return leased

        return await self._database.write(work)

    async def put_status(self, status: SourceStatus) -> None:
        text = msgspec.json.encode(status).decode()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT_STATUS, (status.source, status.process, micros(status.at), text))
            connection.execute(_LAPSE_STATUSES, (micros(status.at - STATUS_KEPT),))

        await self._database.write(work)

    async def statuses(self, since: datetime) -> tuple[SourceStatus, ...]:
        oldest = micros(since)
        rows = await self._database.rows(_STATUSES, oldest)
        return tuple(_status.decode(status) for (status,) in rows)


class SqliteIdempotencyStore:
    """Kept answers in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer_to(self, key: str) -> str | None:
        rows = await self._database.rows(_ANSWER_TO, key)
        return str(rows[0][0]) if rows else None

    async def keep(self, key: str, answer: str, at: datetime) -> str:
        def work(connection: sqlite3.Connection) -> str:
            connection.execute(_LAPSE_ANSWERS, (micros(at - ANSWER_KEPT),))
            connection.execute(_KEEP, (key, answer, micros(at)))
            return str(connection.execute(_ANSWER_TO, (key,)).fetchone()[0])

        return await self._database.write(work)
