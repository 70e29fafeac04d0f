"""What the tables promise by themselves: a record cut off anywhere is completed, counts that are kept are never wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.adapters.cassandra import counting
from stellarmap_common.adapters.cassandra.recording import CREATIONS_OF
from stellarmap_common.adapters.cassandra.session import Row, Statement
from stellarmap_common.adapters.cassandra.stage_store import KEPT
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.creation import Creation, Source
from stellarmap_common.domain.status import AccountStatus, StageState
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, CutOff, PlacedSession, placed
from tests.support.stores import NOON, SANDBOX, account, address, creation, end, figures_now, provisional, unplaced

HEARD = [provisional("B", "A", 5), creation("C", "wrong", 6, source=Source.BIGQUERY), creation("D", "B", 9)]
EXACT = [creation("B", "A", 5), creation("C", "A", 6), creation("D", "B", 9)]
ENDS = [end("B", "A", 20)]
BY_CREATOR = Statement(
    "all children", "SELECT child FROM creation_by_creator WHERE network = ? AND creator = ? AND bucket = 0"
)
BY_LEDGER = Statement(
    "all in ledgers", "SELECT account FROM creation_by_ledger WHERE network = ? AND bucket = 0 AND shard = 0"
)
LIVES = Statement("seconds", "SELECT ttl(execution) FROM stage_execution WHERE network = ? AND account = ?")
LISTED = Statement(
    "listed",
    "SELECT account FROM account_by_status WHERE network = ? AND status = ? AND requested = false AND bucket = 0",
)


class LookedBefore(PlacedSession):
    """The session of a process that looked what is known just before another one wrote it."""

    async def rows(self, statement: Statement, *values: Any, serial: bool = False) -> list[Row]:
        return [] if statement is CREATIONS_OF else await super().rows(statement, *values, serial=serial)


async def all_of(stores: Stores) -> list[object]:
    refs = [account(name) for name in ("A", "B", "C", "D", "wrong")]
    return [
        *[await stores.creations.creations_of(ref) for ref in refs],
        *[await stores.creations.ends_of(ref) for ref in refs],
        *[await stores.creations.children_of(ref, ChildRange(), 9) for ref in refs],
        *[await stores.creations.count_children(ref, ChildRange()) for ref in refs],
        *[await stores.creations.children_with_children(ref, 9) for ref in refs],
        [chunk async for chunk in stores.creations.scan(SANDBOX)],
        await figures_now(stores, SANDBOX),
    ]


@pytest.mark.parametrize("at", range(0, 26, 2))
async def test_a_record_cut_off_at_any_write_is_completed_by_the_next(
    cassandra_backend: CassandraBackend, at: int
) -> None:
    session = placed(cassandra_backend, CutOff)
    stores = open_stores(session)
    for facts in (HEARD, EXACT):
        session.left = at
        try:
            await stores.creations.record(facts, ENDS)
        except StoreUnavailable:
            session.left = 1_000_000
            await stores.creations.record(facts, ENDS)
    session.left = 1_000_000
    whole = open_stores(placed(cassandra_backend, PlacedSession))
    await whole.creations.record(HEARD, ENDS)
    await whole.creations.record(EXACT, ENDS)
    assert await all_of(stores) == await all_of(whole)


async def test_what_is_replaced_leaves_no_row_behind(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, PlacedSession)
    store = open_stores(session).creations
    await store.record(HEARD, (), [unplaced("B", "A")])
    await store.record(EXACT)
    assert await session.rows(BY_CREATOR, SANDBOX, address("wrong")) == []
    assert {child for (child,) in await session.rows(BY_CREATOR, SANDBOX, address("A"))} == {address("B"), address("C")}
    assert len(await session.rows(BY_LEDGER, SANDBOX)) == len(EXACT)


@pytest.mark.parametrize("limit", range(1, 8))
async def test_pages_meet_every_child_once_where_two_processes_wrote_both_readings_of_some(
    cassandra_backend: CassandraBackend, limit: int
) -> None:
    place = cassandra_backend.new_place()
    late = LookedBefore(cassandra_backend.driver(), access=cassandra_backend.access, place=place.rpartition(":")[2])
    exact = [*(creation(name, "hub", ledger) for ledger, name in enumerate("ABCDE", 5)), creation("Z", "hub", 20_000)]
    async with cassandra_backend.at(place) as stores:
        await stores.creations.record(exact)
        await open_stores(late).creations.record([provisional(name, "hub", 5 + "ABCDE".index(name)) for name in "ABD"])
        paged: list[Creation] = []
        within = ChildRange()
        while page := await stores.creations.children_of(account("hub"), within, limit):
            paged += page
            within = ChildRange(after=ChildKey(page[-1].created_op, page[-1].account))
    assert paged == exact


async def test_what_was_deleted_may_be_written_again_by_a_larger_version(cassandra_backend: CassandraBackend) -> None:
    store = open_stores(placed(cassandra_backend, PlacedSession)).creations
    wrong = creation("C", "wrong", 6, source=Source.BIGQUERY)
    await store.record([wrong])
    await store.record([creation("C", "A", 6)])
    again = creation("C", "wrong", 7)
    await store.record([again])
    assert await store.children_of(account("wrong"), ChildRange(), 9) == (again,)


facts = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=15)
@given(st.lists(facts, min_size=2, max_size=4))
async def test_kept_counts_are_those_of_the_rows_whatever_comes_later(
    cassandra_backend: CassandraBackend, parts: list[list[tuple[int, int, bool]]]
) -> None:
    """Counts are kept at once here, so every later page meets one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        stores = open_stores(placed(cassandra_backend, PlacedSession))
        for part in parts:
            await stores.creations.record([made(*one) for one in part])
            scanned = [one async for chunk, _ in stores.creations.scan(SANDBOX) for one in chunk]
            for _ in range(2):
                assert await stores.creations.count_children(account("hub"), ChildRange()) == len(scanned)
                assert (await figures_now(stores, SANDBOX)).creations == len(scanned)


def made(child: int, days: int, exact: bool) -> Creation:  # noqa: FBT001 - drawn by hypothesis
    return creation(child, "hub", days * 16_384) if exact else provisional(child, "hub", days * 16_384)


async def test_a_status_that_a_crash_left_in_two_lists_is_shown_in_one_and_counted_once(
    cassandra_backend: CassandraBackend,
) -> None:
    session = placed(cassandra_backend, CutOff)
    accounts = open_stores(session).accounts
    pending = AccountState(ref=account("A"), version=1, status=AccountStatus.PENDING)
    failed = AccountState(ref=account("A"), version=2, status=AccountStatus.FAILED)
    assert await accounts.put_state(pending)
    session.left = 3  # listed, and both lists touched; what is left is to take it from the list it stood in
    with pytest.raises(StoreUnavailable):
        await accounts.put_state(failed)
    session.left = 1_000_000
    assert len(await session.rows(LISTED, SANDBOX, "PENDING")) == 1
    assert await accounts.states(SANDBOX, [AccountStatus.PENDING]) == ()
    assert await accounts.states(SANDBOX, [AccountStatus.FAILED]) == (failed,)
    figures = await figures_now(open_stores(session), SANDBOX)
    assert (figures.pending, figures.failed) == (0, 1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        await accounts.take_census(SANDBOX, NOON)
    assert await session.rows(LISTED, SANDBOX, "PENDING") == [], "the next census takes it away"


class StoodStill(PlacedSession):
    """The session of a process that stands still, before its lightweight transaction, until `meanwhile` is done."""

    meanwhile: Callable[[], Awaitable[None]]

    async def applied(self, statement: Statement, *values: Any) -> bool:
        await self.meanwhile()
        return await super().applied(statement, *values)


async def test_a_status_that_lands_after_a_census_looked_is_listed_and_counted(
    cassandra_backend: CassandraBackend,
) -> None:
    session = placed(cassandra_backend, StoodStill)
    stores = open_stores(session)
    pending = AccountState(ref=account("A"), version=1, status=AccountStatus.PENDING)
    failed = AccountState(ref=account("A"), version=2, status=AccountStatus.FAILED)

    async def census() -> None:
        await stores.accounts.take_census(SANDBOX, NOON)

    session.meanwhile = census
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        for state, figures in ((pending, (1, 0)), (failed, (0, 1))):
            assert await stores.accounts.put_state(state)
            assert await stores.accounts.states(SANDBOX, [state.status]) == (state,)
            now = await figures_now(stores, SANDBOX)
            assert (now.pending, now.failed) == figures


async def test_stages_lapse_ninety_days_after_they_were_told(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, PlacedSession)
    told = StageExecuted(
        network=SANDBOX, account=address("A"), request_id="r", stage=1, state=StageState.DONE, attempt=1, at=NOON
    )
    await open_stores(session).stages.record_stages([told])
    ((seconds,),) = await session.rows(LIVES, SANDBOX, address("A"))
    assert KEPT.total_seconds() - 60 < seconds <= KEPT.total_seconds()
