"""What was acknowledged survives: the closing, and a kill of the process at any moment after."""

import asyncio
import sys
from pathlib import Path

import pytest

from stellarmap_common.ports.creation_store import ChildRange
from tests.support.store_process import PAGE, REF, page
from tests.support.stores import SANDBOX, StoreBackend, account, creation, figures_now

ROOT = Path(__file__).parents[3]


async def test_what_was_recorded_is_there_after_the_closing(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as stores:
        await stores.creations.record([creation("B", "A", 5)])
    async with durable_backend.at(place) as stores:
        assert await stores.creations.creations_of(account("B")) == (creation("B", "A", 5),)


@pytest.mark.parametrize("pages", [1, 7, 30])
async def test_a_process_killed_after_an_acknowledged_write_has_kept_it(
    durable_backend: StoreBackend, pages: int
) -> None:
    place = durable_backend.new_place()
    acknowledged = await written_until_killed(place, pages)
    async with durable_backend.at(place) as stores:
        run = await stores.runs.run_of(REF)
        assert run is not None
        assert run.progress.pages >= acknowledged
        assert run.progress.total == run.progress.pages * PAGE
        counted = await stores.creations.count_children(REF.account, ChildRange())
        assert counted in {run.progress.total, run.progress.total + PAGE}, "a page is whole or not there"
        stored = await stores.creations.children_of(REF.account, ChildRange(), 100_000)
        expected = [fact for number in range(counted // PAGE) for fact in page(number)]
        assert list(stored) == sorted(expected, key=lambda fact: (fact.created_op, fact.account))
        # Whoever goes on records the page in flight once more; then every count of it is whole.
        await stores.creations.record(page(run.progress.pages))
        assert (await figures_now(stores, SANDBOX)).creations == run.progress.total + PAGE


async def written_until_killed(place: str, pages: int) -> int:
    """How many pages the process had acknowledged when it was killed in the middle of its work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.store_process", place, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = 0
    try:
        while acknowledged < pages:
            acknowledged = int(await asyncio.wait_for(process.stdout.readline(), 60)) + 1
    finally:
        process.kill()
    heard = (await process.stdout.read()).split()
    await process.wait()
    return int(heard[-1]) + 1 if heard else acknowledged
