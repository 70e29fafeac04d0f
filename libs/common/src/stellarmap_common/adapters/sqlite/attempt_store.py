"""Begun steps by ten-minute slot."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from stellarmap_common.adapters.sqlite.accounts import AccountIds, Value, insert_rows
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import NETWORK_ID, micros, moment_of, network_id
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.request_store import Attempt

SLOT = timedelta(minutes=10)
KEPT = timedelta(days=1)
_MICROS_OF_SLOT = SLOT // timedelta(microseconds=1)
_SLOTS_KEPT = KEPT // SLOT

_NOTE = """
    INSERT INTO attempt (network, slot, account, step, request_id, begun_at, recoveries) VALUES {rows}
    ON CONFLICT DO UPDATE SET begun_at = excluded.begun_at, recoveries = max(recoveries, excluded.recoveries)
"""
_LAPSE = """
    DELETE FROM attempt
    WHERE network = ?1 AND slot < (SELECT max(slot) FROM attempt WHERE network = ?1) - ?2 AND NOT EXISTS (
        SELECT 1 FROM request
        WHERE request.network = ?1 AND request.request_id = attempt.request_id AND request.completed = 0
    )
"""
_BEGUN_BETWEEN = f"""
    SELECT account.address, step, request_id, begun_at, recoveries
    FROM attempt JOIN account ON account.id = attempt.account
    WHERE attempt.network = {NETWORK_ID} AND slot BETWEEN ? AND ? AND begun_at >= ? AND begun_at < ?
    ORDER BY begun_at, account.address, step, request_id
"""


class SqliteAttemptStore:
    """Attempts in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, attempts: Sequence[Attempt]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for network in dict.fromkeys(attempt.network for attempt in attempts):
                _note(connection, network, [attempt for attempt in attempts if attempt.network == network])

        if attempts:
            # A power cut may take it: neither the record that led to it nor the request that opens with it is acknowledged
            # before all of this is synced, so it is noted again.
            await self._database.write(work, durable=False)

    async def begun_between(self, network: NetworkKey, start: datetime, end: datetime) -> tuple[Attempt, ...]:
        first, last = micros(start), micros(end)
        slots = first // _MICROS_OF_SLOT, last // _MICROS_OF_SLOT
        rows = await self._database.rows(_BEGUN_BETWEEN, network, *slots, first, last)
        return tuple(
            Attempt(
                network=network,
                account=account,
                step=Step(step),
                request_id=request_id,
                at=moment_of(int(begun_at)),
                recoveries=recoveries,
            )
            for account, step, request_id, begun_at, recoveries in rows
        )


def _note(connection: sqlite3.Connection, network: NetworkKey, attempts: Sequence[Attempt]) -> None:
    number = network_id(connection, network)
    ids = AccountIds(connection, number, [attempt.account for attempt in attempts])
    rows: list[Value] = []
    for attempt in attempts:
        at = micros(attempt.at)
        rows += (number, at // _MICROS_OF_SLOT, ids[attempt.account], attempt.step.value)
        rows += (attempt.request_id, at, attempt.recoveries)
    ids.keep_new()
    insert_rows(connection, _NOTE, 7, rows)
    connection.execute(_LAPSE, (number, _SLOTS_KEPT))
