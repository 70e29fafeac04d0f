"""Asking: answered from the store when it is there, stored and followed when it is not, once for each key."""

from uuid import uuid4

import httpx
import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.run_store import RunState
from tests.support.gateway import Site, creation, open_site


async def ask(site: Site, account: AccountRef, key: str | None = None, **body: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await site.api.post(site.path(account, "/requests"), json=body, headers=headers)


async def test_what_is_mapped_is_answered_at_once(site: Site) -> None:
    maker, account = await site.chain("maker", "account")
    await site.finish(account, Step.CHILDREN)
    answer = await ask(site, account, budget=0)
    assert answer.status_code == 200
    assert [hop["address"] for hop in answer.json()["ancestors"]] == [maker.address, site.genesis.address]
    assert [type(event) for event in site.published.events] == [EnrichmentRequested]  # nothing is known of who it is


async def test_what_is_not_mapped_becomes_a_request_that_can_be_followed(site: Site) -> None:
    account = site.ref("new")
    answer = await ask(site, account, budget=7, depth=2, pages=9)
    assert answer.status_code == 202
    status = answer.json()
    assert answer.headers["location"] == f"/api/v1/sandbox/requests/{status['request_id']}"
    assert (status["budget"], status["depth"], status["pages"]) == (7, 2, 9)
    assert (status["completed"], status["cancelled"], status["lane"], status["lane_reason"]) == (
        False,
        False,
        "user",
        None,
    )
    assert status["lineage"]["state"] == "pending"
    assert status["lineage"]["pending_address"] == account.address
    followed = await site.get(answer.headers["location"])
    assert followed["request_id"] == status["request_id"]
    asked = [event for event in site.published.events if isinstance(event, AccountRequested)]
    assert {event.step for event in asked} == {Step.CREATOR, Step.CHILDREN}
    assert {event.account for event in asked} == {account.address}


async def test_without_a_body_the_defaults_of_the_installation_are_asked_for(site: Site) -> None:
    answer = await site.api.post(site.path(site.ref("new"), "/requests"))
    assert answer.status_code == 202
    assert (answer.json()["budget"], answer.json()["depth"], answer.json()["pages"]) == (200, 3, 50)


async def test_the_same_key_is_answered_with_the_same_request(site: Site) -> None:
    account, key = site.ref("new"), str(uuid4())
    first, second = await ask(site, account, key, budget=1), await ask(site, account, key, budget=1)
    assert first.status_code == second.status_code == 202
    assert first.json()["request_id"] == second.json()["request_id"]
    assert first.headers["location"] == second.headers["location"]
    assert len(await site.stores.requests.open_requests(account.network)) == 1


async def test_without_a_key_each_is_a_request_of_its_own(site: Site) -> None:
    account = site.ref("new")
    assert (await ask(site, account)).json()["request_id"] != (await ask(site, account)).json()["request_id"]


async def test_a_key_used_for_another_question_is_refused(site: Site) -> None:
    account = site.ref("new")
    await ask(site, account, "a key", budget=1)
    answer = await ask(site, account, "a key", budget=2)
    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency-key-reused")
    assert (await ask(site, site.ref("other"), "a key", budget=2)).status_code == 202


async def test_a_key_whose_request_was_lost_before_it_was_stored_makes_it_again_under_the_same_id(site: Site) -> None:
    account = site.ref("new")
    with pytest.MonkeyPatch.context() as broken:

        async def fails(*_: object) -> None:
            raise SourceUnavailable("the power went")

        broken.setattr(type(site.stores.requests), "open", fails)
        assert (await ask(site, account, "key")).status_code == 502
    again, once_more = await ask(site, account, "key"), await ask(site, account, "key")
    assert again.status_code == 202
    assert again.json()["request_id"] == once_more.json()["request_id"]


async def test_the_eleventh_open_request_of_a_client_waits_in_the_second_lane_and_says_so(site: Site) -> None:
    answers = [(await ask(site, site.ref(number))).json() for number in range(11)]
    assert [answer["lane"] for answer in answers] == ["user"] * 10 + ["queued"]
    assert answers[9]["lane_reason"] is None
    assert "10 requests of yours" in answers[10]["lane_reason"]


async def test_what_a_client_has_in_other_lanes_does_not_keep_it_from_the_first(site: Site) -> None:
    bulk = [site.ref(number).address for number in range(20)]
    assert (await site.api.post("/api/v1/sandbox/requests:bulk", json={"addresses": bulk})).status_code == 202
    assert (await ask(site, site.ref("one more"))).json()["lane"] == "user"


async def test_asking_faster_than_allowed_is_refused_with_how_long_to_wait() -> None:
    async with open_site(requests_per_minute=3) as site:
        for number in range(3):
            assert (await ask(site, site.ref(number))).status_code == 202
        refused = await ask(site, site.ref("one more"))
        assert (refused.status_code, refused.json()["type"]) == (429, "rate-limited")
        wait_s = int(refused.headers["retry-after"])
        assert 0 < wait_s <= 61
        site.clock.pass_time(wait_s)
        assert (await ask(site, site.ref("one more"))).status_code == 202


async def test_a_cancelled_request_says_so_and_cancelling_again_changes_nothing(site: Site) -> None:
    answer = await ask(site, site.ref("new"))
    path = answer.headers["location"]
    for _ in range(2):
        cancelled = await site.api.post(f"{path}/cancel")
        assert cancelled.status_code == 200
        assert cancelled.json()["cancelled"]
    assert (await site.get(path))["queue"]["expected_s"] is None


async def test_an_unknown_request_is_a_problem(site: Site) -> None:
    for path in (f"/api/v1/sandbox/requests/{uuid4()}", "/api/v1/sandbox/requests/%00", "/api/v1/sandbox/requests/'"):
        answer = await site.api.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "unknown-request")
    assert (await site.api.post(f"/api/v1/sandbox/requests/{uuid4()}/cancel")).status_code == 404


async def test_a_request_of_another_network_is_not_found(site: Site) -> None:
    request_id = (await ask(site, site.ref("new"))).json()["request_id"]
    assert (await site.api.get(f"/api/v1/testnet/requests/{request_id}")).status_code == 404


async def test_the_status_tells_how_far_lineage_and_expansion_are(site: Site) -> None:
    account, maker = site.ref("account"), site.ref("maker")
    path = (await ask(site, account, pages=5)).headers["location"]
    await site.record(creation(account, maker.address, ledger=50))
    await site.finish(account, Step.CREATOR)
    await site.finish(account, Step.CHILDREN, RunState.OPEN, complete=False, pages=2, total=0)
    status = await site.get(path)
    assert status["lineage"] == {
        "state": "pending",
        "done": False,
        "hops": 0,
        "pending_address": maker.address,
        "reason": None,
    }
    expansion = status["expansion"]
    assert (expansion["pages_read"], expansion["pages_asked"], expansion["done"]) == (2, 5, False)
    assert len(status["stages"]) == 8
