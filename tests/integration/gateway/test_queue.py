"""The place of a request: what goes before its next step, what that waits for, and when it may begin. Unknown is null."""

from datetime import timedelta
from typing import Any

import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.limits import Trouble
from stellarmap_common.ports.request_store import RequestRef
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState
from stellarmap_common.runtime.resources import Filling
from stellarmap_gateway.views.queue import TOPICS
from tests.support.gateway import NOW, Site, creation

USER, QUEUED, GROWTH = (TOPICS[lane].name for lane in Lane)


async def asked(site: Site, account: AccountRef, **body: object) -> str:
    answer = await site.api.post(site.path(account, "/requests"), json={"budget": 0, **body})
    assert answer.status_code == 202
    return str(answer.headers["location"])


async def place(site: Site, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await site.get(path))["queue"]
    return found


async def run(site: Site, account: AccountRef, step: Step, **values: Any) -> None:
    assert await site.stores.runs.swap(Run(ref=RunRef(account, step), revision=1, **values), None)


async def test_ahead_are_the_steps_of_its_lane_that_were_asked_before_and_those_of_lanes_before(site: Site) -> None:
    site.limiter.wait_s = 2.0
    site.bus.waiting = {
        USER: [NOW - timedelta(seconds=9), NOW - timedelta(seconds=1), NOW],
        QUEUED: [NOW - timedelta(seconds=5), NOW + timedelta(seconds=1)],
        GROWTH: [NOW],
    }
    user = await place(site, await asked(site, site.ref("user"), pages=3))
    assert (user["lane"], user["ahead"], user["reading"]) == ("user", 2, False)
    bulk = await site.api.post("/api/v1/sandbox/requests:bulk", json={"addresses": [site.ref("bulk").address]})
    queued = await place(site, f"/api/v1/sandbox/requests/{bulk.json()['queued'][0]['request_id']}")
    assert (queued["lane"], queued["ahead"]) == ("queued", 3 + 1)


async def test_the_moments_follow_from_the_rate_and_the_usual_calls(site: Site) -> None:
    site.limiter.wait_s = 2.0  # a call
    site.bus.waiting = {USER: [NOW - timedelta(seconds=1)] * 4}
    found = await place(site, await asked(site, site.ref("account"), pages=3))
    assert found["rate_per_s"] == 0.5
    assert found["begins_s"] == 2.0 * (4 * 1.5 + 2)  # four steps of one call or two, and the two of its creator step
    assert found["begins_at"] == f"{NOW + timedelta(seconds=16):%Y-%m-%dT%H:%M:%SZ}"
    assert found["expected_s"] == 2.0 * (4 * 1.5 + 2 + 3)
    assert found["expected_at"] == f"{NOW + timedelta(seconds=22):%Y-%m-%dT%H:%M:%SZ}"


async def test_a_step_that_waits_for_the_limit_says_so(site: Site) -> None:
    path = await asked(site, site.ref("account"))
    site.limiter.wait_s = 2.0
    found = await place(site, path)
    assert (found["waits_for"], found["ahead"]) == ("rate-limit", 0)
    assert (
        found["reason"] == f"It waits for a rate limit: 0.50 calls a second go out to {site.network().horizon_url} now."
    )
    site.limiter.held_until = NOW + timedelta(seconds=42)
    assert "nothing goes out before 12:00:42 UTC" in (await place(site, path))["reason"]


async def test_without_a_limit_nothing_is_said_of_when_but_why(site: Site) -> None:
    path = await asked(site, site.ref("account"))
    found = await place(site, path)
    assert (found["waits_for"], found["ahead"], found["rate_per_s"]) == (None, 0, None)
    assert {found[name] for name in ("begins_s", "begins_at", "expected_s", "expected_at")} == {None}
    assert "no limit" in found["reason"]
    site.bus.waiting = {USER: [NOW - timedelta(seconds=1)]}
    assert (await place(site, path))["waits_for"] == "turn"


async def test_what_is_read_now_waits_for_nothing(site: Site) -> None:
    account = site.ref("account")
    path = await asked(site, account)
    site.limiter.wait_s = 2.0
    await run(site, account, Step.CREATOR, holder="an event", lease_until=NOW + timedelta(seconds=30))
    found = await place(site, path)
    assert (found["reading"], found["ahead"], found["waits_for"], found["begins_s"]) == (True, 0, None, None)
    assert found["expected_s"] == 2.0 * (2 + 50)


async def test_a_later_page_stands_in_the_second_lane_since_it_was_handed_over(site: Site) -> None:
    account = site.ref("account")
    path = await asked(site, account)
    site.clock.pass_time(60)
    await site.record(creation(account, site.genesis.address, ledger=50))
    await site.finish(account, Step.CREATOR)
    progress = Progress(pages=7, cursor="70")
    await run(site, account, Step.CHILDREN, holder="the next event", lease_until=site.clock.now(), progress=progress)
    site.bus.waiting = {QUEUED: [NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=61)]}
    found = await place(site, path)
    assert (found["lane"], found["ahead"]) == ("queued", 2)


async def test_a_hop_stands_in_the_lane_of_its_request_since_the_one_before_it_ended(site: Site) -> None:
    account, maker = site.ref("account"), site.ref("maker")
    path = await asked(site, account)
    site.clock.pass_time(60)
    await site.record(creation(account, maker.address, ledger=50))
    ended = Progress(complete=True, pages=1)
    for step in Step:
        state = RunState.FINISHED
        await run(site, account, step, state=state, lease_until=site.clock.now(), progress=ended)
    request_id = path.rpartition("/")[2]
    ref = RequestRef(account.network, request_id)
    (row,) = await site.stores.requests.rows(ref)
    await site.stores.requests.close_row(ref, row.account, type(row.state).DONE)
    site.bus.waiting = {USER: [NOW + timedelta(seconds=59), NOW + timedelta(seconds=61)]}
    found = await place(site, path)
    assert (found["lane"], found["ahead"]) == ("user", 1)


@pytest.mark.parametrize("end", ["cancelled", "completed"])
async def test_of_a_request_that_has_ended_there_is_nothing_to_say(site: Site, end: str) -> None:
    account = site.ref("account")
    path = await asked(site, account)
    ref = RequestRef(account.network, path.rpartition("/")[2])
    await site.stores.requests.finish(
        ref, cancelled=end == "cancelled", completed_at=NOW if end == "completed" else None
    )
    found = await place(site, path)
    assert found.pop("reason") == end
    assert {name for name, value in found.items() if value} == set()


async def test_a_network_that_cannot_be_read_gives_no_moment_but_its_reason(site: Site) -> None:
    site.filling[site.network().key] = Filling(1, 1_000)
    waiting = await place(site, await asked(site, site.ref("new")))
    assert (waiting["begins_s"], waiting["expected_s"], waiting["waits_for"]) == (None, None, "source")
    assert "being made" in waiting["reason"]
    site.horizons[site.network("public").key].error = SourceUnavailable("https://horizon.example does not answer")
    public = await site.api.post(site.path(site.ref("new", "public"), "/requests", network="public"))
    for _ in range(2):
        await site.gateway.reachability.check_due()
        site.clock.pass_time(61)
    found = await place(site, public.headers["location"])
    assert found["reason"] == "https://horizon.example does not answer"
    assert found["source_away_since"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("wait_s", [0.0, 2.0])
async def test_a_step_whose_calls_fail_waits_for_the_source_since_the_first_of_them(site: Site, wait_s: float) -> None:
    account = site.ref("account")
    path = await asked(site, account)
    site.limiter.wait_s = wait_s
    await run(site, account, Step.CREATOR, holder="an event", lease_until=NOW + timedelta(seconds=30))
    await site.gateway.reachability.check_due()  # it answered a moment before
    began = NOW + timedelta(seconds=1)
    site.limiter.away = Trouble(since=began, at=NOW + timedelta(seconds=3), told="Horizon answers 503")
    found = await place(site, path)
    assert (found["waits_for"], found["reading"], found["expected_s"]) == ("source", False, None)
    assert found["source_away_since"] == f"{began:%Y-%m-%dT%H:%M:%SZ}"
    assert "Horizon answers 503" in found["reason"]
    site.horizons[site.network().key].error = SourceUnavailable("Horizon answers 503")
    site.clock.pass_time(61)
    await site.gateway.reachability.check_due()
    assert (await place(site, path))["source_away_since"] == f"{began:%Y-%m-%dT%H:%M:%SZ}"
