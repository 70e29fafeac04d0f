"""Mending stuck accounts over HTTP: for whoever holds the admin token, and nobody else."""

from datetime import timedelta

import pytest

from stellarmap_common.domain.status import AccountStatus
from tests.support.gateway import ADMIN_TOKEN, NOW, Site

HEADERS = {"authorization": f"Bearer {ADMIN_TOKEN}"}
PATHS = ("/api/v1/admin/sandbox/reset-stale", "/api/v1/admin/sandbox/recover-stuck")


@pytest.mark.parametrize("path", PATHS)
async def test_without_the_token_nothing_is_mended(site: Site, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {ADMIN_TOKEN}"}):
        answer = await site.api.post(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await site.api.post(path, headers=HEADERS)).status_code == 200


async def test_a_stale_account_is_reset_and_then_asked_for_again(site: Site) -> None:
    account = site.ref("account")
    path = site.path(account, "/requests")
    request_id = (await site.api.post(path, json={"budget": 0})).json()["request_id"]
    state = await site.stores.accounts.state_of(account)
    assert state
    begun = NOW - timedelta(minutes=31)
    await site.map(
        site.ref("other"), AccountStatus.PROCESSING, processing_started_at=begun, last_pipeline_attempt=begun
    )
    site.clock.pass_time(3 * 3_600)
    dry = (await site.api.post(PATHS[0], json={"dry_run": True}, headers=HEADERS)).json()
    reset = (await site.api.post(PATHS[0], json={"minutes": 30}, headers=HEADERS)).json()
    assert dry["accounts"] == reset["accounts"]
    assert [(each["address"], each["status"], each["done"]) for each in reset["accounts"]] == [
        (site.ref("other").address, "PROCESSING", "reset")
    ]
    recovered = (await site.api.post(PATHS[1], headers=HEADERS)).json()
    assert {(each["address"], each["done"]): each["request_ids"] for each in recovered["accounts"]} == {
        (account.address, "requeued"): [request_id],
        (site.ref("other").address, "settled"): [],
    }
    assert recovered["complete"]


async def test_minutes_must_be_a_number_of_some_size(site: Site) -> None:
    for minutes in (0, -1, "x", 10**9):
        assert (await site.api.post(PATHS[0], json={"minutes": minutes}, headers=HEADERS)).status_code == 422
