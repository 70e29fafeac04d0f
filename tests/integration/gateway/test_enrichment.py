"""The profile shows who the account is, part by part with its freshness; a search or a refresh has it read again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import EnrichmentReason, Entry, Flag, Profile, Thresholds
from stellarmap_common.domain.status import Step
from stellarmap_common.events.enrichment import AccountEnriched, EnrichmentRequested
from stellarmap_common.events.live import LiveChanged
from tests.support.gateway import NOW, Site
from tests.support.profiles import holding, issuing, listed, minute, read

MARKUP = "<img src=x onerror=alert(1)>"


async def know(site: Site, *parts: Profile) -> None:
    for part in parts:
        await site.stores.profiles.put(part)


def parts_of(account: AccountRef, **entry: Any) -> tuple[Profile, ...]:
    return (
        read(account, 100, 1, **entry),
        holding(account, 2, lines=1_000),
        issuing(account, 3, "GOLD", "TIN"),
        listed(account, 4, "Gold & Co", "anchor", "issuer"),
    )


def asked(site: Site) -> Sequence[tuple[str, EnrichmentReason]]:
    events = [event for event in site.published.events if isinstance(event, EnrichmentRequested)]
    return [(event.account, event.reason) for event in events]


async def test_the_profile_shows_each_part_and_when_it_was_read(site: Site) -> None:
    (account,) = await site.chain("account")
    await know(
        site,
        *parts_of(
            account, xlm=100_000, home_domain=MARKUP, flags=(Flag.AUTH_REQUIRED,), thresholds=Thresholds(low=1, high=3)
        ),
    )
    shown = (await site.get(site.path(account)))["enrichment"]
    assert (shown["exists"], shown["balance_stroops"], shown["is_hva"]) == (True, "1000000000000", True)
    assert (shown["ledger"], shown["home_domain"], shown["flags"]) == (100, MARKUP, ["auth_required"])
    assert (shown["name"], shown["tags"]) == ("Gold & Co", ["anchor", "issuer"])
    assert shown["thresholds"] == {"low": 1, "medium": 0, "high": 3}
    assert (len(shown["assets"]), shown["assets_total"]) == (50, 1_000)
    assert [asset["code"] for asset in shown["issued_assets"]] == ["GOLD", "TIN"]
    assert (shown["is_issuer"], shown["issued_assets_total"], shown["issued_assets_complete"]) == (True, 2, True)
    assert shown["fresh_as_of"] == {
        "account": "2026-11-01T12:01:00Z",
        "assets": "2026-11-01T12:02:00Z",
        "issued_assets": "2026-11-01T12:03:00Z",
        "directory": "2026-11-01T12:04:00Z",
    }


async def test_an_account_that_nobody_has_looked_at_has_no_enrichment(site: Site) -> None:
    (account,) = await site.chain("account")
    assert (await site.get(site.path(account)))["enrichment"] is None


async def test_one_stroop_below_the_default_threshold_is_no_high_value_account(site: Site) -> None:
    (account,) = await site.chain("account")
    await know(site, read(account, 100, 1, balance_stroops=999_999_999_999))
    assert (await site.get(site.path(account)))["enrichment"]["is_hva"] is False


async def test_a_merged_account_has_a_balance_of_nothing_and_no_more(site: Site) -> None:
    (account,) = await site.chain("account")
    gone = Profile(account=account, entry=Entry(exists=False, version=1006), entry_at=minute(1))
    await know(site, gone, listed(account, 2, "Gold & Co"))
    shown = (await site.get(site.path(account)))["enrichment"]
    assert (shown["exists"], shown["balance_stroops"], shown["thresholds"]) == (False, "0", None)
    assert (shown["name"], shown["fresh_as_of"]["assets"]) == ("Gold & Co", None)


async def test_what_could_not_be_read_is_null_and_never_nothing(site: Site) -> None:
    (account,) = await site.chain("account")
    await know(site, listed(account, 2))
    shown = (await site.get(site.path(account)))["enrichment"]
    assert shown["balance_stroops"] is shown["exists"] is shown["thresholds"] is None
    assert shown["tags"] == []


async def test_a_refresh_asks_the_enricher_and_says_what_is_known_until_then(site: Site) -> None:
    (account,) = await site.chain("account")
    await know(site, read(account, 100, 1))
    answer = await site.api.post(site.path(account, "/refresh"))
    assert answer.status_code == 202
    assert answer.json()["fresh_as_of"]["account"] == "2026-11-01T12:01:00Z"
    assert asked(site) == [(account.address, EnrichmentReason.REFRESH)]
    assert site.published.events[-1].id == answer.json()["request_id"]


async def test_who_is_not_mapped_is_not_refreshed(site: Site) -> None:
    answer = await site.api.post(site.path(site.ref("nobody"), "/refresh"))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "not-mapped")
    assert asked(site) == []


async def test_refreshes_count_against_the_limit_of_requests(site: Site) -> None:
    (account,) = await site.chain("account")
    statuses = [(await site.api.post(site.path(account, "/refresh"))).status_code for _ in range(31)]
    assert statuses == [*[202] * 30, 429]
    assert len(asked(site)) == 30


async def test_a_repeated_search_is_answered_from_the_store_and_has_what_is_stale_read_again(site: Site) -> None:
    (account,) = await site.chain("account")
    await site.finish(account, Step.CHILDREN, pages=1)
    path = site.path(account, "/requests")
    assert (await site.api.post(path)).status_code == 200
    assert asked(site) == [(account.address, EnrichmentReason.REPEAT_SEARCH)]
    await know(site, *parts_of(account))
    assert (await site.api.post(path)).status_code == 200
    assert len(asked(site)) == 1
    site.clock.at += timedelta(hours=13)
    assert (await site.api.post(path)).status_code == 200
    assert len(asked(site)) == 2


async def test_a_view_is_noted_now_and_then(site: Site) -> None:
    (account,) = await site.chain("account")
    viewed = []
    for _ in range(3):
        await site.get(site.path(account))
        viewed.append(await site.stores.profiles.viewed(account.network, NOW, site.clock.now(), 10))
        site.clock.pass_time(301)
    assert viewed == [(account,)] * 3
    assert await site.stores.profiles.viewed(account.network, NOW + timedelta(seconds=1), site.clock.now(), 10) == (
        account,
    )


async def test_screens_are_told_that_an_account_is_known_anew(site: Site) -> None:
    account = site.ref("account")
    event = AccountEnriched(id="fact", network=account.network, account=account.address, version=1006, at=NOW)
    for _ in range(2):
        await site.projector.on_account_enriched(event)
    first, second = (each for each in site.published.events if isinstance(each, LiveChanged))
    assert (first.topic, first.account, first.id) == ("enriched", account.address, second.id)
