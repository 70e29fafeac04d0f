"""The stages of a request are read off the walk of the asked account."""

import pytest

from stellarmap_common.domain.status import StageState, Step
from stellarmap_common.lineage.stages import DISCOVERY, GRANDPARENT, PARENT, stages_of_walk
from stellarmap_common.ports.run_store import RunRef, RunState
from tests.support.facts import Facts, facts, ref

DONE, RUNNING, PENDING, SKIPPED, FAILED = (
    StageState.DONE,
    StageState.RUNNING,
    StageState.PENDING,
    StageState.SKIPPED,
    StageState.FAILED,
)


async def states(known: Facts, account: str) -> tuple[StageState, StageState, StageState]:
    run = await known.stores.runs.run_of(RunRef(ref(account), Step.CREATOR))
    views = stages_of_walk(await known.walk(account), ref(account), run)
    return views[PARENT].state, views[DISCOVERY].state, views[GRANDPARENT].state


async def test_nothing_has_begun() -> None:
    async with facts() as known:
        assert await states(known, "account") == (PENDING, PENDING, PENDING)


async def test_the_creator_step_runs() -> None:
    async with facts() as known:
        await known.found("account", state=RunState.OPEN)
        assert await states(known, "account") == (RUNNING, RUNNING, PENDING)


async def test_the_creator_is_found_and_its_own_step_runs() -> None:
    async with facts() as known:
        await known.made("account", "maker", 20)
        assert await states(known, "account") == (DONE, DONE, RUNNING)


async def test_the_creator_of_the_creator_is_known() -> None:
    async with facts() as known:
        await known.made("maker", "somebody", 10)
        await known.made("account", "maker", 20)
        assert await states(known, "account") == (DONE, DONE, DONE)


async def test_a_child_of_genesis_has_everything() -> None:
    async with facts() as known:
        await known.made("account", "genesis", 20)
        assert await states(known, "account") == (DONE, DONE, DONE)


@pytest.mark.parametrize("progress", [{"reason": "too old"}, {"not_found": True}])
async def test_unknown_is_not_failed(progress: dict[str, object]) -> None:
    async with facts() as known:
        await known.found("account", **progress)  # type: ignore[arg-type]
        assert await states(known, "account") == (DONE, SKIPPED, SKIPPED)


async def test_a_failed_step_is_failed() -> None:
    async with facts() as known:
        await known.found("account", state=RunState.FAILED, reason="three bugs")
        assert await states(known, "account") == (FAILED, FAILED, SKIPPED)


async def test_a_contract_has_no_creator() -> None:
    async with facts() as known:
        await known.made("account", "", 20, by="contract")
        assert await states(known, "account") == (DONE, DONE, SKIPPED)


async def test_genesis_has_no_creator() -> None:
    async with facts() as known:
        assert await states(known, "genesis") == (DONE, SKIPPED, SKIPPED)
