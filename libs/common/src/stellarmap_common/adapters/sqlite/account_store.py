"""Statuses of accounts, and the figures of a network."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, NETWORK_ID, Row, micros, moment_of, network_id
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import AccountStatus, PipelineSource
from stellarmap_common.ports.account_store import UNFINISHED, AccountState, NetworkFigures

STATE = """
    version, status, pipeline_source, request_id, requested, requested_at, processing_started_at,
    last_pipeline_attempt, completed_at, retry_count, last_error
"""
_KNOWN = "SELECT version, status FROM account_status WHERE account = ?"
_PUT = f"""
    INSERT OR REPLACE INTO account_status (account, network, newest_at, {STATE})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COUNT = """
    INSERT INTO status_count (network, status, accounts) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET accounts = accounts + excluded.accounts
"""
_STATE_OF = f"SELECT {STATE} FROM account_status WHERE account = {ACCOUNT_ID}"
_STATES = f"""
    SELECT newest_at, address, {STATE}
    FROM account_status JOIN account ON account.id = account_status.account
    WHERE account_status.network = {NETWORK_ID} AND status = ? AND requested = ?
    ORDER BY newest_at DESC, address LIMIT ?
"""
_STATUS_COUNTS = f"SELECT status, accounts FROM status_count WHERE network = {NETWORK_ID}"
_FACT_COUNTS = f"SELECT creations, ends FROM fact_count WHERE network = {NETWORK_ID}"
_NOT_TOLD_AGAIN = frozenset({AccountStatus.PENDING, AccountStatus.RE_INQUIRY, AccountStatus.ERROR})


class SqliteAccountStore:
    """Statuses in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_state(self, state: AccountState) -> bool:
        # A projection: what a power cut takes of it is told again with the record that led to it, whose offset is not
        # committed before all of this is synced.
        # What somebody asked or an operator did is told by no record: it is synced before they hear of it.
        return await self._database.write(partial(_put, state=state), durable=state.status in _NOT_TOLD_AGAIN)

    async def state_of(self, account: AccountRef) -> AccountState | None:
        rows = await self._database.rows(_STATE_OF, account.network, account.address)
        return state_of_row(account, rows[0]) if rows else None

    async def states(
        self, network: NetworkKey, statuses: Sequence[AccountStatus], *, requested_only: bool = False, limit: int = 100
    ) -> tuple[AccountState, ...]:
        asked = (1,) if requested_only else (1, 0)

        def work(connection: sqlite3.Connection) -> list[Row]:
            # Each of these reads the front of one stretch of the index, however many accounts stand behind it.
            return [
                row
                for status in dict.fromkeys(statuses)
                for requested in asked
                for row in connection.execute(_STATES, (network, status.value, requested, limit)).fetchall()
            ]

        rows = await self._database.read(work)
        newest = sorted(rows, key=lambda row: (-row[0], row[1]))[:limit]
        return tuple(state_of_row(AccountRef(network, address), row) for _, address, *row in newest)

    async def figures(self, network: NetworkKey) -> NetworkFigures:
        def work(connection: sqlite3.Connection) -> NetworkFigures:
            counts: dict[str, int] = dict(connection.execute(_STATUS_COUNTS, (network,)).fetchall())
            creations, ends = connection.execute(_FACT_COUNTS, (network,)).fetchone() or (0, 0)
            return NetworkFigures(
                accounts_mapped=counts.get(AccountStatus.COMPLETE, 0),
                creations=creations,
                ends=ends,
                pending=sum(counts.get(status, 0) for status in UNFINISHED),
                failed=counts.get(AccountStatus.FAILED, 0),
            )

        return await self._database.read(work)

    async def take_census(self, network: NetworkKey, at: datetime) -> None:
        """The figures are kept up with every write."""


def _put(connection: sqlite3.Connection, state: AccountState) -> bool:
    account = account_id(connection, state.ref)
    known = connection.execute(_KNOWN, (account,)).fetchone()
    if known and known[0] >= state.version:
        return False
    network = network_id(connection, state.ref.network)
    connection.execute(_PUT, (account, network, *_values(state)))
    if known is None or known[1] != state.status:
        connection.execute(_COUNT, (network, state.status.value, 1))
        if known:
            connection.execute(_COUNT, (network, known[1], -1))
    return True


def _values(state: AccountState) -> tuple[int | str | None, ...]:
    moments = (
        micros(state.requested_at),
        micros(state.processing_started_at),
        micros(state.last_pipeline_attempt),
        micros(state.completed_at),
    )
    return (
        max((moment for moment in moments[:3] if moment is not None), default=0),
        state.version,
        state.status.value,
        state.pipeline_source.value,
        state.request_id,
        int(state.requested),
        *moments,
        state.retry_count,
        state.last_error,
    )


def state_of_row(ref: AccountRef, row: Row) -> AccountState:
    """The account's state, of the columns of STATE."""
    version, status, pipeline_source, request_id, requested, *moments, retry_count, last_error = row
    requested_at, processing_started_at, last_pipeline_attempt, completed_at = map(moment_of, moments)
    return AccountState(
        ref=ref,
        version=version,
        status=AccountStatus(status),
        pipeline_source=PipelineSource(pipeline_source),
        request_id=request_id,
        requested=bool(requested),
        requested_at=requested_at,
        processing_started_at=processing_started_at,
        last_pipeline_attempt=last_pipeline_attempt,
        completed_at=completed_at,
        retry_count=retry_count,
        last_error=last_error,
    )
