"""What the enricher asks: recorded answers come through whole, the sandbox answers alike, and what is no page is an error."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from stellarmap_common.domain.network import Address, sandbox_key, sandbox_passphrase
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_sandbox.service import open_sandbox
from tests.support.replay import RECORDED
from tests.support.sandbox import SEED, SMALL, sandbox_settings
from tests.support.sources import network_at, opened_sources
from tests.support.stores import address

ASSETS = json.loads((RECORDED / "java-sdk/pages_assets.json").read_text())
DIRECTORY = json.loads((RECORDED / "stellar-expert/openapi_public_v1.4.0_examples.json").read_text())[
    "GET /explorer/directory 200"
]


class Recorded:
    """A transport that answers everything alike, and keeps what it was asked."""

    def __init__(self, status: int, body: Any) -> None:
        self.asked: list[httpx.URL] = []
        self._answer = (status, body)

    def transport(self) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request.url)
            status, body = self._answer
            return httpx.Response(status, json=body)

        return httpx.MockTransport(answer)


async def test_a_recorded_page_of_assets_comes_through_whole() -> None:
    recorded = Recorded(200, ASSETS)
    async with opened_sources(recorded.transport()) as opened:
        issuer = address("issuer")
        found = await opened.sources.horizon(opened.network.key).assets_issued_by(issuer, Lane.USER)
        assert list(found) == ASSETS["_embedded"]["records"]
        (url,) = recorded.asked
        assert (url.path, dict(parse_qsl(url.query.decode()))) == (
            "/horizon/assets",
            {"asset_issuer": issuer, "order": "asc", "limit": "200"},
        )


async def test_a_recorded_page_of_the_directory_comes_through_whole() -> None:
    recorded = Recorded(200, DIRECTORY)
    async with opened_sources(recorded.transport()) as opened:
        expert = opened.sources.expert(opened.network.key)
        assert expert
        asked = [address(number) for number in range(50)]
        assert list(await expert.directory(asked, Lane.USER)) == DIRECTORY["_embedded"]["records"]
        (url,) = recorded.asked
        assert url.path == "/expert/directory"
        assert parse_qsl(url.query.decode()) == [*(("address[]", each) for each in asked), ("limit", "50")]


async def test_the_directory_is_not_asked_about_nobody() -> None:
    recorded = Recorded(200, DIRECTORY)
    async with opened_sources(recorded.transport()) as opened:
        expert = opened.sources.expert(opened.network.key)
        assert expert
        assert await expert.directory([], Lane.USER) == ()
        assert recorded.asked == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, [], SourceUnavailable),
        (200, {"_embedded": {"records": "none"}}, SourceUnavailable),
        (200, {"_embedded": {"records": ["none"]}}, SourceUnavailable),
        (503, {"error": "away", "status": 503}, SourceUnavailable),
        (429, {"error": "too many", "status": 429}, SourceUnavailable),
        (400, {"error": "no", "status": 400}, SourceRejected),
    ],
)
async def test_what_is_no_page_is_an_error_of_its_source(status: int, body: Any, error: type[Exception]) -> None:
    async with opened_sources(Recorded(status, body).transport()) as opened:
        expert = opened.sources.expert(opened.network.key)
        assert expert
        with pytest.raises(error, match="Stellar Expert"):
            await expert.directory([address("one")], Lane.USER)
    async with opened_sources(Recorded(status, body).transport()) as opened:
        with pytest.raises(error, match="Horizon"):
            await opened.sources.horizon(opened.network.key).assets_issued_by(address("one"), Lane.USER)


async def test_the_sandbox_answers_as_the_real_ones_do(tmp_path: Path) -> None:
    key = sandbox_key(SEED, SMALL)
    network = network_at("http://sandbox", passphrase=sandbox_passphrase(key), key=key)
    async with open_sandbox(sandbox_settings(), tmp_path, SystemClock(), None) as sandbox:
        await sandbox.ready()
        made = sandbox.world.network
        assert made
        hub = Address(made.keys.address(made.cast.examples["hub"]))
        async with opened_sources(sandbox.app, network=network) as opened:
            assets = await opened.sources.horizon(key).assets_issued_by(hub, Lane.USER)
            assert [asset["asset_issuer"] for asset in assets] == [hub]
            assert set(assets[0]) == set(ASSETS["_embedded"]["records"][0]) | {"contract_id"}
            assert await opened.sources.horizon(key).assets_issued_by(address("nobody"), Lane.USER) == []
            expert = opened.sources.expert(key)
            assert expert
            asked = [hub, address("nobody"), *(made.keys.address(number) for number in range(48))]
            listed = await expert.directory(asked, Lane.USER)
            assert hub in [entry["address"] for entry in listed]
            assert all(set(entry) >= {"address", "name", "tags", "paging_token"} for entry in listed)
