"""What is read of the trackers' books."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import (
    ACCOUNT_ID,
    ACCOUNT_IDS,
    GREATEST,
    NETWORK_ID,
    Row,
    micros,
    moment_of,
)
from stellarmap_common.adapters.sqlite.held_balances import HeldBalances
from stellarmap_common.adapters.sqlite.leaderboard import published
from stellarmap_common.adapters.standing_bytes import asked_for, change_id, change_of
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import ChangeType, Closing, HeldBalance, Standing, StandingChange
from stellarmap_common.ports.standing_store import CLOSING_HOLDS_DAYS, Board, ChangeQuery

_CHANGES_OF = f"""
    SELECT at, change FROM standing_change
    WHERE account = {ACCOUNT_ID} AND at >= ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC
"""
_CHANGES = f"""
    SELECT step.at, step.id, address, change FROM (
        SELECT at, id, account FROM standing_change_step
        WHERE network = {NETWORK_ID} AND threshold_xlm = ? AND type = ? AND at >= ? AND (at, id) < (?, ?)
        ORDER BY at DESC, id DESC LIMIT ?
    ) AS step
    CROSS JOIN standing_change AS told ON told.account = step.account AND told.at = step.at AND told.id = step.id
    CROSS JOIN account ON account.id = step.account
"""
_CLOSING = "day, rank, balance_stroops"
_CLOSINGS_OF = f"""
    WITH it (id) AS MATERIALIZED (SELECT {ACCOUNT_ID})
    SELECT {_CLOSING} FROM it CROSS JOIN standing_close ON account = it.id
    WHERE day >= coalesce((SELECT max(day) FROM standing_close WHERE account = it.id AND day < ?), 0) ORDER BY day
"""
_CLOSINGS_ON = f"""
    SELECT address, {_CLOSING} FROM {ACCOUNT_IDS} AS wanted
    CROSS JOIN standing_close ON standing_close.account = wanted.id AND day = (
        SELECT max(day) FROM standing_close WHERE account = wanted.id AND day BETWEEN ? AND ?
    )
    CROSS JOIN account ON account.id = wanted.id
"""


class SqliteStandingStore:
    """Standings in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held = HeldBalances()

    async def board_of(self, network: NetworkKey) -> Board | None:
        return await self._database.read(partial(published, network=network))

    async def balances_of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, HeldBalance]:
        return await self._database.read(partial(self._held.of, network=network, accounts=accounts))

    async def balances_after(self, network: NetworkKey, place: str, limit: int) -> tuple[tuple[HeldBalance, ...], str]:
        page = await self._database.read(partial(self._held.page, network=network, after=int(place or 0), limit=limit))
        return page.balances, str(page.accounts[-1]) if len(page.accounts) == limit else ""

    async def changes_of(self, account: AccountRef, query: ChangeQuery) -> tuple[StandingChange, ...]:
        return await self._database.read(partial(_changes_of, account=account, query=query))

    async def changes(self, network: NetworkKey, query: ChangeQuery) -> tuple[StandingChange, ...]:
        threshold = query.threshold_xlm
        if threshold is None:
            raise ValueError("changes of a network are listed by threshold")

        def work(connection: sqlite3.Connection) -> list[Row]:
            # Each of these reads the front of one stretch, however many changes of other types there are.
            return [
                row
                for type_ in query.types or ChangeType
                for row in connection.execute(
                    _CHANGES, (network, threshold, type_.value, *_bounds(query), query.limit)
                ).fetchall()
            ]

        newest = sorted(await self._database.read(work), key=tuple, reverse=True)[: query.limit]
        found = (change_of(AccountRef(network, address), moment_of(at), packed) for at, _, address, packed in newest)
        return tuple(asked_for(found, query))

    async def closings_of(self, account: AccountRef, since: date) -> tuple[Closing, ...]:
        rows = await self._database.rows(_CLOSINGS_OF, account.network, account.address, since.toordinal())
        return tuple(_closing(account.address, row) for row in rows)

    async def closings_on(self, network: NetworkKey, day: date, accounts: Sequence[Address]) -> dict[Address, Closing]:
        last = day.toordinal()
        rows = await self._database.rows(
            _CLOSINGS_ON, network, json.dumps(list(accounts)), last - CLOSING_HOLDS_DAYS, last
        )
        return {address: _closing(address, row) for address, *row in rows}


def _changes_of(connection: sqlite3.Connection, account: AccountRef, query: ChangeQuery) -> tuple[StandingChange, ...]:
    rows: Iterator[Row] = connection.execute(_CHANGES_OF, (account.network, account.address, *_bounds(query)))
    found = (change_of(account, moment_of(at), packed) for at, packed in rows)
    return tuple(islice(asked_for(found, query), query.limit))


def _bounds(query: ChangeQuery) -> tuple[int, int, bytes]:
    """The earliest moment, and moment and id that all are before."""
    since = 0 if query.since is None else micros(query.since)
    if query.before is None:
        return since, GREATEST, b""
    at, id_ = query.before
    return since, micros(at), change_id(id_)


def _closing(account: Address, row: Row) -> Closing:
    day, rank, balance = row
    standing = None if rank is None else Standing(rank, balance)
    return Closing(day=date.fromordinal(day), account=account, standing=standing)
