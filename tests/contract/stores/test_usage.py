"""Tokens are never leased twice, statuses are the latest of each process, the first answer to a key stays."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.usage_store import IdempotencyStore, SourceStatus, UsageStore
from tests.support.stores import NOON, SqliteInline, StoreBackend


@pytest.fixture
def store(stores: Stores) -> UsageStore:
    return stores.usage


@pytest.fixture
def answers(stores: Stores) -> IdempotencyStore:
    return stores.idempotency


def status(source: str = "horizon", process: str = "one", at: datetime = NOON) -> SourceStatus:
    return SourceStatus(
        source=source,
        process=process,
        at=at,
        calls_minute=1,
        calls_hour=2,
        calls_day=3,
        limit_per_hour=2_556,
        burst=7,
        rate_per_s=0.71,
        delay_s=1.5,
        last_call_at=at,
    )


async def test_tokens_are_leased_up_to_what_is_left(store: UsageStore) -> None:
    assert await store.lease_tokens("horizon", 5, 4, 7) == 4
    assert await store.lease_tokens("horizon", 5, 4, 7) == 3
    assert await store.lease_tokens("horizon", 5, 1, 7) == 0
    assert await store.lease_tokens("horizon", 5, 2, 8) == 1, "a larger limit leaves one more"
    assert await store.lease_tokens("horizon", 5, 2, 3) == 0, "a smaller one takes nothing back"


async def test_windows_and_sources_have_tokens_of_their_own(store: UsageStore) -> None:
    for source, window in [("horizon", 5), ("horizon", 6), ("expert", 5), ("horizon", 4)]:
        assert await store.lease_tokens(source, window, 9, 7) == 7
    assert await store.lease_tokens("horizon", 9_000, 9, 7) == 7
    assert await store.lease_tokens("horizon", 9_000, 9, 7) == 0


async def test_processes_at_once_never_get_more_than_the_limit(store: UsageStore) -> None:
    async def lease(window: int) -> int:
        return await store.lease_tokens("horizon", window, 3, 20)

    for window in range(5):
        assert sum(await asyncio.gather(*(lease(window) for _ in range(30)))) == 20


@settings(max_examples=30)
@given(st.integers(0, 50), st.lists(st.integers(0, 30), max_size=12))
async def test_all_leases_of_a_window_add_up_to_what_was_wanted_or_the_limit(
    backend: StoreBackend, limit: int, wanted: list[int]
) -> None:
    async with backend.at(backend.new_place()) as stores:
        leased = [await stores.usage.lease_tokens("horizon", 1, some, limit) for some in wanted]
        assert sum(leased) == min(limit, sum(wanted))
        assert all(0 <= got <= some for got, some in zip(leased, wanted, strict=True))


async def test_the_latest_status_of_each_process_is_listed_by_source_and_process(store: UsageStore) -> None:
    later = NOON + timedelta(seconds=30)
    for one in (status(), status(process="two"), status("expert"), status(at=later), status("expert", at=NOON)):
        await store.put_status(one)
    full = replace(status("expert", "two", later), last_429_at=NOON)
    await store.put_status(full)
    assert await store.statuses(NOON) == (status("expert"), full, status(at=later), status(process="two"))
    assert await store.statuses(later) == (full, status(at=later))


async def test_an_older_report_that_comes_late_changes_nothing(store: UsageStore) -> None:
    later = status(at=NOON + timedelta(seconds=30))
    await store.put_status(later)
    await store.put_status(status())
    assert await store.statuses(NOON) == (later,)


async def test_a_status_lapses_two_minutes_after(store: UsageStore) -> None:
    await store.put_status(status(process="gone"))
    await store.put_status(status(at=NOON + timedelta(minutes=3)))
    assert await store.statuses(NOON - timedelta(days=1)) == (status(at=NOON + timedelta(minutes=3)),)


async def test_the_first_answer_to_a_key_is_kept(answers: IdempotencyStore) -> None:
    assert await answers.answer_to("key") is None
    assert await answers.keep("key", "first", NOON) == "first"
    assert await answers.keep("key", "second", NOON + timedelta(hours=23)) == "first"
    assert await answers.keep("other", "second", NOON) == "second"
    assert await answers.answer_to("key") == "first"


async def test_an_answer_lapses_after_a_day(answers: IdempotencyStore) -> None:
    await answers.keep("key", "first", NOON)
    assert await answers.keep("key", "second", NOON + timedelta(hours=25)) == "second"
    assert await answers.answer_to("key") == "second"
    assert await answers.keep("key", "third", NOON + timedelta(days=9)) == "third"
    later = await asyncio.gather(*(answers.keep("key", f"{number}", NOON + timedelta(days=19)) for number in range(10)))
    assert len(set(later)) == 1
    assert await answers.answer_to("key") == later[0] != "third"


async def test_answers_that_have_lapsed_take_no_room_in_a_file() -> None:
    async with SqliteInline().at(":memory:") as stores:
        await stores.idempotency.keep("key", "first", NOON)
        await stores.idempotency.keep("other", "second", NOON + timedelta(days=9))
        assert await stores.idempotency.answer_to("key") is None


async def test_of_answers_given_at_once_one_is_kept(answers: IdempotencyStore) -> None:
    kept = await asyncio.gather(*(answers.keep("key", f"{number}", NOON) for number in range(20)))
    assert len(set(kept)) == 1
    assert await answers.answer_to("key") == kept[0]
