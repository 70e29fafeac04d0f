"""Asking in bulk: every entry is told of, nothing secret is repeated, and a repeat makes no second request."""

from typing import Any

import httpx
import pytest

from stellarmap_common.domain.status import AccountStatus, Lane, Step
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.requests import AccountQueued
from stellarmap_common.ports.request_store import RequestRef
from tests.support.gateway import Site, address, contract, open_site, seed

PATH = "/api/v1/sandbox/requests:bulk"


async def bulk(site: Site, *addresses: str, key: str | None = None, **more: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await site.api.post(PATH, json={"addresses": addresses, **more}, headers=headers)


async def told(site: Site, *addresses: str, **more: Any) -> Any:
    answer = await bulk(site, *addresses, **more)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def open_accounts(site: Site) -> list[str]:
    found = await site.stores.requests.open_requests(site.network().key, limit=2_000)
    return sorted(request.account for request in found)


async def test_every_entry_is_in_exactly_one_list(site: Site) -> None:
    maker, known = await site.chain("maker", "known")
    await site.finish(known, Step.CHILDREN)
    new, other = address("new"), address("other")
    pasted = f"  https://example.org/account/{other}?x=1 "
    answer = await told(site, new, known.address, new, pasted, "nonsense", contract("c"), "a*example.com", budget=0)
    assert [each["address"] for each in answer["queued"]] == [new, other]
    assert answer["known"] == [known.address]
    assert answer["duplicate"] == [new]
    assert [(each["index"], each["input"]) for each in answer["invalid"]] == [
        (4, "nonsense"),
        (5, contract("c")),
        (6, "a*example.com"),
    ]
    assert "not looked up in bulk" in answer["invalid"][2]["reason"]
    assert (answer["lane"], answer["budget"], answer["depth"], answer["pages"]) == ("queued", 0, 3, 50)
    assert maker.address not in answer["known"]


async def test_its_requests_are_stored_in_the_second_lane_and_both_steps_of_each_published(site: Site) -> None:
    names = [address(number) for number in range(300)]
    answer = await told(site, *names, pages=2)
    for each in answer["queued"]:
        request = await site.stores.requests.request(RequestRef(site.network().key, each["request_id"]))
        assert request
        assert (request.account, request.lane, request.pages) == (each["address"], Lane.QUEUED, 2)
    published = [event for event in site.published.events if isinstance(event, AccountQueued)]
    assert {(event.account, event.step) for event in published} == {(name, step) for name in names for step in Step}
    assert len(site.published.events) == 600
    state = await site.stores.accounts.state_of(site.ref(7))
    assert state
    assert state.status is AccountStatus.PENDING


@pytest.mark.parametrize(
    "hide",
    [
        str,
        str.lower,
        lambda text: f"my seed is {text}!",
        lambda text: text[:-1],
        " ".join,
        lambda t: t + "A",
    ],
)
async def test_what_may_be_a_seed_is_never_repeated(site: Site, hide: Any) -> None:
    secret = seed("secret")
    answer = await bulk(site, address("fine"), hide(secret))
    (refused,) = answer.json()["invalid"]
    assert (refused["index"], refused["input"]) == (1, None)
    assert secret[:20].lower() not in answer.text.lower()
    assert secret[1:40] not in answer.text.replace(" ", "").upper()


async def test_a_repeat_under_the_same_key_is_answered_alike_and_adds_nothing(site: Site) -> None:
    names = [address(number) for number in range(5)]
    first, second = await told(site, *names, "x", key="key"), await told(site, *names, "x", key="key")
    assert first == second
    assert await open_accounts(site) == sorted(names)
    assert (await bulk(site, *names, key="key")).json()["type"] == "idempotency-key-reused"
    await told(site, *names, key="another")
    assert len(await open_accounts(site)) == 10


async def test_a_crash_in_the_middle_and_the_repeat_give_one_request_an_account(site: Site) -> None:
    names = [address(number) for number in range(600)]
    with pytest.MonkeyPatch.context() as broken:
        opened = type(site.stores.requests).open
        count = 0

        async def fails_later(store: Any, request: Any) -> bool:
            nonlocal count
            count += 1
            if count > 400:
                raise SourceUnavailable("the power went")
            return await opened(store, request)

        broken.setattr(type(site.stores.requests), "open", fails_later)
        assert (await bulk(site, *names, key="key")).status_code == 502
    assert 0 < len(await open_accounts(site)) < 600
    answer = await told(site, *names, key="key")
    assert await open_accounts(site) == sorted(names)
    assert {each["address"] for each in answer["queued"]} == set(names)
    assert answer == await told(site, *names, key="key")


async def test_five_an_hour_are_allowed(site: Site) -> None:
    for _ in range(5):
        await told(site, address("account"))
    refused = await bulk(site, address("account"))
    assert (refused.status_code, refused.json()["type"]) == (429, "rate-limited")
    site.clock.pass_time(int(refused.headers["retry-after"]) + 1)
    await told(site, address("account"))
    async with open_site(bulks_per_hour=1) as strict:
        await told(strict, address("account"))
        assert (await bulk(strict, address("account"))).status_code == 429


async def test_a_repeat_under_its_key_does_not_count_so_a_long_list_comes_to_its_end() -> None:
    parts = [address("a"), address("b"), address("c")]
    async with open_site(bulks_per_hour=2) as site:
        asked = [await bulk(site, part, key=part) for part in parts]
        assert [answer.status_code for answer in asked] == [202, 202, 429]
        minutes = -(-int(asked[2].headers["retry-after"]) // 60)
        assert asked[2].json()["advice"] == f"Ask again in {minutes} min."
        site.clock.pass_time(int(asked[2].headers["retry-after"]) + 1)
        again = [await bulk(site, part, key=part) for part in parts]
        assert [answer.status_code for answer in again] == [202, 202, 202]
        assert [answer.json()["queued"] for answer in again[:2]] == [answer.json()["queued"] for answer in asked[:2]]


async def test_more_than_a_thousand_none_at_all_and_bodies_too_large_are_refused(site: Site) -> None:
    assert (await bulk(site)).status_code == 422
    assert (await bulk(site, *["x"] * 1_001)).status_code == 422
    assert (await bulk(site, *["x" * 4_000] * 100)).status_code == 413
    assert (await bulk(site, "x", whatever=1)).status_code == 422
