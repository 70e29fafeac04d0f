"""Statuses: the largest version stays, lists are short and in order, figures are exact."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.domain.status import AccountStatus, PipelineSource
from stellarmap_common.ports.account_store import UNFINISHED, AccountState, AccountStore, NetworkFigures
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, SANDBOX, StoreBackend, account, creation, end, figures_now, provisional

NONE = NetworkFigures(accounts_mapped=0, creations=0, ends=0, pending=0, failed=0)


@pytest.fixture
def store(stores: Stores) -> AccountStore:
    return stores.accounts


def state(
    name: object = "A", version: int = 1, status: AccountStatus = AccountStatus.PENDING, *, minutes: float | None = None
) -> AccountState:
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    return AccountState(ref=account(name), version=version, status=status, last_pipeline_attempt=at)


async def test_every_value_of_a_state_is_kept(store: AccountStore) -> None:
    full = AccountState(
        ref=account("A"),
        version=7,
        status=AccountStatus.FAILED,
        pipeline_source=PipelineSource.BIGQUERY_WITH_API_FALLBACK,
        request_id="request",
        requested=True,
        requested_at=NOON,
        processing_started_at=NOON + timedelta(microseconds=1),
        last_pipeline_attempt=NOON + timedelta(seconds=2),
        completed_at=NOON + timedelta(days=3),
        retry_count=2,
        last_error="because",
    )
    assert await store.state_of(full.ref) is None
    assert await store.put_state(full)
    assert await store.put_state(state("B"))
    assert await store.state_of(full.ref) == full
    assert await store.state_of(account("B")) == state("B")
    assert await store.state_of(account("A", PUBLIC)) is None


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
async def test_the_largest_version_stays_in_any_order(store: AccountStore, order: tuple[int, ...]) -> None:
    highest = 0
    for version in order:
        assert await store.put_state(state(version=version)) == (version > highest)
        highest = max(highest, version)
    assert await store.state_of(account("A")) == state(version=3)


async def test_of_equal_versions_the_first_stays(store: AccountStore) -> None:
    assert await store.put_state(state())
    assert not await store.put_state(state(status=AccountStatus.FAILED))
    assert await store.state_of(account("A")) == state()


async def test_states_are_listed_by_status_newest_first(store: AccountStore) -> None:
    pending = [state(f"pending {n}", minutes=n) for n in range(0, 8, 2)]
    processing = [
        replace(state(f"processing {n}", status=AccountStatus.PROCESSING, minutes=n), requested=True)
        for n in range(1, 8, 2)
    ]
    never = state("never")
    asked = replace(state("asked"), requested=True, requested_at=NOON + timedelta(minutes=100))
    for one in (*pending, *processing, never, asked, state("done", status=AccountStatus.COMPLETE, minutes=9)):
        await store.put_state(one)
    await store.put_state(replace(state("done", status=AccountStatus.PENDING), ref=account("done", PUBLIC)))
    newest = sorted([*pending, *processing], key=lambda one: one.last_pipeline_attempt or NOON, reverse=True)
    both = (AccountStatus.PENDING, AccountStatus.PROCESSING, AccountStatus.PENDING)
    assert await store.states(SANDBOX, both) == (asked, *newest, never)
    assert await store.states(SANDBOX, both, limit=3) == (asked, *newest[:2])
    assert await store.states(SANDBOX, both, requested_only=True) == (asked, *reversed(processing))
    assert await store.states(SANDBOX, [AccountStatus.PROCESSING]) == tuple(reversed(processing))
    assert await store.states(SANDBOX, []) == ()


async def test_figures_of_an_empty_network_are_zero(store: AccountStore) -> None:
    assert await store.figures(SANDBOX) == NONE
    await store.take_census(SANDBOX, NOON)
    assert replace(await store.figures(SANDBOX), as_of=None) == NONE


async def test_figures_count_facts_once_and_their_network_only(stores: Stores) -> None:
    for _ in range(2):
        await stores.creations.record([provisional("B", "A", 5), creation("C", "A", 6)], [end("B", "A", 8)])
    await stores.creations.record([creation("B", "A", 5), provisional("C", "A", 6)], [end("B", "A", 8, transaction=0)])
    await stores.creations.record([creation("B", "A", 5, network=PUBLIC)])
    figures = await figures_now(stores, SANDBOX)
    assert (figures.creations, figures.ends) == (2, 1)
    assert (await figures_now(stores, PUBLIC)).creations == 1


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6), st.sampled_from(AccountStatus)), max_size=25))
async def test_figures_are_those_of_the_states_that_stand(
    backend: StoreBackend, written: list[tuple[int, int, AccountStatus]]
) -> None:
    async with backend.at(backend.new_place()) as stores:
        for name, version, status in written:
            await stores.accounts.put_state(state(name, version, status))
        standing = [await stores.accounts.state_of(account(name)) for name in range(4)]
        statuses = [one.status for one in standing if one]
        assert await figures_now(stores, SANDBOX) == NetworkFigures(
            accounts_mapped=statuses.count(AccountStatus.COMPLETE),
            creations=0,
            ends=0,
            pending=sum(status in UNFINISHED for status in statuses),
            failed=statuses.count(AccountStatus.FAILED),
        )
