"""A retry runs again what failed; where nothing did, it says so, and what to do instead."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.request_store import RequestRef, RequestRow, RowState
from stellarmap_common.ports.run_store import RunState
from tests.support.gateway import NOW, Site, creation, open_site


async def retry(site: Site, account: AccountRef, key: str | None = None) -> httpx.Response:
    return await site.api.post(site.path(account, "/retry"), headers={"Idempotency-Key": key} if key else {})


async def is_in(site: Site, account: AccountRef, status: AccountStatus, **state: Any) -> None:
    known = {"requested": True, "requested_at": NOW, **state}
    assert await site.stores.accounts.put_state(AccountState(ref=account, version=1, status=status, **known))


def refused_with(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


@pytest.mark.parametrize("status", [AccountStatus.FAILED, AccountStatus.ERROR, AccountStatus.NOT_FOUND])
async def test_what_failed_is_asked_for_again_by_a_request_that_may_reopen_it(
    site: Site, status: AccountStatus
) -> None:
    account = site.ref("account")
    await is_in(site, account, status, retry_count=2)
    answer = await retry(site, account)
    assert answer.status_code == 202
    request = await site.stores.requests.request(RequestRef(account.network, answer.json()["request_id"]))
    assert request
    assert request.retry
    assert answer.headers["location"].endswith(request.ref.request_id)
    steps = [event for event in site.published.events if isinstance(event, AccountRequested)]
    assert [(event.step, event.retry) for event in steps] == [(Step.CREATOR, True), (Step.CHILDREN, True)]
    state = await site.stores.accounts.state_of(account)
    assert state
    assert (state.status, state.retry_count) == (AccountStatus.RE_INQUIRY, 3)


async def test_an_account_nobody_asked_for_is_not_retried_but_may_be_mapped(site: Site) -> None:
    account = site.ref("nobody")
    answer = await retry(site, account)
    assert refused_with(answer) == (404, "not-mapped")
    assert answer.json()["way_out"] == {"method": "POST", "href": site.path(account, "/requests")}
    assert site.published.events == []


async def test_what_is_mapped_without_a_failure_is_not_retried_but_may_be_refreshed(site: Site) -> None:
    (account,) = await site.chain("account")
    answer = await retry(site, account)
    assert refused_with(answer) == (409, "nothing-failed")
    way_out = answer.json()["way_out"]
    assert (await site.api.request(way_out["method"], way_out["href"])).status_code == 202


async def test_what_is_being_mapped_is_not_retried_but_may_be_followed(site: Site) -> None:
    account = site.ref("new")
    asked = await site.api.post(site.path(account, "/requests"))
    answer = await retry(site, account)
    assert refused_with(answer) == (409, "in-progress")
    assert answer.json()["way_out"] == {"method": "GET", "href": asked.headers["location"]}
    assert (await site.get(answer.json()["way_out"]["href"]))["request_id"] == asked.json()["request_id"]


async def test_what_is_stuck_is_retried(site: Site) -> None:
    account = site.ref("new")
    await site.api.post(site.path(account, "/requests"))
    site.clock.at += timedelta(hours=2, minutes=1)
    assert (await retry(site, account)).status_code == 202


async def test_what_waits_in_a_queue_for_long_is_not_stuck(site: Site) -> None:
    account = site.ref("new")
    await site.api.post(site.path(account, "/requests"))
    site.bus.oldest = site.clock.at
    site.clock.at += timedelta(hours=2, minutes=1)
    assert refused_with(await retry(site, account)) == (409, "in-progress")


async def test_what_nobody_works_on_any_more_is_retried(site: Site) -> None:
    account = site.ref("met on the way")
    await is_in(site, account, AccountStatus.PROCESSING, request_id="lost")
    assert (await retry(site, account)).status_code == 202


async def test_an_account_whose_chain_does_not_end_is_retried(site: Site) -> None:
    maker, account = site.ref("maker"), site.ref("account")
    await site.record(creation(account, maker.address, ledger=50))
    await site.map(account)
    await site.map(maker, AccountStatus.FAILED, reason="Horizon does not have it")
    assert (await site.get(site.path(account, "/lineage")))["lineage"] == "unknown"
    assert (await retry(site, account)).status_code == 202


async def test_an_account_of_which_a_child_could_not_be_expanded_is_retried(site: Site) -> None:
    account, child = site.ref("account"), site.ref("child")
    asked = await site.api.post(site.path(account, "/requests"))
    ref = RequestRef(account.network, asked.json()["request_id"])
    grant = RequestRow(account=child.address, parent=account.address, depth_left=1, operation_id=7)
    await site.stores.requests.grant(ref, account.address, [grant])
    await site.stores.requests.close_row(ref, account.address, RowState.DONE)
    await site.stores.requests.close_row(ref, child.address, RowState.FAILED)
    await site.stores.requests.finish(ref)
    await site.record(creation(account, site.genesis.address, ledger=50))
    await site.finish(account, Step.CREATOR)
    await site.finish(account, Step.CHILDREN, RunState.FINISHED)
    assert await site.stores.accounts.put_state(
        AccountState(ref=account, version=9, status=AccountStatus.COMPLETE, requested=True, request_id=ref.request_id)
    )
    assert (await retry(site, account)).status_code == 202


async def test_a_retry_repeated_with_its_key_is_the_same_request_also_while_it_runs(site: Site) -> None:
    account = site.ref("account")
    await is_in(site, account, AccountStatus.FAILED)
    first, second = await retry(site, account, "key"), await retry(site, account, "key")
    assert first.status_code == second.status_code == 202
    assert first.json()["request_id"] == second.json()["request_id"]
    assert refused_with(await retry(site, account, "another key")) == (409, "in-progress")


async def test_retries_count_against_the_limit_of_requests() -> None:
    async with open_site(requests_per_minute=2) as site:
        account = site.ref("account")
        await is_in(site, account, AccountStatus.FAILED)
        assert [(await retry(site, account)).status_code for _ in range(3)] == [202, 409, 429]


async def test_what_names_no_account_is_refused(site: Site) -> None:
    for text, kind in (("GABC", "invalid-address"), ("C" + "A" * 55, "invalid-address")):
        answer = await site.api.post(f"/api/v1/sandbox/accounts/{text}/retry")
        assert refused_with(answer) == (422, kind)
