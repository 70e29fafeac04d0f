"""A repeated search is answered with what was read for the one before, for twelve hours, or until something is found."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.events.requests import RequestCompleted
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.search_cache import SearchEntry
from stellarmap_gateway.imports import ImportWatch
from tests.support.gateway import NOW, Site, creation


async def mapped(site: Site) -> AccountRef:
    """An account that is mapped to the end of what the default request asks for."""
    (account,) = await site.chain("account")
    await site.finish(account, Step.CHILDREN, pages=50)
    return account


async def search(site: Site, account: AccountRef, **body: object) -> Any:
    answer = await site.api.post(site.path(account, "/requests"), json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def entry_of(site: Site, account: AccountRef) -> SearchEntry:
    entry = await site.stores.searches.entry_of(account)
    assert entry
    return entry


async def test_a_search_soon_after_is_answered_with_the_same_and_says_of_when_it_is(site: Site) -> None:
    account = await mapped(site)
    first = await search(site, account)
    site.clock.at += timedelta(hours=11)
    assert await search(site, account) == first
    assert first["as_of"] == "2026-11-01T12:00:00Z"


async def test_a_repeated_search_reads_nothing_of_the_lineage(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await mapped(site)
    first = await search(site, account)

    async def away(*_: object) -> None:
        raise StoreUnavailable("nothing but the search cache is needed")

    monkeypatch.setattr(type(site.stores.known), "known_of", away)
    monkeypatch.setattr(type(site.stores.runs), "run_of", away)
    assert await search(site, account) == first
    assert (await site.api.get(site.path(account, "/lineage"))).status_code == 503


async def test_after_twelve_hours_it_is_read_anew(site: Site) -> None:
    account = await mapped(site)
    await search(site, account)
    site.clock.at += timedelta(hours=12)
    assert (await search(site, account))["as_of"] == "2026-11-02T00:00:00Z"
    entry = await entry_of(site, account)
    assert (entry.created_at, entry.first_view and entry.first_view.read_at) == (NOW, NOW + timedelta(hours=12))


async def test_how_long_it_is_fresh_may_be_chosen_while_it_runs(site: Site) -> None:
    account = await mapped(site)
    await search(site, account)
    site.clock.at += timedelta(hours=1)
    await site.gateway.config.change("cache_ttl_hours", "1", by="test")
    await site.config.refresh()
    assert (await search(site, account))["as_of"] == "2026-11-01T13:00:00Z"


async def test_who_asks_for_more_is_not_answered_with_less(site: Site) -> None:
    account = await mapped(site)
    await search(site, account, pages=2)
    site.clock.at += timedelta(hours=1)
    assert (await search(site, account, pages=1))["as_of"] == "2026-11-01T12:00:00Z"
    assert (await search(site, account, pages=3))["as_of"] == "2026-11-01T13:00:00Z"
    answer = await site.api.post(site.path(account, "/requests"), json={"retry": True})
    assert answer.status_code == 202


async def own_lives(site: Site, account: AccountRef) -> None:
    await site.projector.on_lineage_recorded(LineageRecorded(network=account.network, account=account.address))


async def a_page_of_children(site: Site, account: AccountRef) -> None:
    page = ChildrenRecorded(network=account.network, creator=account.address, page=1, total=1)
    await site.projector.on_children_recorded(page)


async def a_child_found_by_its_own_step(site: Site, account: AccountRef) -> None:
    child = site.ref("child")
    life = creation(child, account.address, ledger=9_000)
    await site.projector.on_lineage_recorded(
        LineageRecorded(network=child.network, account=child.address, lives=(life,))
    )


async def an_import(site: Site, account: AccountRef) -> None:
    state = NetworkImport(network=account.network, source="a file", rows=1)
    await site.stores.imports.begin(state, 1)
    await site.stores.imports.keep(state)
    await ImportWatch(site.gateway.resources.networks, site.stores.imports, (site.gateway.searches,)).look()


FOUND = [own_lives, a_page_of_children, a_child_found_by_its_own_step, an_import]


@pytest.mark.parametrize("found", FOUND)
async def test_what_is_found_meanwhile_ends_it(
    site: Site, found: Callable[[Site, AccountRef], Awaitable[None]]
) -> None:
    account = await mapped(site)
    await search(site, account)
    site.clock.at += timedelta(minutes=1)
    await found(site, account)
    site.clock.at += timedelta(minutes=1)
    assert (await search(site, account))["as_of"] == "2026-11-01T12:02:00Z"
    site.clock.at += timedelta(minutes=1)
    assert (await search(site, account))["as_of"] == "2026-11-01T12:02:00Z"


@pytest.mark.parametrize(
    "clock", [timedelta(minutes=-2), timedelta(), timedelta(minutes=2)], ids=["behind", "same", "ahead"]
)
@pytest.mark.parametrize("searched_before", [False, True])
async def test_what_is_found_while_the_view_is_read_ends_it_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, clock: timedelta, *, searched_before: bool
) -> None:
    account = await mapped(site)
    await site.record(creation(site.ref("first child"), account.address, ledger=8_000))
    if searched_before:
        await search(site, account, budget=0)
        site.clock.at += timedelta(hours=12)
    store = type(site.stores.creations)
    read = store.children_with_children

    async def read_before_the_fact(self: Any, *asked: Any) -> Any:
        found = await read(self, *asked)
        monkeypatch.undo()
        await site.record(creation(site.ref("child"), account.address, ledger=9_000))
        site.clock.at += clock  # of the replica that tells of it
        await a_child_found_by_its_own_step(site, account)
        site.clock.at -= clock
        return found

    monkeypatch.setattr(store, "children_with_children", read_before_the_fact)
    await search(site, account, budget=0)
    site.clock.at += timedelta(hours=5)
    later = await search(site, account, budget=0)
    assert later["as_of"] == site.clock.at.isoformat().replace("+00:00", "Z")
    assert later["children"]["total"] == 2
    assert await search(site, account, budget=0) == later


async def test_a_search_is_noted_from_its_request_to_its_end(site: Site) -> None:
    account = site.ref("new")
    answer = await site.api.post(site.path(account, "/requests"))
    first = await entry_of(site, account)
    assert (first.status, first.created_at, first.first_view) == (AccountStatus.PENDING, NOW, None)
    site.clock.at += timedelta(minutes=1)
    failed = AccountState(ref=account, version=9, status=AccountStatus.FAILED, last_error="no", retry_count=1)
    assert await site.stores.accounts.put_state(failed)
    request_id = answer.json()["request_id"]
    await site.projector.on_request_completed(
        RequestCompleted(
            id=str(uuid4()), network=account.network, account=account.address, request_id=request_id, used=0, failed=1
        )
    )
    last = await entry_of(site, account)
    assert (last.status, last.last_error, last.retry_count) == (AccountStatus.FAILED, "no", 1)
    assert (last.created_at, last.updated_at) == (NOW, NOW + timedelta(minutes=1))


async def test_accounts_asked_for_in_bulk_are_noted_and_those_met_on_the_way_are_not(site: Site) -> None:
    asked, met = site.ref("asked"), site.ref("met")
    await site.api.post("/api/v1/sandbox/requests:bulk", json={"addresses": [asked.address]})
    await own_lives(site, met)
    assert (await entry_of(site, asked)).status is AccountStatus.PENDING
    assert await site.stores.searches.entry_of(met) is None


async def test_a_chain_that_ends_unknown_is_read_each_time(site: Site) -> None:
    maker, account = site.ref("maker"), site.ref("account")
    await site.record(creation(account, maker.address, ledger=50))
    await site.map(account)
    await site.map(maker, AccountStatus.FAILED, reason="Horizon does not have it")
    await site.finish(account, Step.CHILDREN, pages=50)
    await search(site, account)
    site.clock.at += timedelta(minutes=1)
    assert (await search(site, account))["as_of"] == "2026-11-01T12:01:00Z"


async def test_a_view_of_another_version_is_read_anew(site: Site) -> None:
    account = await mapped(site)
    await search(site, account)
    entry = await entry_of(site, account)
    assert entry.first_view
    await site.stores.searches.put_view(account, replace(entry.first_view, text='{"another": "version"}'))
    assert (await search(site, account))["address"] == account.address


async def test_what_is_asked_for_goes_on_where_the_search_cannot_be_noted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("the store is away")

    monkeypatch.setattr(type(site.stores.searches), "put", away)
    assert (await search(site, await mapped(site)))["complete"]
    assert (await site.api.post(site.path(site.ref("new"), "/requests"))).status_code == 202
