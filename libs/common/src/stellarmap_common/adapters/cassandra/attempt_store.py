"""Begun steps by ten-minute slot. Rows are written again, and lapse; none is ever deleted."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from stellarmap_common.adapters.cassandra.moments import MICROSECOND, micros, moment_of
from stellarmap_common.adapters.cassandra.noted import Noted
from stellarmap_common.adapters.cassandra.request_store import CassandraRequestStore
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement, Write
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.request_store import Attempt, RequestRef

SLOT = timedelta(minutes=10)
KEPT = timedelta(days=1)
SHARDS = 8
_MICROS_OF_SLOT = SLOT // MICROSECOND
_SLOTS_KEPT = KEPT // SLOT

_NOTE_SLOT = Statement("attempt slot", "INSERT INTO attempt_slot (network, slot, shard) VALUES (?, ?, ?)")
_KEY = "network = ? AND slot = ? AND shard = ?"
_ONE = f"{_KEY} AND account = ? AND step = ? AND request_id = ?"
# Written with the time of the attempt: the latest stays, whoever writes it when.
_NOTE = Statement("attempt", f"UPDATE attempt_by_slot USING TIMESTAMP ? SET begun_at = ? WHERE {_ONE}")
# Written with the slot's time and as many microseconds as there were recoveries: the largest number stays. (With the bare
# number for a time, the file it gets into would look as old as 1970, and keep those that have lapsed from being dropped.)
_RECOVERED = Statement("attempt recovered", f"UPDATE attempt_by_slot USING TIMESTAMP ? SET recoveries = ? WHERE {_ONE}")
_NEWEST = Statement("attempt newest", "SELECT slot FROM attempt_slot WHERE network = ? LIMIT 1")
_SLOTS = Statement(
    "attempt slots", "SELECT slot, shard FROM attempt_slot WHERE network = ? AND slot >= ? AND slot <= ?"
)
_BEGUN = Statement(
    "attempts", f"SELECT account, step, request_id, begun_at, recoveries FROM attempt_by_slot WHERE {_KEY}"
)


class CassandraAttemptStore:
    """Attempts in Cassandra."""

    def __init__(self, session: CassandraSession, requests: CassandraRequestStore) -> None:
        self._session = session
        self._requests = requests
        self._slots = Noted(session, _NOTE_SLOT)

    async def note(self, attempts: Sequence[Attempt]) -> None:
        by_partition: dict[tuple[NetworkKey, int, int], list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            by_partition[attempt.network, micros(attempt.at) // _MICROS_OF_SLOT, _shard(attempt.request_id)].append(
                attempt
            )
        await self._slots.note(by_partition)
        await asyncio.gather(*(self._session.batch(_writes(*item)) for item in by_partition.items()))

    async def begun_between(self, network: NetworkKey, start: datetime, end: datetime) -> tuple[Attempt, ...]:
        first, last = micros(start), micros(end)
        slots = await self._session.rows(_SLOTS, network, first // _MICROS_OF_SLOT, last // _MICROS_OF_SLOT)
        found: list[Attempt] = []

        async def read(partition: Row) -> None:
            rows = await self._session.rows(_BEGUN, network, *partition)
            found.extend(_attempt(network, *row) for row in rows if row[3] is not None and first <= row[3] < last)

        await self._session.each(slots, read)
        kept = await self._without_lapsed(network, found)
        return tuple(sorted(kept, key=lambda one: (one.at, one.account, one.step, one.request_id)))

    async def _without_lapsed(self, network: NetworkKey, found: Sequence[Attempt]) -> list[Attempt]:
        """Those that are not a day older than the newest of the network, or whose request is open."""
        newest = await self._session.rows(_NEWEST, network)
        oldest_slot = newest[0][0] - _SLOTS_KEPT if newest else 0
        old = {one.request_id for one in found if _slot(one) < oldest_slot}
        still_open: set[str] = set()

        async def look_at(request_id: str) -> None:
            request = await self._requests.latest(RequestRef(network, request_id))
            if request and not request.completed:
                still_open.add(request_id)

        await self._session.each(old, look_at)
        return [one for one in found if _slot(one) >= oldest_slot or one.request_id in still_open]


def _writes(partition: tuple[NetworkKey, int, int], attempts: Iterable[Attempt]) -> Iterator[Write]:
    began = partition[1] * _MICROS_OF_SLOT
    for attempt in attempts:
        at = micros(attempt.at)
        key = *partition, attempt.account, attempt.step.value, attempt.request_id
        yield _NOTE, (at, at, *key)
        if attempt.recoveries:
            yield _RECOVERED, (began + attempt.recoveries, attempt.recoveries, *key)


def _attempt(  # noqa: PLR0913, PLR0917 - the columns of a row
    network: NetworkKey, account: str, step: str, request_id: str, begun_at: int, recoveries: int | None
) -> Attempt:
    return Attempt(
        network=network,
        account=Address(account),
        step=Step(step),
        request_id=request_id,
        at=moment_of(begun_at),
        recoveries=recoveries or 0,
    )


def _slot(attempt: Attempt) -> int:
    return micros(attempt.at) // _MICROS_OF_SLOT


def _shard(request_id: str) -> int:
    """All steps that one request begins together are written together."""
    return crc32(request_id.encode()) % SHARDS
