"""What is read of the trackers' books."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from stellarmap_common.adapters.cassandra.applying import SHARDS, balance_shard, day_from, day_number, day_of
from stellarmap_common.adapters.cassandra.encoding import GREATEST
from stellarmap_common.adapters.cassandra.leaderboard import published
from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.recording import chunks
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.adapters.standing_bytes import asked_for, balance_of, change_id, change_of
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import ChangeType, Closing, HeldBalance, Standing, StandingChange
from stellarmap_common.ports.standing_store import CLOSING_HOLDS_DAYS, Board, ChangeQuery

_LEAST_FETCHED = 100

_BALANCES_OF = Statement(
    "balances of accounts",
    "SELECT account, held FROM high_balance WHERE network = ? AND shard = ? AND account IN ?",
)
_BALANCES_AFTER = Statement(
    "balances by page",
    "SELECT account, held FROM high_balance WHERE network = ? AND shard = ? AND account > ? LIMIT ?",
)
_CHANGES_OF = Statement(
    "changes of an account",
    "SELECT at, change FROM standing_change_by_account "
    "WHERE network = ? AND account = ? AND (at, id) >= (?, ?) AND (at, id) < (?, ?)",
)
_DAYS = Statement(
    "change days",
    "SELECT day FROM standing_change_day "
    "WHERE network = ? AND threshold_xlm = ? AND type = ? AND day >= ? AND day <= ?",
)
_CHANGES = Statement(
    "changes of a day",
    "SELECT at, id, account, change FROM standing_change_by_day "
    "WHERE network = ? AND threshold_xlm = ? AND type = ? AND day = ? AND (at, id) >= (?, ?) AND (at, id) < (?, ?) "
    "LIMIT ?",
)
_CLOSINGS_OF = Statement(
    "closings of an account", "SELECT day, rank, balance_stroops FROM standing_close WHERE network = ? AND account = ?"
)
_CLOSINGS_ON = Statement(
    "closings on a day",
    "SELECT account, day, rank, balance_stroops FROM standing_close "
    "WHERE network = ? AND account IN ? AND day >= ? AND day <= ? PER PARTITION LIMIT 1",
)


class CassandraStandingStore:
    """Standings in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def board_of(self, network: NetworkKey) -> Board | None:
        return await published(self._session, network)

    async def balances_of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, HeldBalance]:
        by_shard: defaultdict[int, set[Address]] = defaultdict(set)
        for account in accounts:
            by_shard[balance_shard(account)].add(account)
        reads = (
            self._session.rows(_BALANCES_OF, network, shard, part)
            for shard, wanted in by_shard.items()
            for part in chunks(wanted, self._session.dialect.rows_in)
        )
        return {account: balance_of(account, held) for rows in await asyncio.gather(*reads) for account, held in rows}

    async def balances_after(self, network: NetworkKey, place: str, limit: int) -> tuple[tuple[HeldBalance, ...], str]:
        at, _, after = place.partition(":")
        found: list[HeldBalance] = []
        for shard in range(int(at or 0), SHARDS):
            rows = await self._session.rows(_BALANCES_AFTER, network, shard, after, limit - len(found))
            found += (balance_of(account, held) for account, held in rows)
            if len(found) == limit:
                return tuple(found), f"{shard}:{found[-1].account}"
            after = ""
        return tuple(found), ""

    async def changes_of(self, account: AccountRef, query: ChangeQuery) -> tuple[StandingChange, ...]:
        found: list[StandingChange] = []
        key = (account.network, account.address)
        fetch = max(query.limit, _LEAST_FETCHED)
        async for rows in self._session.pages(_CHANGES_OF, *key, *_bounds(query), fetch=fetch):
            found += asked_for((change_of(account, moment_of(at), packed) for at, packed in rows), query)
            if len(found) >= query.limit:
                break
        return tuple(found[: query.limit])

    async def changes(self, network: NetworkKey, query: ChangeQuery) -> tuple[StandingChange, ...]:
        if query.threshold_xlm is None:
            raise ValueError("changes of a network are listed by threshold")
        newest: list[Row] = []
        for day, types in await self._days(network, query):
            reads = (self._changes_of_day(network, query, type_, day) for type_ in types)
            newest += sorted((row for rows in await asyncio.gather(*reads) for row in rows), reverse=True)
            if len(newest) >= query.limit:
                break
        found = (
            change_of(AccountRef(network, address), moment_of(at), packed)
            for at, _, address, packed in newest[: query.limit]
        )
        return tuple(asked_for(found, query))

    async def closings_of(self, account: AccountRef, since: date) -> tuple[Closing, ...]:
        rows = await self._session.rows(_CLOSINGS_OF, account.network, account.address)
        closings = sorted((_closing(account.address, row) for row in rows), key=lambda closing: closing.day)
        held = [closing for closing in closings if closing.day < since][-1:]
        return (*held, *(closing for closing in closings if closing.day >= since))

    async def closings_on(self, network: NetworkKey, day: date, accounts: Sequence[Address]) -> dict[Address, Closing]:
        last = day_number(day)
        reads = (
            self._session.rows(_CLOSINGS_ON, network, part, last - CLOSING_HOLDS_DAYS, last)
            for part in chunks(sorted(set(accounts)), self._session.dialect.partitions_in)
        )
        return {account: _closing(account, row) for rows in await asyncio.gather(*reads) for account, *row in rows}

    async def _days(self, network: NetworkKey, query: ChangeQuery) -> Iterable[tuple[int, list[str]]]:
        """The days that have changes that may be asked for, newest first, each with their types."""
        first, _, last, _ = _bounds(query)
        types = [type_.value for type_ in query.types or ChangeType]
        reads = (
            self._session.rows(_DAYS, network, query.threshold_xlm, type_, day_of(first), min(day_of(last), _LAST_DAY))
            for type_ in types
        )
        days: defaultdict[int, list[str]] = defaultdict(list)
        for type_, rows in zip(types, await asyncio.gather(*reads), strict=True):
            for (day,) in rows:
                days[day].append(type_)
        return sorted(days.items(), reverse=True)

    async def _changes_of_day(self, network: NetworkKey, query: ChangeQuery, type_: str, day: int) -> list[Row]:
        key = (network, query.threshold_xlm, type_, day)
        return await self._session.rows(_CHANGES, *key, *_bounds(query), query.limit)


_LAST_DAY = 2**31 - 1  # of all integers that a day may be


def _bounds(query: ChangeQuery) -> tuple[int, bytes, int, bytes]:
    """The first place that is asked for, and the one that all are before."""
    since = 0 if query.since is None else micros(query.since)
    if query.before is None:
        return since, b"", GREATEST, b""
    at, id_ = query.before
    return since, b"", micros(at), change_id(id_)


def _closing(account: Address, row: Sequence[Any]) -> Closing:
    day, rank, balance = row
    standing = None if rank is None else Standing(rank, balance)
    return Closing(day=day_from(day), account=account, standing=standing)
