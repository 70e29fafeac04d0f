"""Statuses of accounts, and their list: written before the status and cleaned after it, so that a crash loses nobody.

A row of the list that does not fit the account's status shows nowhere.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from stellarmap_common.adapters.cassandra.census import counted_network, figures_of
from stellarmap_common.adapters.cassandra.counting import kept_count, now_micros
from stellarmap_common.adapters.cassandra.moments import MICROSECOND, micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.adapters.cassandra.status_list import BUCKETS, DROP_ROW, ROWS_IN, Listed, standing_of
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.account_store import UNFINISHED, AccountState, NetworkFigures

TRIES = 20  # others may change the same status each time: of those who write at once, one is first
_LEAST_FETCHED = 100
_DAY = timedelta(days=1) // MICROSECOND
_HOUR = timedelta(hours=1) // MICROSECOND

_STATE_OF = Statement("status", "SELECT state, WRITETIME(state) FROM account_status WHERE network = ? AND account = ?")
_FIRST = Statement(
    "status begin",
    "INSERT INTO account_status (version, status, newest_at, requested, state, network, account) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS",
)
_NEXT = Statement(
    "status swap",
    "UPDATE account_status SET version = ?, status = ?, newest_at = ?, requested = ?, state = ? "
    "WHERE network = ? AND account = ? IF version = ?",
)
_LIST = Statement(
    "list by status",
    "INSERT INTO account_by_status (network, status, requested, bucket, newest_at, account, version) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
)
_TOUCH = Statement(
    "touch status bucket",
    "INSERT INTO status_bucket (network, status, requested, bucket, touched) VALUES (?, ?, ?, ?, ?)",
)

_List = tuple[str, bool]  # status, and whether somebody asked for those very accounts

_state = msgspec.json.Decoder(AccountState)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a state stands in the list."""

    network: NetworkKey
    status: str
    requested: bool
    bucket: int
    newest_at: int
    account: str
    version: int

    @property
    def partition(self) -> tuple[str, str, bool, int]:
        return self.network, self.status, self.requested, self.bucket

    def listed(self) -> Write:
        return _LIST, (*self.partition, self.newest_at, self.account, self.version, self.version)

    def dropped(self) -> Write:
        return DROP_ROW, (self.version, *self.partition, self.newest_at, self.account)

    def touched(self) -> Write:
        return _TOUCH, (*self.partition, now_micros())


class CassandraAccountStore:
    """Statuses in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def put_state(self, state: AccountState) -> bool:
        ref, new = state.ref, _place(state)
        values = (new.version, new.status, new.newest_at, new.requested, msgspec.json.encode(state).decode())
        for _ in range(TRIES):
            before = await self.state_of(ref)
            if before is not None and before.version >= state.version:
                return False
            old = None if before is None else _place(before)
            places = [new] if old is None or old.partition == new.partition else [new, old]
            await self._session.gather([new.listed(), *(place.touched() for place in places)])
            if old is None:
                done = await self._session.applied(_FIRST, *values, ref.network, ref.address)
            else:
                done = await self._session.applied(_NEXT, *values, ref.network, ref.address, old.version)
            if done:
                if old is not None and (old.partition, old.newest_at) != (new.partition, new.newest_at):
                    # Touched once more: had this process stood still, a count with the account may have been kept meanwhile.
                    await self._session.gather([old.dropped(), *(place.touched() for place in places[1:])])
                return True
        raise StoreUnavailable(
            f"Others changed the status of {ref.address} {TRIES} times meanwhile. It is tried again."
        )

    async def state_of(self, account: AccountRef) -> AccountState | None:
        state, _ = await self.dated_state_of(account)
        return state

    async def dated_state_of(self, account: AccountRef) -> tuple[AccountState | None, int]:
        """The state, and when it was written, in microseconds."""
        rows = await self._session.rows(_STATE_OF, account.network, account.address)
        if not rows:
            return None, 0
        ((text, written_at),) = rows
        return _state.decode(text), written_at

    async def states(
        self, network: NetworkKey, statuses: Sequence[AccountStatus], *, requested_only: bool = False, limit: int = 100
    ) -> tuple[AccountState, ...]:
        asked = (True,) if requested_only else (True, False)
        lists = [(status.value, requested) for status in dict.fromkeys(statuses) for requested in asked]
        found = await asyncio.gather(*(self._newest(network, each, limit) for each in lists))
        states = [state for some in found for state in some]
        states.sort(key=lambda state: (-_newest_at(state), state.ref.address))
        return tuple(states[:limit])

    async def figures(self, network: NetworkKey) -> NetworkFigures:
        return await figures_of(self._session, network)

    async def take_census(self, network: NetworkKey, at: datetime) -> None:
        await counted_network(self._session, network, at)

    async def _newest(self, network: NetworkKey, listed: _List, limit: int) -> list[AccountState]:
        found: list[AccountState] = []
        async for rows in self._rows_of(network, listed, limit):
            found += await self._standing(network, rows)
            if len(found) >= limit:
                break
        return found[:limit]

    async def _rows_of(self, network: NetworkKey, listed: _List, limit: int) -> AsyncIterator[list[Listed]]:
        """The list, newest first; also rows that do not stand any more."""
        key = (network, *listed)
        for bucket, *counted in await self._session.rows(BUCKETS, *key):
            if kept_count(*counted) == 0:
                continue
            async for rows in self._session.pages(ROWS_IN, *key, bucket, fetch=max(limit, _LEAST_FETCHED)):
                yield [Listed(*row) for row in rows]

    async def _standing(self, network: NetworkKey, rows: Sequence[Listed]) -> list[AccountState]:
        """The states of those rows that stand, in their order."""
        standing = await standing_of(self._session, network, rows)
        texts = {account: text for account, (_, text) in standing.items()}
        return [
            _state.decode(texts[row.account]) for row in rows if standing.get(row.account, (0, ""))[0] == row.version
        ]


def _place(state: AccountState) -> _Place:
    newest_at = _newest_at(state)
    return _Place(
        network=state.ref.network,
        status=state.status.value,
        requested=state.requested,
        bucket=newest_at // (_HOUR if state.status in UNFINISHED else _DAY),
        newest_at=newest_at,
        account=state.ref.address,
        version=state.version,
    )


def _newest_at(state: AccountState) -> int:
    moments = state.requested_at, state.processing_started_at, state.last_pipeline_attempt
    return max((micros(moment) for moment in moments if moment is not None), default=0)
