"""Networks, their figures and what is on its way; and what pasted text names."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.strkey import StrkeyKind, decode_strkey, encode_strkey
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import RateLimited, SourceRejected, SourceUnavailable
from stellarmap_common.ports.creation_store import LedgerAnchor
from stellarmap_common.ports.federation import FederationRecord
from stellarmap_common.ports.limits import Trouble
from stellarmap_common.ports.run_store import Run, RunRef
from stellarmap_common.runtime.resources import Example, Filling
from stellarmap_gateway.reachability import SOON_S
from tests.support.gateway import NOW, Site, address, contract, open_site, seed

RESOLVE = "/api/v1/sandbox/resolve"


async def states(site: Site) -> dict[str, str]:
    return {each["name"]: each["state"] for each in (await site.get("/api/v1/networks"))["networks"]}


async def test_the_first_network_of_the_setting_is_the_default(site: Site) -> None:
    found = await site.get("/api/v1/networks")
    assert found["default"] == "sandbox"
    assert [each["name"] for each in found["networks"]] == ["sandbox", "public", "testnet"]
    assert [each["simulated"] for each in found["networks"]] == [True, False, False]


@pytest.mark.parametrize(
    ("settings", "stored", "mode", "routes", "reason"),
    [
        ({}, {}, "API_ONLY", {"sandbox": "api", "public": "api", "testnet": "api"}, "No Google project is configured"),
        (
            {"bigquery_project": "mine"},
            {},
            "BIGQUERY_WITH_API_FALLBACK",
            {"sandbox": "bigquery api", "public": "bigquery api", "testnet": "api"},
            "BigQuery is asked about public first",
        ),
        (
            {"bigquery_project": "mine"},
            {"bigquery_enabled": "false"},
            "BIGQUERY_WITH_API_FALLBACK",
            {"sandbox": "api", "public": "api", "testnet": "api"},
            "BigQuery is switched off (bigquery_enabled): public is read from Horizon alone.",
        ),
        (
            {},
            {"pipeline_mode": "BIGQUERY_ONLY"},
            "BIGQUERY_ONLY",
            {"sandbox": "bigquery", "public": "bigquery", "testnet": "bigquery"},
            "but no Google project is configured: nothing new of public can be mapped.",
        ),
    ],
)
async def test_everybody_is_told_by_which_routes_a_network_is_read_and_why(
    settings: dict[str, Any], stored: dict[str, str], mode: str, routes: dict[str, str], reason: str
) -> None:
    async with open_site(**settings) as site:
        for key, value in stored.items():
            await site.gateway.config.change(key, value, by="ann")
        await site.config.refresh()
        found = await site.get("/api/v1/networks")
    assert found["pipeline_mode"] == mode
    assert {each["name"]: " ".join(each["routes"]) for each in found["networks"]} == routes
    assert reason in next(each["route_reason"] for each in found["networks"] if each["name"] == "public")


async def test_looking_at_the_list_asks_no_outside_host(site: Site) -> None:
    await states(site)
    await site.gateway.reachability.check_due()
    assert {horizon.calls for horizon in site.horizons.values()} == {0}
    assert await states(site) == {"sandbox": "ready", "public": "unchecked", "testnet": "unchecked"}


async def test_a_network_is_checked_once_somebody_looks_at_it_and_once_a_minute_at_most(site: Site) -> None:
    public = site.horizons[site.network("public").key]
    await site.get("/api/v1/public/overview")
    for _ in range(5):
        await site.gateway.reachability.check_due()
        site.clock.pass_time(1)
    assert public.calls == 1
    assert (await states(site))["public"] == "ready"
    site.clock.pass_time(60)
    await site.gateway.reachability.check_due()
    assert public.calls == 2
    site.clock.pass_time(600)
    await site.gateway.reachability.check_due()
    assert public.calls == 2  # nobody looks any more


async def test_a_network_out_of_reach_says_what_is_wrong_and_which_setting_helps(site: Site) -> None:
    site.horizons[site.network("testnet").key].error = SourceUnavailable("https://horizon-testnet… does not answer")
    await site.get("/api/v1/testnet/overview")
    await site.gateway.reachability.check_due()
    (testnet,) = [each for each in (await site.get("/api/v1/networks"))["networks"] if each["name"] == "testnet"]
    assert testnet["state"] == "unreachable"
    assert testnet["horizon_reachable"] is False
    assert testnet["detail"] == "https://horizon-testnet… does not answer"
    assert testnet["horizon_setting"] == "STELLARMAP_HORIZON_URL_TESTNET"
    assert "STELLARMAP_HORIZON_URL_TESTNET" in testnet["advice"]


async def test_one_that_answers_too_many_requests_is_told_so_and_nobody_is_sent_to_their_connection(site: Site) -> None:
    told = "Horizon at https://horizon.example answers 429 (too many requests) and asks to wait 5 s."
    await site.get("/api/v1/public/overview")
    site.limiter.away = Trouble(since=NOW, at=NOW + timedelta(seconds=1), told=told)
    public = next(each for each in (await site.get("/api/v1/networks"))["networks"] if each["name"] == "public")
    assert (public["state"], public["detail"]) == ("unreachable", told)
    assert "asked again by itself" in public["advice"]
    assert "connection" not in public["advice"]


async def test_a_limit_that_is_used_up_says_nothing_about_the_network(site: Site) -> None:
    public = site.horizons[site.network("public").key]
    await site.get("/api/v1/public/overview")
    public.error = RateLimited("used up", retry_after_s=3)
    await site.gateway.reachability.check_due()
    assert (await states(site))["public"] == "unchecked"
    public.error = SourceUnavailable("does not answer")
    site.clock.pass_time(SOON_S)
    await site.gateway.reachability.check_due()
    assert (await states(site))["public"] == "unreachable"
    public.error = RateLimited("used up", retry_after_s=3)
    site.clock.pass_time(60)
    await site.gateway.reachability.check_due()
    assert (await states(site))["public"] == "unreachable"


async def test_a_check_that_is_cut_short_is_made_again_soon(site: Site) -> None:
    public = site.horizons[site.network("public").key]
    await site.get("/api/v1/public/overview")
    public.error = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await site.gateway.reachability.checked(site.network("public"))
    public.error = None
    site.clock.pass_time(SOON_S)
    await site.gateway.reachability.check_due()
    assert (await states(site))["public"] == "ready"


async def test_a_horizon_of_another_network_counts_as_out_of_reach(site: Site) -> None:
    site.horizons[site.network("public").key].passphrase = "Some other network"
    await site.get("/api/v1/public/overview")
    await site.gateway.reachability.check_due()
    assert (await states(site))["public"] == "unreachable"


async def test_a_sandbox_that_is_being_made_says_how_far_it_is(site: Site) -> None:
    site.filling[site.network().key] = Filling(250, 1_000)
    assert (await states(site))["sandbox"] == "filling"
    assert (await site.get("/api/v1/sandbox/overview"))["fill"] == {"accounts": 250, "of": 1_000}


async def test_an_unknown_network_is_a_problem_on_every_path(site: Site) -> None:
    account = address("a")
    for path in ("overview", "pending", f"accounts/{account}", f"accounts/{account}/lineage", "requests/1"):
        for network in ("mainnet", "PUBLIC", "sandbox-7-1000", "x" * 500, "%00"):
            answer = await site.api.get(f"/api/v1/{network}/{path}")
            assert (answer.status_code, answer.json()["type"]) == (404, "unknown-network")


async def test_the_overview_counts_and_shows_what_was_mapped_lately(site: Site) -> None:
    maker, account = await site.chain("maker", "account")
    await site.children(account, 3, ledger=5_000)
    await site.stores.ledgers.record_anchors(account.network, [LedgerAnchor(Ledger(9_000), NOW)])
    site.examples += [Example(account, "a small hub"), Example(site.ref("hub"), "the largest hub")]
    overview = await site.get("/api/v1/sandbox/overview")
    assert overview["figures"]["accounts_mapped"] == 2
    assert overview["figures"]["creations"] == 5
    assert overview["figures"]["ledger"] == 9_000
    assert {each["address"] for each in overview["recent"]} == {maker.address, account.address}
    (shown,) = [each for each in overview["recent"] if each["address"] == account.address]
    assert (shown["hops"], shown["lineage"], shown["children"], shown["children_complete"]) == (2, "genesis", 3, True)
    assert [(each["label"], each["mapped"]) for each in overview["examples"]] == [
        ("a small hub", True),
        ("the largest hub", False),
    ]


async def test_a_network_that_names_nothing_worth_seeing_offers_its_genesis(site: Site) -> None:
    (shown,) = (await site.get("/api/v1/sandbox/overview"))["examples"]
    assert (shown["label"], shown["address"]) == ("Genesis", site.network().genesis.address)


async def test_pending_tells_age_and_what_is_stuck(site: Site) -> None:
    ages = {"fresh": timedelta(minutes=1), "old": timedelta(hours=3)}
    for name, age in ages.items():
        await site.map(
            site.ref(name),
            AccountStatus.PENDING,
            requested_at=NOW - age,
            last_pipeline_attempt=NOW - age,
            completed_at=None,
        )
    reading = site.ref("reading")
    begun = NOW - timedelta(minutes=31)
    await site.map(reading, AccountStatus.PROCESSING, processing_started_at=begun, last_pipeline_attempt=begun)
    crawl = site.ref("a crawl that goes on")
    await site.map(crawl, AccountStatus.PROCESSING, processing_started_at=begun, last_pipeline_attempt=begun)
    page = Run(ref=RunRef(crawl, Step.CHILDREN), revision=1, lease_until=NOW - timedelta(minutes=1))
    assert await site.stores.runs.swap(page, None)
    pending = await site.get("/api/v1/sandbox/pending")
    by_address = {each["address"]: each for each in pending["accounts"]}
    assert pending["total"] == 4
    assert {by_address[site.ref(name).address]["stuck"] for name in ("fresh", "a crawl that goes on")} == {False}
    assert {by_address[site.ref(name).address]["stuck"] for name in ("old", "reading")} == {True}
    assert by_address[site.ref("old").address]["age_s"] == 3 * 3_600
    cut = await site.get("/api/v1/sandbox/pending", limit=2)
    assert (len(cut["accounts"]), cut["truncated"], cut["total"]) == (2, True, 4)
    site.bus.oldest = NOW - timedelta(hours=4)  # all of them may still be in the queue
    pending = await site.get("/api/v1/sandbox/pending")
    assert not any(each["stuck"] for each in pending["accounts"])


async def resolved(site: Site, text: str) -> tuple[int, dict[str, object]]:
    answer = await site.api.post(RESOLVE, json={"text": text})
    return answer.status_code, answer.json()


async def test_whatever_names_an_account_is_resolved(site: Site) -> None:
    (account,) = await site.chain("account")
    _, payload = decode_strkey(account.address)
    muxed = encode_strkey(StrkeyKind.MUXED, payload + (2**64 - 1).to_bytes(8, "big"))
    for text in (
        account.address,
        f"  {account.address.lower()} ",
        f"https://stellar.expert/x/{account.address}",
        muxed,
    ):
        status, found = await resolved(site, text)
        assert status == 200
        assert (found["address"], found["kind"], found["mapped"]) == (account.address, "account", True)
        assert found["muxed_id"] == (str(2**64 - 1) if text == muxed else None)
    assert (await resolved(site, address("stranger")))[1]["mapped"] is False
    assert (await resolved(site, contract("c")))[1]["kind"] == "contract"


@pytest.mark.parametrize(
    "around", ["{}", " {} ", "my seed is {}!", "https://x.example/?s={}", "web+stellar:pay?destination={}"]
)
async def test_a_seed_is_refused_and_never_comes_back(site: Site, around: str) -> None:
    secret = seed("mine")
    answer = await site.api.post(RESOLVE, json={"text": around.format(secret)})
    assert (answer.status_code, answer.json()["type"]) == (422, "secret-seed")
    assert secret not in answer.text + str(answer.headers)


async def test_text_that_names_nothing_says_why_without_repeating_it(site: Site) -> None:
    mistyped = address("a")[:-1] + ("A" if address("a")[-1] != "A" else "B")
    for text, type_ in ((mistyped, "address-checksum"), ("", "address-empty"), ("xyzzy", "address-no-address")):
        status, problem = await resolved(site, text)
        assert (status, problem["type"]) == (422, type_)
        assert not text or text not in str(problem)


async def test_a_federation_address_is_looked_up_at_its_domain(site: Site) -> None:
    account = address("alice")
    site.federation.records["alice*example.com"] = FederationRecord(account=account, memo_type="id", memo="7")
    status, found = await resolved(site, "alice*Example.com")
    assert status == 200
    assert (found["kind"], found["address"], found["federation"]) == ("federation", account, "alice*example.com")
    assert (found["memo_type"], found["memo"]) == ("id", "7")
    assert (await resolved(site, "bob*example.com"))[1]["type"] == "federation-unknown"


async def test_what_a_federation_server_sends_is_not_trusted(site: Site) -> None:
    for account in (seed("theirs"), "nonsense", contract("c")):
        site.federation.records["a*example.com"] = FederationRecord(account=account)
        status, problem = await resolved(site, "a*example.com")
        assert (status, problem["type"]) == (422, "federation-answer")
        assert account not in str(problem)
    site.federation.error = SourceRejected("example.com must not be asked: it is an inner host")
    assert await resolved_type(site) == (422, "refused")
    site.federation.error = SourceUnavailable("example.com does not answer")
    assert await resolved_type(site) == (502, "source-unavailable")


async def resolved_type(site: Site) -> tuple[int, object]:
    status, problem = await resolved(site, "a*example.com")
    return status, problem["type"]


async def test_looking_names_up_can_be_turned_off_and_is_limited_like_asking() -> None:
    async with open_site(federation=False) as site:
        assert (await resolved(site, "a*example.com"))[1]["type"] == "federation-off"
    async with open_site(requests_per_minute=1) as site:
        await resolved(site, "a*example.com")
        assert (await resolved(site, "a*example.com"))[0] == 429
        assert (await resolved(site, address("a")))[0] == 200


async def test_a_creator_step_alone_does_not_make_an_account_mapped(site: Site) -> None:
    await site.finish(site.ref("seen"), Step.CREATOR)
    assert (await resolved(site, address("seen")))[1]["mapped"] is False
