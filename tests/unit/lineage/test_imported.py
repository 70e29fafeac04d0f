"""Which steps are answered from an import, without their source."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.status import Lane, Route, Step
from stellarmap_common.domain.toid import last_toid
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage import imported
from stellarmap_common.lineage.imported import Imported
from stellarmap_common.ports.sources import page_after
from tests.support.facts import NETWORK, Facts, facts, named

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def step(name: str) -> AccountRequested:
    return AccountRequested(
        network=NETWORK, account=named(name), step=Step.CREATOR, request_id="r", route=Route.API, lane=Lane.USER
    )


async def lives(known: Facts, event: AccountRequested) -> tuple[Creation, ...] | None:
    page = await Imported(known.stores).page_of(event)
    if page is None:
        return None
    assert page.complete
    return page.creations


async def test_the_creator_step_of_an_account_that_lives_is_answered_with_all_its_lives() -> None:
    async with facts() as known:
        await known.imported(to=100)
        first = await known.made("account", "genesis", 10, found=False)
        await known.merged("account", 20)
        second = await known.made("account", "genesis", 30, found=False)
        assert await lives(known, step("account")) == (first, second)


async def test_the_source_is_asked_about_an_account_that_began_a_life_after_the_import() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("account", "genesis", 10, found=False)
        await known.made("account", "genesis", 160, found=False)
        assert await lives(known, step("account")) is None, "when the one before ended is not stored"


async def test_the_source_is_asked_about_an_account_whose_life_began_with_a_contract() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("account", "", 10, by="contract", found=False)
        assert await lives(known, step("account")) is None, "no import holds it: it may have ended since"


async def test_what_bigquery_was_refused_is_not_answered_from_the_import() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("account", "genesis", 10, found=False)
        assert await lives(known, step_with("account", refusal="too large")) is None, "it was more than is stored"


async def test_whoever_asks_again_asks_the_source() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("account", "genesis", 10, found=False)
        assert await lives(known, step_with("account", retry=True)) is None
        assert await lives(known, step_with("account", step=Step.CHILDREN, retry=True)) is None


async def test_the_children_step_reads_what_is_imported_and_then_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "CHILDREN_TOGETHER", 3)
    async with facts() as known:
        await known.imported(to=100)
        made = [await known.made(f"child-{number}", "account", 10 + number, found=False) for number in range(7)]
        await known.made("later", "account", 101, found=False)
        pages, cursor = [], ""
        while page := await Imported(known.stores).page_of(step_with("account", step=Step.CHILDREN, cursor=cursor)):
            assert (page.complete, page.at_least) == (False, True), "of contracts' transfers imports know nothing"
            pages.append(page.creations)
            cursor = page.cursor
        assert [one for page in pages for one in page] == made
        assert page_after(cursor) == (last_toid(100), ""), "there the source goes on"


@pytest.mark.parametrize(("whole_from", "complete"), [(0, True), (1, False), (None, False)])
async def test_an_import_that_reaches_to_a_time_has_all_children_and_an_older_one_has_not(
    whole_from: int | None, *, complete: bool
) -> None:
    async with facts() as known:
        await known.imported(to=100, whole_at=NOON)
        made = await known.made("child", "account", 10, found=False)
        since = None if whole_from is None else NOON + timedelta(seconds=whole_from)
        page = await Imported(known.stores).page_of(step_with("account", step=Step.CHILDREN), since)
        assert page
        assert (page.creations, page.complete) == ((made,), complete)


async def test_an_operation_with_several_children_is_on_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "CHILDREN_TOGETHER", 3)
    async with facts() as known:
        await known.imported(to=100)
        made = [
            await known.made(name, "account", ledger, found=False) for name, ledger in (("a", 5), ("b", 6), ("c", 6))
        ]
        first = await Imported(known.stores).page_of(step_with("account", step=Step.CHILDREN))
        assert first
        assert first.creations == (made[0],)
        second = await Imported(known.stores).page_of(step_with("account", step=Step.CHILDREN, cursor=first.cursor))
        assert second
        assert set(second.creations) == set(made[1:])


async def test_the_source_is_asked_about_what_an_import_cannot_know() -> None:
    async with facts() as known:
        await known.made("account", "genesis", 10, found=False)
        assert await lives(known, step("account")) is None, "nothing was imported"
        await known.imported(to=100)
        await known.made("new", "genesis", 101, found=False)
        await known.made("gone", "genesis", 10, found=False)
        await known.merged("gone", 20)
        for name in ("nobody", "new", "gone"):
            assert await lives(known, step(name)) is None


def step_with(name: str, **values: object) -> AccountRequested:
    return replace(step(name), **values)
