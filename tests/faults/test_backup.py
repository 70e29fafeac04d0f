"""A backup made while a hub is read, and the system it was made of, end the same: neither lost anything."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from stellarmap_common.lineage.digest import Digest
from stellarmap_common.runtime.backup import MANIFEST, Manifest
from tests.support.mapped import mapped
from tests.support.measured import report
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import STELLARMAP, System, environment, start_system, until

PAGES = 1_000
BUDGET = 20
DONE_S = 300  # a lease of the killed one may have to end first


@pytest.mark.parametrize("children", [20_000, pytest.param(100_000, marks=pytest.mark.soak)])
@pytest.mark.timeout(900)
async def test_restored_elsewhere_after_a_kill_original_and_copy_end_the_same(tmp_path: Path, children: int) -> None:
    async with served_sandbox(tmp_path / "network", accounts=children * 5 // 4, hub_children=children) as served:
        system = await start_system(tmp_path / "data", **served.settings())
        try:
            request_id = await system.ask(served.hub, budget=BUDGET, pages=PAGES)
            await stored(system, children // 50)
            await under_load(system, served, tmp_path)
        finally:
            await system.kill()
            await system.api.aclose()
        await stellarmap(tmp_path / "elsewhere", "restore", str(tmp_path / "backup"))
        digests = [await drained(tmp_path / name, served, request_id) for name in ("data", "elsewhere")]
    assert digests[0] == digests[1]


async def under_load(system: System, served: ServedSandbox, folder: Path) -> None:
    """A backup of a system that was writing before, while and after it was made."""
    began = time.perf_counter()
    await stellarmap(folder / "data", "backup", str(folder / "backup"), **served.settings())
    took_s = time.perf_counter() - began
    made = msgspec.json.decode((folder / "backup" / MANIFEST).read_bytes(), type=Manifest)
    async with mapped(folder / "backup", served.sandbox.world.spec) as copy:
        copied = (await copy.digest()).creations
    written = (await system.get("/sandbox/overview"))["figures"]["creations"]
    report("backup", took_s=took_s, mib=made.bytes / 2**20, creations=copied, written_at_its_end=written)
    assert 0 < copied < written


async def stellarmap(data_dir: Path, *words: str, **settings: object) -> None:
    """Runs a command that must go well."""
    process = await asyncio.create_subprocess_exec(
        STELLARMAP,
        *words,
        env=environment(data_dir, settings),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await asyncio.wait_for(process.wait(), DONE_S) == 0


async def stored(system: System, creations: int) -> None:
    """Returns once that many creations are stored."""

    async def enough() -> bool:
        overview = await system.get("/sandbox/overview")
        return bool(overview["figures"]["creations"] >= creations)

    await until(enough, within_s=DONE_S, what=f"{creations} creations", log=system.log)


async def drained(data: Path, served: ServedSandbox, request_id: str) -> Digest:
    """The digest, once the system on that folder has done what was asked, and it is certain that it is true."""
    system = await start_system(data, **served.settings())
    try:
        await system.completed(request_id, within_s=DONE_S)
        assert await system.stop() == 0
    finally:
        await system.api.aclose()
        await system.kill()
    async with mapped(data, served.sandbox.world.spec) as store:
        assert await store.differences(served.truth, served.hub) == []
        return await store.digest()
