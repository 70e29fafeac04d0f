"""A disk that fills up while a hub is read: it is said, nothing is broken or lost, and it goes on when there is room."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stellarmap_common.lineage.digest import Digest
from tests.support.disk import fill, small_disk
from tests.support.mapped import mapped
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import System, running_system, until

CHILDREN = 5_000
PAGES = 1_000
BUDGET = 20
DISK_MIB = 100
LEFT_KIB = 3_000  # enough to begin, not to end
DONE_S = 120
HEALTH_S = 30

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServedSandbox]:
    async with served_sandbox(tmp_path_factory.mktemp("network"), accounts=10_000, hub_children=CHILDREN) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def undisturbed(served: ServedSandbox, tmp_path_factory: pytest.TempPathFactory) -> Digest:
    """What is stored when there is always room."""
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    async with running_system(data, **served.settings()) as system:
        request_id = await system.ask(served.hub, budget=BUDGET, pages=PAGES)
        await system.completed(request_id, within_s=DONE_S)
    return await digest_in(data, served)


async def digest_in(data: Path, served: ServedSandbox) -> Digest:
    async with mapped(data, served.sandbox.world.spec) as store:
        assert await store.differences(served.truth, served.hub) == []
        return await store.digest()


@pytest.mark.parametrize("below", ["", pytest.param("data", marks=pytest.mark.soak)])
@pytest.mark.timeout(400)
async def test_a_full_disk_is_told_and_costs_nothing_but_time(
    below: str, undisturbed: Digest, served: ServedSandbox, tmp_path: Path
) -> None:
    """With `data`, what the process logs is on the full disk too."""
    with small_disk(tmp_path / "disk", mib=DISK_MIB) as disk:
        data = disk / below
        async with running_system(data, **served.settings()) as system:
            filler = fill(disk, leave=LEFT_KIB * 1024)
            request_id = await system.ask(served.hub, budget=BUDGET, pages=PAGES)
            await ill(system)
            more = fill(disk, "more")
            check = await ill(system, "store")
            assert (check["state"], "is full" in check["detail"]) == ("UNHEALTHY", True)
            assert "Free some disk space" in check["advice"]
            await asking_says_what_to_do(system, served)
            assert whole(data)
            filler.unlink()
            more.unlink()
            await healthy(system)
            await system.completed(request_id, within_s=DONE_S)
            assert "event_dead_lettered" not in system.log.read_text()
            assert (await system.get("/sandbox/overview"))["figures"]["failed"] == 0
        assert await digest_in(data, served) == undisturbed
        if not below:
            assert "is full" in system.log.read_text()


async def ill(system: System, *components: str) -> Any:
    """A check of these components, or of any of our own, once it says that something is wrong."""

    async def found() -> Any:
        checks = (await system.api.get("/api/v1/health")).json()["checks"]
        own = [each for each in checks if each["component"] in (components or ("store", "bus"))]
        return next((each for each in own if each["state"] != "HEALTHY"), None)

    return await until(found, within_s=HEALTH_S, what=f"something wrong with {components}", log=system.log)


async def healthy(system: System) -> None:
    """Returns once nothing is wrong any more, without anybody doing more than making room."""

    async def found() -> bool:
        return bool((await system.api.get("/api/v1/health")).json()["state"] == "HEALTHY")

    await until(found, within_s=HEALTH_S, what="a healthy system", log=system.log)


async def asking_says_what_to_do(system: System, served: ServedSandbox) -> None:
    another = served.truth.children(served.hub)[-1].account
    answer = await system.api.post(f"/api/v1/sandbox/accounts/{another}/requests", json={})
    assert (answer.status_code, answer.json()["type"]) == (503, "disk-full")
    assert "Free some disk space" in answer.json()["advice"]
    assert (await system.api.get("/api/v1/sandbox/overview")).status_code == 200, "reading goes on"


def whole(data: Path) -> bool:
    """True if both files are sound, read beside the process that cannot write them."""
    for name in ("store.sqlite", "log.sqlite"):
        with closing(sqlite3.connect(f"file:{data / name}?mode=ro", uri=True)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return True
