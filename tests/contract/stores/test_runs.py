"""Runs: whoever writes has read the latest row; interest stays until it is taken back."""

import asyncio
from dataclasses import replace

import pytest

from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.ports.run_store import Interest, Progress, Run, RunRef, RunState, RunStore
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, account

REF = RunRef(account("A"), Step.CHILDREN)
OTHERS = [
    RunRef(account("A"), Step.CREATOR),
    RunRef(account("B"), Step.CHILDREN),
    RunRef(account("A", PUBLIC), Step.CHILDREN),
]


@pytest.fixture
def store(stores: Stores) -> RunStore:
    return stores.runs


def interest(request_id: str, ref: RunRef = REF, pages_to: int = 1) -> Interest:
    return Interest(ref=ref, request_id=request_id, pages_to=pages_to, depth_left=2, lane=Lane.QUEUED, retry=True)


async def test_every_value_of_a_run_is_kept(store: RunStore) -> None:
    progress = Progress(
        cursor="c",
        pages=3,
        complete=True,
        total=2**40,
        last_op=2**62,
        page_op=2**61,
        months=(("2024-05", 3), ("2024-06", 4)),
        undated=1,
        since_ledger=7,
        at_least=True,
        reason="because",
        not_found=True,
        merged=True,
    )
    run = Run(
        ref=REF,
        revision=1,
        state=RunState.FAILED,
        holder="event",
        lease_until=NOON,
        progress=progress,
        takes=4,
        lane=Lane.GROWTH,
        reopened_by=("first", "second"),
    )
    assert await store.run_of(REF) is None
    assert await store.swap(run, None)
    assert await store.run_of(REF) == run
    plain = Run(ref=REF, revision=2)
    assert await store.swap(plain, 1)
    assert await store.run_of(REF) == plain


async def test_a_run_is_written_only_over_the_revision_that_was_read(store: RunStore) -> None:
    first = Run(ref=REF, revision=1, holder="first")
    assert not await store.swap(replace(first, revision=8), 7)
    assert await store.swap(first, None)
    assert not await store.swap(replace(first, holder="second"), None)
    assert not await store.swap(Run(ref=REF, revision=3, holder="second"), 2)
    assert await store.run_of(REF) == first
    assert await store.swap(Run(ref=REF, revision=5, holder="second"), 1)
    assert not await store.swap(Run(ref=REF, revision=6, holder="third"), 1)
    assert (await store.run_of(REF)) == Run(ref=REF, revision=5, holder="second")


async def test_a_revision_only_grows(store: RunStore) -> None:
    await store.swap(Run(ref=REF, revision=2), None)
    with pytest.raises(ValueError, match="revision 2"):
        await store.swap(Run(ref=REF, revision=2), 2)


async def test_of_many_who_swap_at_once_one_wins_each_time(store: RunStore) -> None:
    async def count_up(holder: str) -> int:
        won = 0
        while won < 5:
            run = await store.run_of(REF)
            new = Run(
                ref=REF, revision=run.revision + 1 if run else 1, holder=holder, takes=run.takes + 1 if run else 1
            )
            won += await store.swap(new, run.revision if run else None)
        return won

    assert sum(await asyncio.gather(*(count_up(f"{number}") for number in range(8)))) == 40
    last = await store.run_of(REF)
    assert last is not None
    assert (last.takes, last.revision) == (40, 40)


async def test_of_twenty_who_have_read_the_same_revision_one_wins(store: RunStore) -> None:
    for revision in range(1, 6):
        wins = await asyncio.gather(
            *(
                store.swap(Run(ref=REF, revision=revision, holder=f"{number}"), revision - 1 or None)
                for number in range(20)
            )
        )
        assert wins.count(True) == 1
        assert await store.run_of(REF) == Run(ref=REF, revision=revision, holder=f"{wins.index(True)}")


async def test_of_twenty_who_take_a_run_at_once_all_wait_for_it(store: RunStore) -> None:
    wins = await asyncio.gather(
        *(
            store.swap(Run(ref=REF, revision=1, holder=f"{number}"), None, interest=interest(f"{number:02}"))
            for number in range(20)
        )
    )
    assert wins.count(True) == 1
    assert await store.waiting_for(REF) == tuple(interest(f"{number:02}") for number in range(20))


async def test_a_swap_repeated_after_it_was_done_is_refused_and_the_row_is_its_own(store: RunStore) -> None:
    await store.swap(Run(ref=REF, revision=1), None)
    mine = Run(ref=REF, revision=2, holder="mine")
    assert await store.swap(mine, 1, interest=interest("mine"))
    assert not await store.swap(mine, 1, interest=interest("mine")), "as after an answer that never came"
    assert await store.run_of(REF) == mine
    assert await store.waiting_for(REF) == (interest("mine"),)


async def test_steps_accounts_and_networks_have_runs_of_their_own(store: RunStore) -> None:
    await store.swap(Run(ref=REF, revision=1), None)
    await store.register(interest("one"))
    for other in OTHERS:
        assert await store.run_of(other) is None
        assert await store.waiting_for(other) == ()
        assert await store.swap(Run(ref=other, revision=1, holder=str(other)), None)
    assert await store.run_of(REF) == Run(ref=REF, revision=1)


async def test_interest_is_replaced_listed_by_request_and_taken_back(store: RunStore) -> None:
    for request_id in ("b", "a", "c"):
        await store.register(interest(request_id))
    await store.register(interest("b", pages_to=50))
    assert await store.waiting_for(REF) == (interest("a"), interest("b", pages_to=50), interest("c"))
    for _ in range(2):
        await store.forget(REF, "a")
    await store.forget(OTHERS[0], "b")
    assert await store.waiting_for(REF) == (interest("b", pages_to=50), interest("c"))
    await store.register(interest("a", pages_to=9))
    assert await store.waiting_for(REF) == (interest("a", pages_to=9), interest("b", pages_to=50), interest("c"))


async def test_who_takes_a_run_waits_for_it_also_when_another_was_first(store: RunStore) -> None:
    assert await store.swap(Run(ref=REF, revision=1, holder="first"), None, interest=interest("first"))
    assert not await store.swap(Run(ref=REF, revision=1, holder="late"), None, interest=interest("late"))
    assert not await store.swap(Run(ref=REF, revision=9, holder="later"), 8, interest=interest("later"))
    assert [waiting.request_id for waiting in await store.waiting_for(REF)] == ["first", "late", "later"]
    assert await store.run_of(REF) == Run(ref=REF, revision=1, holder="first")
