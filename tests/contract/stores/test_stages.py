"""Stage executions: the furthest state of each stage stands, whatever order they came in."""

import random
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.domain.status import StageState
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.ports.account_store import StageStore
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, SANDBOX, StoreBackend, account, address

A = account("A")


@pytest.fixture
def store(stores: Stores) -> StageStore:
    return stores.stages


def stage(
    number: int = 1,
    state: StageState = StageState.PENDING,
    *,
    request_id: str = "request",
    attempt: int = 1,
    at: datetime | None = NOON,
) -> StageExecuted:
    return StageExecuted(
        network=SANDBOX, account=address("A"), request_id=request_id, stage=number, state=state, attempt=attempt, at=at
    )


async def test_every_value_of_an_execution_is_kept(store: StageStore) -> None:
    full = msgspec.structs.replace(
        stage(7, StageState.FAILED, attempt=3),
        id="id",
        duration_ms=12,
        error="because",
        detail={"creator": "G", "lives": 2, "exact": False, "reason": None},
    )
    await store.record_stages([full])
    assert await store.stages_of(A, "request") == (full,)


async def test_stages_stand_in_the_order_of_their_numbers(store: StageStore) -> None:
    stages = [stage(number) for number in (8, 1, 7, 2, 3, 6, 5, 4)]
    await store.record_stages(stages)
    await store.record_stages([])
    assert [one.stage for one in await store.stages_of(A, "request")] == list(range(1, 9))


async def test_the_request_begun_last_is_shown_also_when_an_older_one_goes_on(store: StageStore) -> None:
    assert await store.stages_of(A) == ()
    await store.record_stages([stage(request_id="older")])
    await store.record_stages([stage(request_id="newer", at=NOON + timedelta(minutes=1))])
    await store.record_stages([stage(1, StageState.DONE, request_id="older", at=NOON + timedelta(minutes=2))])
    assert {one.request_id for one in await store.stages_of(A)} == {"newer"}
    assert await store.stages_of(A, "older") == (
        stage(1, StageState.DONE, request_id="older", at=NOON + timedelta(minutes=2)),
    )
    assert await store.stages_of(A, "never") == ()


async def test_accounts_and_networks_never_mix(store: StageStore) -> None:
    await store.record_stages([stage()])
    assert await store.stages_of(account("B"), "request") == ()
    assert await store.stages_of(account("A", PUBLIC), "request") == ()


# Where rows lapse by the server's own clock, test_cassandra_layout says how long they are kept.
@pytest.mark.parametrize("backend", ["sqlite", "sqlite-inline"], indirect=True)
async def test_stages_lapse_after_ninety_days(store: StageStore) -> None:
    await store.record_stages([stage(request_id="old"), stage(request_id="kept", at=NOON + timedelta(days=2))])
    await store.record_stages([stage(request_id="new", at=NOON + timedelta(days=91))])
    assert await store.stages_of(A, "old") == ()
    assert len(await store.stages_of(A, "kept")) == len(await store.stages_of(A, "new")) == 1


told = st.builds(
    lambda state, attempt, seconds: stage(1, state, attempt=attempt, at=NOON + timedelta(seconds=seconds)),
    st.sampled_from(StageState),
    st.integers(1, 3),
    st.integers(0, 3),
)


@settings(max_examples=40)
@given(st.lists(told, min_size=1, max_size=8), st.randoms(use_true_random=False))
async def test_the_latest_attempt_and_its_furthest_state_stand_in_any_order(
    backend: StoreBackend, states: list[StageExecuted], chance: random.Random
) -> None:
    found: list[StageExecuted] = []
    for _ in range(2):
        async with backend.at(backend.new_place()) as stores:
            for one in states:
                await stores.stages.record_stages([one])
            found += await stores.stages.stages_of(A)
        states = chance.sample(states, len(states)) + states[:2]
    assert found[0] == found[1]
    assert found[0].attempt == max(one.attempt for one in states)
    last = [one.state for one in states if one.attempt == found[0].attempt]
    if found[0].state is StageState.PENDING:
        assert set(last) == {StageState.PENDING}
    if found[0].state is StageState.RUNNING:
        assert set(last) <= {StageState.PENDING, StageState.RUNNING}
