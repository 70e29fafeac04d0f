"""Stage executions: the furthest state of each stage of each request."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, micros
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import StageState
from stellarmap_common.events.facts import StageExecuted

KEPT = timedelta(days=90)
_MICROS_KEPT = KEPT // timedelta(microseconds=1)

_PROGRESS = {
    StageState.PENDING: 0,
    StageState.RUNNING: 1,
    StageState.SKIPPED: 2,
    StageState.FAILED: 3,
    StageState.DONE: 4,
}
_RECORD = """
    INSERT INTO stage_execution (account, request_id, stage, attempt, progress, told_at, begun_at, execution)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
    ON CONFLICT DO UPDATE SET
        begun_at = min(begun_at, excluded.begun_at),
        attempt = iif({later}, excluded.attempt, attempt),
        progress = iif({later}, excluded.progress, progress),
        told_at = iif({later}, excluded.told_at, told_at),
        execution = iif({later}, excluded.execution, execution)
""".format(later="(excluded.attempt, excluded.progress, excluded.told_at) > (attempt, progress, told_at)")
_LAPSE = "DELETE FROM stage_execution WHERE begun_at < ?"
_LATEST_REQUEST = f"""
    SELECT request_id FROM stage_execution WHERE account = {ACCOUNT_ID}
    GROUP BY request_id ORDER BY min(begun_at) DESC, request_id DESC LIMIT 1
"""
_STAGES_OF = f"""
    SELECT execution FROM stage_execution
    WHERE account = {ACCOUNT_ID} AND request_id = coalesce(?, ({_LATEST_REQUEST})) ORDER BY stage
"""

_execution = msgspec.json.Decoder(StageExecuted)


class SqliteStageStore:
    """Stage executions in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_stages(self, executions: Sequence[StageExecuted]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            rows = [(account_id(connection, execution.ref), *_values(execution)) for execution in executions]
            connection.executemany(_RECORD, rows)
            newest = max(micros(execution.at) or 0 for execution in executions)
            connection.execute(_LAPSE, (newest - _MICROS_KEPT,))

        if executions:
            # What a power cut takes is read off the walk again: by the record that led to it, or by the request's next step.
            await self._database.write(work, durable=False)

    async def stages_of(self, account: AccountRef, request_id: str | None = None) -> tuple[StageExecuted, ...]:
        key = account.network, account.address
        rows = await self._database.rows(_STAGES_OF, *key, request_id, *key)
        return tuple(_execution.decode(execution) for (execution,) in rows)


def _values(execution: StageExecuted) -> tuple[int | str, ...]:
    return (
        execution.request_id,
        execution.stage,
        execution.attempt,
        _PROGRESS[execution.state],
        micros(execution.at) or 0,
        msgspec.json.encode(execution).decode(),
    )
