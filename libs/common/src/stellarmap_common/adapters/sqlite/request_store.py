"""Requests and their rows. A grant is one statement: rows and budget are read and changed in the same transaction."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec

from stellarmap_common.adapters.sqlite.accounts import AccountIds, account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import (
    ACCOUNT_ID,
    ACCOUNT_IDS,
    NETWORK_ID,
    Row,
    micros,
    moment_of,
    network_id,
)
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Lane, Route
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RowState, Standing

GRANTED_TOGETHER = 100

_OPEN = """
    INSERT INTO request (
        network, request_id, account, budget, depth, pages, lane, route, retry, client, created_at,
        used, cancelled, completed, completed_at
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id
"""
_OPEN_ROW = """
    INSERT INTO request_row (request, account, parent, depth_left, operation_id, announced, state)
    VALUES (?, ?, NULL, ?, 0, 1, 'open')
"""
_REQUEST_ID = f"(SELECT id FROM request WHERE network = {NETWORK_ID} AND request_id = ?)"
_COLUMNS = """
    request.request_id, account.address, budget, depth, pages, lane, route, retry, client, created_at, used, cancelled,
    completed, completed_at
"""
_REQUEST = f"SELECT {_COLUMNS} FROM request JOIN account ON account.id = request.account"
_ONE = f"{_REQUEST} WHERE request.id = {_REQUEST_ID}"
_ROW_COLUMNS = "account.address, parent.address, depth_left, operation_id, announced, state"
_ROW_NAMED = """
    JOIN account ON account.id = request_row.account
    LEFT JOIN account AS parent ON parent.id = request_row.parent
"""
_IN_ORDER = "ORDER BY operation_id, account.address"
_ROWS = f"SELECT {_ROW_COLUMNS} FROM request_row {_ROW_NAMED} WHERE request = {_REQUEST_ID} {_IN_ORDER}"
# One row, so that the reading thread gives the interpreter up once. Indexes are named: of its own SQLite would go through
# all rows of a request to find the few that are open, or not announced.
_STANDING = f"""
    WITH it (request, about) AS MATERIALIZED (SELECT {_REQUEST_ID}, {ACCOUNT_ID})
    SELECT
        {_COLUMNS},
        (
            SELECT json_array({_ROW_COLUMNS}) FROM request_row {_ROW_NAMED}
            WHERE request = it.request AND request_row.account = it.about
        ),
        (SELECT coalesce(max(operation_id), 0) FROM request_row WHERE request = it.request AND parent = it.about),
        (
            SELECT json_group_array(json(found)) FROM (
                SELECT json_array({_ROW_COLUMNS}) AS found
                FROM request_row INDEXED BY request_row_unannounced {_ROW_NAMED}
                WHERE request = it.request AND request_row.parent = it.about AND announced = 0 {_IN_ORDER} LIMIT ?
            )
        ),
        EXISTS (SELECT 1 FROM request_row INDEXED BY request_row_open WHERE request = it.request AND state = 'open')
    FROM it JOIN request ON request.id = it.request JOIN account ON account.id = request.account
"""
# Takes a JSON list of [account, depth_left, operation id, announced, state], in the order of granting.
_GRANT = """
    INSERT INTO request_row (request, account, parent, depth_left, operation_id, announced, state)
    SELECT asked.id, wanted.value ->> 0, parent.account, wanted.value ->> 1, wanted.value ->> 2, wanted.value ->> 3,
           wanted.value ->> 4
    FROM request AS asked
    CROSS JOIN request_row AS parent ON parent.request = asked.id AND parent.account = ?
    CROSS JOIN json_each(?) AS wanted
    WHERE asked.id = ? AND NOT asked.cancelled AND NOT asked.completed AND parent.state = 'open'
      AND NOT EXISTS (
        SELECT 1 FROM request_row AS known WHERE known.request = asked.id AND known.account = wanted.value ->> 0
      )
    GROUP BY wanted.value ->> 0 HAVING wanted.key = min(wanted.key)
    ORDER BY wanted.key LIMIT (SELECT max(budget - used, 0) FROM request WHERE id = ?)
"""
_SPEND = "UPDATE request SET used = used + ? WHERE id = ?"
_ANNOUNCE = f"UPDATE request_row SET announced = 1 WHERE request = {_REQUEST_ID} AND account IN {ACCOUNT_IDS}"
_CLOSE = f"""
    UPDATE request_row SET state = ? WHERE request = {_REQUEST_ID} AND account = {ACCOUNT_ID} AND state = 'open'
"""
_FINISH = f"""
    UPDATE request
    SET cancelled = cancelled OR ?, completed = completed OR ?, completed_at = coalesce(completed_at, ?)
    WHERE id = {_REQUEST_ID}
"""
_STILL_OPEN = f"{_REQUEST} WHERE completed = 0 AND request.network = {NETWORK_ID}"
_NEWEST = "ORDER BY created_at DESC, request.request_id LIMIT ?"
_OLDEST = "ORDER BY created_at, request.request_id LIMIT ?"

_fields = msgspec.json.Decoder(Row)
_lists = msgspec.json.Decoder(list[Row])


class SqliteRequestStore:
    """Requests in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, request: Request) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            account = account_id(connection, request.asked)
            network = network_id(connection, request.ref.network)
            opened = connection.execute(_OPEN, (network, request.ref.request_id, account, *_values(request))).fetchone()
            if opened:
                connection.execute(_OPEN_ROW, (opened[0], account, request.depth))
            return opened is not None

        return await self._database.write(work)

    async def request(self, ref: RequestRef) -> Request | None:
        rows = await self._database.rows(_ONE, ref.network, ref.request_id)
        return _request(ref.network, rows[0]) if rows else None

    async def rows(self, ref: RequestRef) -> tuple[RequestRow, ...]:
        return tuple(_row(row) for row in await self._database.rows(_ROWS, ref.network, ref.request_id))

    async def standing(self, ref: RequestRef, account: Address) -> Standing | None:
        key = ref.network, ref.request_id, ref.network, account
        rows = await self._database.rows(_STANDING, *key, GRANTED_TOGETHER)
        if not rows:
            return None
        *asked, row, granted_to, unannounced, open_rows = rows[0]
        return Standing(
            request=_request(ref.network, asked),
            row=_row(_fields.decode(row)) if row else None,
            granted_to=granted_to,
            unannounced=tuple(map(_row, _lists.decode(unannounced))),
            open_rows=bool(open_rows),
        )

    async def grant(self, ref: RequestRef, parent: Address, children: Sequence[RequestRow]) -> int:
        if len(children) > GRANTED_TOGETHER:
            raise ValueError(f"{len(children)} children in one grant; at most {GRANTED_TOGETHER}")

        def work(connection: sqlite3.Connection) -> int:
            (asked,) = connection.execute(f"SELECT {_REQUEST_ID}", (ref.network, ref.request_id)).fetchone()
            if asked is None:
                return 0
            names = (parent, *(child.account for child in children))
            ids = AccountIds(connection, network_id(connection, ref.network), names)
            wanted = [
                (ids[child.account], child.depth_left, child.operation_id, int(child.announced), child.state)
                for child in children
            ]
            ids.keep_new()
            values = ids[parent], msgspec.json.encode(wanted).decode(), asked, asked
            granted = connection.execute(_GRANT, values).rowcount
            connection.execute(_SPEND, (granted, asked))
            return granted

        return await self._database.write(work)

    async def mark_announced(self, ref: RequestRef, accounts: Sequence[Address]) -> None:
        addresses = msgspec.json.encode(accounts).decode()
        await self._write(_ANNOUNCE, ref.network, ref.request_id, ref.network, addresses)

    async def close_row(self, ref: RequestRef, account: Address, state: RowState) -> None:
        await self._write(_CLOSE, state.value, ref.network, ref.request_id, ref.network, account)

    async def finish(self, ref: RequestRef, *, cancelled: bool = False, completed_at: datetime | None = None) -> None:
        marks = int(cancelled), int(completed_at is not None), micros(completed_at)
        await self._write(_FINISH, *marks, ref.network, ref.request_id)

    async def open_requests(  # noqa: PLR0913 - what requests are looked for by
        self,
        network: NetworkKey,
        *,
        client: str | None = None,
        account: Address | None = None,
        lane: Lane | None = None,
        oldest_first: bool = False,
        limit: int = 100,
    ) -> tuple[Request, ...]:
        conditions: list[str] = [_STILL_OPEN]
        values: list[str] = [network]
        if client is not None:
            conditions.append("request.client = ?")
            values.append(client)
        if account is not None:
            conditions.append(f"request.account = {ACCOUNT_ID}")
            values += [network, account]
        if lane is not None:
            conditions.append("request.lane = ?")
            values.append(lane.value)
        rows = await self._database.rows(
            f"{' AND '.join(conditions)} {_OLDEST if oldest_first else _NEWEST}", *values, limit
        )
        return tuple(_request(network, row) for row in rows)

    async def _write(self, sql: str, *parameters: str | int | None) -> None:
        await self._database.write(lambda connection: connection.execute(sql, parameters).close())


def _values(request: Request) -> tuple[str | int | None, ...]:
    return (
        request.budget,
        request.depth,
        request.pages,
        request.lane.value,
        request.route.value,
        int(request.retry),
        request.client,
        micros(request.created_at),
        request.used,
        int(request.cancelled),
        int(request.completed),
        micros(request.completed_at),
    )


def _request(network: NetworkKey, row: Row) -> Request:
    request_id, account, budget, depth, pages, lane, route, retry, client, created_at, *progress = row
    used, cancelled, completed, completed_at = progress
    return Request(
        ref=RequestRef(network, request_id),
        account=account,
        budget=budget,
        depth=depth,
        pages=pages,
        lane=Lane(lane),
        route=Route(route),
        retry=bool(retry),
        client=client,
        created_at=moment_of(int(created_at)),
        used=used,
        cancelled=bool(cancelled),
        completed=bool(completed),
        completed_at=moment_of(completed_at),
    )


def _row(row: Row) -> RequestRow:
    account, parent, depth_left, operation_id, announced, state = row
    return RequestRow(
        account=account,
        parent=parent,
        depth_left=depth_left,
        operation_id=operation_id,
        announced=bool(announced),
        state=RowState(state),
    )
