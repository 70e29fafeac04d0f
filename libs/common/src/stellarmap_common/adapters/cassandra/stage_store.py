"""Stage executions: the furthest state of each stage of each request, for ninety days after it was last told."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from stellarmap_common.adapters.cassandra.encoding import GREATEST
from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import StageState
from stellarmap_common.events.facts import StageExecuted

KEPT = timedelta(days=90)
_SECONDS_KEPT = KEPT // timedelta(seconds=1)

_PROGRESS = {
    StageState.PENDING: 0,
    StageState.RUNNING: 1,
    StageState.SKIPPED: 2,
    StageState.FAILED: 3,
    StageState.DONE: 4,
}
# Version of an execution, in one integer: attempt, progress, milliseconds.
_MILLISECONDS = 42
_PROGRESSES = 3
_ATTEMPTS = (1 << 63 - _MILLISECONDS - _PROGRESSES) - 1

_RECORD = Statement(
    "keep stage",
    f"UPDATE stage_execution USING TTL {_SECONDS_KEPT} AND TIMESTAMP ? SET execution = ? "
    "WHERE network = ? AND account = ? AND request_id = ? AND stage = ?",
)
_BEGUN = Statement(
    "keep when a stage began",
    f"UPDATE stage_execution USING TTL {_SECONDS_KEPT} AND TIMESTAMP ? SET begun_at = ? "
    "WHERE network = ? AND account = ? AND request_id = ? AND stage = ?",
)
_REQUESTS = Statement(
    "requests with stages", "SELECT begun_at, request_id FROM stage_execution WHERE network = ? AND account = ?"
)
_STAGES_OF = Statement(
    "stages of a request",
    "SELECT execution FROM stage_execution WHERE network = ? AND account = ? AND request_id = ?",
)

_execution = msgspec.json.Decoder(StageExecuted)


class CassandraStageStore:
    """Stage executions in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def record_stages(self, executions: Sequence[StageExecuted]) -> None:
        partitions: dict[AccountRef, list[Write]] = {}
        for execution in executions:
            partitions.setdefault(execution.ref, []).extend(_writes(execution))
        await self._session.each(partitions.values(), self._session.batch)

    async def stages_of(self, account: AccountRef, request_id: str | None = None) -> tuple[StageExecuted, ...]:
        key = account.network, account.address
        if request_id is None:
            begun: dict[str, int] = {}
            for begun_at, request in await self._session.rows(_REQUESTS, *key):
                begun[request] = min(begun_at or 0, begun.get(request, GREATEST))
            if not begun:
                return ()
            _, request_id = max((begun_at, request) for request, begun_at in begun.items())
        rows = await self._session.rows(_STAGES_OF, *key, request_id)
        return tuple(_execution.decode(execution) for (execution,) in rows if execution is not None)


def _writes(execution: StageExecuted) -> tuple[Write, Write]:
    """The two columns have each an order of their own: the furthest state stays, and the earliest moment."""
    key = (execution.network, execution.account, execution.request_id, execution.stage)
    at = micros(execution.at) or 0
    text = msgspec.json.encode(execution).decode()
    return (_RECORD, (_version(execution, at), text, *key)), (_BEGUN, (GREATEST - at, at, *key))


def _version(execution: StageExecuted, at: int) -> int:
    attempt = min(execution.attempt, _ATTEMPTS)
    return (attempt << _PROGRESSES | _PROGRESS[execution.state]) << _MILLISECONDS | at // 1_000
