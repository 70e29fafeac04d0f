"""What a writer who dies leaves of a request in Cassandra: readers are not deceived by it, and clear it away."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from stellarmap_common.adapters.cassandra.request_lists import OpenRequestLists
from stellarmap_common.adapters.cassandra.request_statements import COMPLETE
from stellarmap_common.adapters.cassandra.request_store import CassandraRequestStore
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RowState
from tests.support.cassandra_places import CassandraBackend
from tests.support.stores import NOON, SANDBOX, address

REF = RequestRef(SANDBOX, "request")
ASKED = address("asked")
LONG_AGO = Request(ref=REF, account=ASKED, budget=5, depth=3, pages=50, client="client", created_at=NOON)
HOURS = Statement("test hours", "SELECT hour FROM open_request_hour WHERE network = ? AND list = ?")
LISTED = Statement(
    "test listed", "SELECT request_id FROM open_request WHERE network = ? AND list = ? AND hour IN (0, ?)"
)
LISTS = ("lane user", "client user client", f"account {ASKED}")


@pytest_asyncio.fixture
async def session(cassandra_backend: CassandraBackend) -> CassandraSession:
    return cassandra_backend.session_at(cassandra_backend.new_place())


@pytest.fixture
def store(session: CassandraSession) -> CassandraRequestStore:
    return CassandraRequestStore(session)


def hour_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 3_600


async def listed(session: CassandraSession) -> list[str]:
    """The requests of noon in every list, one list after the other; all that are in the list of the account."""
    return [row[0] for name in LISTS for row in await session.rows(LISTED, SANDBOX, name, hour_of(NOON))]


async def test_a_request_that_was_listed_and_never_opened_is_not_told_and_cleared_away_later(
    session: CassandraSession, store: CassandraRequestStore
) -> None:
    lists = OpenRequestLists(session, store.latest)
    just_now = replace(LONG_AGO, ref=RequestRef(SANDBOX, "now"), created_at=datetime.now(UTC))
    for request in (LONG_AGO, just_now):
        await lists.add(request)
    assert await listed(session) == ["request", "request", "now", "request"]
    assert await store.open_requests(SANDBOX) == await store.open_requests(SANDBOX, account=ASKED) == ()
    assert await listed(session) == ["now"], "its writer may be about to open it"
    assert await store.open(just_now)
    assert await store.open_requests(SANDBOX) == (just_now,)


async def test_a_request_that_was_completed_and_not_taken_from_its_lists_is_not_told(
    session: CassandraSession, store: CassandraRequestStore
) -> None:
    await store.open(LONG_AGO)
    assert await listed(session) == ["request"] * len(LISTS)
    assert await session.applied(COMPLETE, 1, SANDBOX, "request")
    assert await store.open_requests(SANDBOX, client="client", lane=Lane.USER) == ()
    assert await listed(session) == []


async def test_hours_of_a_list_that_are_over_and_empty_are_dropped(
    session: CassandraSession, store: CassandraRequestStore
) -> None:
    now = datetime.now(UTC)
    moments = [NOON, NOON + timedelta(hours=2), now]
    for number, moment in enumerate(moments):
        await store.open(replace(LONG_AGO, ref=RequestRef(SANDBOX, f"{number}"), created_at=moment))
        await store.finish(RequestRef(SANDBOX, f"{number}"), completed_at=now)
    assert len(await session.rows(HOURS, SANDBOX, "lane user")) == len(moments)
    assert await store.open_requests(SANDBOX, oldest_first=True) == ()
    assert await session.rows(HOURS, SANDBOX, "lane user") == [(hour_of(now),)]
    again = replace(LONG_AGO, ref=RequestRef(SANDBOX, "again"))
    await store.open(again)
    assert await store.open_requests(SANDBOX) == (again,), "an hour that is dropped may come again"


async def test_processes_that_change_one_request_at_once_lose_nothing(
    session: CassandraSession, store: CassandraRequestStore
) -> None:
    await store.open(replace(LONG_AGO, budget=100))

    async def work(process: int) -> int:
        own = CassandraRequestStore(session)  # with others it shares nothing but the conditions of its writes
        granted = 0
        for number in range(3):
            names = [f"{process} {number}", f"{number}"]
            rows = [
                RequestRow(account=address(name), parent=ASKED, depth_left=1, operation_id=number + 1) for name in names
            ]
            granted += await own.grant(REF, ASKED, rows)
            await own.mark_announced(REF, [row.account for row in rows])
            for row in rows:
                await own.close_row(REF, row.account, RowState.DONE)
        return granted

    granted = await asyncio.gather(*map(work, range(6)))
    rows, standing = await store.rows(REF), await store.standing(REF, ASKED)
    assert standing is not None
    assert standing.request.used == len(rows) - 1 == sum(granted) == 6 * 3 + 3
    assert (standing.unannounced, standing.open_rows) == ((), True)
    await store.close_row(REF, ASKED, RowState.DONE)
    standing = await store.standing(REF, ASKED)
    assert standing is not None
    assert not standing.open_rows
