"""Runs and interest, in one partition an account. Every write is a lightweight transaction: their clock is the partition's."""

from typing import Any

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement, Write
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.ports.run_store import Interest, Progress, Run, RunRef, RunState

_RUN = "revision, state, holder, lease_until, progress, takes, lane, reopened_by"
_PLACE = "network = ? AND account = ? AND step = ?"
_ONE = f"{_PLACE} AND request_id = ?"
_RUN_OF = Statement("run", f"SELECT {_RUN} FROM run WHERE {_PLACE} AND request_id = ''")
_RUNS_OF = Statement(
    "runs of account",
    f"SELECT step, WRITETIME(revision), {_RUN} FROM run"
    " WHERE network = ? AND account = ? AND step IN ('creator', 'children') AND request_id = ''",
)
_BEGIN = Statement(
    "run begin",
    f"INSERT INTO run ({_RUN}, network, account, step, request_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '') IF NOT EXISTS",
)
_SWAP = Statement(
    "run swap",
    "UPDATE run SET revision = ?, state = ?, holder = ?, lease_until = ?, progress = ?, takes = ?, lane = ?,"
    f" reopened_by = ? WHERE {_PLACE} AND request_id = '' IF revision = ?",
)
_WAIT_TOO = Statement(
    "interest add",
    "INSERT INTO run (pages_to, depth_left, lane, retry, network, account, step, request_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
)
# The condition always holds. It is there for what it makes of the write: one in the order of all others of the partition,
# whatever the clocks of their writers say.
_REGISTER = Statement(
    "interest register",
    f"UPDATE run SET pages_to = ?, depth_left = ?, lane = ?, retry = ? WHERE {_ONE} IF pages_to != -1",
)
_WAITING_FOR = Statement(
    "interest",
    f"SELECT request_id, pages_to, depth_left, lane, retry FROM run WHERE {_PLACE} AND request_id > ''",
)
_WAITS = Statement("interest of request", f"SELECT pages_to FROM run WHERE {_ONE}")
_FORGET = Statement("interest forget", f"DELETE FROM run WHERE {_ONE} IF EXISTS")

_progress = msgspec.json.Decoder(Progress)
_request_ids = msgspec.json.Decoder(tuple[str, ...])


class CassandraRunStore:
    """Runs in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def run_of(self, ref: RunRef) -> Run | None:
        rows = await self._session.rows(_RUN_OF, *_place(ref), serial=True)
        return _run(ref, rows[0]) if rows else None

    async def dated_runs_of(self, account: AccountRef, *, serial: bool) -> tuple[dict[Step, Run], int]:
        """The runs of the account's steps that somebody ever took, and when one was last written, in microseconds."""
        rows = await self._session.rows(_RUNS_OF, account.network, account.address, serial=serial)
        runs = {Step(step): _run(RunRef(account, Step(step)), row) for step, _, *row in rows}
        return runs, max((written_at for _, written_at, *_ in rows), default=0)

    async def swap(self, new: Run, expected_revision: int | None, *, interest: Interest | None = None) -> bool:
        if expected_revision is not None and new.revision <= expected_revision:
            raise ValueError(f"revision {new.revision} of {new.ref} does not follow {expected_revision}")
        write = _swap(new, expected_revision)
        if interest is None:
            return await self._session.applied(write[0], *write[1])
        # Together they are one transaction. Where the run is another's, nothing of it was written: the interest follows, and
        # the caller, who is told to read the run again, does so after it.
        if await self._session.applied_batch([write, (_WAIT_TOO, (*_wish(interest), *_key(interest)))]):
            return True
        await self.register(interest)
        return False

    async def register(self, interest: Interest) -> None:
        await self._session.applied(_REGISTER, *_wish(interest), *_key(interest))

    async def waiting_for(self, ref: RunRef) -> tuple[Interest, ...]:
        rows = await self._session.rows(_WAITING_FOR, *_place(ref), serial=True)
        return tuple(
            Interest(
                ref=ref,
                request_id=request_id,
                pages_to=pages_to,
                depth_left=depth_left,
                lane=Lane(lane),
                retry=retry,
            )
            for request_id, pages_to, depth_left, lane, retry in rows
        )

    async def forget(self, ref: RunRef, request_id: str) -> None:
        # Whoever meets a finished run forgets, so most find nothing: a plain read costs a tenth of the transaction. An
        # interest that is being written meanwhile is found served, and forgotten again.
        if await self._session.rows(_WAITS, *_place(ref), request_id):
            await self._session.applied(_FORGET, *_place(ref), request_id)


def _swap(new: Run, expected_revision: int | None) -> Write:
    if expected_revision is None:
        return _BEGIN, (*_values(new), *_place(new.ref))
    return _SWAP, (*_values(new), *_place(new.ref), expected_revision)


def _run(ref: RunRef, row: Row | list[Any]) -> Run:
    revision, state, holder, lease_until, progress, takes, lane, reopened_by = row
    return Run(
        ref=ref,
        revision=revision,
        state=RunState(state),
        holder=holder,
        lease_until=moment_of(lease_until),
        progress=_progress.decode(progress),
        takes=takes,
        lane=Lane(lane),
        reopened_by=_request_ids.decode(reopened_by),
    )


def _values(run: Run) -> tuple[int | str | None, ...]:
    return (
        run.revision,
        run.state.value,
        run.holder,
        micros(run.lease_until),
        msgspec.json.encode(run.progress).decode(),
        run.takes,
        run.lane.value,
        msgspec.json.encode(run.reopened_by).decode(),
    )


def _place(ref: RunRef) -> tuple[str, str, str]:
    return ref.account.network, ref.account.address, ref.step.value


def _wish(interest: Interest) -> tuple[int, int, str, bool]:
    return interest.pages_to, interest.depth_left, interest.lane.value, interest.retry


def _key(interest: Interest) -> tuple[str, str, str, str]:
    return *_place(interest.ref), interest.request_id
