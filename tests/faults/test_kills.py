"""A system that is killed while it reads a hub ends where an undisturbed one does."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.lineage.digest import Digest
from stellarmap_common.lineage.failpoints import FAILPOINTS
from tests.support.mapped import mapped
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import System, start_system, until

CHILDREN = 5_000
PAGES = 1_000
KILLS = 5
DONE_S = 120
BUS_FAILPOINTS = ("after_handle", "after_publish", "before_commit", "after_commit")
ONCE = ("after_grant", "after_announce")  # all grants of this request are made and told together


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServedSandbox]:
    folder = tmp_path_factory.mktemp("network")
    async with served_sandbox(folder, accounts=10_000, hub_children=CHILDREN) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def undisturbed(served: ServedSandbox, tmp_path_factory: pytest.TempPathFactory) -> Digest:
    """What is stored when nothing happens on the way."""
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    system = await start_system(data, **served.settings())
    request_id = await system.ask(served.hub, budget=20, pages=PAGES)
    await system.completed(request_id, within_s=DONE_S)
    await system.stop()
    await system.api.aclose()
    return await digest_in(data, served)


async def digest_in(data: Path, served: ServedSandbox) -> Digest:
    """The digest, once it is certain that the hub is stored as it truly is."""
    async with mapped(data, served.sandbox.world.spec) as store:
        assert await store.differences(served.truth, served.hub) == []
        return await store.digest()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_hub_is_stored_as_it_is(undisturbed: Digest, served: ServedSandbox) -> None:
    assert undisturbed.creations >= CHILDREN == len(served.truth.children(served.hub))


@pytest.mark.asyncio(loop_scope="module")
async def test_killed_at_random_five_times_nothing_is_lost_and_nothing_is_there_twice(
    undisturbed: Digest, served: ServedSandbox, tmp_path: Path
) -> None:
    chance = random.Random(42)
    data = tmp_path / "data"
    system = await start_system(data, **served.settings())
    request_id = await system.ask(served.hub, budget=20, pages=PAGES)
    for kill in range(KILLS):
        share = (kill + chance.random()) / KILLS
        await progressed(system, share)
        await system.kill()
        await system.api.aclose()
        system = await start_system(data, **served.settings())
    await finish(system, request_id)
    assert await digest_in(data, served) == undisturbed


@pytest.mark.parametrize("name", [*FAILPOINTS, *BUS_FAILPOINTS])
@pytest.mark.asyncio(loop_scope="module")
async def test_killed_at_each_failpoint_it_ends_the_same(
    name: str, undisturbed: Digest, served: ServedSandbox, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    times = 1 if name in ONCE else 3
    system = await start_system(data, failpoint=f"{name}:{times}:kill", **served.settings())
    try:
        request_id = await system.ask(served.hub, budget=20, pages=PAGES)
        await asyncio.wait_for(system.process.wait(), DONE_S)
    finally:
        await system.api.aclose()
        await system.kill()
    assert system.process.returncode == -9, f"{name} was not passed {times} times"
    system = await start_system(data, **served.settings())
    await finish(system, request_id)
    assert await digest_in(data, served) == undisturbed


async def progressed(system: System, share: float) -> None:
    """Returns once that share of the hub's children is stored."""

    async def far_enough() -> bool:
        overview = await system.get("/sandbox/overview")
        return bool(overview["figures"]["creations"] >= share * CHILDREN)

    await until(far_enough, within_s=DONE_S, what=f"{share:.0%} of the hub", log=system.log)


async def finish(system: System, request_id: str) -> None:
    """Returns once the request is completed, and its system stopped in order."""
    try:
        await system.completed(request_id, within_s=DONE_S + 180)  # a lease of the killed one may have to end first
        assert await system.stop() == 0
    finally:
        await system.api.aclose()
        if system.process.returncode is None:
            await system.kill()
