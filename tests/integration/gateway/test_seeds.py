"""Seeds of standings over HTTP: whoever holds the admin token asks for one, and sees what came of it; health tells of trouble."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.seed_store import StandingsSeed
from tests.support.gateway import ADMIN_TOKEN, NOW, Site, open_site

PATH = "/api/v1/admin/sandbox/standings-seed"
HEADERS = {"authorization": f"Bearer {ADMIN_TOKEN}"}


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site(networks="sandbox,testnet") as opened:
        yield opened


def seed_of(site: Site, **values: Any) -> StandingsSeed:
    return StandingsSeed(network=site.network().key, **values)


async def told(site: Site) -> dict[str, Any]:
    return dict((await site.api.get(PATH, headers=HEADERS)).json())


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_the_token_nothing_is_told_or_asked_for(site: Site, method: str) -> None:
    assert (await site.api.request(method, PATH)).status_code == 401
    assert await site.stores.seeds.wished(site.network().key) is None


async def test_a_wish_is_kept_until_it_is_answered(site: Site) -> None:
    assert (await told(site))["answered"]
    answer = await site.api.post(PATH, headers=HEADERS)
    assert answer.status_code == 202
    assert not answer.json()["answered"]
    wished = await site.stores.seeds.wished(site.network().key)
    begun = seed_of(site, job_id="a job", read_at=NOW, told=2_000, answered=wished)
    await site.stores.seeds.keep(begun)
    found = await told(site)
    assert (found["answered"], found["under_way"], found["told"], found["covers"]) == (True, True, 2_000, None)
    await site.stores.seeds.keep(replace(begun, job_id="", covers=Ledger(57), covers_xlm=10_000, covered_at=NOW))
    found = await told(site)
    assert (found["under_way"], found["trouble"]) == (False, None)
    assert (found["covers"]["ledger"], found["covers"]["from_xlm"]) == (57, 10_000)


async def test_a_network_that_bigquery_does_not_hold_is_refused(site: Site) -> None:
    answer = await site.api.post("/api/v1/admin/testnet/standings-seed", headers=HEADERS)
    assert (answer.status_code, answer.json()["type"]) == (422, "no-bigquery")


async def test_what_keeps_a_network_from_being_seeded_is_told_by_health(site: Site) -> None:
    await site.stores.seeds.keep(seed_of(site, trouble="It would cost $7.", tried_at=NOW))
    assert (await told(site))["trouble"] == "It would cost $7."
    (check,) = [each for each in (await site.get("/api/v1/health"))["checks"] if each["component"] == "bigquery"]
    assert check["state"] == "HEALTHY"
    assert check["detail"].endswith("Not all large accounts of sandbox are ranked: It would cost $7.")
