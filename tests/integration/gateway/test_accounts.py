"""What the API says of accounts is what the store holds."""

import pytest

from stellarmap_common.domain.creation import CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.toid import provisional_toid
from stellarmap_common.ports.run_store import RunState
from tests.support.gateway import Site, address, contract, creation, merge


async def test_an_account_nobody_asked_for_says_what_to_post(site: Site) -> None:
    account = site.ref("stranger")
    for rest in ("", "/lineage", "/children", "/siblings", "/stages"):
        answer = await site.api.get(site.path(account, rest))
        assert answer.status_code == 404
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["type"] == "not-mapped"
        assert problem["way_out"] == {"method": "POST", "href": site.path(account, "/requests")}
        assert problem["request_id"] == answer.headers["x-request-id"]
