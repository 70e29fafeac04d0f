"""Runs and interest. A swap is one statement that carries its condition."""

import sqlite3

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, Row, micros, moment_of
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.run_store import Interest, Progress, Run, RunRef, RunState

RUN = "revision, state, holder, lease_until, progress, takes, lane, reopened_by"
_RUN_OF = f"SELECT {RUN} FROM run WHERE account = {ACCOUNT_ID} AND step = ?"
_BEGIN = f"""
    INSERT INTO run ({RUN}, account, step)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_SWAP = f"""
    UPDATE run
    SET revision = ?, state = ?, holder = ?, lease_until = ?, progress = ?, takes = ?, lane = ?, reopened_by = ?
    WHERE account = {ACCOUNT_ID} AND step = ? AND revision = ?
"""
_REGISTER = """
    INSERT INTO run_interest (account, step, request_id, pages_to, depth_left, lane, retry) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        pages_to = excluded.pages_to, depth_left = excluded.depth_left, lane = excluded.lane, retry = excluded.retry
"""
_WAITING_FOR = f"""
    SELECT request_id, pages_to, depth_left, lane, retry
    FROM run_interest WHERE account = {ACCOUNT_ID} AND step = ? ORDER BY request_id
"""
_FORGET = f"DELETE FROM run_interest WHERE account = {ACCOUNT_ID} AND step = ? AND request_id = ?"

_progress = msgspec.json.Decoder(Progress)
_request_ids = msgspec.json.Decoder(tuple[str, ...])


class SqliteRunStore:
    """Runs in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_of(self, ref: RunRef) -> Run | None:
        rows = await self._database.rows(_RUN_OF, *_key(ref))
        return run_of_row(ref, rows[0]) if rows else None

    async def swap(self, new: Run, expected_revision: int | None, *, interest: Interest | None = None) -> bool:
        if expected_revision is not None and new.revision <= expected_revision:
            raise ValueError(f"revision {new.revision} of {new.ref} does not follow {expected_revision}")
        values = _values(new)

        def work(connection: sqlite3.Connection) -> bool:
            if interest is not None:
                _register(connection, interest)
            if expected_revision is None:
                key = account_id(connection, new.ref.account), new.ref.step.value
                return connection.execute(_BEGIN, (*values, *key)).rowcount == 1
            return connection.execute(_SWAP, (*values, *_key(new.ref), expected_revision)).rowcount == 1

        return await self._database.write(work)

    async def register(self, interest: Interest) -> None:
        await self._database.write(lambda connection: _register(connection, interest))

    async def waiting_for(self, ref: RunRef) -> tuple[Interest, ...]:
        rows = await self._database.rows(_WAITING_FOR, *_key(ref))
        return tuple(
            Interest(
                ref=ref,
                request_id=request_id,
                pages_to=pages_to,
                depth_left=depth_left,
                lane=Lane(lane),
                retry=bool(retry),
            )
            for request_id, pages_to, depth_left, lane, retry in rows
        )

    async def forget(self, ref: RunRef, request_id: str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_FORGET, (*_key(ref), request_id))

        # A row that a power cut brings back is found served, and forgotten again.
        await self._database.write(work, durable=False)


def run_of_row(ref: RunRef, row: Row) -> Run:
    """The run, of the columns of RUN."""
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


def _register(connection: sqlite3.Connection, interest: Interest) -> None:
    account = account_id(connection, interest.ref.account)
    wish = interest.pages_to, interest.depth_left, interest.lane.value, int(interest.retry)
    connection.execute(_REGISTER, (account, interest.ref.step.value, interest.request_id, *wish))


def _key(ref: RunRef) -> tuple[str, str, str]:
    return ref.account.network, ref.account.address, ref.step.value


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
