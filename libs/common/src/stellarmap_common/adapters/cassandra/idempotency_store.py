"""Answers kept for clients' idempotency keys."""

from datetime import datetime, timedelta

from stellarmap_common.adapters.cassandra.moments import MICROSECOND, micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.errors import StoreUnavailable

ANSWER_KEPT = timedelta(hours=24)
TRIES = 20

_ANSWER_TO = Statement("answer", "SELECT answer, kept_at FROM idempotency_key WHERE key = ?")
_KEEP = Statement("answer keep", "INSERT INTO idempotency_key (key, answer, kept_at) VALUES (?, ?, ?) IF NOT EXISTS")
_REPLACE = Statement(
    "answer replace", "UPDATE idempotency_key SET answer = ?, kept_at = ? WHERE key = ? IF kept_at = ?"
)


class CassandraIdempotencyStore:
    """Kept answers in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def answer_to(self, key: str) -> str | None:
        rows = await self._session.rows(_ANSWER_TO, key, serial=True)
        return str(rows[0][0]) if rows else None

    async def keep(self, key: str, answer: str, at: datetime) -> str:
        now = micros(at)
        for _ in range(TRIES):
            if await self._session.applied(_KEEP, key, answer, now):
                return answer
            rows = await self._session.rows(_ANSWER_TO, key, serial=True)
            if not rows:
                continue  # it has lapsed in between
            kept, kept_at = rows[0]
            if kept_at > now - ANSWER_KEPT // MICROSECOND:
                return str(kept)
            if await self._session.applied(_REPLACE, answer, now, key, kept_at):
                return answer
        raise StoreUnavailable("Others answered the same key meanwhile, again and again. It is asked again.")
