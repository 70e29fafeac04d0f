"""When the power fails, what was not synced is gone: no offset outlives its effect, wherever it is cut."""

import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import httpx
import pytest
import pytest_asyncio

from stellarmap_common.errors import StellarmapError
from stellarmap_common.lineage.digest import Digest
from tests.support.mapped import mapped
from tests.support.measured import report
from tests.support.power_cut import SYNC, Happened, disks_at, read_recording
from tests.support.power_effects import Told, missing, stored_in, told_in
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import System, start_system, started

CHILDREN = 2_000
PAGES = 1_000
BUDGET = 40
DONE_S = 120
SEED = 20_261_125
ROOT = Path(__file__).parents[2]
RECORDED = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.support import power_recorder; power_recorder.main()"
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A system that ran undisturbed, with everything it did to its files."""

    happened: Sequence[Happened]
    told: Told
    digest: Digest
    figures: dict[str, int]
    served: ServedSandbox
    request_id: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Recorded]:
    folder = tmp_path_factory.mktemp("recorded")
    async with served_sandbox(folder / "network", accounts=4_000, hub_children=CHILDREN) as served:
        data = folder / "data"
        command = (sys.executable, "-c", RECORDED, str(folder / "recording"), "up")
        system = await started(command, data, served.settings())
        request_id = await system.ask(served.hub, budget=BUDGET, pages=PAGES)
        await system.completed(request_id, within_s=DONE_S)
        figures = await figures_of(system)
        assert await system.stop() == 0
        await system.api.aclose()
        yield Recorded(
            happened=read_recording(folder / "recording"),
            told=told_in(data / "log.sqlite"),
            digest=await digest_in(data, served),
            figures=figures,
            served=served,
            request_id=request_id,
        )


async def figures_of(system: System) -> dict[str, int]:
    figures = (await system.get("/sandbox/overview"))["figures"]
    return {name: figures[name] for name in ("accounts_mapped", "creations", "merges", "pending", "failed")}


async def digest_in(data: Path, served: ServedSandbox) -> Digest:
    async with mapped(data, served.sandbox.world.spec) as store:
        assert await store.differences(served.truth, served.hub) == []
        return await store.digest()


async def lacking_at(happened: Sequence[Happened], cuts: int, recorded: Recorded, folder: Path) -> dict[int, list[str]]:
    """What lacks at so many cuts, spread by chance over all that happened."""
    chance = random.Random(SEED)
    found: dict[int, list[str]] = {}
    for cut, disk in disks_at(happened, (chance.randrange(1, len(happened)) for _ in range(cuts))):
        left = folder / "left"
        left.mkdir()
        disk.left_in(left, chance)
        if lacking := await lacking_in(left, recorded):
            found[cut] = lacking
        rmtree(left)
    return found


async def lacking_in(left: Path, recorded: Recorded) -> list[str]:
    """What lacks in what is left; a file that does not open, or is not sound, lacks everything."""
    try:
        told = told_in(left / "log.sqlite")
        async with stored_in(left / "store.sqlite") as stores:
            return await missing(told, stores, recorded.told)
    except (StellarmapError, AssertionError) as error:
        return [repr(error)]


async def test_the_recording_holds_what_makes_a_cut_interesting(recorded: Recorded) -> None:
    syncs = Counter(each.name for each in recorded.happened if each.kind == SYNC)
    assert syncs["store.sqlite-wal"] > 20
    assert syncs["log.sqlite-wal"] > 20
    assert syncs["store.sqlite"] > 1, "pages were copied into the file, too"
    assert len(recorded.told.events) > 100


@pytest.mark.parametrize("cuts", [60, pytest.param(1_000, marks=pytest.mark.soak)])
@pytest.mark.timeout(1_800)
async def test_no_offset_outlives_its_effect_wherever_the_power_fails(
    recorded: Recorded, cuts: int, tmp_path: Path
) -> None:
    lacking = await lacking_at(recorded.happened, cuts, recorded, tmp_path)
    report("power-loss", cuts=cuts, happened=len(recorded.happened), events=len(recorded.told.events))
    assert lacking == {}


async def test_a_store_that_does_not_sync_is_caught(recorded: Recorded, tmp_path: Path) -> None:
    def kept(each: Happened) -> bool:
        return each.kind != SYNC or each.name != "store.sqlite-wal"

    assert await lacking_at([each for each in recorded.happened if kept(each)], 40, recorded, tmp_path)


@pytest.mark.parametrize("cuts", [2, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.timeout(1_800)
async def test_a_system_whose_power_failed_ends_as_an_undisturbed_one(
    recorded: Recorded, cuts: int, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    begun = next(n for n, each in enumerate(recorded.happened) if recorded.request_id.encode() in each.content)
    for cut, disk in disks_at(
        recorded.happened, (chance.randrange(begun, len(recorded.happened)) for _ in range(cuts))
    ):
        data = tmp_path / f"cut-{cut}"
        data.mkdir()
        disk.left_in(data, chance)
        system = await start_system(data, **recorded.served.settings())
        try:
            await completed(system, recorded)
            figures = await figures_of(system)
            assert await system.stop() == 0
        finally:
            await system.kill()
            await system.api.aclose()
        assert await digest_in(data, recorded.served) == recorded.digest
        assert figures == recorded.figures


async def completed(system: System, recorded: Recorded) -> None:
    """Returns once the request is completed; if the power failed before it was acknowledged, it is asked for again."""
    answer = await system.api.get(f"/api/v1/sandbox/requests/{recorded.request_id}")
    known = answer.status_code == httpx.codes.OK
    request_id = recorded.request_id if known else await system.ask(recorded.served.hub, budget=BUDGET, pages=PAGES)
    await system.completed(request_id, within_s=DONE_S)
