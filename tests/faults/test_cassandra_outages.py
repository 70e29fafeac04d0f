"""A Cassandra that stands still or dies in the middle of conditional writes: what became of each is found by reading it back."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import pytest

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.adapters.cassandra.migrations import migrate
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RowState
from stellarmap_common.ports.run_store import Interest, Run, RunRef
from stellarmap_common.ports.stores import Stores
from tests.support.bus import until
from tests.support.cassandra_places import CassandraBackend
from tests.support.servers.cassandra import CassandraServer, cassandra_server
from tests.support.servers.errors import NoServer
from tests.support.servers.fixtures import without
from tests.support.stores import NOON, SANDBOX, account, address
from tests.support.system import until as until_answered

RUN = RunRef(account("shared"), Step.CHILDREN)
REF = RequestRef(SANDBOX, "request")
ASKED = address("asked")
BUDGET = 3_000
LIMIT = 100_000
SOME = 8  # of each kind are done before, and after, the outage
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CassandraServer]:
    """One of our own: it is stopped and killed."""
    try:
        with cassandra_server(tmp_path_factory.mktemp("cassandra")) as started:
            migrate(_access(started))
            yield started
    except NoServer as error:
        without(error)


@dataclass
class Work:
    """Writers that never stop for an outage, and what they know to be done."""

    stores: Stores
    up: asyncio.Event = field(default_factory=asyncio.Event)
    done: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    ended: bool = False

    async def repeat(self, kind: str, once: Callable[[], Awaitable[int]]) -> None:
        """Adds up what `once` says it has done."""
        while not self.ended:
            try:
                self.done[kind] += await once()
            except StoreUnavailable:
                self.unknown[kind] += 1
                await self.up.wait()

    async def until_more(self, kinds: tuple[str, ...]) -> None:
        """Some more of each kind is done."""
        before = self.done.copy()
        await until(
            lambda: all(self.done[kind] >= before[kind] + SOME for kind in kinds),
            f"more work than {before}",
            PATIENCE_S,
        )


@pytest.mark.parametrize("outage", ["stands still", "is killed"])
async def test_conditional_writes_whose_outcome_is_unknown_are_consistent_when_read_back(
    server: CassandraServer, outage: str
) -> None:
    backend = CassandraBackend(_access(server))
    try:
        async with backend.at(backend.new_place()) as stores:
            await stores.requests.open(_request())
            work = Work(stores)
            work.up.set()
            kinds = {
                "own run": _own_run(stores, "a"),
                "run": _shared_run(stores, "b"),
                "other run": _shared_run(stores, "c"),
                "grant": _grants(stores, "d"),
                "other grant": _grants(stores, "e"),
                "close": _closes(stores),
                "lease": _leases(stores),
            }
            writers = [asyncio.create_task(work.repeat(kind, once)) for kind, once in kinds.items()]
            await work.until_more(tuple(kinds))
            await _break(server, outage, work)
            await work.until_more(tuple(kinds))
            work.ended = True
            await asyncio.gather(*writers)
            assert work.unknown.total() > 0, "nothing was under way in the outage"
            await _check(work)
    finally:
        backend.close()


async def _break(server: CassandraServer, outage: str, work: Work) -> None:
    work.up.clear()
    if outage == "stands still":
        server.pause()
        await until(lambda: work.unknown.total() >= len(work.done), "all writers have lost patience", PATIENCE_S)
        server.resume()
    else:
        server.kill()
        server.spawn()
        await asyncio.to_thread(server.until_ready)
    await until_answered(lambda: _answers(work.stores), within_s=PATIENCE_S, what="Cassandra does not answer again")
    work.up.set()


async def _answers(stores: Stores) -> bool:
    try:
        await stores.health.writable()
    except StoreUnavailable:
        return False
    return True


def _own_run(stores: Stores, name: str) -> Callable[[], Awaitable[int]]:
    """Nobody else writes this run: what stands is what was last known, or what was last tried."""
    ref = RunRef(account(name), Step.CREATOR)
    known: list[Run | None] = [None]
    tried: list[Run | None] = [None]

    async def once() -> int:
        run = await stores.runs.run_of(ref)
        assert run in {known[0], tried[0]}
        revision = run.revision if run else 0
        new = Run(ref=ref, revision=revision + 1, holder=f"{revision + 1}", takes=revision + 1)
        known[0], tried[0] = run, new
        assert await stores.runs.swap(new, revision or None, interest=_interest(ref, name))
        known[0] = new
        return 1

    return once


def _shared_run(stores: Stores, name: str) -> Callable[[], Awaitable[int]]:
    async def once() -> int:
        run = await stores.runs.run_of(RUN)
        revision = run.revision if run else 0
        new = Run(ref=RUN, revision=revision + 1, holder=name)
        return int(await stores.runs.swap(new, revision or None, interest=_interest(RUN, name)))

    return once


def _grants(stores: Stores, name: str) -> Callable[[], Awaitable[int]]:
    """Three children at a time, the last of them granted by the other, too; those before are announced."""
    number = count()

    async def once() -> int:
        at = next(number)
        names = f"{name} {at}", f"{name} {at} too", f"shared {at}"
        rows = [RequestRow(account=address(child), parent=ASKED, depth_left=0, operation_id=at + 1) for child in names]
        granted = await stores.requests.grant(REF, ASKED, rows)
        standing = await stores.requests.standing(REF, ASKED)
        assert standing is not None
        await stores.requests.mark_announced(REF, [row.account for row in standing.unannounced])
        return granted

    return once


def _closes(stores: Stores) -> Callable[[], Awaitable[int]]:
    number = count()

    async def once() -> int:
        await stores.requests.close_row(REF, address(f"shared {next(number)}"), RowState.DONE)
        return 1

    return once


def _leases(stores: Stores) -> Callable[[], Awaitable[int]]:
    return lambda: stores.usage.lease_tokens("horizon", 1, 1, LIMIT)


async def _check(work: Work) -> None:
    stores = work.stores
    run = await stores.runs.run_of(RUN)
    assert run is not None
    known = work.done["run"] + work.done["other run"]
    assert known <= run.revision <= known + work.unknown["run"] + work.unknown["other run"]
    assert {one.request_id for one in await stores.runs.waiting_for(RUN)} == {"b", "c"}

    rows, standing = await stores.requests.rows(REF), await stores.requests.standing(REF, ASKED)
    assert standing is not None
    known = work.done["grant"] + work.done["other grant"]
    unknown = work.unknown["grant"] + work.unknown["other grant"]
    assert len(rows) - 1 == standing.request.used <= BUDGET
    assert known <= standing.request.used <= known + 3 * unknown
    assert standing.unannounced == tuple(row for row in rows if not row.announced)[:100]
    assert standing.granted_to == max(row.operation_id for row in rows)
    for row in rows:
        await stores.requests.close_row(REF, row.account, RowState.DONE)
    standing = await stores.requests.standing(REF, ASKED)
    assert standing is not None
    assert not standing.open_rows, "as many rows were counted as were open"

    left = await stores.usage.lease_tokens("horizon", 1, LIMIT, LIMIT)
    assert LIMIT - work.unknown["lease"] <= left + work.done["lease"] <= LIMIT


def _interest(ref: RunRef, request_id: str) -> Interest:
    return Interest(ref=ref, request_id=request_id, pages_to=1, depth_left=0, lane=Lane.USER)


def _request() -> Request:
    return replace(Request(ref=REF, account=ASKED, budget=BUDGET, depth=1, pages=1, created_at=NOON), client="outages")


def _access(server: CassandraServer) -> CassandraAccess:
    return CassandraAccess(contact_points=(server.host,), port=server.port, keyspace="outages")
