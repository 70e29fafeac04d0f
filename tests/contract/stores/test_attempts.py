"""Attempts: readable by the time they were begun at, once a slot, until they lapse."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stellarmap_common.domain.status import Step
from stellarmap_common.ports.request_store import Attempt, AttemptStore, Request, RequestRef
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, SANDBOX, address

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONG_AGO, LATER = NOON - 9 * DAY, NOON + 9 * DAY


@pytest.fixture
def store(stores: Stores) -> AttemptStore:
    return stores.attempts


def attempt(minutes: float = 0, name: str = "A") -> Attempt:
    """Begun so many minutes after noon, when a slot begins."""
    return Attempt(
        network=SANDBOX, account=address(name), step=Step.CREATOR, request_id="request", at=NOON + minutes * MINUTE
    )


async def test_attempts_are_read_by_when_they_began_oldest_first(store: AttemptStore) -> None:
    noted = [attempt(25, "C"), attempt(3, "A"), replace(attempt(3, "B"), step=Step.CHILDREN, recoveries=2), attempt(41)]
    await store.note(noted[:1])
    await store.note(noted[1:])
    await store.note([])
    in_order = sorted(noted, key=lambda one: (one.at, one.account))
    assert await store.begun_between(SANDBOX, LONG_AGO, LATER) == tuple(in_order)
    assert await store.begun_between(SANDBOX, noted[1].at, noted[0].at) == tuple(in_order[:2]), "the end is outside"
    assert await store.begun_between(SANDBOX, NOON + 20 * MINUTE, NOON + 41.5 * MINUTE) == tuple(in_order[2:])
    assert await store.begun_between(SANDBOX, NOON + 4 * MINUTE, NOON + 20 * MINUTE) == ()


async def test_the_same_step_again_in_a_slot_replaces_its_row_and_recoveries_never_fall(store: AttemptStore) -> None:
    await store.note([replace(attempt(1), recoveries=2)])
    await store.note([attempt(9)])
    assert await store.begun_between(SANDBOX, LONG_AGO, LATER) == (replace(attempt(9), recoveries=2),)
    await store.note([attempt(11)])
    assert len(await store.begun_between(SANDBOX, LONG_AGO, LATER)) == 2


async def test_of_recoveries_the_most_stay_whoever_is_late(store: AttemptStore) -> None:
    for recoveries, minute in ((1, 1), (3, 2), (2, 3), (0, 4)):
        await store.note([replace(attempt(minute), recoveries=recoveries)])
    assert await store.begun_between(SANDBOX, LONG_AGO, LATER) == (replace(attempt(4), recoveries=3),)


async def test_many_steps_of_one_request_are_noted_together(store: AttemptStore) -> None:
    noted = [replace(attempt(number % 25, f"{number}"), request_id=f"{number % 3}") for number in range(250)]
    await store.note(noted)
    assert set(await store.begun_between(SANDBOX, LONG_AGO, LATER)) == set(noted)


async def test_steps_requests_and_accounts_are_kept_apart(store: AttemptStore) -> None:
    noted = [
        attempt(1),
        replace(attempt(1), step=Step.CHILDREN),
        replace(attempt(1), request_id="other"),
        attempt(1, "B"),
    ]
    await store.note(noted)
    assert set(await store.begun_between(SANDBOX, LONG_AGO, LATER)) == set(noted)


async def test_networks_never_mix(store: AttemptStore) -> None:
    there = replace(attempt(1), network=PUBLIC)
    await store.note([attempt(2), there])
    assert await store.begun_between(SANDBOX, LONG_AGO, LATER) == (attempt(2),)
    assert await store.begun_between(PUBLIC, LONG_AGO, LATER) == (there,)


async def test_attempts_lapse_a_day_after(store: AttemptStore) -> None:
    now = attempt(0, "now")
    yesterday = [attempt(-24 * 60 + minutes, f"{minutes}") for minutes in (-600, -11, 11, 600)]
    elsewhere = replace(yesterday[0], network=PUBLIC)
    await store.note([*yesterday, elsewhere])
    await store.note([now])
    assert await store.begun_between(SANDBOX, LONG_AGO, LATER) == (*yesterday[2:], now)
    assert await store.begun_between(PUBLIC, LONG_AGO, LATER) == (elsewhere,), "it is the newest of its network"


async def test_attempts_of_an_open_request_do_not_lapse(stores: Stores) -> None:
    ref = RequestRef(SANDBOX, "request")
    old = attempt(-3 * 24 * 60)
    await stores.requests.open(Request(ref=ref, account=old.account, budget=0, depth=0, pages=1, created_at=old.at))
    await stores.attempts.note([old])
    await stores.attempts.note([attempt(0)])
    assert await stores.attempts.begun_between(SANDBOX, LONG_AGO, LATER) == (old, attempt(0))
    await stores.requests.finish(ref, completed_at=NOON)
    await stores.attempts.note([attempt(11)])
    assert await stores.attempts.begun_between(SANDBOX, LONG_AGO, LATER) == (attempt(0), attempt(11))
