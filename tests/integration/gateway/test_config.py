"""Admins look at the configuration and change it; who changed what is kept, and of two at once one is refused."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from stellarmap_common.errors import TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.events.config import ConfiguredKey, PipelineConfigured
from stellarmap_common.ports.config_store import ConfigChange
from tests.support.gateway import ADMIN_TOKEN, NOW, KeptEvents, Site, open_site, seed

PATH = "/api/v1/admin/config"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site(request_budget=7) as opened:
        opened.api.headers.update(ADMIN)
        yield opened


async def put(site: Site, key: str, value: str, **more: object) -> httpx.Response:
    return await site.api.put(f"{PATH}/{key}", json={"value": value, **more})


async def shown(site: Site, key: str) -> dict[str, object]:
    return next(each for each in (await site.get(PATH))["keys"] if each["key"] == key)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/changes"), ("PUT", "/batch_size"), ("DELETE", "/batch_size")]
)
async def test_without_the_admin_token_nothing_is_told_or_changed(site: Site, method: str, path: str) -> None:
    site.api.headers.pop("authorization")
    body = {"value": "5"} if method == "PUT" else None
    answer = await site.api.request(method, PATH + path, json=body)
    assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")
    assert await site.stores.config.stored() == ()


async def test_each_key_is_shown_with_its_value_where_that_is_from_and_what_it_may_be(site: Site) -> None:
    assert await shown(site, "request_budget") == {
        "key": "request_budget",
        "value": "7",
        "default": "7",
        "source": "environment",
        "reason": None,
        "type": "integer",
        "range": "0 to 100,000",
        "choices": [],
        "least": 0,
        "most": 100_000,
        "unit": "children",
        "effect": "Children a request may expand.",
        "setting": "STELLARMAP_REQUEST_BUDGET",
        "version": 0,
        "last_change": None,
    }
    mode = await shown(site, "pipeline_mode")
    assert mode["choices"] == ["API_ONLY", "BIGQUERY_ONLY", "BIGQUERY_WITH_API_FALLBACK"]
    assert "no Google project is configured" in str(mode["reason"])


async def test_a_change_is_shown_kept_and_told_and_can_be_taken_back(site: Site) -> None:
    answer = await put(site, "request_budget", " 9 ", changed_by="ann")
    assert answer.status_code == 200
    made = {
        "key": "request_budget",
        "version": 1,
        "value": "9",
        "before": None,
        "changed_at": "2026-11-01T12:00:00Z",
        "changed_by": "ann",
    }
    now = await shown(site, "request_budget")
    assert answer.json() == now
    assert (now["value"], now["default"], now["source"], now["version"]) == ("9", "7", "stored", 1)
    assert now["last_change"] == made
    (event,) = site.published.events
    assert isinstance(event, PipelineConfigured)
    assert event.changed == (ConfiguredKey(key="request_budget", version=1),)
    assert event.changed_by == "ann"
    back = (await site.api.delete(f"{PATH}/request_budget", params={"changed_by": "bob"})).json()
    assert (back["value"], back["source"], back["version"]) == ("7", "environment", 2)
    undone = {**made, "version": 2, "value": None, "before": "9", "changed_by": "bob"}
    assert (await site.get(f"{PATH}/changes"))["changes"] == [undone, made]
    assert await site.get(f"{PATH}/changes", limit=1) == {
        "as_of": "2026-11-01T12:00:00Z",
        "changes": [undone],
        "truncated": True,
    }


async def test_what_holds_already_is_no_change(site: Site) -> None:
    await put(site, "batch_size", "5")
    for value in ("5", "05"):
        assert (await put(site, "batch_size", value)).json()["version"] == 1
    assert (await site.api.delete(f"{PATH}/request_depth")).json()["version"] == 0
    assert len(site.published.events) == len(await site.stores.config.changes(10)) == 1


async def test_a_value_out_of_range_is_refused_with_the_range(site: Site) -> None:
    answer = await put(site, "batch_size", "0")
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-config-value")
    assert "from 1 to 10,000" in answer.json()["detail"]
    assert await site.stores.config.stored() == ()


async def test_an_unknown_key_is_refused_with_those_there_are(site: Site) -> None:
    for answer in (await put(site, "hva", "0"), await site.api.delete(f"{PATH}/hva")):
        assert (answer.status_code, answer.json()["type"]) == (404, "unknown-config-key")
        assert "pipeline_mode, bigquery_enabled" in answer.json()["detail"]


async def test_a_threshold_that_is_none_of_the_supported_ones_is_refused_whichever_key_is_changed(site: Site) -> None:
    alone = await put(site, "hva_threshold", "20000")
    assert (alone.status_code, alone.json()["type"]) == (422, "invalid-config-value")
    assert "20000 is none of 10000,50000,100000" in alone.json()["detail"]
    assert (await put(site, "hva_supported_thresholds", "20000")).status_code == 422
    for key, value in (("hva_supported_thresholds", "20000,100000"), ("hva_threshold", "20000")):
        assert (await put(site, key, value)).status_code == 200
    back = await site.api.delete(f"{PATH}/hva_supported_thresholds")
    assert (back.status_code, "20000 is none of 10000" in back.json()["detail"]) == (422, True)
    for key in ("hva_threshold", "hva_supported_thresholds"):
        assert (await site.api.delete(f"{PATH}/{key}")).status_code == 200


async def test_who_saw_another_version_is_refused_and_told_what_holds(site: Site) -> None:
    assert (await put(site, "batch_size", "5", expected_version=0, changed_by="ann")).status_code == 200
    late = (
        await put(site, "batch_size", "6", expected_version=0),
        await site.api.delete(f"{PATH}/batch_size", params={"expected_version": 0}),
    )
    for answer in late:
        assert (answer.status_code, answer.json()["type"]) == (409, "changed-meanwhile")
        assert "by ann: it is 5 now, version 1" in answer.json()["detail"]
    assert (await put(site, "batch_size", "6", expected_version=1)).json()["version"] == 2


async def test_a_change_whose_answer_was_lost_may_be_sent_again(site: Site) -> None:
    for _ in range(2):
        answer = await put(site, "batch_size", "5", expected_version=0, changed_by="ann")
        assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert (await put(site, "batch_size", "5", expected_version=0, changed_by="bob")).status_code == 409
    for _ in range(2):
        undone = await site.api.delete(f"{PATH}/batch_size", params={"expected_version": 1})
        assert (undone.status_code, undone.json()["version"]) == (200, 2)
    assert len(await site.stores.config.changes(9)) == 2


async def test_of_two_who_change_at_once_each_change_follows_the_one_before(site: Site) -> None:
    answers = await asyncio.gather(*(put(site, "batch_size", f"{number}") for number in range(1, 11)))
    made = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    changes = await site.stores.config.changes(20)
    assert len(changes) == len(made) >= 1
    for later, earlier in itertools.pairwise(changes):
        assert (later.version, later.before) == (earlier.version + 1, earlier.value)


async def test_a_stored_value_that_cannot_be_read_does_not_hold_and_that_is_said(site: Site) -> None:
    broken = ConfigChange(
        key="request_budget", version=1, value="heaps", before=None, changed_at=NOW, changed_by="a newer version"
    )
    assert await site.stores.config.put(broken)
    now = await shown(site, "request_budget")
    assert (now["value"], now["source"], now["version"]) == ("7", "environment", 1)
    assert "cannot be read by this version" in str(now["reason"])
    assert (await put(site, "request_budget", "9")).json()["source"] == "stored"


async def test_no_seed_is_kept_of_whoever_pastes_one(site: Site) -> None:
    secret = seed("a secret")
    answers = (await put(site, "batch_size", secret), await put(site, "batch_size", "5", changed_by=secret))
    assert [answer.status_code for answer in answers] == [422, 200]
    kept = f"{[answer.text for answer in answers]} {site.published.events} {await site.stores.config.changes(9)}"
    assert secret not in kept


async def test_a_new_default_holds_for_the_next_request(site: Site) -> None:
    await put(site, "request_budget", "9")
    await site.config.refresh()
    asked = await site.api.post(site.path(site.ref("somebody"), "/requests"))
    assert asked.status_code == 202, asked.text
    (request,) = await site.stores.requests.open_requests(site.network().key)
    assert request.budget == 9


class Away(KeptEvents):
    """A publisher whose broker is away, or does not even say so."""

    silent = False

    async def publish(self, *events: Event) -> None:
        if self.silent:
            await asyncio.Event().wait()
        raise TransientError(f"{len(events)} events could not be published")


@pytest.mark.parametrize("silent", [False, True])
async def test_a_broker_that_is_away_keeps_no_change_from_being_made(site: Site, *, silent: bool) -> None:
    site.gateway.config._publisher = away = Away()
    away.silent = silent
    async with asyncio.timeout(5):
        assert (await put(site, "batch_size", "5")).status_code == 200
    await site.config.refresh()
    assert site.config().batch_size == 5
